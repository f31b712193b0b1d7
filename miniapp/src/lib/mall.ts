// What the mall says about an item, in words.
import type { MallItemKind, MallItemState, MallUnit } from '../gql/graphql'

interface Item {
  kind: MallItemKind; unit: MallUnit; state: MallItemState; priceForMe: number; points: number; remaining: number
  perMember: number | null; perDay: number | null; takenByMe: number; takenByMeToday: number
}

export type Way = { can: true; label: string } | { can: false; label: string }

const NAMES: Record<MallUnit, string> = { POINTS: '积分', GROWTH: '成长值', STAMPS: '集点' }
export const unitName = (unit: MallUnit): string => NAMES[unit]
/** Behind a number */
export const unitWords = (unit: MallUnit): string => (unit === 'STAMPS' ? '个集点' : NAMES[unit])

/** Of what the viewer has, what an item is paid in; null: nobody is logged in */
export const haveFor = (item: { unit: MallUnit }, mine: { points: number | null; growth: number | null; stamps: number | null }): number | null =>
  ({ POINTS: mine.points, GROWTH: mine.growth, STAMPS: mine.stamps })[item.unit]

/** What the button of an item says; `have` null: nobody is logged in, who is asked to at the tap */
export function wayTo(item: Item, have: number | null): Way {
  if (item.state === 'SOLD_OUT') return { can: false, label: '已兑完' }
  if (item.state === 'UPCOMING') return { can: false, label: '即将开始' }
  if (item.state !== 'OPEN') return { can: false, label: '已结束' }
  if (item.perMember !== null && item.takenByMe >= item.perMember) return { can: false, label: '已兑过' }
  if (item.perDay !== null && item.takenByMeToday >= item.perDay) return { can: false, label: '明天再兑' }
  if (have !== null && have < item.priceForMe) return { can: false, label: `差 ${item.priceForMe - have} ${unitWords(item.unit)}` }
  return { can: true, label: '兑换' }
}

export function limitWords(item: Item): string {
  const parts = [item.perMember === null ? '' : `每人限 ${item.perMember} 份`, item.perDay === null ? '' : `每天限 ${item.perDay} 份`]
  return parts.filter(Boolean).join('，')
}
