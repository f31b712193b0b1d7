import { View, type BaseEventOrig, type ITouchEvent } from '@tarojs/components'
import { useRef, useState, type ReactNode } from 'react'

interface Point { x: number; y: number }
const point = (e: BaseEventOrig): Point => {
  const t = (e as ITouchEvent).changedTouches?.[0] ?? (e as ITouchEvent).touches?.[0]
  return { x: t?.clientX ?? 0, y: t?.clientY ?? 0 }
}

/** Swipe to the left shows 删除; a vertical move is left to the page */
export function SwipeRow({ children, onDelete }: { children: ReactNode; onDelete(): void }) {
  const [open, setOpen] = useState(false)
  const from = useRef<Point | null>(null)
  return (
    <View className={`swipe ${open ? 'swipe-open' : ''}`}
      onTouchStart={(e) => { from.current = point(e) }}
      onTouchEnd={(e) => {
        const a = from.current
        from.current = null
        if (!a) return
        const b = point(e)
        if (Math.abs(b.y - a.y) > Math.abs(b.x - a.x)) return
        if (b.x - a.x < -36) setOpen(true)
        else if (b.x - a.x > 24) setOpen(false)
      }}
    >
      <View className='swipe-front' onClick={() => { if (open) setOpen(false) }}>{children}</View>
      <View className='swipe-delete js-delete' aria-label='删除' onClick={(e) => { e.stopPropagation(); setOpen(false); onDelete() }}>删除</View>
    </View>
  )
}
