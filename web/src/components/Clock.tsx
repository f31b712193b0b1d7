import { useEffect, useState } from 'react'
import type { T } from '../lib/i18n'
import { roughSpan } from '../lib/time'

/** The server's present, counted on from its last answer: a wrong clock here does not make a promotion look started. */
export function useServerNow(serverTime: string | undefined): number {
  const [base, setBase] = useState({ serverTime, at: Date.now() })
  const [now, setNow] = useState(() => Date.now())
  if (base.serverTime !== serverTime) setBase({ serverTime, at: Date.now() })
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000)
    return () => clearInterval(timer)
  }, [])
  return serverTime === undefined ? now : Date.parse(serverTime) + Math.max(0, now - base.at)
}

/** Asks again when one of these instants has passed: what was scheduled is running then, by the server's word. */
export function useAskAt(instants: string[], now: number, again: () => void): void {
  const coming = Math.min(...instants.map((instant) => Date.parse(instant)).filter((at) => at > now))
  const next = coming - now < 3600_000 ? coming : Number.POSITIVE_INFINITY // a far one is looked at again as time passes
  useEffect(() => {
    if (!Number.isFinite(next)) return
    const timer = setTimeout(again, next - now + 1500)
    return () => clearTimeout(timer)
  }, [next]) // not `now`, which moves every fifteen seconds: the timer is for the instant
}

/** Figures that move while somebody looks: asked again every five seconds, but not of a page that nobody sees */
export function useCounted(on: boolean, again: () => void): void {
  useEffect(() => {
    if (!on) return
    const timer = setInterval(() => { if (!document.hidden) again() }, 5000)
    return () => clearInterval(timer)
  }, [on]) // not `again`, which is new with every frame
}

/** 还有2天开始 / 3小时后结束 / 已结束2天 */
export function windowWords(t: T, startsAt: string, endsAt: string, now: number): string {
  const say = (key: 'when.starts' | 'when.ends' | 'when.ended', ms: number): string => {
    const { count, unit } = roughSpan(ms)
    return t(key, { span: t(`span.${unit}`, { count }) })
  }
  const start = Date.parse(startsAt)
  const end = Date.parse(endsAt)
  if (now < start) return say('when.starts', start - now)
  if (now < end) return say('when.ends', end - now)
  return say('when.ended', now - end)
}
