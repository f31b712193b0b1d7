import { Button, Collapse, Descriptions, Input, Table, Tag, Typography } from 'antd'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useQuery } from 'urql'
import { useAskAt, useCounted, useServerNow, windowWords } from '../../components/Clock'
import { Money } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { type PromotionDetailQuery, PromotionDetailDocument, PromotionProductsDocument, StoresDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { formatDateTime } from '../../lib/time'
import { productColumns } from '../products/columns'
import { PromotionActions } from './actions'
import { scopeWords } from './offerForm'
import { channelWords, PromotionStateTag } from './parts'
import { BearingTold } from '../suppliers/BearingFields'

export function PromotionDetailPage() {
  const t = useT()
  const id = useParams().id ?? ''
  const [{ data, error, fetching }, again] = useQuery({ query: PromotionDetailDocument, variables: { id } })
  const crumb = <Link to="/promotions">{t('promotion.title')}</Link>
  if (data && !data.promotion) {
    return (
      <>
        <PageHead title={t('promotion.missing')} crumb={crumb} />
        <Panel><EmptyState title={t('promotion.missing')} hint={t('promotion.missingHint')} action={<Link to="/promotions"><Button>{t('action.back')}</Button></Link>} /></Panel>
      </>
    )
  }
  return (
    <Asked data={data?.promotion} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
      {(promotion) => <Detail promotion={promotion} crumb={crumb} again={() => again({ requestPolicy: 'network-only' })} />}
    </Asked>
  )
}

type Promotion = NonNullable<PromotionDetailQuery['promotion']>

function Detail({ promotion, crumb, again }: { promotion: Promotion; crumb: React.ReactNode; again: () => void }) {
  const t = useT()
  const now = useServerNow(promotion.serverTime)
  useAskAt(promotion.state === 'SCHEDULED' || promotion.state === 'RUNNING' ? [promotion.startsAt, promotion.endsAt] : [], now, again)
  useCounted(promotion.state === 'RUNNING', again)
  const [{ data: stores }] = useQuery({ query: StoresDocument, pause: promotion.storeIds.length === 0 })
  const names = new Map(stores?.stores.map((store) => [store.id, store.name]))
  const places = [...promotion.regionPaths.map((path) => path.replaceAll('/', ' / ')), ...promotion.storeIds.map((storeId) => names.get(storeId) ?? storeId)]
  return (
    <>
      <PageHead title={promotion.name} crumb={crumb} tags={<PromotionStateTag state={promotion.state} soldOut={promotion.soldOut} />} extra={<PromotionActions promotion={promotion} />} />
      <dl className="panel facts">
        <div><dt>{t('column.redemptions')}</dt><dd>{formatCount(promotion.redemptions)}<small>{t('unit.orders')}</small></dd></div>
        <div><dt>{t('column.given')}</dt><dd><Money fen={promotion.discountGivenFen} /></dd></div>
        <div><dt>{t('promotion.perOrder')}</dt><dd>{promotion.redemptions > 0 ? <Money fen={Math.floor(promotion.discountGivenFen / promotion.redemptions)} /> : '—'}</dd></div>
        <div><dt>{t('column.window')}</dt><dd style={{ fontSize: 18 }}>{promotion.state === 'ENDED' ? t(Date.parse(promotion.endsAt) > now ? 'when.endedEarly' : 'promotionState.ENDED') : windowWords(t, promotion.startsAt, promotion.endsAt, now)}</dd></div>
      </dl>
      <div className="detail">
        <div className="stack">
          <Panel title={t('promotion.rules')}>
            {promotion.offers.map((offer) => (
              <div className="rule" key={offer.id}>
                <Tag style={{ margin: 0 }}>{t(`level.${offer.level}`)}</Tag>
                <div>
                  <div className="sentence">{offer.sentence}</div>
                  <div className="muted small">{scopeWords(offer.definition.scope, t)}</div>
                  {offer.presale && <div className="small" data-testid="presale-terms">{t('presale.windowsAre', { until: formatDateTime(offer.presale.depositUntil), from: formatDateTime(offer.presale.finalFrom) })}{offer.presale.left !== null && ` · ${t('presale.left', { left: offer.presale.left })}`}{offer.presale.perCustomer !== null && ` · ${t('presale.mine', { count: offer.presale.perCustomer })}`}</div>}
                  {offer.bearing && (offer.bearing.length > 0 || (offer.bearingSeasons ?? []).length > 0) && <div className="small budget" data-testid="offer-bearing">{t('bearing.title')} <BearingTold shares={offer.bearing} seasons={offer.bearingSeasons ?? []} /></div>}
                  {offer.budget && <div className="small budget">{t('promotion.budget')} <Money fen={offer.budget.capFen} /> · {t('promotion.budgetGiven')} <Money fen={offer.budget.givenFen} /> · {t('promotion.budgetPromised')} <Money fen={offer.budget.promisedFen} /> · {t('promotion.budgetLeft')} <Money fen={offer.budget.leftFen} /></div>}
                  {offer.places && <div className="small budget" data-testid="offer-places">{t('promotion.places', { total: formatCount(offer.places.total), taken: formatCount(offer.places.taken), left: formatCount(offer.places.left) })}</div>}
                  {offer.gifts && <div className="small budget" data-testid="gift-quota">{t('promotion.gifts', { quota: formatCount(offer.gifts.quota), taken: formatCount(offer.gifts.taken), left: formatCount(offer.gifts.left) })}</div>}
                </div>
              </div>
            ))}
            <Collapse
              ghost
              size="small"
              styles={{ header: { padding: '6px 0' }, body: { padding: 0 } }}
              items={[{ key: 'json', label: <span className="muted small">{t('promotion.machineRule')}</span>, children: <pre className="json">{JSON.stringify(promotion.offers.map((offer) => offer.definition), null, 2)}</pre> }]}
            />
          </Panel>
          <GoodsPanel id={promotion.id} />
        </div>
        <div className="stack">
          <Panel title={t('promotion.settings')}>
            <Descriptions
              column={1}
              size="small"
              colon={false}
              styles={{ label: { width: 76, color: '#646a73' } }}
              items={[
                { key: 'start', label: t('promotion.startsAt'), children: <span className="num">{formatDateTime(promotion.startsAt)}</span> },
                { key: 'end', label: t('promotion.endsAt'), children: <span className="num">{formatDateTime(promotion.endsAt)}</span> },
                { key: 'channel', label: t('column.channels'), children: channelWords(promotion.channels, t) },
                { key: 'place', label: t('column.stores'), children: places.length === 0 ? t('place.all') : <span style={{ display: 'flex', flexWrap: 'wrap', gap: 4 }}>{places.map((place) => <Tag key={place} style={{ margin: 0 }}>{place}</Tag>)}</span> },
                ...(promotion.tags.length > 0 ? [{ key: 'tags', label: t('promotion.tags'), children: promotion.tags.join(t('list.comma')) }] : []),
                { key: 'created', label: t('promotion.createdAt'), children: <span className="num">{formatDateTime(promotion.createdAt)}</span> },
                ...(promotion.description ? [{ key: 'description', label: t('promotion.description'), children: promotion.description }] : []),
              ]}
            />
          </Panel>
          <Panel title={t('promotion.version')}>
            {promotion.version === 0 ? (
              <span className="muted">{t('promotion.noVersion')}</span>
            ) : (
              <>
                <div data-testid="promotion-version" style={{ fontWeight: 600 }}>{t('promotion.versionN', { version: promotion.version })}</div>
                {promotion.versionHash && <Typography.Text copyable={{ text: promotion.versionHash }}><code className="hash">{promotion.versionHash.slice(0, 16)}…</code></Typography.Text>}
                <p className="muted small" style={{ margin: '8px 0 0' }}>{t('promotion.versionHint')}</p>
              </>
            )}
          </Panel>
        </div>
      </div>
    </>
  )
}

function GoodsPanel({ id }: { id: string }) {
  const t = useT()
  const [search, setSearch] = useState('')
  const cursors = useCursors(`${id}/${search}`)
  const [{ data, error, fetching }, again] = useQuery({ query: PromotionProductsDocument, variables: { id, first: 10, after: cursors.after, search: search || null } })
  return (
    <Panel
      title={t('promotion.goods')}
      flush
      extra={<Input.Search allowClear size="small" style={{ width: 200 }} placeholder={t('product.search')} aria-label={t('product.search')} onSearch={(text) => setSearch(text.trim())} />}
    >
      <div style={{ marginTop: 10 }}>
        <Asked data={data?.promotion?.products} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {(products) => (
            <>
              <Table size="small" rowKey="id" columns={productColumns(t).filter((_, i) => i !== 6 && i !== 2)} dataSource={products.nodes} pagination={false} loading={fetching} locale={{ emptyText: <EmptyState title={search ? t('state.noMatch') : t('promotion.noGoods')} /> }} />
              <Pager cursors={cursors} pageInfo={products.pageInfo} />
            </>
          )}
        </Asked>
      </div>
    </Panel>
  )
}
