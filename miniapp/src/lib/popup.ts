// 弹窗: one at a time, each at most once a day. The server leaves out what was seen today; the phone remembers it too.

export type Shown = Record<string, string>

/** Day of Beijing, 2026-11-23 */
export const dayOf = (ms: number): string => new Date(ms + 8 * 3600_000).toISOString().slice(0, 10)

/** The one that may come now */
export const popupOf = <D extends { id: string }>(offers: readonly D[], shown: Shown, today: string): D | null => offers.find((d) => shown[d.id] !== today) ?? null

/** What is remembered once it came; days that are over are forgotten */
export const withShown = (shown: Shown, id: string, today: string): Shown => ({ ...Object.fromEntries(Object.entries(shown).filter(([, day]) => day === today)), [id]: today })
