import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useRouter } from '@tarojs/taro'
import { useEffect, useRef } from 'react'
import { Countdown, Price, Row, Tag, Tile } from '../../components/basics'
import { OfferRow, ShippingRow, tenderName } from '../../components/Breakdown'
import { Complaints } from '../../components/Complaints'
import { GiftLine } from '../../components/Extras'
import { RefundHistory, Requests } from '../../components/Refunds'
import { Reviews } from '../../components/Reviews'
import { Empty, Loaded, LogInCard, NetBar, Skeleton } from '../../components/states'
import { CancelOrderDocument, OrderDetailDocument, type OrderBodyFragment, WithdrawRefundDocument } from '../../gql/graphql'
import { rmb, yuan } from '../../lib/money'
import { paidWith } from '../../lib/offers'
import { useStore } from '../../lib/store'
import { clock, minute } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { ORDER_STATES, stateWords, takePayNext } from '../../services/orders'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast, useOnReturn, useWhileShown } from '../../services/useWhileShown'

export default function OrderPage() {
  const { id: raw = '', paid } = useRouter().params
  const id = decodeURIComponent(raw)
  const { session } = useStore(sessionStore)
  const busy = useBusy<'paying' | 'cancelling' | 'checking' | 'withdrawing'>()
  const query = useQuery(OrderDetailDocument, { id }, {
    skip: session === null,
    onData: (d, sentAt) => { if (d.order) clock.sync(d.order.serverTime, sentAt, Date.now()) },
  })
  const order = query.data?.order ?? null
  const latest = useRef(order)
  latest.current = order
  const gone = useRef(false)
  useEffect(() => () => { gone.current = true }, [])
  useOnReturn(() => void query.reload())
  usePullDownRefresh(() => { void query.reload().then(() => Taro.stopPullDownRefresh()) })

  /** The shop hears of the payment from WeChat, not from this phone: ask until it has */
  async function untilPaid(): Promise<void> {
    busy.set('checking')
    for (let i = 0; i < 15 && !gone.current; i++) {
      await query.reload()
      if (latest.current && latest.current.state !== 'AWAITING_PAYMENT') break
      await new Promise((r) => setTimeout(r, i < 5 ? 800 : 2000))
    }
    if (!gone.current) busy.set('')
  }
  async function pay(o: OrderBodyFragment): Promise<void> {
    if (busy.now() !== '') return
    if (!o.payment) return toast('付款信息还没准备好，请下拉刷新')
    busy.set('paying')
    const outcome = await platform.pay(o.payment, `/pages/order/index?id=${encodeURIComponent(o.id)}&paid=1`).catch((e: unknown) => ({ failed: String(e) }))
    busy.set('')
    if (outcome === 'paid') return untilPaid()
    if (outcome === 'cancelled') toast('还没付款，商品先给您留着')
    else if (typeof outcome === 'object') toast('付款没有成功，请再试一次')
  }
  async function cancel(o: OrderBodyFragment): Promise<void> {
    if (busy.now() !== '') return
    const answer = await Taro.showModal({ title: '取消这个订单？', content: '用掉的券和积分会退回来', confirmText: '取消订单', cancelText: '再想想', confirmColor: '#d5281c' })
    if (!answer.confirm) return
    busy.set('cancelling')
    try {
      const result = await act(`cancel:${o.id}`, CancelOrderDocument, 'cancelOrder', { orderId: o.id })
      if (result.__typename === 'Order') toast('已取消，券和积分已退回')
      else if (result.__typename === 'OrderNotInState') toast(`订单${ORDER_STATES[result.state]}，不能取消了`)
      else toast('没有取消成功，请再试一次')
      await query.reload()
    } catch (e) { toast(words(e)) } finally { busy.set('') }
  }

  async function withdraw(requestId: string): Promise<void> {
    if (busy.now() !== '') return
    const answer = await Taro.showModal({ title: '撤回退款申请？', content: '撤回后可以再次申请', confirmText: '撤回', cancelText: '再想想', confirmColor: '#d5281c' })
    if (!answer.confirm) return
    busy.set('withdrawing')
    try {
      const result = await act(`withdraw:${requestId}`, WithdrawRefundDocument, 'withdrawRefund', { requestId })
      toast(result.__typename === 'Order' ? '已撤回' : result.message)
      await query.reload()
    } catch (e) { toast(words(e)) } finally { busy.set('') }
  }
  // money on its way, or a clerk who decides: looked at again while the page is in front
  useWhileShown(() => {
    const timer = setInterval(() => {
      const state = latest.current?.refundState
      if (state === 'PROCESSING' || state === 'REQUESTED') void query.reload()
    }, 3000)
    return () => clearInterval(timer)
  })

  const started = useRef(false)
  useEffect(() => {
    if (!order || started.current) return
    started.current = true
    if (order.state !== 'AWAITING_PAYMENT') return
    if (takePayNext(order.id)) void pay(order)
    else if (paid) void untilPaid()
    // eslint-disable-next-line
  }, [order])

  if (session === null) return <View className='page'><LogInCard words='登录后查看订单' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page order js-order-page'>
      <NetBar />
      <Loaded query={query} skeleton={<><View className='order-hero hero-skeleton' /><Skeleton kind='rows' count={4} /></>}>
        {({ order: o }) => {
          if (!o) return <Empty emoji='🧾' title='没有这个订单' action='看全部订单' onAction={() => void Taro.redirectTo({ url: '/pages/orders/index' })} />
          const waiting = o.state === 'AWAITING_PAYMENT'
          return (
            <>
              <View className={`order-hero order-hero-${o.refundState === 'REQUESTED' || o.refundState === 'PROCESSING' ? 'asked' : o.state.toLowerCase()}`}>
                <Text className='order-hero-state js-order-state'>{busy.shown === 'checking' && waiting ? '正在确认付款…' : stateWords(o)}</Text>
                {waiting && o.payBy ? <Countdown until={o.payBy} lead='剩余付款时间' over='付款已超时，订单即将取消' look='white' /> : null}
                {waiting ? <Text className='order-hero-note'>{o.soldBy ? `请在「${o.soldBy}」付款或取消` : o.payBy ? '超时没有付款，订单会自动取消' : '请尽快付款'}</Text> : null}
                {o.state === 'PAID' ? <Text className='order-hero-note'>{`${o.store.name} 正在为您备货`}</Text> : null}
                {o.state === 'REFUNDED' ? <Text className='order-hero-note'>{`共退 ${rmb(o.refundedFen)}，去向见下方`}</Text> : null}
                {o.state === 'CANCELLED' ? <Text className='order-hero-note'>用掉的券和积分已退回</Text> : null}
              </View>
              <View className='card order-store-card'>
                <Text className='delivery-name'>{o.store.name}</Text>
                <Text className='delivery-address'>{o.store.address}</Text>
              </View>
              <Requests order={o} busy={busy.shown !== ''} onWithdraw={(requestId) => void withdraw(requestId)} />
              <RefundHistory order={o} />
              <View className='card'>
                {o.lines.map((l, n) => l.kind === 'GIFT' ? (
                  <GiftLine key={n} plain name={l.name} emoji={l.emoji} hue={l.imageHue} qty={l.qty} listFen={l.listFen} />
                ) : (
                  <View key={n} className='line line-plain js-order-line'>
                    <Tile emoji={l.emoji} hue={l.imageHue} size='sm' />
                    <View className='line-words'>
                      <Text className='line-name'>{l.name}</Text>
                      {l.kind === 'ADD_ON' ? <View className='line-tags'><Tag look='green'>换购</Tag></View> : null}
                      <View className='line-foot'>
                        <View className='line-price'><Price fen={l.payableFen} tone='ink' />{l.payableFen < l.listFen ? <Price fen={l.listFen} size='xs' tone='grey' strike /> : null}</View>
                        <Text className='line-qty'>{`×${l.qty}`}</Text>
                      </View>
                    </View>
                  </View>
                ))}
              </View>
              {o.state === 'COMPLETED' ? <Reviews orderId={o.id} /> : null}
              <View className='card'>
                <Row label='商品总价'>{rmb(o.listFen)}</Row>
                <OfferRow offers={o.offers.filter((x) => x.level !== 'COUPON' && x.level !== 'SHIPPING')} />
                <OfferRow label='优惠券' offers={o.offers.filter((x) => x.level === 'COUPON')} />
                <ShippingRow shippingFen={o.shippingFen} offers={o.offers} />
                {o.depositFen > 0 ? <Row label='已付定金'><Text className='minus js-order-deposit'>{`-¥${yuan(o.depositFen)}`}</Text></Row> : null}
                {paidWith(o.tenders, o.family).map((t) => <Row key={t.kind} label={tenderName(t.kind)} note={t.note}><Text className='minus js-order-tender'>{`-¥${yuan(t.fen)}`}</Text></Row>)}
                <Row strong label={o.depositFen > 0 ? (waiting ? '应付尾款' : '实付尾款') : waiting ? '应付' : '实付'}><Price fen={o.dueFen} size='lg' className='js-order-due' /></Row>
                {o.refundedFen > 0 ? <Row label='已退'><Text className='js-order-refunded'>{rmb(o.refundedFen)}</Text></Row> : null}
                {o.savedFen > 0 ? <View className='saved-line'>{`这一单共省了 ${rmb(o.savedFen)}`}</View> : null}
              </View>
              {o.earn.length > 0 ? (
                <View className='card'>
                  <View className='card-title'>{o.state === 'COMPLETED' ? '已获得' : '完成后将获得'}</View>
                  {o.earn.map((e) => <View key={e.offerId} className='earn-line'><Text className='earn-dot'>🎁</Text><Text>{o.state === 'COMPLETED' ? e.sentence.replace(/^完成后得\s*/, '') : e.sentence}</Text></View>)}
                </View>
              ) : null}
              <View className='card'>
                <Row label='订单编号'><Text className='soft-ink js-order-number'>{o.number}</Text></Row>
                {o.soldBy ? <Row label='下单渠道'><Text className='soft-ink js-sold-by'>{o.soldBy}</Text></Row> : null}
                <Row label='下单时间'><Text className='soft-ink'>{minute(o.placedAt)}</Text></Row>
                {o.paidAt ? <Row label='付款时间'><Text className='soft-ink'>{minute(o.paidAt)}</Text></Row> : null}
              </View>
              {o.refundable.length > 0 && o.refundState !== 'REQUESTED' ? (
                <View className='refund-ask'>
                  <View className='btn btn-line btn-sm js-ask-refund' hoverClass='pressed' onClick={() => void Taro.navigateTo({ url: `/pages/refund/index?id=${encodeURIComponent(o.id)}` })}>申请退款</View>
                </View>
              ) : null}
              <Complaints orderId={o.id} />
              <View className='settle-space' />
              {waiting && !o.soldBy ? (
                <View className='settle'>
                  <View className={`btn btn-line js-cancel ${busy.shown ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void cancel(o)}>{busy.shown === 'cancelling' ? '取消中…' : '取消订单'}</View>
                  <View className={`btn btn-main settle-grow js-pay ${busy.shown ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void pay(o)}>{busy.shown === 'paying' ? '正在打开付款…' : `立即付款 ${rmb(o.dueFen)}`}</View>
                </View>
              ) : null}
            </>
          )
        }}
      </Loaded>
    </View>
  )
}
