// How a coupon looks in words.
import type { CouponKind, RejectionReason } from '../gql/graphql'
import { yuanShort, zhe } from './money'
import { clock, dayWords, endMinute } from './time'

interface Face { kind: CouponKind; offFen: number | null; payBp: number | null; maxOffFen: number | null; minFen: number; priceFen: number | null; points: number | null; timesBp: number | null; backFen: number | null; items: { name: string; qty: number }[]; skuName: string | null }

const times = (bp: number): string => String(bp / 10000)

export function couponFace(face: Face): { before: string; number: string; after: string; cap: string } {
  switch (face.kind) {
    case 'PERCENT': return { before: '', number: zhe(face.payBp ?? 10000), after: '折', cap: face.maxOffFen ? `最多减${yuanShort(face.maxOffFen)}` : '' }
    case 'EXCHANGE': return face.priceFen === null ? { before: '', number: '兑换', after: '', cap: face.skuName ?? '' } : { before: '¥', number: yuanShort(face.priceFen), after: '', cap: face.skuName ?? '' }
    case 'TRIAL': return { before: '', number: '试用', after: '', cap: face.skuName ?? '' }
    case 'BUNDLE': return { before: '¥', number: yuanShort(face.priceFen ?? 0), after: '', cap: face.items.map((it) => (it.qty > 1 ? `${it.name}×${it.qty}` : it.name)).join('+') }
    case 'POINTS': return face.points !== null ? { before: '+', number: String(face.points), after: '积分', cap: '' } : { before: '', number: times(face.timesBp ?? 10000), after: '倍', cap: '积分翻倍' }
    case 'GIVE_BACK': return { before: '', number: '全额返', after: '', cap: `红包最多返${yuanShort(face.backFen ?? 0)}` }
    case 'SHIPPING': return face.offFen === null ? { before: '', number: '免邮', after: '', cap: '' } : { before: '¥', number: yuanShort(face.offFen), after: '', cap: '抵运费' }
    case 'OFF': return { before: '¥', number: yuanShort(face.offFen ?? 0), after: '', cap: '' }
    default: return face.kind satisfies never
  }
}

/** How large a number or word may be set beside its unit: whole hundreds large, cents, thousands and three characters so that they stay in one line */
export function numberLook({ number, after }: { number: string; after: string }): '' | 'sm' | 'xs' {
  const width = [...number].reduce((sum, sign) => sum + (sign > '\u2fff' ? 1.5 : 1), after.length > 1 ? after.length : 0)
  return width > 5 ? 'xs' : width > 3 ? 'sm' : ''
}

export function couponCondition(face: Face): string {
  switch (face.kind) {
    // the goods beside the article reach the threshold; on a stub there is room for one short line
    case 'EXCHANGE': return face.minFen > 0 ? `其他商品满${yuanShort(face.minFen)}` : face.priceFen === null ? '免费兑一件' : '换购一件'
    case 'TRIAL': return '免费试用一件'
    case 'BUNDLE': return '套餐一份'
    case 'POINTS': case 'GIVE_BACK': return face.minFen > 0 ? `实付满${yuanShort(face.minFen)}` : '无门槛'
    default: return face.minFen > 0 ? `满${yuanShort(face.minFen)}可用` : '无门槛'
  }
}

export function couponKind(face: Face): string {
  switch (face.kind) {
    case 'PERCENT': return '折扣券'
    case 'EXCHANGE': return face.priceFen === null ? '兑换券' : '换购券'
    case 'TRIAL': return '试用券'
    case 'BUNDLE': return '套餐券'
    case 'POINTS': return '积分券'
    case 'GIVE_BACK': return '全额返券'
    case 'SHIPPING': return '运费券'
    case 'OFF': return face.minFen > 0 ? '满减券' : '立减券'
    default: return face.kind satisfies never
  }
}

/** As it fits on a ticket: what stands in brackets is in the terms */
export const shortValidity = (sentence: string): string => sentence.replace(/（[^）]*）$/, '')

const DAY_MS = 24 * 3600_000
interface Lasting { validFrom?: string | null; expiresAt: string }
/** Held, and of use from some time on only (次日生效, a window that opens later) */
export const notYet = (c: Lasting, now = clock.now()): boolean => Date.parse(c.validFrom ?? '') > now
/** When it ends, or when it begins where it has not */
export const couponValidity = (c: Lasting, now = clock.now()): string => (notYet(c, now) ? `${dayWords(c.validFrom!)} 起可用` : `${endMinute(c.expiresAt)} 到期`)
/** Within the last day: its seconds are counted down */
export const endsToday = (c: Lasting, now = clock.now()): boolean => !notYet(c, now) && Date.parse(c.expiresAt) > now && Date.parse(c.expiresAt) - now <= DAY_MS
/** On a held coupon: one that ends within three days says in how many */
export const heldValidity = (c: Lasting, now = clock.now()): string => {
  const days = Math.floor((Date.parse(c.expiresAt) - now) / DAY_MS)
  return !notYet(c, now) && days >= 1 && days < 3 ? `还剩 ${days} 天 · ${endMinute(c.expiresAt).slice(5)} 到期` : couponValidity(c, now)
}

/** What one is told when a coupon has come */
export const claimedWords = (extra: { sentence: string } | null, kind: CouponKind): string =>
  extra ? `领到了！${extra.sentence}` : kind === 'POINTS' || kind === 'GIVE_BACK' ? '领到了！结算时选用' : '领到了！下单时自动用上'

