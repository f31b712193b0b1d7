// What the wizard holds (texts as typed) and the offer definition that it means (docs/pricing.md). Pure: no React, no clock.
// Fields of a type come from the server (formSchema.ts); here are the words, examples and checks of the types known by name,
// and what all types share: goods, stacking, limits.
import type { BearingShareInput } from '../../gql/graphql'
import type { T, TextKey } from '../../lib/i18n'
import { currencySymbol, formatFen, formatTimes, formatZhe, parseCount, parseYuan } from '../../lib/money'
import { type BearerRow, bearingField, readBearing, readSeasons, type SeasonRow } from '../suppliers/bearing'
import { type Definition, emptyFigures, type Field, fieldAt, type FieldPath, type FieldProblem, type Figures, nothing, type OfferKind, type PickedSku, readFigures, type Some, someOf } from './formSchema'

export type { Definition, FieldPath, FieldProblem, OfferKind, PickedSku, Some } from './formSchema'

export type OfferForm = {
  type: string
  /** Figures by type, so that those of one stay while another is looked at */
  rule: Record<string, Figures>
  scopeKind: 'all' | 'some'
  some: Some
  except: Some
  ownGroup: boolean
  groupName: string
  meetsOtherLevel: boolean
  meetsCoupons: boolean
  exclusive: 'none' | 'line' | 'cart'
  perOrder: string
  perCustomer: string
  perDay: string
  /** 活动库存: units of a pre-sale */
  stock: string
  budget: string
  /** 谁承担: suppliers and their percent; the merchant bears the rest */
  bearing: BearerRow[]
  /** 淡旺季: days of the year on which others bear it */
  bearingSeasons: SeasonRow[]
  /** 对谁: levels (none = all), named customers by member code (none = all), new or returning, birthday, days of the month 会员日 (none = all), and what the cart must hold at list prices */
  levels: string[]
  customers: string[]
  customer: 'all' | 'new' | 'returning'
  birthday: 'any' | 'month' | 'day'
  monthDays: number[]
  minAmount: string
}

export const EVERYBODY: Pick<OfferForm, 'levels' | 'customers' | 'customer' | 'birthday' | 'monthDays' | 'minAmount'> = { levels: [], customers: [], customer: 'all', birthday: 'any', monthDays: [], minAmount: '' }

export const codesOf = (form: Pick<OfferForm, 'customers'>): string[] => [...new Set(form.customers.map((code) => code.trim()))].filter((code) => code !== '')

/** Shares as a promotion stores them */
const stored = (shares: readonly BearingShareInput[]): Definition[] => shares.map(({ who, bp, supplier }) => ({ who: who.toLowerCase(), bp, ...(supplier ? { supplier } : {}) }))

export const emptyOfferForm = (kinds: readonly OfferKind[], type: string, groupName: string): OfferForm => ({
  type,
  rule: Object.fromEntries(kinds.map((kind) => [kind.name, emptyFigures(kind.form)])),
  ...EVERYBODY,
  scopeKind: 'all',
  some: nothing(),
  except: nothing(),
  ownGroup: false,
  groupName,
  meetsOtherLevel: true,
  meetsCoupons: true,
  exclusive: 'none',
  perOrder: '',
  perCustomer: '',
  perDay: '',
  stock: '',
  budget: '',
  bearing: [],
  bearingSeasons: [],
})

/** Those that orders keep, in the server's order */
export const creatable = (kinds: readonly OfferKind[]): OfferKind[] => kinds.filter((kind) => kind.creatable)

