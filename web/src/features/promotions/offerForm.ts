// What the wizard holds (texts as typed) and the offer definition that it means (docs/pricing.md). Pure: no React, no clock.
import type { T, TextKey } from '../../lib/i18n'
import { currencySymbol, formatFen, formatZhe, parseCount, parseYuan, parseZhe } from '../../lib/money'

export const PLAYS = ['spend_tiers', 'spend_every', 'spend_percent', 'percent_off', 'fixed_price', 'amount_off'] as const
export type Play = (typeof PLAYS)[number]
export type PickedSku = { sku: string; name: string; emoji: string; imageHue: number; listFen: number }

export type Some = { categories: string[]; brands: string[]; tags: string[]; skus: PickedSku[] }
export type OfferForm = {
  play: Play
  tiers: { min: string; off: string }[]
  every: { min: string; off: string; maxOff: string }
  percentBasis: 'min' | 'count'
  percentTiers: { threshold: string; zhe: string }[]
  percentMaxOff: string
  zhe: string
  unitMaxOff: string
  price: string
  off: string
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
}

const nothing = (): Some => ({ categories: [], brands: [], tags: [], skus: [] })
export const emptyOfferForm = (play: Play, groupName: string): OfferForm => ({
  play,
  tiers: [{ min: '', off: '' }],
  every: { min: '', off: '', maxOff: '' },
  percentBasis: 'min',
  percentTiers: [{ threshold: '', zhe: '' }],
  percentMaxOff: '',
  zhe: '',
  unitMaxOff: '',
  price: '',
  off: '',
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
})

/** What the form library reports lacks the fields that are not on the screen; here they have the values they were opened with. */
export function complete<V extends { some: Some; except: Some }>(opened: V, reported: Partial<V> | undefined): V {
  return { ...opened, ...reported, some: { ...opened.some, ...reported?.some }, except: { ...opened.except, ...reported?.except } }
}

export const levelOf = (play: Play): 'LINE' | 'ORDER' => (play === 'percent_off' || play === 'fixed_price' || play === 'amount_off' ? 'LINE' : 'ORDER')

export type FieldPath = (string | number)[]
export type FieldProblem = { field: FieldPath; key: TextKey }
export type Definition = Record<string, unknown>
export type Reading = { definition: Definition; problems: [] } | { definition: null; problems: FieldProblem[] }

