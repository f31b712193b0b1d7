import { ScrollView, Text, View } from '@tarojs/components'
import Taro, { useDidShow, usePullDownRefresh, useReachBottom, useShareAppMessage } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Countdown, Icon, Tag } from '../../components/basics'
import { CouponPopup } from '../../components/CouponPopup'
import { HomeCoupons } from '../../components/HomeCoupons'
import { ProductCard } from '../../components/products'
import { ShopPicker } from '../../components/ShopPicker'
import { Empty, Failure, ListEnd, NetBar, Skeleton } from '../../components/states'
import { HomeDocument, ProductsDocument, type HomeQuery } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { clock } from '../../lib/time'
import { badge } from '../../services/cart'
import { clientConfig } from '../../services/session'
import { loadShops, shopStore } from '../../services/shop'
import { useClaim } from '../../services/useClaim'
import { useOffers } from '../../services/useOffers'
import { usePages, useQuery } from '../../services/useQuery'
import { useOnReturn } from '../../services/useWhileShown'

type Promotion = HomeQuery['promotions']['nodes'][number]

export default function Home() {
  const { current } = useStore(shopStore)
  const [picking, setPicking] = useState(false)
  const [merchant, setMerchant] = useState('')
  const [category, setCategory] = useState<string | null>(null)
  const home = useQuery(HomeDocument, {}, {
    onData: (d, sentAt) => {
      const now = d.promotions.nodes[0]?.serverTime
      if (now) clock.sync(now, sentAt, Date.now())
    },
  })
  const coupons = useOffers('HOME', [])
  const claiming = useClaim('HOME', coupons.offers)
  const products = usePages(ProductsDocument, { category, storeId: current?.id ?? null }, (d) => d.products)

  useEffect(() => { clientConfig().then((c) => setMerchant(c.merchant.name), () => undefined) }, [])
  useDidShow(badge)
  useOnReturn(() => { void home.reload(); void coupons.reload() })
  useReachBottom(products.next)
  // a promotion that came, ended or is sold out changes prices on the shelf
  const standing = home.data?.promotions.nodes.map((p) => p.id).join() ?? null
  const stood = useRef(standing)
  useEffect(() => {
    if (stood.current !== null && standing !== null && stood.current !== standing) void products.reload()
    stood.current = standing
    // eslint-disable-next-line
  }, [standing])
  useEffect(() => { if (!current) loadShops().catch(() => undefined) }, [current])
  usePullDownRefresh(() => {
    void Promise.all([home.reload(), coupons.reload(), products.reload(), loadShops()]).catch(() => undefined).then(() => Taro.stopPullDownRefresh())
  })
  useShareAppMessage(() => ({ title: '蜀惠 · 川味到家，天天有优惠', path: '/pages/home/index' }))

  const ideas = (home.data?.categories ?? []).map((c) => c.split('/').pop() ?? c)
  const promotions = (home.data?.promotions.nodes ?? []).slice().sort(byInterest)
  return (
    <View className='page home js-home'>
      <View className='home-top'>
        <View className='home-shop js-shop-picker' onClick={() => setPicking(true)}>
          <Icon name='pin' />
          <Text className='home-shop-name'>{current?.name ?? '选择门店'}</Text>
          <Icon name='down' className='icon-sm' />
          {merchant ? <Text className='home-merchant js-merchant'>{merchant}</Text> : null}
        </View>
        <View className='home-search js-search' onClick={() => void Taro.navigateTo({ url: '/pages/search/index' })}>
          <Icon name='search' />
          <Text>{ideas.length > 0 ? `搜${ideas.slice(0, 3).join('、')}…` : '想吃点啥子？'}</Text>
        </View>
      </View>
      <NetBar />
      <View className='home-promos'>
        {home.data === null && home.fault === null ? <Skeleton kind='banner' count={2} /> : null}
        {promotions.length > 0 ? (
          <ScrollView scrollX className='promo-scroll' enhanced showScrollbar={false}>
            <View className='promo-strip'>{promotions.map((p, i) => <PromotionCard key={p.id} promotion={p} look={i % 3} alone={promotions.length === 1} />)}</View>
          </ScrollView>
        ) : null}
      </View>
      <HomeCoupons offers={coupons.offers} claiming={claiming} />
      <View className='chips-wrap'>
        <ScrollView scrollX className='chips' enhanced showScrollbar={false}>
          <View className='chips-strip'>
            <View className={`chip js-category ${category === null ? 'chip-on' : ''}`} onClick={() => setCategory(null)}>全部</View>
            {(home.data?.categories ?? []).map((c) => (
              <View key={c} className={`chip js-category ${category === c ? 'chip-on' : ''}`} onClick={() => setCategory(c)}>{c.split('/').pop()}</View>
            ))}
          </View>
        </ScrollView>
      </View>
      {products.first && products.loading ? <Skeleton kind='grid' count={6} /> : null}
      {products.nodes.length === 0 && products.fault ? (
        <Failure fault={products.fault} onRetry={() => { void products.reload(); void home.reload(); loadShops().catch(() => undefined) }} />
      ) : null}
      {!products.first && !products.fault && products.nodes.length === 0 ? <Empty title='这一类暂时没有上架' note='换一类看看' action='看全部' onAction={() => setCategory(null)} /> : null}
      <View className='grid'>{products.nodes.map((p) => <ProductCard key={p.sku} product={p} />)}</View>
      <ListEnd any={products.nodes.length > 0} loading={products.loading} more={products.more} fault={products.fault} onRetry={products.next} />
      <ShopPicker open={picking} onClose={() => setPicking(false)} tab />
      <CouponPopup quiet={picking} />
    </View>
  )
}

/** What can be used now comes first, then what comes soon; points and the like, which change no price, last */
function byInterest(a: Promotion, b: Promotion): number {
  const rank = (p: Promotion): number => (p.state === 'RUNNING' ? 0 : 1) + (p.offers.length > 0 && p.offers.every((o) => o.level === 'EARN') ? 2 : 0)
  return rank(a) - rank(b) || (a.state === 'RUNNING' ? Date.parse(a.endsAt) - Date.parse(b.endsAt) : Date.parse(a.startsAt) - Date.parse(b.startsAt))
}

function PromotionCard({ promotion: p, look, alone }: { promotion: Promotion; look: number; alone: boolean }) {
  const running = p.state === 'RUNNING'
  return (
    <View className={`promo promo-${look} js-promotion ${alone ? 'promo-alone' : ''}`} hoverClass='pressed' onClick={() => void Taro.navigateTo({ url: `/pages/promotion/index?id=${encodeURIComponent(p.id)}` })}>
      <View className='promo-ring' />
      <View className='promo-head'>
        <Text className='promo-name'>{p.name}</Text>
        <Icon name='right' className='icon-sm' />
      </View>
      <Text className='promo-rule'>{p.offers[0]?.sentence ?? p.description}</Text>
      <View className='promo-foot'>
        <View className='promo-tags'>{p.tags.slice(0, 1).map((t) => <Tag key={t} look='soft'>{t}</Tag>)}</View>
        <Countdown until={running ? p.endsAt : p.startsAt} lead={running ? '距结束' : '距开始'} over={running ? '已结束' : '已开始'} look='white' />
      </View>
    </View>
  )
}
