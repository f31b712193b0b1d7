import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom } from '@tarojs/taro'
import { type ReactNode, useState } from 'react'
import { Countdown, Price, Tile } from '../../components/basics'
import { Empty, Failure, ListEnd, LogInCard, NetBar, Skeleton } from '../../components/states'
import { MyPresalesDocument, type OrderBodyFragment, OrdersDocument, type PresaleBodyFragment, WaitingPresalesDocument } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { clock, minute } from '../../lib/time'
import { payNext, PRESALE_STATES, stateWords } from '../../services/orders'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { type Pages, usePages, useQuery } from '../../services/useQuery'
import { toast, useOnReturn } from '../../services/useWhileShown'

export default function Orders() {
  const { session } = useStore(sessionStore)
  const [presale, setPresale] = useState(false)
  const list = usePages(OrdersDocument, {}, (d) => d.orders, session === null)
  const all = usePages(MyPresalesDocument, {}, (d) => d.myPresales, session === null || !presale)
  const held = useQuery(WaitingPresalesDocument, {}, { skip: session === null, onData: (d, sentAt) => { const first = d.waiting.nodes[0]; if (first) clock.sync(first.serverTime, sentAt, Date.now()) } })
  const waiting = held.data?.waiting.nodes ?? []
  const reload = (): Promise<unknown> => Promise.all([list.reload(), held.reload(), ...(presale ? [all.reload()] : [])])
  useReachBottom(presale ? all.next : list.next)
  useOnReturn(() => void reload())
  usePullDownRefresh(() => { void reload().then(() => Taro.stopPullDownRefresh()) })

  if (session === null) return <View className='page'><LogInCard words='登录后查看订单' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page orders js-orders'>
      {(held.data?.any.nodes.length ?? 0) > 0 ? (
        <View className='tabs tabs-plain'>
          {[false, true].map((its) => <View key={String(its)} className={`tab ${its ? 'js-tab-presales' : 'js-tab-orders'} ${its === presale ? 'tab-on' : ''}`} onClick={() => setPresale(its)}>{its ? '预售' : '订单'}</View>)}
        </View>
      ) : null}
      <NetBar />
      {presale
        ? <Listed list={all} row={(p) => <PresaleRow key={p.id} presale={p} onOver={() => void reload()} />} />
        : (
          <>
            {waiting.map((p) => <PresaleRow key={p.id} presale={p} onOver={() => void held.reload()} />)}
            {held.data?.waiting.pageInfo.hasNextPage ? <View className='btn btn-line btn-sm js-more-presales' onClick={() => setPresale(true)}>全部预售</View> : null}
            <Listed list={list} empty={waiting.length === 0 ? <Empty emoji='🧾' title='还没有订单' note='第一单往往最划算' action='去逛逛' onAction={() => void Taro.switchTab({ url: '/pages/home/index' })} /> : null} row={(o) => <OrderRow key={o.id} order={o} />} />
          </>
        )}
    </View>
  )
}

/** A list with its states: first look, a fault, nothing, the end */
function Listed<N>({ list, row, empty = null }: { list: Pages<N>; row(node: N): ReactNode; empty?: ReactNode }) {
  return (
    <>
      {list.first && list.loading ? <Skeleton kind='card' count={4} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0 ? empty : null}
      {list.nodes.map(row)}
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </>
  )
}

function OrderRow({ order: o }: { order: OrderBodyFragment }) {
  const open = (): void => void Taro.navigateTo({ url: `/pages/order/index?id=${encodeURIComponent(o.id)}` })
  return (
    <View className='card order-card js-order' onClick={open}>
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
          ? <View className='btn btn-main btn-sm js-order-pay' onClick={(e) => { e.stopPropagation(); payNext(o.id); open() }}>去付款</View>
          : <View className='btn btn-line btn-sm'>查看详情</View>}
      </View>
    </View>
  )
}

/** 待付尾款: a pre-sale that waits for its deposit or its rest, or what became of it */
function PresaleRow({ presale: p, onOver }: { presale: PresaleBodyFragment; onOver(): void }) {
  const open = (): void => void Taro.navigateTo({ url: `/pages/presale/index?id=${encodeURIComponent(p.id)}` })
  const waiting = p.state === 'AWAITING_DEPOSIT'
  const held = p.state === 'DEPOSIT_PAID'
  const early = held && Date.parse(p.opensAt) > clock.now()
  return (
    <View className='card order-card js-presale-row' onClick={open}>
      <View className='order-head'>
        <Text className='order-store'>{`预售 · ${p.store.name}`}</Text>
        <Text className={`order-state ${waiting || held ? 'order-awaiting_payment' : 'order-cancelled'} js-presale-words`}>{PRESALE_STATES[p.state]}</Text>
      </View>
      <View className='order-mid'>
        <View className='order-pics'>{p.lines.slice(0, 4).map((l) => <Tile key={l.sku} emoji={l.emoji} hue={l.imageHue} size='sm' />)}</View>
        <View className='order-sum'><Price fen={p.depositFen} tone='ink' /><Text className='order-count'>{`定金 · 共${p.qty}件`}</Text></View>
      </View>
      <View className='order-foot'>
        {waiting ? <Countdown until={p.payBy} lead='剩余' over='付定金已超时' look='text' onOver={onOver} /> : early ? <Countdown until={p.opensAt} lead='距付尾款' over='可以付尾款了' look='text' onOver={onOver} /> : held ? <Countdown until={p.closesAt} lead='尾款剩余' over='尾款时间已过' look='text' onOver={onOver} /> : <Text className='order-time'>{minute(p.placedAt)}</Text>}
        <View className={`btn btn-sm ${waiting || (held && !early) ? 'btn-main' : 'btn-line'}`}>{waiting ? '付定金' : held && !early ? '付尾款' : '查看详情'}</View>
      </View>
    </View>
  )
}
