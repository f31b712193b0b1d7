import { describe, expect, it } from 'vitest'
import { emptyOfferForm, examplesOf, fieldOfProblem, type OfferForm, type Play, readOffer, ruleSentence, scopeWords } from '../src/features/promotions/offerForm'
import { fieldOfDropProblem, readDrop } from '../src/features/coupons/dropForm'
import { translator } from '../src/lib/i18n'

const zh = translator('zh')
const form = (play: Play, more: Partial<OfferForm> = {}): OfferForm => ({ ...emptyOfferForm(play, 'g-1'), ...more })
const definition = (play: Play, more: Partial<OfferForm>) => readOffer(form(play, more)).definition
const problems = (play: Play, more: Partial<OfferForm>) => readOffer(form(play, more)).problems.map(({ field, key }) => `${field.join('.')} ${key}`)
const sku = (code: string) => ({ sku: code, name: code, emoji: '', imageHue: 0, listFen: 3990 })

describe('the definition that a form means', () => {
  it('满减 in tiers', () => {
    expect(definition('spend_tiers', { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30.5' }] })).toEqual({ type: 'spend_off', tiers: [{ min: 10000, off: 1000 }, { min: 20000, off: 3050 }], scope: { all: true } })
  })
  it('每满', () => {
    expect(definition('spend_every', { every: { min: '199', off: '20', maxOff: '' } })).toEqual({ type: 'spend_off', every: { min: 19900, off: 2000 }, scope: { all: true } })
    expect(definition('spend_every', { every: { min: '199', off: '20', maxOff: '100' } })).toMatchObject({ every: { max_off: 10000 } })
  })
  it('满折 by amount and by count', () => {
    expect(definition('spend_percent', { percentTiers: [{ threshold: '88', zhe: '8.8' }], percentMaxOff: '50' })).toEqual({ type: 'spend_percent', tiers: [{ min: 8800, pay_bp: 8800 }], max_off: 5000, scope: { all: true } })
    expect(definition('spend_percent', { percentBasis: 'count', percentTiers: [{ threshold: '2', zhe: '9' }, { threshold: '3', zhe: '85' }] })).toMatchObject({ tiers: [{ count: 2, pay_bp: 9000 }, { count: 3, pay_bp: 8500 }] })
  })
  it('折扣, 一口价, 直降', () => {
    expect(definition('percent_off', { zhe: '8.5', unitMaxOff: '10' })).toEqual({ type: 'percent_off', pay_bp: 8500, max_off: 1000, scope: { all: true } })
    expect(definition('fixed_price', { price: '9.9' })).toEqual({ type: 'fixed_price', price: 990, scope: { all: true } })
    expect(definition('fixed_price', { price: '0' })).toMatchObject({ price: 0 })
    expect(definition('amount_off', { off: '5' })).toEqual({ type: 'amount_off', off: 500, scope: { all: true } })
  })
  it('第N件M折, N元M件, 买M赠N', () => {
    expect(definition('nth_item', { nth: { n: '2', zhe: '5', sameSku: true } })).toEqual({ type: 'nth_item', n: 2, pay_bp: 5000, same_sku: true, scope: { all: true } })
    expect(definition('nth_item', { nth: { n: '3', zhe: '0', sameSku: false } })).toEqual({ type: 'nth_item', n: 3, pay_bp: 0, scope: { all: true } })
    expect(definition('pick_bundle', { bundle: { count: '3', price: '99', repeat: true } })).toEqual({ type: 'pick_bundle', count: 3, price: 9900, repeat: true, scope: { all: true } })
    expect(definition('buy_get', { buyGet: { buy: '2', get: '1', repeat: false } })).toEqual({ type: 'buy_get', buy: { count: 2 }, get: { count: 1, pay_bp: 0 }, scope: { all: true } })
  })
  it('满赠, 加价购', () => {
    const gifts = [{ ...sku('G1'), qty: '1' }, { ...sku('G2'), qty: '2' }]
    expect(definition('spend_gift', { gift: { min: '99', gifts, choose: '' } })).toEqual({ type: 'spend_gift', tiers: [{ min: 9900, gifts: [{ sku: 'G1', qty: 1 }, { sku: 'G2', qty: 2 }] }], scope: { all: true } })
    expect(definition('spend_gift', { gift: { min: '99', gifts, choose: '1' } })).toMatchObject({ tiers: [{ choose: 1 }] })
    expect(definition('add_on', { addOn: { min: '59.9', items: [{ ...sku('A'), price: '1' }, { ...sku('B'), price: '0' }], choose: '2' } })).toEqual({ type: 'add_on', min: 5990, items: [{ sku: 'A', price: 100 }, { sku: 'B', price: 0 }], choose: 2, scope: { all: true } })
    expect(definition('spend_gift', { gift: { min: '99', gifts, choose: '' }, meetsOtherLevel: false, meetsCoupons: false })).toMatchObject({ excludes: ['order', 'coupon'] })
  })
  it('包邮, 积分, 集点: nothing of theirs stacks', () => {
    const odd = { ownGroup: true, exclusive: 'cart', meetsOtherLevel: false, meetsCoupons: false } as const
    expect(definition('shipping', { shippingMin: '59', ...odd })).toEqual({ type: 'shipping', min: 5900, free: true, scope: { all: true }, excludes: ['coupon'] })
    expect(definition('earn_points', { perYuan: '2', ...odd })).toEqual({ type: 'earn_points', per_yuan: 2, scope: { all: true } })
    expect(definition('earn_stamps', { stamps: { min: '50', count: '1', every: true }, ...odd })).toEqual({ type: 'earn_stamps', min: 5000, count: 1, every: true, scope: { all: true } })
  })
  it('scope with exclusions', () => {
    const some = { categories: ['丸滑'], brands: [], tags: ['火锅'], skus: [sku('A'), sku('B')] }
    const except = { categories: [], brands: ['渝味'], tags: [], skus: [] }
    const scope = definition('amount_off', { off: '5', scopeKind: 'some', some, except })?.scope
    expect(scope).toEqual({ categories: ['丸滑'], tags: ['火锅'], skus: ['A', 'B'], except: { brands: ['渝味'] } })
    expect(scopeWords(scope, zh)).toBe('分类 丸滑\uff1b标签 火锅\uff1b指定 2 个商品\uff08不含 品牌 渝味\uff09')
    expect(definition('amount_off', { off: '5', except })?.scope).toEqual({ all: true, except: { brands: ['渝味'] } })
  })
  it('stacking in the words of the contract', () => {
    const tiers = [{ min: '100', off: '10' }]
    expect(definition('spend_tiers', { tiers, meetsCoupons: false, meetsOtherLevel: false })).toMatchObject({ excludes: ['line', 'coupon'] })
    expect(definition('percent_off', { zhe: '9', meetsOtherLevel: false })).toMatchObject({ excludes: ['order'] })
    expect(definition('spend_tiers', { tiers, ownGroup: true })).toMatchObject({ group: 'g-1' })
    const alone = definition('spend_tiers', { tiers, exclusive: 'cart', ownGroup: true, meetsCoupons: false })
    expect(alone).toMatchObject({ exclusive: 'cart' })
    expect(alone).not.toHaveProperty('group')
    expect(alone).not.toHaveProperty('excludes')
    expect(definition('spend_tiers', { tiers, perCustomer: '2' })).toMatchObject({ limits: { per_customer: 2 } })
  })
})

describe('what cannot be meant is said at its field', () => {
  it.each<[Play, Partial<OfferForm>, string[]]>([
    ['spend_tiers', {}, ['tiers.0.min problem.required', 'tiers.0.off problem.required']],
    ['spend_tiers', { tiers: [{ min: '100', off: '1.234' }] }, ['tiers.0.off problem.yuan']],
    ['spend_tiers', { tiers: [{ min: '100', off: '101' }] }, ['tiers.0.off problem.offAboveMin']],
    ['spend_tiers', { tiers: [{ min: '200', off: '10' }, { min: '100', off: '20' }] }, ['tiers.1.min problem.minRises']],
    ['spend_tiers', { tiers: [{ min: '100', off: '20' }, { min: '200', off: '20' }] }, ['tiers.1.off problem.offRises']],
    ['spend_percent', { percentTiers: [{ threshold: '100', zhe: '8' }, { threshold: '200', zhe: '9' }] }, ['percentTiers.1.zhe problem.zheFalls']],
    ['percent_off', { zhe: '11x' }, ['zhe problem.zhe']],
    ['amount_off', { off: '0' }, ['off problem.positive']],
    ['nth_item', { nth: { n: '1', zhe: '', sameSku: false } }, ['nth.n problem.nth', 'nth.zhe problem.required']],
    ['pick_bundle', {}, ['bundle.count problem.required', 'bundle.price problem.required']],
    ['buy_get', { buyGet: { buy: '0', get: '1', repeat: true } }, ['buyGet.buy problem.count']],
    ['spend_gift', {}, ['gift.gifts problem.giftsEmpty', 'gift.min problem.required']],
    ['spend_gift', { gift: { min: '9', gifts: [{ ...sku('G'), qty: 'x' }], choose: '2' } }, ['gift.choose problem.chooseTooMany', 'gift.gifts problem.count']],
    ['add_on', { addOn: { min: '9', items: [{ ...sku('A'), price: '39.9' }], choose: '1' } }, ['addOn.items problem.addOnNotLess']],
    ['add_on', {}, ['addOn.items problem.itemsEmpty', 'addOn.min problem.required']],
    ['shipping', {}, ['shippingMin problem.required']],
    ['earn_points', { perYuan: '' }, ['perYuan problem.required']],
    ['earn_stamps', {}, ['stamps.min problem.required']],
    ['amount_off', { off: '1', scopeKind: 'some' }, ['scopeKind problem.scopeEmpty']],
    ['amount_off', { off: '1', perOrder: 'two' }, ['perOrder problem.count']],
  ])('%s %j', (play, more, expected) => expect(problems(play, more)).toEqual(expected))
})

describe('where a refusal of the server is shown', () => {
  it.each<[string, Play, (string | number)[] | null]>([
    ['offers[0].tiers[1].off', 'spend_tiers', ['tiers', 1, 'off']],
    ['offers.0.tiers.1.min', 'spend_tiers', ['tiers', 1, 'min']],
    ['input.offers[0].tiers[0].pay_bp', 'spend_percent', ['percentTiers', 0, 'zhe']],
    ['offers[0].tiers[0].count', 'spend_percent', ['percentTiers', 0, 'threshold']],
    ['offers[0].tiers', 'spend_tiers', ['tiers', 0, 'min']],
    ['offers[0].every.max_off', 'spend_every', ['every', 'maxOff']],
    ['offers[0].scope.skus[3]', 'percent_off', ['some', 'skus']],
    ['offers[0].scope.except.brands[0]', 'percent_off', ['scopeKind']],
    ['offers[0].scope', 'percent_off', ['scopeKind']],
    ['offers[0].max_off', 'percent_off', ['unitMaxOff']],
    ['offers[0].limits.per_customer', 'percent_off', ['perCustomer']],
    ['/offers/0/price', 'fixed_price', ['price']],
    ['offers[0].tiers[0].gifts[0].sku', 'spend_gift', ['gift', 'gifts']],
    ['offers[0].tiers[0].min', 'spend_gift', ['gift', 'min']],
    ['offers[0].tiers[0].choose', 'spend_gift', ['gift', 'choose']],
    ['offers[0].items[1].price', 'add_on', ['addOn', 'items']],
    ['offers[0].choose', 'add_on', ['addOn', 'choose']],
    ['offers[0].min', 'add_on', ['addOn', 'min']],
    ['offers[0].min', 'shipping', ['shippingMin']],
    ['offers[0].min', 'earn_stamps', ['stamps', 'min']],
    ['offers[0].count', 'earn_stamps', ['stamps', 'count']],
    ['offers[0].count', 'pick_bundle', ['bundle', 'count']],
    ['offers[0].price', 'pick_bundle', ['bundle', 'price']],
    ['offers[0].n', 'nth_item', ['nth', 'n']],
    ['offers[0].pay_bp', 'nth_item', ['nth', 'zhe']],
    ['offers[0].buy.count', 'buy_get', ['buyGet', 'buy']],
    ['offers[0].get.count', 'buy_get', ['buyGet', 'get']],
    ['offers[0].per_yuan', 'earn_points', ['perYuan']],
    ['name', 'fixed_price', ['name']],
    ['endsAt', 'fixed_price', ['endsAt']],
    ['offers', 'fixed_price', null],
    ['something', 'fixed_price', null],
  ])('%s', (path, play, field) => expect(fieldOfProblem(path, play)).toEqual(field))
  it('for coupons', () => {
    expect(fieldOfDropProblem('content.offFen')).toBe('off')
    expect(fieldOfDropProblem('input.content.scope.skus[0]')).toEqual(['some', 'skus'])
    expect(fieldOfDropProblem('content.scope')).toBe('scopeKind')
    expect(fieldOfDropProblem('total')).toBe('total')
    expect(fieldOfDropProblem('whatever')).toBeNull()
  })
})

describe('in words and in figures', () => {
  it('says the rule', () => {
    expect(ruleSentence(form('spend_tiers', { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30.5' }] }), zh, 'CNY')).toBe('满100减10\uff0c满200减30.5')
    expect(ruleSentence(form('percent_off', { zhe: '8.5', unitMaxOff: '10' }), zh, 'CNY')).toBe('8.5折\uff0c每件最多减10元')
    expect(ruleSentence(form('fixed_price', { price: '9.9' }), zh, 'CNY')).toBe('一口价9.9元')
    expect(ruleSentence(form('fixed_price', { price: '9.9' }), translator('en'), 'USD')).toBe('$9.9 each')
    expect(ruleSentence(form('fixed_price'), zh, 'CNY')).toBeNull()
  })
  it('says the rule of every play', () => {
    const says = (play: Play, more: Partial<OfferForm>) => ruleSentence(form(play, more), zh, 'CNY')
    expect(says('nth_item', { nth: { n: '2', zhe: '5', sameSku: true } })).toBe('同款第2件半价')
    expect(says('nth_item', { nth: { n: '3', zhe: '0', sameSku: false } })).toBe('第3件免单')
    expect(says('pick_bundle', { bundle: { count: '3', price: '99', repeat: true } })).toBe('99元任选3件\uff0c可重复')
    expect(says('buy_get', { buyGet: { buy: '2', get: '1', repeat: false } })).toBe('买2送1')
    expect(says('spend_gift', { gift: { min: '99', gifts: [{ ...sku('G1'), name: '酸梅汤', qty: '1' }, { ...sku('G2'), name: '冰粉', qty: '2' }], choose: '1' } })).toBe('满99赠酸梅汤、冰粉×2\uff082选1\uff09')
    expect(says('add_on', { addOn: { min: '99', items: [{ ...sku('A'), name: '蘸水', price: '1' }], choose: '2' } })).toBe('满99加价购蘸水仅1元\uff0c限2件')
    expect(says('shipping', { shippingMin: '59' })).toBe('满59包邮')
    expect(says('earn_points', { perYuan: '2' })).toBe('每消费1元返2积分')
    expect(says('earn_stamps', { stamps: { min: '50', count: '1', every: true } })).toBe('每满50集1点')
  })
  it('shows what is given that is no money off', () => {
    const of = (play: Play, more: Partial<OfferForm>, picked = [sku('A')]) => examplesOf(definition(play, more)!, zh, picked).map((it) => it.gives ?? it.offFen)
    expect(of('nth_item', { nth: { n: '2', zhe: '5', sameSku: false } })).toEqual([0, 1995, 3990])
    expect(of('nth_item', { nth: { n: '2', zhe: '5', sameSku: false } }, [{ ...sku('A'), listFen: 333 }])).toEqual([0, 166, 333])
    expect(of('pick_bundle', { bundle: { count: '2', price: '50', repeat: true } })).toEqual([0, 2980, 5960])
    expect(of('pick_bundle', { bundle: { count: '2', price: '50', repeat: false } })).toEqual([0, 2980, 2980])
    expect(of('buy_get', { buyGet: { buy: '2', get: '1', repeat: true } })).toEqual([0, 3990, 7980])
    expect(of('earn_stamps', { stamps: { min: '50', count: '1', every: true } })).toEqual(['集 0 点', '集 1 点', '集 2 点'])
    expect(of('earn_points', { perYuan: '2' })).toEqual(['得 20 积分', '得 100 积分', '得 200 积分'])
    expect(examplesOf(definition('shipping', { shippingMin: '59' })!, zh).map((it) => [it.reached, it.gives])).toEqual([[false, '免运费'], [true, '免运费']])
  })
  it('computes the examples as the contract rounds', () => {
    const pay = (play: Play, more: Partial<OfferForm>, picked = [sku('A')]) => examplesOf(definition(play, more)!, zh, picked).map((it) => [it.listFen, it.offFen, it.payFen])
    expect(pay('spend_tiers', { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30' }] })).toEqual([[9900, 0, 9900], [10000, 1000, 9000], [20000, 3000, 17000]])
    expect(pay('spend_every', { every: { min: '100', off: '10', maxOff: '20' } })).toEqual([[9900, 0, 9900], [10000, 1000, 9000], [20000, 2000, 18000], [30000, 2000, 28000]])
    expect(pay('percent_off', { zhe: '8.5' }, [{ ...sku('A'), listFen: 3333 }])).toEqual([[3333, 499, 2834]]) // 499.95 rounds down
    expect(pay('percent_off', { zhe: '8.5', unitMaxOff: '1' })).toEqual([[3990, 100, 3890]])
    expect(pay('fixed_price', { price: '50' })).toEqual([[3990, 0, 3990]])
    expect(pay('amount_off', { off: '50' })).toEqual([[3990, 3990, 0]])
    expect(pay('spend_percent', { percentBasis: 'count', percentTiers: [{ threshold: '2', zhe: '9' }] })).toEqual([[3990, 0, 3990], [7980, 798, 7182]])
  })
})

describe('a coupon drop', () => {
  const empty = { kind: 'OFF' as const, off: '', zhe: '', maxOff: '', min: '', scopeKind: 'all' as const, some: { categories: [], brands: [], tags: [], skus: [] }, except: { categories: [], brands: [], tags: [], skus: [] }, validKind: 'hours' as const, validHours: '72', total: '100', perMember: '1' }
  it('off with a threshold', () => {
    expect(readDrop({ ...empty, off: '8', min: '88' }).value).toEqual({ content: { kind: 'OFF', offFen: 800, payBp: null, maxOffFen: null, minFen: 8800, scope: null }, validHours: 72, total: 100, perMember: 1 })
  })
  it('percent with a cap, of some goods', () => {
    expect(readDrop({ ...empty, kind: 'PERCENT', off: 'left over', zhe: '8.5', maxOff: '20', scopeKind: 'some', some: { ...empty.some, tags: ['火锅'] } }).value?.content).toEqual({ kind: 'PERCENT', offFen: null, payBp: 8500, maxOffFen: 2000, minFen: 0, scope: { tags: ['火锅'] } })
  })
  it('problems', () => {
    expect(readDrop({ ...empty, off: '9', min: '8', total: '' }).problems).toEqual([{ field: 'off', key: 'problem.offAboveMin' }, { field: 'total', key: 'problem.required' }])
  })
})
