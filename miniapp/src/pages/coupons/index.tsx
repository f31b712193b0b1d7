import { Input, Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Countdown } from '../../components/basics'
import { CouponTicket } from '../../components/CouponTicket'
import { Seen } from '../../components/Seen'
import { Empty, Loaded, NetBar, Skeleton } from '../../components/states'
import { ClaimCouponDocument, type CouponCardFragment, CouponCentreDocument, type CouponCentreQuery, RedeemCouponCodeDocument } from '../../gql/graphql'
import { claimedWords, claimRefusal, couponValidity, keptInPlace, shortValidity, withinReach } from '../../lib/coupon'
import { useStore } from '../../lib/store'
import { clock, dayWords } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { clientConfig, logIn, sessionStore } from '../../services/session'
import { shopStore } from '../../services/shop'
import { words } from '../../services/transport'
import { useAccountMoves } from '../../services/useAccountMoves'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast, useOnReturn } from '../../services/useWhileShown'

type Drop = CouponCentreQuery['couponCentre']['claimable'][number]
type Tab = 'claimable' | 'claimed' | 'gone' | 'code'
interface Tapped { dropId: string; at: number }
const TAPPED = `shuhui:claim-after-log-in:${platform.merchant}`
const TAPPED_MS = 10 * 60_000
const LONGEST_MS = 24 * 3600_000
/** When a drop that waits opens, in server time; 0 for others */
const opensAt = (d: Drop): number => Date.parse((d.state === 'UPCOMING' ? d.startsAt : d.state === 'NEXT_BATCH' ? d.nextBatchAt : null) ?? '') || 0
const TABS: { key: Tab; name: string }[] = [{ key: 'claimable', name: '可领' }, { key: 'claimed', name: '已领' }, { key: 'gone', name: '失效' }, { key: 'code', name: '口令兑换' }]

