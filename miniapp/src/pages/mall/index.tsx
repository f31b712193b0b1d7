import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Tile } from '../../components/basics'
import { Sheet } from '../../components/Sheet'
import { Empty, Failure, ListEnd, Loaded, LogInCard, NetBar, Skeleton } from '../../components/states'
import { ExchangePointsDocument, type MallCardFragment, type MallUnit, MyExchangesDocument, PointsMallDocument } from '../../gql/graphql'
import { couponCondition, couponFace, shortValidity } from '../../lib/coupon'
import { haveFor, limitWords, unitName, unitWords, wayTo } from '../../lib/mall'
import { yuan, yuanShort } from '../../lib/money'
import { useStore } from '../../lib/store'
import { clock, endMinute, minute } from '../../lib/time'
import { act } from '../../services/api'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { usePages, useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

/** 积分商城: what my points can be exchanged for, and what they were */
export default function Mall() {
  const { session } = useStore(sessionStore)
  const [tab, setTab] = useState<'items' | 'history'>('items')
  const [chosen, setChosen] = useState<MallCardFragment | null>(null)
  const [note, setNote] = useState('')
  const busy = useBusy()
  const query = useQuery(PointsMallDocument, {}, { onData: (d, sentAt) => clock.sync(d.pointsMall.serverTime, sentAt, Date.now()) })
  const person = session !== null
  const wasPerson = useRef(person)
  useEffect(() => {
    if (wasPerson.current === person) return
    wasPerson.current = person
    void query.reload()
  }, [person, query])
  usePullDownRefresh(() => { void query.reload().then(() => Taro.stopPullDownRefresh()) })
  const mine = { points: query.data?.pointsMall.points ?? null, growth: query.data?.pointsMall.growth ?? null, stamps: query.data?.pointsMall.stamps ?? null }
  const sold = (unit: MallUnit): boolean => query.data?.pointsMall.items.some((item) => item.unit === unit) === true

  async function open(item: MallCardFragment): Promise<void> {
    setNote('')
    if (!person) {
      try { if (!(await logIn())) return } catch (e) { toast(words(e)); return }
      return
    }
    setChosen(item)
  }

  async function exchange(item: MallCardFragment): Promise<void> {
    if (busy.now()) return
    busy.set(item.id)
    setNote('')
    try {
      const result = await act(`mall:${item.id}`, ExchangePointsDocument, 'exchangePoints', { itemId: item.id, seenPoints: item.priceForMe })
      if (result.__typename === 'MallExchange') {
        setChosen(null)
        toast(result.coupon ? '兑换成功，已放进卡包' : result.givesPoints !== null ? `兑换成功，得 ${result.givesPoints} 积分` : '兑换成功，余额已到账')
      } else {
        setNote(result.message)
        if (result.__typename === 'ExchangePriceChanged') setChosen({ ...item, priceForMe: result.points })
      }
      void query.reload()
    } catch (e) {
      setNote(words(e))
    } finally {
      busy.set('')
    }
  }

  return (
    <View className='page mall js-mall'>
      <View className='mall-top'>
        <View className='mall-mine'>
          <Text className='mall-mine-name'>我的积分</Text>
          {person ? <Text className='mall-mine-points js-mall-points'>{mine.points ?? '-'}</Text> : <Text className='mall-mine-login js-login' onClick={() => { logIn().catch((e: unknown) => toast(words(e))) }}>登录查看</Text>}
        </View>
        {person && sold('STAMPS') ? <View className='mall-mine mall-mine-growth'><Text className='mall-mine-name'>我的集点</Text><Text className='js-mall-stamps'>{mine.stamps ?? '-'}</Text></View> : null}
        {person && sold('GROWTH') ? <View className='mall-mine mall-mine-growth'><Text className='mall-mine-name'>我的成长值</Text><Text className='js-mall-growth'>{mine.growth ?? '-'}</Text></View> : null}
        <View className='tabs'>
          <View className={`tab js-tab-items ${tab === 'items' ? 'tab-on' : ''}`} onClick={() => setTab('items')}>可兑换</View>
          <View className={`tab js-tab-history ${tab === 'history' ? 'tab-on' : ''}`} onClick={() => setTab('history')}>兑换记录</View>
        </View>
      </View>
      <NetBar />
      {tab === 'history' ? <History person={person} /> : (
        <Loaded query={query} skeleton={<Skeleton kind='rows' count={5} />}>
          {({ pointsMall }) => pointsMall.items.length === 0
            ? <Empty emoji='🎁' title='商城正在上新' note='攒着积分，新品上架会出现在这里' />
            : (
              <View className='mall-items'>
                {pointsMall.items.map((item) => <ItemCard key={item.id} item={item} have={haveFor(item, pointsMall)} onTap={() => void open(item)} />)}
                <View className='list-end mall-to-lottery js-to-lottery' onClick={() => void Taro.navigateTo({ url: '/pages/lottery/index' })}>兑换后不退不换 · 也可用积分抽奖 ›</View>
              </View>
            )}
        </Loaded>
      )}
      <Sheet open={chosen !== null} title='确认兑换' onClose={() => setChosen(null)} name='js-mall-sheet'
        footer={chosen ? <View className={`btn btn-main btn-block js-mall-confirm ${busy.shown ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void exchange(chosen)}>{busy.shown ? '兑换中…' : `用 ${chosen.priceForMe} ${unitWords(chosen.unit)}兑换`}</View> : null}>
        {chosen ? <Confirm item={chosen} have={haveFor(chosen, mine)} note={note} /> : null}
      </Sheet>
    </View>
  )
}

/** The picture of an article, the face of a coupon, or the money */
function Face({ item }: { item: MallCardFragment }) {
  if (item.kind === 'ARTICLE') return <Tile emoji={item.emoji ?? '🎁'} hue={item.imageHue ?? 20} size='sm' />
  if (item.kind === 'POINTS') return <View className='mall-face mall-face-money'><Text className='mall-face-big'>{item.givesPoints ?? 0}</Text><Text className='mall-face-note'>积分</Text></View>
  if (item.kind === 'BALANCE' || !item.template) return <View className='mall-face mall-face-money'><Text className='mall-face-big'>{`¥${yuanShort(item.balanceFen ?? 0)}`}</Text><Text className='mall-face-note'>余额</Text></View>
  const face = couponFace(item.template.face)
  return <View className='mall-face'><Text className='mall-face-big'>{`${face.before}${face.number}${face.after}`}</Text><Text className='mall-face-note'>{couponCondition(item.template.face)}</Text></View>
}

const what = (item: MallCardFragment): string => {
  if (item.kind === 'BALANCE') return '到账后下单直接抵'
  if (item.kind === 'POINTS') return '到账后下单可抵，也可再兑换'
  if (item.kind === 'ARTICLE') return item.listFen === null ? '商品兑换券一张' : `价值 ¥${yuan(item.listFen)}，兑换券一张`
  return item.template?.face.scopeSentence ?? ''
}

function ItemCard({ item, have, onTap }: { item: MallCardFragment; have: number | null; onTap(): void }) {
  const way = wayTo(item, have)
  const limit = limitWords(item)
  return (
    <View className={`mall-card js-mall-item ${item.state === 'OPEN' ? '' : 'mall-card-gone'}`}>
      <Face item={item} />
      <View className='mall-words'>
        <Text className='mall-name'>{item.name}</Text>
        <Text className='mall-note'>{item.unit === 'STAMPS' && have !== null && have < item.priceForMe ? `集满 ${item.priceForMe} 个就能换，您有 ${have} 个` : what(item)}</Text>
        <Text className='mall-note'>{[item.state === 'OPEN' && item.remaining <= 20 ? `仅剩 ${item.remaining} 份` : '', limit].filter(Boolean).join(' · ') || `剩 ${item.remaining} 份`}</Text>
        <View className='mall-foot'>
          <View className='mall-price'>
            <Text className='mall-points js-mall-price'>{item.priceForMe}</Text>
            <Text className='mall-unit'>{unitWords(item.unit)}</Text>
            {item.priceForMe < item.points ? <Text className='mall-strike'>{item.points}</Text> : null}
          </View>
          {way.can ? <View className='btn btn-main btn-sm js-mall-take' hoverClass='pressed' onClick={onTap}>{way.label}</View> : <View className='btn btn-grey btn-sm js-mall-cannot'>{way.label}</View>}
        </View>
        {item.priceForMe === item.points && item.prices.length > 0 ? <Text className='mall-tier js-mall-tier'>{item.prices[0]!.sentence}</Text> : null}
      </View>
    </View>
  )
}

const RULES: Record<MallUnit, string> = {
  POINTS: '快到期的积分先用；兑换后不退不换。',
  GROWTH: '花掉的成长值不再计入等级：等级保留到考核周期结束，到期按剩下的算。兑换后不退不换。',
  STAMPS: '集点长期有效；兑换后不退不换；攒点的订单之后退款，换掉的集点按活动说明的价值扣。',
}

function Confirm({ item, have, note }: { item: MallCardFragment; have: number | null; note: string }) {
  const left = have === null ? null : have - item.priceForMe
  return (
    <View className='mall-confirm'>
      <View className='mall-confirm-item'><Face item={item} /><View className='mall-words'><Text className='mall-name'>{item.name}</Text><Text className='mall-note'>{what(item)}</Text>{item.template ? <Text className='mall-note'>{shortValidity(item.template.validitySentence).replace('领取后', '兑换后')}</Text> : null}</View></View>
      <View className='mall-sum'><Text>花费</Text><Text className='mall-sum-figure'>{`${item.priceForMe} ${unitWords(item.unit)}`}</Text></View>
      {left === null ? null : <View className='mall-sum'><Text>兑换后剩余</Text><Text>{`${Math.max(0, left)} ${unitWords(item.unit)}`}</Text></View>}
      {note ? <View className='mall-refusal js-mall-note'>{note}</View> : null}
      <Text className='mall-rule'>{RULES[item.unit]}</Text>
    </View>
  )
}

function History({ person }: { person: boolean }) {
  const list = usePages(MyExchangesDocument, { first: 20 }, (d) => d.myExchanges, !person)
  useReachBottom(list.next)
  if (!person) return <LogInCard words='登录后查看兑换记录' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} />
  return (
    <View className='js-mall-history'>
      {list.first && list.loading ? <Skeleton kind='rows' count={5} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0 ? <Empty emoji='🧧' title='还没有兑换过' note='积分换的券和商品会记在这里' /> : null}
      {list.nodes.length > 0 ? (
        <View className='card'>
          {list.nodes.map((e) => (
            <View key={e.id} className='mall-line js-mall-exchange' onClick={() => { if (e.coupon && e.state === 'DONE') void Taro.navigateTo({ url: '/pages/my-coupons/index' }) }}>
              <View className='mall-words'>
                <Text className='mall-name'>{e.itemName}</Text>
                <Text className='mall-note'>{e.state === 'VOIDED' ? `已作废：${e.voidReason ?? ''}，${unitName(e.unit)}已退回` : `${minute(e.at)}${e.givesPoints !== null ? ` · 得 ${e.givesPoints} 积分` : ''}${e.coupon ? ` · 券 ${endMinute(e.coupon.expiresAt)} 到期` : ''}`}</Text>
              </View>
              <Text className={e.state === 'VOIDED' ? 'mall-strike' : 'mall-spent'}>{`−${e.points} ${unitWords(e.unit)}`}</Text>
            </View>
          ))}
        </View>
      ) : null}
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </View>
  )
}
