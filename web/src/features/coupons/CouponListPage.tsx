import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Input, Table, type TableColumnsType, Tabs, Tag } from 'antd'
import { Link, useSearchParams } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { useServerNow, windowWords } from '../../components/Clock'
import { PageHead } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { Bar } from '../../components/StockBar'
import { type CouponDropState, CouponDropsDocument, type DropRowFragment, PublishCouponDropDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { formatCount, formatShare } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatShortDateTime } from '../../lib/time'
import { TemplateTable } from './TemplateTable'

const context = { additionalTypenames: ['CouponDrop'] }
export const DROP_COLOURS: Record<CouponDropState, string> = { DRAFT: 'default', UPCOMING: 'blue', OPEN: 'green', NEXT_BATCH: 'gold', SOLD_OUT: 'orange', ENDED: 'default' }

export function CouponListPage() {
  const t = useT()
  const [params, setParams] = useSearchParams()
  const tab = params.get('tab') === 'templates' ? 'templates' : 'drops'
  const search = params.get('q') ?? ''
  const go = (next: { tab?: string; q?: string }): void => {
    const to = { tab: next.tab ?? tab, q: next.q ?? (next.tab === undefined ? search : '') }
    setParams({ ...(to.tab === 'drops' ? {} : { tab: to.tab }), ...(to.q === '' ? {} : { q: to.q }) }, { replace: true })
  }
  const [to, name] = tab === 'templates' ? (['/coupons/templates/new', 'template.create'] as const) : (['/coupons/new', 'coupon.create'] as const)
  const create = useCan('coupons.write') ? <Link to={to}><Button type="primary" icon={<PlusOutlined />}>{t(name)}</Button></Link> : null
  const hint = t(tab === 'templates' ? 'template.search' : 'coupon.search')
  return (
    <>
      <PageHead title={t('coupon.title')} extra={create} />
      <div className="panel">
        <div className="toolbar tabs">
          <Tabs activeKey={tab} onChange={(key) => go({ tab: key })} items={[{ key: 'drops', label: t('coupon.tabDrops') }, { key: 'templates', label: t('template.title') }]} />
          <Input.Search key={`${tab} ${search}`} allowClear defaultValue={search} style={{ width: 260 }} placeholder={hint} aria-label={hint} onSearch={(text) => go({ q: text.trim() })} />
        </div>
        {tab === 'templates' ? <TemplateTable search={search} create={create} /> : <Drops search={search} create={create} />}
      </div>
    </>
  )
}

function Drops({ search, create }: { search: string; create: React.ReactNode }) {
  const t = useT()
  const cursors = useCursors(search)
  const [{ data, error, fetching, stale }, again] = useQuery({ query: CouponDropsDocument, variables: { first: 20, after: cursors.after, search: search || null }, context })
  return (
    <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
      {({ couponDrops }) => (
        <>
          <DropTable drops={couponDrops.nodes} loading={fetching && !stale} empty={search ? <EmptyState title={t('state.noMatch')} hint={t('state.noMatchHint')} /> : <EmptyState title={t('coupon.none')} hint={t('coupon.noneHint')} action={create} />} />
          <Pager cursors={cursors} pageInfo={couponDrops.pageInfo} total={couponDrops.totalCount} />
        </>
      )}
    </Asked>
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
          {row.tiers.length === 0
            ? <div className="face small">{row.template.face.sentence}</div>
            : row.tiers.map((tier) => <div key={tier.position} className="face small"><span className="muted">{tier.label} </span>{tier.template.face.sentence}</div>)}
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
          {row.template.usableSentence && <div className="muted small">{row.template.usableSentence}</div>}
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