/** What the form library reports lacks the fields that are not on the screen; here they have the values they were opened with. */
export function complete<V extends { some: Some; except: Some; rule?: Record<string, Figures> }>(opened: V, reported: Partial<V> | undefined): V {
  return { ...opened, ...reported, some: { ...opened.some, ...reported?.some }, except: { ...opened.except, ...reported?.except }, ...(opened.rule ? { rule: merged(opened.rule, reported?.rule) } : {}) }
}
function merged<V>(opened: V, reported: unknown): V {
  const plain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
  if (reported === undefined) return opened
  if (!plain(opened) || !plain(reported)) return reported as V
  return { ...reported, ...Object.fromEntries(Object.entries(opened).map(([name, value]) => [name, merged(value, reported[name])])) } as V
}

export type OfferLevel = 'LINE' | 'ORDER' | 'GIFT' | 'SHIPPING' | 'EARN'
export const levelOf = (kind: OfferKind): OfferLevel => (kind.level === 'COUPON' ? 'ORDER' : kind.level)
/** Shipping takes no goods, and what is earned stands beside everything: both have nothing to stack */
export const takesGoods = (kind: OfferKind): boolean => levelOf(kind) !== 'SHIPPING' && levelOf(kind) !== 'EARN'

/** 预售: a deposit now, the rest in a window of its own */
export const isPresale = (kind: OfferKind): boolean => kind.needsDeposit

/** A pre-sale names its products one by one */
export const namesProducts = (form: OfferForm): boolean => form.scopeKind === 'some' && Object.keys(someOf(form.some)).join() === 'skus'

/** Who bears is for offers that take money off: gifts and what is earned have a cost and no discount */
export const takesBearing = (kind: OfferKind): boolean => levelOf(kind) !== 'EARN' && kind.name !== 'spend_gift'

/** What was promised for a deposit may not run out */
export const takesBudget = (kind: OfferKind): boolean => !isPresale(kind)

export type Reading = { definition: Definition; problems: [] } | { definition: null; problems: FieldProblem[] }

export function readOffer(form: OfferForm, kind: OfferKind): Reading {
  const problems: FieldProblem[] = []
  const bad = (field: FieldPath, key: TextKey): void => void problems.push({ field, key })
  const at = ['rule', kind.name]
  const content = readFigures(kind.form, form.rule[kind.name], at, bad)
  const more = CHECKS[kind.name]
  if (problems.length === 0 && more) more(content, form.rule[kind.name] ?? {}, (field, key) => bad([...at, ...field], key))
  if (kind.scoped && form.scopeKind === 'some' && Object.keys(someOf(form.some)).length === 0) bad(['scopeKind'], 'problem.scopeEmpty')

  const level = levelOf(kind)
  const takes = takesGoods(kind)
  const exclusive = takes ? form.exclusive : 'none'
  const excludes = [...(form.meetsOtherLevel || !takes ? [] : [level === 'ORDER' ? 'line' : 'order']), ...(form.meetsCoupons || level === 'EARN' ? [] : ['coupon'])]
  const limit = (field: 'perOrder' | 'perCustomer' | 'perDay' | 'stock', name: string): Definition => {
    if (form[field].trim() === '') return {}
    const count = parseCount(form[field])
    if (count === null) bad([field], 'problem.count')
    return { [name]: count }
  }
  const limits = { ...limit('perOrder', 'per_order'), ...limit('perCustomer', 'per_customer'), ...limit('perDay', 'per_day'), ...limit('stock', 'stock') }
  const budget = takesBudget(kind) && form.budget.trim() !== '' ? parseYuan(form.budget) : undefined
  if (budget === null || budget === 0) bad(['budget'], 'problem.yuan')
  const bearing = takesBearing(kind) ? readBearing(form.bearing, (field, key) => bad(field, key)) : []
  const seasons = takesBearing(kind) ? readSeasons(form.bearingSeasons ?? [], (field, key) => bad(field, key)) : []
  const least = form.minAmount.trim() === '' ? undefined : parseYuan(form.minAmount)
  if (least === null || least === 0) bad(['minAmount'], 'problem.yuan')
  if (problems.length > 0) return { definition: null, problems }
  const when = {
    ...(form.levels.length > 0 ? { level: form.levels } : {}),
    ...(form.customer === 'all' ? {} : { customer: [form.customer] }),
    ...(codesOf(form).length > 0 ? { customer_id: codesOf(form) } : {}),
    ...(form.birthday === 'any' ? {} : { tag: [form.birthday === 'month' ? 'birthday_month' : 'birthday'] }),
    ...(form.monthDays.length > 0 && form.monthDays.length < 31 ? { day_of_month: [...form.monthDays].sort((a, b) => a - b) } : {}),
    ...(least ? { min_amount: { fen: least } } : {}),
  }
  return {
    definition: {
      type: kind.name,
      ...content,
      ...(Object.keys(when).length > 0 ? { when } : {}),
      ...(kind.scoped ? { scope: scopeOf(form) } : {}),
      ...(form.ownGroup && takes && exclusive === 'none' ? { group: form.groupName } : {}),
      ...(exclusive === 'none' ? {} : { exclusive }),
      ...(excludes.length > 0 && exclusive === 'none' ? { excludes } : {}),
      ...(Object.keys(limits).length > 0 ? { limits } : {}),
      ...(budget ? { budget } : {}),
      ...(seasons.length > 0 ? { bearing: { shares: stored(bearing), seasons: seasons.map((season) => ({ ...season, shares: stored(season.shares) })) } } : bearing.length > 0 ? { bearing: stored(bearing) } : {}),
    },
    problems: [],
  }
}

