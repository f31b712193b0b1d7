import { Text, View } from '@tarojs/components'
import { useEffect } from 'react'
import { useStore } from '../lib/store'
import { acknowledge, quoteStore } from '../services/liveQuote'
import { Icon } from './basics'

/** The price moved by itself: says why, and stays long enough to be read */
export function ChangeBanner() {
  const { change } = useStore(quoteStore)
  const at = change?.at
  useEffect(() => {
    if (at === undefined) return undefined
    const t = setTimeout(acknowledge, 12_000)
    return () => clearTimeout(t)
  }, [at])
  if (!change) return null
  return (
    <View className={`change js-change ${change.deltaFen <= 0 ? 'change-down' : 'change-up'}`} onClick={acknowledge}>
      <Text className='change-emoji'>{change.deltaFen <= 0 ? '🎉' : '🔔'}</Text>
      <Text className='change-text'>{change.text}</Text>
      <Icon name='close' className='change-close' />
    </View>
  )
}
