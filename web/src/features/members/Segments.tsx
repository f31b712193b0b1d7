import { Button, Select, Table, type TableColumnsType, Tag } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Panel } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { type LifecycleState, LevelSchemeDocument, MembersDocument, type MembersQuery, MemberSegmentsDocument, type MemberSegmentsQuery, type RfmTier } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { formatDateTime, formatShortDateTime } from '../../lib/time'
import { LifecycleSettings } from './LifecycleSettings'
import { STATE_COLOURS, STATES, TIER_COLOURS, TIERS } from './states'

export type Filter = { state: LifecycleState | null; tier: RfmTier | null; level: string | null }
type Row = MembersQuery['members']['nodes'][number]

/** Everybody: how many stand where, and the list of those who stand in one place. */
export function Segments({ filter, show, open }: { filter: Filter; show: (filter: Filter) => void; open: (search: string) => void }) {
  const t = useT()
  const cursors = useCursors(JSON.stringify(filter))
  const [{ data: spread, error: spreadError, fetching: counting }, countAgain] = useQuery({ query: MemberSegmentsDocument, requestPolicy: 'cache-and-network' })
  const [{ data: ladder }] = useQuery({ query: LevelSchemeDocument })
  const [{ data, error, fetching, stale }, again] = useQuery({ query: MembersDocument, variables: { ...filter, first: 20, after: cursors.after }, requestPolicy: 'cache-and-network' })
  const count = (level: string): number => spread?.memberSegments.segments.filter((one) => one.level === level).reduce((sum, one) => sum + one.members, 0) ?? 0
  return (
    <div className="member">
      {spread
        ? <Spread spread={spread.memberSegments} filter={filter} show={show} />
        : <Panel title={t('segment.title')}><Asked data={spread} error={spreadError} fetching={counting} onRetry={() => countAgain({ requestPolicy: 'network-only' })}>{() => null}</Asked></Panel>}
      <div style={{ height: 12 }} />
      <Panel
        title={t('segment.list')}
        extra={
          <span style={{ display: 'flex', gap: 8 }}>
            <Select allowClear placeholder={t('segment.anyState')} aria-label={t('segment.state')} style={{ width: 130 }} value={filter.state} options={STATES.map((value) => ({ value, label: t(`lifecycle.${value}`) }))} onChange={(state) => show({ ...filter, state: state ?? null })} />
            <Select allowClear placeholder={t('segment.anyTier')} aria-label={t('segment.tier')} style={{ width: 140 }} value={filter.tier} options={TIERS.map((value) => ({ value, label: t(`tier.${value}`) }))} onChange={(tier) => show({ ...filter, tier: tier ?? null })} />
            <Select allowClear placeholder={t('who.allLevels')} aria-label={t('who.levels')} style={{ width: 170 }} value={filter.level} options={(ladder?.levelScheme.levels ?? []).map(({ id, name }) => ({ value: id, label: `${name} ${count(id)}` }))} onChange={(level) => show({ ...filter, level: level ?? null })} />
          </span>
        }
        flush
      >
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ members }) => (
            <>
              <MemberTable rows={members.nodes} loading={fetching && !stale} open={open} />
              <Pager cursors={cursors} pageInfo={members.pageInfo} total={members.totalCount} />
            </>
          )}
        </Asked>
      </Panel>
    </div>
  )
}

