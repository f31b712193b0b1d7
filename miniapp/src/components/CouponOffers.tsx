import { Text, View } from '@tarojs/components'
import type { CouponPlacement, DropCardFragment } from '../gql/graphql'
import { couponCondition, couponFace, numberLook, withinReach } from '../lib/coupon'
import { type Claiming, useClaim } from '../services/useClaim'
import { useOffers } from '../services/useOffers'
import { Seen } from './Seen'

/** Coupons that can be had right here, for these goods. Nothing to see where there are none */
export function CouponOffers({ placement, skus }: { placement: CouponPlacement; skus: string[] }) {
  const { offers } = useOffers(placement, skus)
  const claiming = useClaim(placement, offers)
  if (offers.length === 0) return null
  return (
    <View className='cart-group offers js-coupon-offers'>
      <View className='offers-title'>这些商品可领券</View>
      {offers.map((drop) => <Seen key={drop.id} dropId={drop.id} placement={placement} className='offer-seen'><OfferRow drop={drop} claiming={claiming} /></Seen>)}
    </View>
  )
}

export function OfferRow({ drop, claiming }: { drop: DropCardFragment; claiming: Claiming }) {
  const face = couponFace(drop.template.face)
  const busy = claiming.busy === drop.id
  return (
    <View className='offer-row js-coupon-offer'>
      <View className={`choice-stub choice-stub-${numberLook(face)}`}>{face.before}{face.number}{face.after}</View>
      <View className='choice-words'>
        <Text className='choice-name'>{drop.name}</Text>
        <Text className='choice-note'>{`${drop.tier ? `${drop.tier.label} · ` : ''}${couponCondition(drop.template.face)} · ${drop.template.face.scopeSentence}`}</Text>
        {drop.extra ? <Text className='choice-note js-extra'>{`🎁 ${drop.extra.sentence}`}</Text> : null}
        {claiming.notes[drop.id] ?? drop.notForMe ? <Text className='choice-why js-offer-note'>{claiming.notes[drop.id] ?? drop.notForMe?.message}</Text> : null}
      </View>
      {claiming.had[drop.id] ? <Text className='claim-done-text js-claimed'>已领取</Text> : <View className={`btn btn-main btn-sm js-offer-claim ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void claiming.claim(drop.id)}>{busy ? '领取中…' : withinReach(drop.notForMe?.because) ?? '领取'}</View>}
    </View>
  )
}
