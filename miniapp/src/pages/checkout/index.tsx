import { Switch, Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Icon, Price, Row, Tag, Tile } from '../../components/basics'
import { capWords, CouponChoice, OfferRow, PacketChoice, PickNote, ShippingRow, tenderName } from '../../components/Breakdown'
import { AddedLine, GiftLine } from '../../components/Extras'
import { ChangeBanner } from '../../components/ChangeBanner'
import { Sheet } from '../../components/Sheet'
import { Empty, NetBar, Skeleton } from '../../components/states'
import { FamilyLentDocument, MineDocument, PlaceOrderDocument, type PlaceOrderMutation } from '../../gql/graphql'
import { count, settled, splitLines } from '../../lib/cart'
import { explainChange } from '../../lib/explain'
import { delta, rmb, yuan } from '../../lib/money'
import { useStore } from '../../lib/store'
import { act } from '../../services/api'
import { cartStore, clearChoices, refreshProducts, removeSkus } from '../../services/cart'
import { linkStore, networkStore } from '../../services/live'
import { AUTO_PACKETS, cartInput, dropRefusedChoices, lineFen, pickStore, putQuote, quoteStore, watchPrice, NO_PACKETS, wishStore, type Quote } from '../../services/liveQuote'
import { payNext } from '../../services/orders'
import { logIn, sessionStore } from '../../services/session'
import { shopStore } from '../../services/shop'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast, useWhileShown } from '../../services/useWhileShown'

type PriceChanged = Extract<PlaceOrderMutation['placeOrder'], { __typename: 'PriceChanged' }>

