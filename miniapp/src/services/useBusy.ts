import { useRef, useState } from 'react'

/**
 * What a page is doing at the moment, `''` for nothing. `now()` is the truth for a handler: a tap that comes between
 * the change and the next paint meets it, where the rendered value would still be the old one: a second tap would
 * start twice, or the first tap after the end would be lost. `shown` is for what is drawn.
 */
export interface Busy<T extends string> { shown: T | ''; now(): T | ''; set(doing: T | ''): void }

export function useBusy<T extends string>(): Busy<T> {
  const truth = useRef<T | ''>('')
  const [shown, show] = useState<T | ''>('')
  return { shown, now: () => truth.current, set: (doing) => { truth.current = doing; show(doing) } }
}
