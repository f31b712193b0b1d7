import { expect, test } from 'vitest'
import { createClock, day, dayWords, endMinute, leftText, minute, spanWords, timeLeft } from '../src/lib/time'

test('a countdown never drops the days, and ends at zero', () => {
  expect(leftText(timeLeft(30 * 3600_000 + 5_000, 0))).toBe('1天 06:00:05')
  expect(leftText(timeLeft(59_000, 0))).toBe('00:00:59')
  expect(leftText(timeLeft(1, 0))).toBe('00:00:01')
  expect(timeLeft(1, 0).over).toBe(false)
  expect(timeLeft(0, 0).over).toBe(true)
  expect(timeLeft(0, 5_000)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0, over: true })
})

test('the clock follows the server, not the phone', () => {
  let phone = 1_000_000
  const clock = createClock(() => phone)
  clock.sync(new Date(5_000_000 + 50).toISOString(), 1_000_000, 1_000_100) // half of the trip is over when the server reads its clock
  expect(clock.now()).toBe(5_000_000)
  phone += 60_000
  expect(clock.now()).toBe(5_060_000)
})

test('a slower answer does not spoil a better one, until that one is old', () => {
  const phone = 0
  const clock = createClock(() => phone)
  clock.sync(new Date(1_000_050).toISOString(), 0, 100)
  clock.sync(new Date(1_009_000).toISOString(), 0, 4_000)
  expect(clock.now()).toBe(1_000_000)
  clock.sync(new Date(1_702_000).toISOString(), 700_000, 704_000)
  expect(clock.now()).toBe(1_000_000)
  clock.sync(new Date(1_800_000).toISOString(), 800_000, 800_150)
  expect(clock.now()).toBe(999_925)
})

test('nonsense is ignored', () => {
  const clock = createClock(() => 7)
  clock.sync('soon', 0, 1)
  expect(clock.now()).toBe(7)
})

test('dates are of Beijing, whatever the phone says', () => {
  expect(minute('2026-06-18T16:30:00Z')).toBe('2026-06-19 00:30')
  expect(endMinute('2026-06-18T16:00:00Z')).toBe('2026-06-18 24:00')
  expect(endMinute('2026-12-31T16:00:30Z')).toBe('2026-12-31 24:00')
  expect(endMinute('2026-06-18T16:30:00Z')).toBe('2026-06-19 00:30')
  expect(day('2026-12-31T15:59:00Z')).toBe('2026.12.31')
  expect(day('2026-12-31T16:00:00+00:00')).toBe('2027.01.01')
  expect(dayWords('2026-06-18T19:30:00+08:00')).toBe('6月18日 19:30')
})

test('a span is said in days, hours and minutes', () => {
  expect([60, 90, 150, 1440, 1590].map((minutes) => spanWords(minutes).trim())).toEqual(['1 小时', '1 小时 30 分钟', '两个半小时', '1 天', '1 天 2 小时 30 分钟'])
})
