import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Input, Modal, Table, type TableColumnsType, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { useServerNow, windowWords } from '../../components/Clock'
import { Money } from '../../components/Money'
import { MemberLink } from '../../components/MemberLink'
import { PageHead, Panel } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { Bar } from '../../components/StockBar'
import { type ExchangeRowFragment, MallExchangesDocument, type MallItemState, MallItemsDocument, type MallRowFragment, StopMallItemDocument, VoidMallExchangeDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { troubleOf } from '../../lib/graphql'
import { type T, useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { formatCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime, formatShortDateTime } from '../../lib/time'
import { InvitePanel } from './InvitePanel'
import { MallItemModal } from './MallItemModal'

const ITEMS = { additionalTypenames: ['MallItem'] }
const EXCHANGES = { additionalTypenames: ['MallExchange'] }
const COLOURS: Record<MallItemState, string> = { UPCOMING: 'blue', OPEN: 'green', SOLD_OUT: 'orange', ENDED: 'default', STOPPED: 'default' }

export function MallPage() {
  const t = useT()
  const write = useCan('coupons.write')
  const [edited, setEdited] = useState<MallRowFragment | 'new' | null>(null)
  const [item, setItem] = useState<MallRowFragment | null>(null)
  const cursors = useCursors('')
  const [{ data, error, fetching, stale }, again] = useQuery({ query: MallItemsDocument, variables: { first: 20, after: cursors.after }, context: ITEMS })
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) again({ requestPolicy: 'network-only' }) }, 5000)
    return () => clearInterval(timer)
  }, [again])
  const create = write ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>{t('mall.create')}</Button> : null
  return (
    <>
      <PageHead title={t('mall.title')} extra={error && troubleOf(error) === 'forbidden' ? null : create} />
      <div className="panel" style={{ marginBottom: 12 }}>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ mallItems }) => (
            <>
              <ItemTable items={mallItems.nodes} loading={fetching && !stale && !data} write={write} onEdit={setEdited} onLook={setItem} empty={<EmptyState title={t('mall.none')} hint={t('mall.noneHint')} action={create} />} />
              <Pager cursors={cursors} pageInfo={mallItems.pageInfo} />
            </>
          )}
        </Asked>
      </div>
      {!error && <Exchanges key={item?.id ?? 'all'} item={item} onAll={() => setItem(null)} write={write} />}
      {!error && <div style={{ marginTop: 12 }}><InvitePanel write={write} /></div>}
      {edited && <MallItemModal item={edited === 'new' ? null : edited} close={() => setEdited(null)} done={() => again({ requestPolicy: 'network-only' })} />}
    </>
  )
}

const limits = (row: MallRowFragment, t: T): string =>
  [row.perMember === null ? '' : t('mall.perMemberShort', { count: row.perMember }), row.perDay === null ? '' : t('mall.perDayShort', { count: row.perDay })].filter(Boolean).join(' · ') || t('mall.noLimit')

function ItemTable({ items, loading, write, onEdit, onLook, empty }: { items: readonly MallRowFragment[]; loading: boolean; write: boolean; onEdit: (row: MallRowFragment) => void; onLook: (row: MallRowFragment) => void; empty: React.ReactNode }) {
  const t = useT()
  const now = useServerNow(items[0]?.serverTime)
  const columns: TableColumnsType<MallRowFragment> = [
    {
      title: t('mall.item'),
      width: 210,
      render: (_, row) => (
        <>
          <div style={{ fontWeight: 500 }}>{row.emoji ? `${row.emoji} ` : ''}{row.name}</div>
          <div className="muted small">{t(`mallKind.${row.kind}`)} · {row.kind === 'POINTS' ? <span className="num">{formatCount(row.givesPoints ?? 0)} {t('unit.points')}</span> : row.kind === 'BALANCE' ? <Money fen={row.balanceFen ?? 0} /> : row.kind === 'ARTICLE' ? row.template?.face.skuName : row.template?.face.sentence}</div>
        </>
      ),
    },
    { title: t('column.state'), width: 84, render: (_, row) => <Tag color={COLOURS[row.state]} style={{ margin: 0 }} data-state={row.state}>{t(`mallState.${row.state}`)}</Tag> },
    {
      title: t('mall.price'),
      width: 190,
      render: (_, row) => (
        <>
          <div><b className="num">{formatCount(row.points)}</b> {t(`mallUnit.${row.unit}`)}</div>
          {row.prices.map((price) => <div key={price.sentence} className="muted small">{price.sentence}</div>)}
        </>
      ),
    },
    { title: t('mall.limits'), width: 150, render: (_, row) => limits(row, t) },
    {
      title: t('mall.window'),
      width: 180,
      render: (_, row) => (
        <>
          <div>{row.state === 'ENDED' || row.state === 'STOPPED' ? t(`mallState.${row.state}`) : windowWords(t, row.startsAt, row.endsAt, now)}</div>
          <div className="muted small nowrap num">{formatShortDateTime(row.startsAt, now)} – {formatShortDateTime(row.endsAt, now)}</div>
        </>
      ),
    },
    {
      title: t('mall.exchanged'),
      width: 140,
      render: (_, row) => (
        <>
          <div className="num nowrap" style={{ marginBottom: 3 }}>{formatCount(row.exchanged)} <span className="muted small">/ {formatCount(row.stock)} {t('unit.portions')}</span></div>
          <Bar part={row.exchanged} whole={row.stock} brand={row.state === 'OPEN'} label={t('mall.exchangedLabel', { exchanged: row.exchanged, stock: row.stock })} />
        </>
      ),
    },
    {
      title: t('column.actions'),
      width: 132,
      render: (_, row) => (
        <span style={{ display: 'flex', gap: 10 }}>
          <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onLook(row)}>{t('mall.look')}</Button>
          {write && row.state !== 'STOPPED' && <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onEdit(row)}>{t('mall.edit')}</Button>}
          {write && row.state !== 'STOPPED' && <StopButton row={row} />}
        </span>
      ),
    },
  ]
  return <Table size="middle" rowKey="id" columns={columns} dataSource={[...items]} loading={loading} pagination={false} scroll={{ x: 1080 }} locale={{ emptyText: empty }} />
}

