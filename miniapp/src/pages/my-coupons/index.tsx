import { Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { useState } from 'react'
import { Countdown } from '../../components/basics'
import { CouponTicket } from '../../components/CouponTicket'
import { Empty, Failure, ListEnd, LogInCard, NetBar, Skeleton } from '../../components/states'
import { type CouponCardFragment, MyCouponHistoryDocument, MyCouponsDocument, type CouponState } from '../../gql/graphql'
import { couponValidity, endsToday, heldValidity, notYet } from '../../lib/coupon'
import { useStore } from '../../lib/store'
import { endMinute, minute } from '../../lib/time'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useOwnPages } from '../../services/useOwnPages'
import { useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

const TABS: { key: string; name: string; states: CouponState[] }[] = [
  { key: 'unused', name: '未使用', states: ['ISSUED', 'RETURNED', 'LOCKED'] },
  { key: 'used', name: '已使用', states: ['REDEEMED'] },
  { key: 'expired', name: '已过期', states: ['EXPIRED', 'VOIDED'] },
]
const SEALS: Partial<Record<CouponState, string>> = { REDEEMED: '已使用', EXPIRED: '已过期', VOIDED: '已作废', LOCKED: '待付款' }

export default function MyCoupons() {
  const { session } = useStore(sessionStore)
  const [tab, setTab] = useState(0)
  const [open, setOpen] = useState('')
  const list = useOwnPages(MyCouponsDocument, { states: TABS[tab]!.states }, (d) => d.benefitAccount.coupons)

  if (session === null) return <View className='page'><LogInCard words='登录后查看优惠券' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page my-coupons js-my-coupons'>
      <View className='tabs tabs-plain'>
        {TABS.map((t, i) => <View key={t.key} className={`tab js-tab-${t.key} ${i === tab ? 'tab-on' : ''}`} onClick={() => setTab(i)}>{t.name}</View>)}
      </View>
      <NetBar />
      {list.first && list.loading ? <Skeleton kind='tickets' count={4} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0
        ? <Empty emoji='🎟️' title={`没有${TABS[tab]!.name}的券`} note='领券中心天天有新券' action='去领券' onAction={() => void Taro.switchTab({ url: '/pages/coupons/index' })} /> : null}
      <View className='tickets'>
        {list.nodes.map((c) => {
          const usable = c.state === 'ISSUED' || c.state === 'RETURNED'
          return (
            <CouponTicket
              key={c.id}
              className='js-coupon'
              template={c.template}
              validity={!usable ? couponValidity(c) : endsToday(c) ? <Countdown until={c.expiresAt} lead='仅剩' over='已过期' look='text' onOver={() => void list.reload()} /> : heldValidity(c)}
              grey={!usable}
              seal={SEALS[c.state]}
              note={open === c.id ? <Terms coupon={c} /> : undefined}
              more={(
                <View className='ticket-links'>
                  <Text className='ticket-more js-terms' onClick={() => setOpen(open === c.id ? '' : c.id)}>{open === c.id ? '收起' : '使用说明'}</Text>
                  {c.orderId && !usable ? <Text className='ticket-more js-to-order' onClick={() => toOrder(c.orderId!)}>{c.state === 'LOCKED' ? '去付款' : '查看订单'}</Text> : null}
                </View>
              )}
              action={usable && notYet(c) ? <View className='btn btn-grey btn-sm js-not-yet'>待生效</View> : usable ? <View className='btn btn-main btn-sm js-use' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/home/index' })}>去使用</View> : null}
            />
          )
        })}
      </View>
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </View>
  )
}

/** To the order that holds or used it */
const toOrder = (id: string): void => void Taro.navigateTo({ url: `/pages/order/index?id=${encodeURIComponent(id)}` })

/** Everything that limits it, how it was had, its code, and what became of it since: when, why and by whom (K05) */
function Terms({ coupon }: { coupon: CouponCardFragment }) {
  const { data } = useQuery(MyCouponHistoryDocument, { id: coupon.id })
  const steps = (data?.coupon?.moves ?? []).slice(1).filter((move) => move.why !== '退回卡包') // the second half of a step that is told already
  return (
    <View className='terms js-terms-open'>
      <Text className='link-term'>{`· 有效期 ${minute(coupon.validFrom)} 至 ${endMinute(coupon.expiresAt)}`}</Text>
      {coupon.template.terms.map((line) => <Text key={line} className='link-term'>{`· ${line}`}</Text>)}
      <Text className='link-term'>{`· ${coupon.source}于 ${minute(coupon.claimedAt)}，券码 ${coupon.code.replace(/(.{4})(?=.)/g, '$1-')}`}</Text>
      {steps.map((move) => <Text key={`${move.at}${move.after}`} className='link-term js-coupon-step'>{`· ${minute(move.at)} ${move.why}（${move.by}）`}</Text>)}
    </View>
  )
}
