import { Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import type { ProductCardFragment } from '../gql/graphql'
import { cap, qtyOf } from '../lib/cart'
import { useStore } from '../lib/store'
import { cartStore, changeQty } from '../services/cart'
import { Price, Stepper, Tag, Tile } from './basics'

const open = (product: { sku: string }): void => { void Taro.navigateTo({ url: `/pages/product/index?sku=${encodeURIComponent(product.sku)}` }) }

export function Buy({ product }: { product: ProductCardFragment }) {
  const qty = qtyOf(useStore(cartStore), product.sku)
  if (product.available === 0) return <View className='soldout-pill'>已售罄</View>
  return <Stepper value={qty} max={cap(product)} name={product.name} onChange={(by) => changeQty(product, by)} />
}

export function Stock({ product }: { product: ProductCardFragment }) {
  if (product.available === null || product.available > 10 || product.available === 0) return null
  return <Text className='low-stock'>{`仅剩${product.available}${product.unit || '件'}`}</Text>
}

export function Prices({ product, size = 'md' }: { product: ProductCardFragment; size?: 'md' | 'lg' }) {
  const cheaper = product.priceInHandFen < product.listFen
  return (
    <View className='prices'>
      {cheaper ? <Text className='in-hand'>到手</Text> : null}
      <Price fen={product.priceInHandFen} size={size} className='js-price-in-hand' />
      {cheaper ? <Price fen={product.listFen} size='xs' tone='grey' strike /> : null}
    </View>
  )
}

function Tags({ product, most = 2 }: { product: ProductCardFragment; most?: number }) {
  if (product.promotionTags.length === 0) return <View className='tags tags-none' />
  return <View className='tags'>{product.promotionTags.slice(0, most).map((t) => <Tag key={t}>{t}</Tag>)}</View>
}

export function ProductCard({ product }: { product: ProductCardFragment }) {
  return (
    <View className={`product-card js-product ${product.available === 0 ? 'is-gone' : ''}`} data-sku={product.sku} onClick={() => open(product)}>
      <View className='product-pic'>
        <Tile emoji={product.emoji} hue={product.imageHue} size='lg' />
        <View className='product-stock'><Stock product={product} /></View>
      </View>
      <View className='product-info'>
        <Text className='product-name'>{product.name}</Text>
        <Tags product={product} />
        <View className='product-foot'>
          <Prices product={product} />
          <Buy product={product} />
        </View>
      </View>
    </View>
  )
}

export function ProductRow({ product }: { product: ProductCardFragment }) {
  return (
    <View className={`product-row js-product ${product.available === 0 ? 'is-gone' : ''}`} data-sku={product.sku} onClick={() => open(product)}>
      <Tile emoji={product.emoji} hue={product.imageHue} />
      <View className='product-row-info'>
        <Text className='product-name'>{product.name}</Text>
        <View className='product-row-mid'>
          <Tags product={product} most={3} />
          <Stock product={product} />
        </View>
        <View className='product-foot'>
          <Prices product={product} size='lg' />
          <Buy product={product} />
        </View>
      </View>
    </View>
  )
}
