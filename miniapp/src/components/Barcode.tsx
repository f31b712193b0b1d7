import { View } from '@tarojs/components'
import { code128 } from '../lib/barcode'

/** Bars of Code 128; widths in percent so that it fits any phone */
export function Barcode({ text }: { text: string }) {
  const bars = code128(text)
  const total = bars.reduce((a, b) => a + b, 0)
  return (
    <View className='barcode'>
      {bars.map((w, i) => <View key={i} className={i % 2 === 0 ? 'barcode-bar' : 'barcode-gap'} style={{ width: `${((w * 100) / total).toFixed(3)}%` }} />)}
    </View>
  )
}
