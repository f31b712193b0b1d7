import { Text, View } from '@tarojs/components'
import { useEffect, useRef, type ReactNode } from 'react'
import { priceParts } from '../lib/money'
import { leftText, timeLeft, two } from '../lib/time'
import { useSecond } from '../services/ticker'

/** The picture of a product: its emoji on a soft tile of its own hue */
export function Tile({ emoji, hue, size = '' }: { emoji: string; hue: number; size?: '' | 'lg' | 'sm' | 'xs' }) {
  const background = `radial-gradient(circle at 30% 22%, hsl(${hue}, 90%, 97%) 0%, hsl(${hue}, 72%, 90%) 55%, hsl(${(hue + 18) % 360}, 62%, 83%) 100%)`
  return (
    <View className={`tile ${size ? `tile-${size}` : ''}`} style={{ background }}>
      <View className='tile-plate' />
      <Text className='tile-emoji'>{emoji}</Text>
    </View>
  )
}

/** ¥ and cents small, yuan large */
export function Price({ fen, size = 'md', tone = 'red', strike = false, className = '' }: {
  fen: number; size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl'; tone?: 'red' | 'ink' | 'grey' | 'white'; strike?: boolean; className?: string
}) {
  const p = priceParts(fen)
  return (
    <View className={`price price-${size} price-${tone} ${strike ? 'price-strike' : ''} ${className}`}>
      <Text className='price-sign'>{p.sign}¥</Text>
      <Text className='price-whole'>{p.whole}</Text>
      <Text className='price-cents'>.{p.cents}</Text>
    </View>
  )
}

/** Blocks for hours, minutes and seconds, with 天 before them; runs on server time. `onOver` when it ends while somebody looks:
 *  a little later, and not for all who wait in the same instant */
export function Countdown({ until, lead = '距结束', over = '已结束', look = 'blocks', onOver }: { until: string; lead?: string; over?: string; look?: 'blocks' | 'text' | 'white'; onOver?(): void }) {
  const left = timeLeft(Date.parse(until), useSecond())
  const ran = useRef(false)
  const tell = useRef(onOver)
  tell.current = onOver
  useEffect(() => {
    if (!left.over) {
      ran.current = true
      return
    }
    if (!ran.current) return
    ran.current = false
    const timer = setTimeout(() => tell.current?.(), 300 + Math.random() * 1200)
    return () => clearTimeout(timer)
  }, [left.over])
  if (left.over) return <Text className='countdown-text'>{over}</Text>
  if (look === 'text') return <Text className='countdown-text'>{`${lead} ${leftText(left)}`}</Text>
  return (
    <View className={`countdown ${look === 'white' ? 'countdown-white' : ''}`}>
      <Text className='countdown-lead'>{lead}</Text>
      {left.days > 0 ? <Text className='countdown-days'>{`${left.days}天`}</Text> : null}
      <Text className='countdown-block'>{two(left.hours)}</Text>
      <Text className='countdown-colon'>:</Text>
      <Text className='countdown-block'>{two(left.minutes)}</Text>
      <Text className='countdown-colon'>:</Text>
      <Text className='countdown-block'>{two(left.seconds)}</Text>
    </View>
  )
}

/** Minus and number appear once there is something to take away */
export function Stepper({ value, max, onChange, name = '', more = '加购' }: { value: number; max: number; onChange(by: 1 | -1): void; name?: string; more?: string }) {
  return (
    <View className='stepper' onClick={(e) => e.stopPropagation()}>
      {value > 0 ? (
        <>
          <View className='stepper-btn stepper-minus js-minus' aria-label={`减少${name}`} hoverClass='pressed' onClick={(e) => { e.stopPropagation(); onChange(-1) }}>
            <View className='stepper-bar' />
          </View>
          <Text className='stepper-value js-qty'>{value}</Text>
        </>
      ) : null}
      <View className={`stepper-btn stepper-plus js-plus ${value >= max ? 'stepper-off' : ''}`} aria-label={`${more}${name}`} hoverClass='pressed' onClick={(e) => { e.stopPropagation(); onChange(1) }}>
        <View className='stepper-bar' />
        <View className='stepper-bar stepper-bar-v' />
      </View>
    </View>
  )
}

export function Tag({ children, look = 'line' }: { children: ReactNode; look?: 'line' | 'solid' | 'soft' | 'green' | 'grey' }) {
  return <View className={`tag tag-${look}`}>{children}</View>
}

export function Icon({ name, className = '' }: { name: 'search' | 'pin' | 'right' | 'down' | 'up' | 'share' | 'check' | 'close' | 'info' | 'trash'; className?: string }) {
  return <View className={`icon icon-${name} ${className}`} />
}

export function Check({ on, dim = false, onClick, className = '' }: { on: boolean; dim?: boolean; onClick(): void; className?: string }) {
  return (
    <View className={`check ${on ? 'check-on' : ''} ${dim ? 'check-dim' : ''} ${className}`} onClick={(e) => { e.stopPropagation(); onClick() }}>
      {on ? <View className='check-mark' /> : null}
    </View>
  )
}

/** One line of words and an amount */
export function Row({ label, note, children, strong = false }: { label: ReactNode; note?: ReactNode; children?: ReactNode; strong?: boolean }) {
  return (
    <View className={`row ${strong ? 'row-strong' : ''}`}>
      <View className='row-left'>
        <View className='row-label'>{label}</View>
        {note ? <View className='row-note'>{note}</View> : null}
      </View>
      <View className='row-value'>{children}</View>
    </View>
  )
}
