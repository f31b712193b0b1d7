// The cart as the shopper left it: pure functions over its lines.

export interface CartProduct { sku: string; name: string; unit: string; emoji: string; imageHue: number; listFen: number; available: number | null }
export interface CartLine { sku: string; qty: number; selected: boolean; product: CartProduct }
/** 加价购 that the shopper chose */
export interface AddOn { offerId: string; sku: string; qty: number }
/** Which of an offer's gifts the shopper wants */
export interface GiftChoice { offerId: string; sku: string }
export interface Cart { lines: CartLine[]; addOns: AddOn[]; giftChoices: GiftChoice[] }

export const MAX_QTY = 999
export const emptyCart: Cart = { lines: [], addOns: [], giftChoices: [] }

/** Without goods there is nothing to add on to */
const withLines = (cart: Cart, lines: CartLine[]): Cart => (lines.length === 0 ? emptyCart : { ...cart, lines })

export const cap = (product: CartProduct): number => (product.available === null ? MAX_QTY : Math.min(MAX_QTY, product.available))

/** Sets the quantity of a product; 0 takes it out. Never above what is on hand */
export function setQty(cart: Cart, product: CartProduct, qty: number): Cart {
  const want = Math.min(Math.max(0, Math.trunc(qty)), cap(product))
  const there = cart.lines.find((l) => l.sku === product.sku)
  if (want === 0) return there ? remove(cart, [product.sku]) : cart
  if (!there) return { ...cart, lines: [...cart.lines, { sku: product.sku, qty: want, selected: true, product }] }
  if (there.qty === want) return cart
  return { ...cart, lines: cart.lines.map((l) => (l.sku === product.sku ? { ...l, qty: want, selected: true, product } : l)) }
}

export const qtyOf = (cart: Cart, sku: string): number => cart.lines.find((l) => l.sku === sku)?.qty ?? 0

export function addQty(cart: Cart, product: CartProduct, by: number): Cart {
  return setQty(cart, product, qtyOf(cart, product.sku) + by)
}

export function remove(cart: Cart, skus: string[]): Cart {
  return withLines(cart, cart.lines.filter((l) => !skus.includes(l.sku)))
}

export function select(cart: Cart, skus: string[], selected: boolean): Cart {
  return { ...cart, lines: cart.lines.map((l) => (skus.includes(l.sku) ? { ...l, selected } : l)) }
}

/** Fresh facts from a quote: name, price, stock. The shopper's quantities stay as they are */
export function refresh(cart: Cart, products: CartProduct[]): Cart {
  let changed = false
  const lines = cart.lines.map((l) => {
    const p = products.find((x) => x.sku === l.sku)
    if (!p || (p.name === l.product.name && p.listFen === l.product.listFen && p.available === l.product.available)) return l
    changed = true
    return { ...l, product: { sku: p.sku, name: p.name, unit: p.unit, emoji: p.emoji, imageHue: p.imageHue, listFen: p.listFen, available: p.available } }
  })
  return changed ? { ...cart, lines } : cart
}

export const soldOut = (line: CartLine): boolean => line.product.available !== null && line.product.available <= 0
export const short = (line: CartLine): boolean => line.product.available !== null && line.qty > line.product.available && !soldOut(line)

/** What is priced and paid: chosen and to be had */
export const settled = (cart: Cart): CartLine[] => cart.lines.filter((l) => l.selected && !soldOut(l))

export const count = (lines: { qty: number }[]): number => lines.reduce((n, l) => n + l.qty, 0)

