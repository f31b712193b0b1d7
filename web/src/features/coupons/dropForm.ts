// What the coupon form holds and the input that it means. Pure.
import type { CouponContentInput } from '../../gql/graphql'
import type { T, TextKey } from '../../lib/i18n'
import { currencySymbol, formatFen, formatZhe, parseCount, parseYuan, parseZhe } from '../../lib/money'
import { scopeOf, type Some } from '../promotions/offerForm'

export type DropOffer = {
  kind: 'OFF' | 'PERCENT'
  off: string
  zhe: string
  maxOff: string
  min: string
  scopeKind: 'all' | 'some'
  some: Some
  except: Some
  validKind: 'window' | 'hours'
  validHours: string
  total: string
  perMember: string
}
export type DropReading =
  | { value: { content: CouponContentInput; validHours: number | null; total: number; perMember: number }; problems: [] }
  | { value: null; problems: { field: string; key: TextKey }[] }

export function readDrop(form: DropOffer): DropReading {
  const problems: { field: string; key: TextKey }[] = []
  const need = <V>(field: string, text: string, parse: (text: string) => V | null, key: TextKey): V | null => {
    const value = parse(text)
    if (value === null) problems.push({ field, key: text.trim() === '' ? 'problem.required' : key })
    return value
  }
  const minFen = form.min.trim() === '' ? 0 : need('min', form.min, parseYuan, 'problem.yuan')
  const offFen = form.kind === 'OFF' ? need('off', form.off, parseYuan, 'problem.yuan') : null
  const payBp = form.kind === 'PERCENT' ? need('zhe', form.zhe, parseZhe, 'problem.zhe') : null
  const maxOffFen = form.kind === 'PERCENT' && form.maxOff.trim() !== '' ? need('maxOff', form.maxOff, parseYuan, 'problem.yuan') : null
  if (form.kind === 'OFF' && offFen === 0) problems.push({ field: 'off', key: 'problem.positive' })
  if (offFen !== null && minFen !== null && minFen > 0 && offFen > minFen) problems.push({ field: 'off', key: 'problem.offAboveMin' })
  const validHours = form.validKind === 'hours' ? need('validHours', form.validHours, parseCount, 'problem.count') : null
  const total = need('total', form.total, parseCount, 'problem.count')
  const perMember = need('perMember', form.perMember, parseCount, 'problem.count')
  const scope = scopeOf(form)
  if (form.scopeKind === 'some' && Object.keys(scope).filter((key) => key !== 'except').length === 0) problems.push({ field: 'scopeKind', key: 'problem.scopeEmpty' })
  if (problems.length > 0 || minFen === null || total === null || perMember === null) return { value: null, problems }
  const whole = form.scopeKind === 'all' && scope.except === undefined
  return { value: { content: { kind: form.kind, offFen, payBp, maxOffFen, minFen, scope: whole ? null : scope }, validHours, total, perMember }, problems: [] }
}

/** How it will look on the ticket, as far as it is filled in. */
export function faceWords(form: DropOffer, t: T, currency: string): { big: string; unit: string; condition: string } {
  const symbol = currencySymbol(currency).trim()
  const off = parseYuan(form.off)
  const payBp = parseZhe(form.zhe)
  const min = form.min.trim() === '' ? 0 : parseYuan(form.min)
  return {
    big: form.kind === 'OFF' ? (off === null ? '—' : formatFen(off, { short: true })) : payBp === null ? '—' : formatZhe(payBp),
    unit: form.kind === 'OFF' ? symbol : t('unit.zhe'),
    condition: min === 0 ? t('coupon.noMin') : min === null ? '—' : t('coupon.from', { min: symbol + formatFen(min, { short: true }) }),
  }
}

export function fieldOfDropProblem(path: string): string | string[] | null {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== '' && step !== 'input' && step !== '$')
  const [leaf, part] = steps[0] === 'content' ? steps.slice(1) : steps
  if (leaf === 'scope' && part !== undefined && ['categories', 'brands', 'tags', 'skus'].includes(part)) return ['some', part]
  const names: Record<string, string> = {
    name: 'name', offFen: 'off', off: 'off', payBp: 'zhe', pay_bp: 'zhe', maxOffFen: 'maxOff', max_off: 'maxOff', minFen: 'min', min: 'min', scope: 'scopeKind', kind: 'kind',
    validFrom: 'valid', validUntil: 'valid', validHours: 'validHours', startsAt: 'startsAt', endsAt: 'endsAt', total: 'total', perMember: 'perMember',
  }
  return names[leaf ?? ''] ?? null
}
