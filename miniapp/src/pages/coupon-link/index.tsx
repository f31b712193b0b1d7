import { Text, View } from '@tarojs/components'
import Taro, { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { CouponTicket } from '../../components/CouponTicket'
import { Empty, Loaded, NetBar, Skeleton } from '../../components/states'
import { ClaimCouponByLinkDocument, CouponOfLinkDocument } from '../../gql/graphql'
import { claimedWords, claimRefusal, couponValidity, shortValidity } from '../../lib/coupon'
import { useStore } from '../../lib/store'
import { clock, minute } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { logIn, sessionStore } from '../../services/session'
import { shopStore } from '../../services/shop'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

/** What a private link gives: shown to everybody who has it, claimed after logging in */
export default function CouponLink() {
  const token = decodeURIComponent(useRouter().params.token ?? '')
  const { current } = useStore(shopStore)
  const { session } = useStore(sessionStore)
  const busy = useBusy()
  const [note, setNote] = useState('')
  const [until, setUntil] = useState<string | null>(null)
  const query = useQuery(CouponOfLinkDocument, { token, storeId: current?.id ?? null }, {
    onData: (d, sentAt) => { if (d.couponOfLink) clock.sync(d.couponOfLink.serverTime, sentAt, Date.now()) },
  })
  async function claim(): Promise<void> {
    if (busy.now()) return
    busy.set('link')
    setNote('')
    try {
      if (session === null && !(await logIn())) return
      const result = await act(`link:${token}`, ClaimCouponByLinkDocument, 'claimCouponByLink', { token, channel: platform.channel, storeId: current?.id ?? null })
      if (result.__typename === 'Coupon') {
        setUntil(result.expiresAt)
        toast(claimedWords(result.extra, result.template.face.kind))
      } else setNote(claimRefusal(result))
    } catch (e) {
      setNote(words(e))
    } finally {
      busy.set('')
    }
  }
  return (
    <View className='page coupon-link js-coupon-link'>
      <NetBar />
      <Loaded query={query} skeleton={<Skeleton kind='tickets' count={1} />}>
        {({ couponOfLink: drop }) => {
          if (!drop) return <Empty emoji='🔗' title='这个链接无效' note='请向发送人索取新的链接' action='去领券中心' onAction={() => void Taro.switchTab({ url: '/pages/coupons/index' })} />
          const had = until !== null || drop.claimedByMe >= drop.perMember
          const over = drop.state === 'ENDED' || drop.state === 'SOLD_OUT'
          const why = drop.notForMe?.message ?? (drop.state === 'UPCOMING' ? `${minute(drop.startsAt)} 开抢` : undefined)
          return (
            <View className='tickets'>
              <CouponTicket
                className='js-link-drop' extra={drop.extra?.sentence} template={{ ...drop.template, name: drop.name }} who={drop.tier?.label} validity={until ? couponValidity({ expiresAt: until }) : shortValidity(drop.template.validitySentence)} grey={(over || drop.notForMe !== null) && !had}
                seal={over && !had ? (drop.state === 'ENDED' ? '已结束' : '已领完') : undefined} note={note || (had ? undefined : why)}
                action={had ? <View className='btn btn-line btn-sm js-use' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/home/index' })}>去使用</View>
                  : over || drop.notForMe ? null : drop.state === 'UPCOMING' ? <View className='btn btn-wait btn-sm js-link-wait' hoverClass='pressed' onClick={() => void claim()}>即将开抢</View> : <View className={`btn btn-main btn-sm js-link-claim ${busy.shown ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void claim()}>{busy.shown ? '领取中…' : '立即领取'}</View>}
              />
              <View className='link-terms'>{drop.template.terms.map((line) => <Text key={line} className='link-term'>{`· ${line}`}</Text>)}</View>
            </View>
          )
        }}
      </Loaded>
    </View>
  )
}
