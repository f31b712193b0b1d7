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
