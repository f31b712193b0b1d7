import { Input, Text, View } from '@tarojs/components'
import Taro, { useDidShow, usePullDownRefresh, useRouter, useShareAppMessage } from '@tarojs/taro'
import { useState } from 'react'
import { Failure, LogInCard, NetBar, Skeleton } from '../../components/states'
import {
  FamilyInvitationDocument, FoundFamilyDocument, InviteToFamilyDocument, JoinFamilyDocument, LeaveFamilyDocument, MyFamilyDocument,
  RemoveFromFamilyDocument, ShareWithFamilyDocument, WithdrawFamilyInviteDocument, type FamilyBodyFragment,
} from '../../gql/graphql'
import { shareOf, type Share, type ShareKind } from '../../lib/family'
import { useStore } from '../../lib/store'
import { minute } from '../../lib/time'
import { platform } from '../../platform/index'
import { act } from '../../services/api'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

const pathOf = (code: string): string => `/pages/family/index?code=${encodeURIComponent(code)}`
const SHARE = '加入我的家庭，一起用积分'
const USUAL = 500
const NO_LIMIT = '请填写每月最多共享多少积分'
const grouped = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1 ')

type Answer = FamilyBodyFragment | { __typename?: string; message: string }
type Run = (work: () => Promise<Answer>, done: string) => Promise<boolean>

/** 家庭账户: who shares points with me, what I share, and invitations; opened from a link, the invitation first */
export default function FamilyPage() {
  const [given, setGiven] = useState(decodeURIComponent(useRouter().params.code ?? ''))
  const { session } = useStore(sessionStore)
  const person = session !== null
  const query = useQuery(MyFamilyDocument, {}, { skip: !person })
  useDidShow(() => { if (person) void query.reload() })
  usePullDownRefresh(() => { void query.reload().then(() => Taro.stopPullDownRefresh()) })
  const busy = useBusy()
  const [note, setNote] = useState('')
  const mine = query.data?.myFamily ?? null
  const family = mine?.family ?? null
  const newest = family?.invites[family.invites.length - 1]
  useShareAppMessage(() => ({ title: SHARE, path: newest ? pathOf(newest.code) : '/pages/home/index' }))

  /** One act at a time; a refusal is told where it was asked */
  const run: Run = async (work, done) => {
    if (busy.now()) return false
    busy.set('family')
    setNote('')
    try {
      if (sessionStore.get().session === null && !(await logIn())) return false
      const result = await work()
      if ('message' in result) {
        setNote(result.message)
        return false
      }
      toast(done)
      await query.reload()
      return true
    } catch (e) {
      setNote(words(e))
      return false
    } finally {
      busy.set('')
    }
  }

  return (
    <View className='page family js-family'>
      <NetBar />
      {given !== '' && !family ? <Offer code={given} person={person} run={run} busy={busy.shown !== ''} onDone={() => setGiven('')} /> : null}
      {note ? <View className='family-note js-family-refusal'>{note}</View> : null}
      {!person && given === '' ? <LogInCard words='登录后和家人共享积分' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /> : null}
      {person && !mine ? (query.fault ? <Failure fault={query.fault} onRetry={() => void query.reload()} /> : <Skeleton kind='card' count={2} />) : null}
      {mine && !family && given === '' ? <Start mine={mine} run={run} busy={busy.shown !== ''} onCode={setGiven} /> : null}
      {mine && family ? <Ours mine={mine} family={family} run={run} busy={busy.shown !== ''} /> : null}
    </View>
  )
}

/** What I share a month: nothing, up to a number, all */
function Sharing({ value, onChange }: { value: Share | undefined; onChange(value: Share | undefined): void }) {
  const [text, setText] = useState(String(value || USUAL))
  const kind: ShareKind = value === null ? 'all' : value === 0 ? 'none' : 'some'
  const pick = (next: ShareKind): void => onChange(shareOf(next, text))
  return (
    <View>
      <View className='family-picks'>
        {([['none', '不共享'], ['some', '每月限额'], ['all', '全部']] as const).map(([k, name]) => (
          <View key={k} className={`chip js-share-${k} ${kind === k ? 'chip-on' : ''}`} onClick={() => pick(k)}>{name}</View>
        ))}
      </View>
      {kind === 'some' ? (
        <View className='family-limit'>
          <Text>每月最多共享</Text>
          <Input className='invite-input family-input js-share-input' type='number' maxlength={7} value={text} onInput={(e) => { setText(e.detail.value); onChange(shareOf('some', e.detail.value)) }} />
          <Text>积分</Text>
        </View>
      ) : null}
    </View>
  )
}