export function readOffer(form: OfferForm): Reading {
  const problems: FieldProblem[] = []
  const bad = (field: FieldPath, key: TextKey): 0 => {
    problems.push({ field, key })
    return 0
  }
  const yuan = (field: FieldPath, text: string, zeroAllowed = false): number => {
    const fen = parseYuan(text)
    if (fen === null) return bad(field, text.trim() === '' ? 'problem.required' : 'problem.yuan')
    return fen === 0 && !zeroAllowed ? bad(field, 'problem.positive') : fen
  }
  const zhe = (field: FieldPath, text: string): number => parseZhe(text) ?? bad(field, text.trim() === '' ? 'problem.required' : 'problem.zhe')
  const count = (field: FieldPath, text: string): number => parseCount(text) ?? bad(field, text.trim() === '' ? 'problem.required' : 'problem.count')
  const optional = (field: FieldPath, text: string, name: string): Definition => (text.trim() === '' ? {} : { [name]: yuan(field, text) })

  const content = ((): Definition => {
    switch (form.play) {
      case 'spend_tiers': {
        const tiers = form.tiers.map((tier, i) => ({ min: yuan(['tiers', i, 'min'], tier.min), off: yuan(['tiers', i, 'off'], tier.off) }))
        tiers.forEach((tier, i) => {
          const before = tiers[i - 1]
          if (problems.length > 0) return
          if (tier.off > tier.min) bad(['tiers', i, 'off'], 'problem.offAboveMin')
          if (before && tier.min <= before.min) bad(['tiers', i, 'min'], 'problem.minRises')
          else if (before && tier.off <= before.off) bad(['tiers', i, 'off'], 'problem.offRises')
        })
        return { type: 'spend_off', tiers }
      }
      case 'spend_every': {
        const every = { min: yuan(['every', 'min'], form.every.min), off: yuan(['every', 'off'], form.every.off), ...optional(['every', 'maxOff'], form.every.maxOff, 'max_off') }
        if (problems.length === 0 && every.off > every.min) bad(['every', 'off'], 'problem.offAboveMin')
        return { type: 'spend_off', every }
      }
      case 'spend_percent': {
        const basis = form.percentBasis
        const tiers = form.percentTiers.map((tier, i) => ({
          [basis]: basis === 'min' ? yuan(['percentTiers', i, 'threshold'], tier.threshold) : count(['percentTiers', i, 'threshold'], tier.threshold),
          pay_bp: zhe(['percentTiers', i, 'zhe'], tier.zhe),
        }))
        tiers.forEach((tier, i) => {
          const before = tiers[i - 1]
          if (problems.length > 0 || !before) return
          if (tier[basis]! <= before[basis]!) bad(['percentTiers', i, 'threshold'], 'problem.minRises')
          else if (tier.pay_bp! >= before.pay_bp!) bad(['percentTiers', i, 'zhe'], 'problem.zheFalls')
        })
        return { type: 'spend_percent', tiers, ...optional(['percentMaxOff'], form.percentMaxOff, 'max_off') }
      }
      case 'percent_off':
        return { type: 'percent_off', pay_bp: zhe(['zhe'], form.zhe), ...optional(['unitMaxOff'], form.unitMaxOff, 'max_off') }
      case 'fixed_price':
        return { type: 'fixed_price', price: yuan(['price'], form.price, true) }
      case 'amount_off':
        return { type: 'amount_off', off: yuan(['off'], form.off) }
    }
  })()

  const scope = scopeOf(form)
  if (form.scopeKind === 'some' && Object.keys(someOf(form.some)).length === 0) bad(['scopeKind'], 'problem.scopeEmpty')

  const level = levelOf(form.play)
  const excludes = [...(form.meetsOtherLevel ? [] : [level === 'LINE' ? 'order' : 'line']), ...(form.meetsCoupons ? [] : ['coupon'])]
  const limits = {
    ...(form.perOrder.trim() === '' ? {} : { per_order: count(['perOrder'], form.perOrder) }),
    ...(form.perCustomer.trim() === '' ? {} : { per_customer: count(['perCustomer'], form.perCustomer) }),
  }
  if (problems.length > 0) return { definition: null, problems }
  return {
    definition: {
      ...content,
      scope,
      ...(form.ownGroup && form.exclusive === 'none' ? { group: form.groupName } : {}),
      ...(form.exclusive === 'none' ? {} : { exclusive: form.exclusive }),
      ...(excludes.length > 0 && form.exclusive === 'none' ? { excludes } : {}),
      ...(Object.keys(limits).length > 0 ? { limits } : {}),
    },
    problems: [],
  }
}

function someOf(some: Some): Definition {
  return {
    ...(some.skus.length > 0 ? { skus: some.skus.map((picked) => picked.sku) } : {}),
    ...(some.categories.length > 0 ? { categories: some.categories } : {}),
    ...(some.brands.length > 0 ? { brands: some.brands } : {}),
    ...(some.tags.length > 0 ? { tags: some.tags } : {}),
  }
}

/**
 * Where the wizard shows a problem that the server found. Its path may be `offers[0].tiers[1].off`, `offers.0.tiers.1.off`
 * or with `input.` before it; null when no field concerns it alone.
 */
export function fieldOfProblem(path: string, play: Play): FieldPath | null {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== '' && step !== 'input' && step !== '$')
  const [first, second, ...rest] = steps
  if (first === 'name' || first === 'description' || first === 'channels' || first === 'regionPaths' || first === 'storeIds' || first === 'startsAt' || first === 'endsAt') return [first]
  const inner = first === 'offers' && second !== undefined && /^\d+$/.test(second) ? rest : first === 'offers' ? steps.slice(1) : steps
  const [part, index, leaf] = inner
  switch (part) {
    case 'tiers': {
      const list = play === 'spend_percent' ? 'percentTiers' : 'tiers'
      const names: Record<string, string> = play === 'spend_percent' ? { min: 'threshold', count: 'threshold', pay_bp: 'zhe' } : { min: 'min', off: 'off' }
      const name = names[leaf ?? ''] ?? (play === 'spend_percent' ? 'threshold' : 'min')
      return [list, Number(index ?? 0), name]
    }
    case 'every':
      return ['every', index === 'off' ? 'off' : index === 'max_off' ? 'maxOff' : 'min']
    case 'pay_bp':
      return ['zhe']
    case 'max_off':
      return play === 'spend_percent' ? ['percentMaxOff'] : ['unitMaxOff']
    case 'price':
      return ['price']
    case 'off':
      return ['off']
    case 'scope':
      // an exclusion is folded away, so its problem is said above
      return index !== undefined && ['categories', 'brands', 'tags', 'skus'].includes(index) ? ['some', index] : ['scopeKind']
    case 'group':
      return ['ownGroup']
    case 'exclusive':
      return ['exclusive']
    case 'excludes':
      return ['meetsCoupons']
    case 'limits':
      return [index === 'per_customer' ? 'perCustomer' : 'perOrder']
    default:
      return null
  }
}

