import { beforeEach, expect, test, vi } from 'vitest'
import { createGraphqlWs, type LinkState, type SocketEvents } from '../src/lib/graphqlWs'

interface Fake { events: SocketEvents; sent: { type: string; id?: string; payload?: unknown }[]; closed: boolean }
let sockets: Fake[]
let refreshed: number
let states: LinkState[]

function make() {
  const link = createGraphqlWs({
    open: (events) => {
      const fake: Fake = { events, sent: [], closed: false }
      sockets.push(fake)
      return { send: (t) => { fake.sent.push(JSON.parse(t) as Fake['sent'][number]) }, close: () => { fake.closed = true } }
    },
    params: async () => ({ merchant: 'chuanwei', token: `t${refreshed}` }),
    unauthenticated: async () => { refreshed++ },
    random: () => 0.5,
  })
  link.watch((s) => states.push(s))
  return link
}
const last = (): Fake => sockets[sockets.length - 1]!
async function greet(fake = last()): Promise<void> {
  fake.events.open()
  await vi.advanceTimersByTimeAsync(0)
  fake.events.message(JSON.stringify({ type: 'connection_ack' }))
}
const next = (fake: Fake, id: string, data: unknown): void => fake.events.message(JSON.stringify({ id, type: 'next', payload: { data } }))
const subscribeOf = (fake: Fake): Fake['sent'] => fake.sent.filter((m) => m.type === 'subscribe')

beforeEach(() => { vi.useFakeTimers(); sockets = []; refreshed = 0; states = [] })

test('init, ack, subscribe, next, complete', async () => {
  const link = make()
  const got: unknown[] = []
  link.subscribe('subscription { a }', { x: 1 }, { next: (d) => got.push(d) })
  expect(last().sent).toEqual([])
  await greet()
  expect(last().sent).toEqual([
    { type: 'connection_init', payload: { merchant: 'chuanwei', token: 't0' } },
    { id: '1', type: 'subscribe', payload: { query: 'subscription { a }', variables: { x: 1 } } },
  ])
  next(last(), '1', { a: 1 })
  expect(got).toEqual([{ a: 1 }])
  last().events.message(JSON.stringify({ type: 'ping' }))
  expect(last().sent.slice(-1)[0]).toEqual({ type: 'pong' })
  expect(states).toEqual(['connecting', 'live'])
})

test('frames of an ended or replaced subscription are dropped', async () => {
  const link = make()
  const a: unknown[] = []
  const b: unknown[] = []
  const stop = link.subscribe('s', 1, { next: (d) => a.push(d) })
  await greet()
  stop()
  expect(last().sent.slice(-1)[0]).toEqual({ id: '1', type: 'complete' })
  link.subscribe('s', 2, { next: (d) => b.push(d) })
  next(last(), '1', 'old')
  next(last(), '2', 'new')
  expect([a, b]).toEqual([[], ['new']])
})

