import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom } from '@tarojs/taro'
import { Countdown, Price, Tile } from '../../components/basics'
import { Empty, Failure, ListEnd, LogInCard, NetBar, Skeleton } from '../../components/states'
import { OrdersDocument } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { minute } from '../../lib/time'
import { payNext, stateWords } from '../../services/orders'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { usePages } from '../../services/useQuery'
import { toast, useOnReturn } from '../../services/useWhileShown'

export default function Orders() {
  const { session } = useStore(sessionStore)
  const list = usePages(OrdersDocument, {}, (d) => d.orders, session === null)
  useReachBottom(list.next)
  useOnReturn(() => void list.reload())
  usePullDownRefresh(() => { void list.reload().then(() => Taro.stopPullDownRefresh()) })
  const open = (id: string): void => void Taro.navigateTo({ url: `/pages/order/index?id=${encodeURIComponent(id)}` })

  if (session === null) return <View className='page'><LogInCard words='登录后查看订单' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page orders js-orders'>
      <NetBar />
      {list.first && list.loading ? <Skeleton kind='card' count={4} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0 ? <Empty emoji='🧾' title='还没有订单' note='第一单往往最划算' action='去逛逛' onAction={() => void Taro.switchTab({ url: '/pages/home/index' })} /> : null}
      {list.nodes.map((o) => (
        <View key={o.id} className='card order-card js-order' onClick={() => open(o.id)}>
          <View className='order-head'>
            <Text className='order-store'>{o.store.name}</Text>
            <Text className={`order-state order-${o.state.toLowerCase()} refund-${o.refundState.toLowerCase()} js-order-words`}>{stateWords(o)}</Text>
          </View>
          <View className='order-mid'>
            <View className='order-pics'>{o.lines.slice(0, 4).map((l, n) => <Tile key={n} emoji={l.emoji} hue={l.imageHue} size='sm' />)}</View>
            <View className='order-sum'>
              <Price fen={o.dueFen} tone='ink' />
              <Text className='order-count'>{`共${o.lines.reduce((n, l) => n + l.qty, 0)}件`}</Text>
            </View>
          </View>
          <View className='order-foot'>
            {o.state === 'AWAITING_PAYMENT' && o.payBy ? <Countdown until={o.payBy} lead='剩余' over='付款已超时' look='text' /> : <Text className='order-time'>{minute(o.placedAt)}</Text>}
            {o.state === 'AWAITING_PAYMENT'
              ? <View className='btn btn-main btn-sm js-order-pay' onClick={(e) => { e.stopPropagation(); payNext(o.id); open(o.id) }}>去付款</View>
              : <View className='btn btn-line btn-sm'>查看详情</View>}
          </View>
        </View>
      ))}
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </View>
  )
}
