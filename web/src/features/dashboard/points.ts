import type { DashboardFrameFragment } from '../../gql/graphql'
import { OFFSET_MS } from '../../lib/time'

export type Point = DashboardFrameFragment['points'][number]
export type Metric = 'revenueFen' | 'orders' | 'couponsClaimed'
const STEP = 5 * 60_000

/** Every five minutes of the day up to now: where nothing was sold the line lies on the floor instead of leaping over the gap. */
export function fillPoints(points: Point[], day: string, asOf: string, metric: Metric): [number, number][] {
  const start = Date.parse(`${day}T00:00:00+08:00`)
  const end = Math.min(Date.parse(asOf), start + 24 * 3600_000 - 1)
  const known = new Map(points.map((point) => [Math.floor((Date.parse(point.minute) - start) / STEP), point[metric]]))
  const line: [number, number][] = []
  for (let i = 0; start + i * STEP <= end; i++) line.push([start + i * STEP, known.get(i) ?? 0])
  return line
}

/** ECharts draws in the machine's zone or in UTC; moved by eight hours and told UTC, it draws Shanghai's. */
export const toAxis = (line: [number, number][]): [number, number][] => line.map(([at, value]) => [at + OFFSET_MS, value])

/** Every prefix of the stores' region paths, sorted: 四川, 四川/成都, 四川/成都/锦江 … */
export function regionsOf(stores: { regionPath: string }[]): string[] {
  const all = new Set<string>()
  for (const { regionPath } of stores) {
    const steps = regionPath.split('/').filter(Boolean)
    steps.forEach((_, i) => all.add(steps.slice(0, i + 1).join('/')))
  }
  return [...all].sort((a, b) => a.localeCompare(b, 'zh-CN'))
}

export const within = (regionPath: string, region: string | null): boolean => region === null || regionPath === region || regionPath.startsWith(`${region}/`)
