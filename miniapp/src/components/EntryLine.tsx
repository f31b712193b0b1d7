import { Text, View } from '@tarojs/components'
import type { EntriesQuery } from '../gql/graphql'
import { yuan } from '../lib/money'
import { minute } from '../lib/time'

export type Entry = EntriesQuery['benefitAccount']['entries']['nodes'][number]
const UNITS: Record<Entry['unit'], { name: string; money: boolean }> = {
  POINTS: { name: '积分', money: false }, BALANCE: { name: '余额', money: true }, RED_PACKET: { name: '红包', money: true },
  STAMPS: { name: '集点', money: false }, GROWTH: { name: '成长值', money: false },
}

export function EntryLine({ entry: e }: { entry: Entry }) {
  const unit = UNITS[e.unit]
  const show = (n: number): string => (unit.money ? `¥${yuan(Math.abs(n))}` : String(Math.abs(n)))
  return (
    <View className='entry js-entry'>
      <View className='entry-words'>
        <Text className='entry-sentence'>{e.sentence}</Text>
        <Text className='entry-time'>{`${minute(e.at)} · ${unit.name}`}</Text>
      </View>
      <View className='entry-figures'>
        <Text className={`entry-amount ${e.amount >= 0 ? 'entry-in' : 'entry-out'}`}>{`${e.amount >= 0 ? '+' : '−'}${show(e.amount)}`}</Text>
        <Text className='entry-after'>{`剩 ${show(e.balanceAfter)}`}</Text>
      </View>
    </View>
  )
}
