import { Input, Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom, useRouter, useShareAppMessage } from '@tarojs/taro'
import { useEffect, useMemo, useState } from 'react'
import { Countdown, Icon, Tag } from '../../components/basics'
import { CartDock } from '../../components/CartDock'
import { PresaleCard } from '../../components/Presale'
import { ProductRow } from '../../components/products'
import { Empty, Failure, ListEnd, Loaded, NetBar, Skeleton } from '../../components/states'
import { PromotionDetailDocument, PromotionProductsDocument, type ProductCardFragment } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { clock, dayWords } from '../../lib/time'
import { platform } from '../../platform/index'
import { shopStore } from '../../services/shop'
import { useShared, useShareEnd } from '../../services/useShared'
import { usePages, useQuery } from '../../services/useQuery'
import { useOnReturn } from '../../services/useWhileShown'

type Sort = 'default' | 'cheap' | 'dear' | 'saving'
const SORTS: { key: Sort; name: string }[] = [{ key: 'default', name: '综合' }, { key: 'saving', name: '省得多' }, { key: 'cheap', name: '价格从低到高' }, { key: 'dear', name: '从高到低' }]

function sorted(list: ProductCardFragment[], by: Sort): ProductCardFragment[] {
  const copy = list.slice()
  if (by === 'cheap') copy.sort((a, b) => a.priceInHandFen - b.priceInHandFen)
  if (by === 'dear') copy.sort((a, b) => b.priceInHandFen - a.priceInHandFen)
  if (by === 'saving') copy.sort((a, b) => (b.listFen - b.priceInHandFen) - (a.listFen - a.priceInHandFen))
  return copy
}