type Check = (definition: Definition, figures: Figures, bad: (field: FieldPath, key: TextKey) => void) => void
/** What only this type can mean wrongly; all else is checked by the kind of field, and again by the server. */
const CHECKS: Partial<Record<string, Check>> = {
  nth_item: ({ n }, _, bad) => {
    if (n === 1) bad(['n'], 'problem.nth')
  },
  spend_gift: ({ tiers }, _, bad) =>
    (tiers as { gifts: unknown[]; choose?: number }[]).forEach(({ gifts, choose }, i) => {
      if ((choose ?? 0) > gifts.length) bad(['tiers', i, 'choose'], 'problem.chooseTooMany')
    }),
  add_on: ({ items }, figures, bad) => {
    const list = new Map(((figures.items ?? []) as PickedSku[]).map((row) => [row.sku, row.listFen]))
    if ((items as { sku: string; price: number }[]).some(({ sku, price }) => price >= (list.get(sku) ?? Infinity))) bad(['items'], 'problem.addOnNotLess')
  },
}

/**
 * Where the wizard shows a problem that the server found. Its path may be `offers[0].tiers[1].off`, `offers.0.tiers.1.off`
 * or with `input.` before it; null when no field concerns it alone.
 */
export function fieldOfProblem(path: string, kind: OfferKind): FieldPath | null {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== '' && step !== 'input' && step !== '$')
  const [first, second, ...rest] = steps
  if (first === 'name' || first === 'description' || first === 'channels' || first === 'regionPaths' || first === 'storeIds' || first === 'startsAt' || first === 'endsAt') return [first]
  const inner = first === 'offers' && second !== undefined && /^\d+$/.test(second) ? rest : first === 'offers' ? steps.slice(1) : steps
  const own = fieldAt(kind.form, inner, ['rule', kind.name])
  if (own) return own
  const [part, index] = inner
  switch (part) {
    case 'scope':
      // an exclusion is folded away, so its problem is said above
      return index !== undefined && ['categories', 'brands', 'tags', 'skus'].includes(index) ? ['some', index] : ['scopeKind']
    case 'when':
      return index === 'min_amount' ? ['minAmount'] : index === 'level' ? ['levels'] : index === 'customer_id' ? ['customers'] : index === 'day_of_month' ? ['monthDays'] : null
    case 'group':
      return ['ownGroup']
    case 'exclusive':
      return ['exclusive']
    case 'excludes':
      return ['meetsCoupons']
    case 'presale':
      return [index === 'final_from' ? 'finalFrom' : 'depositUntil']
    case 'budget':
      return first === 'offers' ? ['budget'] : null
    case 'bearing':
      return bearingField(inner.slice(1))
    case 'limits':
      return [index === 'per_customer' ? 'perCustomer' : index === 'per_day' ? 'perDay' : index === 'stock' ? 'stock' : 'perOrder']
    default:
      return null
  }
}