export default function Checkout() {
  const lines = settled(useStore(cartStore))
  const feed = useStore(quoteStore)
  const { current } = useStore(shopStore)
  const { session } = useStore(sessionStore)
  const wish = useStore(wishStore)
  const pick = useStore(pickStore)
  const online = useStore(networkStore)
  const link = useStore(linkStore)
  const [choosing, setChoosing] = useState<'' | 'coupon' | 'packet'>('')
  const busy = useBusy<'placing'>()
  const [changed, setChanged] = useState<{ seen: Quote; answer: PriceChanged } | null>(null)
  const [done, setDone] = useState(false)
  const mine = useQuery(MineDocument, {}, { skip: session === null })
  const lent = useQuery(FamilyLentDocument, {}, { skip: session === null }).data?.myFamily.family?.lentPoints ?? 0
  useWhileShown(watchPrice)
  // The next cart starts without this one's tenders
  useEffect(() => () => wishStore.set((w) => ({ ...w, points: 0, family: false, balanceFen: 0, redPackets: NO_PACKETS })), [])

  const { quote } = feed
  // Red packets pay by themselves, once there are some, until the shopper says otherwise
  const offered = useRef(false)
  const any = quote !== null && quote.redPackets.length > 0
  useEffect(() => {
    if (!any || offered.current) return
    offered.current = true
    wishStore.set((w) => ({ ...w, redPackets: AUTO_PACKETS }))
  }, [any])
  const fresh = quote !== null && feed.quotedFor === feed.wanted
  const stale = !online || link === 'reconnecting'

  async function place(token: string, seen: Quote): Promise<void> {
    const cart = cartInput()
    if (!cart || busy.now()) return
    busy.set('placing')
    try {
      if (!(await logIn())) return
      const result = await act(`place:${JSON.stringify(cart)}`, PlaceOrderDocument, 'placeOrder', { cart, quoteToken: token })
      switch (result.__typename) {
        case 'Order':
          setDone(true)
          setChanged(null)
          clearChoices()
          removeSkus(cart.lines.map((l) => l.sku))
          pickStore.set({ mode: 'AUTO', ids: [] })
          payNext(result.id)
          await Taro.redirectTo({ url: `/pages/order/index?id=${encodeURIComponent(result.id)}` })
          return
        case 'PriceChanged':
          putQuote(result.quote)
          setChanged({ seen, answer: result })
          return
        case 'OutOfStock': {
          const line = lines.find((l) => l.sku === result.sku)
          const name = line?.product.name ?? [...seen.gifts, ...seen.addOnChoices].find((x) => x.sku === result.sku)?.product.name ?? result.sku
          if (line) refreshProducts([{ ...line.product, available: result.available }])
          await Taro.showModal({
            title: '库存不够了',
            content: `「${name}」${result.available > 0 ? `只剩${result.available}${line?.product.unit || '件'}，改少一点就能下单` : '刚刚卖完，去掉它就能下单'}`,
            showCancel: false, confirmText: '回购物车改', confirmColor: '#d5281c',
          })
          await Taro.navigateBack()
          return
        }
        case 'InvalidInput':
          if (!dropRefusedChoices(result.problems)) toast(result.problems[0]?.message ?? result.message)
          return
        case 'IdempotencyConflict':
          return toast('订单刚才没有提交成功，请再点一次')
        default:
          return void (result satisfies never)
      }
    } catch (e) {
      toast(`${words(e)}。重试不会重复下单`)
    } finally {
      busy.set('')
    }
  }

  if (done) return <View className='page checkout'><Skeleton kind='rows' count={3} /></View>
  if (lines.length === 0) {
    return <View className='page checkout'><Empty emoji='🧾' title='没有要结算的商品' action='回购物车' onAction={() => void Taro.switchTab({ url: '/pages/cart/index' })} /></View>
  }
  if (!quote) {
    return <View className='page checkout'><NetBar live />{feed.problem ? <Empty emoji='🥢' title={feed.problem} /> : <Skeleton kind='rows' count={5} />}</View>
  }

  const { sold: goods, added } = splitLines(quote)
  const used = quote.coupons.filter((c) => c.applied)
  const couponOff = quote.offers.filter((o) => o.level === 'COUPON').reduce((s, o) => s + o.offFen, 0)
  const usable = quote.couponCount
  const offers = quote.offers.filter((o) => o.level !== 'COUPON' && o.level !== 'SHIPPING')
  const points = mine.data?.benefitAccount.points ?? 0
  const balance = mine.data?.benefitAccount.balanceFen ?? 0
  const pointUse = quote.tenders.find((t) => t.kind.toLowerCase() === 'points')
  const ownPoints = (pointUse?.points ?? 0) - quote.family.reduce((sum, f) => sum + f.points, 0)
  const balanceUse = quote.tenders.find((t) => t.kind.toLowerCase() === 'balance')
  const packetFen = quote.redPackets.reduce((s, p) => s + p.paysFen, 0)
  const packetsOff = wish.redPackets.mode === 'FIXED' && wish.redPackets.ids.length === 0
  const otherTenders = quote.tenders.filter((t) => t !== pointUse && t !== balanceUse && t.kind.toLowerCase() !== 'red_packet')
  const why = changed ? explainChange(changed.seen, changed.answer.quote, 'RULES') : null

  return (
    <View className='page checkout js-checkout-page'>
      <NetBar live />
      <ChangeBanner />
      <View className='card delivery'>
        <View className='delivery-tabs'>
          {(['DELIVERY', 'PICKUP'] as const).map((d) => (
            <View key={d} className={`delivery-tab js-${d.toLowerCase()} ${wish.delivery === d ? 'delivery-on' : ''}`} onClick={() => wishStore.set((w) => ({ ...w, delivery: d }))}>{d === 'DELIVERY' ? '门店配送' : '到店自提'}</View>
          ))}
        </View>
        <View className='delivery-shop'>
          <Icon name='pin' className='icon-ink' />
          <View className='delivery-words'>
            <Text className='delivery-name'>{current?.name ?? '默认门店'}</Text>
            <Text className='delivery-address'>{wish.delivery === 'DELIVERY' ? `由本店配送 · ${current?.address ?? ''}` : (current?.address ?? '')}</Text>
          </View>
        </View>
      </View>
      <View className='card'>
        {goods.map((l) => (
          <View key={l.sku} className='line line-plain js-checkout-line'>
            <Tile emoji={l.product.emoji} hue={l.product.imageHue} size='sm' />
            <View className='line-words'>
              <Text className='line-name'>{l.product.name}</Text>
              <View className='line-tags'>{l.offers.slice(0, 2).map((o) => <Tag key={o.id} look='soft'>{o.name}</Tag>)}</View>
              <View className='line-foot'>
                <View className='line-price'><Price fen={lineFen(l)} tone='ink' />{lineFen(l) < l.listFen ? <Price fen={l.listFen} size='xs' tone='grey' strike /> : null}</View>
                <Text className='line-qty'>{`×${l.qty}`}</Text>
              </View>
            </View>
          </View>
        ))}
        {added.map((l, n) => <AddedLine key={`added-${n}`} line={l} />)}
        {quote.gifts.map((g) => <GiftLine key={`gift-${g.offerId}-${g.sku}`} plain name={g.product.name} emoji={g.product.emoji} hue={g.product.imageHue} qty={g.qty} listFen={g.listFen} note={g.name} />)}
      </View>
      <View className='card'>
        <Row label='商品总价'>{rmb(quote.listFen)}</Row>
        <OfferRow offers={offers} />
        <View className='js-choose-coupon' onClick={() => setChoosing('coupon')}>
          <Row label='优惠券' note={used.length > 0 ? used.map((c) => c.coupon.template.name).join('、') : undefined}>
            <Text className={couponOff > 0 ? 'minus' : 'soft-ink'}>{couponOff > 0 ? `-¥${yuan(couponOff)}` : used.length > 0 ? '已用上' : usable === 0 ? '暂无可用' : pick.mode === 'NONE' ? '不使用' : `${usable}张，这单用不上`}</Text>
            <Icon name='right' className='icon-xs' />
          </Row>
        </View>
        {quote.redPackets.length > 0 ? (
          <View className='js-choose-packet' onClick={() => setChoosing('packet')}>
            <Row label='红包' note={capWords(quote, 'red_packet', `有 ${quote.redPackets.length} 个`)}>
              <Text className={packetFen > 0 ? 'minus' : 'soft-ink'}>{packetFen > 0 ? `-¥${yuan(packetFen)}` : !fresh ? '计算中…' : packetsOff ? '不使用' : '这单用不上'}</Text>
              <Icon name='right' className='icon-xs' />
            </Row>
          </View>
        ) : null}
        {points > 0 ? (
          <Row label='积分' note={capWords(quote, 'points', `共${points}积分`)}>
            {pointUse && ownPoints > 0 ? <Text className='minus'>{wish.family ? `用${ownPoints}积分` : `-¥${yuan(pointUse.fen)}`}</Text> : null}
            <Switch color='#d5281c' className='switch js-points' checked={wish.points > 0} onChange={(e) => wishStore.set((w) => ({ ...w, points: e.detail.value ? points : 0, family: false }))} />
          </Row>
        ) : null}
        {lent > 0 || wish.family ? (
          <Row label='家人积分' note={quote.family.length > 0 ? quote.family.map((f) => `${f.name} ${f.points}`).join('、') : `可用${lent}积分，自己的先用`}>
            {pointUse && wish.family ? <Text className='minus'>{`共-¥${yuan(pointUse.fen)}`}</Text> : null}
            <Switch color='#d5281c' className='switch js-family-points' checked={wish.family} onChange={(e) => wishStore.set((w) => ({ ...w, points: e.detail.value ? points + lent : points, family: e.detail.value }))} />
          </Row>
        ) : null}
        {balance > 0 ? (
          <Row label='余额' note={capWords(quote, 'balance', `可用${rmb(balance)}`)}>
            {balanceUse ? <Text className='minus'>{`-¥${yuan(balanceUse.fen)}`}</Text> : null}
            <Switch color='#d5281c' className='switch js-balance' checked={wish.balanceFen > 0} onChange={(e) => wishStore.set((w) => ({ ...w, balanceFen: e.detail.value ? balance : 0 }))} />
          </Row>
        ) : null}
        {otherTenders.map((t) => <Row key={t.kind + (t.id ?? '')} label={tenderName(t.kind)}><Text className='minus'>{`-¥${yuan(t.fen)}`}</Text></Row>)}
        <ShippingRow shippingFen={quote.shippingFen} offers={quote.offers} />
        <Row strong label='应付'><Price fen={quote.dueFen} size='lg' className={fresh && !stale ? '' : 'pending'} /></Row>
      </View>
      {quote.earn.length > 0 ? (
        <View className='card'>
          <View className='card-title'>将获得</View>
          {quote.earn.map((e) => <View key={e.offerId} className='earn-line js-earn'><Text className='earn-dot'>🎁</Text><Text>{e.sentence}</Text></View>)}
        </View>
      ) : null}
      {feed.problem ? <View className='bar bar-warn'>{feed.problem}</View> : null}
      <View className='settle-space' />
      <View className='settle js-pay-bar'>
        <View className='settle-words'>
          <View className='settle-line'>
            <Text className='settle-label'>{`共${count(lines) + count(added)}件 应付`}</Text>
            <Price fen={quote.dueFen} size='lg' className={`js-due ${fresh && !stale ? '' : 'pending'}`} />
          </View>
          {quote.savedFen > 0 ? <View className='settle-saved'><Text>{`已优惠 ${rmb(quote.savedFen)}`}</Text></View> : null}
        </View>
        <View className={`btn btn-main settle-btn js-place ${!fresh || busy.shown ? 'btn-off' : ''}`} hoverClass='pressed'
          onClick={() => { if (fresh) void place(quote.token, quote); else toast('正在重新算价，马上就好') }}>{busy.shown ? '提交中…' : '提交订单'}</View>
      </View>
      <Sheet open={choosing !== ''} title={choosing === 'packet' ? '选择红包' : '选择优惠券'} onClose={() => setChoosing('')} footer={<>{choosing === 'coupon' ? <PickNote /> : null}<View className='btn btn-main btn-block' onClick={() => setChoosing('')}>完成</View></>}>
        {choosing === 'packet' ? <PacketChoice quote={quote} /> : <CouponChoice quote={quote} />}
      </Sheet>
      <Sheet open={changed !== null} title='价格有变化' onClose={() => setChanged(null)} name='js-price-changed' footer={changed ? (
        <View className='two-btns'>
          <View className='btn btn-line' hoverClass='pressed' onClick={() => { setChanged(null); void Taro.navigateBack() }}>再想想</View>
          <View className={`btn btn-main js-accept-price ${busy.shown ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void place(changed.answer.quote.token, changed.answer.quote)}>{busy.shown ? '提交中…' : `按 ${rmb(changed.answer.quote.dueFen)} 下单`}</View>
        </View>
      ) : undefined}>
        {changed ? (
          <View className='compare'>
            <View className='compare-prices'>
              <View className='compare-one'><Text className='compare-label'>刚才看到</Text><Price fen={changed.answer.seenPayableFen} size='lg' tone='grey' strike /></View>
              <Icon name='right' className='icon-ink' />
              <View className='compare-one'><Text className='compare-label'>现在</Text><Price fen={changed.answer.quote.payableFen} size='xl' /></View>
            </View>
            <View className='compare-delta'>{delta(changed.answer.quote.payableFen - changed.answer.seenPayableFen)}</View>
            {changed.answer.changes.length === 0 ? <View className='compare-why'>{why?.text ?? changed.answer.message}</View> : null}
            {changed.answer.changes.map((c) => <View key={c.sentence} className='missed js-price-move'><Text className='missed-why'>{c.sentence}</Text></View>)}
          </View>
        ) : null}
      </Sheet>
    </View>
  )
}
