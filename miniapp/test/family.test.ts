import { describe, expect, it } from 'vitest'
import { shareOf } from '../src/lib/family'

describe('B05: what is shared is what is shown', () => {
  it('is nothing, a limit or all', () => {
    expect(shareOf('none', '300')).toBe(0)
    expect(shareOf('some', '300')).toBe(300)
    expect(shareOf('some', ' 1 ')).toBe(1)
    expect(shareOf('all', '300')).toBeNull()
  })
  it('is not known while the limit is no limit', () => {
    for (const typed of ['', ' ', '0', '000', '12.5', '1e3', '-5', '一百', '12345678']) expect(shareOf('some', typed)).toBeUndefined()
  })
})
