// What the coupon form holds and the input that it means. Pure.
import type { BearingSeasonInput, BearingShareInput, CouponAccess, CouponContentInput, CouponKind, CouponStackingInput, FaceFragment, HoursOfDayInput } from '../../gql/graphql'
import type { T, TextKey } from '../../lib/i18n'
import { currencySymbol, formatFen, formatTimes, formatZhe, parseCount, parseTimes, parseYuan, parseZhe } from '../../lib/money'
import type { Picked } from '../products/ProductPicker'
import { scopeOf, type Some } from '../promotions/offerForm'
import { type BearerRow, bearingField, readBearing, readSeasons, seasonField, type SeasonRow } from '../suppliers/bearing'

/** What a coupon is: its content, which goods, when it is good, what becomes of it */
export type TemplateOffer = {
  kind: CouponKind
  sku: string
  price: string
  items: (Picked & { qty: string })[]
  worth: 'count' | 'times'
  bonus: string
  times: string
  back: string
  off: string
  zhe: string
  maxOff: string
  min: string
  scopeKind: 'all' | 'some'
  some: Some
  except: Some
  /** 原价券: goods that a promotion takes do not count */
  fullPrice: boolean
  validKind: 'window' | 'hours' | 'days'
  validHours: string
  validDays: string
  bearing: BearerRow[]
  bearingSeasons: SeasonRow[]
  graceDays: string
  usesPerDay: string
  /** 1 is Monday; none and all are every day */
  weekdays: number[]
  /** Times of day, both or neither */
  hoursFrom: string
  hoursUntil: string
  /** 叠加: none, all that say so too, or coupons of the templates `stacksWith` */
  stacking: 'none' | 'all' | 'some'
  stacksWith: string[]
}
export type DropOffer = TemplateOffer & {
  /** A coupon of its own, or one of a template that is there */
  source: 'new' | 'existing'
  templateId: string | null
  total: string
  perMember: string
  perDay: string
  budget: string
  access: CouponAccess
  sharedCode: string
  points: string
  giftSku: string
  giftDays: string
  tiersOn: boolean
  off2: string
  zhe2: string
  maxOff2: string
  min2: string
}
export type TemplateValue = { content: CouponContentInput; validHours: number | null; validDays: number | null; bearing: BearingShareInput[]; bearingSeasons: BearingSeasonInput[]; graceDays: number | null; usesPerDay: number | null; weekdays: number[]; hours: HoursOfDayInput | null; stacking: CouponStackingInput | null; fullPriceOnly: boolean }
/** Without content a template that is there says what it is */
export type DropValue = Omit<TemplateValue, 'content'> & { content: CouponContentInput | null; others: CouponContentInput | null; total: number; perMember: number; perDay: number | null; budgetFen: number | null; sharedCode: string | null; extra: { points: number; giftSku: string | null; giftDays: number } | null }
export type Reading<V> = { value: V; problems: [] } | { value: null; problems: Problems }
type Problems = { field: string | string[]; key: TextKey }[]

/** Kinds whose worth may differ for new and for other customers */
export const TIERED: readonly CouponKind[] = ['OFF', 'PERCENT']
/** Kinds that take something off goods, so that goods at full price may be asked for */
export const LOWERING: readonly CouponKind[] = ['OFF', 'PERCENT', 'EXCHANGE', 'TRIAL', 'BUNDLE']
const nothing = (): Some => ({ categories: [], brands: [], tags: [], skus: [] })
export const emptyTemplate = (): TemplateOffer => ({
  kind: 'OFF', off: '', zhe: '', maxOff: '', min: '', sku: '', price: '', items: [], worth: 'count', bonus: '', times: '2', back: '',
  scopeKind: 'all', some: nothing(), except: nothing(), fullPrice: false, validKind: 'days', validHours: '2', validDays: '7', bearing: [], bearingSeasons: [], graceDays: '', usesPerDay: '', weekdays: [], hoursFrom: '', hoursUntil: '', stacking: 'none', stacksWith: [],
})

