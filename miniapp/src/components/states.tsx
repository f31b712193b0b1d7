import { Text, View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { useStore } from '../lib/store'
import { linkStore, networkStore } from '../services/live'
import { words, type Fault } from '../services/transport'

export function Skeleton({ kind, count = 4 }: { kind: 'grid' | 'tickets' | 'rows' | 'banner' | 'card'; count?: number }) {
  return (
    <View className={`skeleton skeleton-${kind} js-skeleton`}>
      {Array.from({ length: count }, (_, i) => (
        <View key={i} className='skeleton-item'>
          <View className='skeleton-box' />
          <View className='skeleton-lines'>
            <View className='skeleton-line' />
            <View className='skeleton-line skeleton-short' />
          </View>
        </View>
      ))}
    </View>
  )
}

export function Empty({ emoji = '🍲', title, note, action, onAction }: { emoji?: string; title: string; note?: string; action?: string; onAction?(): void }) {
  return (
    <View className='empty js-empty'>
      <View className='empty-bowl'><Text className='empty-emoji'>{emoji}</Text></View>
      <Text className='empty-title'>{title}</Text>
      {note ? <Text className='empty-note'>{note}</Text> : null}
      {action ? <View className='btn btn-line empty-btn' hoverClass='pressed' onClick={onAction}>{action}</View> : null}
    </View>
  )
}

export function Failure({ fault, onRetry }: { fault: Fault; onRetry(): void }) {
  return (
    <Empty
      emoji={fault.fault === 'offline' ? '📡' : '🥢'}
      title={words(fault)}
      note={fault.fault === 'offline' ? '连上网络后会自动重新加载' : undefined}
      action='重新加载'
      onAction={onRetry}
    />
  )
}

/** Whole-page state of a question: nothing yet, failed, or what there is */
export function Loaded<T>({ query, skeleton, children }: {
  query: { data: T | null; fault: Fault | null; loading: boolean; reload(): Promise<void> }; skeleton: ReactNode; children(data: T): ReactNode
}) {
  if (query.data !== null) return <>{query.fault ? <StaleBar onRetry={() => void query.reload()} /> : null}{children(query.data)}</>
  if (query.fault) return <Failure fault={query.fault} onRetry={() => void query.reload()} />
  return <>{skeleton}</>
}

function StaleBar({ onRetry }: { onRetry(): void }) {
  return (
    <View className='bar bar-warn js-stale' onClick={onRetry}>
      <Text>没能更新，显示的是上次的内容</Text>
      <Text className='bar-link'>重试</Text>
    </View>
  )
}

/** Says when there is no network, or when the live link is being made again */
export function NetBar({ live = false }: { live?: boolean }) {
  const online = useStore(networkStore)
  const link = useStore(linkStore)
  if (!online) return <View className='bar bar-off js-offline'>网络已断开，显示的是断开前的内容</View>
  if (live && link === 'reconnecting') {
    return <View className='bar bar-warn js-reconnecting'><View className='spinner' />正在重连，价格可能不是最新的</View>
  }
  return null
}

export function ListEnd({ loading, more, fault, onRetry, any }: { loading: boolean; more: boolean; fault: Fault | null; onRetry(): void; any: boolean }) {
  if (!any) return null
  if (fault) return <View className='list-end' onClick={onRetry}>{words(fault)}，点此重试</View>
  if (loading) return <View className='list-end'><View className='spinner' />加载中</View>
  return <View className='list-end'>{more ? '上拉加载更多' : '— 我也是有底线的 —'}</View>
}

export function LogInCard({ words: text, onLogIn }: { words: string; onLogIn(): void }) {
  return (
    <View className='login-card'>
      <View className='empty-bowl'><Text className='empty-emoji'>🌶️</Text></View>
      <Text className='empty-title'>{text}</Text>
      <View className='btn btn-main login-btn js-login' hoverClass='pressed' onClick={onLogIn}>微信一键登录</View>
    </View>
  )
}
