// Forms that the server describes (query offerTypes): figures as typed → the part of an offer's definition that is its type's own.
// Nothing here knows a type by name. Pure: no React, no clock.
import type { OfferTypeFieldsFragment } from '../../gql/graphql'
import type { TextKey } from '../../lib/i18n'
import { parseCount, parseTimes, parseYuan, parseZhe, tidyNumber } from '../../lib/money'

type Given = OfferTypeFieldsFragment['form'][number]
export type Field = Omit<Given, '__typename' | 'of'> & { of?: readonly Field[] }
export type OfferKind = Omit<OfferTypeFieldsFragment, '__typename' | 'form'> & { form: readonly Field[] }

export type PickedSku = { sku: string; name: string; emoji: string; imageHue: number; listFen: number }
export type Some = { categories: string[]; brands: string[]; tags: string[]; skus: PickedSku[] }
export type Definition = Record<string, unknown>
export type FieldPath = (string | number)[]
export type FieldProblem = { field: FieldPath; key: TextKey }
/** What stands in the fields, by their names; `@how` is the name of the field chosen of those with `oneOf: how`. */
export type Figures = Record<string, unknown>

export const nothing = (): Some => ({ categories: [], brands: [], tags: [], skus: [] })

export function someOf(some: Some): Definition {
  return {
    ...(some.skus.length > 0 ? { skus: some.skus.map((picked) => picked.sku) } : {}),
    ...(some.categories.length > 0 ? { categories: some.categories } : {}),
    ...(some.brands.length > 0 ? { brands: some.brands } : {}),
    ...(some.tags.length > 0 ? { tags: some.tags } : {}),
  }
}

const groupsOf = (fields: readonly Field[]): string[] => [...new Set(fields.flatMap((field) => (field.oneOf ? [field.oneOf] : [])))]
/** Where the choice stands: beside the fields, or, for the rows of a list, beside the list, for it is the same in all */
export const choiceKey = (oneOf: string, list?: string): string => `${list ?? ''}@${oneOf}`

export function emptyRow(fields: readonly Field[]): Figures {
  return Object.fromEntries(fields.map((field) => [field.name, emptyValue(field)]))
}

function emptyValue(field: Field): unknown {
  switch (field.kind) {
    case 'FLAG':
      return field.usual === 'true'
    case 'TIERS':
      return [emptyRow(field.of ?? [])]
    case 'ITEMS':
      return []
    case 'GROUP':
      return emptyFigures(field.of ?? [])
    case 'SCOPE':
      return { kind: 'same', some: nothing() }
    case 'SKU':
      return null
    default:
      return field.usual ?? ''
  }
}

export function emptyFigures(fields: readonly Field[]): Figures {
  const choices = (its: readonly Field[], list?: string): [string, unknown][] => groupsOf(its).map((oneOf) => [choiceKey(oneOf, list), its.find((field) => field.oneOf === oneOf)!.name])
  return {
    ...emptyRow(fields),
    ...Object.fromEntries([...choices(fields), ...fields.filter((field) => field.kind === 'TIERS').flatMap((field) => choices(field.of ?? [], field.name))]),
  }
}

/** The fields that stand on the screen: all but those of a choice that were not chosen */
export function shown(fields: readonly Field[], figures: Figures | undefined, list?: string): readonly Field[] {
  return fields.filter((field) => !field.oneOf || field.name === (figures?.[choiceKey(field.oneOf, list)] ?? fields.find((it) => it.oneOf === field.oneOf)!.name))
}

type Bad = (field: FieldPath, key: TextKey) => void

/** The definition that figures mean; every problem goes to `bad`, at its field. */
export function readFigures(fields: readonly Field[], figures: Figures | undefined, at: FieldPath, bad: Bad, within = false): Definition {
  const found: Definition = {}
  for (const field of shown(fields, figures)) {
    const value = readValue(field, figures, [...at, field.name], bad)
    if (value !== undefined) found[field.name] = value
  }
  if (within) offWithinMin(found, at, bad)
  return found
}

/** A part of a price that is taken off cannot be more than what it is taken off from; a fee is another matter. */
function offWithinMin(row: Definition, at: FieldPath, bad: Bad): void {
  if (typeof row.off === 'number' && typeof row.min === 'number' && row.min > 0 && row.off > row.min) bad([...at, 'off'], 'problem.offAboveMin')
}