function StopButton({ row }: { row: MallRowFragment }) {
  const t = useT()
  const { modal, message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [, stop] = useMutation(StopMallItemDocument)
  const run = async (): Promise<void> => {
    const input = { itemId: row.id }
    const { data, error } = await stop({ input: { ...input, idempotencyKey: key.for(input) } })
    if (error) return sayTrouble(error)
    const result = data?.stopMallItem
    if (result?.__typename === 'MallItem') {
      key.done()
      message.success(t('mall.stopped'))
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return <Button type="link" danger size="small" style={{ padding: 0 }} onClick={() => void modal.confirm({ title: t('mall.stopAsk', { name: row.name }), content: t('mall.stopHint'), okText: t('mall.stop'), okButtonProps: { danger: true }, cancelText: t('action.cancel'), onOk: run })}>{t('mall.stop')}</Button>
}

function Exchanges({ item, onAll, write }: { item: MallRowFragment | null; onAll: () => void; write: boolean }) {
  const t = useT()
  const members = useCan('members')
  const [voided, setVoided] = useState<ExchangeRowFragment | null>(null)
  const cursors = useCursors(item?.id ?? '')
  const [{ data, error, fetching }, again] = useQuery({ query: MallExchangesDocument, variables: { itemId: item?.id ?? null, first: 10, after: cursors.after }, context: EXCHANGES })
  return (
    <Panel title={item ? t('mall.exchangesOf', { name: item.name }) : t('mall.exchanges')} extra={item && <Button size="small" onClick={onAll}>{t('mall.all')}</Button>} flush>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ mallExchanges }) => (
          <>
            <Table
              size="small" rowKey="id" pagination={false} dataSource={[...mallExchanges.nodes]} locale={{ emptyText: <EmptyState title={t('mall.noExchanges')} /> }}
              columns={[
                { title: t('mall.at'), width: 170, render: (_, row) => <span className="num">{formatDateTime(row.at)}</span> },
                { title: t('mall.item'), dataIndex: 'itemName' },
                ...(members ? [{ title: t('mall.who'), width: 210, render: (_: unknown, row: ExchangeRowFragment) => <MemberLink name={row.memberName} /> }] : []),
                { title: t('mall.paid'), width: 120, render: (_, row) => <span className="num">{formatCount(row.points)} {t(`mallUnit.${row.unit}`)}</span> },
                { title: t('mall.got'), render: (_, row) => (row.coupon ? <span className="num">{t('mall.coupon', { code: row.coupon.code.replace(/(.{4})(?=.)/g, '$1-') })}</span> : row.givesPoints !== null ? <span className="num">{formatCount(row.givesPoints)} {t('unit.points')}</span> : <Money fen={row.balanceFen ?? 0} />) },
                { title: t('column.state'), width: 220, render: (_, row) => (row.state === 'VOIDED' ? <span className="muted">{t('mall.voidedBecause', { reason: row.voidReason ?? '' })}</span> : t('mallExchange.DONE')) },
                ...(write ? [{ title: t('column.actions'), width: 80, render: (_: unknown, row: ExchangeRowFragment) => (row.state === 'DONE' ? <Button type="link" danger size="small" style={{ padding: 0 }} onClick={() => setVoided(row)}>{t('mall.void')}</Button> : null) }] : []),
              ]}
            />
            <Pager cursors={cursors} pageInfo={mallExchanges.pageInfo} />
          </>
        )}
      </Asked>
      {voided && <VoidModal row={voided} close={() => setVoided(null)} />}
    </Panel>
  )
}

function VoidModal({ row, close }: { row: ExchangeRowFragment; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(VoidMallExchangeDocument)
  const run = async (): Promise<void> => {
    const input = { exchangeId: row.id, reason: reason.trim() }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } }, { additionalTypenames: ['MallItem'] })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.voidMallExchange
    if (result?.__typename === 'MallExchange') {
      key.done()
      message.success(t('mall.voidDone', { points: row.points, unit: t(`mallUnit.${row.unit}`) }))
      close()
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return (
    <Modal open title={t('mall.voidAsk', { name: row.itemName })} onCancel={close} onOk={() => void run()} okText={t('mall.void')} okButtonProps={{ danger: true, loading: busy, disabled: reason.trim().length < 2 }} cancelText={t('action.cancel')}>
      <p className="muted small" style={{ margin: '4px 0 10px' }}>{t('mall.voidHint', { points: row.points, unit: t(`mallUnit.${row.unit}`) })}</p>
      <Input value={reason} maxLength={100} showCount placeholder={t('mall.reason')} aria-label={t('mall.reason')} onChange={(event) => setReason(event.target.value)} />
    </Modal>
  )
}