// ---- in words ----

export function ruleSentence(form: OfferForm, kind: OfferKind, t: T, currency: string): string | null {
  const { definition } = readOffer({ ...form, scopeKind: 'all' }, kind)
  return definition && sentenceOf(definition, kind, t, currency, namesOf(form))
}

/** The products that the figures of the type name, wherever they stand: a definition has their codes alone */
export function productsOf(form: Pick<OfferForm, 'type' | 'rule'>): PickedSku[] {
  const found: PickedSku[] = []
  const look = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(look)
    else if (typeof node === 'object' && node !== null) {
      if ('sku' in node && 'listFen' in node) found.push(node as PickedSku)
      else Object.values(node).forEach(look)
    }
  }
  look(form.rule[form.type])
  return found
}
export const namesOf = (form: Pick<OfferForm, 'type' | 'rule'>): Map<string, string> => new Map(productsOf(form).map(({ sku, name }) => [sku, name]))

/** A type without words of its own here: its name, then each figure behind its label */
function plainSentence(definition: Definition, kind: OfferKind, t: T, money: (fen: unknown) => string, named: (sku: string) => string): string {
  const value = (field: Field, held: unknown): string => {
    switch (field.kind) {
      case 'FEN':
        return money(held)
      case 'BP':
        return t('rule.zhe', { zhe: formatZhe(Number(held)), share: Number(held) / 100 })
      case 'TIMES':
        return `${formatTimes(Number(held))}×`
      case 'FLAG':
        return ''
      case 'SKU':
        return named(String(held))
      case 'TIERS':
      case 'ITEMS':
        return (held as Definition[]).map((row) => parts(field.of ?? [], row)).join(t('list.semicolon'))
      case 'GROUP':
        return parts(field.of ?? [], held as Definition)
      case 'SCOPE':
        return scopeWords(held, t)
      default:
        return `${String(held)}${t('language') === 'zh' ? field.unitZh : field.unitEn && ` ${field.unitEn}`}`
    }
  }
  const parts = (fields: readonly Field[], held: Definition): string =>
    fields.filter((field) => held[field.name] !== undefined).map((field) => `${labelOf(field, t)} ${value(field, held[field.name])}`.trim()).join(t('rule.join'))
  return parts(kind.form, definition)
}
export const labelOf = (it: { zh: string; en: string }, t: T): string => (t('language') === 'zh' ? it.zh : it.en.charAt(0).toUpperCase() + it.en.slice(1))

