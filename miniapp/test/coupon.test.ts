import { describe, expect, it } from 'vitest'
import { keptInPlace } from '../src/lib/coupon'

const d = (id: string) => ({ id })
describe('what was claimed stays where it was (K03)', () => {
  const order = ['a', 'b', 'c']
  const ids = (list: { id: string }[]) => list.map(({ id }) => id).join('')
  it('when the list comes anew without it', () => {
    expect(ids(keptInPlace([d('b'), d('c')], [d('a')], order))).toBe('abc')
    expect(ids(keptInPlace([d('a'), d('c')], [d('b')], order))).toBe('abc')
    expect(ids(keptInPlace([d('a')], [d('c'), d('b')], order))).toBe('abc')
    expect(ids(keptInPlace([d('x'), d('b')], [d('a')], order))).toBe('axb')
    expect(ids(keptInPlace([], [d('b')], order))).toBe('b')
  })
  it('and is there once', () => {
    expect(ids(keptInPlace([d('a'), d('b')], [d('a')], order))).toBe('ab')
    expect(ids(keptInPlace([d('b')], [d('z')], order))).toBe('b')
  })
})
