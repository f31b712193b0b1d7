import { expect, test } from 'vitest'
import { code128 } from '../src/lib/barcode'
import { choosable, claimedWords, claimRefusal, couponCondition, couponFace, couponKind, mendedPick, numberLook, picked, shortValidity } from '../src/lib/coupon'
import { explainChange, type PricedState } from '../src/lib/explain'
import { newKey } from '../src/lib/ids'
import { addQuery, queryValue, readReturn, withoutNames } from '../src/platform/oauth'

const off = { kind: 'OFF' as const, offFen: 800, payBp: null, maxOffFen: null, minFen: 8800, priceFen: null, points: null, timesBp: null, backFen: null, items: [], skuName: null }
const percent = { kind: 'PERCENT' as const, offFen: null, payBp: 8500, maxOffFen: 2000, minFen: 0, priceFen: null, points: null, timesBp: null, backFen: null, items: [], skuName: null }
const exchange = { kind: 'EXCHANGE' as const, offFen: null, payBp: null, maxOffFen: null, minFen: 0, priceFen: null, points: null, timesBp: null, backFen: null, items: [], skuName: '牛肉丸' }
const shipping = { kind: 'SHIPPING' as const, offFen: null, payBp: null, maxOffFen: null, minFen: 5000, priceFen: null, points: null, timesBp: null, backFen: null, items: [], skuName: null }

test('an amount with cents or thousands is set smaller, so that none of it is cut off', () => {
  const looks = (numbers: string[], after = '') => numbers.map((number) => numberLook({ number, after }))
  expect(looks(['8', '8.8', '1000', '88.88', '1234.56'])).toEqual(['', '', 'sm', 'sm', 'xs'])
  expect(looks(['兑换', '试用', '全额返'])).toEqual(['', '', 'sm'])
  expect([...looks(['6', '66', '1000'], '积分'), ...looks(['8.5'], '折')]).toEqual(['', 'sm', 'xs', ''])
  expect(couponFace({ ...off, offFen: 123456 }).number).toBe('1234.56')
})

test('faces of coupons', () => {
  expect(couponFace(off)).toEqual({ before: '¥', number: '8', after: '', cap: '' })
  expect(couponFace(percent)).toEqual({ before: '', number: '8.5', after: '折', cap: '最多减20' })
  expect([couponCondition(off), couponCondition(percent)]).toEqual(['满88可用', '无门槛'])
  expect([couponKind(off), couponKind(percent), couponKind({ ...off, minFen: 0 })]).toEqual(['满减券', '折扣券', '立减券'])
  expect(couponFace(exchange)).toEqual({ before: '', number: '兑换', after: '', cap: '牛肉丸' })
  expect(couponFace(shipping)).toEqual({ before: '', number: '免邮', after: '', cap: '' })
  expect(couponFace({ ...shipping, offFen: 600 })).toEqual({ before: '¥', number: '6', after: '', cap: '抵运费' })
  expect(shortValidity('领取后 3 天内有效（至第 3 天 24:00）')).toBe('领取后 3 天内有效')
  expect([couponCondition(exchange), couponKind(exchange), couponKind(shipping)]).toEqual(['免费兑一件', '兑换券', '运费券'])
})

test('an article at a price, or to try', () => {
  const bought = { ...exchange, priceFen: 300 }
  expect(couponFace(bought)).toEqual({ before: '¥', number: '3', after: '', cap: '牛肉丸' })
  expect([couponKind(bought), couponCondition(bought), couponCondition({ ...bought, minFen: 5000 })]).toEqual(['换购券', '换购一件', '其他商品满50'])
  const trial = { ...exchange, kind: 'TRIAL' as const }
  expect([couponFace(trial).number, couponKind(trial), couponCondition(trial)]).toEqual(['试用', '试用券', '免费试用一件'])
})

