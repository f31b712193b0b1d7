import { Input, Text, View } from '@tarojs/components'
import Taro, { useRouter } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Check, Price, Stepper, Tag, Tile } from '../../components/basics'
import { Empty, Loaded, LogInCard, NetBar, Skeleton } from '../../components/states'
import { type PreviewBodyFragment, RefundOrderDocument, type RefundOrderQuery, RefundPreviewDocument, RequestRefundDocument } from '../../gql/graphql'
import { receives, receivesShort } from '../../lib/refund'
import { useStore } from '../../lib/store'
import { act, request } from '../../services/api'
import { REASONS } from '../../services/orders'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

type Bought = NonNullable<RefundOrderQuery['order']>

/** One row an article: what stands in several places of the order (bought, added on, given) comes back together */
function rowsOf(order: Bought) {
  return order.refundable.map((left) => {
    const lines = order.lines.filter((l) => l.sku === left.sku)
    return { ...lines[0]!, left: left.qty, gift: lines.every((l) => l.kind === 'GIFT') }
  })
}

export default function RefundPage() {
  const { id: raw = '' } = useRouter().params
  const id = decodeURIComponent(raw)
  const { session } = useStore(sessionStore)
  const query = useQuery(RefundOrderDocument, { id }, { skip: session === null })
  if (session === null) return <View className='page'><LogInCard words='登录后申请退款' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page refund js-refund-page'>
      <NetBar />
      <Loaded query={query} skeleton={<Skeleton kind='rows' count={4} />}>
        {({ order }) => !order || order.refundable.length === 0
          ? <Empty emoji='🧾' title={order ? '这个订单没有可退的商品' : '没有这个订单'} action='看全部订单' onAction={() => void Taro.redirectTo({ url: '/pages/orders/index' })} />
          : <Form order={order} />}
      </Loaded>
    </View>
  )
}

function Form({ order }: { order: Bought }) {
  const rows = rowsOf(order)
  // before it is handed over the usual wish is all of it; afterwards one article or another
  const [chosen, setChosen] = useState<Record<string, number>>(() => (order.state === 'PAID' ? Object.fromEntries(rows.map((r) => [r.sku, r.left])) : {}))
  const [reason, setReason] = useState('')
  const [more, setMore] = useState('')
  const [preview, setPreview] = useState<PreviewBodyFragment | null>(null)
  const [refusal, setRefusal] = useState('')
  const busy = useBusy<'sending'>()
  const turn = useRef(0)
  const units = rows.filter((r) => (chosen[r.sku] ?? 0) > 0).map((r) => ({ sku: r.sku, qty: chosen[r.sku]! }))
  const asked = JSON.stringify(units)
  const all = rows.every((r) => chosen[r.sku] === r.left)
  const { moneyFen, beside } = receives(preview?.parts ?? [])
  const short = receivesShort(preview?.parts ?? [])

  async function look(): Promise<void> {
    const mine = ++turn.current
    if (units.length === 0) {
      setPreview(null)
      return setRefusal('')
    }
    try {
      const { refundPreview: found } = await request(RefundPreviewDocument, { input: { orderId: order.id, units } })
      if (mine !== turn.current) return
      setPreview(found.__typename === 'RefundPreview' ? found : null)
      setRefusal(found.__typename === 'RefundPreview' ? '' : found.message)
    } catch (e) {
      if (mine !== turn.current) return
      setPreview(null)
      setRefusal(words(e))
    }
  }
  useEffect(() => {
    void look()
    return () => { turn.current++ }
    // eslint-disable-next-line
  }, [asked])

  async function send(): Promise<void> {
    if (busy.now() !== '') return
    if (units.length === 0) return toast('请选择要退的商品')
    if (!reason) return toast('请选择退款原因')
    if (!preview) return toast(refusal || '正在计算退款金额，请稍候')
    busy.set('sending')
    try {
      const result = await act(`refund:${order.id}`, RequestRefundDocument, 'requestRefund', {
        orderId: order.id, units, reason: more.trim() ? `${reason}：${more.trim()}` : reason, previewToken: preview.token,
      })
      if (result.__typename === 'Order') {
        toast(result.refundState === 'REQUESTED' ? '申请已提交，商家会尽快处理' : short ? `已退款，${short} 正在退回` : '已退款')
        setTimeout(() => { void Taro.navigateBack().catch(() => Taro.redirectTo({ url: `/pages/order/index?id=${encodeURIComponent(order.id)}` })) }, 900)
        return
      }
      toast(result.message)
      if (result.__typename === 'RefundChanged') setPreview(result.preview)
      else await look()
    } catch (e) { toast(words(e)) } finally { busy.set('') }
  }

  return (
    <>
      <View className='card'>
        <View className='refund-head'>
          <Text className='card-title'>选择要退的商品</Text>
          <View className='settle-all' onClick={() => setChosen(all ? {} : Object.fromEntries(rows.map((r) => [r.sku, r.left])))}>
            <Check on={all} onClick={() => setChosen(all ? {} : Object.fromEntries(rows.map((r) => [r.sku, r.left])))} className='js-refund-all' />
            <Text>全部退</Text>
          </View>
        </View>
        {rows.map((r) => (
          <View key={r.sku} className='line line-plain js-refund-line'>
            <Tile emoji={r.emoji} hue={r.imageHue} size='sm' />
            <View className='line-words'>
              <Text className='line-name'>{r.name}</Text>
              {r.gift ? <View className='line-tags'><Tag look='solid'>赠品</Tag></View> : null}
              <View className='line-foot'>
                <Text className='line-qty'>{`最多退 ${r.left} 件`}</Text>
                <Stepper more='多退一件' name={r.name} value={chosen[r.sku] ?? 0} max={r.left} onChange={(by) => setChosen((c) => ({ ...c, [r.sku]: Math.min(r.left, Math.max(0, (c[r.sku] ?? 0) + by)) }))} />
              </View>
            </View>
          </View>
        ))}
      </View>
      <View className='card'>
        <View className='card-title'>退款原因</View>
        <View className='reasons'>{REASONS.map((r) => <View key={r} className={`reason ${reason === r ? 'reason-on' : ''} js-reason`} onClick={() => setReason(r)}>{r}</View>)}</View>
        <Input className='refund-input js-refund-more' maxlength={80} value={more} placeholder='补充说明（选填）' placeholderClass='placeholder' onInput={(e) => setMore(e.detail.value)} />
      </View>
      {preview ? (
        <View className='card refund-preview js-refund-preview'>
          <View className='refund-sum'>
            <Text className='refund-sum-label'>您将收到</Text>
            <Price fen={moneyFen} size='xl' className='js-refund-fen' />
          </View>
          {beside ? <Text className='refund-beside js-refund-beside'>{`另有 ${beside}，退回您的账户`}</Text> : null}
          <Text className='refund-because'>因为：</Text>
          {preview.sentences.map((s, n) => <View key={n} className='why'><View className='rule-dot' /><Text className='why-words js-refund-why'>{s}</Text></View>)}
          <View className='refund-note'>{preview.automatic ? '提交后马上退款，一般几分钟到账' : '提交后由商家处理，同意后原路退回'}</View>
        </View>
      ) : null}
      {refusal ? <View className='card refund-refusal js-refund-refusal'>{refusal}</View> : null}
      <View className='settle-space' />
      <View className='settle'>
        <View className={`btn btn-main settle-grow js-refund-send ${busy.shown || !preview || !reason ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void send()}>
          {busy.shown ? '提交中…' : preview ? `${preview.automatic ? '退款' : '提交申请'} ${short}`.trim() : '提交申请'}
        </View>
      </View>
    </>
  )
}
