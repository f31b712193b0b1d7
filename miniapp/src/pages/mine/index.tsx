import { Text, View } from '@tarojs/components'
import Taro, { useDidShow } from '@tarojs/taro'
import { useState } from 'react'
import { LevelCard, Perks } from '../../components/LevelCard'
import { EntryLine } from '../../components/EntryLine'
import { Icon } from '../../components/basics'
import { PayCode } from '../../components/PayCode'
import { Sheet } from '../../components/Sheet'
import { Failure, NetBar, Skeleton } from '../../components/states'
import { JoiningDocument, MineDocument } from '../../gql/graphql'
import { yuan } from '../../lib/money'
import { useStore } from '../../lib/store'
import { accountStore, watchAccount } from '../../services/account'
import { badge } from '../../services/cart'
import { logIn, logOut, sessionStore } from '../../services/session'
import { words } from '../../services/transport'
import { useQuery } from '../../services/useQuery'
import { toast, useWhileShown } from '../../services/useWhileShown'

const go = (url: string): void => void Taro.navigateTo({ url })

export default function Mine() {
  const { session, ready } = useStore(sessionStore)
  const [code, setCode] = useState(false)
  const [perks, setPerks] = useState(false)
  const [asking, setAsking] = useState(false)
  const query = useQuery(MineDocument, {}, { skip: session === null })
  const gift = useQuery(JoiningDocument, {}, { skip: session !== null }).data?.levelScheme.levels[0]?.coupon?.name
  const liveAccount = useStore(accountStore)
  useDidShow(badge)

  const me = query.data?.me ?? null
  const asked = query.data?.benefitAccount ?? null
  const account = liveAccount && (!asked || liveAccount.version >= asked.version) ? liveAccount : asked

  const ending = account?.pointsEnding.find((e) => e.expiresAt !== null) ?? null

  async function enter(): Promise<void> {
    if (asking) return
    setAsking(true)
    try { await logIn() } catch (e) { toast(words(e)) } finally { setAsking(false) }
  }

  return (
    <View className='page mine js-mine'>
      <View className='mine-top'>
        {session === null ? (
          <View className='member js-login' onClick={() => void enter()}>
            <View className='avatar'><Text className='avatar-emoji'>🐼</Text></View>
            <View className='member-words'>
              <Text className='member-name'>{asking ? '正在登录…' : ready ? '点击登录' : '正在进入…'}</Text>
              <Text className='member-note js-joining'>{gift ? `登录即成为会员，送「${gift}」` : '登录后领券、攒积分、看订单'}</Text>
            </View>
            <Icon name='right' />
          </View>
        ) : (
          <View className='member'>
            <View className='avatar'><Text className='avatar-emoji'>🐼</Text></View>
            <View className='member-words'>
              <Text className='member-name js-nickname'>{me?.nickname || session.nickname || '会员'}</Text>
              <View className='member-line'>
                {me ? <View className='level'>{account?.level.level.name ?? me.levelName}</View> : null}
                {me?.phoneMasked ? <Text className='member-note'>{me.phoneMasked}</Text> : null}
              </View>
            </View>
            {me ? <View className='code-btn js-member-code' onClick={() => setCode(true)}><View className='code-lines'>{[2, 1, 3, 1, 2, 1, 1].map((w, i) => <View key={i} className={`code-line code-line-${w}`} />)}</View><Text>会员码</Text></View> : null}
          </View>
        )}
        {me ? (
          <LevelCard standing={account?.level ?? null} name={me.levelName} open={() => setPerks(true)} />
        ) : null}
      </View>
      <NetBar live={session !== null} />
      {session !== null && query.data === null ? (query.fault ? <Failure fault={query.fault} onRetry={() => void query.reload()} /> : <Skeleton kind='card' count={2} />) : null}
      <View className='card assets'>
        <Asset name='积分' value={account ? String(account.points) : '-'} hook='points' onClick={() => go('/pages/entries/index?unit=POINTS')} />
        <Asset name='红包' value={account ? yuan(account.redPacketFen) : '-'} hook='red-packet' onClick={() => go('/pages/red-packets/index')} />
        <Asset name='集点' value={account ? String(account.stamps) : '-'} hook='stamps' onClick={() => go('/pages/mall/index')} />
        <Asset name='余额' value={account ? yuan(account.balanceFen) : '-'} hook='balance' onClick={() => go('/pages/entries/index?unit=BALANCE')} />
        <Asset name='优惠券' value={account ? String(account.usableCoupons) : '-'} hook='coupons' onClick={() => go('/pages/my-coupons/index')} />
      </View>
      {ending ? <View className='points-ending js-points-ending' onClick={() => go('/pages/entries/index?unit=POINTS')}><Text>{`⏳ ${ending.sentence}`}</Text></View> : null}
      <View className='card menu'>
        <Menu emoji='🧾' name='我的订单' note='待付款、备货中、已完成' hook='orders' onClick={() => go('/pages/orders/index')} />
        <Menu emoji='🎟️' name='我的优惠券' note={account && account.usableCoupons > 0 ? `${account.usableCoupons} 张可用` : '未使用、已使用、已过期'} hook='my-coupons' onClick={() => go('/pages/my-coupons/index')} />
        <Menu emoji='🎁' name='积分商城' note='积分、集点换券换商品' hook='mall' onClick={() => go('/pages/mall/index')} />
        <Menu emoji='🎡' name='积分抽奖' note='概率公示，天天可抽' hook='lottery' onClick={() => go('/pages/lottery/index')} />
        <Menu emoji='🤝' name='邀请有礼' note='好友完成首单，您得积分' hook='invite' onClick={() => go('/pages/invite/index')} />
        <Menu emoji='🏠' name='家庭账户' note='和家人一起用积分' hook='family' onClick={() => go('/pages/family/index')} />
        <Menu emoji='🎂' name='个人资料' note='生日礼、常去门店' hook='profile' onClick={() => go('/pages/profile/index')} />
        <Menu emoji='📒' name='权益流水' note='积分、红包、余额的每一笔' hook='entries' onClick={() => go('/pages/entries/index')} />
      </View>
      {account && account.entries.nodes.length > 0 ? (
        <View className='card'>
          <View className='card-title'>最近动态</View>
          {account.entries.nodes.map((e) => <EntryLine key={e.id} entry={e} />)}
        </View>
      ) : null}
      {session !== null ? <View className='logout js-logout' onClick={() => {
        void Taro.showModal({ title: '退出登录？', confirmText: '退出', confirmColor: '#d5281c' }).then((r) => { if (r.confirm) logOut() })
      }}>退出登录</View> : null}
      <Sheet open={code && me !== null} title='会员码' onClose={() => setCode(false)} tab name='js-code-sheet'>
        {me ? <PayCode memberCode={me.memberCode} version={account?.version ?? 0} /> : null}
      </Sheet>
      <Sheet open={perks && account !== null} title='会员权益' onClose={() => setPerks(false)} tab name='js-perk-sheet'>
        {account ? <Perks standing={account.level} /> : null}
      </Sheet>
      {session === null ? null : <WatchWhenIn />}
    </View>
  )
}

/** Mounted only for somebody: the live account follows log-in and log-out */
function WatchWhenIn() {
  useWhileShown(watchAccount)
  return null
}

function Asset({ name, value, hook, onClick }: { name: string; value: string; hook: string; onClick(): void }) {
  return (
    <View className='asset' hoverClass='pressed' onClick={onClick}>
      <Text className={`asset-value js-asset-${hook}`}>{value}</Text>
      <Text className='asset-name'>{name}</Text>
    </View>
  )
}

function Menu({ emoji, name, note, hook, onClick }: { emoji: string; name: string; note: string; hook: string; onClick(): void }) {
  return (
    <View className={`menu-item js-menu-${hook}`} hoverClass='pressed' onClick={onClick}>
      <Text className='menu-emoji'>{emoji}</Text>
      <Text className='menu-name'>{name}</Text>
      <Text className='menu-note'>{note}</Text>
      <Icon name='right' className='icon-sm' />
    </View>
  )
}