test('a set, points, and all of it back', () => {
  const bundle = { ...exchange, kind: 'BUNDLE' as const, priceFen: 1990, items: [{ name: '苹果', qty: 2 }, { name: '酸奶', qty: 1 }] }
  expect([couponFace(bundle), couponKind(bundle), couponCondition(bundle)]).toEqual([{ before: '¥', number: '19.9', after: '', cap: '苹果×2+酸奶' }, '套餐券', '套餐一份'])
  const points = { ...exchange, kind: 'POINTS' as const, points: 50, minFen: 9900 }
  expect([couponFace(points), couponKind(points), couponCondition(points)]).toEqual([{ before: '+', number: '50', after: '积分', cap: '' }, '积分券', '实付满99'])
  expect(couponFace({ ...points, points: null, timesBp: 25000 })).toEqual({ before: '', number: '2.5', after: '倍', cap: '积分翻倍' })
  const back = { ...exchange, kind: 'GIVE_BACK' as const, backFen: 3000 }
  expect([couponFace(back), couponKind(back), couponCondition(back)]).toEqual([{ before: '', number: '全额返', after: '', cap: '红包最多返30' }, '全额返券', '无门槛'])
  expect([claimedWords(null, 'OFF'), claimedWords(null, 'POINTS'), claimedWords({ sentence: '另送 5 积分' }, 'POINTS')]).toEqual(['领到了！下单时自动用上', '领到了！结算时选用', '领到了！另送 5 积分'])
})

test("refusals are the server's facts, with what to do about them", () => {
  expect(claimRefusal({ __typename: 'CouponSoldOut', message: '本批已领完，6月18日 20:00 放出下一批' })).toBe('手慢了，本批已领完，6月18日 20:00 放出下一批')
  expect(claimRefusal({ __typename: 'ClaimLimitReached', message: '每人限领 1 张，您已领 1 张' })).toBe('每人限领 1 张，您已领 1 张，快去用掉它吧')
  expect(claimRefusal({ __typename: 'DropNotOpen', message: '活动已结束' })).toBe('活动已结束')
  expect(claimRefusal({ __typename: 'NotForYou', message: '新客专享，您已下过单' })).toBe('新客专享，您已下过单')
})

const state = (payableFen: number, offers: PricedState['offers'] = [], lines: PricedState['lines'] = []): PricedState => ({ payableFen, offers, rejected: [], lines })
test('reasons of a changed price', () => {
  const o = { id: 'o', name: '毛肚直降', offFen: 400 }
  const line = (listFen: number) => [{ sku: 'A', listFen, qty: 1, product: { name: '鲜毛肚' } }]
  expect(explainChange(state(100), state(100), 'RULES')).toBeNull()
  expect(explainChange(state(500), state(500, [o]), 'RULES')?.text).toBe('「毛肚直降」可以用了，价格不变')
  expect(explainChange(state(500, [o]), state(500), 'STOCK')?.text).toBe('「毛肚直降」不再可用，价格不变')
  expect(explainChange(state(500, [o]), state(500, [{ ...o, id: 'p' }]), 'RULES')?.text).toBe('优惠有更新，价格不变')
  expect(explainChange(state(500), state(100, [{ ...o, couponId: 'c1' }]), 'COUPON')?.text).toBe('「毛肚直降」已自动用上，已为您重新算价 −¥4.00')
  expect(explainChange(state(500), state(100, [o]), '「毛肚直降」开始了')?.text).toBe('「毛肚直降」开始了，已为您重新算价 −¥4.00')
  expect(explainChange(state(100), state(150), '您的账户有变化')?.text).toBe('您的账户有变化，已为您重新算价 +¥0.50')
  expect(explainChange(state(500), state(100, [o, { ...o, id: 'p', offFen: 1 }]), 'TIME')?.text).toContain('「毛肚直降」等2项优惠开始了')
  expect(explainChange(state(100, [o]), state(500), 'TIME')?.text).toBe('「毛肚直降」已结束，已为您重新算价 +¥4.00')
  expect(explainChange(state(100, [o]), state(50, [{ ...o, offFen: 450 }]), 'RULES')?.text).toContain('「毛肚直降」有调整')
  expect(explainChange(state(100, [], line(100)), state(150, [], line(150)), 'RULES')?.text).toContain('「鲜毛肚」商品价格有调整')
  expect(explainChange(state(100), state(150), 'STOCK')?.text).toContain('库存有变化')
})

