import { useSyncExternalStore } from 'react'
import type { Role } from '../gql/graphql'

export type Session = {
  accessToken: string
  accessExpiresAt: string
  refreshToken: string
  staff: { id: string; name: string; username: string; roles: Role[] }
  merchant: { id: string; code: string; name: string; currency: string }
}

const KEY = 'shuhui.console.session'
const listeners = new Set<() => void>()
let cachedText: string | null | undefined
let cached: Session | null = null

/** Kept in localStorage, so that a reload or a second tab needs no new log-in; every read looks, since another tab may have refreshed it. */
export function currentSession(): Session | null {
  const text = localStorage.getItem(KEY)
  if (text !== cachedText) {
    cachedText = text
    cached = parse(text)
  }
  return cached
}

function parse(text: string | null): Session | null {
  if (text === null) return null
  try {
    const value = JSON.parse(text) as Session
    return typeof value.accessToken === 'string' && value.staff ? value : null
  } catch {
    return null
  }
}

export function keepSession(session: Session | null): void {
  if (session) localStorage.setItem(KEY, JSON.stringify(session))
  else localStorage.removeItem(KEY)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

export const useSession = (): Session | null => useSyncExternalStore(subscribe, currentSession)

/** A little before the end, so that a token does not expire on its way. */
export const expiresSoon = (session: Session, now: number = Date.now()): boolean => Date.parse(session.accessExpiresAt) - now < 30_000

/**
 * When the token ends by this machine's clock, which may be wrong by any amount: a fast one would otherwise refresh before
 * every request. The token says how long it lives; one that cannot be read is believed by the server's clock.
 */
export function localExpiry(accessToken: string, accessExpiresAt: string, now: number = Date.now()): string {
  try {
    const payload = accessToken.split('.')[1] ?? ''
    const { iat, exp } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { iat?: number; exp?: number }
    if (typeof iat === 'number' && typeof exp === 'number' && exp > iat) return new Date(now + (exp - iat) * 1000).toISOString()
  } catch {
    // not a JWT
  }
  return accessExpiresAt
}
