// Which promotion an offer belongs to, learned from the lists seen so far: the quote names offers, pages name promotions.
const byOffer = new Map<string, string>()

export function learn(promotions: { id: string; offers: { id: string }[] }[]): void {
  promotions.forEach((p) => p.offers.forEach((o) => byOffer.set(o.id, p.id)))
}
export const promotionOf = (offerId: string | null): string | null => (offerId ? (byOffer.get(offerId) ?? null) : null)
