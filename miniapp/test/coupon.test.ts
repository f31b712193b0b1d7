import { describe, expect, it } from 'vitest'
import { couponValidity, endsToday, heldValidity, keptInPlace, notYet, picked, replacedWords } from '../src/lib/coupon'

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

describe('how long a held coupon is good (K01, K03)', () => {
  const now = Date.parse('2026-11-24T13:00:00+08:00')
  const held = (expiresAt: string, validFrom = '2026-11-24T12:00:00+08:00') => ({ validFrom, expiresAt })
  it('tells from when, where that is still to come', () => {
    const tomorrow = held('2026-11-26T00:00:00+08:00', '2026-11-25T00:00:00+08:00')
    expect(notYet(tomorrow, now)).toBe(true)
    expect(couponValidity(tomorrow, now)).toBe('11月25日 00:00 起可用')
    expect(heldValidity(tomorrow, now)).toBe('11月25日 00:00 起可用')
    expect(endsToday(tomorrow, now)).toBe(false)
    expect(notYet(tomorrow, Date.parse(tomorrow.validFrom))).toBe(false)
  })
  it('counts down the last day, and says how many days of the last three are left', () => {
    expect(endsToday(held('2026-11-25T12:59:59+08:00'), now)).toBe(true)
    expect(endsToday(held('2026-11-25T13:00:01+08:00'), now)).toBe(false)
    expect(endsToday(held('2026-11-24T13:00:00+08:00'), now)).toBe(false) // over
    expect(heldValidity(held('2026-11-25T13:00:01+08:00'), now)).toBe('还剩 1 天 · 11-25 13:00 到期')
    expect(heldValidity(held('2026-11-27T00:00:00+08:00'), now)).toBe('还剩 2 天 · 11-26 24:00 到期')
    expect(heldValidity(held('2026-11-27T13:00:00+08:00'), now)).toBe('2026-11-27 13:00 到期')
  })
})

describe('one coupon too many (Q06)', () => {
  const name = (id: string) => `${id}券`
  const said = (chosen: string[], id: string, most: number) => replacedWords(chosen, picked(chosen, id, most), most, name)
  it('takes the place of the first, with a word', () => expect(said(['甲', '乙'], '丙', 2)).toBe('每单最多用 2 张，已换下「甲券」'))
  it('is not said of one that is added, taken away, or the only one', () => {
    expect(said(['甲'], '乙', 2)).toBe('')
    expect(said(['甲', '乙'], '甲', 2)).toBe('')
    expect(said(['甲'], '乙', 1)).toBe('')
  })
})
