import { Select, Table } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { ShareFiguresDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'

const SPANS = [7, 30, 90, 366]

/** 分享: what friends opened, by what was shared, store, channel and day (K12) */
export function Shares() {
  const t = useT()
  const [days, setDays] = useState(30)
  const [{ data, error, fetching }, again] = useQuery({ query: ShareFiguresDocument, variables: { days }, requestPolicy: 'cache-and-network' })
  const span = <Select size="small" value={days} style={{ width: 110 }} aria-label={t('share.span')} onChange={setDays} options={SPANS.map((value) => ({ value, label: t('share.lastDays', { count: value }) }))} />
  const count = (title: string, value: (row: { opened: number; sharers: number; growth: number }) => number) => ({ title, align: 'right' as const, width: 100, render: (_: unknown, row: { opened: number; sharers: number; growth: number }) => <span className="num">{formatCount(value(row))}</span> })
  const counts = [count(t('share.opened'), (row) => row.opened), count(t('share.sharers'), (row) => row.sharers), count(t('review.growth'), (row) => row.growth)]
  return (
    <div style={{ marginTop: 12 }} data-testid="shares">
      <Panel title={t('share.title')} extra={span} flush>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ shareFigures: found }) => (found.opened === 0 ? <EmptyState title={t('share.none')} hint={t('share.noneHint')} /> : (
            <>
              <div className="muted" style={{ padding: '10px 16px' }} data-testid="share-sums">{t('share.sums', { sharers: formatCount(found.sharers), opened: formatCount(found.opened), growth: formatCount(found.growth) })}</div>
              <div className="halves halves-flush">
                <Table
                  data-testid="share-sources" size="small" rowKey={(row) => `${row.kind}${row.channel}${row.storeName}`} pagination={{ pageSize: 10, hideOnSinglePage: true, size: 'small' }} dataSource={found.sources}
                  columns={[
                    { title: t('share.kind'), render: (_, row) => t(`shareKind.${row.kind}`) },
                    { title: t('column.store'), render: (_, row) => row.storeName ?? '—' },
                    { title: t('drop.channels'), render: (_, row) => (row.channel ? t(`channel.${row.channel}`) : '—') },
                    ...counts,
                  ]}
                />
                <Table
                  data-testid="share-days" size="small" rowKey="day" pagination={{ pageSize: 10, hideOnSinglePage: true, size: 'small' }} dataSource={found.days}
                  columns={[{ title: t('lottery.day'), render: (_, row) => <span className="num">{row.day}</span> }, ...counts]}
                />
              </div>
            </>
          ))}
        </Asked>
      </Panel>
    </div>
  )
}