/** Conditions that the shopper can meet, by what to do: such a coupon stays tappable, for it may be met by now */
export const withinReach = (because: string | undefined): string | null => (because === 'NOT_FOLLOWING' ? '关注后领' : because === 'NOT_IN_GROUP' ? '入群后领' : because === 'NOT_PICKED_UP' ? '提货后领' : null)

interface Refused {
  __typename: 'CouponSoldOut' | 'ClaimLimitReached' | 'DailyLimitReached' | 'NotForYou' | 'DropNotOpen' | 'NotFound' | 'IdempotencyConflict' | 'Busy'
  message: string
}

/** Refusals of a claim, with what would change them: the server's facts, and what to do about them here */
export function claimRefusal(r: Refused): string {
  switch (r.__typename) {
    case 'CouponSoldOut': return `手慢了，${r.message}`
    case 'ClaimLimitReached': return `${r.message}，快去用掉它吧`
    case 'Busy': return '领券的人太多，没排上队；过几秒再点一次'
    case 'IdempotencyConflict': return '刚才的领取没有完成，请再点一次'
    case 'NotFound': return '这张券已经下架，看看别的吧'
    default: return r.message
  }
}

/** What is chosen after a tap on a coupon: where an order may use one, that one; where more, it comes or goes, and one too many takes the place of the first */
export function picked(chosen: readonly string[], id: string, most: number): CouponPick {
  if (most <= 1) return { mode: 'FIXED', ids: [id] }
  const ids = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-most)
  return { mode: ids.length > 0 ? 'FIXED' : 'NONE', ids }
}

/** A word where a tap on one more took the place of another, which an order may not use as well; else '' */
export function replacedWords(chosen: readonly string[], next: CouponPick, most: number, name: (id: string) => string): string {
  const gone = chosen.filter((id) => !next.ids.includes(id))
  return most > 1 && gone.length > 0 && next.ids.some((id) => !chosen.includes(id)) ? `每单最多用 ${most} 张，已换下${gone.map((id) => `「${name(id)}」`).join('、')}` : ''
}

export interface CouponPick { mode: 'AUTO' | 'NONE' | 'FIXED'; ids: string[] }
export const AUTO_COUPONS: CouponPick = { mode: 'AUTO', ids: [] }
interface Priced {
  coupons: { applied: boolean; reason: string | null; coupon: { id: string; template: { name: string; face: { stackable: boolean } } } }[]
  rejected: { couponId: string | null; reason: RejectionReason }[]
}
/** Not used for the sake of another choice: one that is chosen may take its place */
const RIVALS: RejectionReason[] = ['NOT_BETTER', 'LIMIT', 'EXCLUDED']

/** Whether choosing it can bring anything in this cart */
export const choosable = (quote: Priced, id: string): boolean =>
  quote.coupons.some((c) => c.coupon.id === id && c.applied) || quote.rejected.some((r) => r.couponId === id && RIVALS.includes(r.reason))

/**
 * What is chosen is what is used: of coupons that the price did not use the pick is rid, with a word. The one that was tapped last is meant:
 * where it does not go with the others, it takes their place; those that stack stay beside one that stacks, as long as that goes. Null where all that is chosen is used.
 */
export function mendedPick({ mode, ids }: CouponPick, quote: Priced): { pick: CouponPick; say: string } | null {
  const used = ids.filter((id) => quote.coupons.some((c) => c.coupon.id === id && c.applied))
  if (mode !== 'FIXED' || used.length === ids.length) return null
  const called = (id: string): string => `「${quote.coupons.find((c) => c.coupon.id === id)?.coupon.template.name ?? '选的券'}」`
  const last = ids[ids.length - 1]!
  if (used.includes(last)) return { pick: { mode, ids: used }, say: `${ids.filter((id) => !used.includes(id)).map(called).join('、')}不能和${used.map(called).join('、')}同用，已取消` }
  if (ids.length > 1 && choosable(quote, last)) {
    const stacks = (id: string): boolean => quote.coupons.some((c) => c.coupon.id === id && c.coupon.template.face.stackable)
    const beside = stacks(last) ? ids.slice(0, -1).filter(stacks) : []
    const kept = beside.length < ids.length - 1 ? beside : []
    return { pick: { mode, ids: [...kept, last] }, say: `${called(last)}不能和${kept.length > 0 ? ids.slice(0, -1).filter((id) => !kept.includes(id)).map(called).join('、') : '已选的券'}同用，已换成它` }
  }
  const why = quote.coupons.find((c) => c.coupon.id === last)?.reason
  return used.length > 0 ? { pick: { mode, ids: used }, say: `${called(last)}这单用不上${why ? `：${why}` : ''}` } : { pick: AUTO_COUPONS, say: `${called(last)}这单用不上${why ? `：${why}` : ''}，已改为自动用券` }
}

/** What was claimed in this visit stays where it was, also when the list came anew without it; `order` is what was shown last */
export function keptInPlace<D extends { id: string }>(list: readonly D[], kept: readonly D[], order: readonly string[]): D[] {
  const shown = [...list]
  for (const one of kept) {
    const at = order.indexOf(one.id)
    if (at < 0 || shown.some((d) => d.id === one.id)) continue
    const after = order.slice(0, at).filter((id) => shown.some((d) => d.id === id)).pop()
    shown.splice(after === undefined ? 0 : shown.findIndex((d) => d.id === after) + 1, 0, one)
  }
  return shown
}
