import { Switch, Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useRouter } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Countdown, Price, Row, Tile } from '../../components/basics'
import { capWords, OfferRow, ShippingRow } from '../../components/Breakdown'
import { GiftLine } from '../../components/Extras'
import { Empty, Loaded, LogInCard, NetBar, Skeleton } from '../../components/states'
import { CancelPresaleDocument, MineDocument, PlacePresaleOrderDocument, PresaleDetailDocument, PresaleRestDocument, type PresaleBodyFragment } from '../../gql/graphql'
import { rmb, yuan } from '../../lib/money'
import { useStore } from '../../lib/store'
import { clock, dayWords, minute } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { payNext, PRESALE_STATES, takePayNext } from '../../services/orders'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast, useOnReturn } from '../../services/useWhileShown'

type Doing = 'paying' | 'checking' | 'cancelling' | 'placing'

export default function PresalePage() {
  const { id: raw = '', paid } = useRouter().params
  const id = decodeURIComponent(raw)
  const { session } = useStore(sessionStore)
  const busy = useBusy<Doing>()
  const query = useQuery(PresaleDetailDocument, { id }, {
    skip: session === null,
    onData: (d, sentAt) => { if (d.presale) clock.sync(d.presale.serverTime, sentAt, Date.now()) },
  })
  const presale = query.data?.presale ?? null
  const latest = useRef(presale)
  latest.current = presale
  const gone = useRef(false)
  useEffect(() => () => { gone.current = true }, [])
  const again = (): void => void query.reload()
  useOnReturn(again)
  usePullDownRefresh(() => { void query.reload().then(() => Taro.stopPullDownRefresh()) })

  /** The shop hears of the payment from WeChat, not from this phone: ask until it has */
  async function untilPaid(): Promise<void> {
    busy.set('checking')
    for (let i = 0; i < 15 && !gone.current; i++) {
      await query.reload()
      if (latest.current && latest.current.state !== 'AWAITING_DEPOSIT') break
      await new Promise((r) => setTimeout(r, i < 5 ? 800 : 2000))
    }
    if (!gone.current) busy.set('')
  }
  async function pay(p: PresaleBodyFragment): Promise<void> {
    if (busy.now() !== '') return
    if (!p.payment) return toast('付款信息还没准备好，请下拉刷新')
    busy.set('paying')
    const outcome = await platform.pay(p.payment, `/pages/presale/index?id=${encodeURIComponent(p.id)}&paid=1`).catch((e: unknown) => ({ failed: String(e) }))
    busy.set('')
    if (outcome === 'paid') return untilPaid()
    if (outcome === 'cancelled') toast('还没付定金，商品先给您留着')
    else if (typeof outcome === 'object') toast('付款没有成功，请再试一次')
  }
  async function cancel(p: PresaleBodyFragment): Promise<void> {
    if (busy.now() !== '') return
    const paidFor = p.state === 'DEPOSIT_PAID'
    const back = p.depositFen - p.keepsFen
    const answer = await Taro.showModal({
      title: '取消这笔预售？',
      content: paidFor ? `定金 ${rmb(p.keepsFen)} 不退${back > 0 ? `，超出成交价 20% 的 ${rmb(back)} 原路退回` : ''}` : '还没付定金，取消没有损失',
      confirmText: '取消预售', cancelText: '再想想', confirmColor: '#d5281c',
    })
    if (!answer.confirm) return
    busy.set('cancelling')
    try {
      const result = await act(`cancel-presale:${p.id}`, CancelPresaleDocument, 'cancelPresale', { presaleId: p.id, keptFen: paidFor ? p.keepsFen : 0 })
      toast(result.__typename === 'Presale' ? '已取消' : result.message)
      await query.reload()
    } catch (e) { toast(words(e)) } finally { busy.set('') }
  }

  const started = useRef(false)
  useEffect(() => {
    if (!presale || started.current) return
    started.current = true
    if (presale.state !== 'AWAITING_DEPOSIT') return
    if (takePayNext(presale.id)) void pay(presale)
    else if (paid) void untilPaid()
    // eslint-disable-next-line
  }, [presale])

  if (session === null) return <View className='page'><LogInCard words='登录后查看预售' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page order js-presale-page'>
      <NetBar />
      <Loaded query={query} skeleton={<><View className='order-hero hero-skeleton' /><Skeleton kind='rows' count={4} /></>}>
        {({ presale: p }) => {
          if (!p) return <Empty emoji='🧾' title='没有这笔预售' action='看全部订单' onAction={() => void Taro.redirectTo({ url: '/pages/orders/index' })} />
          const waiting = p.state === 'AWAITING_DEPOSIT'
          const held = p.state === 'DEPOSIT_PAID'
          const open = held && Date.parse(p.opensAt) <= clock.now() && p.order === null
          return (
            <>
              <View className={`order-hero order-hero-${waiting || held ? 'asked' : p.state === 'SETTLED' ? 'completed' : 'cancelled'}`}>
                <Text className='order-hero-state js-presale-state'>{busy.shown === 'checking' && waiting ? '正在确认付款…' : held && open ? '请付尾款' : PRESALE_STATES[p.state]}</Text>
                {waiting ? <Countdown until={p.payBy} lead='剩余付定金时间' over='付定金已超时' look='white' onOver={again} /> : null}
                {held ? (Date.parse(p.opensAt) > clock.now() ? <Countdown until={p.opensAt} lead='距付尾款' over='可以付尾款了' look='white' onOver={again} /> : <Countdown until={p.closesAt} lead='尾款距截止' over='尾款时间已过' look='white' onOver={again} />) : null}
                <Text className='order-hero-note'>{p.sentence}</Text>
                {p.note ? <Text className='order-hero-note'>{`商家说：${p.note}`}</Text> : null}
              </View>
              <View className='card order-store-card'>
                <Text className='delivery-name'>{p.store.name}</Text>
                <Text className='delivery-address'>{p.store.address}</Text>
              </View>
              <View className='card'>
                {p.lines.map((l) => (
                  <View key={l.sku} className='line line-plain'>
                    <Tile emoji={l.emoji} hue={l.imageHue} size='sm' />
                    <View className='line-words'>
                      <Text className='line-name'>{l.name}</Text>
                      <View className='line-foot'><View className='line-price'><Price fen={l.listFen} tone='ink' /></View><Text className='line-qty'>{`×${l.qty}`}</Text></View>
                    </View>
                  </View>
                ))}
              </View>
              <View className='card'>
                <Row label={waiting ? '应付定金' : '定金'} note={`付尾款时抵 ${rmb(p.countsAsFen)}`}><Price fen={p.depositFen} tone='ink' /></Row>
                <Row label='尾款时间'><Text className='soft-ink'>{`${dayWords(p.opensAt)} 至 ${dayWords(p.closesAt)}`}</Text></Row>
                <Row label='预售编号'><Text className='soft-ink'>{p.number}</Text></Row>
                <Row label='预订时间'><Text className='soft-ink'>{minute(p.placedAt)}</Text></Row>
                {p.payouts.map((x) => <Row key={x.id} label='退回' note={x.sentence}><Text className='minus'>{rmb(x.amountFen)}</Text></Row>)}
              </View>
              {open ? <Rest presale={p} busy={busy} onPlaced={() => void query.reload()} /> : null}
              {held || waiting ? <View className='refund-ask'><View className='btn btn-line btn-sm js-cancel-presale' hoverClass='pressed' onClick={() => void cancel(p)}>{busy.shown === 'cancelling' ? '取消中…' : '取消预售'}</View></View> : null}
              <View className='settle-space' />
              {waiting ? (
                <View className='settle'>
                  <View className={`btn btn-main settle-grow js-pay ${busy.shown ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void pay(p)}>{busy.shown === 'paying' ? '正在打开付款…' : `付定金 ${rmb(p.depositFen)}`}</View>
                </View>
              ) : null}
              {p.order ? (
                <View className='settle'>
                  <View className='btn btn-main settle-grow js-to-order' hoverClass='pressed' onClick={() => void Taro.navigateTo({ url: `/pages/order/index?id=${encodeURIComponent(p.order!.id)}` })}>{p.order.state === 'AWAITING_PAYMENT' ? `去付尾款 ${rmb(p.order.dueFen)}` : '查看订单'}</View>
                </View>
              ) : null}
            </>
          )
        }}
      </Loaded>
    </View>
  )
}

/** 付尾款: the price of now with what the deposit has paid taken off */
function Rest({ presale, busy, onPlaced }: { presale: PresaleBodyFragment; busy: ReturnType<typeof useBusy<Doing>>; onPlaced(): void }) {
  const [delivery, setDelivery] = useState<'DELIVERY' | 'PICKUP'>('DELIVERY')
  const [points, setPoints] = useState(0)
  const [balanceFen, setBalance] = useState(0)
  const [couponsOn, setCoupons] = useState(true)
  const [packetsOn, setPackets] = useState(true)
  const mine = useQuery(MineDocument, {})
  const rest = { presaleId: presale.id, delivery, channel: platform.channel, coupons: { mode: couponsOn ? ('AUTO' as const) : ('NONE' as const), ids: [] }, tenders: { points, balanceFen, redPackets: packetsOn ? ('AUTO' as const) : ('FIXED' as const), redPacketIds: [] } }
  const query = useQuery(PresaleRestDocument, { input: rest })
  const answer = query.data?.quotePresale ?? null

  async function place(token: string): Promise<void> {
    if (busy.now()) return
    busy.set('placing')
    try {
      const result = await act(`rest:${JSON.stringify(rest)}:${token}`, PlacePresaleOrderDocument, 'placePresaleOrder', { rest, quoteToken: token })
      if (result.__typename === 'Order') {
        payNext(result.id)
        await Taro.redirectTo({ url: `/pages/order/index?id=${encodeURIComponent(result.id)}` })
        return
      }
      toast(result.message)
      await query.reload()
      onPlaced()
    } catch (e) {
      toast(`${words(e)}。重试不会重复下单`)
    } finally {
      busy.set('')
    }
  }

  if (answer === null) return <View className='card'>{query.fault ? <Text className='soft-ink'>{words(query.fault)}</Text> : <Skeleton kind='rows' count={3} />}</View>
  if (answer.__typename !== 'PresaleQuote') return <View className='bar bar-warn'>{answer.message}</View>
  const { quote } = answer
  const offers = quote.offers.filter((o) => o.level !== 'COUPON' && o.level !== 'SHIPPING')
  const havePoints = mine.data?.benefitAccount.points ?? 0
  const haveBalance = mine.data?.benefitAccount.balanceFen ?? 0
  const use = (kind: string): number => quote.tenders.filter((t) => t.kind.toLowerCase() === kind).reduce((s, t) => s + t.fen, 0)
  const couponOff = quote.offers.filter((o) => o.level === 'COUPON').reduce((s, o) => s + o.offFen, 0)
  return (
    <>
      <View className='card delivery'>
        <View className='delivery-tabs'>
          {(['DELIVERY', 'PICKUP'] as const).map((d) => <View key={d} className={`delivery-tab js-${d.toLowerCase()} ${delivery === d ? 'delivery-on' : ''}`} onClick={() => setDelivery(d)}>{d === 'DELIVERY' ? '门店配送' : '到店自提'}</View>)}
        </View>
      </View>
      <View className='card js-rest'>
        <View className='card-title'>付尾款</View>
        <Row label='商品总价'>{rmb(quote.listFen)}</Row>
        <OfferRow offers={offers} />
        {quote.coupons.length > 0 || !couponsOn ? <Row label='优惠券' note={couponsOn ? quote.coupons.filter((c) => c.applied).map((c) => c.coupon.template.name).join('、') || '这单用不上' : '不使用'}>{couponOff > 0 ? <Text className='minus'>{`-¥${yuan(couponOff)}`}</Text> : null}<Switch color='#d5281c' className='switch js-coupons' checked={couponsOn} onChange={(e) => setCoupons(e.detail.value)} /></Row> : null}
        {quote.gifts.map((g) => <GiftLine key={g.sku} plain name={g.product.name} emoji={g.product.emoji} hue={g.product.imageHue} qty={g.qty} listFen={g.listFen} note={g.name} />)}
        <ShippingRow shippingFen={quote.shippingFen} offers={quote.offers} />
        <Row label='成交价'>{rmb(quote.payableFen)}</Row>
        <Row label='已付定金' note={answer.backFen > 0 ? `多出的 ${rmb(answer.backFen)} 原路退回` : undefined}><Text className='minus js-deposit-used'>{`-¥${yuan(answer.usedFen)}`}</Text></Row>
        {quote.redPackets.length > 0 ? <Row label='红包' note={packetsOn ? capWords(quote, 'red_packet', `有 ${quote.redPackets.length} 个`) : '不使用'}>{use('red_packet') > 0 ? <Text className='minus'>{`-¥${yuan(use('red_packet'))}`}</Text> : null}<Switch color='#d5281c' className='switch js-packets' checked={packetsOn} onChange={(e) => setPackets(e.detail.value)} /></Row> : null}
        {havePoints > 0 ? <Row label='积分' note={capWords(quote, 'points', `共${havePoints}积分`)}>{use('points') > 0 ? <Text className='minus'>{`-¥${yuan(use('points'))}`}</Text> : null}<Switch color='#d5281c' className='switch js-points' checked={points > 0} onChange={(e) => setPoints(e.detail.value ? havePoints : 0)} /></Row> : null}
        {haveBalance > 0 ? <Row label='余额' note={capWords(quote, 'balance', `可用${rmb(haveBalance)}`)}>{use('balance') > 0 ? <Text className='minus'>{`-¥${yuan(use('balance'))}`}</Text> : null}<Switch color='#d5281c' className='switch js-balance' checked={balanceFen > 0} onChange={(e) => setBalance(e.detail.value ? haveBalance : 0)} /></Row> : null}
        <Row strong label='还需付'><Price fen={answer.dueFen} size='lg' className='js-rest-due' /></Row>
        <View className='presale-sentence'>{answer.sentence}</View>
      </View>
      <View className='settle js-rest-bar'>
        <View className='settle-words'><View className='settle-line'><Text className='settle-label'>尾款</Text><Price fen={answer.dueFen} size='lg' /></View></View>
        <View className={`btn btn-main settle-btn js-place-rest ${query.loading || busy.shown ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => { if (!query.loading) void place(quote.token) }}>{busy.shown === 'placing' ? '提交中…' : '付尾款'}</View>
      </View>
    </>
  )
}
