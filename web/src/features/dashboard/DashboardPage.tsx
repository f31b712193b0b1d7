import { Alert, Button, Segmented, Select, Table, type TableColumnsType } from 'antd'
import { memo, useMemo, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useQuery, useSubscription } from 'urql'
import { Chart } from '../../components/Chart'
import { Money, useCurrency } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { Bar } from '../../components/StockBar'
import { LiveDashboardDocument, type DashboardFrameFragment, type DashboardInput, StoresDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useLanguage, useT } from '../../lib/i18n'
import { useLiveStatus } from '../../lib/live'
import { currencySymbol, formatCount, formatFen, formatShare } from '../../lib/money'
import { formatTime } from '../../lib/time'
import { BRAND } from '../../app/theme'
import { fillPoints, type Metric, regionsOf, toAxis, within } from './points'

export function DashboardPage() {
  const t = useT()
  const [search, setSearch] = useSearchParams()
  const [{ data: storeData }] = useQuery({ query: StoresDocument })
  const stores = storeData?.stores ?? []
  const region = search.get('region')
  const storeId = search.get('store')
  const filter = (next: { region?: string | null; store?: string | null }): void => {
    const params = new URLSearchParams()
    if (next.region) params.set('region', next.region)
    if (next.store) params.set('store', next.store)
    setSearch(params, { replace: true })
  }
  const input: DashboardInput | null = storeId ? { storeId } : region ? { regionPath: region } : null

  return (
    <>
      <PageHead
        title={t('dashboard.title')}
        tags={<LivePill />}
        extra={
          <>
            <Select
              aria-label={t('dashboard.region')}
              style={{ width: 190 }}
              allowClear
              showSearch
              placeholder={t('dashboard.allRegions')}
              value={region}
              onChange={(value: string | undefined) => filter({ region: value ?? null })}
              options={regionsOf(stores).map((path) => ({ value: path, label: path.replaceAll('/', ' / ') }))}
            />
            <Select
              aria-label={t('dashboard.store')}
              style={{ width: 200 }}
              allowClear
              showSearch={{ optionFilterProp: 'label' }}
              placeholder={t('dashboard.allStores')}
              value={storeId}
              onChange={(value: string | undefined) => filter({ region, store: value ?? null })}
              options={stores.filter((store) => within(store.regionPath, region)).map((store) => ({ value: store.id, label: store.name }))}
            />
          </>
        }
      />
      <LiveBoard key={JSON.stringify(input)} input={input} onStore={(id) => filter({ region, store: id })} />
    </>
  )
}

/** 实时 / 正在连接 / 正在重连 */
export function LivePill() {
  const t = useT()
  const { state } = useLiveStatus()
  if (state === 'idle') return null
  const kind = state === 'live' ? '' : state === 'reconnecting' ? 'down' : 'wait'
  return (
    <span className={`live ${kind}`} role="status" data-testid="live-status" data-state={state}>
      {t(state === 'live' ? 'live.on' : state === 'reconnecting' ? 'live.down' : 'live.wait')}
    </span>
  )
}

export function DownBanner({ asOf }: { asOf: string | undefined }) {
  const t = useT()
  const { state, attempt } = useLiveStatus()
  if (state !== 'reconnecting') return null
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      data-testid="stream-down"
      style={{ marginBottom: 12 }}
      title={asOf ? t('live.downWithData', { time: formatTime(asOf, true), attempt }) : t('live.downNoData', { attempt })}
    />
  )
}

export function LiveBoard({ input, onStore }: { input: DashboardInput | null; onStore: (id: string) => void }) {
  const t = useT()
  const [attempt, setAttempt] = useState(0)
  const [{ data, error }, restart] = useSubscription({ query: LiveDashboardDocument, variables: { input } })
  const { state } = useLiveStatus()
  const frame = data?.dashboard
  return (
    <div key={attempt}>
      <DownBanner asOf={frame?.asOf} />
      <Asked data={error && !frame ? undefined : frame} error={error} fetching={!error} onRetry={() => { setAttempt(attempt + 1); restart() }}>
        {(frame) => (
          <div className={state === 'reconnecting' ? 'stale' : undefined}>
            <Figures frame={frame} />
            <div className="board">
              <div className="stack">
                <DayPanel frame={frame} />
                <Panel title={t('dashboard.byStore')} extra={<span className="muted small">{t('dashboard.storeHint')}</span>} flush>
                  <StoreTable stores={frame.stores} onStore={onStore} />
                </Panel>
              </div>
              <div className="stack">
                <Panel title={t('dashboard.promotions')} flush><PromotionTable promotions={frame.promotions} /></Panel>
                <Panel title={t('dashboard.topSkus')} flush><SkuTable skus={frame.topSkus} /></Panel>
              </div>
            </div>
          </div>
        )}
      </Asked>
    </div>
  )
}

