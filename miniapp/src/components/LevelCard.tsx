import { Text, View } from '@tarojs/components'
import type { LevelCardFragment } from '../gql/graphql'
import { day } from '../lib/time'

/** 等级卡: growth, the way to the next level in words, and what the level brings. */
export function LevelCard({ standing, name, open }: { standing: LevelCardFragment | null; name: string; open(): void }) {
  const next = standing?.next ?? null
  const count = standing?.perks.length ?? 0
  return (
    <View className='level-card js-level-card' hoverClass='pressed' onClick={open}>
      <View className='level-top'>
        <Text className='level-name js-level-name'>{standing?.level.name ?? name}</Text>
        <Text className='level-note js-growth'>{standing ? `成长值 ${standing.growth}` : ''}</Text>
      </View>
      <View className='level-bar'><View className='level-fill' style={{ width: `${Math.max(2, Math.floor((next ? next.progressBp : 10000) / 100))}%` }} /></View>
      <View className='level-top'>
        <Text className='level-next js-level-next'>{next ? next.sentence : standing ? '已是最高等级，常来常往' : ''}</Text>
        <Text className='level-more'>{count > 0 ? `${count} 项权益 ›` : '看权益 ›'}</Text>
      </View>
    </View>
  )
}

export function Perks({ standing }: { standing: LevelCardFragment }) {
  return (
    <View className='perks'>
      {standing.perks.length === 0 ? <View className='perk'><Text className='perk-name'>这一级还没有专属权益</Text></View> : null}
      {standing.perks.map((perk) => (
        <View key={perk.name + (perk.sentence ?? '')} className='perk js-perk'>
          <Text className='perk-name'>{perk.name}</Text>
          {perk.sentence && perk.sentence !== perk.name ? <Text className='perk-rule'>{perk.sentence}</Text> : null}
        </View>
      ))}
      <View className='perk-steps'>
        {standing.steps.map((step) => <Text key={step.sentence} className='perk-step'>{step.sentence}</Text>)}
        {standing.owed > 0 ? <Text className='perk-step js-growth-owed'>{`有 ${standing.owed} 成长值在退款前已兑换掉，之后得到的先补上`}</Text> : null}
        <Text className='perk-step'>{`等级至少保留到 ${day(new Date(Date.parse(standing.periodEndsAt) - 1000).toISOString())}`}</Text>
      </View>
    </View>
  )
}