function Agree({ text, on, toggle }: { text: string; on: boolean; toggle(): void }) {
  return <View className='family-consent js-family-consent' onClick={toggle}><Text className={`family-tick ${on ? 'family-tick-on' : ''}`}>{on ? '✓' : ''}</Text><Text className='family-consent-text'>{`我已阅读并同意：${text}`}</Text></View>
}

function Start({ mine, run, busy, onCode }: { mine: FamilyBodyFragment; run: Run; busy: boolean; onCode(code: string): void }) {
  const [monthly, setMonthly] = useState<Share | undefined>(USUAL)
  const [agreed, setAgreed] = useState(false)
  const [text, setText] = useState('')
  const found = (): void => {
    if (monthly === undefined) return toast(NO_LIMIT)
    if (!agreed) return toast('请先阅读并同意家庭共享说明')
    void run(() => act('family:found', FoundFamilyDocument, 'foundFamily', { monthlyPoints: monthly, consentVersion: mine.consentVersion }), '家庭已创建')
  }
  return (
    <>
      <View className='invite-card'>
        <Text className='invite-title'>和家人一起用积分</Text>
        <Text className='invite-terms'>{`最多 ${mine.mostPeople} 人，结账时自己的积分先用，不够再用家人共享的`}</Text>
        <Text className='family-label'>我共享给家人</Text>
        <Sharing value={monthly} onChange={setMonthly} />
        <Agree text={mine.consent} on={agreed} toggle={() => setAgreed(!agreed)} />
        <View className={`btn btn-main btn-block js-family-found ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={found}>{busy ? '正在创建…' : '创建家庭'}</View>
      </View>
      <View className='card invite-typed'>
        <Input className='invite-input js-family-input' value={text} maxlength={20} placeholder='有家人的邀请码？在这里填写' confirmType='done' onInput={(e) => setText(e.detail.value)} onConfirm={() => { if (text.trim()) onCode(text.trim()) }} />
        <View className={`btn btn-line btn-sm js-family-typed ${text.trim() === '' ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => { if (text.trim()) onCode(text.trim()) }}>查看邀请</View>
      </View>
    </>
  )
}

function Offer({ code, person, run, busy, onDone }: { code: string; person: boolean; run: Run; busy: boolean; onDone(): void }) {
  const query = useQuery(FamilyInvitationDocument, { code })
  const [monthly, setMonthly] = useState<Share | undefined>(USUAL)
  const [agreed, setAgreed] = useState(false)
  const found = query.data?.familyInvitation
  if (found === undefined) return query.fault ? <Failure fault={query.fault} onRetry={() => void query.reload()} /> : <Skeleton kind='card' count={1} />
  if (found === null) return <View className='family-note js-family-over'><Text>邀请码不对，或者邀请已失效。请核对，或请家人重新发一个</Text><Text className='family-link' onClick={onDone}>知道了</Text></View>
  const join = (): void => {
    if (monthly === undefined) return toast(NO_LIMIT)
    if (!agreed) return toast('请先阅读并同意家庭共享说明')
    void run(() => act(`family:join:${code}`, JoinFamilyDocument, 'joinFamily', { code, monthlyPoints: monthly, consentVersion: found.consentVersion }), '已加入家庭').then((done) => { if (done) onDone() })
  }
  return (
    <View className='invite-offer js-family-offer'>
      <Text className='invite-title'>{`${found.founder} 邀请您加入家庭`}</Text>
      <Text className='invite-terms'>{`家里现有 ${found.people} 人，邀请 ${minute(found.endsAt)} 前有效`}</Text>
      <Text className='family-label'>我共享给家人</Text>
      <Sharing value={monthly} onChange={setMonthly} />
      <Agree text={found.consent} on={agreed} toggle={() => setAgreed(!agreed)} />
      <View className={`btn btn-main btn-block js-family-join ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={join}>{busy ? '正在加入…' : person ? '加入家庭' : '登录并加入'}</View>
      <View className='family-link family-later js-family-later' onClick={onDone}>暂不加入</View>
    </View>
  )
}

function Ours({ mine, family, run, busy }: { mine: FamilyBodyFragment; family: NonNullable<FamilyBodyFragment['family']>; run: Run; busy: boolean }) {
  const [editing, setEditing] = useState(false)
  const [monthly, setMonthly] = useState<Share | undefined>(family.monthlyPoints ?? null)
  const me = family.people.find((p) => p.me)
  const ask = (content: string, yes: () => void): void => {
    void Taro.showModal({ title: '请确认', content, confirmText: '确定', confirmColor: '#d5281c' }).then((r) => { if (r.confirm) yes() })
  }
  const save = (): void => {
    if (monthly === undefined) return toast(NO_LIMIT)
    void run(() => act('family:share', ShareWithFamilyDocument, 'shareWithFamily', { monthlyPoints: monthly }), '已保存').then((done) => { if (done) setEditing(false) })
  }
  return (
    <>
      <View className='invite-card'>
        <Text className='invite-terms family-flat'>家人现在可以给我用</Text>
        <Text className='family-sum js-family-lent'>{`${family.lentPoints} 积分`}</Text>
        <Text className='invite-terms family-flat'>结账时打开「家人积分」即可，自己的积分先用</Text>
      </View>
      <View className='card'>
        <View className='card-title'>{`家人（${family.people.length}/${mine.mostPeople}）`}</View>
        {family.people.map((p) => (
          <View key={p.id} className='mall-line js-family-person'>
            <View className='mall-words'>
              <Text className='mall-name'>{`${p.name}${p.me ? '（我）' : ''}${p.founder ? ' · 创建者' : ''}`}</Text>
              <Text className='mall-note'>{`${p.phoneMasked ? `${p.phoneMasked} · ` : ''}${p.sharing}`}</Text>
            </View>
            {p.me ? null : <Text className='mall-spent'>{p.lendsPoints > 0 ? `可用 ${p.lendsPoints}` : '—'}</Text>}
            {family.founder && !p.me ? <Text className='family-link js-family-remove' onClick={() => ask(`把 ${p.name} 移出家庭？移出后立即停止共享。`, () => void run(() => act(`family:remove:${p.id}`, RemoveFromFamilyDocument, 'removeFromFamily', { personId: p.id }), '已移出'))}>移出</Text> : null}
          </View>
        ))}
      </View>
      <View className='card'>
        <View className='card-title'>我共享给家人</View>
        {editing ? (
          <>
            <Sharing value={monthly} onChange={setMonthly} />
            <View className={`btn btn-main btn-block family-save js-share-save ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={save}>保存</View>
          </>
        ) : (
          <View className='mall-line'>
            <View className='mall-words'><Text className='mall-name js-my-share'>{me?.sharing ?? ''}</Text><Text className='mall-note'>{`本月家人已用 ${family.usedPoints} 积分`}</Text></View>
            <Text className='family-link js-share-edit' onClick={() => { setMonthly(family.monthlyPoints ?? null); setEditing(true) }}>修改</Text>
          </View>
        )}
      </View>
      {family.founder ? (
        <View className='card'>
          <View className='card-title'>邀请家人</View>
          {family.invites.map((i) => (
            <View key={i.id} className='mall-line js-family-invite'>
              <View className='mall-words'><Text className='mall-name family-code'>{grouped(i.code)}</Text><Text className='mall-note'>{`仅限一人使用，${minute(i.endsAt)} 前有效`}</Text></View>
              <Text className='family-link js-family-share' onClick={() => void platform.share(SHARE, pathOf(i.code))}>发给家人</Text>
              <Text className='family-link js-family-withdraw' onClick={() => void run(() => act(`family:withdraw:${i.id}`, WithdrawFamilyInviteDocument, 'withdrawFamilyInvite', { inviteId: i.id }), '已撤回')}>撤回</Text>
            </View>
          ))}
          {family.people.length + family.invites.length < mine.mostPeople
            ? <View className={`btn btn-line btn-block family-save js-family-make ${busy ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void run(() => act('family:invite', InviteToFamilyDocument, 'inviteToFamily', {}), '邀请码已生成')}>生成邀请码</View>
            : null}
        </View>
      ) : null}
      <View className='logout js-family-leave' onClick={() => ask(family.founder ? '解散家庭？所有家人立即停止共享，已下单的积分不受影响。' : '退出家庭？退出后立即停止共享，已下单的积分不受影响。', () => void run(() => act('family:leave', LeaveFamilyDocument, 'leaveFamily', {}), family.founder ? '家庭已解散' : '已退出家庭'))}>{family.founder ? '解散家庭' : '退出家庭'}</View>
    </>
  )
}
