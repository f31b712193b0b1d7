// What the form of a lottery holds and the input that it means. Pure, but for the times, which are read by the page.
import type { LotteryPrizeInput, LotteryPrizeKind } from '../../gql/graphql'
import type { TextKey } from '../../lib/i18n'
import { parseCount, parseYuan, tidyNumber } from '../../lib/money'

export type PrizeForm = { name: string; kind: LotteryPrizeKind; odds: string; stock: string; points: string; templateId: string | null; sku: string; days: string }
export type LotteryForm = { name: string; points: string; freePerDay: string; perDay: string; perMember: string; levels: string[]; contact: string; budget: string; prizes: PrizeForm[] }
export type Field = string | [string, number, string]
export type LotteryTerms = { name: string; points: number; freePerDay: number; perDay: number; perMember: number | null; levels: string[]; contact: string; budgetFen: number | null; prizes: LotteryPrizeInput[] }
export type Reading = { value: LotteryTerms; problems: [] } | { value: null; problems: { field: Field; key: TextKey }[] }

export const WHOLE = 1_000_000
export const NEW_PRIZE: PrizeForm = { name: '', kind: 'POINTS', odds: '', stock: '', points: '', templateId: null, sku: '', days: '30' }
export const EMPTY: LotteryForm = {
  name: '', points: '20', freePerDay: '1', perDay: '5', perMember: '', levels: [], contact: '', budget: '',
  prizes: [{ ...NEW_PRIZE, name: '20 积分', points: '20', odds: '20', stock: '1000' }, { ...NEW_PRIZE, name: '谢谢参与', kind: 'THANKS', odds: '80' }],
}

/** '12.5' → 125000 parts per million; null when it is no percentage with at most four decimals, or above 100. */
export function parseOdds(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(tidyNumber(text).replace(/%$/, ''))
  if (!match) return null
  const odds = Number(match[1]) * 10_000 + Number(((match[2] ?? '') + '0000').slice(0, 4))
  return odds <= WHOLE ? odds : null
}

/** 125000 → '12.5' */
export const oddsText = (odds: number): string => `${Math.floor(odds / 10_000)}.${String(odds % 10_000).padStart(4, '0')}`.replace(/\.?0+$/, '')

/** What all rows that can be read make; those that cannot count for nothing. */
export const oddsSum = (prizes: readonly Pick<PrizeForm, 'odds'>[]): number => prizes.reduce((sum, { odds }) => sum + (parseOdds(odds ?? '') ?? 0), 0)

/** What is missing to 100 %, given to 谢谢参与; null when there is none or nothing is missing. */
export function restForThanks(prizes: readonly Pick<PrizeForm, 'odds' | 'kind'>[]): string | null {
  const thanks = prizes.findIndex(({ kind }) => kind === 'THANKS')
  if (thanks < 0) return null
  const rest = WHOLE - oddsSum(prizes.filter((_, n) => n !== thanks))
  return rest > 0 ? oddsText(rest) : null
}

export function readLottery(form: LotteryForm): Reading {
  const problems: { field: Field; key: TextKey }[] = []
  const need = <V>(field: Field, text: string | undefined, parse: (text: string) => V | null, key: TextKey, zero = false): V | null => {
    const value = parse(text ?? '')
    if (value === null || (value === 0 && !zero)) problems.push({ field, key: (text ?? '').trim() === '' ? 'problem.required' : value === 0 ? 'problem.positive' : key })
    return value
  }
  const some = (field: Field, text: string | null | undefined): string => {
    if (!text || text.trim() === '') problems.push({ field, key: 'problem.required' })
    return (text ?? '').trim()
  }
  const prizes = form.prizes.map((row, n): LotteryPrizeInput => {
    const at = (field: string): Field => ['prizes', n, field]
    const prize: LotteryPrizeInput = { name: some(at('name'), row.name), kind: row.kind, odds: need(at('odds'), row.odds, parseOdds, 'lottery.badOdds') ?? 0 }
    if (row.kind !== 'THANKS') prize.stock = need(at('stock'), row.stock, parseCount, 'problem.count') ?? 0
    if (row.kind === 'POINTS') prize.points = need(at('points'), row.points, parseCount, 'problem.count') ?? 0
    if (row.kind === 'COUPON') prize.templateId = some(at('templateId'), row.templateId)
    if (row.kind === 'ARTICLE') {
      prize.sku = some(at('sku'), row.sku)
      prize.days = need(at('days'), row.days, parseCount, 'problem.count') ?? 0
    }
    return prize
  })
  const value: LotteryTerms = {
    name: some('name', form.name),
    points: need('points', form.points, parseCount, 'problem.count') ?? 0,
    freePerDay: (form.freePerDay ?? '').trim() === '' ? 0 : (need('freePerDay', form.freePerDay, parseCount, 'problem.count', true) ?? 0),
    perDay: need('perDay', form.perDay, parseCount, 'problem.count') ?? 0,
    perMember: (form.perMember ?? '').trim() === '' ? null : need('perMember', form.perMember, parseCount, 'problem.count'),
    levels: form.levels ?? [],
    contact: some('contact', form.contact),
    budgetFen: (form.budget ?? '').trim() === '' ? null : need('budget', form.budget, parseYuan, 'problem.yuan'),
    prizes,
  }
  return problems.length > 0 ? { value: null, problems } : { value, problems: [] }
}

/** Where a fault of the server stands in the form; null: nowhere. */
export function fieldOfLotteryProblem(path: string): Field | null {
  const row = /prizes\[(\d+)\](?:\.(\w+))?$/.exec(path)
  if (row) return ['prizes', Number(row[1]), row[2] ?? 'name']
  const names: Record<string, string> = { name: 'name', points: 'points', freePerDay: 'freePerDay', perDay: 'perDay', perMember: 'perMember', contact: 'contact', budgetFen: 'budget', levels: 'levels', startsAt: 'window', endsAt: 'window' }
  return names[path] ?? null
}
