import { useDidHide, useDidShow, useLaunch } from '@tarojs/taro'
import type { ReactNode } from 'react'
import { badge } from './services/cart'
import { exposure } from './services/exposure'
import { live, watchNetwork } from './services/live'
import { onPersonChange, start } from './services/session'
import { loadShops } from './services/shop'
import { forget } from './services/useQuery'
import './app.scss'

let hiddenAt = 0

export default function App({ children }: { children: ReactNode }) {
  useLaunch(() => {
    watchNetwork()
    onPersonChange(forget)
    void start()
    loadShops().catch(() => undefined) // the home page shows what is wrong and asks again
  })
  useDidShow(() => {
    badge()
    // WeChat lets sockets of a hidden app die without a word
    if (hiddenAt > 0 && Date.now() - hiddenAt > 5_000) live.restart()
    else live.wake()
  })
  useDidHide(() => {
    hiddenAt = Date.now()
    exposure.flush()
  })
  return children
}