function readValue(field: Field, figures: Figures | undefined, at: FieldPath, bad: Bad): unknown {
  const value = figures?.[field.name]
  const needed = field.required || field.oneOf !== null
  const typed = (parse: (text: string) => number | null, wrong: TextKey): number | undefined => {
    const text = typeof value === 'string' ? value : ''
    if (text.trim() === '') {
      if (needed) bad(at, 'problem.required')
      return undefined
    }
    const zero = /^0+(\.0*)?$/.test(tidyNumber(text))
    if (zero && field.zero) return 0
    const number = parse(text)
    if (number === null) bad(at, wrong)
    else if (number === 0) bad(at, 'problem.positive')
    return number ?? undefined
  }
  switch (field.kind) {
    case 'FEN':
      return typed(parseYuan, 'problem.yuan')
    case 'BP':
      return typed(parseZhe, 'problem.zhe')
    case 'TIMES':
      return typed(parseTimes, 'problem.times')
    case 'COUNT':
      return typed(parseCount, 'problem.count')
    case 'FLAG':
      return field.oneOf || value === true ? true : undefined
    case 'TEXT': {
      const text = typeof value === 'string' ? value.trim() : ''
      if (text === '' && needed) bad(at, 'problem.required')
      return text || undefined
    }
    case 'SKU':
      if (!value && needed) bad(at, 'problem.required')
      return value ? (value as PickedSku).sku : undefined
    case 'SCOPE': {
      const held = value as { kind: string; some: Some } | undefined
      if (held?.kind !== 'some') return undefined
      const some = someOf({ ...nothing(), ...held.some })
      if (Object.keys(some).length === 0) bad([...at, 'kind'], 'problem.scopeEmpty')
      return some
    }
    case 'GROUP':
      return readFigures(field.of ?? [], value as Figures | undefined, at, bad, true)
    case 'ITEMS':
      return readItems(field, value, at, bad)
    case 'TIERS':
      return readTiers(field, figures, at, bad)
  }
}

function readItems(field: Field, value: unknown, at: FieldPath, bad: Bad): Definition[] {
  const rows = (value ?? []) as (PickedSku & Record<string, string>)[]
  if (rows.length === 0) bad(at, 'problem.goodsEmpty')
  // One control shows all rows, so their problems are said beneath it, each once.
  const said = new Set<TextKey>()
  const once: Bad = (_, key) => {
    if (!said.has(key)) bad(at, key)
    said.add(key)
  }
  return rows.map((row) => readFigures((field.of ?? []).map((part) => (part.kind === 'SKU' ? { ...part, kind: 'TEXT' as const } : { ...part, required: true })), row, at, once))
}

function readTiers(field: Field, figures: Figures | undefined, at: FieldPath, bad: Bad): Definition[] {
  const rows = (figures?.[field.name] ?? []) as Figures[]
  const fields = shown(field.of ?? [], figures, field.name).map((part) => ({ ...part, required: part.required || part.oneOf !== null, oneOf: null }))
  let wrong = false
  const tiers = rows.map((row, i) => readFigures(fields, row, [...at, i], (place, key) => { wrong = true; bad(place, key) }, true))
  const numbers = fields.filter((part) => part.required && (part.kind === 'FEN' || part.kind === 'COUNT' || part.kind === 'BP'))
  const [threshold, benefit] = [numbers[0], numbers[1]]
  for (let i = 1; i < tiers.length && !wrong && threshold; i++) {
    const of = (part: Field, k: number): number => Number(tiers[k]![part.name])
    if (of(threshold, i) <= of(threshold, i - 1)) bad([...at, i, threshold.name], 'problem.minRises')
    else if (benefit?.kind === 'BP' && of(benefit, i) >= of(benefit, i - 1)) bad([...at, i, benefit.name], 'problem.zheFalls')
    else if (benefit && benefit.kind !== 'BP' && of(benefit, i) <= of(benefit, i - 1)) bad([...at, i, benefit.name], 'problem.offRises')
  }
  return tiers
}

/** The control that shows a place in a definition (its steps after the offer), or null when none does. */
export function fieldAt(fields: readonly Field[], steps: readonly string[], at: FieldPath): FieldPath | null {
  const field = fields.find((it) => it.name === steps[0])
  if (!field) return null
  const here = [...at, field.name]
  const rest = steps.slice(1)
  switch (field.kind) {
    case 'GROUP': {
      const first = (field.of ?? []).find((it) => it.kind !== 'SCOPE') ?? field
      return fieldAt(field.of ?? [], rest, here) ?? [...here, first.name]
    }
    case 'TIERS': {
      const parts = field.of ?? []
      const row = [...here, Number(rest[0] ?? 0)]
      return fieldAt(parts, rest.slice(1), row) ?? [...row, parts[0]?.name ?? '']
    }
    case 'SCOPE': {
      const [part] = rest
      return part !== undefined && ['categories', 'brands', 'tags', 'skus'].includes(part) ? [...here, 'some', part] : [...here, 'kind']
    }
    case 'FLAG':
      return field.oneOf ? [...at, choiceKey(field.oneOf)] : here
    default:
      return here
  }
}
