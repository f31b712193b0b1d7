import Taro, { useDidHide, useDidShow } from '@tarojs/taro'
import { useEffect, useRef } from 'react'

/** Runs `start` while the page is in front, and what it returns when it is not */
export function useWhileShown(start: () => () => void): void {
  const stop = useRef<(() => void) | null>(null)
  const latest = useRef(start)
  latest.current = start
  const go = (): void => { stop.current ??= latest.current() }
  const end = (): void => {
    stop.current?.()
    stop.current = null
  }
  useDidShow(go)
  useDidHide(end)
  useEffect(() => {
    go()
    return end
    // eslint-disable-next-line
  }, [])
}

/** Runs on every coming back to the page but the first showing */
export function useOnReturn(run: () => void): void {
  const first = useRef(true)
  useDidShow(() => {
    if (first.current) first.current = false
    else run()
  })
}

export const toast = (title: string): void => { void Taro.showToast({ title, icon: 'none', duration: 2200 }) }
