// An order just placed is paid at once, and only once: going back to its page must not open the cashier again.
let next: string | null = null
export const payNext = (orderId: string): void => { next = orderId }
export function takePayNext(orderId: string): boolean {
  if (next !== orderId) return false
  next = null
  return true
}

export const ORDER_STATES = { AWAITING_PAYMENT: '待付款', PAID: '已付款，备货中', COMPLETED: '已完成', CANCELLED: '已取消', REFUNDED: '已退款' } as const

export const PRESALE_STATES = { AWAITING_DEPOSIT: '待付定金', DEPOSIT_PAID: '待付尾款', SETTLED: '尾款已付清', CLOSED: '已关闭', FORFEITED: '已结束，定金不退', RETURNED: '已取消，定金已退' } as const

/** What an order's refunds need next, in the shopper's words; none for none */
export const REFUND_STATES = { NONE: '', REQUESTED: '退款申请中', PROCESSING: '退款处理中', PART: '部分退款', REFUNDED: '已退款', FAILED: '退款失败，商家处理中' } as const

/** What is said of an order at a glance: its refund where there is one to look at, else its state */
export const stateWords = (o: { state: keyof typeof ORDER_STATES; refundState: keyof typeof REFUND_STATES }): string =>
  REFUND_STATES[o.refundState] || ORDER_STATES[o.state]

export const REASONS = ['不想要了', '买错或多买了', '少发、漏发', '商品破损', '品质问题', '其他原因'] as const
