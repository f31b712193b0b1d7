import { expect, test } from 'vitest'
import * as c from '../src/lib/cart'

const product = (sku: string, available: number | null = null): c.CartProduct => ({ sku, name: sku, unit: '份', emoji: '🍲', imageHue: 1, listFen: 100, available })
const of = (...lines: [string, number][]): c.Cart => lines.reduce((cart, [sku, n]) => c.addQty(cart, product(sku), n), c.emptyCart)

test('adds, changes, takes out', () => {
  let cart = of(['A', 2], ['B', 1])
  expect(c.qtyOf(cart, 'A')).toBe(2)
  cart = c.addQty(cart, product('A'), -1)
  cart = c.addQty(cart, product('B'), -1)
  expect(cart.lines.map((l) => [l.sku, l.qty])).toEqual([['A', 1]])
  expect(c.addQty(cart, product('X'), -1)).toBe(cart)
  expect(c.remove(cart, ['A']).lines).toEqual([])
})

test('never more than there is', () => {
  expect(c.qtyOf(c.addQty(c.emptyCart, product('A', 3), 5), 'A')).toBe(3)
  expect(c.qtyOf(c.addQty(c.emptyCart, product('A', 0), 1), 'A')).toBe(0)
  expect(c.qtyOf(c.addQty(c.emptyCart, product('A', null), 5000), 'A')).toBe(999)
})

test('only what is chosen and to be had is priced, in an order of its own', () => {
  let cart = of(['B', 1], ['A', 2], ['C', 1])
  cart = c.select(cart, ['C'], false)
  cart = c.refresh(cart, [product('B', 0)])
  expect(c.cartLines(cart)).toEqual([{ sku: 'A', qty: 2 }])
  expect(c.cartLines(of(['B', 1], ['A', 2]))).toEqual(c.cartLines(of(['A', 2], ['B', 1])))
  expect(c.count(c.settled(cart))).toBe(2)
  expect(c.unpriced(cart)).toEqual(['B', 'C']) // of these the stock is heard of by itself (Q05)
  expect(c.unpriced(c.refresh(cart, [product('B', 3)]))).toEqual(['C'])
})

test('a quote refreshes facts, not quantities; the same facts change nothing', () => {
  const cart = of(['A', 5])
  const fresh = c.refresh(cart, [{ ...product('A', 2), name: '新名' }])
  expect(fresh.lines[0]).toMatchObject({ qty: 5, product: { name: '新名', available: 2 } })
  expect(c.short(fresh.lines[0]!)).toBe(true)
  expect(c.refresh(fresh, [{ ...product('A', 2), name: '新名' }])).toBe(fresh)
})

test.each([null, undefined, 'x', {}, { lines: 'x' }, { lines: [null, { sku: 'A', qty: -1, product: { name: 'a' } }, { sku: 'A', qty: 1.5, product: { name: 'a' } }] }])('storage that holds %j is an empty cart', (value) => {
  expect(c.revive(value).lines).toEqual([])
})
test('a stored cart comes back', () => { expect(c.revive(JSON.parse(JSON.stringify(of(['A', 2]))))).toEqual(of(['A', 2])) })

// ---- add-ons and gifts

const choice = (sku: string, most = 2, available: number | null = null) => ({ offerId: 'o', sku, most, product: { available } })

test('add-ons: at most so many of an offer in all, no more than there is, gone with the goods', () => {
  let cart = c.setAddOn(of(['A', 1]), choice('X'), 1)
  cart = c.setAddOn(cart, choice('Y'), 5)
  expect(cart.addOns).toEqual([{ offerId: 'o', sku: 'X', qty: 1 }, { offerId: 'o', sku: 'Y', qty: 1 }])
  expect(c.setAddOn(cart, choice('Y'), 1)).toBe(cart)
  expect([c.addOnsOf(cart, 'o'), c.addOnQty(cart, 'o', 'X'), c.addOnQty(cart, 'p', 'X')]).toEqual([2, 1, 0])
  expect(c.setAddOn(cart, choice('X'), 0).addOns).toEqual([{ offerId: 'o', sku: 'Y', qty: 1 }])
  expect(c.setAddOn(of(['A', 1]), choice('X', 9, 3), 5).addOns[0]!.qty).toBe(3)
  expect(c.addQty(cart, product('A'), 1).addOns).toEqual(cart.addOns)
  expect(c.remove(cart, ['A'])).toEqual(c.emptyCart)
  expect(c.addQty(cart, product('A'), -1)).toEqual(c.emptyCart)
})

