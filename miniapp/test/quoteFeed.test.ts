import { beforeEach, expect, test, vi } from 'vitest'
import type { PricedState } from '../src/lib/explain'
import type { Sink } from '../src/lib/graphqlWs'
import { createQuoteFeed, type Feed, type QuoteUpdate } from '../src/lib/quoteFeed'

type Q = PricedState
const quote = (payableFen: number, offers: Q['offers'] = [], rejected: Q['rejected'] = []): { __typename: 'Quote' } & Q => ({ __typename: 'Quote', payableFen, offers, rejected, lines: [] })
const festival = { id: 'f', name: '火锅节满200减30', offFen: 3000 }

let subs: { input: unknown; sink: Sink<{ cartQuote: QuoteUpdate<Q> }>; ended: boolean }[]
let up: boolean
let asked: number
let feed: Feed<Q>
let mended: string[]
function make() {
  return createQuoteFeed<{ n: number }, Q>({
    subscribe: (input, sink) => { const s = { input, sink, ended: false }; subs.push(s); return () => { s.ended = true } },
    ask: async () => { asked++; return quote(777) },
    linkUp: () => up,
    emit: (f) => { feed = f },
    mend: (problems) => { mended.push(...problems.map((p) => p.path)); return problems.some((p) => p.path.startsWith('addOns')) },
    now: () => 1,
  })
}
const push = (i: number, version: number, q: QuoteUpdate<Q>['result'], cause = 'FIRST'): void => subs[i]!.sink.next({ cartQuote: { version, cause, result: q } })
beforeEach(() => { vi.useFakeTimers(); subs = []; up = true; asked = 0; mended = [] })

test('a new cart is a new subscription; answers to the older cart are dropped', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  push(0, 1, quote(100))
  expect(feed.quote?.payableFen).toBe(100)
  f.want({ n: 2 })
  expect(feed.quotedFor).not.toBe(feed.wanted)
  expect(subs[0]!.ended).toBe(true)
  push(0, 2, quote(999))
  expect(feed.quote?.payableFen).toBe(100)
  await vi.advanceTimersByTimeAsync(120)
  push(1, 1, quote(200))
  expect([feed.quote?.payableFen, feed.quotedFor === feed.wanted, feed.change]).toEqual([200, true, null])
})

test('quick taps make one subscription', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  push(0, 1, quote(100))
  for (let n = 2; n < 8; n++) f.want({ n })
  await vi.advanceTimersByTimeAsync(500)
  expect(subs.length).toBe(2)
  expect(subs[1]!.input).toEqual({ n: 7 })
})

test('the same cart again changes nothing', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(500)
  expect(subs.length).toBe(1)
})

test('an older version never replaces a newer one; after a lost link versions may start anew', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  push(0, 5, quote(100))
  push(0, 4, quote(999))
  push(0, 5, quote(999))
  expect(feed.quote?.payableFen).toBe(100)
  subs[0]!.sink.restart!()
  push(0, 1, quote(70, [festival]))
  expect(feed.quote?.payableFen).toBe(70)
  expect(feed.change?.deltaFen).toBe(-30)
})

test('a price that moves by itself says why; one that the shopper moved does not', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  push(0, 1, quote(20000))
  expect(feed.change).toBeNull()
  push(0, 2, quote(17000, [festival]), 'RULES')
  expect(feed.change?.text).toBe('「火锅节满200减30」开始了，已为您重新算价 −¥30.00')
  push(0, 3, quote(20000, [], [{ id: 'f', name: festival.name, reason: 'SOLD_OUT', sentence: '抢完了' }]), 'STOCK')
  expect(feed.change?.text).toBe('「火锅节满200减30」已抢完，已为您重新算价 +¥30.00')
  f.acknowledge()
  expect(feed.change).toBeNull()
  f.want({ n: 2 })
  await vi.advanceTimersByTimeAsync(200)
  push(1, 1, quote(30000))
  expect(feed.change).toBeNull()
})

test('while the link is down the price is asked over HTTP; a live answer wins', async () => {
  up = false
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(2_600)
  expect([asked, feed.quote?.payableFen]).toEqual([1, 777])
  push(0, 1, quote(700))
  expect(feed.quote?.payableFen).toBe(700)
})

test('a cart that cannot be priced says so and keeps the last price', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  push(0, 1, quote(100))
  push(0, 2, { __typename: 'InvalidInput', message: '没有商品 X', problems: [{ path: 'lines[0].sku', message: '没有' }] })
  expect([feed.problem, feed.quote?.payableFen]).toEqual(['没有商品 X', 100])
  f.want({ n: 2 })
  await vi.advanceTimersByTimeAsync(120)
  push(1, 1, { __typename: 'InvalidInput', message: '没有换购', problems: [{ path: 'addOns[0]', message: '没有了' }] })
  expect([feed.problem, mended]).toEqual([null, ['lines[0].sku', 'addOns[0]']]) // mended: the next cart is on its way
})

test('an empty cart has no price; resting ends the subscription and resuming starts it', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  push(0, 1, quote(100))
  f.rest()
  expect(subs[0]!.ended).toBe(true)
  f.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(subs.length).toBe(2)
  push(1, 1, quote(90, [festival]))
  expect(feed.change?.deltaFen).toBe(-10)
  f.want(null)
  expect([feed.quote, feed.wanted, subs[1]!.ended]).toEqual([null, null, true])
})

test('a feed that ends is told in words of people: the server’s own, or what to do', async () => {
  const f = make()
  f.want({ n: 1 })
  await vi.advanceTimersByTimeAsync(0)
  subs[0]!.sink.error!([{ message: "Cannot query field 'couponCount' on type 'Quote'." }])
  expect(feed.problem).toBe('价格没有算出来，请重新打开小程序再试')
  f.want({ n: 2 })
  await vi.advanceTimersByTimeAsync(120)
  subs[1]!.sink.error!([{ message: '看的人太多，请稍后再试' }])
  expect(feed.problem).toBe('看的人太多，请稍后再试')
})
