// Why a price changed by itself, in one sentence. Never silent: a price that moves without a word is not trusted.
import { delta } from './money'

interface Offer { id: string; name: string; offFen: number; couponId?: string | null }
export interface PricedState {
  payableFen: number
  offers: Offer[]
  rejected: { id: string; name: string; reason: string; sentence: string; leaf?: string | null }[]
  lines: { sku: string; listFen: number; qty: number; product: { name: string } }[]
}
export interface Change { text: string; deltaFen: number }

const reasonWords: Record<string, string> = { EXPIRED: '已结束', SOLD_OUT: '已抢完', BUDGET: '名额已用完', LIMIT: '已达上限', NOT_YET: '还没开始', WHEN: '现在用不了', THRESHOLD: '还没到门槛', EXCLUDED: '不能与现在的优惠同享', NOT_BETTER: '换成了其他优惠', NO_EFFECT: '现在没有优惠' }
const TIMED = ['hours', 'weekday', 'day_of_month', 'from', 'until']

/** `cause` is a code (RULES, TIME, COUPON, STOCK) or the server's own words for the shopper */
export function explainChange(before: PricedState, after: PricedState, cause: string): Change | null {
  const deltaFen = after.payableFen - before.payableFen
  const was = new Map(before.offers.map((x) => [x.id, x]))
  const is = new Map(after.offers.map((x) => [x.id, x]))
  const began = after.offers.filter((x) => !was.has(x.id)).sort((a, b) => b.offFen - a.offFen)
  const ended = before.offers.filter((x) => !is.has(x.id)).sort((a, b) => b.offFen - a.offFen)
  if (deltaFen === 0 && began.length === 0 && ended.length === 0) return null
  const tail = `，已为您重新算价 ${delta(deltaFen)}`
  const first = (list: Offer[]): string => `「${list[0]!.name}」${list.length > 1 ? `等${list.length}项优惠` : ''}`

  if (deltaFen === 0) {
    // gifts come and go without moving the price
    if (began.length > 0 && ended.length === 0) return { text: `${first(began)}可以用了，价格不变`, deltaFen }
    if (ended.length > 0 && began.length === 0) return { text: `${first(ended)}不再可用，价格不变`, deltaFen }
    return { text: `优惠有更新，价格不变`, deltaFen }
  }
  if (deltaFen < 0 && began.length > 0) {
    const verb = began[0]!.couponId ? '已自动用上' : cause === 'RULES' || cause === 'TIME' || /开始|时间到/.test(cause) ? '开始了' : '可以用了'
    return { text: `${first(began)}${verb}${tail}`, deltaFen }
  }
  if (deltaFen > 0 && ended.length > 0) {
    const why = after.rejected.find((r) => r.id === ended[0]!.id)
    const over = why?.reason === 'WHEN' && TIMED.includes(why.leaf ?? '') ? '时段已过' : why && reasonWords[why.reason]
    return { text: `${first(ended)}${over ?? (ended[0]!.couponId ? '不再可用' : '已结束')}${tail}`, deltaFen }
  }
  const price = after.lines.find((l) => {
    const old = before.lines.find((x) => x.sku === l.sku)
    return old && old.qty === l.qty && old.listFen !== l.listFen
  })
  if (price) return { text: `「${price.product.name}」商品价格有调整${tail}`, deltaFen }
  const moved = after.offers.find((x) => was.has(x.id) && was.get(x.id)!.offFen !== x.offFen)
  if (moved) return { text: `「${moved.name}」有调整${tail}`, deltaFen }
  const words = cause === 'STOCK' ? '库存有变化' : /^[A-Z_]*$/.test(cause) ? '优惠有更新' : cause
  return { text: `${words}${tail}`, deltaFen }
}
