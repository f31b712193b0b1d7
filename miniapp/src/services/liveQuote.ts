import Taro from '@tarojs/taro'
import { CartQuoteDocument, QuoteCartDocument, type CartInput, type CartQuoteSubscription, type QuoteBodyFragment } from '../gql/graphql'
import { cartLines, dropRefused, dropUnoffered } from '../lib/cart'
import { AUTO_COUPONS, type CouponPick, mendedPick } from '../lib/coupon'
import { createQuoteFeed, emptyFeed, type Feed } from '../lib/quoteFeed'
import { createStore } from '../lib/store'
import { platform } from '../platform/index'
import { request } from './api'
import { cartStore, drop, refreshProducts } from './cart'
import { live, linkStore } from './live'
import { shopStore } from './shop'
import { documentId } from './transport'

export type Quote = QuoteBodyFragment
export const quoteStore = createStore<Feed<Quote>>(emptyFeed<Quote>())

/** AUTO pays with all that may; FIXED with those named, with none where none is */
export interface PacketPick { mode: 'AUTO' | 'FIXED'; ids: string[] }
export const NO_PACKETS: PacketPick = { mode: 'FIXED', ids: [] }
export const AUTO_PACKETS: PacketPick = { mode: 'AUTO', ids: [] }

export type Delivery = 'DELIVERY' | 'PICKUP'
/** How the shopper wants to get and pay it; part of what is priced */
export const wishStore = createStore<{ delivery: Delivery; points: number; family: boolean; balanceFen: number; redPackets: PacketPick }>({ delivery: 'DELIVERY', points: 0, family: false, balanceFen: 0, redPackets: NO_PACKETS })

export const pickStore = createStore<CouponPick>(AUTO_COUPONS)
/** What became of the last choice where it was not used as it was made; a sheet of coupons that is open shows it, else a toast does */
export const pickNoteStore = createStore('')
let sheets = 0
/** A sheet of coupons is open: it lists all of them, and says of each that is not used by how much the price would be higher with it; both are asked for now */
export function watchSheet(): () => void {
  sheets++
  follow()
  return () => { sheets--; pickNoteStore.set('') }
}
export function choose(pick: CouponPick, note = ''): void {
  pickNoteStore.set(note)
  if (note && sheets === 0) void Taro.showToast({ title: note, icon: 'none', duration: 3000 })
  pickStore.set(pick)
}

/** Names of add-ons and gifts that were seen, for a word when one is gone */
const names = new Map<string, string>()
function remember(quote: Quote): void {
  for (const { sku, product } of [...quote.gifts, ...quote.giftChoices, ...quote.addOnChoices]) names.set(sku, product.name)
}
/** The server named add-ons, gifts, coupons or red packets that are no more: they go, with a word; whether there were any */
export function dropRefusedChoices(problems: { path: string; message?: string }[]): boolean {
  const packet = problems.find((p) => p.path.startsWith('tenders.redPacketIds'))
  if (packet && wishStore.get().redPackets.mode === 'FIXED') {
    wishStore.set((w) => ({ ...w, redPackets: AUTO_PACKETS }))
    void Taro.showToast({ title: '选的红包已用完或已过期，已换成自动使用', icon: 'none', duration: 3000 })
    return true
  }
  if (pickStore.get().mode === 'FIXED' && problems.some((p) => p.path.startsWith('coupons.ids'))) {
    choose(AUTO_COUPONS, '选的券已用过或已到期，已改为自动用券')
    return true
  }
  return drop(dropRefused(cartStore.get(), problems.map((p) => p.path)), (sku) => names.get(sku))
}

const feed = createQuoteFeed<CartInput, Quote>({
  subscribe: (input, sink) => live.subscribe<CartQuoteSubscription>(CartQuoteDocument.toString(), { input }, sink, documentId(CartQuoteDocument)),
  ask: async (input) => (await request(QuoteCartDocument, { input })).quoteCart,
  linkUp: () => linkStore.get() === 'live',
  emit: (next) => {
    const fresh = next.quote && next.quote !== quoteStore.get().quote
    quoteStore.set(next)
    if (fresh) {
      remember(next.quote!)
      refreshProducts(next.quote!.lines.map((l) => l.product))
      if (next.quotedFor === next.wanted) {
        drop(dropUnoffered(cartStore.get(), next.quote!), (sku) => names.get(sku))
        const mended = mendedPick(pickStore.get(), next.quote!)
        if (mended) choose(mended.pick, mended.say)
      }
    }
  },
  mend: (problems) => dropRefusedChoices(problems),
  now: () => Date.now(),
})

export function cartInput(): CartInput | null {
  const cart = cartStore.get()
  const lines = cartLines(cart)
  if (lines.length === 0) return null
  const wish = wishStore.get()
  return {
    storeId: shopStore.get().current?.id ?? null,
    channel: platform.channel,
    delivery: wish.delivery,
    lines,
    addOns: cart.addOns,
    giftChoices: cart.giftChoices,
    coupons: pickStore.get(),
    tenders: wish.points > 0 || wish.balanceFen > 0 || wish.redPackets.mode === 'AUTO' || wish.redPackets.ids.length > 0
      ? { points: wish.points, family: wish.family, balanceFen: wish.balanceFen, redPackets: wish.redPackets.mode, redPacketIds: wish.redPackets.ids }
      : null,
    suggest: true,
    compareCoupons: sheets > 0,
    everyCoupon: sheets > 0,
  }
}

/**
 * What a line costs by its own offers (an add-on's price is its offer's). The shares of offers on the whole order are shown where the order is:
 * else the price of one line would move because another was added.
 */
export function lineFen(line: Quote['lines'][number]): number {
  return line.listFen - line.offers.reduce((sum, o) => (o.level === 'LINE' || o.level === 'GIFT' ? sum + o.offFen : sum), 0)
}

let watching = 0
const follow = (): void => { if (watching > 0) feed.want(cartInput()) }
cartStore.subscribe(follow)
shopStore.subscribe(follow)
pickStore.subscribe(follow)
wishStore.subscribe(follow)

/** A page shows the price: keeps it live until the returned function is called */
export function watchPrice(): () => void {
  watching++
  follow()
  if (watching === 1) feed.resume()
  let over = false
  return () => {
    if (over) return
    over = true
    watching--
    if (watching === 0) feed.rest()
  }
}
export const putQuote = (quote: Quote): void => feed.put(quote)
export const acknowledge = (): void => feed.acknowledge()
