import { print } from 'graphql'
import { LogOutDocument, RefreshSessionDocument, type RefreshSessionMutation } from '../gql/graphql'
import { uuid } from './idempotency'
import { trustedExtension } from './trusted'
import { currentSession, expiresSoon, keepSession, localExpiry, type Session } from './session'

export const HTTP_URL = '/graphql'
export type RefreshOutcome = 'fresh' | 'refused' | 'unreachable'

let running: Promise<RefreshOutcome> | null = null

/**
 * Renews the session once, however many callers ask, and across tabs: the refresh token is good for one use, so two tabs
 * that both used it would log each other out. `rejected` is the access token that the server no longer takes.
 */
export function refreshSession(rejected?: string): Promise<RefreshOutcome> {
  running ??= withLock(() => refreshOnce(rejected)).finally(() => {
    running = null
  })
  return running
}

/** Over at once here; the server is told, so that the refresh token is worth nothing any more. */
export function logOut(): void {
  const session = currentSession()
  keepSession(null)
  if (!session) return
  void fetch(HTTP_URL, {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      operationName: 'LogOut',
      query: print(LogOutDocument),
      extensions: trustedExtension(LogOutDocument),
      variables: { input: { refreshToken: session.refreshToken, idempotencyKey: uuid() } },
    }),
  }).catch(() => undefined)
}

async function withLock<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator && navigator.locks ? navigator.locks.request('shuhui.console.refresh', work) : work()
}

async function refreshOnce(rejected: string | undefined): Promise<RefreshOutcome> {
  const session = currentSession()
  if (!session) return 'refused'
  if (session.accessToken !== rejected && !expiresSoon(session)) return 'fresh' // another tab was first
  let data: RefreshSessionMutation | null | undefined
  try {
    const response = await fetch(HTTP_URL, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        operationName: 'RefreshSession',
        query: print(RefreshSessionDocument),
        extensions: trustedExtension(RefreshSessionDocument),
        variables: { input: { refreshToken: session.refreshToken, idempotencyKey: uuid() } },
      }),
    })
    if (response.status >= 500) return 'unreachable'
    const body = (await response.json()) as { data?: RefreshSessionMutation | null; errors?: { extensions?: { code?: unknown } }[] }
    data = body.data
    // A fault or a rate limit says nothing about the session; only a plain no ends it.
    if (!data && !body.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) return 'unreachable'
  } catch {
    return 'unreachable'
  }
  const result = data?.refreshSession
  if (result?.__typename !== 'Session') {
    keepSession(null)
    return 'refused'
  }
  keepSession(toSession(result, session))
  return 'fresh'
}

type Fields = Extract<RefreshSessionMutation['refreshSession'], { __typename: 'Session' }>

export function toSession(fields: Fields, before?: Session): Session | null {
  const staff = fields.staff ?? before?.staff
  if (!staff) return null
  return {
    accessToken: fields.accessToken,
    accessExpiresAt: localExpiry(fields.accessToken, fields.accessExpiresAt),
    refreshToken: fields.refreshToken,
    staff: { id: staff.id, name: staff.name, username: staff.username, roles: staff.roles },
    merchant: { id: fields.merchant.id, code: fields.merchant.code, name: fields.merchant.name, currency: fields.merchant.currency },
  }
}
