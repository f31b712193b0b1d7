import { describe, expect, it } from 'vitest'
import { emptyRow, type Figures, type OfferKind } from '../src/features/promotions/formSchema'
import { complete, creatable, emptyOfferForm, examplesOf, fieldOfProblem, isPresale, namesProducts, type OfferForm, readOffer, ruleSentence, scopeWords, whoWords } from '../src/features/promotions/offerForm'
import { unknownAmong } from '../src/features/promotions/unknownCustomers'
import { PRESETS } from '../src/features/promotions/presets'
import { aboutWords, emptyTemplate, faceWords, fieldOfDropProblem, offerOfFace, readDrop, readTemplate, usableWords } from '../src/features/coupons/dropForm'
import { translator } from '../src/lib/i18n'
import offerTypes from './support/offer-types.json'
import { formatTimes, parseTimes } from '../src/lib/money'

// What the server really describes: written by `python -m schema.export`, and held fresh by its check.
const KINDS = offerTypes as unknown as OfferKind[]
const kindOf = (type: string): OfferKind => KINDS.find((kind) => kind.name === type)!

const zh = translator('zh')
const form = (type: string, figures: Figures = {}, more: Partial<OfferForm> = {}): OfferForm => {
  const empty = emptyOfferForm(KINDS, type, 'g-1')
  return { ...empty, rule: { ...empty.rule, [type]: { ...empty.rule[type], ...figures } }, ...more }
}
const definition = (type: string, figures: Figures, more: Partial<OfferForm> = {}) => readOffer(form(type, figures, more), kindOf(type)).definition
const problems = (type: string, figures: Figures, more: Partial<OfferForm> = {}) => readOffer(form(type, figures, more), kindOf(type)).problems.map(({ field, key }) => `${field.filter((step) => step !== 'rule' && step !== type).join('.')} ${key}`)
const sku = (code: string) => ({ sku: code, name: code, emoji: '', imageHue: 0, listFen: 3990 })
const ALL = { scope: { all: true } }
const every = { '@how': 'every' }

