import { Text, View } from '@tarojs/components'
import { useDidHide } from '@tarojs/taro'
import { useEffect, useState } from 'react'
import type { DropCardFragment } from '../gql/graphql'
import { shortValidity, withinReach } from '../lib/coupon'
import { popupOf, type Shown, dayOf, withShown } from '../lib/popup'
import { useStore } from '../lib/store'
import { clock } from '../lib/time'
import { platform } from '../platform/index'
import { sessionStore } from '../services/session'
import { useClaim } from '../services/useClaim'
import { useOffers } from '../services/useOffers'
import { Icon } from './basics'
import { CouponTicket } from './CouponTicket'
import { Seen } from './Seen'

const WAIT_MS = 700
/** One for each time that the app is opened */
let came = false
const SHOWN = `shuhui:popups:${platform.merchant}`

/** One coupon over the home page, once a day each; a tap beside it or on the cross puts it away. Never where money is decided.
 *  `quiet`: something else lies over the page */
export function CouponPopup({ quiet }: { quiet: boolean }) {
  const person = useStore(sessionStore).session !== null
  const [drop, setDrop] = useState<DropCardFragment | null>(null)
  const { offers } = useOffers('POPUP', [], came)
  const claiming = useClaim('POPUP', drop ? [drop] : offers)

  useEffect(() => {
    if (quiet || drop || came || offers.length === 0) return undefined
    const timer = setTimeout(() => {
      const today = dayOf(clock.now())
      const shown = (platform.storage.get(SHOWN) as Shown | null) ?? {}
      const next = popupOf(offers, shown, today)
      if (!next) return
      came = true
      platform.storage.set(SHOWN, withShown(shown, next.id, today))
      setDrop(next)
    }, WAIT_MS)
    return () => clearTimeout(timer)
  }, [quiet, drop, offers, person])
  useDidHide(() => setDrop(null))

  if (!drop) return null
  const close = (): void => setDrop(null)
  const had = claiming.had[drop.id] === true
  const busy = claiming.busy === drop.id
  return (
    <View className='popup js-popup' style={{ bottom: platform.tabBarOffset }}>
      <View className='popup-shade js-popup-shade' onClick={close} />
      <View className='popup-card'>
        <Text className='popup-title'>{had ? '领到了！' : '送您一张券'}</Text>
        <Text className='popup-sub'>{had ? '已放进卡包，下单时自动用上' : '领了再逛，更划算'}</Text>
        <Seen dropId={drop.id} placement='POPUP'>
          <CouponTicket className='js-popup-ticket' template={{ ...drop.template, name: drop.name }} who={drop.tier?.label} validity={shortValidity(drop.template.validitySentence)} extra={drop.extra?.sentence} note={claiming.notes[drop.id] ?? drop.notForMe?.message} />
        </Seen>
        <View className={`btn popup-btn ${busy ? 'btn-busy' : ''} ${had ? 'js-popup-done' : 'js-popup-claim'}`} hoverClass='pressed' onClick={() => (had ? close() : void claiming.claim(drop.id))}>{had ? '去逛逛' : busy ? '领取中…' : withinReach(drop.notForMe?.because) ?? '立即领取'}</View>
      </View>
      <View className='popup-close js-popup-close' aria-label='关闭' onClick={close}><Icon name='close' /></View>
    </View>
  )
}
