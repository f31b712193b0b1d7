// What somebody shares with the family a month: null is all, 0 is nothing.

export type Share = number | null
export type ShareKind = 'none' | 'some' | 'all'

/** What was chosen and typed says; undefined where the typed limit is no number from 1 on: never another than is shown */
export function shareOf(kind: ShareKind, typed: string): Share | undefined {
  if (kind === 'all') return null
  if (kind === 'none') return 0
  return /^\d{1,7}$/.test(typed.trim()) && Number(typed) > 0 ? Number(typed) : undefined
}