export default function Coupons() {
  const { current } = useStore(shopStore)
  const { session } = useStore(sessionStore)
  const [tab, setTab] = useState<Tab>('claimable')
  const busy = useBusy()
  const [notes, setNotes] = useState<Record<string, string>>({})
  /** Drops claimed in this visit: they stay where they were, marked 已领取, until the page is opened anew */
  const [fresh, setFresh] = useState<Record<string, Drop>>({})
  /** Where the drops stood when they were last shown */
  const order = useRef<string[]>([])
  const templates = useRef<string[]>([])
  const query = useQuery(CouponCentreDocument, { storeId: current?.id ?? null }, {
    onData: (d, sentAt) => clock.sync(d.couponCentre.serverTime, sentAt, Date.now()),
  })
  const person = session !== null
  useEffect(() => { clientConfig().then((c) => { templates.current = c.subscribeTemplateIds }, () => undefined) }, [])
  const wasPerson = useRef(person)
  useEffect(() => {
    if (wasPerson.current === person) return
    wasPerson.current = person
    void query.reload()
  }, [person, query])
  const renew = async (): Promise<void> => {
    await query.reload()
    setFresh({})
    setNotes({})
  }
  useOnReturn(() => void renew())
  useAccountMoves(() => void query.reload())
  usePullDownRefresh(() => { void renew().then(() => Taro.stopPullDownRefresh()) })

  async function claim(drop: Drop): Promise<void> {
    if (busy.now()) return
    busy.set(drop.id)
    try {
      // WeChat asks for messages only straight from a tap: before anything is awaited
      const accepted = person ? platform.askSubscribe(templates.current) : Promise.resolve([])
      if (!person) {
        // In a browser logging in leaves the page: the tap is remembered and done on coming back
        platform.storage.set(TAPPED, { dropId: drop.id, at: Date.now() } satisfies Tapped)
        if (!(await logIn())) return
        platform.storage.remove(TAPPED)
      }
      const acceptedTemplateIds = await accepted
      const result = await act(`claim:${drop.id}`, ClaimCouponDocument, 'claimCoupon', {
        dropId: drop.id, channel: platform.channel, storeId: current?.id ?? null, placement: 'CENTRE', acceptedTemplateIds,
      })
      if (result.__typename === 'Coupon') {
        setFresh((f) => ({ ...f, [drop.id]: { ...drop, claimedByMe: drop.claimedByMe + 1, claimedByMeToday: drop.claimedByMeToday + 1, issued: drop.issued + 1, remaining: Math.max(0, drop.remaining - 1), availableNow: Math.max(0, drop.availableNow - 1) } }))
        setNotes(({ [drop.id]: _, ...rest }) => rest)
        toast(claimedWords(result.extra, result.template.face.kind))
        return
      }
      setNotes((n) => ({ ...n, [drop.id]: claimRefusal(result) }))
      if (result.__typename === 'CouponSoldOut') setFresh((f) => ({ ...f, [drop.id]: { ...drop, state: result.nextBatchAt ? 'NEXT_BATCH' : 'SOLD_OUT', availableNow: 0, nextBatchAt: result.nextBatchAt } }))
      if (result.__typename === 'DailyLimitReached') setFresh((f) => ({ ...f, [drop.id]: { ...drop, claimedByMeToday: Math.max(drop.claimedByMeToday, result.held) } }))
      if (result.__typename === 'ClaimLimitReached') setFresh((f) => ({ ...f, [drop.id]: { ...drop, claimedByMe: Math.max(drop.claimedByMe, drop.perMember) } }))
    } catch (e) {
      setNotes((n) => ({ ...n, [drop.id]: words(e) }))
    } finally {
      busy.set('')
    }
  }

  const centre = query.data?.couponCentre
  useEffect(() => {
    if (!person || !centre) return
    const tapped = platform.storage.get(TAPPED) as Tapped | null
    if (!tapped) return
    platform.storage.remove(TAPPED)
    const drop = centre.claimable.find((d) => d.id === tapped.dropId)
    if (drop && Date.now() - tapped.at < TAPPED_MS) void claim(drop)
    // eslint-disable-next-line
  }, [person, centre])

  // A drop or a batch opens while the page is looked at: asked for again then, not all phones at the same instant
  const opening = Math.min(...(centre?.claimable ?? []).map((d) => fresh[d.id] ?? d).map(opensAt).filter((ms) => ms > clock.now()), Infinity)
  const { reload } = query
  useEffect(() => {
    if (opening === Infinity) return undefined
    const wait = opening - clock.now() + 200 + Math.random() * 800
    if (wait > LONGEST_MS) return undefined
    const timer = setTimeout(() => {
      setFresh((all) => Object.fromEntries(Object.entries(all).filter(([, d]) => d.claimedByMe > 0 && d.state !== 'NEXT_BATCH')))
      void reload()
    }, wait)
    return () => clearTimeout(timer)
  }, [opening, reload])

  return (
    <View className='page coupons js-coupons'>
      <View className='coupons-top'>
        <View className='coupons-hero'>
          <Text className='coupons-title'>天天领券，巴适又划算</Text>
          <Text className='coupons-sub'>领到的券下单时自动用上</Text>
        </View>
        <View className='tabs'>
          {TABS.map((t) => (
            <View key={t.key} className={`tab js-tab-${t.key} ${tab === t.key ? 'tab-on' : ''}`} onClick={() => setTab(t.key)}>{t.name}</View>
          ))}
        </View>
      </View>
      <NetBar />
      {tab === 'code' ? <CodeEntry storeId={current?.id ?? null} person={person} /> : (
      <Loaded query={query} skeleton={<Skeleton kind='tickets' count={4} />}>
        {({ couponCentre }) => {
          const list = couponCentre[tab].map((d) => fresh[d.id] ?? d)
          const moved = tab === 'claimed' ? Object.values(fresh).filter((d) => d.claimedByMe > 0 && !couponCentre.claimed.some((c) => c.id === d.id)) : []
          const stay = tab === 'claimable' ? Object.values(fresh).filter((d) => d.claimedByMe > 0) : []
          const shown = keptInPlace([...moved, ...list], stay, order.current)
          if (tab === 'claimable') order.current = shown.map((d) => d.id)
          if (shown.length === 0) return <Nothing tab={tab} />
          return (
            <View className='tickets'>
              {shown.map((d) => <Seen key={d.id} dropId={d.id} placement='CENTRE'><DropTicket drop={d} tab={tab} busy={busy.shown === d.id} note={notes[d.id]} onClaim={() => void claim(d)} /></Seen>)}
              <View className='list-end'>— 我也是有底线的 —</View>
            </View>
          )
        }}
      </Loaded>
      )}
    </View>
  )
}

