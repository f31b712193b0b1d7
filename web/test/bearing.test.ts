import { describe, expect, it } from 'vitest'
import { type BearerRow, bearingField, formatPercent, parseDay, parsePercent, readBearing, readSeasons, seasonField, splitFen } from '../src/features/suppliers/bearing'

const rows = (...given: [BearerRow['who'], string | null, string][]): BearerRow[] => given.map(([who, supplier, percent]) => ({ who, supplier, percent }))
const read = (given: BearerRow[]) => {
  const found: string[] = []
  const shares = readBearing(given, (field, key) => found.push(`${field.join('.')} ${key}`))
  return { shares, found }
}

describe('谁承担 (B09)', () => {
  it('the merchant bears what nobody else does', () => {
    expect(read([])).toEqual({ shares: [], found: [] })
    expect(read(rows(['SKU_SUPPLIER', null, '50'], ['SUPPLIER', '豆花坊', '３０'])).shares).toEqual([{ who: 'SKU_SUPPLIER', bp: 5000 }, { who: 'SUPPLIER', bp: 3000, supplier: '豆花坊' }, { who: 'MERCHANT', bp: 2000 }])
    expect(read(rows(['SUPPLIER', '豆花坊', '100%'])).shares).toEqual([{ who: 'SUPPLIER', bp: 10000, supplier: '豆花坊' }])
  })
  it('every fault at its field', () => {
    expect(read(rows(['SKU_SUPPLIER', null, ''], ['SUPPLIER', null, '0'])).found).toEqual(['bearing.0.percent problem.required', 'bearing.1.percent bearing.percentWrong', 'bearing.1.supplier problem.required'])
    expect(read(rows(['SKU_SUPPLIER', null, '60'], ['SUPPLIER', '甲', '40.01'])).found).toEqual(['bearing.1.percent bearing.tooMuch'])
    expect(read(rows(['SUPPLIER', '甲', '10'], ['SUPPLIER', '甲', '10'])).found).toEqual(['bearing.1.supplier bearing.twice'])
  })
  it('percent as typed and as shown', () => {
    expect(['33.3', '0.01', '100', '100.01', '0', '1.234', '三十'].map(parsePercent)).toEqual([3330, 1, 10000, null, null, null, null])
    expect([3330, 1, 10000, 5000].map(formatPercent)).toEqual(['33.3', '0.01', '100', '50'])
  })
  it('an example falls as the server books it', () => {
    expect(splitFen(1001, [2000, 5000, 3000])).toEqual([200, 501, 300])
    expect(splitFen(1, [5000, 5000])).toEqual([1, 0])
    expect(splitFen(1000, [3333, 3333, 3334])).toEqual([333, 333, 334])
  })
})

describe('seasons', () => {
  const high = { name: ' 旺季 ', since: '6-1', until: '9月30日', bearing: [{ who: 'SKU_SUPPLIER' as const, supplier: null, percent: '40' }] }
  it('are days of every year with shares of their own, the merchant bearing the rest', () => {
    const found: string[] = []
    const seasons = readSeasons([high, { ...high, name: '春节', since: '12.20', until: '02-29', bearing: [] }], (field, key) => found.push(`${field.join('.')} ${key}`))
    expect(found).toEqual([])
    expect(seasons).toEqual([
      { name: '旺季', since: '06-01', until: '09-30', shares: [{ who: 'SKU_SUPPLIER', bp: 4000 }, { who: 'MERCHANT', bp: 6000 }] },
      { name: '春节', since: '12-20', until: '02-29', shares: [] },
    ])
  })
  it('say what is wrong at its field', () => {
    const found: string[] = []
    readSeasons([{ name: '', since: '13-01', until: '', bearing: [{ who: 'SUPPLIER', supplier: null, percent: '101' }] }], (field, key) => found.push(`${field.join('.')} ${key}`))
    expect(found).toEqual([
      'bearingSeasons.0.name problem.required', 'bearingSeasons.0.since bearing.dayWrong', 'bearingSeasons.0.until problem.required',
      'bearingSeasons.0.bearing.0.percent bearing.percentWrong', 'bearingSeasons.0.bearing.0.supplier problem.required',
    ])
    expect(['02-30', '0-1', '4-31', '6', '6-1-1', ''].map(parseDay)).toEqual([null, null, null, null, null, null])
  })
  it('find the field of a problem that the server names', () => {
    expect(bearingField(['0', 'supplier'])).toEqual(['bearing', 0, 'supplier'])
    expect(bearingField(['shares', '1', 'bp'])).toEqual(['bearing', 1, 'percent'])
    expect(bearingField(['seasons', '1', 'since'])).toEqual(['bearingSeasons', 1, 'since'])
    expect(seasonField(['0', 'shares', '2', 'supplier'])).toEqual(['bearingSeasons', 0, 'bearing', 2, 'supplier'])
    expect(seasonField(['0', 'shares'])).toEqual(['bearingSeasons', 0, 'bearing', 0, 'percent'])
  })
})
