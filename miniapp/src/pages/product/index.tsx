import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useRouter, useShareAppMessage } from '@tarojs/taro'
import { useState } from 'react'
import { Icon, Tag, Tile } from '../../components/basics'
import { CartDock } from '../../components/CartDock'
import { OfferRow } from '../../components/CouponOffers'
import { Buy, Prices, ProductCard, Stock } from '../../components/products'
import { Seen } from '../../components/Seen'
import { Sheet } from '../../components/Sheet'
import { Empty, Loaded, NetBar, Skeleton } from '../../components/states'
import { type DropCardFragment, ProductPageDocument, type ProductPageQuery, ProductsDocument } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { shopStore } from '../../services/shop'
import { useClaim } from '../../services/useClaim'
import { useOffers } from '../../services/useOffers'
import { usePages, useQuery } from '../../services/useQuery'
import { useOnReturn } from '../../services/useWhileShown'

type Product = ProductPageQuery['products']['nodes'][number]
const IN_LINE = 2

export default function ProductPage() {
  const sku = decodeURIComponent(useRouter().params.sku ?? '')
  const { current } = useStore(shopStore)
  const query = useQuery(ProductPageDocument, { skus: [sku], storeId: current?.id ?? null }, {})
  useOnReturn(() => void query.reload())
  usePullDownRefresh(() => { void query.reload().then(() => Taro.stopPullDownRefresh()) })
  const name = query.data?.products.nodes[0]?.name ?? '蜀惠'
  useShareAppMessage(() => ({ title: name, path: `/pages/product/index?sku=${encodeURIComponent(sku)}` }))
  return (
    <View className='page product js-product-page'>
      <NetBar />
      <Loaded query={query} skeleton={<Skeleton kind='card' count={4} />}>
        {({ products }) => (products.nodes[0]
          ? <Detail product={products.nodes[0]} />
          : <Empty emoji='🧺' title='这件商品已经下架' note='看看别的吧' action='去首页' onAction={() => void Taro.switchTab({ url: '/pages/home/index' })} />)}
      </Loaded>
      <View className='dock-space' />
      <CartDock />
    </View>
  )
}

function Detail({ product: p }: { product: Product }) {
  return (
    <>
      <View className='product-hero'><Tile emoji={p.emoji} hue={p.imageHue} size='lg' /></View>
      <View className='card product-main'>
        <View className='product-foot'><Prices product={p} size='lg' /><Buy product={p} /></View>
        <Text className='product-title'>{p.name}</Text>
        <View className='product-sub'>
          <Text className='soft-ink'>{[p.brand, p.category.split('/').pop(), p.unit ? `按${p.unit}售` : ''].filter(Boolean).join(' · ')}</Text>
          <Stock product={p} />
        </View>
      </View>
      <Coupons sku={p.sku} />
      {p.promotionTags.length > 0 ? (
        <View className='card product-line'>
          <Text className='product-label'>促销</Text>
          <View className='product-tags'>{p.promotionTags.map((t) => <Tag key={t}>{t}</Tag>)}</View>
        </View>
      ) : null}
      {p.tags.length > 0 ? <View className='card product-line'><Text className='product-label'>标签</Text><Text className='soft-ink'>{p.tags.join('、')}</Text></View> : null}
      <Alike product={p} />
    </>
  )
}

/** More of the same shelf */
function Alike({ product }: { product: Product }) {
  const { current } = useStore(shopStore)
  const found = usePages(ProductsDocument, { category: product.category, storeId: current?.id ?? null }, (d) => d.products)
  const others = found.nodes.filter((o) => o.sku !== product.sku && o.available !== 0).slice(0, 6)
  if (others.length === 0) return null
  return (
    <>
      <View className='shelf-title'>同类好物</View>
      <View className='grid'>{others.map((o) => <ProductCard key={o.sku} product={o} />)}</View>
    </>
  )
}

/** What can be claimed for this article: the first ones in a line, all of them in a panel */
function Coupons({ sku }: { sku: string }) {
  const { offers } = useOffers('PRODUCT', [sku])
  const claiming = useClaim('PRODUCT', offers)
  const [open, setOpen] = useState(false)
  if (offers.length === 0) return null
  const row = (drop: DropCardFragment) => <OfferRow drop={drop} claiming={claiming} />
  return (
    <>
      <View className='card product-line js-product-coupons' hoverClass='pressed' onClick={() => setOpen(true)}>
        <Text className='product-label'>领券</Text>
        <View className='product-tags'>
          {offers.slice(0, IN_LINE).map((d) => <Seen key={d.id} dropId={d.id} placement='PRODUCT'><View className='coupon-chip js-coupon-chip'>{d.template.face.sentence}</View></Seen>)}
        </View>
        <Text className='product-more'>{offers.length > IN_LINE ? `共${offers.length}张` : '领取'}</Text>
        <Icon name='right' className='icon-sm' />
      </View>
      <Sheet open={open} title='可领优惠券' onClose={() => setOpen(false)} name='js-coupon-sheet'>
        {offers.map((drop, n) => (n < IN_LINE
          ? <View key={drop.id} className='offer-seen'>{row(drop)}</View>
          : <Seen key={drop.id} dropId={drop.id} placement='PRODUCT' className='offer-seen'>{row(drop)}</Seen>))}
        <View className='sheet-hint'>领到的券下单时自动用上最划算的一张</View>
      </Sheet>
    </>
  )
}
