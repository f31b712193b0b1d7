// What the coupon form holds and the input that it means. Pure.
import type { BearingShareInput, CouponAccess, CouponContentInput, CouponKind } from '../../gql/graphql'
import type { T, TextKey } from '../../lib/i18n'
import { currencySymbol, formatFen, formatZhe, parseCount, parseYuan, parseZhe } from '../../lib/money'
import { scopeOf, type Some } from '../promotions/offerForm'
import { type BearerRow, readBearing } from '../suppliers/bearing'

export type DropOffer = {
  kind: CouponKind
  sku: string
  off: string
  zhe: string
  maxOff: string
  min: string
  scopeKind: 'all' | 'some'
  some: Some
  except: Some
  validKind: 'window' | 'hours' | 'days'
  validHours: string
  validDays: string
  total: string
  perMember: string
  perDay: string
  budget: string
  bearing: BearerRow[]
  graceDays: string
  usesPerDay: string
  access: CouponAccess
  sharedCode: string
  points: string
  giftSku: string
  giftDays: string
}
export type DropReading =
  | { value: { content: CouponContentInput; validHours: number | null; validDays: number | null; total: number; perMember: number; perDay: number | null; budgetFen: number | null; bearing: BearingShareInput[]; graceDays: number | null; usesPerDay: number | null; sharedCode: string | null; extra: { points: number; giftSku: string | null; giftDays: number } | null }; problems: [] }
  | { value: null; problems: { field: string | string[]; key: TextKey }[] }

export function readDrop(form: DropOffer): DropReading {
  const problems: { field: string | string[]; key: TextKey }[] = []
  const need = <V>(field: string, text: string, parse: (text: string) => V | null, key: TextKey): V | null => {
    const value = parse(text)
    if (value === null) problems.push({ field, key: text.trim() === '' ? 'problem.required' : key })
    return value
  }
  const minFen = form.min.trim() === '' ? 0 : need('min', form.min, parseYuan, 'problem.yuan')
  const maybe = <V>(field: string, text: string, parse: (text: string) => V | null, key: TextKey): V | null => (text.trim() === '' ? null : need(field, text, parse, key))
  const offFen = form.kind === 'OFF' ? need('off', form.off, parseYuan, 'problem.yuan') : form.kind === 'SHIPPING' ? maybe('off', form.off, parseYuan, 'problem.yuan') : null
  if (form.kind === 'EXCHANGE' && form.sku.trim() === '') problems.push({ field: 'sku', key: 'problem.required' })
  if (form.access === 'SHARED' && form.sharedCode.trim() === '') problems.push({ field: 'sharedCode', key: 'problem.required' })
  const payBp = form.kind === 'PERCENT' ? need('zhe', form.zhe, parseZhe, 'problem.zhe') : null
  const maxOffFen = form.kind === 'PERCENT' && form.maxOff.trim() !== '' ? need('maxOff', form.maxOff, parseYuan, 'problem.yuan') : null
  if (offFen === 0) problems.push({ field: 'off', key: 'problem.positive' })
  if (form.kind === 'OFF' && offFen !== null && minFen !== null && minFen > 0 && offFen > minFen) problems.push({ field: 'off', key: 'problem.offAboveMin' })
  const validHours = form.validKind === 'hours' ? need('validHours', form.validHours, parseCount, 'problem.count') : null
  const validDays = form.validKind === 'days' ? need('validDays', form.validDays, parseCount, 'problem.count') : null
  const perDay = maybe('perDay', form.perDay, parseCount, 'problem.count')
  const graceDays = maybe('graceDays', form.graceDays, parseCount, 'problem.count')
  const usesPerDay = maybe('usesPerDay', form.usesPerDay, parseCount, 'problem.count')
  const budgetFen = maybe('budget', form.budget, parseYuan, 'problem.yuan')
  const bearing = readBearing(form.bearing, (field, key) => problems.push({ field: field as string[], key }))
  const points = maybe('points', form.points, parseCount, 'problem.count') ?? 0
  const giftSku = form.giftSku.trim() === '' ? null : form.giftSku.trim()
  const giftDays = giftSku === null ? 30 : need('giftDays', form.giftDays, parseCount, 'problem.count')
  const total = need('total', form.total, parseCount, 'problem.count')
  const perMember = need('perMember', form.perMember, parseCount, 'problem.count')
  const scope = scopeOf(form)
  if (form.scopeKind === 'some' && Object.keys(scope).filter((key) => key !== 'except').length === 0) problems.push({ field: 'scopeKind', key: 'problem.scopeEmpty' })
  if (problems.length > 0 || minFen === null || total === null || perMember === null || giftDays === null) return { value: null, problems }
  const whole = form.scopeKind === 'all' && scope.except === undefined
  return { value: { content: { kind: form.kind, offFen, payBp, maxOffFen, minFen: minFen, sku: form.kind === 'EXCHANGE' ? form.sku.trim() : null, scope: whole ? null : scope }, validHours, validDays, total, perMember, perDay, budgetFen, bearing, graceDays, usesPerDay, sharedCode: form.access === 'SHARED' ? form.sharedCode.trim() : null, extra: points > 0 || giftSku !== null ? { points, giftSku, giftDays } : null }, problems: [] }
}

