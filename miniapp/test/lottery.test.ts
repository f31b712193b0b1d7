import { describe, expect, it } from 'vitest'
import { cellsOf, lightsTo, PLACES, wayToDraw } from '../src/lib/lottery'

const prizes = (...odds: number[]) => odds.map((o) => ({ odds: o }))
const held = { state: 'OPEN' as const, points: 20, nextPoints: 20, freeLeftToday: 0, drawsLeftToday: 3, perDay: 5, perMember: null, myDraws: 2, notForMe: null }

describe('the grid of a lottery (B03)', () => {
  it('shows every prize, and nothing rare twice', () => {
    for (const odds of [[1, 999_999], [10, 20, 999_970], [1, 2, 3, 4, 5, 6, 999_979], [1, 2, 3, 4, 5, 6, 7, 999_972], [1_000_000]]) {
      const cells = cellsOf(prizes(...odds))
      expect(cells).toHaveLength(8)
      expect(new Set(cells).size).toBe(odds.length)
      if (odds.length > 3) expect(cells.filter((c) => c === 0)).toHaveLength(1)
    }
    expect(cellsOf([])).toEqual([])
  })
  it('lies clockwise around the button', () => {
    expect([...PLACES].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 5, 6, 7, 8])
  })
  it('lights up to the prize that was drawn, at once where less motion is wanted', () => {
    const cells = [0, 1, 2, 3, 4, 5, 6, 2]
    expect(lightsTo(cells, 6, false).slice(-1)).toEqual([6])
    expect(lightsTo(cells, 6, false)).toHaveLength(15)
    expect(lightsTo(cells, 2, true)).toEqual([2])
    expect(lightsTo(cells, 9, false)).toEqual([])
  })
})

describe('the button of a lottery (B03)', () => {
  it('says what a tap costs, and why there is none', () => {
    expect(wayToDraw({ ...held, nextPoints: 0, freeLeftToday: 1 }, 0)).toMatchObject({ can: true, note: '今天还有 1 次免费' })
    expect(wayToDraw(held, 20)).toMatchObject({ can: true, label: '抽一次' })
    expect(wayToDraw(held, 19)).toEqual({ can: false, label: '积分不够', note: '还差 1 积分' })
    expect(wayToDraw({ ...held, drawsLeftToday: 0 }, 99)).toMatchObject({ can: false, label: '明天再来' })
    expect(wayToDraw({ ...held, drawsLeftToday: 0, perMember: 2 }, 99)).toMatchObject({ label: '抽完了' })
    expect(wayToDraw(held, null)).toMatchObject({ can: true, label: '登录抽奖' })
    expect(wayToDraw({ ...held, notForMe: '仅限金卡会员参加' }, 99)).toMatchObject({ can: false, note: '仅限金卡会员参加' })
    expect(wayToDraw({ ...held, state: 'SOLD_OUT' }, 99)).toMatchObject({ can: false, label: '暂停' })
    expect(['UPCOMING', 'ENDED', 'STOPPED'].map((state) => wayToDraw({ ...held, state: state as 'ENDED' }, 99).can)).toEqual([false, false, false])
  })
})
