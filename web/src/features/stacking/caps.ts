// 抵扣上限 as a form: no cap, a share and a sum of which the lesser holds, or nothing at all.
import { formatFen, parseYuan } from '../../lib/money'

export const TENDERS = ['redPacket', 'points', 'balance'] as const
export type Tender = (typeof TENDERS)[number]
export type Limit = { maxShareBp: number | null; maxFen: number | null }
export type CapDraft = { mode: 'any' | 'most' | 'none'; share: number | null; yuan: string }
export const EXAMPLE_FEN = 20_000

export const draftOf = (limit: Limit | null): CapDraft => {
  if (limit === null) return { mode: 'any', share: 50, yuan: '' }
  if (limit.maxShareBp === 0 || limit.maxFen === 0) return { mode: 'none', share: 50, yuan: '' }
  return { mode: 'most', share: limit.maxShareBp === null ? null : limit.maxShareBp / 100, yuan: limit.maxFen === null ? '' : formatFen(limit.maxFen, { short: true }) }
}

/** What is meant: null for no cap, undefined where it cannot be read */
export const limitOf = ({ mode, share, yuan }: CapDraft): Limit | null | undefined => {
  if (mode === 'any') return null
  if (mode === 'none') return { maxShareBp: 0, maxFen: null }
  const fen = yuan.trim() === '' ? null : parseYuan(yuan)
  if ((fen === null && (yuan.trim() !== '' || share === null)) || fen === 0) return undefined
  return { maxShareBp: share === null ? null : Math.round(share * 100), maxFen: fen }
}

/** Fen of an order of this payable, a share rounded down, as prices go */
export const mostOf = ({ maxShareBp, maxFen }: Limit, payableFen: number): number =>
  Math.min(maxShareBp === null ? payableFen : Math.floor((payableFen * maxShareBp) / 10_000), maxFen ?? payableFen)
