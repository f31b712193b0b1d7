// Runs the compiled WeChat mini-program (miniapp/dist/weapp) in Node: its real JavaScript, in a vm without window and
// document, against a small fake `wx` and a server that really answers. What is not faked: Taro's runtime, React, our
// code, HTTP, websockets. What is: rendering (we keep the tree that setData describes) and WeChat's own services.
//
//   const app = await startWeapp({ base: 'http://127.0.0.1:8000', code: async () => codeOfTheWeChatStandIn() })
//   await app.waitFor(() => app.find('.js-claim'))
//   await app.tap('.js-claim')
//   await app.close()
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import WebSocket from 'ws'

const DIST = fileURLToPath(new URL('../../miniapp/dist/weapp/', import.meta.url))

/**
 * base      the API's origin; reaches the app as WeChat's ext config, so one build fits every server
 * merchant  merchant code
 * code      what wx.login gives: a code that the WeChat stand-in (or a test server) will accept
 * pay       called with the arguments of wx.requestPayment; resolve = paid, throw = failed ("cancel" in the message = closed)
 * accept    which of the template ids the shopper accepts in wx.requestSubscribeMessage
 * confirm   the shopper's answer in wx.showModal
 * storage   wx storage of an earlier run, to start where it ended
 */
export async function startWeapp({
  base, merchant, dist = DIST, code = async () => 'code', pay = async () => undefined, accept = (ids) => ids,
  confirm = () => true, storage = {}, query = {}, timeout = 8000,
} = {}) {
  const appJson = JSON.parse(readFileSync(join(dist, 'app.json'), 'utf8'))
  const bindings = readBindings(join(dist, 'base.wxml'))
  const stack = [] // pages, the last one in front
  const tabs = new Map()
  const sockets = new Set()
  const timers = new Set()
  const log = { toasts: [], modals: [], requests: [], logins: 0, payments: [], subscribeMessages: [], badges: {}, errors: [], frames: [] }
  const network = { online: true, listeners: new Set() }
  const definitions = new Map()
  let appDefinition = null
  let appInstance = null
  let closed = false
  let loading = ''

  // ---- wx ----
  const done = (o, result, name) => { const r = { errMsg: `${name}:ok`, ...result }; o?.success?.(r); o?.complete?.(r); return r }
  const fail = (o, errMsg, extra = {}) => { const r = { errMsg, ...extra }; o?.fail?.(r); o?.complete?.(r); return r }
  const later = (run) => { setImmediate(() => { if (!closed) run() }) }
  const ok = (name, result = {}) => (o) => { later(() => done(o, result, name)) }

  const wx = {
    canIUse: () => true,
    getSystemInfoSync: () => ({ platform: 'devtools', system: 'iOS 17.0', SDKVersion: '3.7.0', version: '8.0.50', windowWidth: 375, windowHeight: 667, screenWidth: 375, screenHeight: 812, pixelRatio: 2, statusBarHeight: 44, language: 'zh_CN', brand: 'devtools', model: 'iPhone', safeArea: { top: 44, bottom: 778, left: 0, right: 375, width: 375, height: 734 } }),
    getWindowInfo: () => wx.getSystemInfoSync(), getDeviceInfo: () => wx.getSystemInfoSync(), getAppBaseInfo: () => wx.getSystemInfoSync(), getSystemSetting: () => ({}), getAppAuthorizeSetting: () => ({}),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    getMenuButtonBoundingClientRect: () => ({ top: 48, bottom: 80, left: 281, right: 368, width: 87, height: 32 }),
    getExtConfigSync: () => ({ ...(base ? { apiBase: base } : {}), ...(merchant ? { merchant } : {}) }),
    getLaunchOptionsSync: () => ({ path: appJson.pages[0], query, scene: 1001, referrerInfo: {} }),
    getEnterOptionsSync: () => wx.getLaunchOptionsSync(),
    login: (o) => { log.logins++; Promise.resolve().then(code).then((c) => done(o, { code: c }, 'login'), (e) => fail(o, `login:fail ${e.message}`)) },
    request(o) {
      if (!network.online) { later(() => fail(o, 'request:fail net::ERR_INTERNET_DISCONNECTED', { errno: 600001 })); return { abort() {} } }
      const abort = new AbortController()
      const limit = setTimeout(() => abort.abort(), o.timeout ?? 60_000)
      const entry = { url: o.url, header: o.header ?? {}, data: o.data, operation: /^\s*(?:query|mutation|subscription)\s+(\w+)/.exec(o.data?.query ?? '')?.[1] }
      log.requests.push(entry)
      fetch(o.url, { method: o.method ?? 'GET', headers: o.header, body: o.data === undefined ? undefined : typeof o.data === 'string' ? o.data : JSON.stringify(o.data), signal: abort.signal })
        .then(async (r) => {
          const text = await r.text()
          let data = text
          try { data = JSON.parse(text) } catch { /* WeChat hands over the text as it is */ }
          entry.status = r.status
          entry.answer = data
          if (!closed) done(o, { statusCode: r.status, data, header: Object.fromEntries(r.headers) }, 'request')
        })
        .catch((e) => { if (!closed) fail(o, `request:fail ${e.message}`) })
        .finally(() => clearTimeout(limit))
      return { abort: () => abort.abort(), onHeadersReceived() {}, offHeadersReceived() {} }
    },
    connectSocket(o) {
      const on = { open: [], message: [], close: [], error: [] }
      const emit = (name, value) => on[name].forEach((f) => { if (!closed) f(value) })
      const task = {
        onOpen: (f) => on.open.push(f), onMessage: (f) => on.message.push(f), onClose: (f) => on.close.push(f), onError: (f) => on.error.push(f),
        send: (m) => { if (socket?.readyState === 1) { socket.send(m.data); done(m, {}, 'sendSocketMessage') } else fail(m, 'sendSocketMessage:fail') },
        close: (m = {}) => { socket?.close(m.code ?? 1000, m.reason ?? '') },
      }
      let socket = null
      if (!network.online) later(() => { emit('error', { errMsg: 'connectSocket:fail' }); emit('close', { code: 1006, reason: '' }) })
      else {
        socket = new WebSocket(o.url, o.protocols ?? [])
        sockets.add(socket)
        socket.on('open', () => emit('open', { header: {} }))
        socket.on('message', (data) => { log.frames.push(String(data)); emit('message', { data: String(data) }) })
        socket.on('close', (codeNumber, reason) => { sockets.delete(socket); emit('close', { code: codeNumber, reason: String(reason) }) })
        socket.on('error', (e) => emit('error', { errMsg: e.message }))
      }
      later(() => done(o, { socketTaskId: 1 }, 'connectSocket'))
      return task
    },
    requestPayment: (o) => { log.payments.push(o); Promise.resolve(o).then(pay).then(() => done(o, {}, 'requestPayment'), (e) => fail(o, `requestPayment:fail ${e.message}`)) },
    requestSubscribeMessage: (o) => {
      const yes = accept(o.tmplIds)
      log.subscribeMessages.push({ asked: o.tmplIds, accepted: yes })
      later(() => done(o, Object.fromEntries(o.tmplIds.map((id) => [id, yes.includes(id) ? 'accept' : 'reject'])), 'requestSubscribeMessage'))
    },
    getStorageSync: (k) => (k in storage ? JSON.parse(storage[k]) : ''),
    setStorageSync: (k, v) => { storage[k] = JSON.stringify(v) },
    removeStorageSync: (k) => { delete storage[k] },
    getStorageInfoSync: () => ({ keys: Object.keys(storage), currentSize: 1, limitSize: 10240 }),
    showToast: (o) => { log.toasts.push(o.title); later(() => done(o, {}, 'showToast')) },
    showModal: (o) => { log.modals.push(o); later(() => { const yes = confirm(o); done(o, { confirm: yes, cancel: !yes }, 'showModal') }) },
    setTabBarBadge: (o) => { log.badges[o.index] = o.text; later(() => done(o, {}, 'setTabBarBadge')) },
    removeTabBarBadge: (o) => { delete log.badges[o.index]; later(() => done(o, {}, 'removeTabBarBadge')) },
    onNetworkStatusChange: (f) => network.listeners.add(f), offNetworkStatusChange: (f) => network.listeners.delete(f),
    getNetworkType: (o) => later(() => done(o, { networkType: network.online ? 'wifi' : 'none' }, 'getNetworkType')),
    navigateTo: (o) => route(o, 'navigateTo', () => push(o.url)),
    redirectTo: (o) => route(o, 'redirectTo', () => { pop(); push(o.url) }),
    switchTab: (o) => route(o, 'switchTab', () => toTab(o.url)),
    reLaunch: (o) => route(o, 'reLaunch', () => { while (stack.length) pop(); push(o.url) }),
    navigateBack: (o = {}) => route(o, 'navigateBack', () => { for (let n = o.delta ?? 1; n > 0 && stack.length > 1; n--) pop(); front()?.onShow?.() }),
    nextTick: (f) => later(f),
    // everything is in view at once: there is no screen
    createIntersectionObserver: () => { const o = { relativeToViewport: () => o, relativeTo: () => o, observe: (_, f) => later(() => f({ intersectionRatio: 1 })), disconnect() {} }; return o },
    createSelectorQuery: () => { const q = { select: () => q, selectAll: () => q, selectViewport: () => q, boundingClientRect: () => q, scrollOffset: () => q, fields: () => q, in: () => q, exec: (f) => later(() => f?.([])) }; return q },
    getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} }),
  }
  const quiet = new Set(['hideLoading', 'showLoading', 'hideToast', 'stopPullDownRefresh', 'startPullDownRefresh', 'setNavigationBarTitle', 'setNavigationBarColor', 'pageScrollTo', 'setClipboardData', 'showShareMenu', 'hideShareMenu', 'vibrateShort', 'hideTabBar', 'showTabBar'])
  const wxProxy = new Proxy(wx, {
    get(target, name) {
      if (name in target) return target[name]
      if (typeof name !== 'string') return undefined
      if (quiet.has(name)) return (target[name] = ok(name))
      if (/^(on|off)[A-Z]/.test(name)) return (target[name] = () => undefined)
      return undefined
    },
  })

  // ---- pages ----
  const front = () => stack[stack.length - 1]
  function route(o, name, run) {
    later(() => {
      try { run(); done(o, {}, name) } catch (e) { log.errors.push(e); fail(o, `${name}:fail ${e.message}`) }
    })
  }
  function split(url) {
    const [path, search = ''] = url.replace(/^\//, '').split('?')
    // WeChat hands the values over as they were written: undoing the encoding is the page's affair
    return [path, Object.fromEntries(search.split('&').filter(Boolean).map((p) => [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)]))]
  }
  function create(path, options) {
    if (!definitions.has(path)) { loading = path; load(`${path}.js`) }
    const definition = definitions.get(path)
    if (!definition) throw new Error(`no page ${path}`)
    const page = Object.create(definition)
    Object.assign(page, {
      route: path, options, __path: path, data: structuredClone(definition.data ?? {}),
      setData(change, callback) {
        for (const key of Object.keys(change)) write(this.data, key, change[key])
        this.__version = (this.__version ?? 0) + 1
        if (callback) later(() => callback.call(this))
      },
      getTabBar: () => null, selectComponent: () => null, createSelectorQuery: wx.createSelectorQuery, getOpenerEventChannel: () => ({ on() {}, emit() {} }),
    })
    return page
  }
  function show(page) {
    page.onShow?.()
    if (!page.__ready) { page.__ready = true; later(() => page.onReady?.()) }
  }
  function push(url) {
    const [path, options] = split(url)
    front()?.onHide?.()
    const page = create(path, options)
    stack.push(page)
    page.onLoad?.(options)
    show(page)
    if (isTab(path)) tabs.set(path, page)
  }
  function pop() {
    const page = stack.pop()
    page.onHide?.()
    page.onUnload?.()
    tabs.delete(page.__path)
  }
  const isTab = (path) => appJson.tabBar.list.some((t) => t.pagePath === path)
  function toTab(url) {
    const [path, options] = split(url)
    if (!isTab(path)) throw new Error(`can not switch to no-tabBar page ${path}`)
    while (stack.length && !isTab(front().__path)) pop()
    if (front()?.__path === path) return show(front())
    front()?.onHide?.()
    stack.pop()
    const old = tabs.get(path)
    if (old) { stack.push(old); return show(old) }
    const page = create(path, options)
    tabs.set(path, page)
    stack.push(page)
    page.onLoad?.(options)
    show(page)
  }

  // ---- modules, as WeChat loads them ----
  const track = (start, stop) => (f, ms, ...a) => { const t = start(() => { if (!closed) { try { f(...a) } catch (e) { log.errors.push(e); throw e } } }, ms); timers.add([stop, t]); return t }
  const sandbox = {
    wx: wxProxy, console: { ...console, log() {}, info() {}, warn: (...a) => log.errors.push(['warn', ...a]), error: (...a) => log.errors.push(a.length === 1 ? a[0] : a) },
    setTimeout: track(setTimeout, clearTimeout), clearTimeout, setInterval: track(setInterval, clearInterval), clearInterval,
    App: (d) => { appDefinition = d }, Page: (d) => { definitions.set(loading, d) }, Component: () => undefined, Behavior: (d) => d,
    getApp: () => appInstance, getCurrentPages: () => stack.slice(), requirePlugin: () => ({}), __wxConfig: {},
  }
  sandbox.globalThis = sandbox
  vm.createContext(sandbox)
  const modules = new Map()
  function load(file) {
    const full = normalize(join(dist, file))
    if (modules.has(full)) return modules.get(full).exports
    const module = { exports: {} }
    modules.set(full, module)
    const run = vm.runInContext(`(function (require, module, exports, wx, App, Page, Component, Behavior, getApp, getCurrentPages) {${readFileSync(full, 'utf8')}\n})`, sandbox, { filename: full })
    run((p) => load(join(dirname(file), p.endsWith('.js') ? p : `${p}.js`)), module, module.exports, wxProxy, sandbox.App, sandbox.Page, sandbox.Component, sandbox.Behavior, sandbox.getApp, sandbox.getCurrentPages)
    return module.exports
  }

  load('app.js')
  appInstance = Object.create(appDefinition)
  appInstance.onLaunch?.(wx.getLaunchOptionsSync())
  appInstance.onShow?.(wx.getLaunchOptionsSync())
  push(appJson.pages[0])

  // ---- what a test does ----
  const root = () => front()?.data.root
  function all(selector, from = root()) {
    const found = []
    const visit = (node, path) => {
      if (!node) return
      const here = [...path, node]
      if (matches(node, selector)) found.push({ node, path: here })
      ;(node.cn ?? []).forEach((child) => visit(child, here))
    }
    ;(from?.cn ?? []).forEach((child) => visit(child, []))
    return found
  }
  const text = (node = root()) => (node ? (node.v ?? '') + (node.cn ?? []).map((c) => text(c)).join('') : '')
  /** "selector" is .class, .class.class, or =exact text; `within` narrows to a node, `has` to nodes with that text inside */
  function findAll(selector, { within, has } = {}) {
    return all(selector, within ? { cn: [within.node ?? within] } : undefined)
      .filter((f) => (has === undefined ? true : text(f.node).includes(has)))
      .map((f) => ({ ...f, text: text(f.node) }))
  }
  const find = (selector, options) => findAll(selector, options)[0] ?? null

  function pathOf(node) {
    const visit = (n, path) => {
      if (n === node) return [...path, n]
      for (const c of n.cn ?? []) { const r = visit(c, [...path, n]); if (r) return r }
      return null
    }
    for (const c of root()?.cn ?? []) { const r = visit(c, []); if (r) return r }
    throw new Error('the node is not on the page in front any more')
  }
  /** Bubbles as WeChat does: every ancestor whose template binds the event, until one that catches it */
  function fire(target, type, detail = {}, extra = {}) {
    const path = pathOf(target.node ?? target)
    const id = (n) => n.uid ?? n.sid
    const leaf = path[path.length - 1]
    let handled = false
    for (let i = path.length - 1; i >= 0; i--) {
      const bound = bindings(path[i].nn, type)
      if (bound === 'none') continue
      handled = true
      const event = { type, timeStamp: Date.now(), detail, mark: {}, target: { id: id(leaf), dataset: { sid: leaf.sid } }, currentTarget: { id: id(path[i]), dataset: { sid: path[i].sid } }, touches: [], changedTouches: [], ...extra }
      front().eh(event)
      if (bound === 'catch') break
    }
    if (!handled) throw new Error(`nothing listens to ${type} there`)
  }
  async function waitFor(check, what = String(check)) {
    const until = Date.now() + timeout
    for (;;) {
      const value = await check()
      if (value) return value
      if (Date.now() > until) throw new Error(`waited ${timeout} ms for: ${what}\npage ${front()?.__path}: ${text().slice(0, 600)}\nerrors: ${log.errors.slice(-3).map((e) => e?.stack ?? JSON.stringify(e)).join('\n')}`)
      await new Promise((r) => setTimeout(r, 15))
    }
  }
  const resolve = async (target, options) => (typeof target === 'string' ? waitFor(() => find(target, options), `${target} ${options?.has ?? ''}`) : target)

  return {
    log, storage, wx: wxProxy, find, findAll, waitFor, fire,
    text: (target) => text(target?.node ?? target),
    path: () => front()?.__path,
    page: () => front(),
    /** Waits until it is there, then taps it */
    async tap(target, options) { fire(await resolve(target, options), 'tap') },
    async input(target, value) { fire(await resolve(target), 'input', { value, cursor: value.length }) },
    async swipe(target, dx) {
      const node = await resolve(target)
      const at = (x) => ({ touches: [{ identifier: 0, clientX: x, clientY: 100 }], changedTouches: [{ identifier: 0, clientX: x, clientY: 100 }] })
      fire(node, 'touchstart', {}, at(200))
      fire(node, 'touchend', {}, at(200 + dx))
    },
    waitText: (part) => waitFor(() => text().includes(part), `text "${part}"`),
    switchTab: (path) => new Promise((success, reject) => wx.switchTab({ url: `/${path}`, success, fail: (e) => reject(new Error(e.errMsg)) })),
    navigateTo: (url) => new Promise((success, reject) => wx.navigateTo({ url, success, fail: (e) => reject(new Error(e.errMsg)) })),
    back: () => new Promise((success) => wx.navigateBack({ success })),
    reachBottom() { front().onReachBottom?.() },
    async pullDown() { await front().onPullDownRefresh?.() },
    hide() { front()?.onHide?.(); appInstance.onHide?.() },
    show() { appInstance.onShow?.(wx.getLaunchOptionsSync()); front()?.onShow?.() },
    setOnline(online) {
      network.online = online
      if (!online) sockets.forEach((s) => s.terminate())
      network.listeners.forEach((f) => f({ isConnected: online, networkType: online ? 'wifi' : 'none' }))
    },
    async close() {
      closed = true
      sockets.forEach((s) => s.terminate())
      timers.forEach(([stop, t]) => stop(t))
      await new Promise((r) => setImmediate(r))
    },
  }
}

