import { Button, DatePicker, Table, Tag } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import type { ReactNode } from 'react'
import { useSearchParams } from 'react-router'
import { useQuery } from 'urql'
import { Money } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { LiabilitiesDocument, type LiabilitiesQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { formatDateTime, nowInShanghai } from '../../lib/time'
import { formatPercent } from '../suppliers/bearing'

type Found = LiabilitiesQuery['liabilities']
type OfTemplate = Found['coupons']['templates'][number]

/** A day that is over, as the address names it; null for now, and for what is no such day */
function dayOf(text: string | null, yesterday: Dayjs): Dayjs | null {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? dayjs(text) : null
  return day?.isValid() && day.format('YYYY-MM-DD') === text && !day.isAfter(yesterday, 'day') ? day : null
}

/** 负债: what is promised to members and not yet had, as of now or at the end of a day that is over. The day stands in the address. */
export function LiabilitiesPage() {
  const t = useT()
  const [query, setQuery] = useSearchParams()
  const yesterday = nowInShanghai().subtract(1, 'day')
  const day = dayOf(query.get('day'), yesterday)
  const asked = day?.format('YYYY-MM-DD') ?? null
  const show = (next: Dayjs | null): void => setQuery(next ? { day: next.format('YYYY-MM-DD') } : {})
  const [{ data, error, fetching, operation }, again] = useQuery({ query: LiabilitiesDocument, variables: { day: asked }, requestPolicy: 'cache-and-network' })
  const reload = (): void => again({ requestPolicy: 'network-only' })
  const found = operation?.variables.day === asked ? data?.liabilities : undefined // figures of one day never stand under another
  const presets = [
    { label: t('owed.yesterday'), value: yesterday },
    { label: t('owed.lastMonth'), value: nowInShanghai().startOf('month').subtract(1, 'day') },
    { label: t('owed.monthBefore'), value: nowInShanghai().startOf('month').subtract(1, 'month').subtract(1, 'day') },
  ]
  return (
    <>
      <PageHead
        title={t('owed.title')}
        extra={(
          <>
            {day && <Button type="link" onClick={() => show(null)}>{t('owed.back')}</Button>}
            <DatePicker aria-label={t('owed.of')} placeholder={t('owed.pick')} style={{ width: 150 }} value={day} onChange={show} maxDate={yesterday} presets={presets} showNow={false} />{' '}
            <Button onClick={reload} loading={fetching}>{t('owed.again')}</Button>
          </>
        )}
      />
      <Asked data={found} error={error} fetching={fetching} onRetry={reload}>{(shown) => <Shown found={shown} />}</Asked>
    </>
  )
}

function Shown({ found }: { found: Found }) {
  const t = useT()
  const { coupons } = found
  const figure = (label: string, value: ReactNode, under?: ReactNode) => <div><dt>{label}</dt><dd>{value}{under && <div className="muted" style={{ fontSize: 12, fontWeight: 400, lineHeight: 1.6 }}>{under}</div>}</dd></div>
  const money = (title: string, pick: (row: OfTemplate | Found['coupons']['days'][number]) => ReactNode) => ({ title, width: 120, align: 'right' as const, render: (_: unknown, row: OfTemplate | Found['coupons']['days'][number]) => pick(row) })
  return (
    <>
      <p className="muted" style={{ margin: '0 0 12px' }}>{t('owed.hint')} <span className="num">{formatDateTime(found.asOf)}</span></p>
      <dl className="panel facts" style={{ marginBottom: 12, gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))' }} data-testid="owed-figures">
        {figure(t('owed.points'), <Money fen={found.pointsFen} />, t('owed.pointsOf', { count: formatCount(found.points) }))}
        {figure(t('owed.balance'), <Money fen={found.balanceFen} />)}
        {figure(t('owed.packets'), <Money fen={found.redPacketFen} />)}
        {figure(t('owed.deposits'), <Money fen={found.depositFen} />, found.deposits > 0 ? t('owed.depositsNote', { count: found.deposits }) : undefined)}
        {figure(t('owed.coupons'), <Money fen={coupons.expectedFen} />, <>{t('owed.couponsOf', { count: formatCount(coupons.open) })} <Money fen={coupons.mostFen} /></>)}
      </dl>
      {coupons.open === 0 && <Panel><EmptyState title={t('owed.none')} /></Panel>}
      {coupons.open > 0 && (
        <div className="stack">
          <p className="muted small" style={{ margin: 0 }}>
            {t('owed.estimate')}{coupons.unvalued > 0 && ` ${t('owed.unvalued', { count: formatCount(coupons.unvalued) })}`}{coupons.earned > 0 && <> {t('owed.earned', { count: formatCount(coupons.earned) })} <Money fen={coupons.earnedExpectedFen} /></>}
          </p>
          <Panel title={t('owed.byTemplate')} flush>
            <Table
              size="small" rowKey="templateId" scroll={{ x: 900 }} dataSource={coupons.templates} pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
              columns={[
                { title: t('owed.template'), render: (_, row) => <>{row.name} <Tag style={{ margin: '0 0 0 6px' }}>{t(`owed.${row.basis}`)}{row.valueFen > 0 && <> <Money fen={row.valueFen} short /></>}</Tag></> },
                { title: t('owed.open'), width: 110, align: 'right', render: (_, row) => <>{formatCount(row.open)}{row.locked > 0 && <div className="muted small">{t('owed.locked', { count: row.locked })}</div>}</> },
                { title: t('owed.states'), width: 170, align: 'right', render: (_, row) => <span className="num">{formatCount(row.redeemed)} / {formatCount(row.expired)} / {formatCount(row.voided)}</span> },
                { title: t('owed.rate'), width: 100, align: 'right', render: (_, row) => (row.rateBp === null ? <span className="muted" title={t('owed.noRateHint')}>{t('owed.noRate')}</span> : <span className="num">{formatPercent(row.rateBp)}%</span>) },
                money(t('owed.most'), (row) => <Money fen={row.mostFen} />),
                money(t('owed.expected'), (row) => <strong><Money fen={row.expectedFen} /></strong>),
              ]}
            />
          </Panel>
          <Panel title={t('owed.byDay')} flush>
            <Table
              size="small" rowKey={(row) => row.day ?? 'later'} scroll={{ x: 480 }} dataSource={coupons.days} pagination={{ pageSize: 15, hideOnSinglePage: true, showSizeChanger: false }}
              columns={[
                { title: t('owed.day'), render: (_, row) => (row.day ? <span className="num">{row.day}</span> : t('owed.later')) },
                { title: t('owed.open'), width: 110, align: 'right', render: (_, row) => formatCount(row.open) },
                money(t('owed.most'), (row) => <Money fen={row.mostFen} />),
                money(t('owed.expected'), (row) => <strong><Money fen={row.expectedFen} /></strong>),
              ]}
            />
          </Panel>
        </div>
      )}
    </>
  )
}
