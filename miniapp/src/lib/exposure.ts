// 曝光: what the shopper really had in view. It is gathered, told in few reports, and never waited for.

export interface SeenDrop<P> { dropId: string; placement: P; times: number }
export interface SeenReport<P> { key: string; seen: SeenDrop<P>[] }

export interface ExposureOptions<P> {
  newKey(): string
  /** Tells the server; rejects when it is not known whether it was heard, false: it asks to be told again */
  send(report: SeenReport<P>): Promise<boolean>
  /** Whether there is somebody to tell of: what was seen before logging in waits */
  known(): boolean
  later(run: () => void, ms: number): void
}

const WAIT_MS = 2000
const SOON = 20
const MOST = 50
const MOST_TIMES = 20
const TRIES = 3

export function createExposure<P extends string>(o: ExposureOptions<P>) {
  let gathered = new Map<string, SeenDrop<P>>()
  let waiting = false
  let sending = false
  /** A report whose outcome is unknown is told again as it was, under its own key */
  let open: { report: SeenReport<P>; tries: number } | null = null

  function flush(): void {
    if (sending || !o.known()) return
    if (!open) {
      const seen = [...gathered.values()].slice(0, MOST)
      if (seen.length === 0) return
      seen.forEach((s) => gathered.delete(`${s.dropId} ${s.placement}`))
      open = { report: { key: o.newKey(), seen }, tries: 0 }
    }
    sending = true
    const mine = open
    mine.tries++
    const done = (heard: boolean): void => {
      sending = false
      if (open === mine && (heard || mine.tries >= TRIES)) open = null
      if (open || gathered.size > 0) soon()
    }
    o.send(mine.report).then(done, () => done(false))
  }

  function soon(): void {
    if (waiting) return
    waiting = true
    o.later(() => { waiting = false; flush() }, WAIT_MS)
  }

  return {
    note(dropId: string, placement: P): void {
      const name = `${dropId} ${placement}`
      const before = gathered.get(name)
      if (!before && gathered.size >= MOST) return
      gathered.set(name, { dropId, placement, times: Math.min(MOST_TIMES, (before?.times ?? 0) + 1) })
      if (gathered.size >= SOON) flush()
      else soon()
    },
    flush,
    /** Somebody else: what was seen is not theirs */
    forget(): void {
      gathered = new Map()
      open = null
    },
  }
}
