// 谁承担: what the form holds of who bears a discount, and the shares that it means. Pure. The merchant bears the rest.
import type { BearingShareInput } from '../../gql/graphql'
import type { TextKey } from '../../lib/i18n'
import { tidyNumber } from '../../lib/money'

export type BearerRow = { who: 'SKU_SUPPLIER' | 'SUPPLIER'; supplier: string | null; percent: string }
export const MOST_ROWS = 5
const WHOLE = 10_000

/** '33.3' → 3330 basis points; null when it is not more than 0 % and at most 100 %. */
export function parsePercent(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(tidyNumber(text).replace(/%$/, ''))
  if (!match) return null
  const bp = Number(match[1]) * 100 + Number(((match[2] ?? '') + '00').slice(0, 2))
  return bp > 0 && bp <= WHOLE ? bp : null
}

/** 3330 → '33.3' */
export const formatPercent = (bp: number): string => `${Math.floor(bp / 100)}.${String(bp % 100).padStart(2, '0')}`.replace(/\.?0+$/, '')

/** The shares in the order of the rows, the merchant's last, so that the server's problems find their row. */
export function readBearing(rows: readonly BearerRow[], bad: (field: (string | number)[], key: TextKey) => void): BearingShareInput[] {
  let left = WHOLE
  let sound = true
  const wrong = (n: number, field: 'percent' | 'supplier', key: TextKey): void => {
    sound = false
    bad(['bearing', n, field], key)
  }
  const seen = new Set<string>()
  const shares: BearingShareInput[] = rows.map((row, n) => {
    const bp = parsePercent(row.percent)
    const name = row.who === 'SUPPLIER' ? row.supplier : ''
    if (bp === null) wrong(n, 'percent', row.percent.trim() === '' ? 'problem.required' : 'bearing.percentWrong')
    else if ((left -= bp) < 0) wrong(n, 'percent', 'bearing.tooMuch')
    if (name === null) wrong(n, 'supplier', 'problem.required')
    else if (seen.has(name)) wrong(n, row.who === 'SUPPLIER' ? 'supplier' : 'percent', 'bearing.twice')
    else seen.add(name)
    return { who: row.who, bp: bp ?? 0, ...(row.who === 'SUPPLIER' ? { supplier: name } : {}) }
  })
  if (!sound || shares.length === 0) return []
  return left > 0 ? [...shares, { who: 'MERCHANT', bp: left }] : shares
}

/** How fen fall on these shares: largest remainder, a tie to whoever comes first, as the server books it. */
export function splitFen(fen: number, bps: readonly number[]): number[] {
  const parts = bps.map((bp) => Math.floor((fen * bp) / WHOLE))
  const rest = fen - parts.reduce((sum, part) => sum + part, 0)
  const order = bps.map((bp, n) => ({ n, over: (fen * bp) % WHOLE })).sort((a, b) => b.over - a.over || a.n - b.n)
  for (const { n } of order.slice(0, rest)) parts[n] = (parts[n] ?? 0) + 1
  return parts
}
