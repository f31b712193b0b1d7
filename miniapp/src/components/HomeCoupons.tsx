import { ScrollView, Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import type { DropCardFragment } from '../gql/graphql'
import { couponCondition, couponFace, numberLook, withinReach } from '../lib/coupon'
import type { Claiming } from '../services/useClaim'
import { Icon } from './basics'
import { Seen } from './Seen'

/** A strip of what can be claimed now, over the goods; nothing where there is nothing */
export function HomeCoupons({ offers, claiming }: { offers: readonly DropCardFragment[]; claiming: Claiming }) {
  if (offers.length === 0) return null
  const refused = offers.find((d) => claiming.notes[d.id])
  return (
    <View className='strip js-home-coupons'>
      <View className='strip-head'>
        <Text className='strip-title'>先领券 再下单</Text>
        <View className='strip-more js-to-centre' onClick={() => void Taro.switchTab({ url: '/pages/coupons/index' })}>领券中心<Icon name='right' className='icon-xs' /></View>
      </View>
      <ScrollView scrollX className='strip-scroll' enhanced showScrollbar={false}>
        <View className='strip-list'>
          {offers.map((drop) => (
            <Seen key={drop.id} dropId={drop.id} placement='HOME' className={offers.length === 1 ? 'mini-seen mini-alone' : 'mini-seen'}>
              <Mini drop={drop} claiming={claiming} />
            </Seen>
          ))}
        </View>
      </ScrollView>
      {refused ? <View className='strip-note js-strip-note'>{`「${refused.name}」${claiming.notes[refused.id] ?? ''}`}</View> : null}
    </View>
  )
}

function Mini({ drop, claiming }: { drop: DropCardFragment; claiming: Claiming }) {
  const face = couponFace(drop.template.face)
  const had = claiming.had[drop.id] === true
  const busy = claiming.busy === drop.id
  return (
    <View className={`mini js-home-coupon ${had ? 'mini-had' : ''}`} hoverClass='pressed' onClick={() => { if (!had) void claiming.claim(drop.id) }}>
      <View className='mini-words'>
        <View className='mini-face'>
          {face.before ? <Text className='mini-unit'>{face.before}</Text> : null}
          <Text className={`mini-number ${numberLook(face) ? 'mini-number-sm' : ''}`}>{face.number}</Text>
          {face.after ? <Text className='mini-unit'>{face.after}</Text> : null}
          <Text className='mini-condition'>{`${drop.tier ? `${drop.tier.label} ` : ''}${couponCondition(drop.template.face)}`}</Text>
        </View>
        <Text className='mini-name'>{drop.extra ? `🎁 ${drop.extra.sentence}` : drop.name}</Text>
      </View>
      <View className={`mini-action ${had ? 'js-claimed' : 'js-home-claim'}`}><Text className='mini-action-text'>{had ? '已领' : busy ? '…' : (withinReach(drop.notForMe?.because) ?? '领取').slice(0, 2)}</Text></View>
    </View>
  )
}
