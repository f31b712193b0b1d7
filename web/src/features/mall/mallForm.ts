// What the form of a mall item holds and the input that it means. Pure, but for the times, which are read by the page.
import type { CouponContentInput, MallItemKind, MallPriceInput, MallUnit } from '../../gql/graphql'
import type { TextKey } from '../../lib/i18n'
import { parseCount, parseYuan } from '../../lib/money'

export type PriceRow = { points: string; levels: string[]; startsAt: string | null; endsAt: string | null }
export type ItemForm = {
  name: string
  kind: MallItemKind
  couponFrom: 'new' | 'existing'
  off: string
  min: string
  couponDays: string
  templateId: string | null
  sku: string
  days: string
  balance: string
  givesPoints: string
  unit: MallUnit
  points: string
  stock: string
  perMember: string
  perDay: string
  prices: PriceRow[]
}
export type Gives = { templateId?: string; sku?: string; days?: number; balanceFen?: number; givesPoints?: number; unit?: MallUnit }
export type Reading =
  | { value: { terms: { name: string; points: number; stock: number; perMember: number | null; perDay: number | null; prices: MallPriceInput[] }; gives: Gives; coupon: { name: string; content: CouponContentInput; validDays: number } | null }; problems: [] }
  | { value: null; problems: { field: string | string[]; key: TextKey }[] }

export const EMPTY: ItemForm = { name: '', kind: 'COUPON', couponFrom: 'new', off: '', min: '', couponDays: '30', templateId: null, sku: '', days: '30', balance: '', givesPoints: '', unit: 'POINTS', points: '', stock: '', perMember: '', perDay: '', prices: [] }

/** 默认三款：50 积分换商品、100 积分 5 元券、300 积分满 20 减 5 */
export const PRESETS: { key: 'mall.preset50' | 'mall.preset100' | 'mall.preset300'; form: Partial<ItemForm> }[] = [
  { key: 'mall.preset50', form: { name: '500g 草莓', kind: 'ARTICLE', points: '50', days: '7' } },
  { key: 'mall.preset100', form: { name: '5 元券', kind: 'COUPON', couponFrom: 'new', off: '5', min: '', points: '100' } },
  { key: 'mall.preset300', form: { name: '满20减5', kind: 'COUPON', couponFrom: 'new', off: '5', min: '20', points: '300' } },
]

/** What may be had for points, for growth value, for stamps */
export const KINDS_FOR: Record<MallUnit, readonly MallItemKind[]> = { POINTS: ['COUPON', 'ARTICLE', 'BALANCE'], GROWTH: ['COUPON', 'ARTICLE', 'POINTS'], STAMPS: ['COUPON', 'ARTICLE'] }

/** `change`: only the terms are read; what an item gives never changes. */
export function readItem(form: ItemForm, change = false): Reading {
  const problems: { field: string | string[]; key: TextKey }[] = []
  const need = <V>(field: string | string[], text: string, parse: (text: string) => V | null, key: TextKey): V | null => {
    const value = parse(text)
    if (value === null || value === 0) problems.push({ field, key: text.trim() === '' ? 'problem.required' : value === 0 ? 'problem.positive' : key })
    return value
  }
  const maybe = (field: string, text: string): number | null => (text.trim() === '' ? null : need(field, text, parseCount, 'problem.count'))
  if (form.name.trim() === '') problems.push({ field: 'name', key: 'problem.required' })
  const gives: Gives = {}
  let coupon: { name: string; content: CouponContentInput; validDays: number } | null = null
  if (!change) {
    if (form.unit !== 'POINTS') gives.unit = form.unit
    if (!KINDS_FOR[form.unit].includes(form.kind)) problems.push({ field: 'kind', key: 'problem.required' })
    if (form.kind === 'POINTS') gives.givesPoints = need('givesPoints', form.givesPoints, parseCount, 'problem.count') ?? 0
    if (form.kind === 'BALANCE') gives.balanceFen = need('balance', form.balance, parseYuan, 'problem.yuan') ?? 0
    if (form.kind === 'ARTICLE') {
      if (form.sku.trim() === '') problems.push({ field: 'sku', key: 'problem.required' })
      gives.sku = form.sku.trim()
      gives.days = need('days', form.days, parseCount, 'problem.count') ?? 0
    }
    if (form.kind === 'COUPON' && form.couponFrom === 'existing') {
      if (form.templateId === null) problems.push({ field: 'templateId', key: 'problem.required' })
      else gives.templateId = form.templateId
    }
    if (form.kind === 'COUPON' && form.couponFrom === 'new') {
      const offFen = need('off', form.off, parseYuan, 'problem.yuan')
      const minFen = form.min.trim() === '' ? 0 : need('min', form.min, parseYuan, 'problem.yuan')
      if (offFen !== null && minFen !== null && minFen > 0 && offFen > minFen) problems.push({ field: 'off', key: 'problem.offAboveMin' })
      coupon = { name: form.name.trim(), content: { kind: 'OFF', offFen, minFen: minFen ?? 0 }, validDays: need('couponDays', form.couponDays, parseCount, 'problem.count') ?? 0 }
    }
  }
  const points = need('points', form.points, parseCount, 'problem.count')
  const stock = need('stock', form.stock, parseCount, 'problem.count')
  const perMember = maybe('perMember', form.perMember)
  const perDay = maybe('perDay', form.perDay)
  const prices = form.prices.map((row, n) => {
    const lower = need(['prices', String(n), 'points'], row.points, parseCount, 'problem.count')
    if (row.levels.length === 0 && row.startsAt === null && row.endsAt === null) problems.push({ field: ['prices', String(n), 'levels'], key: 'mall.priceFor' })
    return { points: lower ?? 0, levels: row.levels, startsAt: row.startsAt, endsAt: row.endsAt }
  })
  if (problems.length > 0 || points === null || stock === null) return { value: null, problems }
  return { value: { terms: { name: form.name.trim(), points, stock, perMember, perDay, prices }, gives, coupon }, problems: [] }
}

/** Where a fault of the server stands in the form; null: nowhere. */
export function fieldOfItemProblem(path: string): string | string[] | null {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== '' && step !== 'terms')
  if (steps[0] === 'prices') return steps[1] === undefined ? null : ['prices', steps[1], steps[2] ?? 'points']
  const names: Record<string, string> = {
    name: 'name', points: 'points', stock: 'stock', perMember: 'perMember', perDay: 'perDay', startsAt: 'window', endsAt: 'window', sku: 'sku', days: 'days', balanceFen: 'balance', givesPoints: 'givesPoints', unit: 'kind', templateId: 'templateId', content: 'off', validDays: 'couponDays',
  }
  return names[steps[0] ?? ''] ?? null
}
