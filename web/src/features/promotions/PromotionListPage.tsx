import { PlusOutlined } from '@ant-design/icons'
import { Button, Input, Table, type TableColumnsType, Tabs, Tag } from 'antd'
import { useMemo } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useQuery } from 'urql'
import { useAskAt, useServerNow, windowWords } from '../../components/Clock'
import { Money } from '../../components/Money'
import { PageHead } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { PromotionCountsDocument, type PromotionRowFragment, PromotionsDocument, type PromotionState } from '../../gql/graphql'
import { troubleOf } from '../../lib/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { formatShortDateTime } from '../../lib/time'
import { PromotionActions } from './actions'
import { scopeWords } from './offerForm'
import { channelWords, placeWords, PromotionStateTag } from './parts'

const STATES: PromotionState[] = ['RUNNING', 'SCHEDULED', 'DRAFT', 'ENDED']
const context = { additionalTypenames: ['Promotion'] } // an empty list, too, is asked again after a promotion is made

export function PromotionListPage() {
  const t = useT()
  const [params, setParams] = useSearchParams()
  const tab = STATES.find((state) => state === params.get('state')) ?? 'ALL'
  const search = params.get('q') ?? ''
  const go = (next: { state?: string; q?: string }): void => {
    const state = next.state ?? tab
    const q = next.q ?? search
    setParams({ ...(state === 'ALL' ? {} : { state }), ...(q === '' ? {} : { q }) }, { replace: true })
  }
  const cursors = useCursors(`${tab}/${search}`)
  const filter = { states: tab === 'ALL' ? null : [tab], search: search || null }
  const [{ data, error, fetching, stale }, again] = useQuery({ query: PromotionsDocument, variables: { first: 20, after: cursors.after, filter }, context })
  const [{ data: counts }] = useQuery({ query: PromotionCountsDocument, variables: { search: search || null }, context })
  const live = (data?.promotions.nodes ?? []).filter((it) => it.state === 'SCHEDULED' || it.state === 'RUNNING')
  useAskAt(live.flatMap((it) => [it.startsAt, it.endsAt]), useServerNow(live[0]?.serverTime), () => again({ requestPolicy: 'network-only' }))
  const count: Record<string, number | undefined> = {
    RUNNING: counts?.running.totalCount,
    SCHEDULED: counts?.scheduled.totalCount,
    DRAFT: counts?.draft.totalCount,
    ENDED: counts?.ended.totalCount,
  }
  const create = useCan('promotions.write') ? <Link to="/promotions/new"><Button type="primary" icon={<PlusOutlined />}>{t('promotion.create')}</Button></Link> : null
  return (
    <>
      <PageHead title={t('promotion.title')} extra={error && troubleOf(error) === 'forbidden' ? null : create} />
      <div className="panel">
        <div className="toolbar tabs">
          <Tabs
            activeKey={tab}
            onChange={(state) => go({ state })}
            items={['ALL', ...STATES].map((state) => ({
              key: state,
              label: <>{state === 'ALL' ? t('promotion.all') : t(`promotionState.${state as PromotionState}`)}{count[state] !== undefined && <span className="muted num small"> {count[state]}</span>}</>,
            }))}
          />
          <Input.Search key={search} allowClear defaultValue={search} style={{ width: 240 }} placeholder={t('promotion.search')} aria-label={t('promotion.search')} onSearch={(q) => go({ q: q.trim() })} />
        </div>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ promotions }) => (
            <>
              <PromotionTable
                promotions={promotions.nodes}
                loading={fetching && !stale}
                empty={
                  search !== '' ? (
                    <EmptyState title={t('state.noMatch')} hint={t('state.noMatchHint')} />
                  ) : tab === 'ALL' ? (
                    <EmptyState title={t('promotion.none')} hint={t('promotion.noneHint')} action={create} />
                  ) : (
                    <EmptyState title={t('promotion.noneInState', { state: t(`promotionState.${tab}`) })} />
                  )
                }
              />
              <Pager cursors={cursors} pageInfo={promotions.pageInfo} total={promotions.totalCount} />
            </>
          )}
        </Asked>
      </div>
    </>
  )
}

export function PromotionTable({ promotions, loading, empty }: { promotions: PromotionRowFragment[]; loading: boolean; empty: React.ReactNode }) {
  const t = useT()
  const now = useServerNow(promotions[0]?.serverTime)
  const columns = useMemo<TableColumnsType<PromotionRowFragment>>(
    () => [
      {
        title: t('column.promotion'),
        width: 210,
        render: (_, row) => (
          <>
            <Link to={`/promotions/${encodeURIComponent(row.id)}`} style={{ fontWeight: 500 }}>{row.name}</Link>
            {row.tags.length > 0 && <div style={{ marginTop: 2 }}>{row.tags.slice(0, 3).map((tag) => <Tag key={tag} style={{ fontSize: 11, lineHeight: '18px', marginInlineEnd: 4 }}>{tag}</Tag>)}</div>}
          </>
        ),
      },
      { title: t('column.state'), width: 82, render: (_, row) => <PromotionStateTag state={row.state} soldOut={row.soldOut} /> },
      {
        title: t('column.offer'),
        width: 240,
        render: (_, row) => (
          <>
            {row.offers.map((offer) => <div key={offer.id}>{offer.sentence}</div>)}
            <div className="muted small">{[...new Set(row.offers.map((offer) => scopeWords(offer.definition.scope, t)))].join(t('list.semicolon'))}</div>
          </>
        ),
      },
      {
        title: t('column.where'),
        width: 130,
        render: (_, row) => (
          <>
            <div>{placeWords(row, t)}</div>
            <div className="muted small">{channelWords(row.channels, t)}</div>
          </>
        ),
      },
      {
        title: t('column.window'),
        width: 176,
        render: (_, row) => (
          <>
            <div>{row.state === 'ENDED' && Date.parse(row.endsAt) > now ? t('when.endedEarly') : windowWords(t, row.startsAt, row.endsAt, now)}</div>
            <div className="muted small nowrap num">{formatShortDateTime(row.startsAt, now)} – {formatShortDateTime(row.endsAt, now)}</div>
          </>
        ),
      },
      { title: t('column.redemptions'), align: 'right', width: 86, render: (_, row) => formatCount(row.redemptions) },
      { title: t('column.given'), align: 'right', width: 110, render: (_, row) => <Money fen={row.discountGivenFen} /> },
      {
        title: t('column.actions'),
        width: 96,
        render: (_, row) => (
          <div className="row-actions">
            <Link to={`/promotions/${encodeURIComponent(row.id)}`}>{t('action.view')}</Link>
            <PromotionActions promotion={row} size="link" />
          </div>
        ),
      },
    ],
    [t, now],
  )
  return <Table size="middle" rowKey="id" columns={columns} dataSource={promotions} loading={loading} pagination={false} scroll={{ x: 1020 }} locale={{ emptyText: empty }} />
}