function reader(problems: Problems) {
  const need = <V>(field: string, text: string, parse: (text: string) => V | null, key: TextKey): V | null => {
    const value = parse(text)
    if (value === null) problems.push({ field, key: text.trim() === '' ? 'problem.required' : key })
    return value
  }
  const maybe = <V>(field: string, text: string, parse: (text: string) => V | null, key: TextKey): V | null => (text.trim() === '' ? null : need(field, text, parse, key))
  return { need, maybe }
}

export function readTemplate(form: TemplateOffer): Reading<TemplateValue> {
  const problems: Problems = []
  const { need, maybe } = reader(problems)
  const minFen = form.min.trim() === '' ? 0 : need('min', form.min, parseYuan, 'problem.yuan')
  const offFen = form.kind === 'OFF' ? need('off', form.off, parseYuan, 'problem.yuan') : form.kind === 'SHIPPING' ? maybe('off', form.off, parseYuan, 'problem.yuan') : null
  const aboutOne = form.kind === 'EXCHANGE' || form.kind === 'TRIAL'
  const priceFen = form.kind === 'EXCHANGE' ? maybe('price', form.price, parseYuan, 'problem.yuan') : form.kind === 'BUNDLE' ? need('price', form.price, parseYuan, 'problem.yuan') : null
  if (form.kind === 'EXCHANGE' && priceFen === 0) problems.push({ field: 'price', key: 'problem.positive' })
  const items = form.kind !== 'BUNDLE' ? [] : form.items.map(({ sku, qty }) => ({ sku, qty: parseCount(qty) ?? 0 }))
  if (form.kind === 'BUNDLE' && items.length === 0) problems.push({ field: 'items', key: 'problem.required' })
  if (items.some(({ qty }) => qty === 0)) problems.push({ field: 'items', key: 'problem.count' })
  const bonus = form.kind === 'POINTS' && form.worth === 'count' ? need('bonus', form.bonus, parseCount, 'problem.count') : null
  const timesBp = form.kind === 'POINTS' && form.worth === 'times' ? need('times', form.times, parseTimes, 'problem.times') : null
  const backFen = form.kind === 'GIVE_BACK' ? need('back', form.back, parseYuan, 'problem.yuan') : null
  if (bonus === 0) problems.push({ field: 'bonus', key: 'problem.positive' })
  if (backFen === 0) problems.push({ field: 'back', key: 'problem.positive' })
  if (aboutOne && form.sku.trim() === '') problems.push({ field: 'sku', key: 'problem.required' })
  const payBp = form.kind === 'PERCENT' ? need('zhe', form.zhe, parseZhe, 'problem.zhe') : null
  const maxOffFen = form.kind === 'PERCENT' && form.maxOff.trim() !== '' ? need('maxOff', form.maxOff, parseYuan, 'problem.yuan') : null
  if (offFen === 0) problems.push({ field: 'off', key: 'problem.positive' })
  if (form.kind === 'OFF' && offFen !== null && minFen !== null && minFen > 0 && offFen > minFen) problems.push({ field: 'off', key: 'problem.offAboveMin' })
  const validHours = form.validKind === 'hours' ? need('validHours', form.validHours, parseCount, 'problem.count') : null
  const validDays = form.validKind === 'days' ? need('validDays', form.validDays, parseCount, 'problem.count') : null
  const graceDays = maybe('graceDays', form.graceDays, parseCount, 'problem.count')
  const usesPerDay = maybe('usesPerDay', form.usesPerDay, parseCount, 'problem.count')
  const bearing = readBearing(form.bearing, (field, key) => problems.push({ field: field as string[], key }))
  const bearingSeasons = readSeasons(form.bearingSeasons ?? [], (field, key) => problems.push({ field: field as string[], key }))
  const timed = form.hoursFrom.trim() !== '' || form.hoursUntil.trim() !== ''
  const start = timed ? need('hoursFrom', form.hoursFrom, parseTime, 'problem.time') : null
  const end = timed ? need('hoursUntil', form.hoursUntil, parseTime, 'problem.time') : null
  if (start !== null && start === end) problems.push({ field: 'hoursUntil', key: 'problem.sameTime' })
  if (form.stacking === 'some' && form.stacksWith.length === 0) problems.push({ field: 'stacksWith', key: 'problem.required' })
  const scope = scopeOf(form)
  if (form.scopeKind === 'some' && Object.keys(scope).filter((key) => key !== 'except').length === 0) problems.push({ field: 'scopeKind', key: 'problem.scopeEmpty' })
  if (problems.length > 0 || minFen === null) return { value: null, problems }
  const content = { kind: form.kind, offFen, payBp, maxOffFen, minFen: form.kind === 'TRIAL' || form.kind === 'BUNDLE' ? 0 : minFen, sku: aboutOne ? form.sku.trim() : null, priceFen, items, points: bonus, timesBp, backFen, scope: scopeAsked(form) }
  return { value: { content, validHours, validDays, bearing, bearingSeasons, graceDays, usesPerDay, weekdays: weekdaysOf(form), hours: start !== null && end !== null ? { start, end } : null, stacking: stackingOf(form), fullPriceOnly: fullPriceOf(form) }, problems: [] }
}

