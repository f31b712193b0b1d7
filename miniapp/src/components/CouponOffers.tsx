import { Text, View } from '@tarojs/components'
import { useState } from 'react'
import { ClaimCouponDocument, CouponOffersDocument, type CouponPlacement } from '../gql/graphql'
import { claimedWords, claimRefusal, couponCondition, couponFace } from '../lib/coupon'
import { useStore } from '../lib/store'
import { platform } from '../platform/index'
import { act } from '../services/api'
import { logIn, sessionStore } from '../services/session'
import { shopStore } from '../services/shop'
import { words } from '../services/transport'
import { useBusy } from '../services/useBusy'
import { useQuery } from '../services/useQuery'
import { toast } from '../services/useWhileShown'

/** Coupons that can be had right here, for these goods. Nothing to see where there are none */
export function CouponOffers({ placement, skus }: { placement: CouponPlacement; skus: string[] }) {
  const { current } = useStore(shopStore)
  const { session } = useStore(sessionStore)
  const busy = useBusy()
  const [notes, setNotes] = useState<Record<string, string>>({})
  const [had, setHad] = useState<Record<string, boolean>>({})
  const query = useQuery(CouponOffersDocument, { placement, skus, storeId: current?.id ?? null }, {})
  const offers = query.data?.couponOffers ?? []
  if (offers.length === 0) return null

  async function claim(dropId: string): Promise<void> {
    if (busy.now()) return
    busy.set(dropId)
    try {
      if (session === null && !(await logIn())) return
      const result = await act(`claim:${dropId}`, ClaimCouponDocument, 'claimCoupon', { dropId, channel: platform.channel, storeId: current?.id ?? null, placement, acceptedTemplateIds: [] })
      if (result.__typename === 'Coupon') {
        setHad((h) => ({ ...h, [dropId]: true }))
        toast(claimedWords(result.extra))
      } else setNotes((n) => ({ ...n, [dropId]: claimRefusal(result) }))
    } catch (e) {
      setNotes((n) => ({ ...n, [dropId]: words(e) }))
    } finally {
      busy.set('')
    }
  }

  return (
    <View className='cart-group offers js-coupon-offers'>
      <View className='offers-title'>这些商品可领券</View>
      {offers.map((drop) => {
        const face = couponFace(drop.template.face)
        return (
          <View key={drop.id} className='offer-row js-coupon-offer'>
            <View className='choice-stub'>{face.before}{face.number}{face.after}</View>
            <View className='choice-words'>
              <Text className='choice-name'>{drop.name}</Text>
              <Text className='choice-note'>{`${couponCondition(drop.template.face)} · ${drop.template.face.scopeSentence}`}</Text>
              {drop.extra ? <Text className='choice-note js-extra'>{`🎁 ${drop.extra.sentence}`}</Text> : null}
              {notes[drop.id] ? <Text className='choice-why'>{notes[drop.id]}</Text> : null}
            </View>
            {had[drop.id] ? <Text className='claim-done-text js-claimed'>已领取</Text> : <View className={`btn btn-main btn-sm js-offer-claim ${busy.shown === drop.id ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void claim(drop.id)}>{busy.shown === drop.id ? '领取中…' : '领取'}</View>}
          </View>
        )
      })}
    </View>
  )
}
