import { expect, it, vi } from 'vitest'
import { CommandKey, uuid } from '../src/lib/idempotency'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

it('stays for the same input, also with its fields in another order', () => {
  const key = new CommandKey()
  const first = key.for({ name: '满减', offers: [{ type: 'spend_off', tiers: [{ min: 1, off: 1 }] }] })
  expect(first).toMatch(UUID)
  expect(key.for({ offers: [{ tiers: [{ off: 1, min: 1 }], type: 'spend_off' }], name: '满减' })).toBe(first)
})

it('is renewed by another input, and does not come back with the first one', () => {
  const key = new CommandKey()
  const first = key.for({ total: 1 })
  const second = key.for({ total: 2 })
  expect(second).not.toBe(first)
  expect(key.for({ total: 2 })).toBe(second)
  expect(key.for({ total: 1 })).not.toBe(first)
})

it('is renewed after a success: the same again, on purpose, is another command', () => {
  const key = new CommandKey()
  const first = key.for({ total: 1 })
  key.done()
  expect(key.for({ total: 1 })).not.toBe(first)
})

it('is made without crypto.randomUUID too, as on plain http', () => {
  const spy = vi.spyOn(crypto, 'randomUUID')
  Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true })
  expect(uuid()).toMatch(UUID)
  spy.mockRestore()
})
