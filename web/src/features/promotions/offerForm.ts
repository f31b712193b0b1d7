// What the wizard holds (texts as typed) and the offer definition that it means (docs/pricing.md). Pure: no React, no clock.
import type { T, TextKey } from '../../lib/i18n'
import { currencySymbol, formatFen, formatZhe, parseCount, parseYuan, parseZhe, tidyNumber } from '../../lib/money'

export const PLAYS = ['spend_tiers', 'spend_every', 'spend_percent', 'percent_off', 'fixed_price', 'amount_off', 'nth_item', 'pick_bundle', 'buy_get', 'spend_gift', 'add_on', 'shipping', 'earn_points', 'earn_stamps'] as const
export type Play = (typeof PLAYS)[number]
export type PickedSku = { sku: string; name: string; emoji: string; imageHue: number; listFen: number }

/** Products with a figure of their own: how many are given, or for how much */
export type PickedGift = PickedSku & { qty: string }
export type PickedAddOn = PickedSku & { price: string }

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
  nth: { n: string; zhe: string; sameSku: boolean }
  bundle: { count: string; price: string; repeat: boolean }
  buyGet: { buy: string; get: string; repeat: boolean }
  gift: { min: string; gifts: PickedGift[]; choose: string }
  addOn: { min: string; items: PickedAddOn[]; choose: string }
  shippingMin: string
  perYuan: string
  stamps: { min: string; count: string; every: boolean }
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
  nth: { n: '2', zhe: '', sameSku: false },
  bundle: { count: '', price: '', repeat: true },
  buyGet: { buy: '', get: '1', repeat: true },
  gift: { min: '', gifts: [], choose: '' },
  addOn: { min: '', items: [], choose: '1' },
  shippingMin: '',
  perYuan: '1',
  stamps: { min: '', count: '1', every: true },
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