const stackingOf = (form: TemplateOffer): CouponStackingInput | null => (form.stacking === 'none' ? null : form.stacking === 'all' ? { all: true, templateIds: [] } : { all: false, templateIds: form.stacksWith })

export const fullPriceOf = (form: TemplateOffer): boolean => form.fullPrice && LOWERING.includes(form.kind)

/** Every day is no condition */
const weekdaysOf = (form: TemplateOffer): number[] => (form.weekdays.length === 7 ? [] : [...form.weekdays].sort())

/** '18:00', also with a Chinese input method on; '24:00' is the end of the day */
export function parseTime(text: string): string | null {
  const tidy = text.normalize('NFKC').trim().padStart(5, '0')
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(tidy) || tidy === '24:00' ? tidy : null
}

/** 周六、周日 18:00–24:00 可用; null when it may be used at any time */
export function usableWords(form: TemplateOffer, t: T): string | null {
  const days = weekdaysOf(form).map((day) => t(`weekday.${day}` as TextKey)).join(t('list.comma'))
  const [start, end] = [parseTime(form.hoursFrom), parseTime(form.hoursUntil)]
  const told = [days, start !== null && end !== null ? `${start}–${end} ` : ''].filter((text) => text !== '').join(' ')
  return told === '' ? null : t('coupon.usableAt', { when: told }).trim()
}

/** Null is all goods */
function scopeAsked(form: TemplateOffer): ReturnType<typeof scopeOf> | null {
  const scope = scopeOf(form)
  return form.scopeKind === 'all' && scope.except === undefined ? null : scope
}

export function readDrop(form: DropOffer): Reading<DropValue> {
  const made = form.source === 'new' ? readTemplate(form) : null
  const problems: Problems = [...(made?.problems ?? [])]
  const { need, maybe } = reader(problems)
  if (form.source === 'existing' && !form.templateId) problems.push({ field: 'templateId', key: 'problem.required' })
  if (form.access === 'SHARED' && form.sharedCode.trim() === '') problems.push({ field: 'sharedCode', key: 'problem.required' })
  const perDay = maybe('perDay', form.perDay, parseCount, 'problem.count')
  const budgetFen = maybe('budget', form.budget, parseYuan, 'problem.yuan')
  const points = maybe('points', form.points, parseCount, 'problem.count') ?? 0
  const giftSku = form.giftSku.trim() === '' ? null : form.giftSku.trim()
  const giftDays = giftSku === null ? 30 : need('giftDays', form.giftDays, parseCount, 'problem.count')
  const total = need('total', form.total, parseCount, 'problem.count')
  const perMember = need('perMember', form.perMember, parseCount, 'problem.count')
  const others = tiered(form) ? readOthers(form, made?.value?.content ?? null, problems) : null
  if (problems.length > 0 || total === null || perMember === null || giftDays === null) return { value: null, problems }
  const extra = points > 0 || giftSku !== null ? { points, giftSku, giftDays } : null
  const template = made?.value ?? { content: null, validHours: null, validDays: null, bearing: [], bearingSeasons: [], graceDays: null, usesPerDay: null, weekdays: [], hours: null, stacking: null, fullPriceOnly: false }
  return { value: { ...template, others, total, perMember, perDay, budgetFen, sharedCode: form.access === 'SHARED' ? form.sharedCode.trim() : null, extra }, problems: [] }
}

export const tiered = (form: DropOffer): boolean => form.source === 'new' && form.tiersOn && TIERED.includes(form.kind)

