// Every page that is opened from another one has a bar with its name and the way back; those of the tab bar have none.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src/', import.meta.url))
const app = readFileSync(`${src}app.config.ts`, 'utf8')
const tabs = [...app.matchAll(/pagePath: '([^']+)'/g)].map((found) => found[1]!)
const pages = [...app.matchAll(/^\s+'(pages\/[^']+)',$/gm)].map((found) => found[1]!)

describe('the bar of a page', () => {
  it('knows the pages', () => {
    expect(tabs).toHaveLength(4)
    expect(pages.length).toBeGreaterThan(15)
    for (const page of pages) expect(existsSync(`${src}${page}.config.ts`), page).toBe(true)
  })
  it.each(pages.filter((page) => !tabs.includes(page)))('%s can be left', (page) => {
    const config = readFileSync(`${src}${page}.config.ts`, 'utf8')
    expect(config).toContain("navigationStyle: 'default'")
    expect(config).toMatch(/navigationBarTitleText: '[^']+'/)
  })
})