export type PlayLevel = 'LINE' | 'ORDER' | 'GIFT' | 'SHIPPING' | 'EARN'
const LEVELS: Partial<Record<Play, PlayLevel>> = { percent_off: 'LINE', fixed_price: 'LINE', amount_off: 'LINE', spend_gift: 'GIFT', add_on: 'GIFT', shipping: 'SHIPPING', earn_points: 'EARN', earn_stamps: 'EARN' }
export const levelOf = (play: Play): PlayLevel => LEVELS[play] ?? 'ORDER'

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
  const optionalCount = (field: FieldPath, text: string, name: string): Definition => (text.trim() === '' ? {} : { [name]: count(field, text) })
  const flag = (name: string, on: boolean): Definition => (on ? { [name]: true } : {})
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
      case 'nth_item': {
        const n = count(['nth', 'n'], form.nth.n)
        if (n === 1) bad(['nth', 'n'], 'problem.nth')
        const free = tidyNumber(form.nth.zhe) === '0'
        return { type: 'nth_item', n, pay_bp: free ? 0 : zhe(['nth', 'zhe'], form.nth.zhe), ...flag('same_sku', form.nth.sameSku) }
      }
      case 'pick_bundle':
        return { type: 'pick_bundle', count: count(['bundle', 'count'], form.bundle.count), price: yuan(['bundle', 'price'], form.bundle.price), ...flag('repeat', form.bundle.repeat) }
      case 'buy_get':
        return { type: 'buy_get', buy: { count: count(['buyGet', 'buy'], form.buyGet.buy) }, get: { count: count(['buyGet', 'get'], form.buyGet.get), pay_bp: 0 }, ...flag('repeat', form.buyGet.repeat) }
      case 'spend_gift': {
        const { gifts } = form.gift
        if (gifts.length === 0) bad(['gift', 'gifts'], 'problem.giftsEmpty')
        const choose = optionalCount(['gift', 'choose'], form.gift.choose, 'choose')
        if (gifts.length > 0 && Number(choose.choose ?? 0) > gifts.length) bad(['gift', 'choose'], 'problem.chooseTooMany')
        return { type: 'spend_gift', tiers: [{ min: yuan(['gift', 'min'], form.gift.min), gifts: gifts.map(({ sku, qty }) => ({ sku, qty: count(['gift', 'gifts'], qty) })), ...choose }] }
      }
      case 'add_on': {
        const { items } = form.addOn
        if (items.length === 0) bad(['addOn', 'items'], 'problem.itemsEmpty')
        return {
          type: 'add_on',
          min: yuan(['addOn', 'min'], form.addOn.min),
          items: items.map(({ sku, listFen, price }) => {
            const fen = yuan(['addOn', 'items'], price, true)
            if (fen >= listFen) bad(['addOn', 'items'], 'problem.addOnNotLess')
            return { sku, price: fen }
          }),
          choose: count(['addOn', 'choose'], form.addOn.choose),
        }
      }
      case 'shipping':
        return { type: 'shipping', min: yuan(['shippingMin'], form.shippingMin), free: true }
      case 'earn_points':
        return { type: 'earn_points', per_yuan: count(['perYuan'], form.perYuan) }
      case 'earn_stamps':
        return { type: 'earn_stamps', min: yuan(['stamps', 'min'], form.stamps.min), count: count(['stamps', 'count'], form.stamps.count), ...flag('every', form.stamps.every) }
    }
  })()

  const scope = scopeOf(form)
  if (form.scopeKind === 'some' && Object.keys(someOf(form.some)).length === 0) bad(['scopeKind'], 'problem.scopeEmpty')

  const level = levelOf(form.play)
  // Shipping takes no goods, and what is earned stands beside everything: both have nothing to stack
  const takes = level !== 'SHIPPING' && level !== 'EARN'
  const exclusive = takes ? form.exclusive : 'none'
  const excludes = [...(form.meetsOtherLevel || !takes ? [] : [level === 'ORDER' ? 'line' : 'order']), ...(form.meetsCoupons || level === 'EARN' ? [] : ['coupon'])]
  const limits = {
    ...(form.perOrder.trim() === '' ? {} : { per_order: count(['perOrder'], form.perOrder) }),
    ...(form.perCustomer.trim() === '' ? {} : { per_customer: count(['perCustomer'], form.perCustomer) }),
  }
  if (problems.length > 0) return { definition: null, problems }
  return {
    definition: {
      ...content,
      scope,
      ...(form.ownGroup && takes && exclusive === 'none' ? { group: form.groupName } : {}),
      ...(exclusive === 'none' ? {} : { exclusive }),
      ...(excludes.length > 0 && exclusive === 'none' ? { excludes } : {}),
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
      if (play === 'spend_gift') return ['gift', leaf === 'gifts' || leaf === 'choose' ? leaf : 'min']
      const list = play === 'spend_percent' ? 'percentTiers' : 'tiers'
      const names: Record<string, string> = play === 'spend_percent' ? { min: 'threshold', count: 'threshold', pay_bp: 'zhe' } : { min: 'min', off: 'off' }
      const name = names[leaf ?? ''] ?? (play === 'spend_percent' ? 'threshold' : 'min')
      return [list, Number(index ?? 0), name]
    }
    case 'every':
      if (play === 'earn_stamps') return ['stamps', 'every']
      return ['every', index === 'off' ? 'off' : index === 'max_off' ? 'maxOff' : 'min']
    case 'pay_bp':
      return play === 'nth_item' ? ['nth', 'zhe'] : ['zhe']
    case 'max_off':
      return play === 'spend_percent' ? ['percentMaxOff'] : ['unitMaxOff']
    case 'price':
      return play === 'pick_bundle' ? ['bundle', 'price'] : ['price']
    case 'n':
      return ['nth', 'n']
    case 'same_sku':
      return ['nth', 'sameSku']
    case 'count':
      return play === 'earn_stamps' ? ['stamps', 'count'] : ['bundle', 'count']
    case 'repeat':
      return play === 'buy_get' ? ['buyGet', 'repeat'] : ['bundle', 'repeat']
    case 'buy':
    case 'get':
      return ['buyGet', part]
    case 'items':
    case 'choose':
      return ['addOn', part]
    case 'min':
      return play === 'add_on' ? ['addOn', 'min'] : play === 'earn_stamps' ? ['stamps', 'min'] : ['shippingMin']
    case 'free':
      return ['shippingMin']
    case 'per_yuan':
      return ['perYuan']
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
  return definition && sentenceOf(definition, t, currency, namesOf(form))
}

/** What gifts and add-ons are called; a definition has their codes alone */
export const namesOf = (form: Pick<OfferForm, 'gift' | 'addOn'>): Map<string, string> => new Map([...form.gift.gifts, ...form.addOn.items].map(({ sku, name }) => [sku, name]))