export function sentenceOf(definition: Definition, kind: OfferKind, t: T, currency: string, names: Map<string, string> = new Map()): string {
  // Yuan are said without a sign: 满200减30, 一口价9.9元. Any other money keeps its sign.
  const amount = (key: 'rule.plain' | 'rule.money', fen: unknown): string => {
    const text = formatFen(Number(fen), { short: true }).replace(/,/g, '')
    return currency === 'CNY' ? t(key, { amount: text, symbol: currencySymbol(currency) }) : currencySymbol(currency) + text
  }
  const money = (fen: unknown): string => amount('rule.money', fen)
  const plain = (fen: unknown): string => amount('rule.plain', fen)
  const zhe = (bp: unknown): string => (Number(bp) === 0 ? t('rule.free') : t('rule.zhe', { zhe: formatZhe(Number(bp)), share: Number(bp) / 100 }))
  const d = definition as { tiers?: Record<string, number>[]; every?: Record<string, number>; max_off?: number; pay_bp?: number; price?: number; off?: number }
  const more = definition as { n?: number; same_sku?: boolean; count?: number; repeat?: boolean; every?: boolean; min?: number; choose?: number; per_yuan?: number; times_bp?: number; items?: { sku: string; price: number }[] }
  const named = (sku: string): string => names.get(sku) ?? sku
  const repeat = more.repeat ? t('rule.repeat') : ''
  const capped = (key: TextKey): string => (d.max_off === undefined ? '' : t(key, { max: money(d.max_off) }))
  switch (definition.type) {
    case 'spend_off':
      if (d.every) return t('rule.every', { min: plain(d.every.min), off: plain(d.every.off) }) + (d.every.max_off ? t('rule.cap', { max: money(d.every.max_off) }) : '')
      return (d.tiers ?? []).map((tier) => t('rule.tier', { min: plain(tier.min), off: plain(tier.off) })).join(t('rule.join'))
    case 'spend_percent':
      return (
        (d.tiers ?? [])
          .map((tier) => (tier.count === undefined ? t('rule.percentTier', { min: plain(tier.min), zhe: zhe(tier.pay_bp) }) : t('rule.percentCount', { count: tier.count, zhe: zhe(tier.pay_bp) })))
          .join(t('rule.join')) + capped('rule.cap')
      )
    case 'percent_off':
      return zhe(d.pay_bp) + capped('rule.unitCap')
    case 'fixed_price':
      return t('rule.fixed', { price: money(d.price) })
    case 'amount_off':
      return t('rule.amountOff', { off: money(d.off) })
    case 'nth_item':
      return t(more.same_sku ? 'rule.nthSame' : 'rule.nth', { n: more.n!, zhe: d.pay_bp === 5000 ? t('rule.half') : zhe(d.pay_bp) })
    case 'pick_bundle':
      return t('rule.bundle', { price: money(d.price), count: more.count! }) + repeat
    case 'combo':
      return t('rule.combo', { items: (definition.items as { sku: string; qty: number }[]).map(({ sku, qty }) => named(sku) + (qty > 1 ? `×${qty}` : '')).join(t('rule.plus')), price: money(d.price) }) + repeat
    case 'buy_get': {
      const { buy, get } = definition as { buy: { count: number; scope?: unknown }; get: { count: number; pay_bp?: number; scope?: unknown } }
      const goods = [...(buy.scope ? [t('rule.buyWhat', { goods: scopeWords(buy.scope, t) })] : []), ...(get.scope ? [t('rule.getWhat', { goods: scopeWords(get.scope, t) })] : [])].join('')
      return (get.pay_bp ? t('rule.buyGetRate', { buy: buy.count, get: get.count, zhe: zhe(get.pay_bp) }) : t('rule.buyGet', { buy: buy.count, get: get.count })) + goods + repeat
    }
    case 'spend_gift':
      return (definition.tiers as { min?: number; count?: number; gifts: { sku: string; qty: number }[]; choose?: number }[])
        .map(({ min, count, gifts, choose }) => t(count === undefined ? 'rule.gift' : 'rule.giftCount', { min: plain(min ?? 0), count: count ?? 0, gifts: gifts.map(({ sku, qty }) => named(sku) + (qty > 1 ? `×${qty}` : '')).join(t('list.comma')) }) + (choose === undefined ? '' : t('rule.chooseOf', { count: gifts.length, choose })))
        .join(t('rule.join')) + (definition.quota === undefined ? '' : t('rule.giftQuota', { count: Number(definition.quota) }))
    case 'add_on':
      return t('rule.addOn', { min: plain(more.min), items: more.items!.map(({ sku, price }) => t('rule.addOnItem', { name: named(sku), price: money(price) })).join(t('list.comma')) }) + ((more.choose ?? 1) > 1 ? t('rule.addOnMost', { count: more.choose! }) : '')
    case 'shipping': {
      const what = d.off !== undefined ? t('rule.shippingOff', { off: money(d.off) }) : d.pay_bp !== undefined ? t('rule.shippingRate', { zhe: zhe(d.pay_bp) }) : t('rule.shippingFree')
      return (more.min ? t('rule.from', { min: plain(more.min) }) : '') + what
    }
    case 'earn_points':
      return (more.times_bp ? t('rule.pointsTimes', { times: formatTimes(more.times_bp) }) : t('rule.points', { count: more.per_yuan! })) + (definition.max_points === undefined ? '' : t(more.times_bp ? 'rule.mostMorePoints' : 'rule.mostPoints', { count: Number(definition.max_points) }))
    case 'earn_stamps':
      return t(more.every ? 'rule.stampsEvery' : 'rule.stamps', { min: plain(more.min), count: more.count! })
    case 'earn_red_packet':
      return t(more.every ? 'rule.packetEvery' : more.min ? 'rule.packet' : 'rule.packetAny', { min: plain(more.min ?? 0), fen: money(definition.fen) })
    default:
      return plainSentence(definition, kind, t, money, named)
  }
}

