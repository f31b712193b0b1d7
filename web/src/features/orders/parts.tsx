import { Tag } from 'antd'
import type { OrderState, PayoutState, RefundAccount, RefundState } from '../../gql/graphql'
import { type T, useT } from '../../lib/i18n'

const STATES: Record<OrderState, string> = { AWAITING_PAYMENT: 'default', PAID: 'blue', COMPLETED: 'green', CANCELLED: 'default', REFUNDED: 'default' }
const REFUNDS: Record<RefundState, string> = { NONE: 'default', REQUESTED: 'orange', PROCESSING: 'blue', PART: 'default', REFUNDED: 'default', FAILED: 'red' }
const PAYOUTS: Record<PayoutState, string> = { PROCESSING: 'blue', SUCCEEDED: 'green', FAILED: 'red' }

export function OrderStateTag({ state }: { state: OrderState }) {
  const t = useT()
  return <Tag color={STATES[state]} style={{ margin: 0 }} data-state={state}>{t(`orderState.${state}`)}</Tag>
}

export function RefundStateTag({ state }: { state: RefundState }) {
  const t = useT()
  return state === 'NONE' ? null : <Tag color={REFUNDS[state]} style={{ margin: 0 }} data-refund-state={state}>{t(`refundState.${state}`)}</Tag>
}

export function PayoutTag({ state }: { state: PayoutState }) {
  const t = useT()
  return <Tag color={PAYOUTS[state]} style={{ margin: 0 }} data-payout-state={state}>{t(`payoutState.${state}`)}</Tag>
}

/** 积分 1,000 (¥10.00) / 微信支付 ¥35.00 */
export const partWords = (t: T, part: { to: RefundAccount; points: number | null }): string =>
  part.points === null ? t(`refundTo.${part.to}`) : t('refundTo.points', { points: part.points })
