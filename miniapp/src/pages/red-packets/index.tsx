import { Text, View } from '@tarojs/components'
import Taro from '@tarojs/taro'
import { useState } from 'react'
import { Empty, Failure, ListEnd, LogInCard, NetBar, Skeleton } from '../../components/states'
import { MyRedPacketsDocument, type RedPacketCardFragment, type RedPacketState } from '../../gql/graphql'
import { rmb, yuan, yuanShort } from '../../lib/money'
import { useStore } from '../../lib/store'
import { logIn, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useOwnPages } from '../../services/useOwnPages'
import { toast } from '../../services/useWhileShown'

const TABS: { key: string; name: string; states: RedPacketState[] }[] = [
  { key: 'usable', name: '可使用', states: ['USABLE', 'HELD'] },
  { key: 'used', name: '已用完', states: ['USED'] },
  { key: 'over', name: '已失效', states: ['EXPIRED', 'TAKEN_BACK'] },
]
const SEALS: Record<RedPacketState, string> = { USABLE: '', HELD: '待付款', USED: '已用完', EXPIRED: '已过期', TAKEN_BACK: '已收回' }

export default function RedPackets() {
  const { session } = useStore(sessionStore)
  const [tab, setTab] = useState(0)
  const list = useOwnPages(MyRedPacketsDocument, { states: TABS[tab]!.states }, (d) => d.benefitAccount.redPackets)

  if (session === null) return <View className='page'><LogInCard words='登录后查看红包' onLogIn={() => { logIn().catch((e: unknown) => toast(words(e))) }} /></View>
  return (
    <View className='page my-coupons js-red-packets'>
      <View className='tabs tabs-plain'>
        {TABS.map((t, i) => <View key={t.key} className={`tab js-tab-${t.key} ${i === tab ? 'tab-on' : ''}`} onClick={() => setTab(i)}>{t.name}</View>)}
      </View>
      <NetBar />
      {list.first && list.loading ? <Skeleton kind='tickets' count={4} /> : null}
      {list.fault && list.nodes.length === 0 ? <Failure fault={list.fault} onRetry={() => void list.reload()} /> : null}
      {!list.first && !list.loading && !list.fault && list.nodes.length === 0
        ? <Empty emoji='🧧' title={`没有${TABS[tab]!.name}的红包`} {...(tab === 0 ? { note: '参加满返红包的活动，订单完成后到账', action: '去逛逛', onAction: () => void Taro.switchTab({ url: '/pages/home/index' }) } : {})} /> : null}
      <View className='packets'>{list.nodes.map((p) => <Packet key={p.id} packet={p} />)}</View>
      <ListEnd any={list.nodes.length > 0} loading={list.loading} more={list.more} fault={list.fault} onRetry={list.next} />
    </View>
  )
}

function Packet({ packet }: { packet: RedPacketCardFragment }) {
  const usable = packet.state === 'USABLE'
  const shown = usable ? packet.leftFen : packet.state === 'HELD' ? packet.heldFen : packet.faceFen
  const part = usable && packet.leftFen < packet.faceFen
  return (
    <View className={`packet js-packet ${usable ? '' : 'packet-grey'}`}>
      <View className='packet-stub'>
        <Text className='packet-yen'>¥</Text>
        <Text className={`packet-number js-packet-left ${yuan(shown).length > 5 ? 'packet-number-sm' : ''}`}>{yuan(shown)}</Text>
      </View>
      <View className='packet-words'>
        <Text className='packet-name'>{packet.minFen > 0 ? `满${yuanShort(packet.minFen)}可用` : '无门槛'}</Text>
        {part ? <Text className='packet-note'>{`已用 ${rmb(packet.faceFen - packet.leftFen)}，共 ${rmb(packet.faceFen)}`}</Text> : null}
        <Text className='packet-note'>{packet.sentence.split('，').pop()}</Text>
        <Text className='packet-note'>{packet.source.replace(/订单 \d+(\d{4})/, '订单 …$1')}</Text>
      </View>
      {usable
        ? <View className='btn btn-main btn-sm js-use' hoverClass='pressed' onClick={() => void Taro.switchTab({ url: '/pages/home/index' })}>去使用</View>
        : <View className='packet-seal js-packet-state'>{SEALS[packet.state]}</View>}
    </View>
  )
}