type ScopeWords = { all?: boolean; categories?: string[]; brands?: string[]; tags?: string[]; skus?: string[]; except?: ScopeWords }

export function scopeWords(scope: unknown, t: T): string {
  const parts = (some: ScopeWords): string[] => [
    ...(some.categories ? [t('scope.categories', { names: some.categories.join(t('list.comma')) })] : []),
    ...(some.brands ? [t('scope.brands', { names: some.brands.join(t('list.comma')) })] : []),
    ...(some.tags ? [t('scope.tags', { names: some.tags.join(t('list.comma')) })] : []),
    ...(some.skus ? [t('scope.skus', { count: some.skus.length })] : []),
  ]
  const held = (scope ?? { all: true }) as ScopeWords
  const words = held.all ? t('scope.all') : parts(held).join(t('list.semicolon')) || t('scope.none')
  return words + (held.except ? t('scope.except', { parts: parts(held.except).join(t('list.semicolon')) }) : '')
}

export function scopeOf(form: Pick<OfferForm, 'scopeKind' | 'some' | 'except'>): Definition {
  const except = someOf(form.except)
  return { ...(form.scopeKind === 'all' ? { all: true } : someOf(form.some)), ...(Object.keys(except).length > 0 ? { except } : {}) }
}

/** 对谁 in words; `names` calls levels by name */
export function whoWords(form: typeof EVERYBODY, t: T, names: Map<string, string>): string {
  const parts = [
    ...(form.levels.length > 0 ? [form.levels.map((id) => names.get(id) ?? id).join(t('list.comma'))] : []),
    ...(form.customer === 'all' ? [] : [t(form.customer === 'new' ? 'who.new' : 'who.returning')]),
    ...(codesOf(form).length > 0 ? [t('who.chosen', { count: codesOf(form).length })] : []),
    ...(form.birthday === 'any' ? [] : [t(form.birthday === 'month' ? 'who.month' : 'who.day')]),
    ...(form.monthDays.length > 0 && form.monthDays.length < 31 ? [t('who.onDays', { days: [...form.monthDays].sort((a, b) => a - b).map((day) => t('who.dayOf', { day })).join(t('list.comma')) })] : []),
    ...(form.minAmount.trim() === '' ? [] : [t('who.from', { min: form.minAmount.trim() })]),
  ]
  return parts.join(t('list.semicolon')) || t('who.all')
}