export function sentenceOf(definition: Definition, t: T, currency: string, names: Map<string, string> = new Map()): string {
  // Yuan are said without a sign: 满200减30, 一口价9.9元. Any other money keeps its sign.
  const amount = (key: 'rule.plain' | 'rule.money', fen: unknown): string => {
    const text = formatFen(Number(fen), { short: true }).replace(/,/g, '')
    return currency === 'CNY' ? t(key, { amount: text, symbol: currencySymbol(currency) }) : currencySymbol(currency) + text
  }
  const money = (fen: unknown): string => amount('rule.money', fen)
  const plain = (fen: unknown): string => amount('rule.plain', fen)
  const zhe = (bp: unknown): string => (Number(bp) === 0 ? t('rule.free') : t('rule.zhe', { zhe: formatZhe(Number(bp)), share: Number(bp) / 100 }))
  const d = definition as { tiers?: Record<string, number>[]; every?: Record<string, number>; max_off?: number; pay_bp?: number; price?: number; off?: number }
  const more = definition as { n?: number; same_sku?: boolean; count?: number; repeat?: boolean; every?: boolean; min?: number; choose?: number; per_yuan?: number; buy?: { count: number }; get?: { count: number }; items?: { sku: string; price: number }[] }
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
    case 'buy_get':
      return t('rule.buyGet', { buy: more.buy!.count, get: more.get!.count }) + repeat
    case 'spend_gift':
      return (definition.tiers as { min: number; gifts: { sku: string; qty: number }[]; choose?: number }[])
        .map(({ min, gifts, choose }) => t('rule.gift', { min: plain(min), gifts: gifts.map(({ sku, qty }) => named(sku) + (qty > 1 ? `×${qty}` : '')).join(t('list.comma')) }) + (choose === undefined ? '' : t('rule.chooseOf', { count: gifts.length, choose })))
        .join(t('rule.join'))
    case 'add_on':
      return t('rule.addOn', { min: plain(more.min), items: more.items!.map(({ sku, price }) => t('rule.addOnItem', { name: named(sku), price: money(price) })).join(t('list.comma')) }) + ((more.choose ?? 1) > 1 ? t('rule.addOnMost', { count: more.choose! }) : '')
    case 'shipping':
      return t('rule.freeShipping', { min: plain(more.min) })
    case 'earn_points':
      return t('rule.points', { count: more.per_yuan! })
    case 'earn_stamps':
      return t(more.every ? 'rule.stampsEvery' : 'rule.stamps', { min: plain(more.min), count: more.count! })
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
  const level = levelOf(form.play)
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

export function examplesOf(definition: Definition, t: T, picked: PickedSku[] = []): Example[] {
  const example = (label: string, listFen: number, offFen: number): Example => ({ label, listFen, offFen, payFen: listFen - offFen, reached: offFen > 0 })
  const d = definition as { tiers?: { min?: number; count?: number; off?: number; pay_bp?: number }[]; every?: { min: number; off: number; max_off?: number }; max_off?: number; pay_bp?: number; price?: number; off?: number }
  const cap = (off: number): number => Math.min(off, d.max_off ?? Number.MAX_SAFE_INTEGER)
  if (definition.type === 'spend_off' && d.every) {
    const { min, off, max_off = Number.MAX_SAFE_INTEGER } = d.every
    return [Math.max(min - 100, 1), min, min * 2, min * 3].map((base, n) => example(n === 0 ? t('example.short') : t('example.times', { n }), base, Math.min(Math.floor(base / min) * off, max_off)))
  }
  const more = definition as { n?: number; same_sku?: boolean; count?: number; repeat?: boolean; every?: boolean; min?: number; choose?: number; per_yuan?: number; buy?: { count: number }; get?: { count: number }; items?: { price: number }[] }
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
      const size = more.buy!.count + more.get!.count
      return byUnits([more.buy!.count, size, size * 2], (units) => times(units, size) * more.get!.count * unit)
    }
    case 'spend_gift':
      return once(d.tiers![0]!.min!, t('example.gift'))
    case 'add_on':
      return once(more.min!, t('example.addOn'))
    case 'shipping':
      return once(more.min!, t('example.freeShipping'))
    case 'earn_stamps':
      return [Math.max(more.min! - 100, 1), more.min!, more.min! * 2].map((base, n) => gives(n === 0 ? t('example.short') : t('example.times', { n }), base, more.min!, t('example.stamps', { count: (more.every ? Math.floor(base / more.min!) : 1) * more.count! })))
    case 'earn_points':
      return [1000, 5050, 10_000].map((base) => gives(t('example.spend'), base, 0, t('example.points', { count: Math.floor(base / 100) * more.per_yuan! })))
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