function Figures({ frame }: { frame: DashboardFrameFragment }) {
  const t = useT()
  const currency = useCurrency()
  const { cards } = frame
  const money = (fen: number) => <><small>{currencySymbol(currency)}</small>{formatFen(fen)}</>
  const figures = [
    { id: 'revenue', label: t('card.revenue'), text: formatFen(cards.revenueFen), node: money(cards.revenueFen), lead: true },
    { id: 'orders', label: t('card.orders'), text: formatCount(cards.orders), node: formatCount(cards.orders) },
    { id: 'average', label: t('card.average'), text: formatFen(cards.averageOrderFen), node: money(cards.averageOrderFen) },
    { id: 'promoted', label: t('card.promoted'), text: formatShare(cards.promotedShareBp), node: formatShare(cards.promotedShareBp) },
    { id: 'discount', label: t('card.discount'), text: formatFen(cards.discountFen), node: money(cards.discountFen) },
    { id: 'units', label: t('card.units'), text: formatCount(cards.units), node: formatCount(cards.units) },
    { id: 'claimed', label: t('card.claimed'), text: formatCount(cards.couponsClaimed), node: formatCount(cards.couponsClaimed) },
    { id: 'redeemed', label: t('card.redeemed'), text: formatCount(cards.couponsRedeemed), node: formatCount(cards.couponsRedeemed) },
  ]
  return (
    <dl className="panel figures" data-testid="dashboard-cards">
      {figures.map(({ id, label, text, node, lead }) => (
        <div key={id} className={lead ? 'lead' : undefined}>
          <dt>{label}</dt>
          <dd className="num" data-testid={`card-${id}`}><span key={text} className="tick">{node}</span></dd>
          {id === 'revenue' && cards.refunds > 0 && <dd className="figure-note num" data-testid="card-refunds">{t('card.refunds', { count: formatCount(cards.refunds) })} {money(cards.refundedFen)}</dd>}
        </div>
      ))}
    </dl>
  )
}