test('an offer that went says why, and "已结束" only where it is over', () => {
  const o = { id: 'o', name: '满200减30', offFen: 3000 }
  const gone = (reason: string, leaf: string | null = null): string | undefined =>
    explainChange(state(100, [o]), { ...state(500), rejected: [{ id: 'o', name: o.name, reason, sentence: '', leaf }] }, 'RULES')?.text
  expect(gone('THRESHOLD')).toBe('「满200减30」还没到门槛，已为您重新算价 +¥4.00')
  expect(gone('WHEN', 'hours')).toContain('「满200减30」时段已过')
  expect(gone('WHEN', 'store')).toContain('「满200减30」现在用不了')
  expect(gone('NOT_BETTER')).toContain('「满200减30」换成了其他优惠')
  expect(gone('EXPIRED')).toContain('「满200减30」已结束')
})

test('OAuth: only a code that comes with our state is taken', () => {
  const pending = { state: 's1', returnHash: '#/pages/cart/index' }
  expect(readReturn('', pending)).toEqual({ kind: 'none' })
  expect(readReturn('?merchant=chuanwei', null)).toEqual({ kind: 'none' })
  expect(readReturn('?merchant=chuanwei&code=c%2B1&state=s1', pending)).toEqual({ kind: 'code', code: 'c+1', returnHash: '#/pages/cart/index' })
  expect(readReturn('?code=c&state=other', pending).kind).toBe('refused')
  expect(readReturn('?code=c&state=s1', null).kind).toBe('refused')
  expect(readReturn('?state=s1', pending).kind).toBe('refused')
})
test('addresses', () => {
  expect(withoutNames('?merchant=a&code=1&state=2', ['code', 'state'])).toBe('?merchant=a')
  expect(withoutNames('?code=1', ['code'])).toBe('')
  expect(queryValue('?a=1&b=%E5%B7%9D', 'b')).toBe('川')
  expect(addQuery('/pay?x=1', { redirect_url: 'http://h/m/#/o?id=1&p=2' })).toBe('/pay?x=1&redirect_url=http%3A%2F%2Fh%2Fm%2F%23%2Fo%3Fid%3D1%26p%3D2')
  expect(addQuery('/a#wechat', { state: 's' })).toBe('/a?state=s#wechat')
})

test('Code 128: known symbols, and every bar pattern has eleven modules', () => {
  const b = code128('PJJ123C') // the well-known example has check symbol 54 in set A; set B starts one higher: 55
  expect(b.length).toBe((1 + 7 + 1) * 6 + 7)
  expect(b.slice(-13, -7)).toEqual([3, 1, 1, 3, 2, 1])
  expect(b.reduce((x, y) => x + y, 0)).toBe(9 * 11 + 13)
  const c = code128('900123456789')
  expect(c.slice(0, 6)).toEqual([2, 1, 1, 2, 3, 2])
  expect(c.reduce((x, y) => x + y, 0)).toBe(8 * 11 + 13)
  expect(code128('码')).toEqual([])
})

test('keys differ', () => { expect(new Set(Array.from({ length: 5000 }, newKey)).size).toBe(5000) })

test('coupons are chosen as many as an order may use (K01)', () => {
  expect(picked([], 'a', 1)).toEqual({ mode: 'FIXED', ids: ['a'] })
  expect(picked(['a'], 'b', 1)).toEqual({ mode: 'FIXED', ids: ['b'] })
  expect(picked(['a'], 'a', 1)).toEqual({ mode: 'FIXED', ids: ['a'] })
  expect(picked(['a'], 'b', 2)).toEqual({ mode: 'FIXED', ids: ['a', 'b'] })
  expect(picked(['a', 'b'], 'c', 2)).toEqual({ mode: 'FIXED', ids: ['b', 'c'] })
  expect(picked(['a', 'b'], 'a', 2)).toEqual({ mode: 'FIXED', ids: ['b'] })
  expect(picked(['a'], 'a', 2)).toEqual({ mode: 'NONE', ids: [] })
})

