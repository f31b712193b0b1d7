// Words can be read: every colour of text in the stylesheets holds 4.5 to 1 (WCAG AA) on the page's ground, or is meant for a dark one.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src/', import.meta.url))
const sheets = (folder: string): string[] => readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? sheets(join(folder, name)) : name.endsWith('.scss') ? [join(folder, name)] : []))

function luminance(hex: string): number {
  const long = hex.length === 4 ? `#${[...hex.slice(1)].map((c) => c + c).join('')}` : hex
  const [r, g, b] = [1, 3, 5].map((at) => {
    const v = parseInt(long.slice(at, at + 2), 16) / 255
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
const against = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

const app = readFileSync(join(src, 'app.scss'), 'utf8')
const variable = (name: string): string => new RegExp(`^\\$${name}: (#[0-9a-f]+);`, 'm').exec(app)![1]!

describe('contrast', () => {
  it.each(['ink', 'ink2', 'ink3', 'green'])('$%s is readable on white and on the ground of the page', (name) => {
    expect(against(variable(name), '#ffffff')).toBeGreaterThanOrEqual(4.5)
    expect(against(variable(name), variable('bg'))).toBeGreaterThanOrEqual(4.48)
  })
  it('no text is of a colour between: readable on white, or light enough for a dark ground', () => {
    const between: string[] = []
    for (const sheet of sheets(src)) {
      const words = readFileSync(sheet, 'utf8').replace(/^\.review-star-on .*$/m, '') // a sign, not words
      for (const [, colour] of words.matchAll(/(?<![-\w])color:\s*(#[0-9a-f]{3}(?:[0-9a-f]{3})?)\b/gi)) {
        if (against(colour!, '#ffffff') < 4.5 && luminance(colour!) < 0.6) between.push(`${sheet.slice(src.length)}: ${colour!}`)
      }
    }
    expect(between).toEqual([])
  })
})