/** How it will look on the ticket, as far as it is filled in. */
export function faceWords(form: DropOffer, t: T, currency: string): { big: string; unit: string; condition: string } {
  const symbol = currencySymbol(currency).trim()
  const off = parseYuan(form.off)
  const payBp = parseZhe(form.zhe)
  const min = form.min.trim() === '' ? 0 : parseYuan(form.min)
  return {
    big: form.kind === 'EXCHANGE' ? t('coupon.exchangeFace') : form.kind === 'PERCENT' ? (payBp === null ? '—' : formatZhe(payBp)) : off !== null ? formatFen(off, { short: true }) : form.kind === 'SHIPPING' ? t('coupon.freeFace') : '—',
    unit: form.kind === 'PERCENT' ? t('unit.zhe') : (form.kind === 'OFF' || form.kind === 'SHIPPING') && off !== null ? symbol : form.kind === 'OFF' ? symbol : '',
    condition: min === 0 ? t('coupon.noMin') : min === null ? '—' : t('coupon.from', { min: symbol + formatFen(min, { short: true }) }),
  }
}

export function fieldOfDropProblem(path: string): string | string[] | null {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== '' && step !== 'input' && step !== '$')
  const [leaf, part] = steps[0] === 'content' ? steps.slice(1) : steps
  if (leaf === 'scope' && part !== undefined && ['categories', 'brands', 'tags', 'skus'].includes(part)) return ['some', part]
  if (steps[0] === 'scene') return 'scene'
  if (steps[0] === 'extra') return { points: 'points', giftSku: 'giftSku', giftDays: 'giftDays' }[steps[1] ?? ''] ?? null
  if (steps[0] === 'bearing') return ['bearing', Number(steps[1] ?? 0), steps[2] === 'supplier' ? 'supplier' : 'percent'] as unknown as string[]
  if (steps[0] === 'batches') return steps[1] !== undefined && steps[2] !== undefined ? ['batches', steps[1], steps[2]] : 'batchesOn'
  const names: Record<string, string> = {
    name: 'name', offFen: 'off', off: 'off', payBp: 'zhe', pay_bp: 'zhe', maxOffFen: 'maxOff', max_off: 'maxOff', minFen: 'min', min: 'min', scope: 'scopeKind', kind: 'kind',
    validFrom: 'valid', validUntil: 'valid', validHours: 'validHours', startsAt: 'startsAt', endsAt: 'endsAt', total: 'total', perMember: 'perMember', perDay: 'perDay', validDays: 'validDays', nextDay: 'nextDay', budgetFen: 'budget', sharedCode: 'sharedCode', graceDays: 'graceDays', usesPerDay: 'usesPerDay', sku: 'sku', placements: 'placements', channels: 'channels', givesBack: 'givesBack', audience: 'levels', access: 'access',
  }
  return names[leaf ?? ''] ?? null
}
