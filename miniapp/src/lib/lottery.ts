// What the lottery shows: its grid, its button, its facts in words.
import type { LotteryState } from '../gql/graphql'

interface Prize { odds: number }
interface Held {
  state: LotteryState; points: number; nextPoints: number; freeLeftToday: number; drawsLeftToday: number; perDay: number; perMember: number | null; myDraws: number; notForMe: string | null
}

/** The eight outer cells of 九宫格, clockwise: every prize once, and what is left over by the likeliest, so that nothing rare is shown twice */
export function cellsOf(prizes: readonly Prize[]): number[] {
  if (prizes.length === 0) return []
  const likeliest = prizes.map((_, n) => n).sort((a, b) => prizes[b]!.odds - prizes[a]!.odds)
  const cells = prizes.map((_, n) => n)
  for (let n = 0; cells.length < 8; n++) {
    const one = likeliest[n % likeliest.length]!
    cells.splice((cells.indexOf(one) + 4) % (cells.length + 1), 0, one)
  }
  return cells
}

/** Where cell n of the eight lies in the grid of nine, clockwise from the upper left; the middle is the button */
export const PLACES = [0, 1, 2, 5, 8, 7, 6, 3] as const

/** Cells that light up one after the other until the prize's: a round, then on to the nearest cell of it. `quick`: at once */
export function lightsTo(cells: readonly number[], prize: number, quick: boolean): number[] {
  const end = cells.indexOf(prize)
  if (end < 0) return []
  return quick ? [end] : Array.from({ length: cells.length + end + 1 }, (_, n) => n % cells.length)
}

export type Way = { can: boolean; label: string; note: string }

/** What the middle of the grid says; `points` null: nobody is logged in, who is asked to at the tap */
export function wayToDraw(held: Held, points: number | null): Way {
  if (held.state === 'UPCOMING') return { can: false, label: '未开始', note: '' }
  if (held.state === 'SOLD_OUT') return { can: false, label: '暂停', note: '有奖品抽完了，补货后继续，概率不变' }
  if (held.state !== 'OPEN') return { can: false, label: '已结束', note: '' }
  if (held.notForMe) return { can: false, label: '不可抽', note: held.notForMe }
  if (points === null) return { can: true, label: '登录抽奖', note: '' }
  if (held.drawsLeftToday === 0) return held.perMember !== null && held.myDraws >= held.perMember ? { can: false, label: '抽完了', note: `每人最多抽 ${held.perMember} 次` } : { can: false, label: '明天再来', note: `每天最多抽 ${held.perDay} 次` }
  if (held.nextPoints === 0) return { can: true, label: '抽一次', note: `今天还有 ${held.freeLeftToday} 次免费` }
  if (points < held.nextPoints) return { can: false, label: '积分不够', note: `还差 ${held.nextPoints - points} 积分` }
  return { can: true, label: '抽一次', note: `今天还可抽 ${held.drawsLeftToday} 次` }
}

/** Whether this phone asks for less motion; WeChat does not tell */
export function prefersStill(): boolean {
  return typeof window !== 'undefined' && typeof window.matchMedia === 'function' && window.matchMedia('(prefers-reduced-motion: reduce)').matches
}
