import { Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { useEffect, useMemo, useRef, useState } from 'react'
import { PayDepositDocument, type PresaleTermsFragment, type ProductCardFragment } from '../gql/graphql'
import { rmb, yuanShort } from '../lib/money'
import { dayWords } from '../lib/time'
import { platform } from '../platform/index'
import { act } from '../services/api'
import { payNext } from '../services/orders'
import { clientConfig, logIn } from '../services/session'
import { words } from '../services/transport'
import { useBusy } from '../services/useBusy'
import { toast } from '../services/useWhileShown'
import { Check, Countdown, Price, Stepper, Tile } from './basics'
import { Sheet } from './Sheet'

const CHANNEL = platform.channel

/** 预售: what a deposit counts as, the two windows, and a way to pay it */
export function PresaleCard({ offerId, terms, goods, storeId, onChanged }: { offerId: string; terms: PresaleTermsFragment; goods: ProductCardFragment[]; storeId: string | null; onChanged(): void }) {
  const [open, setOpen] = useState(false)
  const deposit = terms.window === 'DEPOSIT'
  const gone = terms.left === 0
  return (
    <View className='card presale js-presale'>
      <View className='presale-head'>
        <View className='presale-sum'>
          <Text className='presale-label'>定金</Text>
          <Price fen={terms.depositFen} size='xl' />
        </View>
        <View className='presale-swell'>{`抵 ¥${yuanShort(terms.countsAsFen)}`}</View>
        <View className='presale-left'>{terms.left === null || terms.left === undefined ? null : <Text className='presale-stock'>{gone ? '已订满' : `还可订 ${terms.left} 件`}</Text>}</View>
      </View>
      <View className='presale-steps'>
        <Step n={1} on={terms.window === 'DEPOSIT'} over={terms.window !== 'DEPOSIT' && terms.window !== 'UPCOMING'} title='付定金' from={terms.depositFrom} until={terms.depositUntil} />
        <View className='presale-line' />
        <Step n={2} on={terms.window === 'FINAL'} over={terms.window === 'OVER'} title='付尾款' from={terms.finalFrom} until={terms.finalUntil} />
      </View>
      <View className='presale-count'>
        {terms.window === 'UPCOMING' ? <Countdown until={terms.depositFrom} lead='距开付定金' over='可以付定金了' onOver={onChanged} /> : null}
        {deposit ? <Countdown until={terms.depositUntil} lead='定金距截止' over='定金已截止' onOver={onChanged} /> : null}
        {terms.window === 'BETWEEN' ? <Countdown until={terms.finalFrom} lead='距付尾款' over='可以付尾款了' onOver={onChanged} /> : null}
        {terms.window === 'FINAL' ? <Countdown until={terms.finalUntil} lead='尾款距截止' over='尾款已截止' onOver={onChanged} /> : null}
        {terms.window === 'OVER' ? <Text className='countdown-text'>预售已结束</Text> : null}
      </View>
      <View className='presale-foot'>
        {deposit
          ? <View className={`btn btn-main btn-block js-pay-deposit ${gone ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => (gone ? toast('预售名额已满') : setOpen(true))}>{gone ? '已订满' : `付定金 ¥${yuanShort(terms.depositFen)} 预订`}</View>
          : <View className='btn btn-line btn-block js-my-presales' hoverClass='pressed' onClick={() => void Taro.navigateTo({ url: '/pages/orders/index' })}>我的预售</View>}
      </View>
      <DepositSheet open={open} onClose={() => setOpen(false)} offerId={offerId} terms={terms} goods={goods} storeId={storeId} onChanged={onChanged} />
    </View>
  )
}

function Step({ n, on, over, title, from, until }: { n: number; on: boolean; over: boolean; title: string; from: string; until: string }) {
  return (
    <View className={`presale-step ${on ? 'presale-step-on' : ''} ${over ? 'presale-step-over' : ''}`}>
      <View className='presale-n'>{n}</View>
      <View className='presale-step-words'>
        <Text className='presale-step-title'>{title}</Text>
        <Text className='presale-step-time'>{`${dayWords(from)} 起`}</Text>
        <Text className='presale-step-time'>{`${dayWords(until)} 止`}</Text>
      </View>
    </View>
  )
}

function DepositSheet({ open, onClose, offerId, terms, goods, storeId, onChanged }: { open: boolean; onClose(): void; offerId: string; terms: PresaleTermsFragment; goods: ProductCardFragment[]; storeId: string | null; onChanged(): void }) {
  const [units, setUnits] = useState<Record<string, number>>({})
  const [agreed, setAgreed] = useState(false)
  const busy = useBusy<'paying'>()
  const templates = useRef<string[]>([])
  useEffect(() => { clientConfig().then((c) => { templates.current = c.presaleTemplateIds }, () => undefined) }, [])
  const chosen = useMemo(() => (goods.length === 1 && goods[0] && Object.keys(units).length === 0 ? { [goods[0].sku]: 1 } : units), [goods, units])
  const lines = Object.entries(chosen).filter(([, qty]) => qty > 0).map(([sku, qty]) => ({ sku, qty }))
  const total = lines.reduce((s, l) => s + l.qty, 0)
  const mayHave = terms.perCustomer ? terms.perCustomer - terms.mine : 9999
  const today = terms.perDay ? terms.perDay - terms.mineToday : 9999
  const room = Math.min(terms.left ?? 9999, mayHave, today)

  async function pay(): Promise<void> {
    if (busy.now() || total === 0) return
    if (!agreed) return toast('请先阅读并同意定金规则')
    busy.set('paying')
    try {
      // WeChat asks for messages only straight from a tap: before anything is awaited
      const accepted = platform.askSubscribe(templates.current)
      if (!(await logIn())) return
      const acceptedTemplateIds = await accepted
      const input = { offerId, lines, storeId, channel: CHANNEL, agreed, expectedFen: terms.depositFen * total }
      const result = await act(`deposit:${JSON.stringify(input)}`, PayDepositDocument, 'payDeposit', { ...input, acceptedTemplateIds })
      if (result.__typename !== 'Presale') {
        toast(result.message)
        return onChanged()
      }
      payNext(result.id)
      onClose()
      await Taro.navigateTo({ url: `/pages/presale/index?id=${encodeURIComponent(result.id)}` })
    } catch (e) {
      toast(`${words(e)}。重试不会重复下单`)
    } finally {
      busy.set('')
    }
  }

  return (
    <Sheet open={open} title='付定金预订' onClose={onClose} name='js-deposit-sheet' footer={(
      <View className={`btn btn-main btn-block js-deposit-confirm ${busy.shown || total === 0 || !agreed ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void pay()}>
        {busy.shown ? '提交中…' : total === 0 ? '请选择商品' : `付定金 ${rmb(terms.depositFen * total)}，尾款抵 ${rmb(terms.countsAsFen * total)}`}
      </View>
    )}>
      {goods.map((p) => (
        <View key={p.sku} className='line line-plain'>
          <Tile emoji={p.emoji} hue={p.imageHue} size='sm' />
          <View className='line-words'>
            <Text className='line-name'>{p.name}</Text>
            <View className='line-foot'>
              <View className='line-price'><Price fen={p.listFen} tone='ink' /></View>
              <Stepper value={chosen[p.sku] ?? 0} max={Math.max(0, (chosen[p.sku] ?? 0) + room - total)} name={p.name} more='预订' onChange={(by) => {
                if (by > 0 && total >= room) return toast(mayHave <= total ? `每人限购 ${terms.perCustomer} 件` : today <= total ? `每人每天限购 ${terms.perDay} 件` : '名额不够了')
                setUnits({ ...chosen, [p.sku]: (chosen[p.sku] ?? 0) + by })
              }} />
            </View>
          </View>
        </View>
      ))}
      <View className='presale-rules'>
        <Text className='presale-rules-title'>定金规则</Text>
        {terms.rules.map((rule) => <View key={rule} className='rule'><View className='rule-dot' /><Text className='rule-text'>{rule}</Text></View>)}
      </View>
      <View className='presale-agree js-agree' onClick={() => setAgreed(!agreed)}>
        <Check on={agreed} onClick={() => setAgreed(!agreed)} />
        <Text className='presale-agree-words'>我已阅读并同意：尾款期内不付尾款，或我自己取消，定金不退</Text>
      </View>
    </Sheet>
  )
}
