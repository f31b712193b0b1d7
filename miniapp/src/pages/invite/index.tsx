import { Input, Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom, useRouter, useShareAppMessage } from '@tarojs/taro'
import { useEffect, useRef, useState } from 'react'
import { Empty, Failure, ListEnd, LogInCard, NetBar, Skeleton } from '../../components/states'
import { AcceptInvitationDocument, InvitationOfDocument, type InvitedState, MyInvitationDocument } from '../../gql/graphql'
import { invitePath } from '../../lib/invite'
import { useStore } from '../../lib/store'
import { day } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { usePages, useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

const STATES: Record<InvitedState, string> = { BOUND: '待完成首单', REWARDED: '已奖励', OVER_LIMIT: '超出每月上限，未奖励' }

/** No more than what is given: the friend's own points of the order, and mine */
const SHARE = '邀您来下首单，我们都得积分'

/** 邀请有礼: my code and whom it brought; opened from a friend's link, their invitation first */
export default function Invite() {
  const given = decodeURIComponent(useRouter().params.code ?? '')
  const { session } = useStore(sessionStore)
  const person = session !== null
  const query = useQuery(MyInvitationDocument, { after: null }, { skip: !person })
  const list = usePages(MyInvitationDocument, {}, (d) => d.myInvitation.friends, !person)
  useReachBottom(list.next)
  const reload = async (): Promise<void> => { await Promise.all([query.reload(), list.reload()]) }
  usePullDownRefresh(() => { void reload().then(() => Taro.stopPullDownRefresh()) })
  const mine = query.data?.myInvitation ?? null
  useShareAppMessage(() => ({ title: SHARE, path: mine ? invitePath(mine.code) : '/pages/home/index' }))
  const enter = (): void => { logIn().catch((e: unknown) => toast(words(e))) }

  return (
    <View className='page invite js-invite'>
      <NetBar />
      {mine?.invitedBy ? <View className='invite-by js-invited-by'>{`您由 ${mine.invitedBy} 邀请而来`}</View> : given !== '' && given !== mine?.code ? <Offer code={given} person={person} can={!person || query.fault ? true : mine ? mine.canAccept || !mine.terms.enabled : null} onDone={() => void reload()} /> : null}
      {!person && given === '' ? <LogInCard words='登录后邀请好友' onLogIn={enter} /> : null}
      {person && !mine ? (query.fault ? <Failure fault={query.fault} onRetry={() => void query.reload()} /> : <Skeleton kind='card' count={2} />) : null}
      {mine ? (
        <>
          <View className='invite-card'>
            <Text className='invite-title'>{mine.terms.enabled ? '邀请好友，一起得积分' : '邀请有礼暂未开启'}</Text>
            <Text className='invite-terms'>{mine.terms.sentence}</Text>
            {mine.terms.enabled ? (
              <>
                <View className='invite-code'><Text className='invite-code-name'>我的邀请码</Text><Text className='invite-code-text js-invite-code'>{mine.code.replace(/(.{4})(?=.)/g, '$1 ')}</Text></View>
                <View className='btn btn-main btn-block js-invite-share' hoverClass='pressed' onClick={() => void platform.share(SHARE, invitePath(mine.code))}>邀请好友</View>
              </>
            ) : null}
          </View>
          <View className='card invite-sums'>
            <Sum name='已邀请' value={`${mine.friendsCount} 位`} hook='friends' />
            <Sum name='本月已奖励' value={`${mine.rewardsThisMonth}/${mine.terms.monthly} 位`} hook='month' />
            <Sum name='共得' value={`${mine.points} 积分`} hook='points' />
          </View>
          {mine.canAccept && given === '' ? <Typed person={person} onDone={() => void reload()} /> : null}
          {list.nodes.length > 0 ? (
            <View className='card'>
              <View className='card-title'>我邀请的好友</View>
              {list.nodes.map((friend) => (
                <View key={friend.id} className='mall-line js-invited-friend'>
                  <View className='mall-words'><Text className='mall-name'>{friend.name}</Text><Text className='mall-note'>{`${day(friend.boundAt)} · ${STATES[friend.state]}`}</Text></View>
                  <Text className='mall-spent'>{friend.points > 0 ? `+${friend.points} 积分` : '—'}</Text>
                </View>
              ))}
            </View>
          ) : !list.first && !list.loading && !list.fault && mine.terms.enabled ? <Empty emoji='🤝' title='还没有邀请到好友' note='好友完成首单后，积分自动到账' /> : null}
          <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
        </>
      ) : null}
    </View>
  )
}

function Sum({ name, value, hook }: { name: string; value: string; hook: string }) {
  return <View className='asset'><Text className={`asset-value js-invite-${hook}`}>{value}</Text><Text className='asset-name'>{name}</Text></View>
}

/** Accepts a code once; what it answers is told where it was asked */
function useAccept(onDone: () => void): { note: string; busy: boolean; accept(code: string): Promise<void> } {
  const busy = useBusy()
  const [note, setNote] = useState('')
  const accept = async (code: string): Promise<void> => {
    if (busy.now()) return
    busy.set('accept')
    setNote('')
    try {
      if (sessionStore.get().session === null && !(await logIn())) return
      const result = await act(`invite:${code}`, AcceptInvitationDocument, 'acceptInvitation', { code })
      if (result.__typename === 'InvitationAccepted') {
        toast(`已接受 ${result.inviter} 的邀请`)
        onDone()
      } else setNote(result.message)
    } catch (e) {
      setNote(words(e))
    } finally {
      busy.set('')
    }
  }
  return { note, busy: busy.shown !== '', accept }
}

/** `can` false: it is known that this person cannot accept, so the reason stands where the button would; null: it is being asked */
function Offer({ code, person, can, onDone }: { code: string; person: boolean; can: boolean | null; onDone(): void }) {
  const query = useQuery(InvitationOfDocument, { code })
  const { note, busy, accept } = useAccept(onDone)
  const was = useRef(person)
  useEffect(() => { if (was.current !== person) { was.current = person; onDone() } }, [person, onDone])
  const found = query.data?.invitationOf
  if (found === undefined) return query.fault ? <Failure fault={query.fault} onRetry={() => void query.reload()} /> : <Skeleton kind='card' count={1} />
  if (found === null) return <View className='invite-by'>这个邀请链接无效，请向好友索取新的</View>
  return (
    <View className='invite-offer js-invite-offer'>
      <Text className='invite-title'>{`${found.inviter} 邀请您`}</Text>
      <Text className='invite-terms'>接受后完成首单，好友也会得到奖励积分</Text>
      {note || can === false ? <View className='mall-refusal js-invite-note'>{note || '邀请仅限还没下过单的新朋友'}</View> : null}
      {can === null && !busy ? <Skeleton kind='card' count={1} /> : can === false ? null : found.terms.enabled ? <View className={`btn btn-main btn-block js-invite-accept ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void accept(code)}>{busy ? '正在接受…' : '接受邀请'}</View> : <Text className='invite-terms'>{found.terms.sentence}</Text>}
    </View>
  )
}

function Typed({ person, onDone }: { person: boolean; onDone(): void }) {
  const [text, setText] = useState('')
  const { note, busy, accept } = useAccept(onDone)
  if (!person) return null
  return (
    <View className='card invite-typed'>
      <Input className='invite-input js-invite-input' value={text} maxlength={12} placeholder='有好友的邀请码？在这里填写' confirmType='done' onInput={(e) => setText(e.detail.value)} onConfirm={() => void accept(text.trim())} />
      <View className={`btn btn-line btn-sm js-invite-typed ${busy || text.trim() === '' ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => { if (text.trim() !== '') void accept(text.trim()) }}>确定</View>
      {note ? <View className='mall-refusal js-invite-note'>{note}</View> : null}
    </View>
  )
}