function DayPanel({ frame }: { frame: DashboardFrameFragment }) {
  const t = useT()
  const language = useLanguage()
  const currency = useCurrency()
  const [metric, setMetric] = useState<Metric>('revenueFen')
  const option = useMemo(() => {
    const start = Date.parse(`${frame.day}T00:00:00Z`)
    const say = (value: number) => (metric === 'revenueFen' ? currencySymbol(currency) + formatFen(value) : formatCount(value))
    return {
      useUTC: true,
      animationDuration: 300,
      animationDurationUpdate: 300,
      grid: { left: 8, right: 16, top: 16, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      tooltip: {
        trigger: 'axis',
        axisPointer: { lineStyle: { color: '#c3c7cd' } },
        formatter: ([it]: { value: [number, number] }[]) => `${new Date(it!.value[0]).toISOString().slice(11, 16)} – ${new Date(it!.value[0] + 300_000).toISOString().slice(11, 16)}<br/><b>${say(it!.value[1])}</b>`,
      },
      xAxis: {
        type: 'time',
        min: start,
        max: start + 24 * 3600_000,
        splitNumber: 8,
        axisLine: { lineStyle: { color: '#dcdee2' } },
        axisTick: { show: false },
        axisLabel: { color: '#646a73', formatter: (at: number) => (at >= start + 24 * 3600_000 ? '24:00' : new Date(at).toISOString().slice(11, 16)), hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        splitNumber: 4,
        splitLine: { lineStyle: { color: '#eff0f2' } },
        axisLabel: { color: '#646a73', formatter: (value: number) => (metric === 'revenueFen' ? shortMoney(value, language) : formatCount(Math.round(value))) },
      },
      series: [
        {
          type: 'line',
          data: toAxis(fillPoints(frame.points, frame.day, frame.asOf, metric)),
          showSymbol: false,
          lineStyle: { width: 1.8, color: BRAND },
          itemStyle: { color: BRAND },
          areaStyle: { color: { type: 'linear', x: 0, y: 0, x2: 0, y2: 1, colorStops: [{ offset: 0, color: 'rgba(181,35,42,.14)' }, { offset: 1, color: 'rgba(181,35,42,0)' }] } },
        },
      ],
    }
  }, [frame.points, frame.day, frame.asOf, metric, currency, language])
  return (
    <Panel
      title={<>{t('dashboard.today')} <span className="muted small" style={{ fontWeight: 400, marginLeft: 8 }} data-testid="as-of">{t('dashboard.asOf', { day: frame.day, time: formatTime(frame.asOf, true) })}</span></>}
      extra={
        <Segmented<Metric>
          size="small"
          aria-label={t('dashboard.metric')}
          value={metric}
          onChange={setMetric}
          options={[
            { value: 'revenueFen', label: t('card.revenue') },
            { value: 'orders', label: t('card.orders') },
            { value: 'couponsClaimed', label: t('card.claimed') },
          ]}
        />
      }
    >
      <Chart option={option} height={230} label={t('dashboard.chartLabel')} />
    </Panel>
  )
}

function shortMoney(fen: number, language: 'zh' | 'en'): string {
  const yuan = Math.round(fen / 100)
  if (language === 'zh') return yuan >= 10_000 ? `${(yuan / 10_000).toFixed(1).replace(/\.0$/, '')}万` : formatCount(yuan)
  return yuan >= 1000 ? `${(yuan / 1000).toFixed(1).replace(/\.0$/, '')}k` : formatCount(yuan)
}

const StoreTable = memo(function StoreTable({ stores, onStore }: { stores: DashboardFrameFragment['stores']; onStore: (id: string) => void }) {
  const t = useT()
  const sorted = useMemo(() => [...stores].sort((a, b) => b.revenueFen - a.revenueFen), [stores])
  const top = sorted[0]?.revenueFen ?? 0
  if (sorted.length === 0) return <EmptyState title={t('dashboard.noSales')} hint={t('dashboard.noSalesHint')} />
  const columns: TableColumnsType<(typeof sorted)[number]> = [
    {
      title: t('column.store'),
      render: (_, row, i) => (
        <span className="nowrap">
          <span className={`rank num ${i < 3 ? 'top' : ''}`}>{i + 1}</span>
          <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={() => onStore(row.store.id)}>{row.store.name}</Button>
          <span className="muted small" style={{ marginLeft: 8 }}>{row.store.city}</span>
        </span>
      ),
    },
    { title: '', width: 96, render: (_, row) => <Bar part={row.revenueFen} whole={top} label={formatFen(row.revenueFen)} /> },
    { title: t('card.revenue'), align: 'right', width: 112, render: (_, row) => <Money fen={row.revenueFen} />, sorter: (a, b) => a.revenueFen - b.revenueFen },
    { title: t('card.orders'), align: 'right', width: 74, render: (_, row) => formatCount(row.orders), sorter: (a, b) => a.orders - b.orders },
    { title: t('card.average'), align: 'right', width: 80, render: (_, row) => (row.orders > 0 ? <Money fen={Math.floor(row.revenueFen / row.orders)} /> : '—') },
    { title: t('card.discount'), align: 'right', width: 96, render: (_, row) => <Money fen={row.discountFen} /> },
  ]
  return <div style={{ marginTop: 10 }}><Table size="small" rowKey={(row) => row.store.id} columns={columns} dataSource={sorted} pagination={sorted.length > 12 ? { pageSize: 12, size: 'small', showSizeChanger: false, hideOnSinglePage: true, style: { margin: '10px 16px' } } : false} scroll={{ x: 'max-content' }} /></div>
})

const PromotionTable = memo(function PromotionTable({ promotions }: { promotions: DashboardFrameFragment['promotions'] }) {
  const t = useT()
  const write = useCan('promotions.write')
  if (promotions.length === 0) return <EmptyState title={t('dashboard.noPromotions')} action={write && <Link to="/promotions/new"><Button>{t('promotion.create')}</Button></Link>} />
  return (
    <div style={{ marginTop: 10 }}>
      <Table
        size="small"
        rowKey="promotionId"
        pagination={false}
        dataSource={promotions}
        columns={[
          { title: t('column.promotion'), ellipsis: true, render: (_, row) => <Link to={`/promotions/${encodeURIComponent(row.promotionId)}`}>{row.name}</Link> },
          { title: t('card.orders'), align: 'right', width: 76, render: (_, row) => formatCount(row.orders) },
          { title: t('column.given'), align: 'right', width: 110, render: (_, row) => <Money fen={row.discountFen} /> },
        ]}
      />
    </div>
  )
})

const SkuTable = memo(function SkuTable({ skus }: { skus: DashboardFrameFragment['topSkus'] }) {
  const t = useT()
  if (skus.length === 0) return <EmptyState title={t('dashboard.noSales')} />
  return (
    <div style={{ marginTop: 10 }}>
      <Table
        size="small"
        rowKey="sku"
        pagination={false}
        dataSource={skus}
        columns={[
          { title: t('column.product'), ellipsis: true, render: (_, row, i) => <><span className={`rank num ${i < 3 ? 'top' : ''}`}>{i + 1}</span>{row.name}</> },
          { title: t('card.units'), align: 'right', width: 76, render: (_, row) => formatCount(row.units) },
          { title: t('card.revenue'), align: 'right', width: 110, render: (_, row) => <Money fen={row.revenueFen} /> },
        ]}
      />
    </div>
  )
})
