// What a refund brings, in the shopper's words: money is what arrives in the wallet, the rest goes back to the account.
import { rmb } from './money'

export interface RefundPart { to: 'WECHAT' | 'POINTS' | 'BALANCE' | 'RED_PACKET' | 'SELLER'; fen: number; points: number | null }

const BESIDE: Record<RefundPart['to'], ((part: RefundPart) => string) | null> = {
  WECHAT: null,
  SELLER: null,
  POINTS: (p) => `${p.points ?? 0} 积分（抵 ${rmb(p.fen)}）`,
  BALANCE: (p) => `${rmb(p.fen)} 余额`,
  RED_PACKET: (p) => `${rmb(p.fen)} 红包`,
}

/** Fen of money that comes, and what comes beside it; null where there is nothing beside */
export function receives(parts: readonly RefundPart[]): { moneyFen: number; beside: string | null } {
  const beside = parts.flatMap((p) => (p.fen > 0 || (p.points ?? 0) > 0 ? (BESIDE[p.to]?.(p) ?? []) : []))
  return {
    moneyFen: parts.reduce((sum, p) => sum + (BESIDE[p.to] === null ? p.fen : 0), 0),
    beside: beside.length > 0 ? beside.join('、') : null,
  }
}

/** What the button and the notice name: the money, else what comes instead of it, else nothing */
export const receivesShort = (parts: readonly RefundPart[]): string => {
  const { moneyFen, beside } = receives(parts)
  return moneyFen > 0 ? rmb(moneyFen) : (beside ?? '')
}
