import { Text, View } from '@tarojs/components'
import { Fragment, useEffect, useRef } from 'react'
import { AUTO_COUPONS, choosable, couponCondition, couponFace, couponValidity, numberLook, picked, replacedWords } from '../lib/coupon'
import { rmb, yuan } from '../lib/money'
import { byUse, fee } from '../lib/offers'
import { dayWords } from '../lib/time'
import { useStore } from '../lib/store'
import { AUTO_PACKETS, choose, NO_PACKETS, pickNoteStore, pickStore, type Quote, quoteStore, watchSheet, wishStore } from '../services/liveQuote'
import { Check, Icon, Row, Tag } from './basics'
import { Skeleton } from './states'

const LEVELS: Record<Quote['offers'][number]['level'], string> = { LINE: '单品', ORDER: '活动', GIFT: '赠品', COUPON: '券', SHIPPING: '运费', EARN: '返还' }
const TENDERS: Record<string, string> = { points: '积分抵扣', balance: '余额支付', red_packet: '红包抵扣' }
export const tenderName = (kind: string): string => TENDERS[kind.toLowerCase()] ?? kind

/** What the shop lets a tender pay at most, where that is less than there is; what is said otherwise */
export const capWords = (quote: Pick<Quote, 'capped'>, kind: string, otherwise: string): string => quote.capped.find((c) => c.kind === kind)?.sentence ?? otherwise

/** All of a kind in one line: the sum, and what it is made of */
export function OfferRow({ label = '活动优惠', offers }: { label?: string; offers: { id: string; name: string; offFen: number }[] }) {
  if (offers.length === 0) return null
  const sum = offers.reduce((s, o) => s + o.offFen, 0)
  const note = offers.length === 1 ? offers[0]!.name : offers.map((o) => (o.offFen > 0 ? `${o.name} -${yuan(o.offFen)}` : o.name)).join(' · ')
  return <Row label={label} note={note}><Text className='minus'>{sum > 0 ? `-¥${yuan(sum)}` : '已享'}</Text></Row>
}

/** 运费 after its offers; what it was and what took it down stands beside it */
export function ShippingRow({ shippingFen, offers }: { shippingFen: number; offers: { name: string; level: string; offFen: number }[] }) {
  const { beforeFen, off } = fee(shippingFen, offers)
  return (
    <Row label='运费' note={off.length > 0 ? `原运费${rmb(beforeFen)} · ${off.map((o) => o.name).join('、')}` : undefined}>
      {shippingFen === 0 ? <Text className='free'>免运费</Text> : rmb(shippingFen)}
    </Row>
  )
}

/** Every offer that applied, every one that did not and why, and the coupons to choose from */
export function Breakdown({ quote }: { quote: Quote }) {
  const missed = byUse(quote.rejected.filter((r) => r.couponId === null))
  const { beforeFen, off, goods } = fee(quote.shippingFen, quote.offers)
  const applied = (o: Quote['offers'][number]) => (
    <View key={o.id + (o.couponId ?? '')} className='js-applied'>
      <Row label={<><Tag look='soft'>{LEVELS[o.level]}</Tag><Text className='offer-name'>{o.name}</Text></>} note={o.sentence === o.name ? undefined : o.sentence}>
        <Text className='minus'>{o.offFen > 0 ? `-¥${yuan(o.offFen)}` : '已享'}</Text>
      </Row>
    </View>
  )
  return (
    <View className='breakdown js-breakdown'>
      <Row label='商品总价'>{rmb(quote.listFen)}</Row>
      {goods.map(applied)}
      <Row label='运费'>{beforeFen === 0 ? <Text className='free'>免运费</Text> : rmb(beforeFen)}</Row>
      {off.map(applied)}
      {quote.tenders.map((t) => (
        <Row key={t.kind + (t.id ?? '')} label={tenderName(t.kind)}><Text className='minus'>{`-¥${yuan(t.fen)}`}</Text></Row>
      ))}
      <Row strong label='合计'><Text className='total'>{rmb(quote.dueFen)}</Text></Row>

      <CouponChoice quote={quote} />

      {quote.earn.length > 0 ? (
        <View className='block'>
          <View className='block-title'>下单后将获得</View>
          {quote.earn.map((e) => <View key={e.offerId} className='earn-line js-earn'><Text className='earn-dot'>🎁</Text><Text>{e.sentence}</Text></View>)}
        </View>
      ) : null}

      {missed.length > 0 ? (
        <View className='block'>
          <View className='block-title'>没有用上的优惠</View>
          {missed.map((r) => (
            <View key={r.id} className='missed js-rejected'>
              <Text className='missed-name'>{r.name}</Text>
              <Text className='missed-why'>{r.reason === 'NOT_YET' && r.at ? `${dayWords(r.at)} 开始，到时自动算上` : r.sentence}</Text>
            </View>
          ))}
        </View>
      ) : null}
      <View className='fine'><Icon name='info' /><Text>价格由活动规则实时计算，规则变化时会第一时间告诉您</Text></View>
    </View>
  )
}

