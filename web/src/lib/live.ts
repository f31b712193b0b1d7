import { createClient, type Client, type ExecutionResult, type Sink } from 'graphql-ws'
import { useSyncExternalStore } from 'react'
import { refreshSession } from './auth'
import { currentSession, expiresSoon } from './session'

// Subscriptions that survive: a dropped line, a restarted server, an expired token. Each resubscription starts with the
// present state, so nothing has to be caught up. What the user sees of it is `useLiveStatus`.

export type LiveStatus = { state: 'idle' | 'connecting' | 'live' | 'reconnecting'; attempt: number; lostAt: number | null }
let status: LiveStatus = { state: 'idle', attempt: 0, lostAt: null }
const listeners = new Set<() => void>()

let latest = 0 // the newest subscription owns the status: one that is being replaced has no say any more
function setLiveStatus(owner: number, next: LiveStatus): void {
  if (owner !== latest) return
  status = next
  for (const listener of listeners) listener()
}
export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => status,
  )
}

const UNAUTHENTICATED = 4401
const FORBIDDEN = 4403 // what some servers say to a token that they do not take
const TERMINATED = 4499

let client: Client | null = null
function socket(): Client {
  if (client) return client
  let current: WebSocket | null = null
  let pongDue: ReturnType<typeof setTimeout> | undefined
  client = createClient({
    url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: async () => {
      const session = currentSession()
      if (session && expiresSoon(session)) await refreshSession()
      return { token: currentSession()?.accessToken }
    },
    retryAttempts: 0, // `subscribe` below retries, also where graphql-ws would give up: an expired token
    keepAlive: 10_000,
    on: {
      opened: (opened) => {
        current = opened as WebSocket
      },
      // A line that was cut without a word stays "open"; no pong in five seconds means that it is not.
      ping: (received) => {
        if (!received) pongDue = setTimeout(() => client?.terminate(), 5_000)
      },
      pong: (received) => {
        if (received) clearTimeout(pongDue)
      },
      closed: () => {
        current = null
        clearTimeout(pongDue)
      },
    },
  })
  window.addEventListener('offline', () => current?.close(TERMINATED, 'offline'))
  return client
}

type Request = { query: string; variables: Record<string, unknown> | undefined; operationName?: string | null; extensions?: Record<string, unknown> | null }
type Outcome = { kind: 'lost'; code: number | null } | { kind: 'errors'; errors: readonly { message: string; extensions?: Record<string, unknown> }[] }

/** Subscribes until told to stop. GraphQL errors end it, except an expired token. */
export function subscribe(request: Request, sink: Sink<ExecutionResult>): () => void {
  const owner = ++latest
  let stopped = false
  let stopInner: (() => void) | undefined
  let wake: (() => void) | undefined
  const online = (): void => wake?.()
  window.addEventListener('online', online)

  const once = (): Promise<Outcome> =>
    new Promise((resolve) => {
      stopInner = socket().subscribe(
        { query: request.query, variables: request.variables ?? {}, operationName: request.operationName ?? null, extensions: request.extensions ?? null },
        {
          next: (result) => {
            if (stopped) return
            const unauthenticated = result.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')
            if (unauthenticated) resolve({ kind: 'lost', code: UNAUTHENTICATED })
            else if (result.errors && !result.data) resolve({ kind: 'errors', errors: result.errors })
            else {
              setLiveStatus(owner, { state: 'live', attempt: 0, lostAt: null })
              sink.next(result as ExecutionResult)
            }
          },
          error: (error) => resolve(outcome(error)),
          complete: () => resolve({ kind: 'lost', code: null }),
        },
      )
    })

  void (async () => {
    setLiveStatus(owner, { state: 'connecting', attempt: 0, lostAt: null })
    for (let attempt = 1; !stopped; attempt++) {
      const started = Date.now()
      const end = await once()
      if (stopped) return
      if (end.kind === 'errors') {
        setLiveStatus(owner, { state: 'idle', attempt: 0, lostAt: null })
        sink.error(end.errors)
        return
      }
      if (Date.now() - started > 10_000) attempt = 1
      setLiveStatus(owner, { state: 'reconnecting', attempt, lostAt: status.lostAt ?? Date.now() })
      if (end.code === UNAUTHENTICATED || end.code === FORBIDDEN) {
        const refreshed = await refreshSession(currentSession()?.accessToken)
        if (refreshed === 'refused') {
          sink.complete()
          return
        }
        if (refreshed === 'fresh' && attempt === 1) continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, Math.min(15_000, 500 * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2))
      })
    }
  })()

  return () => {
    stopped = true
    window.removeEventListener('online', online)
    stopInner?.()
    wake?.()
    setLiveStatus(owner, { state: 'idle', attempt: 0, lostAt: null })
  }
}

function outcome(error: unknown): Outcome {
  if (Array.isArray(error)) {
    const errors = error as Extract<Outcome, { kind: 'errors' }>['errors']
    return errors.some((e) => e.extensions?.code === 'UNAUTHENTICATED') ? { kind: 'lost', code: UNAUTHENTICATED } : { kind: 'errors', errors }
  }
  const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number' ? error.code : null
  return { kind: 'lost', code }
}