/** Lines that are priced, in an order that does not depend on how they were added */
export function cartLines(cart: Cart): { sku: string; qty: number }[] {
  return settled(cart).map((l) => ({ sku: l.sku, qty: l.qty })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
}

/** Articles of lines that are not priced, of which nothing is heard with the price */
export function unpriced(cart: Cart): string[] {
  const priced = new Set(cartLines(cart).map((l) => l.sku))
  return cart.lines.map((l) => l.sku).filter((sku) => !priced.has(sku)).sort()
}

/** What was stored, if it can be understood; storage is the phone's and may hold anything */
export function revive(value: unknown): Cart {
  if (typeof value !== 'object' || value === null || !Array.isArray((value as Cart).lines)) return emptyCart
  const lines = (value as Cart).lines.filter(
    (l) => l && typeof l.sku === 'string' && Number.isInteger(l.qty) && l.qty > 0 && l.product && typeof l.product.name === 'string',
  )
  const { addOns, giftChoices } = value as Partial<Cart>
  const named = <T extends { offerId: string; sku: string }>(list: T[] | undefined): T[] =>
    (Array.isArray(list) ? list.filter((x) => x && typeof x.offerId === 'string' && typeof x.sku === 'string') : [])
  return withLines(
    {
      lines: [],
      addOns: named(addOns).filter((a) => Number.isInteger(a.qty) && a.qty > 0).map(({ offerId, sku, qty }) => ({ offerId, sku, qty })),
      giftChoices: named(giftChoices).map(({ offerId, sku }) => ({ offerId, sku })),
    },
    lines.map((l) => ({ ...l, selected: l.selected !== false })),
  )
}

// ---- what the shopper chose beside the goods

export const addOnQty = (cart: Cart, offerId: string, sku: string): number => cart.addOns.find((a) => a.offerId === offerId && a.sku === sku)?.qty ?? 0
export const addOnsOf = (cart: Cart, offerId: string): number => cart.addOns.reduce((n, a) => (a.offerId === offerId ? n + a.qty : n), 0)

/** `most` units over all articles of the offer, and no more of the article than there is */
export function setAddOn(cart: Cart, choice: { offerId: string; sku: string; most: number; product: { available: number | null } }, qty: number): Cart {
  const others = addOnsOf(cart, choice.offerId) - addOnQty(cart, choice.offerId, choice.sku)
  const want = Math.min(Math.max(0, Math.trunc(qty)), choice.most - others, choice.product.available ?? MAX_QTY)
  if (want === addOnQty(cart, choice.offerId, choice.sku)) return cart
  const rest = cart.addOns.filter((a) => a.offerId !== choice.offerId || a.sku !== choice.sku)
  return { ...cart, addOns: want > 0 ? [...rest, { offerId: choice.offerId, sku: choice.sku, qty: want }] : rest }
}

/** One more of the gifts to choose among; `given` are those that the offer gives now, the first of them makes room */
export function chooseGift(cart: Cart, choice: { offerId: string; sku: string; choose: number }, given: string[]): Cart {
  if (given.includes(choice.sku)) return cart
  const skus = [...given, choice.sku].slice(-choice.choose)
  return { ...cart, giftChoices: [...cart.giftChoices.filter((g) => g.offerId !== choice.offerId), ...skus.map((sku) => ({ offerId: choice.offerId, sku }))] }
}

export const clearChoices = (cart: Cart): Cart => (cart.addOns.length + cart.giftChoices.length > 0 ? { ...cart, addOns: [], giftChoices: [] } : cart)

export interface Dropped { cart: Cart; addOns: AddOn[]; giftChoices: GiftChoice[] }

function without(cart: Cart, addOns: AddOn[], giftChoices: GiftChoice[]): Dropped {
  if (addOns.length + giftChoices.length === 0) return { cart, addOns, giftChoices }
  return { cart: { ...cart, addOns: cart.addOns.filter((a) => !addOns.includes(a)), giftChoices: cart.giftChoices.filter((g) => !giftChoices.includes(g)) }, addOns, giftChoices }
}

interface Offered { gifts: GiftChoice[]; giftChoices: GiftChoice[]; addOnChoices: (GiftChoice & { most: number })[] }

/**
 * A price without what was chosen: an add-on that is not offered goes; a gift goes once its offer gives others. (An offer
 * that is not reached any more keeps its choice: the shopper may come back to it.)
 */
export function dropUnoffered(cart: Cart, quote: Offered): Dropped {
  const same = (a: GiftChoice) => (b: GiftChoice): boolean => a.offerId === b.offerId && a.sku === b.sku
  return without(
    cart,
    cart.addOns.filter((a) => !quote.addOnChoices.some(same(a)) || addOnsOf(cart, a.offerId) > quote.addOnChoices.find(same(a))!.most),
    cart.giftChoices.filter((g) => quote.gifts.some((x) => x.offerId === g.offerId) && !quote.giftChoices.some(same(g))),
  )
}

/** The server refused a cart and named what it refused: addOns[2], giftChoices[0] */
export function dropRefused(cart: Cart, paths: string[]): Dropped {
  const numbers = (list: string): number[] => paths.flatMap((p) => {
    const found = new RegExp(`(?:^|\\.)${list}\\[(\\d+)\\]`).exec(p)
    return found ? [Number(found[1])] : []
  })
  const [added, given] = [numbers('addOns'), numbers('giftChoices')]
  return without(cart, cart.addOns.filter((_, n) => added.includes(n)), cart.giftChoices.filter((_, n) => given.includes(n)))
}

/** A quote's lines: those of the goods, then those of the add-ons, which may be of the same SKU */
export function splitLines<L>(quote: { lines: L[]; addOnChoices: { chosen: number }[] }): { sold: L[]; added: L[] } {
  const sold = quote.lines.length - quote.addOnChoices.filter((c) => c.chosen > 0).length
  return { sold: quote.lines.slice(0, sold), added: quote.lines.slice(sold) }
}

/** In the order in which they came */
export function byOffer<T extends { offerId: string }>(list: T[]): T[][] {
  return [...new Set(list.map((x) => x.offerId))].map((id) => list.filter((x) => x.offerId === id))
}
