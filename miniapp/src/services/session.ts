// Who is shopping. Browsing needs nobody; claiming, paying and 我的 need a session.
import { ClientConfigDocument, LogInConsumerDocument, LogOutDocument, RefreshSessionDocument, type ClientConfigQuery, type SessionBodyFragment } from '../gql/graphql'
import { newKey } from '../lib/ids'
import { createStore } from '../lib/store'
import { clock } from '../lib/time'
import { platform } from '../platform/index'
import type { LogInCode } from '../platform/types'
import { faultOf, isUnknown, post, type Fault } from './transport'

export interface Session { accessToken: string; expiresAt: number; refreshToken: string; nickname: string }
interface State { session: Session | null; ready: boolean }

const KEY = `shuhui:session:${platform.merchant}`
const EARLY_MS = 60_000

function stored(): Session | null {
  const value = platform.storage.get(KEY) as Session | null
  return value && typeof value.accessToken === 'string' && typeof value.refreshToken === 'string' ? value : null
}

export const sessionStore = createStore<State>({ session: stored(), ready: false })
const changes = new Set<() => void>()
/** Called when somebody logs in or out, not when a token is renewed */
export const onPersonChange = (run: () => void): void => { changes.add(run) }

function keep(session: Session | null): void {
  const before = sessionStore.get().session
  sessionStore.set((s) => ({ ...s, session }))
  if (session) platform.storage.set(KEY, session)
  else platform.storage.remove(KEY)
  if (Boolean(before) !== Boolean(session)) changes.forEach((run) => run())
}

function from(body: SessionBodyFragment): Session {
  return { accessToken: body.accessToken, refreshToken: body.refreshToken, expiresAt: Date.parse(body.accessExpiresAt), nickname: body.member?.nickname ?? '' }
}

let config: Promise<NonNullable<ClientConfigQuery['clientConfig']>> | null = null
export function clientConfig(): Promise<NonNullable<ClientConfigQuery['clientConfig']>> {
  config ??= post(ClientConfigDocument, { merchant: platform.merchant }, null).then((d) => {
    if (!d.clientConfig) throw { fault: 'request', message: `没有这个商家：${platform.merchant}` } satisfies Fault
    return d.clientConfig
  })
  config.catch(() => { config = null })
  return config
}

/** Twice over a bad line, with one key, so that the code is not spent by an answer that got lost */
async function twice<T>(run: () => Promise<T>): Promise<T> {
  try { return await run() } catch (e) {
    if (!isUnknown(e)) throw e
    await new Promise((r) => setTimeout(r, 500))
    return run()
  }
}

async function logInWith(found: LogInCode): Promise<void> {
  const input = { merchant: platform.merchant, code: found.code, platform: found.platform, idempotencyKey: newKey() }
  const { logInConsumer: answer } = await twice(() => post(LogInConsumerDocument, { input }, null))
  if (answer.__typename === 'Session') return keep(from(answer))
  throw { fault: 'login', message: answer.message, code: answer.code } satisfies Fault
}

let renewing: Promise<boolean> | null = null
/** Renews the access token; one at a time, true when there is a good token after it */
export function refresh(): Promise<boolean> {
  renewing ??= doRefresh().finally(() => { renewing = null })
  return renewing
}

async function doRefresh(): Promise<boolean> {
  const session = sessionStore.get().session
  if (session) {
    const other = stored()
    if (other && other.accessToken !== session.accessToken && other.expiresAt > clock.now() + EARLY_MS) {
      keep(other) // another tab has renewed it
      return true
    }
    const input = { refreshToken: session.refreshToken, idempotencyKey: newKey() }
    const { refreshSession: answer } = await twice(() => post(RefreshSessionDocument, { input }, null))
    if (answer.__typename === 'Session') {
      keep({ ...from(answer), nickname: answer.member?.nickname ?? session.nickname })
      return true
    }
  }
  if (platform.channel === 'MINIAPP') {
    const found = await platform.silentCode()
    if (found) {
      await logInWith(found)
      return true
    }
  }
  keep(null)
  return false
}

let starting: Promise<void> | null = null
let entering: Promise<void> | null = null
/** Silent log-in; requests wait for it, but not for long: a shop window must not stay shut because of a slow log-in */
export function start(): Promise<void> {
  starting ??= (async () => {
    const work = (async () => {
      const returning = platform.channel === 'H5' ? await platform.silentCode() : null
      if (returning) return logInWith(returning)
      if (sessionStore.get().session) return
      if (platform.channel === 'MINIAPP') {
        const found = await platform.silentCode()
        if (found) await logInWith(found)
      }
    })().catch((e: unknown) => { console.warn('log-in:', faultOf(e).message) })
    entering = work
    await Promise.race([work, new Promise((r) => setTimeout(r, 4_000))])
    sessionStore.set((s) => ({ ...s, ready: true }))
  })()
  return starting
}

/** A token good for at least a minute, or null for nobody */
export async function token(): Promise<string | null> {
  await start()
  const session = sessionStore.get().session
  if (!session) return null
  if (session.expiresAt < clock.now() + EARLY_MS) {
    try { await refresh() } catch (e) { if (!isUnknown(e)) keep(null) }
  }
  return sessionStore.get().session?.accessToken ?? null
}

/** The shopper asked to log in. In a browser the page is left and comes back. True when logged in now */
export async function logIn(): Promise<boolean> {
  await start()
  await entering // a slow log-in that is under way is not begun again: in a browser that would leave the page
  if (sessionStore.get().session) return true
  const found = await platform.askCode(async () => (await clientConfig()).h5AuthorizeUrl)
  if (!found) return false
  await logInWith(found)
  return true
}

/** Over at once on this phone; the shop is told, so that the refresh token is worth nothing any more */
export function logOut(): void {
  const session = sessionStore.get().session
  keep(null)
  if (session) post(LogOutDocument, { input: { refreshToken: session.refreshToken, idempotencyKey: newKey() } }, null).catch(() => undefined)
}