/** Automatic, some of mine, or none. What pays nothing says why */
export function PacketChoice({ quote }: { quote: Quote }) {
  const { redPackets: pick } = useStore(wishStore)
  const none = pick.mode === 'FIXED' && pick.ids.length === 0
  const set = (redPackets: typeof pick): void => wishStore.set((w) => ({ ...w, redPackets }))
  return (
    <View className='block js-packet-choice'>
      <View className={`choice js-packet-auto ${pick.mode === 'AUTO' ? 'choice-on' : ''}`} onClick={() => set(AUTO_PACKETS)}>
        <View className='choice-words'><Text className='choice-name'>自动使用</Text><Text className='choice-note'>先用最早到期的，用不完的留在红包里</Text></View>
        <Check on={pick.mode === 'AUTO'} onClick={() => set(AUTO_PACKETS)} />
      </View>
      {quote.redPackets.map(({ packet, paysFen, reason }) => {
        const on = pick.mode === 'FIXED' && pick.ids.includes(packet.id)
        const choose = (): void => set({ mode: 'FIXED', ids: on ? pick.ids.filter((id) => id !== packet.id) : [...(pick.mode === 'FIXED' ? pick.ids : []), packet.id] })
        return (
          <View key={packet.id} className={`choice js-packet-option ${on ? 'choice-on' : ''} ${paysFen === 0 && reason !== '未选用' ? 'choice-dim' : ''}`} onClick={choose}>
            <View className='choice-stub'>{`¥${yuan(packet.leftFen)}`}</View>
            <View className='choice-words'>
              <Text className='choice-name'>{packet.leftFen < packet.faceFen ? `红包余 ${rmb(packet.leftFen)}（共 ${rmb(packet.faceFen)}）` : `${rmb(packet.faceFen)} 红包`}</Text>
              <Text className='choice-note'>{packet.sentence}</Text>
              {reason && reason !== '未选用' ? <Text className='choice-why js-packet-reason'>{reason}</Text> : null}
            </View>
            {paysFen > 0 ? <Tag look='soft'>{`抵 ¥${yuan(paysFen)}`}</Tag> : null}
            <Check on={on} onClick={choose} />
          </View>
        )
      })}
      <View className={`choice js-packet-none ${none ? 'choice-on' : ''}`} onClick={() => set(NO_PACKETS)}>
        <View className='choice-words'><Text className='choice-name'>不使用红包</Text></View>
        <Check on={none} onClick={() => set(NO_PACKETS)} />
      </View>
    </View>
  )
}

/** Below the coupons, where it is seen however far one has scrolled: what became of the last tap where it was not what was tapped */
export function PickNote() {
  const note = useStore(pickNoteStore)
  return note ? <View className='choice-told js-pick-note'>{note}</View> : null
}