/** The coupon of everybody who has ordered before; it must differ from that of new customers */
function readOthers(form: DropOffer, first: CouponContentInput | null, problems: Problems): CouponContentInput {
  const { need, maybe } = reader(problems)
  const minFen = form.min2.trim() === '' ? 0 : need('min2', form.min2, parseYuan, 'problem.yuan')
  const offFen = form.kind === 'OFF' ? need('off2', form.off2, parseYuan, 'problem.yuan') : null
  const payBp = form.kind === 'PERCENT' ? need('zhe2', form.zhe2, parseZhe, 'problem.zhe') : null
  const maxOffFen = form.kind === 'PERCENT' ? maybe('maxOff2', form.maxOff2, parseYuan, 'problem.yuan') : null
  if (offFen === 0) problems.push({ field: 'off2', key: 'problem.positive' })
  if (offFen !== null && minFen !== null && minFen > 0 && offFen > minFen) problems.push({ field: 'off2', key: 'problem.offAboveMin' })
  const some = offFen ?? payBp
  if (first && some !== null && some === (first.offFen ?? first.payBp) && minFen === first.minFen && maxOffFen === first.maxOffFen) problems.push({ field: form.kind === 'OFF' ? 'off2' : 'zhe2', key: 'problem.sameTier' })
  return { kind: form.kind, offFen, payBp, maxOffFen, minFen: minFen ?? 0, scope: scopeAsked(form) }
}

/** What everybody gets who has ordered before, as far as it is filled in */
export const forOthers = (form: DropOffer): TemplateOffer => ({ ...form, off: form.off2, zhe: form.zhe2, maxOff: form.maxOff2, min: form.min2 })

/** How it will look on the ticket, as far as it is filled in. */
export function faceWords(form: TemplateOffer, t: T, currency: string): { big: string; unit: string; condition: string } {
  const symbol = currencySymbol(currency).trim()
  const off = parseYuan(form.off)
  const payBp = parseZhe(form.zhe)
  const min = form.min.trim() === '' || form.kind === 'TRIAL' || form.kind === 'BUNDLE' ? 0 : parseYuan(form.min)
  const price = parseYuan(form.price)
  if (form.kind === 'EXCHANGE' && price !== null) return { big: formatFen(price, { short: true }), unit: symbol, condition: min === 0 ? t('coupon.buyOne') : min === null ? '—' : t('coupon.fromOthers', { min: symbol + formatFen(min, { short: true }) }) }
  if (form.kind === 'EXCHANGE' && min !== null && min > 0) return { big: t('coupon.exchangeFace'), unit: '', condition: t('coupon.fromOthers', { min: symbol + formatFen(min, { short: true }) }) }
  const paid = min === 0 ? t('coupon.noMin') : min === null ? '—' : t('coupon.fromPaid', { min: symbol + formatFen(min, { short: true }) })
  if (form.kind === 'BUNDLE') return { big: price === null ? '—' : formatFen(price, { short: true }), unit: symbol, condition: t('coupon.oneSet') }
  if (form.kind === 'POINTS') return form.worth === 'count' ? { big: `+${form.bonus.trim() || '—'}`, unit: t('unit.points'), condition: paid } : { big: form.times.trim() || '—', unit: t('coupon.timesFace'), condition: paid }
  if (form.kind === 'GIVE_BACK') return { big: t('coupon.backFace'), unit: '', condition: paid }
  return {
    big: form.kind === 'TRIAL' ? t('coupon.trialFace') : form.kind === 'EXCHANGE' ? t('coupon.exchangeFace') : form.kind === 'PERCENT' ? (payBp === null ? '—' : formatZhe(payBp)) : off !== null ? formatFen(off, { short: true }) : form.kind === 'SHIPPING' ? t('coupon.freeFace') : '—',
    unit: form.kind === 'PERCENT' ? t('unit.zhe') : (form.kind === 'OFF' || form.kind === 'SHIPPING') && off !== null ? symbol : form.kind === 'OFF' ? symbol : '',
    condition: min === 0 ? t('coupon.noMin') : min === null ? '—' : t('coupon.from', { min: symbol + formatFen(min, { short: true }) }),
  }
}

