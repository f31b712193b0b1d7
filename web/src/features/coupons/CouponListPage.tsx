import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Input, Table, type TableColumnsType, Tag } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { useServerNow, windowWords } from '../../components/Clock'
import { PageHead } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { Bar } from '../../components/StockBar'
import { type CouponDropState, CouponDropsDocument, type DropRowFragment, PublishCouponDropDocument } from '../../gql/graphql'
import { troubleOf } from '../../lib/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { formatCount, formatShare } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatShortDateTime } from '../../lib/time'

const context = { additionalTypenames: ['CouponDrop'] }
export const DROP_COLOURS: Record<CouponDropState, string> = { DRAFT: 'default', UPCOMING: 'blue', OPEN: 'green', NEXT_BATCH: 'gold', SOLD_OUT: 'orange', ENDED: 'default' }

export function CouponListPage() {
  const t = useT()
  const [search, setSearch] = useState('')
  const cursors = useCursors(search)
  const [{ data, error, fetching, stale }, again] = useQuery({ query: CouponDropsDocument, variables: { first: 20, after: cursors.after, search: search || null }, context })
  const create = useCan('coupons.write') ? <Link to="/coupons/new"><Button type="primary" icon={<PlusOutlined />}>{t('coupon.create')}</Button></Link> : null
  return (
    <>
      <PageHead title={t('coupon.title')} extra={error && troubleOf(error) === 'forbidden' ? null : create} />
      <div className="panel">
        <div className="toolbar">
          <Input.Search allowClear style={{ width: 260 }} placeholder={t('coupon.search')} aria-label={t('coupon.search')} onSearch={(text) => setSearch(text.trim())} />
        </div>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ couponDrops }) => (
            <>
              <DropTable drops={couponDrops.nodes} loading={fetching && !stale} empty={search ? <EmptyState title={t('state.noMatch')} hint={t('state.noMatchHint')} /> : <EmptyState title={t('coupon.none')} hint={t('coupon.noneHint')} action={create} />} />
              <Pager cursors={cursors} pageInfo={couponDrops.pageInfo} total={couponDrops.totalCount} />
            </>
          )}
        </Asked>
      </div>
    </>
  )
}

function DropTable({ drops, loading, empty }: { drops: DropRowFragment[]; loading: boolean; empty: React.ReactNode }) {
  const t = useT()
  const now = useServerNow(drops[0]?.serverTime)
  const write = useCan('coupons.write')
  const columns: TableColumnsType<DropRowFragment> = [
    {
      title: t('column.coupon'),
      width: 230,
      render: (_, row) => (
        <>
          <Link to={`/coupons/${row.id}`} style={{ fontWeight: 500 }}>{row.name}</Link>
          <div className="face small">{row.template.face.sentence}</div>
          {row.extra && <div className="muted small">{row.extra.sentence}</div>}
        </>
      ),
    },
    { title: t('column.state'), width: 84, render: (_, row) => <Tag color={DROP_COLOURS[row.state]} style={{ margin: 0 }} data-state={row.state}>{t(`dropState.${row.state}`)}</Tag> },
    {
      title: t('column.scope'),
      width: 150,
      render: (_, row) => (
        <>
          <div>{row.template.face.scopeSentence}</div>
          <div className="muted small">{row.template.face.stackable ? t('coupon.stackable') : t('coupon.notStackable')}</div>
        </>
      ),
    },
    {
      title: t('coupon.claimWindow'),
      width: 176,
      render: (_, row) => (
        <>
          <div>{row.state === 'ENDED' ? t('dropState.ENDED') : windowWords(t, row.startsAt, row.endsAt, now)}</div>
          <div className="muted small nowrap num">{formatShortDateTime(row.startsAt, now)} – {formatShortDateTime(row.endsAt, now)}</div>
        </>
      ),
    },
    {
      title: t('coupon.validity'),
      width: 190,
      render: (_, row) => (
        <>
          <div title={row.template.validitySentence}>{row.template.validitySentence.replace(/（[^）]*）$/, '')}</div>
          <div className="muted small">{t('coupon.perMember', { count: row.perMember })} · {t(`access.${row.access}`)}</div>
        </>
      ),
    },
    {
      title: t('coupon.stock'),
      width: 132,
      render: (_, row) => (
        <>
          <div className="num nowrap" style={{ marginBottom: 3 }}>{formatCount(row.issued)} <span className="muted small">/ {formatCount(row.total)}</span></div>
          <Bar part={row.issued} whole={row.total} brand={row.state === 'OPEN'} label={t('coupon.stockLabel', { issued: row.issued, total: row.total })} />
        </>
      ),
    },
    {
      title: t('coupon.redeemed'),
      align: 'right',
      width: 92,
      render: (_, row) => (
        <>
          <div>{formatCount(row.redeemed)}</div>
          <div className="muted small">{row.issued > 0 ? formatShare(Math.round((row.redeemed / row.issued) * 10_000)) : '—'}</div>
        </>
      ),
    },
    ...(write && drops.some((row) => row.state === 'DRAFT') ? [{ title: t('column.actions'), width: 68, render: (_: unknown, row: DropRowFragment) => (row.state === 'DRAFT' ? <PublishButton drop={row} /> : null) }] : []),
  ]
  return <Table size="middle" rowKey="id" columns={columns} dataSource={drops} loading={loading} pagination={false} scroll={{ x: 1020 }} locale={{ emptyText: empty }} />
}

export function PublishButton({ drop, button = false }: { drop: DropRowFragment; button?: boolean }) {
  const t = useT()
  const { modal, message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [, publish] = useMutation(PublishCouponDropDocument)
  const run = async (): Promise<void> => {
    const input = { dropId: drop.id }
    const { data, error } = await publish({ input: { ...input, idempotencyKey: key.for(input) } })
    if (error) return sayTrouble(error)
    const result = data?.publishCouponDrop
    if (result?.__typename === 'CouponDrop') {
      key.done()
      message.success(t('coupon.published'))
    } else if (result) message.error(result.message)
  }
  return (
    <Button
      {...(button ? { type: 'primary' } : { type: 'link', size: 'small', style: { padding: 0 } })}
      onClick={() => void modal.confirm({ title: t('coupon.publishAsk', { name: drop.name }), content: t('coupon.publishHint', { total: formatCount(drop.total) }), okText: t('action.publish'), cancelText: t('action.cancel'), onOk: run })}
    >
      {t('action.publish')}
    </Button>
  )
}