test('reconnects with growing waits, subscribes again under a new id, drops frames of the old socket', async () => {
  const link = make()
  const got: unknown[] = []
  const restarts = vi.fn()
  link.subscribe('s', {}, { next: (d) => got.push(d), restart: restarts })
  await greet()
  next(last(), '1', 1)
  const first = last()
  first.events.close(1006, '')
  expect(link.state()).toBe('reconnecting')
  expect(restarts).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(399)
  expect(sockets.length).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(sockets.length).toBe(2)
  last().events.close(1006, '')
  await vi.advanceTimersByTimeAsync(799)
  expect(sockets.length).toBe(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(sockets.length).toBe(3)
  await greet()
  expect(subscribeOf(last())[0]!.id).toBe('2')
  next(first, '1', 'stale')
  first.events.close(1006, '') // a late close of the old socket must not bring down the new one
  next(last(), '1', 'stale id')
  next(last(), '2', 2)
  expect(got).toEqual([1, 2])
  expect(link.state()).toBe('live')
})

test('a frame resets the waits', async () => {
  const link = make()
  link.subscribe('s', {}, { next: () => undefined })
  for (let i = 0; i < 5; i++) { last().events.close(1006, ''); await vi.advanceTimersByTimeAsync(20_000) }
  await greet()
  next(last(), '1', 1)
  const n = sockets.length
  last().events.close(1006, '')
  await vi.advanceTimersByTimeAsync(400)
  expect(sockets.length).toBe(n + 1)
})

test('4401: renews the token and connects at once with the new one; but does not spin', async () => {
  const link = make()
  link.subscribe('s', {}, { next: () => undefined })
  last().events.close(4401, 'Unauthorized')
  await vi.advanceTimersByTimeAsync(0)
  expect([sockets.length, refreshed]).toEqual([2, 1])
  await greet()
  expect(last().sent[0]).toEqual({ type: 'connection_init', payload: { merchant: 'chuanwei', token: 't1' } })
  last().events.close(4401, '')
  await vi.advanceTimersByTimeAsync(0)
  last().events.close(4401, '')
  await vi.advanceTimersByTimeAsync(0)
  expect([sockets.length, refreshed]).toEqual([3, 2])
  await vi.advanceTimersByTimeAsync(1600)
  expect(sockets.length).toBe(4)
})

test('an operation that is refused for its token is tried once more', async () => {
  const link = make()
  const errors: unknown[] = []
  link.subscribe('s', {}, { next: () => undefined, error: (e) => errors.push(e) })
  await greet()
  const refuse = (id: string): void => last().events.message(JSON.stringify({ id, type: 'error', payload: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] }))
  refuse('1')
  await vi.advanceTimersByTimeAsync(0)
  expect([sockets.length, refreshed]).toEqual([2, 1])
  await greet()
  refuse('2')
  await vi.advanceTimersByTimeAsync(0)
  expect(errors.length).toBe(1)
})

test('other errors end the operation only', async () => {
  const link = make()
  const errors: unknown[] = []
  link.subscribe('a', {}, { next: () => undefined, error: (e) => errors.push(e) })
  link.subscribe('b', {}, { next: () => undefined })
  await greet()
  last().events.message(JSON.stringify({ id: '1', type: 'error', payload: [{ message: 'no' }] }))
  expect(errors).toEqual([[{ message: 'no' }]])
  expect(link.state()).toBe('live')
})

test('a dead link is found by ping', async () => {
  const link = make()
  link.subscribe('s', {}, { next: () => undefined })
  await greet()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(last().sent.slice(-1)[0]).toEqual({ type: 'ping' })
  last().events.message(JSON.stringify({ type: 'pong' }))
  await vi.advanceTimersByTimeAsync(20_000)
  expect(link.state()).toBe('live')
  await vi.advanceTimersByTimeAsync(8_000)
  expect(link.state()).toBe('reconnecting')
  expect(sockets[0]!.closed).toBe(true)
})

test('a server that never greets is left', async () => {
  const link = make()
  link.subscribe('s', {}, { next: () => undefined })
  last().events.open()
  await vi.advanceTimersByTimeAsync(8_000)
  expect(link.state()).toBe('reconnecting')
})

test('idle after the last subscription, not at once; a new one in between keeps the socket', async () => {
  const link = make()
  const stop = link.subscribe('s', {}, { next: () => undefined })
  await greet()
  stop()
  await vi.advanceTimersByTimeAsync(10_000)
  const again = link.subscribe('s', {}, { next: () => undefined })
  expect(sockets.length).toBe(1)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(link.state()).toBe('live')
  again()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(link.state()).toBe('idle')
  expect(last().closed).toBe(true)
})

test('restart connects at once', async () => {
  const link = make()
  link.subscribe('s', {}, { next: () => undefined })
  await greet()
  link.restart()
  expect(sockets.length).toBe(2)
  await greet()
  expect(subscribeOf(last()).length).toBe(1)
})
