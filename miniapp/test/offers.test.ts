import { expect, test } from 'vitest'
import { byUse, fee, paidWith, unlocks } from '../src/lib/offers'

test('the fee is told before its offers, so that the sum adds up', () => {
  const line = { level: 'LINE', offFen: 500 }
  const free = { level: 'SHIPPING', offFen: 600 }
  expect(fee(0, [line, free])).toEqual({ beforeFen: 600, off: [free], goods: [line] })
  expect(fee(600, [line])).toEqual({ beforeFen: 600, off: [], goods: [line] })
})

test('what the shopper can still reach comes first, what does nothing last', () => {
  const r = (id: string, reason: string, shortByFen: number | null = null) => ({ id, name: id, reason, shortByFen })
  const found = byUse([r('a', 'NO_EFFECT'), r('b', 'THRESHOLD', 900), r('c', 'SOMETHING_NEW'), r('d', 'NOT_BETTER'), r('e', 'THRESHOLD', 100), r('f', 'THRESHOLD'), r('g', 'NOT_YET')])
  expect(found.map((x) => x.id)).toEqual(['e', 'b', 'f', 'g', 'd', 'a', 'c'])
})

test('suggestions for offers without a group: one each, by name, at most two', () => {
  const s = (offerId: string | null, payableFen: number, kind = 'unlocks') => ({ kind, offerId, payableFen })
  const missed = ['ship', 'c1', 'c2', 'grouped'].map((id) => ({ id, name: `名${id}`, reason: 'THRESHOLD', shortByFen: 1 }))
  const given = [s(null, 1, 'pays_less'), s('grouped', 2), s('ship', 3), s('ship', 4), s('unknown', 5), s('c1', 6), s('c2', 7)]
  expect(unlocks(given, [{ offerId: 'grouped' }, { offerId: null }], missed)).toEqual([
    { name: '名ship', suggestion: given[2] },
    { name: '名c1', suggestion: given[5] },
  ])
})

test('B05: an order says what else than cash paid it, each kind once, and whose points they were', () => {
  const packet = (fen: number) => ({ kind: 'RED_PACKET', fen, points: null })
  expect(paidWith([packet(300), { kind: 'POINTS', fen: 1000, points: 1000 }, packet(200)], [{ name: '南**', points: 500 }])).toEqual([
    { kind: 'red_packet', fen: 500, note: '' },
    { kind: 'points', fen: 1000, note: '1000 积分，其中家人 南** 500' },
  ])
  expect(paidWith([], [])).toEqual([])
})