/** 已抢完: what that means for the price, and what to do next */
function SoldOut({ busy, onLook }: { busy: boolean; onLook(): Promise<unknown> }) {
  return (
    <View className='card sold-out js-sold-out-card'>
      <View className='card-title'>来晚了一步，已抢完</View>
      <Text className='sold-out-words'>商品已恢复平时的价格，照常可以买。有人取消或退款时名额会自动回来，价格也跟着回来。</Text>
      <View className='two-btns'>
        <View className={`btn btn-line js-look-again ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void onLook()}>看看回来没有</View>
        <View className='btn btn-main js-other-promotions' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/home/index' })}>看别的活动</View>
      </View>
    </View>
  )
}

/** 今日已用完: what the viewer may have of it a day is used; when it comes back, unless the promotion is over by then */
function Spent({ spent, endsAt, onBack }: { spent: { sentence: string; resetsAt: string | null }; endsAt: string; onBack(): void }) {
  const over = spent.resetsAt !== null && Date.parse(spent.resetsAt) >= Date.parse(endsAt)
  return (
    <View className='rule-spent js-spent'>
      <Text>{spent.resetsAt === null ? spent.sentence : over ? '今日已用完，活动结束前不再恢复' : `今日已用完，明天恢复（${dayWords(spent.resetsAt)}）`}</Text>
      {spent.resetsAt && !over ? <Countdown until={spent.resetsAt} lead='还有' over='已恢复' look='text' onOver={onBack} /> : null}
    </View>
  )
}

const CHANNELS = { MINIAPP: '小程序', H5: '手机网页', APP: 'APP', MALL: '网上商城', POS: '门店' } as const

export default function PromotionPage() {
  const id = decodeURIComponent(useRouter().params.id ?? '')
  useShared()
  const share = useShareEnd('PROMOTION', id)
  const { current } = useStore(shopStore)
  const [text, setText] = useState('')
  const [wanted, setWanted] = useState('')
  const [sort, setSort] = useState<Sort>('default')
  const query = useQuery(PromotionDetailDocument, { id }, {
    onData: (d, sentAt) => {
      if (!d.promotion) return
      clock.sync(d.promotion.serverTime, sentAt, Date.now())
    },
  })
  const goods = usePages(PromotionProductsDocument, { id, search: wanted || null, storeId: current?.id ?? null }, (d) => d.promotion?.products)
  useEffect(() => {
    const t = setTimeout(() => setWanted(text.trim()), 300)
    return () => clearTimeout(t)
  }, [text])
  useReachBottom(goods.next)
  const look = (): Promise<unknown> => Promise.all([query.reload(), goods.reload()])
  useOnReturn(() => void look())
  usePullDownRefresh(() => { void look().then(() => Taro.stopPullDownRefresh()) })
  useShareAppMessage(() => ({ title: query.data?.promotion?.name ?? '蜀惠优惠', path: `/pages/promotion/index?id=${encodeURIComponent(id)}${share.end}` }))
  const list = useMemo(() => sorted(goods.nodes, sort), [goods.nodes, sort])

  return (
    <View className='page promotion js-promotion-page'>
      <NetBar />
      <Loaded query={query} skeleton={<><View className='hero hero-skeleton' /><Skeleton kind='rows' count={5} /></>}>
        {({ promotion: p }) => {
          if (!p) return <Empty emoji='🏮' title='这个活动已经下线' note='看看还有哪些正在进行' action='去首页' onAction={() => void Taro.switchTab({ url: '/pages/home/index' })} />
          const limits = [
            p.channels.length > 0 ? `限${p.channels.map((c) => CHANNELS[c]).join('、')}` : '',
            p.regionPaths.length > 0 ? `限${p.regionPaths.map((r) => r.split('/').pop()).join('、')}地区` : '',
            p.storeIds.length > 0 ? `限${p.storeIds.length}家门店` : '',
          ].filter(Boolean)
          return (
            <>
              <View className={`hero ${p.state === 'ENDED' || p.soldOut ? 'hero-over' : ''}`}>
                <View className='hero-steam' />
                <View className='hero-share js-share' onClick={() => void platform.share(p.name, `/pages/promotion/index?id=${encodeURIComponent(p.id)}${share.end}`)}><Icon name='share' /><Text>分享</Text></View>
                <Text className='hero-name'>{p.name}</Text>
                {p.description ? <Text className='hero-words'>{p.description}</Text> : null}
                <View className='hero-time'>
                  {p.state === 'ENDED' ? <Text className='countdown-text'>活动已结束</Text>
                    : p.soldOut ? <Text className='countdown-text js-sold-out'>已抢完</Text>
                    : p.state === 'RUNNING' ? (p.offers.some((o) => o.presale) ? null : <Countdown until={p.endsAt} look='white' />)
                      : <Countdown until={p.startsAt} lead='距开始' over='已开始' look='white' />}
                </View>
              </View>
              {p.soldOut ? <SoldOut busy={query.loading} onLook={look} /> : null}
              {p.offers.map((o) => (o.presale ? <PresaleCard key={o.id} offerId={o.id} terms={o.presale} goods={goods.nodes} storeId={current?.id ?? null} onChanged={() => void query.reload()} /> : null))}
              <View className='card rules'>
                <View className='card-title'>活动规则</View>
                {p.offers.map((o) => (
                  <View key={o.id} className='rule'>
                    <View className='rule-dot' />
                    <Text className='rule-text'>{o.sentence}</Text>
                    {o.usedUp && p.state !== 'ENDED' ? <Tag look='grey'>{o.usedUp === 'GIFTS' ? '已送完' : '已抢完'}</Tag> : o.spent && p.state === 'RUNNING' ? <Tag look='grey'>{o.spent.resetsAt ? '今日已用完' : '您已用完'}</Tag> : null}
                    {o.spent && !o.usedUp && p.state === 'RUNNING' ? <Spent spent={o.spent} endsAt={p.endsAt} onBack={() => void look()} /> : null}
                  </View>
                ))}
                <View className='rule'><View className='rule-dot' /><Text className='rule-text'>{`${dayWords(p.startsAt)} 至 ${dayWords(p.endsAt)}`}</Text></View>
                {limits.length > 0 ? <View className='rule'><View className='rule-dot' /><Text className='rule-text'>{limits.join('，')}</Text></View> : null}
                <View className='rule-foot'>
                  {p.tags.map((t) => <Tag key={t} look='soft'>{t}</Tag>)}
                  {p.redemptions > 0 ? <Text className='rule-used'>{`已有 ${p.redemptions} 单享用`}</Text> : null}
                </View>
              </View>
            </>
          )
        }}
      </Loaded>
      {query.data !== null && query.data.promotion === null ? null : (
        <>
          <View className='tools'>
            <View className='search-field'>
              <Icon name='search' />
              <Input className='search-input js-goods-search' value={text} placeholder='在活动商品里找' onInput={(e) => setText(e.detail.value)} />
            </View>
            <View className='sorts'>
              {SORTS.map((s) => <Text key={s.key} className={`sort js-sort-${s.key} ${sort === s.key ? 'sort-on' : ''}`} onClick={() => setSort(s.key)}>{s.name}</Text>)}
            </View>
          </View>
          {goods.first && goods.loading && query.data !== null ? <Skeleton kind='rows' count={5} /> : null}
          {goods.fault && goods.nodes.length === 0 && query.data !== null ? <Failure fault={goods.fault} onRetry={() => void goods.reload()} /> : null}
          {!goods.first && !goods.loading && !goods.fault && list.length === 0 ? <Empty emoji='🥢' title={wanted ? `活动里没有「${wanted}」` : '还没有参加活动的商品'} /> : null}
          <View className='list'>{list.map((p) => <ProductRow key={p.sku} product={p} />)}</View>
          <ListEnd any={list.length > 0} loading={goods.loading} more={goods.more} fault={goods.fault} onRetry={goods.next} />
        </>
      )}
      <View className='dock-space' />
      <CartDock />
    </View>
  )
}
