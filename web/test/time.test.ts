import dayjs from 'dayjs'
import { describe, expect, it } from 'vitest'
import { windowWords } from '../src/components/Clock'
import { fillPoints, regionsOf, toAxis, within } from '../src/features/dashboard/points'
import { translator } from '../src/lib/i18n'
import { formatDateTime, formatEnd, formatShortDateTime, formatTime, roughSpan, toInstant } from '../src/lib/time'

describe('Shanghai, whatever the machine says', () => {
  it('shows', () => {
    expect(formatDateTime('2026-06-18T16:30:00Z')).toBe('2026-06-19 00:30')
    expect(formatTime('2026-06-18T23:05:09+08:00', true)).toBe('23:05:09')
    expect(formatShortDateTime('2026-01-01T00:00:00+08:00', Date.parse('2026-05-01T00:00:00Z'))).toBe('01-01 00:00')
    expect(formatShortDateTime('2027-01-01T00:00:00+08:00', Date.parse('2026-05-01T00:00:00Z'))).toBe('2027-01-01 00:00')
  })
  it('tells the end of a day of that day', () => {
    expect(formatEnd('2026-12-02T00:00:00+08:00')).toBe('2026-12-01 24:00')
    expect(formatEnd('2027-01-01T00:00:00+08:00')).toBe('2026-12-31 24:00')
    expect(formatEnd('2026-12-01T23:59:59+08:00')).toBe('2026-12-01 23:59')
    expect(formatEnd('2026-11-25T12:53:00+08:00')).toBe('2026-11-25 12:53')
  })
  it('takes what was picked as wall-clock time there', () => {
    expect(toInstant(dayjs('2026-11-29T23:59:59'))).toBe('2026-11-29T23:59:59+08:00')
    expect(toInstant(dayjs.tz('2026-11-29 23:59:59', 'Asia/Shanghai'))).toBe('2026-11-29T23:59:59+08:00')
  })
})

it('says how long in the largest unit that fits', () => {
  const t = translator('zh')
  const now = Date.parse('2026-06-18T00:00:00+08:00')
  const hours = (n: number) => new Date(now + n * 3600_000).toISOString()
  expect(windowWords(t, hours(49), hours(100), now)).toBe('还有2天开始')
  expect(windowWords(t, hours(-1), hours(3), now)).toBe('3小时后结束')
  expect(windowWords(t, hours(-50), hours(-48), now)).toBe('已结束2天')
  expect(windowWords(t, hours(0.5), hours(48), now)).toBe('还有30分钟开始')
  expect(windowWords(translator('en'), hours(-1), hours(3), now)).toBe('ends in 3 h')
  expect(roughSpan(1)).toEqual({ count: 1, unit: 'minute' })
})

it('the line of the day has a point every five minutes up to now', () => {
  const points = [{ __typename: 'DashboardPoint' as const, minute: '2026-06-17T16:05:00Z', revenueFen: 700, orders: 1, couponsClaimed: 0 }]
  const line = fillPoints(points, '2026-06-18', '2026-06-18T00:16:00+08:00', 'revenueFen')
  expect(line.map(([, value]) => value)).toEqual([0, 700, 0, 0])
  expect(new Date(toAxis(line)[1]![0]).toISOString()).toBe('2026-06-18T00:05:00.000Z')
  expect(fillPoints([], '2026-06-18', '2026-06-19T09:00:00+08:00', 'orders')).toHaveLength(288)
})

it('regions hold what is below them, not what merely begins alike', () => {
  expect(regionsOf([{ regionPath: '四川/成都/锦江' }, { regionPath: '四川/绵阳' }])).toEqual(expect.arrayContaining(['四川', '四川/成都', '四川/成都/锦江', '四川/绵阳']))
  expect(within('四川/成都/锦江', '四川/成都')).toBe(true)
  expect(within('四川/成都东', '四川/成都')).toBe(false)
})
