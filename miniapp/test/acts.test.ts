import { beforeEach, expect, test } from 'vitest'
import { createActs, type PendingAct } from '../src/lib/acts'

const LOST = { lost: true }
let stored: Record<string, PendingAct<unknown>>
let keys: number
let slept: number[]

function make() {
  return createActs({
    newKey: () => `k${++keys}`,
    storage: { get: (n) => stored[n] ?? null, set: (n, a) => { if (a) stored[n] = JSON.parse(JSON.stringify(a)) as PendingAct<unknown>; else delete stored[n] } },
    sleep: async (ms) => { slept.push(ms) },
    unknown: (e) => e === LOST,
  })
}
beforeEach(() => { stored = {}; keys = 0; slept = [] })

test('a key is made at the tap and forgotten with the answer', async () => {
  const acts = make()
  const seen: string[] = []
  const send = async (i: { n: number; idempotencyKey: string }) => { seen.push(i.idempotencyKey); return { result: i.n } }
  expect(await acts.run('claim:1', { n: 1 }, send)).toBe(1)
  expect(await acts.run('claim:1', { n: 1 }, send)).toBe(1)
  expect(seen).toEqual(['k1', 'k2'])
  expect(stored).toEqual({})
})

test('two taps are one act', async () => {
  const acts = make()
  let calls = 0
  const send = async () => { calls++; await Promise.resolve(); return { result: calls } }
  const [a, b] = await Promise.all([acts.run('claim:1', {}, send), acts.run('claim:1', {}, send)])
  expect([a, b, calls]).toEqual([1, 1, 1])
  expect(acts.isRunning('claim:1')).toBe(false)
})

test('a lost answer is asked for again with the same key', async () => {
  const acts = make()
  const seen: string[] = []
  const result = await acts.run('place', { qty: 1 }, async (i) => {
    seen.push(i.idempotencyKey)
    if (seen.length < 3) throw LOST
    return { result: 'order' }
  })
  expect(result).toBe('order')
  expect(seen).toEqual(['k1', 'k1', 'k1'])
  expect(slept).toEqual([300, 600])
})

test('after all tries, the next tap — even in a new run of the app, even with another input — is still the same act', async () => {
  const down = async () => { throw LOST }
  await expect(make().run('place', { token: 'old' }, down)).rejects.toBe(LOST)
  expect(stored.place).toEqual({ key: 'k1', input: { token: 'old' } })
  const seen: unknown[] = []
  await make().run('place', { token: 'new' }, async (i) => { seen.push(i); return { result: 0 } })
  expect(seen).toEqual([{ token: 'old', idempotencyKey: 'k1' }])
  await make().run('place', { token: 'new' }, async (i) => { seen.push(i); return { result: 0 } })
  expect(seen[1]).toEqual({ token: 'new', idempotencyKey: 'k2' })
})

test('a refusal is an answer; so is an error that surely did nothing', async () => {
  const acts = make()
  await acts.run('claim:1', {}, async () => ({ result: 'sold out' }))
  await expect(acts.run('claim:1', {}, async () => { throw new Error('bad request') })).rejects.toThrow('bad request')
  expect(stored).toEqual({})
  expect(keys).toBe(2)
})

test('busy is no answer: waits as told, same key', async () => {
  const acts = make()
  const seen: string[] = []
  const result = await acts.run('claim:1', {}, async (i) => {
    seen.push(i.idempotencyKey)
    return seen.length === 1 ? { result: 'busy', retryAfterMs: 250 } : { result: 'coupon' }
  })
  expect(result).toBe('coupon')
  expect(seen).toEqual(['k1', 'k1'])
  expect(slept).toEqual([250])
})
