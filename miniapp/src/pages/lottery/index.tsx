import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom, useRouter, useShareAppMessage } from '@tarojs/taro'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Countdown } from '../../components/basics'
import { Sheet } from '../../components/Sheet'
import { Empty, Failure, ListEnd, Loaded, LogInCard, NetBar, Skeleton } from '../../components/states'
import { type DrawLotteryMutation, DrawLotteryDocument, LotteriesDocument, type LotteryHeldFragment, LotteryPointsDocument, MyLotteryDrawsDocument } from '../../gql/graphql'
import { couponFace } from '../../lib/coupon'
import { cellsOf, lightsTo, PLACES, prefersStill, wayToDraw } from '../../lib/lottery'
import { yuan } from '../../lib/money'
import { useStore } from '../../lib/store'
import { clock, endMinute, minute } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { logIn, sessionStore } from '../../services/session'
import { shopStore } from '../../services/shop'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { usePages, useQuery } from '../../services/useQuery'
import { useShared, useShareEnd } from '../../services/useShared'
import { toast } from '../../services/useWhileShown'
import './index.scss'

type Prize = LotteryHeldFragment['prizes'][number]
type Won = Extract<DrawLotteryMutation['drawLottery'], { __typename: 'LotteryDraw' }>
const STEP_MS = 70
const enter = (): void => { logIn().catch((e: unknown) => toast(words(e))) }

/** 积分抽奖: the grid, what is published about it, and what I drew */
export default function LotteryPage() {
  const wanted = decodeURIComponent(useRouter().params.id ?? '')
  const { session } = useStore(sessionStore)
  useShared()
  const [tab, setTab] = useState<'draw' | 'mine'>('draw')
  const [chosen, setChosen] = useState('')
  const query = useQuery(LotteriesDocument, {}, { onData: (d, sentAt) => { if (d.lotteries[0]) clock.sync(d.lotteries[0].serverTime, sentAt, Date.now()) } })
  const person = session !== null
  const purse = useQuery(LotteryPointsDocument, {}, { skip: !person })
  const wasPerson = useRef(person)
  const reload = async (): Promise<void> => { await Promise.all([query.reload(), person ? purse.reload() : undefined]) }
  useEffect(() => {
    if (wasPerson.current === person) return
    wasPerson.current = person
    void query.reload()
  }, [person, query])
  usePullDownRefresh(() => { void reload().then(() => Taro.stopPullDownRefresh()) })
  const points = person ? (purse.data?.benefitAccount.points ?? null) : null

  return (
    <View className='page lottery js-lottery'>
      <View className='mall-top'>
        <View className='mall-mine'>
          <Text className='mall-mine-name'>我的积分</Text>
          {person ? <Text className='mall-mine-points js-lottery-points'>{points ?? '-'}</Text> : <Text className='mall-mine-login js-login' onClick={enter}>登录查看</Text>}
        </View>
        <View className='tabs'>
          <View className={`tab js-tab-draw ${tab === 'draw' ? 'tab-on' : ''}`} onClick={() => setTab('draw')}>抽奖</View>
          <View className={`tab js-tab-mine ${tab === 'mine' ? 'tab-on' : ''}`} onClick={() => setTab('mine')}>我的记录</View>
        </View>
      </View>
      <NetBar />
      {tab === 'mine' ? <Mine person={person} /> : (
        <Loaded query={query} skeleton={<Skeleton kind='card' count={3} />}>
          {({ lotteries }) => {
            const held = lotteries.find((l) => l.id === (chosen || wanted)) ?? lotteries.find((l) => l.state === 'OPEN') ?? lotteries[0]
            if (!held) return <Empty emoji='🎡' title='抽奖还没开始' note='攒着积分，开场后会出现在这里' />
            return (
              <>
                {lotteries.length > 1 ? <View className='lottery-picks'>{lotteries.map((l) => <View key={l.id} className={`chip ${l.id === held.id ? 'chip-on' : ''}`} onClick={() => setChosen(l.id)}>{l.name}</View>)}</View> : null}
                <Held key={held.id} held={held} person={person} points={points} reload={reload} />
              </>
            )
          }}
        </Loaded>
      )}
    </View>
  )
}

