import Taro from '@tarojs/taro'
import type { SocketEvents } from '../lib/graphqlWs'
import type { Platform } from './types'

// ext.json is WeChat's own way to give one build another address or merchant (third-party platforms deploy so).
const ext = (() => {
  try { return (Taro.getExtConfigSync() ?? {}) as { apiBase?: string; merchant?: string } } catch { return {} }
})()
const httpBase = (ext.apiBase || API_BASE).replace(/\/+$/, '')

function launchMerchant(): string | undefined {
  try { return Taro.getLaunchOptionsSync().query?.merchant as string | undefined } catch { return undefined }
}

async function code(): Promise<{ code: string; platform: 'WEAPP' } | null> {
  const answer = await Taro.login()
  return answer.code ? { code: answer.code, platform: 'WEAPP' } : null
}

export const platform: Platform = {
  channel: 'MINIAPP',
  httpBase,
  wsUrl: `${httpBase.replace(/^http/, 'ws')}/graphql`,
  merchant: launchMerchant() || ext.merchant || DEFAULT_MERCHANT,
  silentCode: code,
  askCode: code,
  openSocket(url: string, events: SocketEvents) {
    let task: Taro.SocketTask | null = null
    let closed: { code: number; reason: string } | null = null
    Taro.connectSocket({ url, protocols: ['graphql-transport-ws'] }).then(
      (t) => {
        if (closed) return void t.close(closed)
        task = t
        t.onOpen(() => events.open())
        t.onMessage((m) => events.message(String(m.data)))
        t.onClose((e) => events.close(e?.code ?? 1006, e?.reason ?? ''))
        t.onError(() => events.close(1006, 'error'))
      },
      () => events.close(1006, 'refused'),
    )
    return {
      send: (data) => { task?.send({ data }) },
      close: (codeNumber, reason) => {
        closed = { code: codeNumber, reason }
        task?.close(closed)
      },
    }
  },
  // With callbacks: Taro 4.1 does not turn requestPayment into a promise
  pay: (args) => new Promise((resolve) => {
    Taro.requestPayment({
      timeStamp: args.timeStamp,
      nonceStr: args.nonceStr,
      package: args.package,
      signType: args.signType as 'RSA',
      paySign: args.paySign,
      success: () => resolve('paid'),
      fail: (error) => resolve(/cancel/.test(error.errMsg) ? 'cancelled' : { failed: error.errMsg }),
    })
  }),
  async askSubscribe(templateIds) {
    if (templateIds.length === 0) return []
    try {
      const answer = (await Taro.requestSubscribeMessage({ tmplIds: templateIds.slice(0, 3), entityIds: [] })) as unknown as Record<string, string>
      return templateIds.filter((id) => answer[id] === 'accept')
    } catch {
      return [] // refused as a whole, or switched off: claiming goes on without a message
    }
  },
  watchNetwork(changed) {
    Taro.onNetworkStatusChange(({ isConnected }) => changed(isConnected))
  },
  async share() {
    // WeChat shares by its own menu (useShareAppMessage); a button can only point there.
    await Taro.showToast({ title: '点右上角「···」转发给朋友', icon: 'none' })
  },
  watchSeen(id, seen) {
    let observer: Taro.IntersectionObserver | null = null
    let ended = false
    const page = Taro.getCurrentInstance().page
    // What React has drawn is on the page only after the next setData
    Taro.nextTick(() => {
      if (ended || !page) return
      observer = Taro.createIntersectionObserver(page as unknown as TaroGeneral.IAnyObject, { thresholds: [0.5] })
      observer.relativeToViewport().observe(`#${id}`, (r) => { if ((r.intersectionRatio ?? 0) >= 0.5) seen() })
    })
    return () => {
      ended = true
      observer?.disconnect()
    }
  },
  storage: {
    get: (key) => { try { return Taro.getStorageSync(key) || null } catch { return null } },
    set: (key, value) => { try { Taro.setStorageSync(key, value) } catch { /* full: the cart lives in memory */ } },
    remove: (key) => { try { Taro.removeStorageSync(key) } catch { /* nothing to remove */ } },
  },
  tabBarOffset: '0px',
}
