// An act is one thing the shopper meant to do once: it gets its key at the tap and keeps key and input until the server
// has given a definite answer. So a second tap, an automatic retry, and a retry after the app was closed are the same act.

export interface PendingAct<I> { key: string; input: I }

export interface ActStorage {
  get(name: string): PendingAct<unknown> | null
  set(name: string, act: PendingAct<unknown> | null): void
}

export interface Verdict<R> {
  result: R
  /** Busy and the like: not decided, ask again with the same key after so many ms */
  retryAfterMs?: number
}

export interface ActsOptions {
  newKey(): string
  storage: ActStorage
  sleep(ms: number): Promise<void>
  /** True when it is unknown whether the server acted (no answer, fault) */
  unknown(error: unknown): boolean
  tries?: number
}

export function createActs(o: ActsOptions) {
  const running = new Map<string, Promise<unknown>>()
  const tries = o.tries ?? 3

  async function perform<I, R>(name: string, input: I, send: (input: I & { idempotencyKey: string }) => Promise<Verdict<R>>): Promise<R> {
    // An act whose outcome is unknown is asked again as it was, even if the input has changed since:
    // a new key for it could do the thing twice.
    const act = (o.storage.get(name) as PendingAct<I> | null) ?? { key: o.newKey(), input }
    o.storage.set(name, act as PendingAct<unknown>)
    for (let attempt = 1; ; attempt++) {
      try {
        const verdict = await send({ ...act.input, idempotencyKey: act.key })
        if (verdict.retryAfterMs !== undefined && attempt < tries) {
          await o.sleep(verdict.retryAfterMs)
          continue
        }
        o.storage.set(name, null)
        return verdict.result
      } catch (error) {
        if (!o.unknown(error)) {
          o.storage.set(name, null)
          throw error
        }
        if (attempt >= tries) throw error
        await o.sleep(300 * 2 ** (attempt - 1))
      }
    }
  }

  return {
    /** Runs the act; a call while it runs joins it */
    run<I, R>(name: string, input: I, send: (input: I & { idempotencyKey: string }) => Promise<Verdict<R>>): Promise<R> {
      const current = running.get(name)
      if (current) return current as Promise<R>
      const promise = perform(name, input, send)
      running.set(name, promise)
      const done = (): void => { running.delete(name) }
      promise.then(done, done)
      return promise
    },
    isRunning: (name: string): boolean => running.has(name),
  }
}
