import { Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { count, settled } from '../lib/cart'
import { rmb } from '../lib/money'
import { useStore } from '../lib/store'
import { cartStore } from '../services/cart'
import { quoteStore, watchPrice } from '../services/liveQuote'
import { useWhileShown } from '../services/useWhileShown'
import { Price } from './basics'

/** On pages without a tab bar: what is in the cart, what it costs now, and the way there */
export function CartDock() {
  const n = count(settled(useStore(cartStore)))
  const { quote, quotedFor, wanted } = useStore(quoteStore)
  useWhileShown(watchPrice)
  if (n === 0) return null
  const fresh = quote !== null && quotedFor === wanted
  return (
    <View className='dock js-dock'>
      <View className='dock-cart'><Text className='dock-emoji'>🛒</Text><View className='dock-count'>{n}</View></View>
      <View className='dock-words'>
        {quote ? <Price fen={quote.dueFen} size='lg' className={fresh ? '' : 'pending'} /> : <Text className='dock-wait'>计算中…</Text>}
        {quote && quote.savedFen > 0 ? <Text className='dock-saved'>{`已优惠 ${rmb(quote.savedFen)}`}</Text> : null}
      </View>
      <View className='btn btn-main dock-btn js-go-cart' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/cart/index' })}>去购物车</View>
    </View>
  )
}