test('a gift that is chosen makes the first of the others give way', () => {
  const one = c.chooseGift(of(['A', 1]), { offerId: 'o', sku: 'Y', choose: 1 }, ['X'])
  expect(one.giftChoices).toEqual([{ offerId: 'o', sku: 'Y' }])
  expect(c.chooseGift(one, { offerId: 'o', sku: 'Z', choose: 2 }, ['X', 'Y']).giftChoices.map((g) => g.sku)).toEqual(['Y', 'Z'])
  expect(c.chooseGift(one, { offerId: 'o', sku: 'Y', choose: 1 }, ['Y'])).toBe(one)
})

const chosen = (): c.Cart => ({ ...of(['A', 1]), addOns: [{ offerId: 'o', sku: 'X', qty: 1 }, { offerId: 'p', sku: 'X', qty: 1 }], giftChoices: [{ offerId: 'g', sku: 'G' }, { offerId: 'h', sku: 'H' }] })

test('what the server refuses goes, and nothing else', () => {
  const { cart, addOns, giftChoices } = c.dropRefused(chosen(), ['input.addOns[1]', 'giftChoices[0]', 'lines[0].qty'])
  expect([addOns.map((a) => a.offerId), giftChoices.map((g) => g.offerId)]).toEqual([['p'], ['g']])
  expect([cart.addOns.map((a) => a.offerId), cart.giftChoices.map((g) => g.offerId), cart.lines.length]).toEqual([['o'], ['h'], 1])
  const same = chosen()
  expect(c.dropRefused(same, ['lines[0]']).cart).toBe(same)
})

test('what a price no longer offers goes; a gift whose offer is out of reach waits', () => {
  const quote = { gifts: [{ offerId: 'g', sku: 'other' }], giftChoices: [{ offerId: 'g', sku: 'other' }], addOnChoices: [{ offerId: 'o', sku: 'X', most: 1 }] }
  const { cart } = c.dropUnoffered(chosen(), quote)
  expect(cart.addOns.map((a) => a.offerId)).toEqual(['o'])
  expect(cart.giftChoices.map((g) => g.offerId)).toEqual(['h'])
  const less = { ...chosen(), addOns: [{ offerId: 'o', sku: 'X', qty: 2 }] }
  expect(c.dropUnoffered(less, quote).addOns).toHaveLength(1) // fewer may be chosen than before
})

test('choices come back from storage, nonsense does not', () => {
  expect(c.revive(JSON.parse(JSON.stringify(chosen())))).toEqual(chosen())
  expect(c.revive({ lines: chosen().lines, addOns: [null, { offerId: 'o', sku: 'X', qty: 0 }, { offerId: 1, sku: 'X', qty: 1 }], giftChoices: 'x' })).toEqual(of(['A', 1]))
  expect(c.revive({ lines: chosen().lines })).toEqual(of(['A', 1])) // stored by an older version
})

test('an add-on beside a line of its SKU', () => {
  const quote = { lines: [{ sku: 'A', qty: 2 }, { sku: 'B', qty: 1 }, { sku: 'A', qty: 1 }], addOnChoices: [{ chosen: 1 }, { chosen: 0 }] }
  expect(c.splitLines(quote)).toEqual({ sold: quote.lines.slice(0, 2), added: [{ sku: 'A', qty: 1 }] })
  expect(c.byOffer([{ offerId: 'b', n: 1 }, { offerId: 'a', n: 2 }, { offerId: 'b', n: 3 }]).map((l) => l.map((x) => x.n))).toEqual([[1, 3], [2]])
})