function Spread({ spread, filter, show }: { spread: MemberSegmentsQuery['memberSegments']; filter: Filter; show: (filter: Filter) => void }) {
  const t = useT()
  const write = useCan('levels.write')
  const [editing, setEditing] = useState(false)
  const sum = (state: LifecycleState | null, tier: RfmTier | null | 'all'): number =>
    spread.segments.filter((one) => (state === null || one.state === state) && (tier === 'all' || one.tier === tier)).reduce((total, one) => total + one.members, 0)
  const cell = (state: LifecycleState | null, tier: RfmTier | null | 'all') => {
    const members = sum(state, tier)
    const share = spread.total > 0 ? members / spread.total : 0
    const on = tier !== null && filter.state === state && filter.tier === (tier === 'all' ? null : tier) && (state !== null || tier !== 'all')
    const words = `${members.toLocaleString('zh-CN')}`
    return (
      <td style={{ background: `rgba(213, 40, 28, ${members === 0 ? 0 : 0.04 + share * 0.3})` }} className={on ? 'on' : ''}>
        {tier === null || members === 0 ? <span className="num">{words}</span> : <button type="button" className="num" onClick={() => show({ ...filter, state, tier: tier === 'all' ? null : tier })}>{words}</button>}
        <span className="muted small num">{spread.total > 0 ? `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%` : ''}</span>
      </td>
    )
  }
  return (
    <Panel
      title={t('segment.title')}
      extra={
        <span style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
          <span className="muted small">{spread.computedAt ? t('segment.computed', { at: formatDateTime(spread.computedAt) }) : t('segment.never')}</span>
          {write && <Button size="small" onClick={() => setEditing(true)}>{t('segment.rules')}</Button>}
        </span>
      }
      flush
    >
      <div className="wide"><table className="spread" aria-label={t('segment.title')}>
        <thead><tr><th /><th>{t('segment.all')}</th>{TIERS.map((tier) => <th key={tier} title={t(`tier.${tier}.what`)}>{t(`tier.${tier}`)}</th>)}<th title={t('segment.noTierWhat')}>{t('segment.noTier')}</th></tr></thead>
        <tbody>
          {STATES.map((state) => <tr key={state}><th scope="row" title={t(`lifecycle.${state}.what`)}>{t(`lifecycle.${state}`)}</th>{cell(state, 'all')}{TIERS.map((tier) => <Fragmented key={tier}>{cell(state, tier)}</Fragmented>)}{cell(state, null)}</tr>)}
          <tr className="sum"><th scope="row">{t('segment.all')}</th>{cell(null, 'all')}{TIERS.map((tier) => <Fragmented key={tier}>{cell(null, tier)}</Fragmented>)}{cell(null, null)}</tr>
        </tbody>
      </table></div>
      {editing && <LifecycleSettings close={() => setEditing(false)} />}
    </Panel>
  )
}

const Fragmented = ({ children }: { children: React.ReactNode }) => <>{children}</>

function MemberTable({ rows, loading, open }: { rows: Row[]; loading: boolean; open: (search: string) => void }) {
  const t = useT()
  const now = Date.now()
  const columns: TableColumnsType<Row> = [
    { title: t('order.member'), render: (_, row) => <><Button type="link" style={{ padding: 0, height: 'auto' }} onClick={() => open(row.memberCode)}>{row.nickname}</Button><div className="muted small num">{row.phoneMasked ?? row.memberCode}</div></> },
    { title: t('who.levels'), width: 170, render: (_, row) => <><div>{row.levelName}</div><div className="muted small num">{t('member.growth', { growth: row.level.growth.toLocaleString('zh-CN') })}</div></> },
    { title: t('segment.state'), width: 110, render: (_, row) => <Tag color={STATE_COLOURS[row.standing.state]} style={{ margin: 0 }}>{t(`lifecycle.${row.standing.state}`)}</Tag> },
    { title: t('segment.tier'), width: 150, render: (_, row) => (row.standing.tier ? <Tag color={TIER_COLOURS[row.standing.tier]} style={{ margin: 0 }} title={t('segment.scores', { scores: [...(row.standing.scores ?? '')].join(' / ') })}>{t(`tier.${row.standing.tier}`)}</Tag> : <span className="muted">—</span>) },
    { title: t('segment.lastOrder'), width: 160, render: (_, row) => <span className="num">{row.standing.lastOrderAt ? formatShortDateTime(row.standing.lastOrderAt, now) : '—'}</span> },
    { title: t('segment.orders'), width: 90, align: 'right', render: (_, row) => <span className="num">{row.ordersCount}</span> },
  ]
  return <Table size="middle" rowKey="id" columns={columns} dataSource={rows} loading={loading} pagination={false} locale={{ emptyText: <EmptyState title={t('segment.none')} hint="" /> }} />
}
