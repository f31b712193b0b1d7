import { useSyncExternalStore } from 'react'
import { clock } from '../lib/time'

// One beat a second for every countdown on the screen; it stops when nobody counts.
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null
let beat = Math.floor(clock.now() / 1000)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  beat = Math.floor(clock.now() / 1000)
  timer ??= setInterval(() => {
    beat = Math.floor(clock.now() / 1000)
    listeners.forEach((l) => l())
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && timer) { clearInterval(timer); timer = null }
  }
}

/** Server time in ms, renewed each second */
export function useSecond(): number {
  return useSyncExternalStore(subscribe, () => beat) * 1000
}