// ---- in words ----

export function ruleSentence(form: OfferForm, t: T, currency: string): string | null {
  const { definition } = readOffer({ ...form, scopeKind: 'all' })
  return definition && sentenceOf(definition, t, currency)
}

export function sentenceOf(definition: Definition, t: T, currency: string): string {
  // Yuan are said without a sign: 满200减30, 一口价9.9元. Any other money keeps its sign.
  const amount = (key: 'rule.plain' | 'rule.money', fen: unknown): string => {
    const text = formatFen(Number(fen), { short: true }).replace(/,/g, '')
    return currency === 'CNY' ? t(key, { amount: text, symbol: currencySymbol(currency) }) : currencySymbol(currency) + text
  }
  const money = (fen: unknown): string => amount('rule.money', fen)
  const plain = (fen: unknown): string => amount('rule.plain', fen)
  const zhe = (bp: unknown): string => (Number(bp) === 0 ? t('rule.free') : t('rule.zhe', { zhe: formatZhe(Number(bp)), share: Number(bp) / 100 }))
  const d = definition as { tiers?: Record<string, number>[]; every?: Record<string, number>; max_off?: number; pay_bp?: number; price?: number; off?: number }
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
    default:
      return String(definition.type)
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

export function stackingSentences(form: OfferForm, t: T): string[] {
  if (form.exclusive === 'cart') return [t('stack.say.cart')]
  if (form.exclusive === 'line') return [t('stack.say.line')]
  const line = levelOf(form.play) === 'LINE'
  return [
    t(form.ownGroup ? (line ? 'stack.say.ownLine' : 'stack.say.ownOrder') : line ? 'stack.say.groupLine' : 'stack.say.groupOrder'),
    t(form.meetsOtherLevel ? (line ? 'stack.say.withOrder' : 'stack.say.withLine') : line ? 'stack.say.notOrder' : 'stack.say.notLine'),
    t(form.meetsCoupons ? 'stack.say.withCoupons' : 'stack.say.notCoupons'),
  ]
}

// ---- worked examples, marked 示例 on the screen: this one offer alone, by the roundings of the pricing contract ----

export type Example = { label: string; listFen: number; offFen: number; payFen: number; reached: boolean }

const share = (fen: number, bp: number): number => Number((BigInt(fen) * BigInt(bp)) / 10_000n)

export function examplesOf(definition: Definition, t: T, picked: PickedSku[] = []): Example[] {
  const example = (label: string, listFen: number, offFen: number): Example => ({ label, listFen, offFen, payFen: listFen - offFen, reached: offFen > 0 })
  const d = definition as { tiers?: { min?: number; count?: number; off?: number; pay_bp?: number }[]; every?: { min: number; off: number; max_off?: number }; max_off?: number; pay_bp?: number; price?: number; off?: number }
  const cap = (off: number): number => Math.min(off, d.max_off ?? Number.MAX_SAFE_INTEGER)
  if (definition.type === 'spend_off' && d.every) {
    const { min, off, max_off = Number.MAX_SAFE_INTEGER } = d.every
    return [Math.max(min - 100, 1), min, min * 2, min * 3].map((base, n) => example(n === 0 ? t('example.short') : t('example.times', { n }), base, Math.min(Math.floor(base / min) * off, max_off)))
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
  const units = picked.length > 0 ? picked.slice(0, 3).map((it) => ({ label: it.name, price: it.listFen })) : [1990, 3990, 12_800].map((price) => ({ label: t('example.unit'), price }))
  return units.map(({ label, price }) => {
    const off =
      definition.type === 'percent_off' ? cap(share(price, 10_000 - d.pay_bp!)) : definition.type === 'fixed_price' ? Math.max(0, price - d.price!) : Math.min(price, d.off!)
    return example(label, price, off)
  })
}