export function stackingSentences(form: OfferForm, kind: OfferKind, t: T): string[] {
  const level = levelOf(kind)
  if (level === 'EARN') return [t('stack.say.earn')]
  if (level === 'SHIPPING') return [t('stack.say.shipping'), t(form.meetsCoupons ? 'stack.say.withCoupons' : 'stack.say.notCoupons')]
  if (form.exclusive === 'cart') return [t('stack.say.cart')]
  if (form.exclusive === 'line') return [t('stack.say.line')]
  const line = level === 'LINE'
  if (level === 'GIFT') return [t(form.ownGroup ? 'stack.say.ownGift' : 'stack.say.groupGift'), t(form.meetsOtherLevel ? 'stack.say.withOrder' : 'stack.say.notOrder'), t(form.meetsCoupons ? 'stack.say.withCoupons' : 'stack.say.notCoupons')]
  return [
    t(form.ownGroup ? (line ? 'stack.say.ownLine' : 'stack.say.ownOrder') : line ? 'stack.say.groupLine' : 'stack.say.groupOrder'),
    t(form.meetsOtherLevel ? (line ? 'stack.say.withOrder' : 'stack.say.withLine') : line ? 'stack.say.notOrder' : 'stack.say.notLine'),
    t(form.meetsCoupons ? 'stack.say.withCoupons' : 'stack.say.notCoupons'),
  ]
}

// ---- worked examples, marked 示例 on the screen: this one offer alone, by the roundings of the pricing contract ----

/** `gives` is what is given that is no money off */
export type Example = { label: string; listFen: number; offFen: number; payFen: number; reached: boolean; gives?: string }

const share = (fen: number, bp: number): number => Number((BigInt(fen) * BigInt(bp)) / 10_000n)

