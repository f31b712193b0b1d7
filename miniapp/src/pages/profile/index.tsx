import { Input, Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh } from '@tarojs/taro'
import { useState } from 'react'
import { Icon } from '../../components/basics'
import { ShopPicker } from '../../components/ShopPicker'
import { Failure, LogInCard, NetBar, Skeleton } from '../../components/states'
import { ChooseHomeStoreDocument, MyProfileDocument, SetMyBirthdayDocument, WithdrawBirthdayDocument, type ProfileBodyFragment } from '../../gql/graphql'
import { birthOf } from '../../lib/birthday'
import { useStore } from '../../lib/store'
import { day } from '../../lib/time'
import { act } from '../../services/api'
import { logIn, sessionStore } from '../../services/session'
import { loadShops } from '../../services/shop'
import { words } from '../../services/transport'
import { useAccountMoves } from '../../services/useAccountMoves'
import { useBusy } from '../../services/useBusy'
import { useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

type Answer = { __typename?: string; message?: string }
type Run = (work: () => Promise<Answer>, done: string) => Promise<boolean>

/** 个人资料: the birthday, told once after reading what it is for, and the store one usually goes to */
export default function Profile() {
  const { session } = useStore(sessionStore)
  const person = session !== null
  const query = useQuery(MyProfileDocument, {}, { skip: !person })
  usePullDownRefresh(() => { void query.reload().then(() => Taro.stopPullDownRefresh()) })
  useAccountMoves(() => void query.reload())
  const busy = useBusy()
  const [note, setNote] = useState('')
  const mine = query.data?.myProfile ?? null

  const run: Run = async (work, done) => {
    if (busy.now()) return false
    busy.set('profile')
    setNote('')
    try {
      const result = await work()
      if (result.message) {
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
    <View className='page profile js-profile'>
      <NetBar />
      {!person ? <LogInCard words='登录后填写生日、选择常去门店' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /> : null}
      {person && !mine ? (query.fault ? <Failure fault={query.fault} onRetry={() => void query.reload()} /> : <Skeleton kind='card' count={2} />) : null}
      {note ? <View className='family-note js-profile-refusal'>{note}</View> : null}
      {mine ? <Birthday mine={mine} run={run} busy={busy.shown !== ''} /> : null}
      {mine ? <HomeStore mine={mine} run={run} /> : null}
    </View>
  )
}

function Birthday({ mine, run, busy }: { mine: ProfileBodyFragment; run: Run; busy: boolean }) {
  const [month, setMonth] = useState('')
  const [date, setDate] = useState('')
  const [year, setYear] = useState('')
  const [agreed, setAgreed] = useState(false)
  const save = (): void => {
    const birth = birthOf(month, date, year)
    if (typeof birth === 'string') return toast(birth)
    if (!agreed) return toast('请先阅读并同意用途说明')
    void Taro.showModal({ title: `生日是 ${birth.month}月${birth.day}日？`, content: '只能自己填写一次，之后更正需联系客服', confirmText: '确定', confirmColor: '#d5281c' }).then((r) => {
      if (r.confirm) void run(() => act('profile:birthday', SetMyBirthdayDocument, 'setMyBirthday', { birthday: birth, agreedVersion: mine.birthdayNotice.version }), '生日已保存')
    })
  }
  const withdraw = (): void => {
    void Taro.showModal({ title: '撤回并删除生日？', content: '删除后不再发放生日权益，也不能再自己填写', confirmText: '删除', confirmColor: '#d5281c' }).then((r) => {
      if (r.confirm) void run(() => act('profile:withdraw', WithdrawBirthdayDocument, 'withdrawBirthday', {}), '生日已删除')
    })
  }
  return (
    <View className='card'>
      <View className='card-title'>生日</View>
      {mine.birthday ? (
        <>
          <View className='profile-line'>
            <Text className='profile-value js-birthday'>{`🎂 ${mine.birthday.sentence}`}</Text>
            <Text className='family-link js-birthday-withdraw' onClick={withdraw}>撤回并删除</Text>
          </View>
          <View className='profile-hint'>{mine.birthdayAgreedAt ? `${day(mine.birthdayAgreedAt)} 同意用途说明；` : ''}更正请联系客服</View>
        </>
      ) : null}
      {!mine.birthday && !mine.maySetBirthday ? <View className='profile-hint js-birthday-none'>您已删除生日。需要重新登记请联系客服。</View> : null}
      {mine.maySetBirthday ? (
        <>
          <View className='profile-fields'>
            <Input className='profile-input js-birth-month' type='number' maxlength={2} placeholder='几' value={month} onInput={(e) => setMonth(e.detail.value)} /><Text>月</Text>
            <Input className='profile-input js-birth-day' type='number' maxlength={2} placeholder='几' value={date} onInput={(e) => setDate(e.detail.value)} /><Text>日</Text>
            <Input className='profile-input profile-year js-birth-year' type='number' maxlength={4} placeholder='年份（选填）' value={year} onInput={(e) => setYear(e.detail.value)} />
          </View>
          <View className='profile-notice js-birth-notice'>{mine.birthdayNotice.lines.map((line) => <View key={line} className='profile-notice-line'>{line}</View>)}</View>
          <View className='family-consent js-birth-consent' onClick={() => setAgreed(!agreed)}><Text className={`family-tick ${agreed ? 'family-tick-on' : ''}`}>{agreed ? '✓' : ''}</Text><Text className='family-consent-text'>我已阅读以上说明，同意用于生日权益</Text></View>
          <View className={`btn btn-main btn-block js-birth-save ${busy ? 'btn-off' : ''}`} hoverClass='pressed' onClick={save}>保存生日</View>
        </>
      ) : null}
    </View>
  )
}

function HomeStore({ mine, run }: { mine: ProfileBodyFragment; run: Run }) {
  const [open, setOpen] = useState(false)
  const start = (): void => {
    if (mine.homeStoreUntil) return toast(`${day(mine.homeStoreUntil)}后可再改，急需更换请联系客服`)
    loadShops().then(() => setOpen(true), (e: unknown) => toast(words(e)))
  }
  return (
    <>
      <View className='card'>
        <View className='card-title'>常去门店</View>
        <View className='profile-line js-home-store' hoverClass='pressed' onClick={start}>
          <View className='profile-store'>
            <Text className='profile-value js-home-store-name'>{mine.homeStore?.name ?? '还没有选择'}</Text>
            {mine.homeStore ? <Text className='profile-hint'>{mine.homeStore.address}</Text> : null}
          </View>
          <Icon name='right' className='icon-sm' />
        </View>
        <View className='profile-hint'>{mine.homeStoreUntil ? `${day(mine.homeStoreUntil)}后可再改` : '有些券只给常去这家店的顾客，选好后 30 天可改一次'}</View>
      </View>
      <ShopPicker open={open} title='选择常去门店' chosen={mine.homeStore?.id ?? null} onClose={() => setOpen(false)} onChoose={(shop) => {
        void run(() => act('profile:store', ChooseHomeStoreDocument, 'chooseHomeStore', { storeId: shop.id }), '已选择常去门店')
      }} />
    </>
  )
}