/** A code of a leaflet, or a 口令 → a coupon */
function CodeEntry({ storeId, person }: { storeId: string | null; person: boolean }) {
  const busy = useBusy()
  const [text, setText] = useState('')
  const [note, setNote] = useState('')
  const [got, setGot] = useState<CouponCardFragment[]>([])
  async function redeem(): Promise<void> {
    const code = text.trim()
    if (code === '') { setNote('请先输入券码或口令'); return }
    if (busy.now()) return
    busy.set('code')
    setNote('')
    try {
      if (!person && !(await logIn())) return
      const result = await act(`code:${code}`, RedeemCouponCodeDocument, 'redeemCouponCode', { code, channel: platform.channel, storeId })
      if (result.__typename === 'Coupon') {
        setGot((list) => [result, ...list.filter((c) => c.id !== result.id)])
        setText('')
        toast(result.extra ? claimedWords(result.extra, result.template.face.kind) : '兑换成功，券已放进卡包')
      } else setNote(result.message)
    } catch (e) {
      setNote(words(e))
    } finally {
      busy.set('')
    }
  }
  return (
    <View className='redeem js-code-entry'>
      <View className='redeem-card'>
        <Text className='redeem-title'>输入券码或口令</Text>
        <Input className='redeem-input js-code-input' value={text} maxlength={40} placeholder='如 GXWT-SALB-Q6JM' confirmType='done' onInput={(e) => { setText(e.detail.value); setNote('') }} onConfirm={() => void redeem()} />
        {note ? <Text className='redeem-note js-code-note'>{note}</Text> : <Text className='redeem-hint'>大小写、空格和横线都不影响；每小时最多输错 10 次</Text>}
        <View className={`btn btn-main btn-block js-code-redeem ${busy.shown ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void redeem()}>{busy.shown ? '兑换中…' : '立即兑换'}</View>
      </View>
      <View className='tickets'>
        {got.map((c) => (
          <CouponTicket
            key={c.id} className='js-code-coupon' template={c.template} validity={couponValidity(c)}
            action={<View className='btn btn-line btn-sm js-use' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/home/index' })}>去使用</View>}
          />
        ))}
      </View>
    </View>
  )
}

function Nothing({ tab }: { tab: Tab }) {
  if (tab === 'claimable') return <Empty emoji='🎟️' title='眼下没有可领的券' note='新券上架会出现在这里' />
  if (tab === 'claimed') return <Empty emoji='🎟️' title='这里还没有券' note='领满的券会移到这里，手上的券都在卡包' action='看我的优惠券' onAction={() => void Taro.navigateTo({ url: '/pages/my-coupons/index' })} />
  return <Empty emoji='🍃' title='没有失效的券' />
}

function DropTicket({ drop: d, tab, busy, note, onClaim }: { drop: Drop; tab: Tab; busy: boolean; note: string | undefined; onClaim(): void }) {
  const gone = tab === 'gone' || d.state === 'ENDED'
  const mine = d.claimedByMe >= d.perMember
  const seal = gone ? (d.state === 'SOLD_OUT' ? '已领完' : '已结束') : undefined
  return (
    <CouponTicket
      className={`js-drop ${mine ? 'js-drop-mine' : ''} ${d.notForMe ? 'js-drop-not-for-me' : ''}`}
      template={{ ...d.template, name: d.name }}
      who={d.tier?.label}
      validity={shortValidity(d.template.validitySentence)}
      extra={d.extra?.sentence}
      grey={gone || (d.state === 'SOLD_OUT' && !mine) || (d.notForMe !== null && withinReach(d.notForMe.because) === null && !mine)}
      seal={seal}
      note={note ?? (gone || mine ? undefined : d.notForMe?.message)}
      progress={gone || mine ? null : <Progress drop={d} />}
      action={gone ? null : <Action drop={d} mine={mine} busy={busy} onClaim={onClaim} />}
    />
  )
}

/** How far it is: counts down to its beginning or its next batch, else the share that is gone */
function Progress({ drop: d }: { drop: Drop }) {
  if (d.state === 'UPCOMING') return <View className='stock'><Countdown until={d.startsAt} lead='距开抢' over='可以领了' look='text' /></View>
  if (d.state === 'NEXT_BATCH' && d.nextBatchAt) return <View className='stock js-next-batch'><Countdown until={d.nextBatchAt} lead='距下一批' over='下一批开抢了' look='text' /></View>
  const share = d.total > 0 ? Math.min(100, Math.floor((d.issued * 100) / d.total)) : 100
  const soldOut = d.state === 'SOLD_OUT'
  return (
    <View className='stock'>
      <View className='stock-bar'><View className='stock-fill' style={{ width: `${soldOut ? 100 : share}%` }} /></View>
      <Text className='stock-text'>{soldOut ? '已领完' : d.availableNow <= 20 ? `仅剩${d.availableNow}张` : share > 0 ? `已领${share}%` : '刚刚开抢'}</Text>
    </View>
  )
}

function Action({ drop: d, mine, busy, onClaim }: { drop: Drop; mine: boolean; busy: boolean; onClaim(): void }) {
  if (mine) {
    return (
      <View className='claim-done'>
        <Text className='claim-done-text js-claimed'>已领取</Text>
        <View className='btn btn-line btn-sm js-use' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/home/index' })}>去使用</View>
      </View>
    )
  }
  const toDo = withinReach(d.notForMe?.because)
  if (d.notForMe && !toDo) return <View className='btn btn-grey btn-sm js-not-for-me'>暂不可领</View>
  if (d.state === 'SOLD_OUT') return <View className='btn btn-grey btn-sm js-soldout'>已领完</View>
  if (d.state === 'UPCOMING' || (d.state === 'NEXT_BATCH' && d.nextBatchAt)) {
    const opens = d.state === 'UPCOMING' ? d.startsAt : d.nextBatchAt!
    return <View className='btn btn-wait btn-sm' onClick={onClaim}>{`${dayWords(opens).split('日')[1]?.trim() ?? ''}开抢`}</View>
  }
  const today = d.perDay !== null && d.claimedByMeToday >= d.perDay
  return (
    <View className='claim-done'>
      {d.claimedByMe > 0 ? <Text className='claim-done-text js-claimed'>{`已领${d.claimedByMe}张`}</Text> : null}
      {today ? <View className='btn btn-grey btn-sm js-today'>明天再领</View> : (
        <View className={`btn ${toDo ? 'btn-line' : 'btn-main'} btn-sm js-claim ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={onClaim}>
          {busy ? '领取中…' : toDo ?? (d.claimedByMe > 0 ? '再领一张' : '立即领取')}
        </View>
      )}
    </View>
  )
}
