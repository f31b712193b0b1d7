import { Text, Textarea, View } from '@tarojs/components'
import { useState } from 'react'
import { ComplainDocument, type ComplaintKind, OrderComplaintsDocument, type OrderComplaintsQuery } from '../gql/graphql'
import { dayWords, spanWords } from '../lib/time'
import { act } from '../services/api'
import { words } from '../services/transport'
import { useBusy } from '../services/useBusy'
import { useQuery } from '../services/useQuery'
import { toast, useOnReturn } from '../services/useWhileShown'
import { Sheet } from './Sheet'
import './reviews.scss'

type One = OrderComplaintsQuery['orderComplaints'][number]
const KINDS: [ComplaintKind, string][] = [['GOODS', '商品质量'], ['PRICE', '价格与优惠'], ['COUPON', '优惠券'], ['DELIVERY', '配送与自提'], ['SERVICE', '服务态度'], ['OTHER', '其他']]

function standing(c: One): string {
  if (c.state === 'ANSWERED') return '已答复'
  return c.state === 'OVERDUE' ? '抱歉，已超过承诺的时间，正在加急处理' : `处理中，${dayWords(c.dueAt)} 前答复`
}

/** 投诉 about an order: made here, followed here, answered here */
export function Complaints({ orderId }: { orderId: string }) {
  const query = useQuery(OrderComplaintsDocument, { orderId })
  const [open, setOpen] = useState(false)
  useOnReturn(() => void query.reload())
  const found = query.data?.orderComplaints ?? []
  const waits = found.some((c) => c.state !== 'ANSWERED')
  return (
    <>
      {found.length > 0 ? (
        <View className='card js-complaints'>
          <View className='card-title'>我的投诉</View>
          {found.map((c) => (
            <View key={c.id} className='complaint js-complaint'>
              <Text className='review-name'>{KINDS.find(([kind]) => kind === c.kind)?.[1]}</Text>
              <Text className='complaint-text'>{c.text}</Text>
              <Text className={`review-text js-complaint-state ${c.state === 'ANSWERED' ? 'complaint-done' : ''}`}>{standing(c)}</Text>
              {c.answer ? <Text className='complaint-text js-complaint-answer'>{`商家答复：${c.answer}${c.compensation ? `（已送您「${c.compensation.template.name}」，在我的优惠券里）` : ''}`}</Text> : null}
            </View>
          ))}
        </View>
      ) : null}
      {query.data && !waits ? <View className='complain-line'><Text className='complain-ask js-complain' onClick={() => setOpen(true)}>遇到问题？投诉与建议</Text></View> : null}
      {open ? <Form orderId={orderId} minutes={query.data?.complaintMinutes} onClose={() => setOpen(false)} onDone={() => { setOpen(false); void query.reload() }} /> : null}
    </>
  )
}

function Form({ orderId, minutes, onClose, onDone }: { orderId: string; minutes: number | undefined; onClose(): void; onDone(): void }) {
  const [kind, setKind] = useState<ComplaintKind>('GOODS')
  const [text, setText] = useState('')
  const [note, setNote] = useState('')
  const busy = useBusy<'send'>()
  async function send(): Promise<void> {
    if (busy.now()) return
    if (text.trim().length < 5) return setNote('请写清楚发生了什么，5 个字以上')
    busy.set('send')
    try {
      const wish = { orderId, kind, text: text.trim() }
      const result = await act(`complain:${JSON.stringify(wish)}`, ComplainDocument, 'complain', wish)
      if (result.__typename === 'Complaint') {
        toast(`已收到，${dayWords(result.dueAt)} 前答复您`)
        onDone()
      } else setNote(result.message)
    } catch (e) { setNote(words(e)) } finally { busy.set('') }
  }
  return (
    <Sheet open title='投诉与建议' onClose={onClose} name='js-complaint-sheet' footer={<View className={`btn btn-main btn-block js-complaint-send ${busy.shown ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void send()}>{busy.shown ? '提交中…' : '提交'}</View>}>
      <View className='complaint-kinds'>
        {KINDS.map(([value, name]) => <View key={value} role='button' className={`complaint-kind js-complaint-kind ${value === kind ? 'complaint-kind-on' : ''}`} onClick={() => setKind(value)}>{name}</View>)}
      </View>
      <Textarea className='review-input js-complaint-input' value={text} maxlength={500} placeholder='发生了什么？希望我们怎么处理？' onInput={(e) => { setText(e.detail.value); setNote('') }} />
      {note ? <View className='mall-refusal js-complaint-note'>{note}</View> : null}
      {minutes ? <Text className='mall-rule'>{`我们会在${spanWords(minutes)}内答复，答复显示在这张订单里。`}</Text> : null}
    </Sheet>
  )
}
