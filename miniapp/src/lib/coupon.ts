// How a coupon looks in words.
import { yuanShort, zhe } from './money'
import { day, dayWords, minute } from './time'

interface Face { kind: 'OFF' | 'PERCENT'; offFen: number | null; payBp: number | null; maxOffFen: number | null; minFen: number }

export function couponFace(face: Face): { before: string; number: string; after: string; cap: string } {
  if (face.kind === 'PERCENT') {
    return { before: '', number: zhe(face.payBp ?? 10000), after: '折', cap: face.maxOffFen ? `最多减${yuanShort(face.maxOffFen)}` : '' }
  }
  return { before: '¥', number: yuanShort(face.offFen ?? 0), after: '', cap: '' }
}

export const couponCondition = (face: Face): string => (face.minFen > 0 ? `满${yuanShort(face.minFen)}可用` : '无门槛')

export function couponKind(face: Face): string {
  if (face.kind === 'PERCENT') return '折扣券'
  return face.minFen > 0 ? '满减券' : '立减券'
}

export function templateValidity(t: { validFrom: string | null; validUntil: string | null; validHours: number | null }): string {
  if (t.validHours !== null) return t.validHours % 24 === 0 ? `领取后${t.validHours / 24}天内可用` : `领取后${t.validHours}小时内可用`
  if (t.validFrom && t.validUntil) return `${day(t.validFrom)}-${day(t.validUntil)}`
  if (t.validUntil) return `${day(t.validUntil)} 前可用`
  return '长期有效'
}

export const couponValidity = (c: { expiresAt: string }): string => `${minute(c.expiresAt)} 到期`

/** Refusals of a claim, with what would change them */
export function claimRefusal(
  r:
    | { __typename: 'CouponSoldOut'; total: number }
    | { __typename: 'ClaimLimitReached'; limit: number; held: number }
    | { __typename: 'DropNotOpen'; opensAt: string; closesAt: string }
    | { __typename: 'NotFound' | 'IdempotencyConflict' | 'Busy'; message: string },
  nowMs: number,
): string {
  switch (r.__typename) {
    case 'CouponSoldOut': return `手慢了，${r.total}张已经领完；看看下面别的券，或等下一场`
    case 'ClaimLimitReached': return `每人限领${r.limit}张，您已领${r.held}张，快去用掉它吧`
    case 'DropNotOpen':
      return Date.parse(r.opensAt) > nowMs ? `还没开抢，${dayWords(r.opensAt)}准时来领` : `已于${dayWords(r.closesAt)}结束，下次早点来`
    case 'Busy': return '领券的人太多，没排上队；过几秒再点一次'
    case 'IdempotencyConflict': return '刚才的领取没有完成，请再点一次'
    case 'NotFound': return '这张券已经下架，看看别的吧'
    default: return r satisfies never
  }
}
