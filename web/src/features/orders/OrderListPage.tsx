import { Input, Table, type TableColumnsType, Tabs, Tag } from 'antd'
import { Link, useSearchParams } from 'react-router'
import { useQuery } from 'urql'
import { Money } from '../../components/Money'
import { PageHead } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { type OrderRowFragment, type RefundState, StoreOrdersDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatShortDateTime } from '../../lib/time'
import { OrderStateTag, RefundStateTag } from './parts'
import { PresaleTable } from './PresaleTable'

const TABS: (RefundState | 'ALL' | 'SERVE' | 'PRESALE')[] = ['ALL', 'SERVE', 'REQUESTED', 'PROCESSING', 'FAILED', 'PART', 'REFUNDED', 'PRESALE']
const context = { additionalTypenames: ['Order', 'Refund', 'RefundRequest', 'Payout'] }

export function OrderListPage() {
  const t = useT()
  const [query, setQuery] = useSearchParams()
  const search = query.get('search') ?? ''
  const tab = TABS.find((it) => it === query.get('refund')) ?? 'ALL'
  const show = (next: { search?: string; tab?: string }): void => {
    const to = { search: next.search ?? search, refund: next.tab ?? tab }
    setQuery({ ...(to.search ? { search: to.search } : {}), ...(to.refund === 'ALL' ? {} : { refund: to.refund }) })
  }
  const cursors = useCursors(`${search} ${tab}`)
  const [{ data, error, fetching, stale }, again] = useQuery({
    query: StoreOrdersDocument,
    variables: { first: 20, after: cursors.after, search: search || null, refundState: tab === 'ALL' || tab === 'SERVE' || tab === 'PRESALE' ? null : tab, toServe: tab === 'SERVE' },
    pause: tab === 'PRESALE',
    context,
    requestPolicy: 'cache-and-network',
  })
  return (
    <>
      <PageHead title={t('order.title')} />
      <div className="panel">
        <div className="toolbar tabs">
          <Tabs activeKey={tab} onChange={(key) => show({ tab: key })} items={TABS.map((key) => ({ key, label: key === 'ALL' ? t('order.all') : key === 'SERVE' ? t('order.toServe') : key === 'PRESALE' ? t('presale.title') : t(`refundState.${key}`) }))} />
          <Input.Search key={search} allowClear defaultValue={search} style={{ width: 300 }} placeholder={t('order.search')} aria-label={t('order.search')} onSearch={(text) => show({ search: text.trim() })} />
        </div>
        {tab === 'PRESALE' ? <PresaleTable search={search} /> : <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ storeOrders }) => (
            <>
              <OrderTable rows={storeOrders.nodes} loading={fetching && !stale} empty={search || tab !== 'ALL' ? <EmptyState title={t('state.noMatch')} hint={t('order.searchHint')} /> : <EmptyState title={t('order.none')} />} />
              <Pager cursors={cursors} pageInfo={storeOrders.pageInfo} total={storeOrders.totalCount} />
            </>
          )}
        </Asked>}
      </div>
    </>
  )
}

function OrderTable({ rows, loading, empty }: { rows: OrderRowFragment[]; loading: boolean; empty: React.ReactNode }) {
  const t = useT()
  const now = Date.now()
  const columns: TableColumnsType<OrderRowFragment> = [
    {
      title: t('order.number'),
      width: 210,
      render: (_, { order }) => (
        <>
          <Link to={`/orders/${order.id}`} className="num">{order.number}</Link>
          <div className="muted small num">{formatShortDateTime(order.placedAt, now)}{order.priority && order.state === 'PAID' && <Tag color="volcano" style={{ margin: '0 0 0 8px' }}>{t('order.priority')}</Tag>}</div>
        </>
      ),
    },
    {
      title: t('order.member'),
      width: 150,
      render: (_, { member }) => (member ? <><div>{member.nickname}</div><div className="muted small num">{member.phone ?? member.memberCode}</div></> : '—'),
    },
    {
      title: t('order.goods'),
      ellipsis: { showTitle: false }, // takes the room that is left; all of it on hover
      render: (_, { order }) => {
        const goods = order.lines.map((line) => `${line.name} ×${line.qty}`).join(t('list.comma'))
        return <span title={goods} data-testid="order-goods"><span className="emoji">{order.lines.slice(0, 3).map((line) => line.emoji).join('')}</span> {goods}</span>
      },
    },
    { title: t('column.store'), width: 130, render: (_, { order }) => order.store.name },
    {
      title: t('order.payable'),
      align: 'right',
      width: 120,
      render: (_, { order }) => <><div><Money fen={order.payableFen} /></div>{order.refundedFen > 0 && <div className="muted small">{t('order.refunded')} <Money fen={order.refundedFen} /></div>}</>,
    },
    { title: t('column.state'), width: 170, render: (_, { order }) => <span className="row-actions" style={{ gap: 6 }}><OrderStateTag state={order.state} />{order.refundState !== order.state && <RefundStateTag state={order.refundState} />}</span> },
  ]
  return <Table size="middle" rowKey={(row) => row.order.id} columns={columns} dataSource={rows} loading={loading} pagination={false} scroll={{ x: 980 }} locale={{ emptyText: empty }} />
}
