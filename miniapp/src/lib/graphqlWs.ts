// graphql-transport-ws by hand, over whatever socket the platform has.
// Answers of an operation that was replaced or ended are dropped: each (re-)subscription has an id of its own.

export type LinkState = 'idle' | 'connecting' | 'live' | 'reconnecting'

export interface Socket { send(text: string): void; close(code: number, reason: string): void }
export interface SocketEvents { open(): void; message(text: string): void; close(code: number, reason: string): void }

export interface Sink<T> {
  next(data: T): void
  error?(errors: { message: string; extensions?: { code?: string } }[]): void
  complete?(): void
  /** A subscription starts anew after a lost link: the next frame is a first one again */
  restart?(): void
}

export interface GraphqlWsOptions {
  open(events: SocketEvents): Socket
  params(): Promise<Record<string, unknown>>
  /** The server said that the token is no good (close 4401 or error UNAUTHENTICATED) */
  unauthenticated(): Promise<void>
  setTimer?(run: () => void, ms: number): unknown
  clearTimer?(id: unknown): void
  random?(): number
}

interface Operation { query: string; variables: unknown; extensions: Record<string, unknown> | undefined; sink: Sink<unknown>; wireId: string | null; authTries: number }

const ACK_MS = 8_000
const PING_MS = 20_000
const PONG_MS = 8_000
const LINGER_MS = 15_000

export function createGraphqlWs(o: GraphqlWsOptions) {
  const setTimer = o.setTimer ?? ((run: () => void, ms: number): unknown => setTimeout(run, ms))
  const clearTimer = o.clearTimer ?? ((id: unknown): void => clearTimeout(id as ReturnType<typeof setTimeout>))
  const random = o.random ?? Math.random
  const operations = new Set<Operation>()
  const watchers = new Set<(state: LinkState) => void>()
  let state: LinkState = 'idle'
  let socket: Socket | null = null
  let epoch = 0 // frames and timers of an earlier socket are not ours any more
  let failures = 0
  let wire = 0
  let acked = false
  let timers: unknown[] = []
  let linger: unknown = null

  function enter(next: LinkState): void {
    if (next === state) return
    state = next
    watchers.forEach((w) => w(next))
  }
  function after(ms: number, run: () => void): void {
    const mine = epoch
    timers.push(setTimer(() => { if (mine === epoch) run() }, ms))
  }
  function drop(code = 1000, reason = ''): void {
    epoch++
    timers.forEach(clearTimer)
    timers = []
    acked = false
    operations.forEach((op) => { op.wireId = null })
    const old = socket
    socket = null
    try { old?.close(code, reason) } catch { /* it is closed already */ }
  }
  function write(message: Record<string, unknown>): void {
    try { socket?.send(JSON.stringify(message)) } catch { lost(1006) }
  }
  function start(op: Operation): void {
    op.wireId = String(++wire)
    write({ id: op.wireId, type: 'subscribe', payload: { query: op.query, variables: op.variables, extensions: op.extensions } })
  }
  function keepAlive(): void {
    after(PING_MS, () => {
      write({ type: 'ping' })
      after(PONG_MS, () => lost(1006))
    })
  }
  function connect(): void {
    if (socket || operations.size === 0) return
    epoch++
    const mine = epoch
    enter(failures === 0 && state !== 'reconnecting' ? 'connecting' : 'reconnecting')
    after(ACK_MS, () => lost(1006))
    const guard = <A extends unknown[]>(run: (...a: A) => void) => (...a: A): void => { if (mine === epoch) run(...a) }
    socket = o.open({
      open: guard(() => {
        o.params().then(
          (payload) => { if (mine === epoch) write({ type: 'connection_init', payload }) },
          () => { if (mine === epoch) lost(1006) },
        )
      }),
      message: guard(receive),
      close: guard((code) => lost(code)),
    })
  }
  function lost(code: number): void {
    drop()
    if (operations.size === 0) return enter('idle')
    enter('reconnecting')
    failures++
    operations.forEach((op) => op.sink.restart?.())
    const wait = Math.min(20_000, 400 * 2 ** (failures - 1)) * (0.7 + 0.6 * random())
    if (code === 4401 && failures <= 2) {
      const mine = epoch
      o.unauthenticated().then(() => { if (mine === epoch) connect() }, () => { if (mine === epoch) after(wait, connect) })
    } else {
      after(wait, connect)
    }
  }
  function receive(text: string): void {
    let m: { type?: string; id?: string; payload?: unknown }
    try { m = JSON.parse(text) as typeof m } catch { return }
    if (m.type === 'connection_ack') {
      timers.forEach(clearTimer)
      timers = []
      acked = true
      enter('live')
      operations.forEach(start)
      return keepAlive()
    }
    if (m.type === 'ping') return write({ type: 'pong' })
    if (acked) {
      timers.forEach(clearTimer) // any frame shows that the link is alive
      timers = []
      keepAlive()
    }
    if (m.id === undefined) return
    let op: Operation | undefined
    operations.forEach((candidate) => { if (candidate.wireId === m.id) op = candidate })
    if (!op) return // stale: belongs to a subscription that was replaced
    if (m.type === 'next') {
      failures = 0
      op.authTries = 0
      const payload = m.payload as { data?: unknown; errors?: { message: string; extensions?: { code?: string } }[] }
      if (payload.data) op.sink.next(payload.data)
      else if (payload.errors) op.sink.error?.(payload.errors)
    } else if (m.type === 'error') {
      const errors = m.payload as { message: string; extensions?: { code?: string } }[]
      if (errors.some((e) => e.extensions?.code === 'UNAUTHENTICATED') && op.authTries++ < 1) {
        o.unauthenticated().then(restart, () => { operations.delete(op!); op!.sink.error?.(errors) })
        return
      }
      operations.delete(op)
      op.sink.error?.(errors)
    } else if (m.type === 'complete') {
      operations.delete(op)
      op.sink.complete?.()
    }
  }
  /** A new link at once: after log-in, when the network is back, when the app comes to the front */
  function restart(): void {
    if (operations.size === 0) return
    const wasLive = state === 'live'
    drop()
    if (wasLive) operations.forEach((op) => op.sink.restart?.())
    failures = 0
    enter('reconnecting')
    connect()
  }

  return {
    state: (): LinkState => state,
    watch(watcher: (state: LinkState) => void): () => void {
      watchers.add(watcher)
      return () => { watchers.delete(watcher) }
    },
    restart,
    /** Only if the link is not up */
    wake(): void { if (state === 'reconnecting') restart() },
    subscribe<T>(query: string, variables: unknown, sink: Sink<T>, extensions?: Record<string, unknown>): () => void {
      const op: Operation = { query, variables, extensions, sink: sink as Sink<unknown>, wireId: null, authTries: 0 }
      operations.add(op)
      if (linger !== null) { clearTimer(linger); linger = null }
      if (acked) start(op)
      else if (state === 'idle') connect()
      return () => {
        if (!operations.delete(op)) return
        if (op.wireId && acked) write({ id: op.wireId, type: 'complete' })
        if (operations.size === 0) {
          linger = setTimer(() => {
            linger = null
            if (operations.size > 0) return
            drop()
            failures = 0
            enter('idle')
          }, LINGER_MS)
        }
      }
    },
  }
}
export type GraphqlWs = ReturnType<typeof createGraphqlWs>
