// Words in the console can be read: 4.5 to 1 (WCAG AA) on white, also in tags, of what antd makes from our colours.
import { theme as antd } from 'antd'
import { describe, expect, it } from 'vitest'
import { theme } from '../src/app/theme'

const token = antd.getDesignToken(theme) as unknown as Record<string, string>

/** Red, green, blue of '#rrggbb', '#rgb' or 'rgba(…)' laid on white */
function channels(colour: string): number[] {
  if (colour.startsWith('#')) {
    const long = colour.length === 4 ? `#${[...colour.slice(1)].map((c) => c + c).join('')}` : colour
    return [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16))
  }
  const [r, g, b, a = 1] = colour.match(/[\d.]+/g)!.map(Number) as [number, number, number, number?]
  return [r, g, b].map((c) => c * a + 255 * (1 - a))
}
const luminance = (colour: string): number => {
  const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

describe('contrast', () => {
  it.each(['colorText', 'colorTextSecondary', 'colorTextDescription', 'colorTextTertiary', 'colorTextPlaceholder', 'colorError', 'colorLink', 'colorPrimary'])('%s on white', (name) => {
    expect(contrast(token[name]!, '#ffffff')).toBeGreaterThanOrEqual(4.5)
  })
  it.each(['green', 'volcano', 'orange', 'gold', 'cyan', 'blue', 'red'])('tags of %s on their own ground', (name) => {
    for (const words of [`${name}7`, `${name}-7`]) expect(contrast(token[words]!, token[`${name}1`]!)).toBeGreaterThanOrEqual(4.5)
  })
})