/** What it is about, as the ticket says it: the article, the set, how much comes back at most; null where it is about any goods */
export function aboutWords(form: TemplateOffer, article: string | null, t: T, currency: string): string | null {
  const back = form.kind === 'GIVE_BACK' ? parseYuan(form.back) : null
  if (back !== null) return t('coupon.backMost', { most: currencySymbol(currency).trim() + formatFen(back, { short: true }) })
  if (form.kind === 'BUNDLE') return form.items.map(({ name, qty }) => (qty.trim() === '1' ? name : `${name}×${qty.trim() || '—'}`)).join('+') || null
  return (form.kind === 'EXCHANGE' || form.kind === 'TRIAL') && form.sku !== '' ? (article ?? form.sku) : null
}

/** A template that is there, as the form would hold what its ticket shows */
export function offerOfFace(face: FaceFragment): TemplateOffer {
  const yuan = (fen: number | null): string => (fen === null ? '' : formatFen(fen, { short: true }).replace(/,/g, ''))
  return {
    ...emptyTemplate(), kind: face.kind, off: yuan(face.offFen), zhe: face.payBp === null ? '' : formatZhe(face.payBp), maxOff: yuan(face.maxOffFen), min: yuan(face.minFen), sku: face.sku ?? '', price: yuan(face.priceFen),
    items: face.items.map(({ sku, name, qty }) => ({ sku, name, qty: String(qty), emoji: '', imageHue: 0, listFen: 0 })),
    worth: face.points === null ? 'times' : 'count', bonus: face.points === null ? '' : String(face.points), times: face.timesBp === null ? '' : formatTimes(face.timesBp), back: yuan(face.backFen),
  }
}

export function fieldOfDropProblem(path: string): string | string[] | null {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== '' && step !== 'input' && step !== '$')
  const [leaf, part] = steps[0] === 'content' ? steps.slice(1) : steps
  if (leaf === 'scope' && part !== undefined && ['categories', 'brands', 'tags', 'skus'].includes(part)) return ['some', part]
  if (steps[0] === 'scene') return 'scene'
  if (steps[0] === 'templateId') return 'templateId'
  if (steps[0] === 'tiers') {
    const field = fieldOfDropProblem(steps.slice(2).join('.'))
    return steps[1] === '1' && typeof field === 'string' && ['off', 'zhe', 'maxOff', 'min'].includes(field) ? `${field}2` : field
  }
  if (steps[0] === 'extra') return { points: 'points', giftSku: 'giftSku', giftDays: 'giftDays' }[steps[1] ?? ''] ?? null
  if (steps[0] === 'bearing') return bearingField(steps.slice(1)) as string[]
  if (steps[0] === 'bearingSeasons') return seasonField(steps.slice(1)) as string[]
  if (steps[0] === 'batches') return steps[1] !== undefined && steps[2] !== undefined ? ['batches', steps[1], steps[2]] : 'batchesOn'
  if (leaf === 'bundle' && part === 'items') return 'items'
  if (steps[0] === 'hours') return steps[1] === 'start' ? 'hoursFrom' : 'hoursUntil'
  const names: Record<string, string> = {
    weekdays: 'weekdays', fullPriceOnly: 'fullPrice', stacking: 'stacksWith', templateIds: 'stacksWith',
    name: 'name', offFen: 'off', off: 'off', payBp: 'zhe', pay_bp: 'zhe', maxOffFen: 'maxOff', max_off: 'maxOff', minFen: 'min', min: 'min', scope: 'scopeKind', kind: 'kind',
    validFrom: 'valid', validUntil: 'valid', validHours: 'validHours', startsAt: 'startsAt', endsAt: 'endsAt', total: 'total', perMember: 'perMember', perDay: 'perDay', validDays: 'validDays', nextDay: 'nextDay', budgetFen: 'budget', sharedCode: 'sharedCode', graceDays: 'graceDays', usesPerDay: 'usesPerDay', sku: 'sku', price: 'price', priceFen: 'price', count: 'bonus', times_bp: 'times', max: 'back', placements: 'placements', channels: 'channels', givesBack: 'givesBack', audience: 'levels', access: 'access',
  }
  return names[leaf ?? ''] ?? names[part ?? ''] ?? null
}
