// What has come back of an order, what was asked for, and where the money is.
import { Text, View } from '@tarojs/components'
import type { OrderDetailQuery } from '../gql/graphql'
import { rmb } from '../lib/money'
import { receives } from '../lib/refund'
import { minute } from '../lib/time'
import { Price, Row } from './basics'

type Detail = NonNullable<OrderDetailQuery['order']>
type Part = Detail['refunds'][number]['parts'][number]

export const partWords = (p: Part): string =>
  p.to === 'POINTS' ? `${p.points ?? 0} 积分退回积分账户` : p.to === 'BALANCE' ? `${rmb(p.fen)} 退回余额` : p.to === 'RED_PACKET' ? `${rmb(p.fen)} 退回红包` : p.to === 'SELLER' ? `${rmb(p.fen)} 由下单的收银台或平台退还` : `${rmb(p.fen)} 原路退回微信支付`

function Steps({ state }: { state: 'PROCESSING' | 'SUCCEEDED' | 'FAILED' }) {
  const last = state === 'FAILED' ? '退款失败' : '退款成功'
  const done = state === 'PROCESSING' ? 2 : 3
  return (
    <View className={`steps steps-${state.toLowerCase()}`}>
      {['提交退款', '微信处理中', last].map((name, n) => (
        <View key={name} className={`step ${n < done ? 'step-done' : ''}`}>
          <View className='step-dot' />
          <Text className='step-name'>{name}</Text>
        </View>
      ))}
    </View>
  )
}

const ASKED = { WAITING: '等待商家处理', DONE: '商家已同意', REJECTED: '商家没有同意', WITHDRAWN: '您已撤回', CLOSED: '申请已关闭' } as const

export function Requests({ order, onWithdraw, busy }: { order: Detail; onWithdraw(id: string): void; busy: boolean }) {
  const newest = order.refundRequests[order.refundRequests.length - 1]
  if (!newest || newest.state === 'DONE' || (newest.state === 'CLOSED' && (!newest.note || order.state === 'REFUNDED'))) return null
  return (
    <View className='card js-refund-request'>
      <View className='card-title'>退款申请</View>
      <Row label={<Text className={`asked asked-${newest.state.toLowerCase()} js-request-state`}>{ASKED[newest.state]}</Text>}><Text className='soft-ink'>{minute(newest.decidedAt ?? newest.askedAt)}</Text></Row>
      <Row label='申请金额'>{rmb(newest.seenFen)}</Row>
      <Row label='原因'><Text className='soft-ink'>{newest.reason}</Text></Row>
      {newest.note ? <View className='asked-note js-request-note'>{newest.state === 'CLOSED' ? newest.note : `商家回复：${newest.note}`}</View> : null}
      {newest.state === 'WAITING' ? (
        <View className='refund-foot'>
          <Text className='refund-hint'>商家会尽快处理，结果在这里显示</Text>
          <View className={`btn btn-line btn-sm js-withdraw ${busy ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => onWithdraw(newest.id)}>撤回申请</View>
        </View>
      ) : null}
    </View>
  )
}

export function RefundHistory({ order }: { order: Detail }) {
  return (
    <>
      {[...order.refunds].reverse().map((r) => (
        <View key={r.id} className='card js-refund'>
          <View className='refund-head'>
            <Text className='card-title'>{order.refunds.length > 1 ? `第 ${r.number} 次退款` : '退款'}</Text>
            <Price fen={receives(r.parts).moneyFen} size='md' className='js-refund-paid' />
          </View>
          {r.payout ? <Steps state={r.payout.state} /> : null}
          {r.payout ? <View className={`payout-words payout-${r.payout.state.toLowerCase()} js-payout`}>{r.payout.sentence}</View> : r.depositPayout ? null : <View className='payout-words payout-succeeded js-payout'>退款成功</View>}
          {r.depositPayout ? <View className={`payout-words payout-${r.depositPayout.state.toLowerCase()} js-deposit-payout`}>{`定金 ${rmb(r.depositPayout.amountFen)}：${r.depositPayout.sentence}`}</View> : null}
          <View className='refund-goods'>{r.lines.map((l) => `${l.name}${l.gift ? '（赠品）' : ''} ×${l.qty}`).join('，')}</View>
          {r.parts.map((p) => <View key={p.to} className='refund-why'>{partWords(p)}</View>)}
          {r.withheldFen > 0 ? <View className='refund-why'>{`扣下 ${rmb(r.withheldFen)}：已用掉的赠送积分或没有退回的赠品`}</View> : null}
          {r.coupons.map((c) => <View key={c.name} className='refund-why'>{`「${c.name}」${c.reason}`}</View>)}
          <View className='refund-meta'>{`${minute(r.at)} · ${r.reason}`}</View>
        </View>
      ))}
      {order.returnedPayments.map((p) => (
        <View key={p.id} className='card js-returned'>
          <View className='refund-head'><Text className='card-title'>付款退回</Text><Price fen={p.amountFen} size='md' /></View>
          <Steps state={p.state} />
          <View className={`payout-words payout-${p.state.toLowerCase()} js-payout`}>{p.sentence}</View>
          <View className='refund-meta'>{`${minute(p.madeAt)} · 订单关闭后收到的付款`}</View>
        </View>
      ))}
    </>
  )
}
