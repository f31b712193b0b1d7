import Taro from '@tarojs/taro'
import type { SocketEvents } from '../lib/graphqlWs'
import { addQuery, queryValue, readReturn, withoutNames, type Pending } from './oauth'
import type { Platform } from './types'
import './h5.scss'

const PENDING = 'shuhui:oauth'

function pending(): Pending | null {
  try { return JSON.parse(window.sessionStorage.getItem(PENDING) ?? 'null') as Pending | null } catch { return null }
}

// Runs before the router reads the address, so that the shopper comes back to the page he left and the code is gone from it.
const returned = (() => {
  const { pathname, search } = window.location
  const answer = readReturn(search, pending())
  if (answer.kind !== 'none') {
    window.sessionStorage.removeItem(PENDING)
    window.history.replaceState(null, '', `${pathname}${withoutNames(search, ['code', 'state'])}${answer.returnHash}`)
  }
  return answer
})()

export const platform: Platform = {
  channel: 'H5',
  httpBase: '',
  wsUrl: `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}/graphql`,
  merchant: queryValue(window.location.search, 'merchant') || DEFAULT_MERCHANT,
  async silentCode() {
    if (returned.kind === 'refused') setTimeout(() => void Taro.showToast({ title: '登录没有完成，请再试一次', icon: 'none' }), 800)
    return returned.kind === 'code' ? { code: returned.code, platform: 'H5' } : null
  },
  async askCode(h5AuthorizeUrl) {
    const authorize = await h5AuthorizeUrl()
    const { origin, pathname, search, hash } = window.location
    const bytes = window.crypto.getRandomValues(new Uint8Array(16))
    const state = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
    window.sessionStorage.setItem(PENDING, JSON.stringify({ state, returnHash: hash } satisfies Pending))
    const redirectUri = `${origin}${pathname}${withoutNames(search, ['code', 'state'])}`
    window.location.href = addQuery(authorize, { redirect_uri: redirectUri, state })
    return null
  },
  openSocket(url: string, events: SocketEvents) {
    // The browser's own WebSocket: Taro's H5 SocketTask hides the close code, and 4401 must be seen.
    const ws = new WebSocket(url, 'graphql-transport-ws')
    ws.onopen = () => events.open()
    ws.onmessage = (m) => events.message(String(m.data))
    ws.onclose = (e) => events.close(e.code, e.reason)
    return { send: (text) => ws.send(text), close: (code, reason) => ws.close(code, reason) }
  },
  async pay(args, orderPath) {
    const { origin, pathname, search } = window.location
    window.location.href = addQuery(args.h5Url, { redirect_url: `${origin}${pathname}${search}#${orderPath}` })
    return 'left'
  },
  askSubscribe: async () => [], // a browser has no subscribe messages
  watchNetwork(changed) {
    window.addEventListener('online', () => changed(true))
    window.addEventListener('offline', () => changed(false))
  },
  async share(title, path) {
    const { origin, pathname, search } = window.location
    const url = `${origin}${pathname}${search}#${path}`
    if (navigator.share) {
      try { await navigator.share({ title, url }) } catch { /* the shopper closed the sheet */ }
      return
    }
    await Taro.setClipboardData({ data: url })
    await Taro.showToast({ title: '链接已复制', icon: 'none' })
  },
  watchSeen(id, seen) {
    const element = document.getElementById(id)
    if (!element || typeof IntersectionObserver === 'undefined') return () => undefined
    const observer = new IntersectionObserver((entries) => { if (entries.some((e) => e.intersectionRatio >= 0.5)) seen() }, { threshold: 0.5 })
    observer.observe(element)
    return () => observer.disconnect()
  },
  storage: {
    get: (key) => { try { return JSON.parse(window.localStorage.getItem(key) ?? 'null') as unknown } catch { return null } },
    set: (key, value) => { try { window.localStorage.setItem(key, JSON.stringify(value)) } catch { /* full or forbidden: memory has it */ } },
    remove: (key) => { try { window.localStorage.removeItem(key) } catch { /* nothing to remove */ } },
  },
  tabBarOffset: 'calc(50px + env(safe-area-inset-bottom))',
}
