import { expect, test } from 'vitest'
import { createExposure, type SeenReport } from '../src/lib/exposure'
import { dayOf, popupOf, withShown } from '../src/lib/popup'

function world(answers: (boolean | Error)[] = []) {
  const sent: SeenReport<string>[] = []
  const timers: (() => void)[] = []
  let known = true
  let keys = 0
  const exposure = createExposure<string>({
    newKey: () => `k${++keys}`,
    send: (report) => {
      sent.push(structuredClone(report))
      const answer = answers.shift() ?? true
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
    known: () => known,
    later: (run) => { timers.push(run) },
  })
  const tick = async (): Promise<void> => {
    timers.splice(0).forEach((run) => run())
    await new Promise((r) => setTimeout(r, 0))
  }
  return { exposure, sent, timers, tick, logIn: (is: boolean) => { known = is } }
}

test('K02: what is seen within two seconds is one report, the same drop counts up', async () => {
  const w = world()
  w.exposure.note('a', 'HOME')
  w.exposure.note('b', 'HOME')
  w.exposure.note('a', 'HOME')
  w.exposure.note('a', 'CENTRE')
  expect(w.sent).toEqual([])
  expect(w.timers).toHaveLength(1)
  await w.tick()
  expect(w.sent).toEqual([{ key: 'k1', seen: [{ dropId: 'a', placement: 'HOME', times: 2 }, { dropId: 'b', placement: 'HOME', times: 1 }, { dropId: 'a', placement: 'CENTRE', times: 1 }] }])
  await w.tick()
  expect(w.sent).toHaveLength(1)
})

test('K02: a report without an answer is told again under its key, three times at most; one that was heard is not', async () => {
  const w = world([new Error('offline'), false, new Error('offline')])
  w.exposure.note('a', 'HOME')
  await w.tick()
  w.exposure.note('b', 'HOME')
  await w.tick()
  await w.tick()
  await w.tick()
  await w.tick()
  expect(w.sent.map((r) => [r.key, r.seen.map((s) => s.dropId)])).toEqual([['k1', ['a']], ['k1', ['a']], ['k1', ['a']], ['k2', ['b']]])
})

test('K02: before logging in it waits, bounded; somebody else is not told of it', async () => {
  const w = world()
  w.logIn(false)
  for (let n = 0; n < 80; n++) w.exposure.note(`d${n}`, 'HOME')
  await w.tick()
  expect(w.sent).toEqual([])
  w.logIn(true)
  w.exposure.flush()
  expect(w.sent[0]!.seen).toHaveLength(50)
  await w.tick()
  w.exposure.note('mine', 'HOME')
  w.exposure.forget()
  await w.tick()
  expect(w.sent).toHaveLength(1)
})

test('K02: twenty are not waited for; a page that loops says at most twenty times', async () => {
  const w = world()
  for (let n = 0; n < 30; n++) w.exposure.note('a', 'HOME')
  for (let n = 0; n < 19; n++) w.exposure.note(`d${n}`, 'HOME')
  expect(w.sent).toHaveLength(1)
  expect(w.sent[0]!.seen[0]).toEqual({ dropId: 'a', placement: 'HOME', times: 20 })
  await w.tick()
})

test('K02: a popup comes once a day, one at a time, by the day of Beijing', () => {
  const drops = [{ id: 'a' }, { id: 'b' }]
  const today = dayOf(Date.parse('2026-11-22T16:00:00Z'))
  expect([dayOf(Date.parse('2026-11-22T15:59:59Z')), today]).toEqual(['2026-11-22', '2026-11-23'])
  const once = withShown({ old: '2026-11-20' }, 'a', today)
  expect(once).toEqual({ a: today })
  expect(popupOf(drops, {}, today)).toEqual({ id: 'a' })
  expect(popupOf(drops, once, today)).toEqual({ id: 'b' })
  expect(popupOf(drops, withShown(once, 'b', today), today)).toBeNull()
  expect(popupOf(drops, withShown(once, 'b', today), '2026-11-24')).toEqual({ id: 'a' })
})