test('what is chosen is what is used: the coupon tapped last is meant, what does not go with it goes, with a word (K01, Q06)', () => {
  const named = { a: '单用减8', b: '可叠减6', c: '可叠减5', far: '满999减9' }
  const priced = (applied: string[], why: Record<string, string | null> = {}, reasons: Record<string, 'NOT_BETTER' | 'THRESHOLD' | 'LIMIT'> = {}) => ({
    coupons: Object.entries(named).map(([id, name]) => ({ applied: applied.includes(id), reason: why[id] ?? null, coupon: { id, template: { name, face: { stackable: name.startsWith('可叠') } } } })),
    rejected: Object.entries(reasons).map(([couponId, reason]) => ({ couponId, reason })),
  })
  const fixed = (...ids: string[]) => ({ mode: 'FIXED' as const, ids })
  expect(mendedPick(fixed('b', 'c'), priced(['b', 'c']))).toBeNull()
  expect(mendedPick({ mode: 'AUTO', ids: [] }, priced([]))).toBeNull()
  // the other was better: it goes all the same, for this one was tapped
  expect(mendedPick(fixed('a', 'b'), priced(['a'], {}, { b: 'NOT_BETTER' }))).toEqual({ pick: fixed('b'), say: '「可叠减6」不能和已选的券同用，已换成它' })
  expect(mendedPick(fixed('b', 'a'), priced(['a'], {}, { b: 'NOT_BETTER' }))).toEqual({ pick: fixed('a'), say: '「可叠减6」不能和「单用减8」同用，已取消' })
  expect(mendedPick(fixed('a', 'b', 'c'), priced(['b', 'c'], {}, { a: 'NOT_BETTER' }))).toEqual({ pick: fixed('b', 'c'), say: '「单用减8」不能和「可叠减6」、「可叠减5」同用，已取消' })
  // with three an order, what stacks stays beside what stacks; where that does not go either, the one that was tapped is alone
  expect(mendedPick(fixed('a', 'b', 'c'), priced(['a'], {}, { b: 'NOT_BETTER', c: 'NOT_BETTER' }))).toEqual({ pick: fixed('b', 'c'), say: '「可叠减5」不能和「单用减8」同用，已换成它' })
  expect(mendedPick(fixed('b', 'c'), priced(['b'], {}, { c: 'NOT_BETTER' }))).toEqual({ pick: fixed('c'), say: '「可叠减5」不能和已选的券同用，已换成它' })
  // what cannot be used in this cart takes nobody's place
  expect(mendedPick(fixed('b', 'far'), priced(['b'], { far: '还差¥976.10' }, { far: 'THRESHOLD' }))).toEqual({ pick: fixed('b'), say: '「满999减9」这单用不上：还差¥976.10' })
  expect(mendedPick(fixed('far'), priced([], { far: '还差¥976.10' }, { far: 'THRESHOLD' }))).toEqual({ pick: { mode: 'AUTO', ids: [] }, say: '「满999减9」这单用不上：还差¥976.10，已改为自动用券' })
  expect(mendedPick(fixed('gone'), priced([]))).toEqual({ pick: { mode: 'AUTO', ids: [] }, say: '「选的券」这单用不上，已改为自动用券' })
  const shown = priced(['b'], {}, { a: 'NOT_BETTER', c: 'LIMIT', far: 'THRESHOLD' })
  expect(['a', 'b', 'c', 'far', 'gone'].filter((id) => choosable(shown, id))).toEqual(['a', 'b', 'c'])
})