/** Automatic, some of mine (as many as an order may use; one more takes the place of the first), or none. What cannot be used says why, and cannot be chosen; what is ticked is used, once the price is there */
export function CouponChoice({ quote }: { quote: Quote }) {
  const pick = useStore(pickStore)
  const { wanted, quotedFor } = useStore(quoteStore)
  useEffect(watchSheet, [])
  const fixed = pick.mode === 'FIXED' ? pick.ids : []
  const most = quote.maxCoupons
  const fresh = wanted === quotedFor
  const usable = (id: string): boolean => fixed.includes(id) || choosable(quote, id)
  // what cannot be used here comes last, what was used when the list was opened first: nothing moves away from under a finger
  const usedAtFirst = useRef(new Set(quote.coupons.filter((c) => c.applied).map((c) => c.coupon.id))).current
  const rank = (id: string): number => (usable(id) ? 2 : 0) + (usedAtFirst.has(id) ? 1 : 0)
  const inOrder = [...quote.coupons].sort((a, b) => rank(b.coupon.id) - rank(a.coupon.id))
  const useless = inOrder.findIndex((c) => !usable(c.coupon.id))
  return (
    <View className='block js-coupon-choice'>
      <View className='block-title'>{most > 1 ? `优惠券（每单最多 ${most} 张）` : '优惠券'}</View>
      <View className={`choice js-coupon-auto ${pick.mode === 'AUTO' ? 'choice-on' : ''}`} onClick={() => choose(AUTO_COUPONS)}>
        <View className='choice-words'><Text className='choice-name'>自动用券</Text><Text className='choice-note'>{most > 1 ? '为您挑更省的券，能同用的一起用' : '为您挑更省的一张'}</Text></View>
        <Check on={pick.mode === 'AUTO'} onClick={() => choose(AUTO_COUPONS)} />
      </View>
      {inOrder.map(({ coupon, alike, applied, reason }, n) => {
        const face = couponFace(coupon.template.face)
        const on = fixed.includes(coupon.id)
        const can = usable(coupon.id)
        const tap = (): void => {
          if (!can) return pickNoteStore.set(`「${coupon.template.name}」这单用不上${reason ? `：${reason}` : ''}`)
          const next = picked(fixed, coupon.id, most)
          choose(next, replacedWords(fixed, next, most, (id) => quote.coupons.find((c) => c.coupon.id === id)?.coupon.template.name ?? '选的券'))
        }
        return (
          <Fragment key={coupon.id}>
            {n === useless ? <View className='choice-group js-coupon-useless'>{`这单用不上的券（${inOrder.length - useless}）`}</View> : null}
            <View className={`choice js-coupon-option ${on ? 'choice-on' : ''} ${can ? '' : 'choice-dim'}`} onClick={tap}>
              <View className={`choice-stub choice-stub-${numberLook(face)}`}>{face.before}{face.number}{face.after}</View>
              <View className='choice-words'>
                <Text className='choice-name'>{alike > 1 ? `${coupon.template.name} ×${alike}` : coupon.template.name}</Text>
                {face.cap ? <Text className='choice-note js-coupon-about'>{face.cap}</Text> : null}
                <Text className='choice-note'>{`${couponCondition(coupon.template.face)} · ${couponValidity(coupon)}`}</Text>
                {reason && !(on && !fresh) ? <Text className='choice-why js-coupon-reason'>{reason}</Text> : null}
              </View>
              {applied && !on ? <Tag look='soft'>已用上</Tag> : null}
              <Check on={on} dim={!can} onClick={tap} />
            </View>
          </Fragment>
        )
      })}
      {quote.coupons.length < quote.couponCount ? <View className='js-coupons-coming'><Skeleton kind='rows' count={Math.min(3, quote.couponCount - quote.coupons.length)} /></View> : null}
      <View className={`choice js-coupon-none ${pick.mode === 'NONE' ? 'choice-on' : ''}`} onClick={() => choose({ mode: 'NONE', ids: [] })}>
        <View className='choice-words'><Text className='choice-name'>不使用优惠券</Text></View>
        <Check on={pick.mode === 'NONE'} onClick={() => choose({ mode: 'NONE', ids: [] })} />
      </View>
    </View>
  )
}
