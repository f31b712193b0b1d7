import { ScrollView, View } from '@tarojs/components'
import type { ReactNode } from 'react'
import { platform } from '../platform/index'
import { Icon } from './basics'

/** A panel from the bottom. `tab`: the page has a tab bar, which stays free in H5 as it does in WeChat */
export function Sheet({ open, title, onClose, children, footer, tab = false, name = '' }: {
  open: boolean; title: string; onClose(): void; children: ReactNode; footer?: ReactNode; tab?: boolean; name?: string
}) {
  if (!open) return null
  return (
    <View className={`sheet js-sheet ${name}`} style={tab ? { bottom: platform.tabBarOffset } : undefined}>
      <View className='sheet-shade js-shade' onClick={onClose} />
      <View className='sheet-panel'>
        <View className='sheet-head'>
          <View className='sheet-title'>{title}</View>
          <View className='sheet-close js-close' aria-label='关闭' onClick={onClose}><Icon name='close' /></View>
        </View>
        <ScrollView scrollY className='sheet-body'>
          <View className='sheet-inner'>{children}</View>
        </ScrollView>
        {footer ? <View className='sheet-foot'>{footer}</View> : null}
      </View>
    </View>
  )
}
