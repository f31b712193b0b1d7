// What one article costs under 叠加规则, on made-up offers that take a sum off each: the best of them apply.
export const EXAMPLE = { listFen: 10_000, promotions: [['cut', 1000], ['spend', 800], ['member', 500]], coupons: [['hotpot', 600], ['weekend', 400], ['newcomer', 300]] } as const
export type ExampleName = (typeof EXAMPLE)['promotions' | 'coupons'][number][0]

/** Each offer with whether it is used, and what is paid; null is no limit */
export function exampleOf(maxCoupons: number, maxPromotions: number | null): { rows: { name: ExampleName; offFen: number; used: boolean }[]; payFen: number } {
  const rows = [
    ...EXAMPLE.promotions.map(([name, offFen], n) => ({ name, offFen, used: maxPromotions === null || n < maxPromotions })),
    ...EXAMPLE.coupons.map(([name, offFen], n) => ({ name, offFen, used: n < maxCoupons })),
  ]
  return { rows, payFen: EXAMPLE.listFen - rows.reduce((sum, { offFen, used }) => sum + (used ? offFen : 0), 0) }
}
