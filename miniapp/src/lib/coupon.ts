// How a coupon looks in words.
import type { CouponKind } from '../gql/graphql'
import { yuanShort, zhe } from './money'
import { endMinute } from './time'

interface Face { kind: CouponKind; offFen: number | null; payBp: number | null; maxOffFen: number | null; minFen: number; skuName: string | null }

export function couponFace(face: Face): { before: string; number: string; after: string; cap: string } {
  switch (face.kind) {
    case 'PERCENT': return { before: '', number: zhe(face.payBp ?? 10000), after: '折', cap: face.maxOffFen ? `最多减${yuanShort(face.maxOffFen)}` : '' }
    case 'EXCHANGE': return { before: '', number: '兑换', after: '', cap: face.skuName ?? '' }
    case 'SHIPPING': return face.offFen === null ? { before: '', number: '免邮', after: '', cap: '' } : { before: '¥', number: yuanShort(face.offFen), after: '', cap: '抵运费' }
    case 'OFF': return { before: '¥', number: yuanShort(face.offFen ?? 0), after: '', cap: '' }
    default: return face.kind satisfies never
  }
}

/** How large a number may be set beside its unit: whole hundreds large, cents and thousands so that nothing of them is cut off */
export const numberLook = (number: string): '' | 'sm' | 'xs' => (number.length > 5 ? 'xs' : number.length > 3 ? 'sm' : '')

export const couponCondition = (face: Face): string => (face.kind === 'EXCHANGE' ? '免费兑一件' : face.minFen > 0 ? `满${yuanShort(face.minFen)}可用` : '无门槛')

export function couponKind(face: Face): string {
  switch (face.kind) {
    case 'PERCENT': return '折扣券'
    case 'EXCHANGE': return '兑换券'
    case 'SHIPPING': return '运费券'
    case 'OFF': return face.minFen > 0 ? '满减券' : '立减券'
    default: return face.kind satisfies never
  }
}

/** As it fits on a ticket: what stands in brackets is in the terms */
export const shortValidity = (sentence: string): string => sentence.replace(/（[^）]*）$/, '')

export const couponValidity = (c: { expiresAt: string }): string => `${endMinute(c.expiresAt)} 到期`

/** What one is told when a coupon has come */
export const claimedWords = (extra: { sentence: string } | null): string => (extra ? `领到了！${extra.sentence}` : '领到了！下单时自动用上')

/** Conditions that the shopper can meet, by what to do: such a coupon stays tappable, for it may be met by now */
export const withinReach = (because: string | undefined): string | null => (because === 'NOT_FOLLOWING' ? '关注后领' : because === 'NOT_IN_GROUP' ? '入群后领' : null)

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