function Held({ held, person, points, reload }: { held: LotteryHeldFragment; person: boolean; points: number | null; reload(): Promise<void> }) {
  const cells = useMemo(() => cellsOf(held.prizes), [held.prizes])
  const [lit, setLit] = useState(-1)
  const [won, setWon] = useState<Won | null>(null)
  const [note, setNote] = useState('')
  const busy = useBusy<'draw'>()
  const timers = useRef<ReturnType<typeof setTimeout>[]>([])
  useEffect(() => () => timers.current.forEach(clearTimeout), [])
  const share = useShareEnd('LOTTERY', held.id)
  const path = `/pages/lottery/index?id=${encodeURIComponent(held.id)}${share.end}`
  useShareAppMessage(() => ({ title: `${held.name}，概率公示`, path }))
  const way = wayToDraw(held, person ? (points ?? Infinity) : null)

  async function draw(): Promise<void> {
    if (busy.now()) return
    if (!person) return enter()
    if (!way.can) return
    busy.set('draw')
    setNote('')
    try {
      const result = await act(`lottery:${held.id}`, DrawLotteryDocument, 'drawLottery', { lotteryId: held.id, seenPoints: held.nextPoints, channel: platform.channel, storeId: shopStore.get().current?.id ?? null })
      if (result.__typename === 'LotteryDraw') return light(result)
      setNote(result.message)
      void reload()
    } catch (e) {
      setNote(words(e))
    }
    busy.set('')
  }

  /** The lights run to what was drawn already: a round, then on to the prize */
  function light(result: Won): void {
    const path = lightsTo(cells, result.position, prefersStill())
    path.forEach((cell, n) => timers.current.push(setTimeout(() => setLit(cell), n * STEP_MS)))
    timers.current.push(setTimeout(() => {
      setWon(result)
      busy.set('')
      void reload()
    }, path.length * STEP_MS + 350))
  }

  const grid: (number | null)[] = Array(9).fill(null)
  cells.forEach((prize, n) => { grid[PLACES[n]!] = prize })
  const cost = held.nextPoints === 0 && held.state === 'OPEN' ? '免费' : `${held.nextPoints || held.points} 积分`
  return (
    <>
      <View className='lottery-stage'>
        <Text className='lottery-name'>{held.name}</Text>
        <View className='lottery-until'>
          {held.state === 'UPCOMING' ? <Countdown until={held.startsAt} lead='距开始' over='已开始' look='white' onOver={() => void reload()} /> : held.state === 'OPEN' || held.state === 'SOLD_OUT' ? <Countdown until={held.endsAt} look='white' onOver={() => void reload()} /> : <Text>{held.stopReason ? `已提前结束：${held.stopReason}` : '已结束'}</Text>}
        </View>
        <View className='lottery-grid'>
          {grid.map((prize, place) => (place === 4 ? (
            <View key='go' role='button' className={`lottery-cell lottery-go js-draw ${way.can && !busy.shown ? '' : 'lottery-go-off'}`} hoverClass='pressed' onClick={() => void draw()}>
              <Text className='lottery-go-words'>{busy.shown ? '开奖中' : way.label}</Text>
              {way.can && person && !busy.shown ? <Text className='lottery-go-cost'>{cost}</Text> : null}
            </View>
          ) : (
            <View key={place} className={`lottery-cell ${lit >= 0 && PLACES[lit] === place ? 'lottery-cell-lit' : ''}`}>
              {prize === null || !held.prizes[prize] ? null : <Cell prize={held.prizes[prize]} />}
            </View>
          )))}
        </View>
        <Text className='lottery-way js-lottery-way'>{way.note || `每次 ${held.points} 积分`}</Text>
        {note ? <View className='lottery-refusal js-lottery-note'>{note}</View> : null}
        <View className='lottery-share js-lottery-share' onClick={() => void platform.share(held.name, path)}>{share.sentence ? `分享给好友 · ${share.sentence}` : '分享给好友'}</View>
      </View>
      <View className='card'>
        <View className='card-title'>奖品与概率</View>
        {held.prizes.map((p) => (
          <View key={p.id} className='lottery-odds js-odds'>
            <View className='lottery-odds-words'>
              <Text className='lottery-odds-name'>{p.name}</Text>
              <Text className='mall-note'>{p.stock === null ? '没有奖品' : `价值 ¥${yuan(p.worthFen)} · 剩 ${p.remaining}/${p.stock} 份`}</Text>
            </View>
            <Text className='lottery-odds-figure'>{p.oddsSentence}</Text>
          </View>
        ))}
        <Text className='mall-rule'>概率合计 100%，活动期间不变；有奖品抽完就暂停，不会用更低的概率继续。</Text>
      </View>
      {held.winners.length > 0 ? (
        <View className='card'>
          <View className='card-title'>中奖公示</View>
          {held.winners.map((w, n) => <View key={n} className='lottery-odds'><Text className='lottery-odds-name'>{`${w.name} 抽中 ${w.prizeName}`}</Text><Text className='mall-note'>{minute(w.at)}</Text></View>)}
        </View>
      ) : null}
      <View className='card js-lottery-rules'>
        <View className='card-title'>活动规则</View>
        {held.rules.map((r) => <View key={r.title} className='lottery-rule'><Text className='lottery-rule-title'>{r.title}</Text><Text className='lottery-rule-text' userSelect>{r.text}</Text></View>)}
      </View>
      <Sheet open={won !== null} title={won?.kind === 'THANKS' ? '这次没有抽中' : '抽中了'} onClose={() => setWon(null)} name='js-lottery-won'
        footer={won ? <Next won={won} onClose={() => setWon(null)} /> : null}>
        {won ? <Result won={won} prize={held.prizes[won.position]} /> : null}
      </Sheet>
    </>
  )
}

