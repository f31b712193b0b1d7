import { View } from '@tarojs/components'
import { useEffect, useRef, type ReactNode } from 'react'
import type { CouponPlacement } from '../gql/graphql'
import { platform } from '../platform/index'
import { exposure } from '../services/exposure'
import { useWhileShown } from '../services/useWhileShown'

let counter = 0

/** Notes a drop once for each opening of the page, when half of it has been in view */
export function Seen({ dropId, placement, className = '', children }: { dropId: string; placement: CouponPlacement; className?: string; children: ReactNode }) {
  const id = useRef('')
  id.current ||= `seen-${++counter}`
  const stop = useRef<(() => void) | null>(null)
  const watch = (): (() => void) => {
    stop.current?.()
    stop.current = platform.watchSeen(id.current, () => {
      stop.current?.()
      stop.current = null
      exposure.note(dropId, placement)
    })
    return () => { stop.current?.(); stop.current = null }
  }
  useWhileShown(watch)
  const first = useRef(true)
  useEffect(() => {
    if (first.current) first.current = false
    else watch()
    // eslint-disable-next-line
  }, [dropId, placement])
  return <View id={id.current} className={className}>{children}</View>
}