/** `picked` are goods of the scope, `named` those that the figures name; a type that is not known by name has no examples. */
export function examplesOf(definition: Definition, t: T, picked: PickedSku[] = [], named: PickedSku[] = []): Example[] {
  const example = (label: string, listFen: number, offFen: number): Example => ({ label, listFen, offFen, payFen: listFen - offFen, reached: offFen > 0 })
  const d = definition as { tiers?: { min?: number; count?: number; off?: number; pay_bp?: number }[]; every?: { min: number; off: number; max_off?: number }; max_off?: number; pay_bp?: number; price?: number; off?: number }
  const cap = (off: number): number => Math.min(off, d.max_off ?? Number.MAX_SAFE_INTEGER)
  if (definition.type === 'spend_off' && d.every) {
    const { min, off, max_off = Number.MAX_SAFE_INTEGER } = d.every
    return [Math.max(min - 100, 1), min, min * 2, min * 3].map((base, n) => example(n === 0 ? t('example.short') : t('example.times', { n }), base, Math.min(Math.floor(base / min) * off, max_off)))
  }
  const more = definition as { n?: number; same_sku?: boolean; count?: number; repeat?: boolean; every?: boolean; min?: number; choose?: number; per_yuan?: number; buy?: { count: number; scope?: unknown }; get?: { count: number; pay_bp?: number; scope?: unknown }; items?: { sku: string; qty?: number }[] }
  const unit = picked[0]?.listFen ?? 3990
  const byUnits = (counts: number[], off: (units: number) => number): Example[] => [...new Set(counts)].filter((n) => n > 0).map((n) => example(t('example.units', { count: n }), unit * n, off(n)))
  const times = (units: number, size: number): number => (more.repeat ? Math.floor(units / size) : Math.min(1, Math.floor(units / size)))
  const gives = (label: string, base: number, min: number, what: string): Example => ({ ...example(label, base, 0), reached: base >= min, gives: what })
  const once = (min: number, what: string): Example[] => [gives(t('example.short'), Math.max(min - 100, 1), min, what), gives(t('example.reached'), min, min, what)]
  switch (definition.type) {
    case 'nth_item':
      return byUnits([more.n! - 1, more.n!, more.n! * 2], (units) => share(unit * Math.floor(units / more.n!), 10_000 - d.pay_bp!))
    case 'pick_bundle':
      return byUnits([more.count! - 1, more.count!, more.count! * 2], (units) => times(units, more.count!) * Math.max(0, unit * more.count! - d.price!))
    case 'buy_get': {
      // goods bought and got apart have prices of their own: no figures without them
      if (more.buy!.scope || more.get!.scope) return []
      const size = more.buy!.count + more.get!.count
      return byUnits([more.buy!.count, size, size * 2], (units) => share(times(units, size) * more.get!.count * unit, 10_000 - (more.get!.pay_bp ?? 0)))
    }
    case 'combo': {
      const prices = new Map(named.map((it) => [it.sku, it.listFen]))
      const full = more.items!.reduce((sum, { sku, qty }) => sum + (prices.get(sku) ?? 0) * (qty ?? 1), 0)
      return [example(t('example.set'), full, Math.max(0, full - d.price!))]
    }
    case 'spend_gift':
      return d.tiers![0]!.min === undefined ? byUnits([d.tiers![0]!.count! - 1, d.tiers![0]!.count!], () => 0).map((row, n, all) => ({ ...row, reached: n === all.length - 1, gives: t('example.gift') })) : once(d.tiers![0]!.min, t('example.gift'))
    case 'add_on':
      return once(more.min!, t('example.addOn'))
    case 'shipping': {
      const what = d.off !== undefined ? t('example.shippingOff', { off: formatFen(d.off, { short: true }) }) : d.pay_bp !== undefined ? t('example.shippingRate', { zhe: formatZhe(d.pay_bp) }) : t('example.freeShipping')
      return more.min ? once(more.min, what) : [gives(t('example.reached'), 5000, 0, what)]
    }
    case 'earn_stamps':
      if (!more.min) return [gives(t('example.reached'), 5000, 0, t('example.stamps', { count: more.count! }))]
      return [Math.max(more.min! - 100, 1), more.min!, more.min! * 2].map((base, n) => gives(n === 0 ? t('example.short') : t('example.times', { n }), base, more.min!, t('example.stamps', { count: (more.every ? Math.floor(base / more.min!) : 1) * more.count! })))
    case 'earn_points':
      if (more.per_yuan === undefined) return []
      return [1000, 5050, 10_000].map((base) => gives(t('example.spend'), base, 0, t('example.points', { count: Math.min(Math.floor(base / 100) * more.per_yuan!, Number(definition.max_points ?? Infinity)) })))
  }
  if (definition.type === 'spend_off' || definition.type === 'spend_percent') {
    const tiers = d.tiers ?? []
    const off = (base: number, units: number): number => {
      const tier = tiers.filter((it) => (it.count === undefined ? (it.min ?? 0) <= base : it.count <= units)).at(-1)
      if (!tier) return 0
      return tier.off ?? cap(share(base, 10_000 - (tier.pay_bp ?? 10_000)))
    }
    if (tiers[0]?.count !== undefined) {
      const unit = picked[0]?.listFen ?? 2990
      return [tiers[0].count - 1, ...tiers.map((tier) => tier.count!)].filter((n) => n > 0).map((n) => example(t('example.units', { count: n }), unit * n, off(unit * n, n)))
    }
    const bases = [Math.max((tiers[0]?.min ?? 100) - 100, 1), ...tiers.map((tier) => tier.min!)]
    return bases.map((base, n) => example(n === 0 ? t('example.short') : t('example.tier', { n }), base, off(base, 0)))
  }
  if (definition.type !== 'percent_off' && definition.type !== 'fixed_price' && definition.type !== 'amount_off') return []
  const units = picked.length > 0 ? picked.slice(0, 3).map((it) => ({ label: it.name, price: it.listFen })) : [1990, 3990, 12_800].map((price) => ({ label: t('example.unit'), price }))
  return units.map(({ label, price }) => {
    const off =
      definition.type === 'percent_off' ? cap(share(price, 10_000 - d.pay_bp!)) : definition.type === 'fixed_price' ? Math.max(0, price - d.price!) : Math.min(price, d.off!)
    return example(label, price, off)
  })
}
