// An order just placed is paid at once, and only once: going back to its page must not open the cashier again.
let next: string | null = null
export const payNext = (orderId: string): void => { next = orderId }
export function takePayNext(orderId: string): boolean {
  if (next !== orderId) return false
  next = null
  return true
}

export const ORDER_STATES = { AWAITING_PAYMENT: '待付款', PAID: '已付款，备货中', COMPLETED: '已完成', CANCELLED: '已取消', REFUNDED: '已退款' } as const
