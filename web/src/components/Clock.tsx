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