function Picture({ prize }: { prize: Prize }) {
  if (prize.kind === 'THANKS') return <Text className='lottery-emoji'>🍵</Text>
  if (prize.kind === 'ARTICLE') return <Text className='lottery-emoji'>{prize.emoji ?? '🎁'}</Text>
  if (prize.kind === 'POINTS') return <Text className='lottery-figure'>{prize.points}</Text>
  if (!prize.template) return <Text className='lottery-emoji'>🎟️</Text>
  const face = couponFace(prize.template.face)
  return <Text className='lottery-figure'>{`${face.before}${face.number}${face.after}`}</Text>
}

function Cell({ prize }: { prize: Prize }) {
  return <><Picture prize={prize} /><Text className='lottery-cell-name'>{prize.name}</Text></>
}

function Result({ won, prize }: { won: Won; prize: Prize | undefined }) {
  return (
    <View className='lottery-result'>
      <View className='lottery-result-picture'>{prize ? <Picture prize={prize} /> : null}</View>
      <Text className='lottery-result-name js-won-name'>{won.prizeName}</Text>
      <Text className='mall-note'>{won.wonPoints !== null ? '积分已到账' : won.coupon ? `已放进卡包，${endMinute(won.coupon.expiresAt)} 到期` : '下次好运'}</Text>
      <Text className='mall-note'>{won.points === 0 ? '这次免费' : `用了 ${won.points} 积分`}</Text>
    </View>
  )
}

function Next({ won, onClose }: { won: Won; onClose(): void }) {
  return (
    <View className={won.coupon ? 'two-btns' : ''}>
      {won.coupon ? <View className='btn btn-line' hoverClass='pressed' onClick={() => void Taro.navigateTo({ url: '/pages/my-coupons/index' })}>看卡包</View> : null}
      <View className='btn btn-main btn-block js-won-close' hoverClass='pressed' onClick={onClose}>好的</View>
    </View>
  )
}

/** My draws, with what one needs to check them after the end */
function Mine({ person }: { person: boolean }) {
  const list = usePages(MyLotteryDrawsDocument, { lotteryId: null, first: 20 }, (d) => d.myLotteryDraws, !person)
  const [open, setOpen] = useState('')
  useReachBottom(list.next)
  if (!person) return <LogInCard words='登录后查看抽奖记录' onLogIn={enter} />
  return (
    <View className='js-lottery-mine'>
      {list.first && list.loading ? <Skeleton kind='rows' count={5} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0 ? <Empty emoji='🎡' title='还没有抽过' note='抽过的每一次都会记在这里' /> : null}
      {list.nodes.length > 0 ? (
        <View className='card'>
          {list.nodes.map((d) => (
            <View key={d.id} className='lottery-line js-drawn' onClick={() => setOpen(open === d.id ? '' : d.id)}>
              <View className='mall-line'>
                <View className='mall-words'>
                  <Text className={d.kind === 'THANKS' ? 'mall-name soft-ink' : 'mall-name'}>{d.prizeName}</Text>
                  <Text className='mall-note'>{`${d.lotteryName} · ${minute(d.at)}${d.coupon ? ` · 券 ${endMinute(d.coupon.expiresAt)} 到期` : ''}`}</Text>
                </View>
                <Text className='mall-spent'>{d.points === 0 ? '免费' : `−${d.points} 积分`}</Text>
              </View>
              {open === d.id ? <Text className='lottery-proof' userSelect>{`第 ${d.n} 次，号码 ${String(d.drawn).padStart(6, '0')}，您手机的编号 ${d.nonce}`}</Text> : null}
            </View>
          ))}
        </View>
      ) : null}
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </View>
  )
}
