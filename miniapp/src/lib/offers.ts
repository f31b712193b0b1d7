// What a quote says of its offers: the fee before its offers, what missed in the order of use, what a little more unlocks.

interface Applied { level: string; offFen: number }
interface Missed { id: string; name: string; reason: string; shortByFen: number | null }
interface Suggested { kind: string; offerId: string | null; payableFen: number }

/** The fee before shipping offers, and what they take off: `shippingFen` is after them, so both may not be subtracted */
export function fee<O extends Applied>(shippingFen: number, offers: O[]): { beforeFen: number; off: O[]; goods: O[] } {
  const off = offers.filter((o) => o.level === 'SHIPPING')
  return { beforeFen: shippingFen + off.reduce((s, o) => s + o.offFen, 0), off, goods: offers.filter((o) => o.level !== 'SHIPPING') }
}

const ORDER = ['THRESHOLD', 'NOT_YET', 'WHEN', 'EXCLUDED', 'NOT_BETTER', 'LIMIT', 'SOLD_OUT', 'BUDGET', 'EXPIRED', 'SCOPE', 'NO_EFFECT']

/** What the shopper can still do something about comes first, the nearest threshold before all */
export function byUse<R extends Missed>(missed: R[]): R[] {
  const rank = (r: R): number => (ORDER.includes(r.reason) ? ORDER.indexOf(r.reason) : ORDER.length)
  return [...missed].sort((a, b) => rank(a) - rank(b) || (a.shortByFen ?? Infinity) - (b.shortByFen ?? Infinity) || (a.id < b.id ? -1 : 1))
}

/** 凑单 for what has no group of its own in the cart (包邮, coupons): the cheapest addition of each, at most two */
export function unlocks<S extends Suggested>(suggestions: S[], groups: { offerId: string | null }[], missed: Missed[]): { name: string; suggestion: S }[] {
  const seen = new Set(groups.map((g) => g.offerId))
  const found: { name: string; suggestion: S }[] = []
  for (const suggestion of suggestions) {
    const { offerId } = suggestion
    const name = missed.find((r) => r.id === offerId)?.name
    if (suggestion.kind.toLowerCase() !== 'unlocks' || offerId === null || name === undefined || seen.has(offerId)) continue
    seen.add(offerId)
    found.push({ name, suggestion })
  }
  return found.slice(0, 2)
}

/** What else than cash paid, one line for each kind; points say how many, and whose of the family */
export function paidWith(tenders: { kind: string; fen: number; points?: number | null }[], family: { name: string; points: number }[]): { kind: string; fen: number; note: string }[] {
  const kinds = [...new Set(tenders.map((t) => t.kind.toLowerCase()))]
  return kinds.map((kind) => {
    const same = tenders.filter((t) => t.kind.toLowerCase() === kind)
    const points = same.reduce((sum, t) => sum + (t.points ?? 0), 0)
    const words = points > 0 ? [`${points} 积分`, ...family.map((f) => `其中家人 ${f.name} ${f.points}`)] : []
    return { kind, fen: same.reduce((sum, t) => sum + t.fen, 0), note: words.join('，') }
  })
}