/** setData paths: root.cn.[0].cn.[1].v, also root.cn[0] */
function write(data, key, value) {
  const parts = key.replace(/\[(\d+)\]/g, '.$1').split('.').filter((p) => p !== '')
  let at = data
  for (let i = 0; i < parts.length - 1; i++) {
    at[parts[i]] ??= /^\d+$/.test(parts[i + 1]) ? [] : {}
    at = at[parts[i]]
  }
  // WeChat copies what it is given; Taro goes on changing its own
  at[parts[parts.length - 1]] = value !== null && typeof value === 'object' ? structuredClone(JSON.parse(JSON.stringify(value))) : value
}

function matches(node, selector) {
  if (selector.startsWith('=')) return node.v === selector.slice(1)
  const classes = String(node.cl ?? '').split(/\s+/)
  return selector.split('.').filter(Boolean).every((c) => classes.includes(c))
}

/** Which template binds which event: read from the real WXML */
function readBindings(file) {
  const wxml = readFileSync(file, 'utf8')
  const known = new Map()
  for (const [, name, body] of wxml.matchAll(/<template name="tmpl_0_([\w-]+)">([\s\S]*?)<\/template>\n/g)) {
    const head = /<[\w-]+([^>]*(?:"[^"]*"[^>]*)*)>/.exec(body)?.[1] ?? ''
    known.set(name, { bind: new Set([...head.matchAll(/bind:?(\w+)="eh"/g)].map((m) => m[1])), catch: new Set([...head.matchAll(/catch:?(\w+)="eh"/g)].map((m) => m[1])) })
  }
  return (nn, type) => {
    const t = known.get(String(nn))
    return t?.catch.has(type) ? 'catch' : t?.bind.has(type) ? 'bind' : 'none'
  }
}