describe('the definition that a form means', () => {
  it('满减 in tiers', () => {
    expect(definition('spend_off', { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30.5' }] })).toEqual({ type: 'spend_off', tiers: [{ min: 10000, off: 1000 }, { min: 20000, off: 3050 }], ...ALL })
  })
  it('每满', () => {
    expect(definition('spend_off', { ...every, every: { min: '199', off: '20', max_off: '' } })).toEqual({ type: 'spend_off', every: { min: 19900, off: 2000 }, ...ALL })
    expect(definition('spend_off', { ...every, every: { min: '199', off: '20', max_off: '100' } })).toMatchObject({ every: { max_off: 10000 } })
  })
  it('满折 by amount and by count', () => {
    expect(definition('spend_percent', { tiers: [{ min: '88', count: 'left over', pay_bp: '8.8' }], max_off: '50' })).toEqual({ type: 'spend_percent', tiers: [{ min: 8800, pay_bp: 8800 }], max_off: 5000, ...ALL })
    expect(definition('spend_percent', { 'tiers@from': 'count', tiers: [{ count: '2', pay_bp: '9' }, { count: '3', pay_bp: '85' }] })).toMatchObject({ tiers: [{ count: 2, pay_bp: 9000 }, { count: 3, pay_bp: 8500 }] })
  })
  it('折扣, 一口价, 直降', () => {
    expect(definition('percent_off', { pay_bp: '8.5', max_off: '10' })).toEqual({ type: 'percent_off', pay_bp: 8500, max_off: 1000, ...ALL })
    expect(definition('fixed_price', { price: '9.9' })).toEqual({ type: 'fixed_price', price: 990, ...ALL })
    expect(definition('fixed_price', { price: '0' })).toMatchObject({ price: 0 })
    expect(definition('amount_off', { off: '5' })).toEqual({ type: 'amount_off', off: 500, ...ALL })
  })
  it('第N件M折, N元M件, 买M赠N, 套餐', () => {
    expect(definition('nth_item', { pay_bp: '5', same_sku: true })).toEqual({ type: 'nth_item', n: 2, pay_bp: 5000, same_sku: true, ...ALL })
    expect(definition('nth_item', { n: '3', pay_bp: '0' })).toEqual({ type: 'nth_item', n: 3, pay_bp: 0, ...ALL })
    expect(definition('pick_bundle', { count: '3', price: '99' })).toEqual({ type: 'pick_bundle', count: 3, price: 9900, repeat: true, ...ALL })
    const { buy, get } = form('buy_get').rule.buy_get as { buy: Figures; get: Figures }
    expect(definition('buy_get', { buy: { ...buy, count: '2' }, repeat: false })).toEqual({ type: 'buy_get', buy: { count: 2 }, get: { count: 1, pay_bp: 0 }, ...ALL })
    const tea = { kind: 'some', some: { categories: [], brands: [], tags: [], skus: [sku('TEA')] } }
    expect(definition('buy_get', { buy: { ...buy, count: '2' }, get: { ...get, pay_bp: '5', scope: tea } })).toMatchObject({ get: { count: 1, pay_bp: 5000, scope: { skus: ['TEA'] } } })
    expect(definition('combo', { items: [{ ...sku('A'), qty: '1' }, { ...sku('B'), qty: '2' }], price: '79' })).toEqual({ type: 'combo', items: [{ sku: 'A', qty: 1 }, { sku: 'B', qty: 2 }], price: 7900, repeat: true })
  })
  it('预售 (Q09): a deposit, named products, units on sale, no budget', () => {
    const some = { scopeKind: 'some' as const, some: { categories: [], brands: [], tags: [], skus: [sku('BOX')] } }
    const made = form('deposit_inflation', { deposit: '20', counts_as: '40' }, { ...some, stock: '300', perCustomer: '2', budget: '999' })
    expect(readOffer(made, kindOf('deposit_inflation')).definition).toEqual({ type: 'deposit_inflation', deposit: 2000, counts_as: 4000, scope: { skus: ['BOX'] }, limits: { per_customer: 2, stock: 300 } })
    expect(namesProducts(made)).toBe(true)
    expect(namesProducts({ ...made, scopeKind: 'all' })).toBe(false)
    expect(namesProducts({ ...made, some: { ...made.some, tags: ['火锅'] } })).toBe(false)
    expect(fieldOfProblem('offers[0].presale.final_from', kindOf('deposit_inflation'))).toEqual(['finalFrom'])
    expect(fieldOfProblem('offers[0].deposit', kindOf('deposit_inflation'))).toEqual(['rule', 'deposit_inflation', 'deposit'])
  })
  it('满赠, 加价购', () => {
    const gifts = [{ ...sku('G1'), qty: '1' }, { ...sku('G2'), qty: '2' }]
    expect(definition('spend_gift', { tiers: [{ min: '99', gifts, choose: '' }] })).toEqual({ type: 'spend_gift', tiers: [{ min: 9900, gifts: [{ sku: 'G1', qty: 1 }, { sku: 'G2', qty: 2 }] }], ...ALL })
    expect(definition('spend_gift', { tiers: [{ min: '99', gifts, choose: '1' }] })).toMatchObject({ tiers: [{ choose: 1 }] })
    expect(definition('spend_gift', { tiers: [{ min: '99', gifts }], quota: '200' })).toMatchObject({ quota: 200 })
    expect(definition('spend_gift', { 'tiers@from': 'count', tiers: [{ count: '2', gifts }, { count: '5', gifts }] })).toMatchObject({ tiers: [{ count: 2 }, { count: 5 }] })
    expect(definition('add_on', { min: '59.9', items: [{ ...sku('A'), price: '1' }, { ...sku('B'), price: '0' }], choose: '2' })).toEqual({ type: 'add_on', min: 5990, items: [{ sku: 'A', price: 100 }, { sku: 'B', price: 0 }], choose: 2, ...ALL })
    expect(definition('spend_gift', { tiers: [{ min: '99', gifts }] }, { meetsOtherLevel: false, meetsCoupons: false })).toMatchObject({ excludes: ['order', 'coupon'] })
  })
  it('包邮, 积分, 集点: nothing of theirs stacks', () => {
    const odd = { ownGroup: true, exclusive: 'cart', meetsOtherLevel: false, meetsCoupons: false } as const
    expect(definition('shipping', { min: '59' }, odd)).toEqual({ type: 'shipping', min: 5900, free: true, ...ALL, excludes: ['coupon'] })
    expect(definition('shipping', { min: '0', '@how': 'off', off: '3' })).toEqual({ type: 'shipping', min: 0, off: 300, ...ALL })
    expect(definition('shipping', { min: '2', '@how': 'off', off: '3' })).toMatchObject({ min: 200, off: 300 }) // a fee is not part of the goods
    expect(definition('shipping', { min: '59', '@how': 'pay_bp', pay_bp: '5' })).toMatchObject({ pay_bp: 5000 })
    expect(definition('earn_points', { per_yuan: '2' }, odd)).toEqual({ type: 'earn_points', per_yuan: 2, ...ALL })
    expect(definition('earn_points', { '@how': 'times_bp', times_bp: '1.5' })).toEqual({ type: 'earn_points', times_bp: 15000, ...ALL })
    expect(definition('earn_stamps', { min: '50' }, odd)).toEqual({ type: 'earn_stamps', min: 5000, count: 1, every: true, ...ALL })
  })
  it('a type that this console has never heard of', () => {
    const kind: OfferKind = { name: 'group_buy', zh: '拼团', en: 'group buy', level: 'ORDER', group: 'order', scoped: true, creatable: true, whatZh: '', whatEn: '', egZh: '', egEn: '', needsDeposit: false, form: kindOf('deposit_inflation').form }
    const made = { ...form('deposit_inflation'), type: 'group_buy', rule: { group_buy: { deposit: '50', counts_as: '100' } } }
    expect(readOffer(made, kind).definition).toEqual({ type: 'group_buy', deposit: 5000, counts_as: 10000, ...ALL })
    expect(ruleSentence(made, kind, zh, 'CNY')).toBe('每件定金 50元\uff0c可抵 100元')
    expect(examplesOf({ type: 'group_buy' }, zh)).toEqual([])
    expect(fieldOfProblem('offers[0].counts_as', kind)).toEqual(['rule', 'group_buy', 'counts_as'])
  })
  it('scope with exclusions', () => {
    const some = { categories: ['丸滑'], brands: [], tags: ['火锅'], skus: [sku('A'), sku('B')] }
    const except = { categories: [], brands: ['渝味'], tags: [], skus: [] }
    const scope = definition('amount_off', { off: '5' }, { scopeKind: 'some', some, except })?.scope
    expect(scope).toEqual({ categories: ['丸滑'], tags: ['火锅'], skus: ['A', 'B'], except: { brands: ['渝味'] } })
    expect(scopeWords(scope, zh)).toBe('分类 丸滑\uff1b标签 火锅\uff1b指定 2 个商品\uff08不含 品牌 渝味\uff09')
    expect(definition('amount_off', { off: '5' }, { except })?.scope).toEqual({ all: true, except: { brands: ['渝味'] } })
  })
  it('stacking in the words of the contract', () => {
    const tiers = [{ min: '100', off: '10' }]
    expect(definition('spend_off', { tiers }, { meetsCoupons: false, meetsOtherLevel: false })).toMatchObject({ excludes: ['line', 'coupon'] })
    expect(definition('percent_off', { pay_bp: '9' }, { meetsOtherLevel: false })).toMatchObject({ excludes: ['order'] })
    expect(definition('spend_off', { tiers }, { ownGroup: true })).toMatchObject({ group: 'g-1' })
    const alone = definition('spend_off', { tiers }, { exclusive: 'cart', ownGroup: true, meetsCoupons: false })
    expect(alone).toMatchObject({ exclusive: 'cart' })
    expect(alone).not.toHaveProperty('group')
    expect(alone).not.toHaveProperty('excludes')
    expect(definition('spend_off', { tiers }, { perCustomer: '2' })).toMatchObject({ limits: { per_customer: 2 } })
    expect(definition('earn_points', { per_yuan: '1' }, { perOrder: '1', perCustomer: '3', perDay: '2', stock: '9' })).toMatchObject({ limits: { per_order: 1, per_customer: 3, per_day: 2, stock: 9 } })
    expect(definition('fixed_price', { price: '9.9' }, { stock: '100' })).toMatchObject({ limits: { stock: 100 } })
    expect(definition('spend_off', { tiers }, { perOrder: '1', perDay: '2' })).toMatchObject({ limits: { per_order: 1, per_day: 2 } })
    expect(readOffer(form('spend_off', { tiers }, { perDay: '0' }), kindOf('spend_off')).problems).toEqual([{ field: ['perDay'], key: 'problem.count' }])
  })
  it('a budget in yuan is fen, of every offer but a pre-sale', () => {
    const tiers = [{ min: '100', off: '10' }]
    expect(definition('spend_off', { tiers }, { budget: '500.50' })).toMatchObject({ budget: 50050 })
    expect(definition('spend_off', { tiers }, { budget: '' })).not.toHaveProperty('budget')
    expect(definition('earn_points', { per_yuan: '1' }, { budget: '500' })).toMatchObject({ budget: 50000 })
  })
})

describe('forms of the server', () => {
  it('offers what can be created, the usual first', () => {
    const names = creatable(KINDS).map((kind) => kind.name)
    expect(names.slice(0, 2)).toEqual(['spend_off', 'spend_percent'])
    expect(names).toContain('combo')
    expect(names).not.toContain('coupon')
    expect(names).toContain('deposit_inflation')
    for (const kind of creatable(KINDS)) expect([kind.whatZh, kind.whatEn, kind.egZh, kind.egEn], kind.name).not.toContain('')
    expect(creatable(KINDS).filter(isPresale).map((kind) => kind.name)).toEqual(['deposit_inflation'])
  })
  it('fills in what is usual', () => {
    expect(form('nth_item').rule.nth_item).toEqual({ n: '2', pay_bp: '', same_sku: false })
    expect(form('spend_off').rule.spend_off).toEqual({ tiers: [{ min: '', off: '' }], every: { min: '', off: '', max_off: '' }, '@how': 'tiers' })
    expect(emptyRow(kindOf('add_on').form)).toEqual({ min: '', items: [], choose: '1' })
  })
  it('keeps figures that are not on the screen', () => {
    const opened = form('spend_off')
    const held = complete(opened, { rule: { spend_off: { every: { min: '9' } } } })
    expect(held.rule.spend_off).toEqual({ tiers: [{ min: '', off: '' }], every: { min: '9', off: '', max_off: '' }, '@how': 'tiers' })
    expect(held.rule.nth_item).toEqual(opened.rule.nth_item)
  })
  it.each([['2', 20000], ['1.5', 15000], ['2倍', 20000], ['1', null], ['0', null], ['x', null]])('reads %s times', (text, bp) => expect(parseTimes(text)).toBe(bp))
  it('writes times', () => expect([formatTimes(20000), formatTimes(15000), formatTimes(12500)]).toEqual(['2', '1.5', '1.25']))
})

describe('what cannot be meant is said at its field', () => {
  it.each<[string, Figures, string[], Partial<OfferForm>?]>([
    ['spend_off', {}, ['tiers.0.min problem.required', 'tiers.0.off problem.required']],
    ['spend_off', every, ['every.min problem.required', 'every.off problem.required']],
    ['spend_off', { ...every, every: { min: '10', off: '11' } }, ['every.off problem.offAboveMin']],
    ['spend_off', { tiers: [{ min: '100', off: '1.234' }] }, ['tiers.0.off problem.yuan']],
    ['spend_off', { tiers: [{ min: '100', off: '101' }] }, ['tiers.0.off problem.offAboveMin']],
    ['spend_off', { tiers: [{ min: '200', off: '10' }, { min: '100', off: '20' }] }, ['tiers.1.min problem.minRises']],
    ['spend_off', { tiers: [{ min: '100', off: '20' }, { min: '200', off: '20' }] }, ['tiers.1.off problem.offRises']],
    ['spend_percent', { tiers: [{ min: '100', pay_bp: '8' }, { min: '200', pay_bp: '9' }] }, ['tiers.1.pay_bp problem.zheFalls']],
    ['percent_off', { pay_bp: '11x' }, ['pay_bp problem.zhe']],
    ['percent_off', { pay_bp: '0' }, ['pay_bp problem.zhe']],
    ['amount_off', { off: '0' }, ['off problem.positive']],
    ['nth_item', { n: '1', pay_bp: '' }, ['pay_bp problem.required']],
    ['nth_item', { n: '1', pay_bp: '5' }, ['n problem.nth']],
    ['pick_bundle', {}, ['count problem.required', 'price problem.required']],
    ['combo', { price: '9' }, ['items problem.goodsEmpty']],
    ['combo', { price: '9', items: [{ ...sku('A'), qty: '' }] }, ['items problem.required']],
    ['buy_get', { buy: { count: '0' } }, ['buy.count problem.count']],
    ['buy_get', { buy: { count: '1', scope: { kind: 'some' } } }, ['buy.scope.kind problem.scopeEmpty']],
    ['spend_gift', {}, ['tiers.0.min problem.required', 'tiers.0.gifts problem.goodsEmpty']],
    ['spend_gift', { tiers: [{ min: '9', gifts: [{ ...sku('G'), qty: 'x' }, { ...sku('H'), qty: 'y' }] }] }, ['tiers.0.gifts problem.count']],
    ['spend_gift', { tiers: [{ min: '9', gifts: [{ ...sku('G'), qty: '1' }] }], quota: '0' }, ['quota problem.count']],
    ['spend_gift', { tiers: [{ min: '9', gifts: [{ ...sku('G'), qty: '1' }], choose: '2' }] }, ['tiers.0.choose problem.chooseTooMany']],
    ['add_on', { min: '9', items: [{ ...sku('A'), price: '39.9' }] }, ['items problem.addOnNotLess']],
    ['add_on', {}, ['min problem.required', 'items problem.goodsEmpty']],
    ['shipping', {}, ['min problem.required']],
    ['shipping', { min: '1', '@how': 'off' }, ['off problem.required']],
    ['earn_points', { per_yuan: '' }, ['per_yuan problem.required']],
    ['earn_points', { '@how': 'times_bp', times_bp: '1' }, ['times_bp problem.times']],
    ['earn_stamps', {}, ['min problem.required']],
    ['amount_off', { off: '1' }, ['scopeKind problem.scopeEmpty'], { scopeKind: 'some' }],
    ['amount_off', { off: '1' }, ['perOrder problem.count'], { perOrder: 'two' }],
  ])('%s %j', (type, figures, expected, more) => expect(problems(type, figures, more)).toEqual(expected))
})

describe('where a refusal of the server is shown', () => {
  it.each<[string, string, (string | number)[] | null]>([
    ['offers[0].tiers[1].off', 'spend_off', ['rule', 'spend_off', 'tiers', 1, 'off']],
    ['offers.0.tiers.1.min', 'spend_off', ['rule', 'spend_off', 'tiers', 1, 'min']],
    ['input.offers[0].tiers[0].pay_bp', 'spend_percent', ['rule', 'spend_percent', 'tiers', 0, 'pay_bp']],
    ['offers[0].tiers[0].count', 'spend_percent', ['rule', 'spend_percent', 'tiers', 0, 'count']],
    ['offers[0].tiers', 'spend_off', ['rule', 'spend_off', 'tiers', 0, 'min']],
    ['offers[0].every.max_off', 'spend_off', ['rule', 'spend_off', 'every', 'max_off']],
    ['offers[0].every', 'spend_off', ['rule', 'spend_off', 'every', 'min']],
    ['offers[0].scope.skus[3]', 'percent_off', ['some', 'skus']],
    ['offers[0].scope.except.brands[0]', 'percent_off', ['scopeKind']],
    ['offers[0].scope', 'percent_off', ['scopeKind']],
    ['offers[0].max_off', 'percent_off', ['rule', 'percent_off', 'max_off']],
    ['offers[0].limits.per_customer', 'percent_off', ['perCustomer']],
    ['offers[0].limits.per_day', 'percent_off', ['perDay']],
    ['offers[0].budget', 'spend_off', ['budget']],
    ['/offers/0/price', 'fixed_price', ['rule', 'fixed_price', 'price']],
    ['offers[0].tiers[0].gifts[0].sku', 'spend_gift', ['rule', 'spend_gift', 'tiers', 0, 'gifts']],
    ['offers[0].items[1].price', 'add_on', ['rule', 'add_on', 'items']],
    ['offers[0].items[1].sku', 'combo', ['rule', 'combo', 'items']],
    ['offers[0].free', 'shipping', ['rule', 'shipping', '@how']],
    ['offers[0].every', 'earn_stamps', ['rule', 'earn_stamps', 'every']],
    ['offers[0].buy.count', 'buy_get', ['rule', 'buy_get', 'buy', 'count']],
    ['offers[0].get.scope.skus[0]', 'buy_get', ['rule', 'buy_get', 'get', 'scope', 'some', 'skus']],
    ['offers[0].get.scope', 'buy_get', ['rule', 'buy_get', 'get', 'scope', 'kind']],
    ['name', 'fixed_price', ['name']],
    ['endsAt', 'fixed_price', ['endsAt']],
    ['offers', 'fixed_price', null],
    ['offers[0].type', 'fixed_price', null],
    ['something', 'fixed_price', null],
  ])('%s', (path, type, field) => expect(fieldOfProblem(path, kindOf(type))).toEqual(field))
  it('for coupons', () => {
    expect(fieldOfDropProblem('content.offFen')).toBe('off')
    expect(fieldOfDropProblem('input.content.scope.skus[0]')).toEqual(['some', 'skus'])
    expect(fieldOfDropProblem('content.scope')).toBe('scopeKind')
    expect(fieldOfDropProblem('total')).toBe('total')
    expect(fieldOfDropProblem('whatever')).toBeNull()
  })
})

describe('in words and in figures', () => {
  const says = (type: string, figures: Figures) => ruleSentence(form(type, figures), kindOf(type), zh, 'CNY')
  it('says the rule', () => {
    expect(says('spend_off', { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30.5' }] })).toBe('满100减10\uff0c满200减30.5')
    expect(says('percent_off', { pay_bp: '8.5', max_off: '10' })).toBe('8.5折\uff0c每件最多减10元')
    expect(says('fixed_price', { price: '9.9' })).toBe('一口价9.9元')
    expect(ruleSentence(form('fixed_price', { price: '9.9' }), kindOf('fixed_price'), translator('en'), 'USD')).toBe('$9.9 each')
    expect(says('earn_red_packet', { min: '99', fen: '5' })).toBe('每满99返5元红包')
    expect(says('earn_red_packet', { min: '99', fen: '5', every: false })).toBe('满99返5元红包')
    expect(says('earn_red_packet', { min: '0', fen: '5', every: false })).toBe('下单返5元红包')
    expect(says('fixed_price', {})).toBeNull()
  })
  it('says the rule of every type', () => {
    const { buy, get } = form('buy_get').rule.buy_get as { buy: Figures; get: Figures }
    const gifts = [{ ...sku('G1'), name: '酸梅汤', qty: '1' }, { ...sku('G2'), name: '冰粉', qty: '2' }]
    expect(says('nth_item', { pay_bp: '5', same_sku: true })).toBe('同款第2件半价')
    expect(says('nth_item', { n: '3', pay_bp: '0' })).toBe('第3件免单')
    expect(says('pick_bundle', { count: '3', price: '99' })).toBe('99元任选3件\uff0c可重复')
    expect(says('combo', { items: gifts, price: '9.9', repeat: false })).toBe('酸梅汤+冰粉×2套餐价9.9元')
    expect(says('buy_get', { buy: { ...buy, count: '2' }, repeat: false })).toBe('买2送1')
    expect(says('buy_get', { buy: { ...buy, count: '2' }, get: { ...get, pay_bp: '5' }, repeat: false })).toBe('买2件\uff0c另1件享5折')
    expect(says('spend_gift', { tiers: [{ min: '99', gifts, choose: '1' }] })).toBe('满99赠酸梅汤、冰粉×2\uff082选1\uff09')
    expect(says('spend_gift', { tiers: [{ min: '99', gifts: gifts.slice(0, 1) }], quota: '200' })).toBe('满99赠酸梅汤，限量200件，送完即止')
    expect(says('spend_gift', { 'tiers@from': 'count', tiers: [{ count: '3', gifts: gifts.slice(0, 1) }] })).toBe('满3件赠酸梅汤')
    expect(says('add_on', { min: '99', items: [{ ...sku('A'), name: '蘸水', price: '1' }], choose: '2' })).toBe('满99加价购蘸水仅1元\uff0c限2件')
    expect(says('shipping', { min: '59' })).toBe('满59包邮')
    expect(says('shipping', { min: '0', '@how': 'off', off: '3' })).toBe('运费减3元')
    expect(says('earn_points', { per_yuan: '2' })).toBe('每消费1元返2积分')
    expect(says('earn_points', { per_yuan: '2', max_points: '100' })).toBe('每消费1元返2积分，最多返100积分')
    expect(says('earn_points', { '@how': 'times_bp', times_bp: '2', max_points: '50' })).toBe('积分2倍，最多多得50积分')
    expect(says('earn_points', { '@how': 'times_bp', times_bp: '2' })).toBe('积分2倍')
    expect(says('earn_stamps', { min: '50' })).toBe('每满50集1点')
  })
  it('shows what is given that is no money off', () => {
    const of = (type: string, figures: Figures, picked = [sku('A')]) => examplesOf(definition(type, figures)!, zh, picked).map((it) => it.gives ?? it.offFen)
    const buy = { ...(form('buy_get').rule.buy_get!.buy as Figures), count: '2' }
    expect(of('nth_item', { pay_bp: '5' })).toEqual([0, 1995, 3990])
    expect(of('nth_item', { pay_bp: '5' }, [{ ...sku('A'), listFen: 333 }])).toEqual([0, 166, 333])
    expect(of('pick_bundle', { count: '2', price: '50' })).toEqual([0, 2980, 5960])
    expect(of('pick_bundle', { count: '2', price: '50', repeat: false })).toEqual([0, 2980, 2980])
    expect(of('buy_get', { buy })).toEqual([0, 3990, 7980])
    expect(of('earn_stamps', { min: '50' })).toEqual(['集 0 点', '集 1 点', '集 2 点'])
    expect(of('earn_points', { per_yuan: '2' })).toEqual(['得 20 积分', '得 100 积分', '得 200 积分'])
    expect(of('earn_points', { per_yuan: '2', max_points: '150' })).toEqual(['得 20 积分', '得 100 积分', '得 150 积分'])
    expect(examplesOf(definition('shipping', { min: '59' })!, zh).map((it) => [it.reached, it.gives])).toEqual([[false, '免运费'], [true, '免运费']])
    const items = [{ ...sku('A'), qty: '1' }, { ...sku('B'), qty: '2' }]
    expect(examplesOf(definition('combo', { items, price: '99' })!, zh, [], items).map((it) => [it.listFen, it.offFen, it.payFen])).toEqual([[11970, 2070, 9900]])
  })
  it('computes the examples as the contract rounds', () => {
    const pay = (type: string, figures: Figures, picked = [sku('A')]) => examplesOf(definition(type, figures)!, zh, picked).map((it) => [it.listFen, it.offFen, it.payFen])
    expect(pay('spend_off', { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30' }] })).toEqual([[9900, 0, 9900], [10000, 1000, 9000], [20000, 3000, 17000]])
    expect(pay('spend_off', { ...every, every: { min: '100', off: '10', max_off: '20' } })).toEqual([[9900, 0, 9900], [10000, 1000, 9000], [20000, 2000, 18000], [30000, 2000, 28000]])
    expect(pay('percent_off', { pay_bp: '8.5' }, [{ ...sku('A'), listFen: 3333 }])).toEqual([[3333, 499, 2834]]) // 499.95 rounds down
    expect(pay('percent_off', { pay_bp: '8.5', max_off: '1' })).toEqual([[3990, 100, 3890]])
    expect(pay('fixed_price', { price: '50' })).toEqual([[3990, 0, 3990]])
    expect(pay('amount_off', { off: '50' })).toEqual([[3990, 3990, 0]])
    expect(pay('spend_percent', { 'tiers@from': 'count', tiers: [{ count: '2', pay_bp: '9' }] })).toEqual([[3990, 0, 3990], [7980, 798, 7182]])
  })
})

describe('a coupon drop', () => {
  const empty = { ...emptyTemplate(), validKind: 'hours' as const, validHours: '72', source: 'new' as const, templateId: null, total: '100', perMember: '1', perDay: '', budget: '', access: 'PUBLIC' as const, sharedCode: '', points: '', giftSku: '', giftDays: '30', tiersOn: false, off2: '', zhe2: '', maxOff2: '', min2: '' }
  const none = { others: null, extra: null, validDays: null, perDay: null, budgetFen: null, bearing: [], bearingSeasons: [], graceDays: null, usesPerDay: null, sharedCode: null, weekdays: [], hours: null, stacking: null, fullPriceOnly: false }
  it('off with a threshold', () => {
    expect(readDrop({ ...empty, off: '8', min: '88' }).value).toEqual({ content: { kind: 'OFF', offFen: 800, payBp: null, maxOffFen: null, minFen: 8800, sku: null, priceFen: null, items: [], points: null, timesBp: null, backFen: null, scope: null }, validHours: 72, total: 100, perMember: 1, ...none })
  })
  it('goods at full price (K01): asked for where it takes something off goods, forgotten with another kind', () => {
    const asked = (more: Partial<typeof empty>) => readDrop({ ...empty, off: '8', fullPrice: true, ...more }).value?.fullPriceOnly
    expect([asked({}), asked({ fullPrice: false }), asked({ kind: 'SHIPPING' }), asked({ kind: 'GIVE_BACK', back: '20' }), asked({ kind: 'EXCHANGE', sku: 'A1' })]).toEqual([true, false, false, false, true])
    expect(fieldOfDropProblem('fullPriceOnly')).toBe('fullPrice')
  })
  it('the ticket of the preview says what it is about', () => {
    const t = ((key: string, values?: Record<string, string>) => `${key} ${values?.most ?? ''}`.trim()) as Parameters<typeof aboutWords>[2]
    const about = (more: Partial<Parameters<typeof aboutWords>[0]>, article: string | null = null) => aboutWords({ ...empty, ...more }, article, t, 'CNY')
    const row = (name: string, qty: string) => ({ sku: name, name, emoji: '', imageHue: 0, listFen: 1, qty })
    expect([about({ kind: 'TRIAL', sku: 'A1' }, '牛肉丸'), about({ kind: 'EXCHANGE', sku: 'A1' }), about({ kind: 'EXCHANGE' })]).toEqual(['牛肉丸', 'A1', null])
    expect(aboutWords({ ...empty, kind: 'BUNDLE', items: [row('苹果', '2'), row('酸奶', '1')] }, null, t, 'CNY')).toBe('苹果×2+酸奶')
    expect([about({ kind: 'GIVE_BACK', back: '20' }), about({ kind: 'GIVE_BACK' }), about({ kind: 'OFF', off: '3' })]).toEqual(['coupon.backMost ¥20', null, null])
  })
  it('percent with a cap, of some goods', () => {
    expect(readDrop({ ...empty, kind: 'PERCENT', off: 'left over', zhe: '8.5', maxOff: '20', scopeKind: 'some', some: { ...empty.some, tags: ['火锅'] } }).value?.content).toEqual({ kind: 'PERCENT', offFen: null, payBp: 8500, maxOffFen: 2000, minFen: 0, sku: null, priceFen: null, items: [], points: null, timesBp: null, backFen: null, scope: { tags: ['火锅'] } })
  })
  it('days, a limit a day, a budget, a shared code', () => {
    const value = readDrop({ ...empty, off: '7', validKind: 'days', perDay: '1', budget: '500', graceDays: '3', usesPerDay: '2', access: 'SHARED', sharedCode: ' 火锅节 ' }).value
    expect(value).toMatchObject({ validHours: null, validDays: 7, perDay: 1, budgetFen: 50000, graceDays: 3, usesPerDay: 2, sharedCode: '火锅节' })
  })
  it('an article for nothing, and shipping', () => {
    expect(readDrop({ ...empty, kind: 'EXCHANGE', sku: ' NRW500 ' }).value?.content).toMatchObject({ kind: 'EXCHANGE', sku: 'NRW500', offFen: null, minFen: 0 })
    expect(readDrop({ ...empty, kind: 'SHIPPING', min: '50' }).value?.content).toMatchObject({ kind: 'SHIPPING', offFen: null, minFen: 5000 })
    expect(readDrop({ ...empty, kind: 'SHIPPING', off: '6' }).value?.content).toMatchObject({ offFen: 600 })
    expect(readDrop({ ...empty, kind: 'EXCHANGE' }).problems).toEqual([{ field: 'sku', key: 'problem.required' }])
    expect(readDrop({ ...empty, off: '5', access: 'SHARED' }).problems).toEqual([{ field: 'sharedCode', key: 'problem.required' }])
  })
  it('K01: an article at a price, from other goods; an article to try', () => {
    expect(readDrop({ ...empty, kind: 'EXCHANGE', sku: 'EGG', price: '3', min: '50' }).value?.content).toMatchObject({ kind: 'EXCHANGE', sku: 'EGG', priceFen: 300, minFen: 5000 })
    expect(readDrop({ ...empty, kind: 'EXCHANGE', sku: 'EGG', price: '0' }).problems).toEqual([{ field: 'price', key: 'problem.positive' }])
    expect(readDrop({ ...empty, kind: 'TRIAL', sku: 'EGG', price: '3', min: '50' }).value?.content).toMatchObject({ kind: 'TRIAL', sku: 'EGG', priceFen: null, minFen: 0 })
    expect(readDrop({ ...empty, kind: 'TRIAL' }).problems).toEqual([{ field: 'sku', key: 'problem.required' }])
    expect(['content.exchange.price', 'content.trial.sku'].map(fieldOfDropProblem)).toEqual(['price', 'sku'])
  })
  it('K10: another worth for those who have ordered, where the kind has one', () => {
    const tiered = { ...empty, off: '20', min: '99', tiersOn: true, off2: '5', min2: '49' }
    expect(readDrop(tiered).value).toMatchObject({ content: { kind: 'OFF', offFen: 2000, minFen: 9900 }, others: { kind: 'OFF', offFen: 500, minFen: 4900, scope: null } })
    expect(readDrop({ ...tiered, kind: 'PERCENT', zhe: '8', zhe2: '9', maxOff2: '10' }).value?.others).toEqual({ kind: 'PERCENT', offFen: null, payBp: 9000, maxOffFen: 1000, minFen: 4900, scope: null })
    expect(readDrop({ ...tiered, off2: '' }).problems).toEqual([{ field: 'off2', key: 'problem.required' }])
    expect(readDrop({ ...tiered, off2: '20', min2: '99' }).problems).toEqual([{ field: 'off2', key: 'problem.sameTier' }])
    expect(readDrop({ ...tiered, kind: 'PERCENT', zhe: '9', zhe2: '9', min2: '99', maxOff: '10', maxOff2: '10' }).problems).toEqual([{ field: 'zhe2', key: 'problem.sameTier' }])
    expect(readDrop({ ...tiered, off2: '20', min2: '199' }).problems).toEqual([])
    expect(readDrop({ ...tiered, off2: '50' }).problems).toEqual([{ field: 'off2', key: 'problem.offAboveMin' }])
    expect(readDrop({ ...tiered, kind: 'SHIPPING', off2: '' }).value?.others).toBeNull()
    expect(['tiers[0].content.off.off', 'tiers[1].content.off.off', 'tiers[1].content.percent.pay_bp'].map(fieldOfDropProblem)).toEqual(['off', 'off2', 'zhe2'])
  })
  it('K01: a set at a price, points, what was paid back', () => {
    const apple = { sku: 'A', name: '苹果', emoji: '', listFen: 1, qty: '2' } as never
    expect(readDrop({ ...empty, kind: 'BUNDLE', items: [apple], price: '19.9', min: '50' }).value?.content).toMatchObject({ kind: 'BUNDLE', items: [{ sku: 'A', qty: 2 }], priceFen: 1990, minFen: 0 })
    expect(readDrop({ ...empty, kind: 'BUNDLE', price: '5' }).problems).toEqual([{ field: 'items', key: 'problem.required' }])
    expect(readDrop({ ...empty, kind: 'POINTS', bonus: '50', min: '99' }).value?.content).toMatchObject({ kind: 'POINTS', points: 50, timesBp: null, minFen: 9900 })
    expect(readDrop({ ...empty, kind: 'POINTS', worth: 'times', times: '2.5', bonus: 'left over' }).value?.content).toMatchObject({ points: null, timesBp: 25000 })
    expect(readDrop({ ...empty, kind: 'GIVE_BACK', back: '30' }).value?.content).toMatchObject({ kind: 'GIVE_BACK', backFen: 3000 })
    expect(readDrop({ ...empty, kind: 'GIVE_BACK' }).problems).toEqual([{ field: 'back', key: 'problem.required' }])
    expect(['content.bundle.items[0].qty', 'content.points.count', 'content.give_back.max'].map(fieldOfDropProblem)).toEqual(['items', 'bonus', 'back'])
  })
  it('K10: points and an article beside the coupon', () => {
    expect(readDrop({ ...empty, off: '5', points: '50' }).value?.extra).toEqual({ points: 50, giftSku: null, giftDays: 30 })
    expect(readDrop({ ...empty, off: '5', giftSku: ' NRW500 ', giftDays: '7' }).value?.extra).toEqual({ points: 0, giftSku: 'NRW500', giftDays: 7 })
    expect(readDrop({ ...empty, off: '5', giftSku: 'NRW500', giftDays: '' }).problems).toEqual([{ field: 'giftDays', key: 'problem.required' }])
    expect(readDrop({ ...empty, off: '5', points: 'x' }).problems).toEqual([{ field: 'points', key: 'problem.count' }])
    expect(['extra.points', 'extra.giftSku', 'extra.giftDays'].map(fieldOfDropProblem)).toEqual(['points', 'giftSku', 'giftDays'])
  })
  it('faults of the server stand at their fields', () => {
    expect(['batches[1].opensAt', 'batches', 'budgetFen', 'perDay', 'audience.levels', 'sharedCode'].map(fieldOfDropProblem)).toEqual([['batches', '1', 'opensAt'], 'batchesOn', 'budget', 'perDay', 'levels', 'sharedCode'])
  })
  it('K06: weekdays and hours, none and all of which are always', () => {
    expect(readTemplate({ ...empty, off: '8', weekdays: [7, 6], hoursFrom: '8:30', hoursUntil: '２４：００' }).value).toMatchObject({ weekdays: [6, 7], hours: { start: '08:30', end: '24:00' } })
    expect(readTemplate({ ...empty, off: '8', weekdays: [1, 2, 3, 4, 5, 6, 7] }).value).toMatchObject({ weekdays: [], hours: null })
    expect(readTemplate({ ...empty, off: '8', hoursFrom: '18:00' }).problems).toEqual([{ field: 'hoursUntil', key: 'problem.required' }])
    expect(readTemplate({ ...empty, off: '8', hoursFrom: '25:00', hoursUntil: '9:00' }).problems).toEqual([{ field: 'hoursFrom', key: 'problem.time' }])
    expect(readTemplate({ ...empty, off: '8', hoursFrom: '9:00', hoursUntil: '09:00' }).problems).toEqual([{ field: 'hoursUntil', key: 'problem.sameTime' }])
    expect([usableWords({ ...empty, weekdays: [7, 6], hoursFrom: '18:00', hoursUntil: '24:00' }, zh), usableWords(empty, zh)]).toEqual(['周六、周日 18:00–24:00 可用', null])
    expect(['weekdays', 'hours.start', 'hours.end'].map(fieldOfDropProblem)).toEqual(['weekdays', 'hoursFrom', 'hoursUntil'])
  })
  it('K01: a template alone, and a drop of one that is there', () => {
    expect(readTemplate({ ...empty, off: '8', min: '88' }).value).toMatchObject({ content: { kind: 'OFF', offFen: 800, minFen: 8800 }, validHours: 72, validDays: null })
    expect(readTemplate(empty).problems).toEqual([{ field: 'off', key: 'problem.required' }])
    const existing = { ...empty, source: 'existing' as const, templateId: 'tpl_1', tiersOn: true, off: 'left over' }
    expect(readDrop(existing).value).toMatchObject({ content: null, others: null, validHours: null, total: 100 })
    expect(readDrop({ ...existing, templateId: null, total: '' }).problems).toEqual([{ field: 'templateId', key: 'problem.required' }, { field: 'total', key: 'problem.required' }])
    const face = { __typename: 'CouponFace', kind: 'PERCENT', offFen: null, payBp: 8500, maxOffFen: 2000, minFen: 10000, sku: null, skuName: null, priceFen: null, items: [], points: null, timesBp: null, backFen: null, sentence: '', scopeSentence: '', stackable: false, fullPriceOnly: false } as Parameters<typeof offerOfFace>[0]
    expect(faceWords(offerOfFace(face), zh, 'CNY')).toEqual({ big: '8.5', unit: '折', condition: '满¥100可用' })
    expect(faceWords(offerOfFace({ ...face, kind: 'POINTS', payBp: null, timesBp: 20000, minFen: 0 }), zh, 'CNY')).toEqual({ big: '2', unit: '倍积分', condition: '无门槛' })
  })
  it('problems', () => {
    expect(readDrop({ ...empty, off: '9', min: '8', total: '' }).problems).toEqual([{ field: 'off', key: 'problem.offAboveMin' }, { field: 'total', key: 'problem.required' }])
  })
})

describe('for whom an offer is (B03, B04)', () => {
  it('is a condition of the rule, and nothing when it is for everybody', () => {
    const figures = { '@how': 'times_bp', times_bp: '2' }
    expect(definition('earn_points', figures)).not.toHaveProperty('when')
    expect(definition('earn_points', figures, { levels: ['gold', 'diamond'], customer: 'returning', birthday: 'month', minAmount: '100' })).toMatchObject({ type: 'earn_points', times_bp: 20000, when: { level: ['gold', 'diamond'], customer: ['returning'], tag: ['birthday_month'], min_amount: { fen: 10000 } } })
    expect(problems('earn_points', figures, { minAmount: 'much' })).toEqual(['minAmount problem.yuan'])
    expect(fieldOfProblem('offers[0].when.min_amount.fen', kindOf('earn_points'))).toEqual(['minAmount'])
    expect(fieldOfProblem('offers[0].when.level', kindOf('earn_points'))).toEqual(['levels'])
  })
  it('is said in words, levels by their names', () => {
    const names = new Map([['gold', '金卡会员']])
    const days = form('amount_off', { off: '5' }, { customers: ['10001', ' 10002', '10001'], monthDays: [18, 8] })
    expect(readOffer(days, kindOf('amount_off')).definition?.when).toEqual({ customer_id: ['10001', '10002'], day_of_month: [8, 18] })
    expect(whoWords(days, zh, names)).toBe('指定的 2 位顾客；每月8日、18日')
    expect(fieldOfProblem('offers[0].when.customer_id[1]', kindOf('amount_off'))).toEqual(['customers'])
    expect(fieldOfProblem('offers[0].when.day_of_month[0]', kindOf('amount_off'))).toEqual(['monthDays'])
    expect(whoWords(form('earn_points'), zh, names)).toBe('所有顾客')
    expect(whoWords(form('earn_points', {}, { levels: ['gold'], birthday: 'day', minAmount: '100' }), zh, names)).toBe('金卡会员；生日当天；原价满 100 元的订单')
  })
  it('comes with the templates: every one makes a rule', () => {
    for (const preset of PRESETS) expect(readOffer(form(preset.type, preset.figures, preset.who), kindOf(preset.type)).problems, preset.key).toEqual([])
    const of = (key: string) => { const it = PRESETS.find((one) => one.key === key)!; return definition(it.type, it.figures, it.who) }
    expect(of('pointsOver')).toMatchObject({ type: 'earn_points', times_bp: 20000, when: { min_amount: { fen: 10000 } } })
    expect(of('pointsGold')).toMatchObject({ type: 'earn_points', times_bp: 15000, when: { level: ['gold', 'diamond'] } })
    expect(of('birthday')).toMatchObject({ type: 'percent_off', pay_bp: 9000, when: { tag: ['birthday_month'] } })
  })
})

describe('customers that nobody is (P07)', () => {
  const names = Array.from({ length: 2001 }, (_, n) => `c${n + 1}`)
  const odd = (part: string[]) => part.flatMap((name, n) => (['c1', 'c1000', 'c1001', 'c2001'].includes(name) ? [{ __typename: 'UnknownCustomer' as const, row: n + 1, name }] : []))
  it('a list of any length is asked for in parts, its rows are those of the list', async () => {
    const parts: number[] = []
    const found = await unknownAmong(names, async (part) => { parts.push(part.length); return odd(part) })
    expect(parts).toEqual([1000, 1000, 1])
    expect(found!.map(({ row, name }) => [row, name])).toEqual([[1, 'c1'], [1000, 'c1000'], [1001, 'c1001'], [2001, 'c2001']])
    expect(await unknownAmong([], () => Promise.reject(new Error('nothing is asked')))).toEqual([])
  })
  it('where one part is not answered nothing is known', async () => {
    expect(await unknownAmong(names, async (part) => (part.length < 1000 ? null : odd(part)))).toBeNull()
  })
})
