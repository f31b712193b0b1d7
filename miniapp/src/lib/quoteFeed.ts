// Keeps one price for one cart: a new subscription for every cart, answers to an older cart or an older version dropped,
// and a sentence whenever the price of an unchanged cart moved by itself.
import { explainChange, type Change, type PricedState } from './explain'
import type { Sink } from './graphqlWs'

export interface QuoteUpdate<Q> { version: number; cause: string; result: ({ __typename: 'Quote' } & Q) | { __typename: 'InvalidInput'; message: string; problems: { path: string; message: string }[] } }

export interface Feed<Q> {
  /** The cart that is asked about, null when it is empty */
  wanted: string | null
  quote: Q | null
  /** The cart that `quote` belongs to */
  quotedFor: string | null
  problem: string | null
  change: (Change & { at: number }) | null
}
/** An end that the server has words for is told in them; what was not meant for people (a version of ours that it no longer knows) by what to do */
const told = (errors: { message: string }[]): string => errors.map((e) => e.message).find((m) => /[\u4e00-\u9fff]/.test(m)) ?? '价格没有算出来，请重新打开小程序再试'

export const emptyFeed = <Q>(): Feed<Q> => ({ wanted: null, quote: null, quotedFor: null, problem: null, change: null })

export interface FeedOptions<I, Q> {
  subscribe(input: I, sink: Sink<{ cartQuote: QuoteUpdate<Q> }>): () => void
  /** Asked over plain HTTP while the live link is not up */
  ask(input: I): Promise<QuoteUpdate<Q>['result']>
  linkUp(): boolean
  emit(feed: Feed<Q>): void
  /** The cart cannot be priced; true when it was mended, so that another cart is on its way */
  mend?(problems: { path: string; message: string }[]): boolean
  now(): number
  wait?(run: () => void, ms: number): () => void
}

const SETTLE_MS = 120
const PATIENCE_MS = 2_500

export function createQuoteFeed<I, Q extends PricedState>(o: FeedOptions<I, Q>) {
  const wait = o.wait ?? ((run: () => void, ms: number) => { const t = setTimeout(run, ms); return () => clearTimeout(t) })
  let feed = emptyFeed<Q>()
  let input: I | null = null
  let turn = 0
  let floor = -1
  let stop: () => void = () => undefined
  let cancels: (() => void)[] = []

  function emit(next: Partial<Feed<Q>>): void {
    feed = { ...feed, ...next }
    o.emit(feed)
  }
  function take(result: QuoteUpdate<Q>['result'], cause: string): void {
    if (result.__typename !== 'Quote') {
      if (!o.mend?.(result.problems)) emit({ problem: result.message })
      return
    }
    const sameCart = feed.quotedFor === feed.wanted && feed.quote !== null
    const change = sameCart ? explainChange(feed.quote!, result, cause) : null
    emit({ quote: result, quotedFor: feed.wanted, problem: null, ...(change ? { change: { ...change, at: o.now() } } : {}) })
  }
  function open(): void {
    const mine = turn
    const now = input
    if (now === null) return
    floor = -1
    stop = o.subscribe(now, {
      next: ({ cartQuote }) => {
        if (mine !== turn || cartQuote.version <= floor) return
        floor = cartQuote.version
        take(cartQuote.result, cartQuote.cause)
      },
      restart: () => { if (mine === turn) floor = -1 },
      error: (errors) => { if (mine === turn) emit({ problem: told(errors) }) },
    })
    const patience = wait(() => {
      if (mine !== turn || o.linkUp() || feed.quotedFor === feed.wanted) return
      o.ask(now).then((result) => { if (mine === turn && floor < 0) take(result, 'FIRST') }, () => undefined)
    }, PATIENCE_MS)
    cancels.push(patience)
  }
  function close(): void {
    turn++
    stop()
    stop = () => undefined
    cancels.forEach((c) => c())
    cancels = []
  }
  return {
    get: () => feed,
    /** The same cart again does nothing */
    want(next: I | null): void {
      const key = next === null ? null : JSON.stringify(next)
      if (key === feed.wanted) return
      close()
      input = next
      if (next === null) return emit({ ...emptyFeed<Q>() })
      emit({ wanted: key, change: null, problem: null })
      cancels.push(wait(open, feed.quote ? SETTLE_MS : 0))
    },
    /** Nobody looks: keep what is known, end the subscription */
    rest(): void { close() },
    /** Somebody looks again */
    resume(): void { if (input !== null) { close(); cancels.push(wait(open, 0)) } },
    /** A quote that came by another way (PriceChanged) */
    put(quote: Q): void { emit({ quote, quotedFor: feed.wanted, problem: null }) },
    acknowledge(): void { if (feed.change) emit({ change: null }) },
  }
}
