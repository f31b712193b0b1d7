// 谁承担: what the form holds of who bears a discount, and the shares that it means. Pure. The merchant bears the rest.
import type { BearingSeasonInput, BearingShareInput } from '../../gql/graphql'
import type { TextKey } from '../../lib/i18n'
import { tidyNumber } from '../../lib/money'

export type BearerRow = { who: 'SKU_SUPPLIER' | 'SUPPLIER'; supplier: string | null; percent: string }
/** 旺季: days of every year, MM-DD, on which others bear it (P12) */
export type SeasonRow = { name: string; since: string; until: string; bearing: BearerRow[] }
export const MOST_ROWS = 5
export const MOST_SEASONS = 6
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

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** '6-1', '06.01' or '6月1日' → '06-01'; null when it is no day of a year. */
export function parseDay(text: string): string | null {
  const match = /^(\d{1,2})\s*[-./月]\s*(\d{1,2})日?$/.exec(text.trim())
  const [month, day] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
  return day >= 1 && day <= (LONGEST[month - 1] ?? 0) ? `${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` : null
}

/** Seasons in the order of the rows; whether their days meet, the server says. */
export function readSeasons(rows: readonly SeasonRow[], bad: (field: (string | number)[], key: TextKey) => void): BearingSeasonInput[] {
  return rows.map((row, n) => {
    const need = <V>(field: 'name' | 'since' | 'until', text: string, found: V | null): V | null => {
      if (found === null) bad(['bearingSeasons', n, field], text.trim() === '' ? 'problem.required' : 'bearing.dayWrong')
      return found
    }
    const name = need('name', row.name ?? '', (row.name ?? '').trim() || null)
    const since = need('since', row.since ?? '', parseDay(row.since ?? ''))
    const until = need('until', row.until ?? '', parseDay(row.until ?? ''))
    const shares = readBearing(row.bearing ?? [], (field, key) => bad(['bearingSeasons', n, ...field], key))
    return { name: name ?? '', since: since ?? '', until: until ?? '', shares }
  })
}

/** The field of a place that the server names within `bearing`: 0.supplier, shares.0.bp, seasons.1.since, seasons.1.shares.0.bp. */
export function bearingField(steps: readonly string[]): (string | number)[] {
  const [first, second] = steps
  if (first === 'shares') return bearingField(steps.slice(1))
  if (first === 'seasons') return seasonField(steps.slice(1))
  return ['bearing', Number(first ?? 0), second === 'supplier' ? 'supplier' : 'percent']
}

/** The same within `bearingSeasons`. */
export function seasonField(steps: readonly string[]): (string | number)[] {
  const [n, part, ...rest] = steps
  if (part === 'shares') return ['bearingSeasons', Number(n ?? 0), ...bearingField(rest)]
  return ['bearingSeasons', Number(n ?? 0), part === 'until' || part === 'name' ? part : 'since']
}
