import { Text, View } from '@tarojs/components'
import Taro, { usePullDownRefresh, useReachBottom, useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { EntryLine } from '../../components/EntryLine'
import { Empty, Failure, ListEnd, LogInCard, NetBar, Skeleton } from '../../components/states'
import { type BenefitUnit, EntriesDocument, PointsLotsDocument } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { usePages, useQuery } from '../../services/useQuery'
import { toast } from '../../services/useWhileShown'

/** What there is to look at by itself: everything, or one part of the account */
const TABS: { unit: BenefitUnit | null; name: string }[] = [
  { unit: null, name: '全部' }, { unit: 'POINTS', name: '积分' }, { unit: 'RED_PACKET', name: '红包' }, { unit: 'BALANCE', name: '余额' }, { unit: 'STAMPS', name: '集点' }, { unit: 'GROWTH', name: '成长值' },
]

export default function Entries() {
  const named = useRouter().params.unit
  const [tab, setTab] = useState(() => Math.max(0, TABS.findIndex((t) => t.unit === named)))
  const { unit, name } = TABS[tab]!
  const { session } = useStore(sessionStore)
  const list = usePages(EntriesDocument, { unit }, (d) => d.benefitAccount.entries, session === null)
  const lots = useQuery(PointsLotsDocument, {}, { skip: session === null })
  const ending = unit === null || unit === 'POINTS' ? (lots.data?.benefitAccount.pointsEnding ?? []) : []
  useReachBottom(list.next)
  usePullDownRefresh(() => { void Promise.all([list.reload(), lots.reload()]).then(() => Taro.stopPullDownRefresh()) })
  if (session === null) return <View className='page'><LogInCard words='登录后查看流水' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page entries js-entries'>
      <View className='tabs tabs-plain'>
        {TABS.map((t, n) => <View key={t.name} className={`tab js-tab-${(t.unit ?? 'all').toLowerCase()} ${n === tab ? 'tab-on' : ''}`} onClick={() => setTab(n)}>{t.name}</View>)}
      </View>
      <NetBar />
      {list.first && list.loading ? <Skeleton kind='rows' count={7} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0 ? <Empty emoji='📒' title={unit === null ? '还没有流水' : `还没有${name}流水`} note='下单、领券、退款带来的每一笔都会记在这里' action='去逛逛' onAction={() => void Taro.switchTab({ url: '/pages/home/index' })} /> : null}
      {ending.length > 0 ? (
        <View className='card js-points-lots'>
          <View className='card-title'>积分有效期</View>
          {ending.map((lot) => <View key={lot.expiresAt ?? 'never'} className='points-lot js-points-lot'><Text>{lot.sentence}</Text></View>)}
        </View>
      ) : null}
      {list.nodes.length > 0 ? <View className='card'>{list.nodes.map((e) => <EntryLine key={e.id} entry={e} />)}</View> : null}
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </View>
  )
}
