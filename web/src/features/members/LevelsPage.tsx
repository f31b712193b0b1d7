import { Alert, App, Button, Checkbox, Input, InputNumber, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { PageHead, Panel } from '../../components/Page'
import { Asked } from '../../components/States'
import { type LevelNeeds, LevelSchemeDocument, type LevelSchemeQuery, SetLevelSchemeDocument, type TemplateRowFragment } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'
import { TemplatePicker } from '../coupons/TemplatePicker'

type Scheme = LevelSchemeQuery['levelScheme']
const GIFTS = ['coupon', 'monthly', 'birthday'] as const
type Gift = (typeof GIFTS)[number]
type Row = { id: string; name: string; needs: LevelNeeds; growth: number; perks: string[]; priority: boolean; kept: boolean } & Record<Gift, TemplateRowFragment | null>
type Deeds = { perReview: number; reviewCap: number; perShare: number; shareCap: number }
type Draft = Deeds & { perYuan: number; periodMonths: number; rows: Row[] }
const DEEDS = [['perReview', 'reviewCap', 'levels.review'], ['perShare', 'shareCap', 'levels.share']] as const
const PERIODS = [[1, 'levels.month'], [3, 'levels.quarter'], [6, 'levels.half'], [12, 'levels.year']] as const
const NEEDS = ['FIRST_ORDER', 'TOTAL', 'PERIOD'] as const

const draftOf = (scheme: Scheme): Draft => ({ perYuan: scheme.perYuan, periodMonths: scheme.periodMonths, perReview: scheme.perReview, reviewCap: scheme.reviewCap, perShare: scheme.perShare, shareCap: scheme.shareCap, rows: scheme.levels.map((one) => ({ id: one.id, name: one.name, needs: one.needs, growth: one.growth ?? 0, perks: one.perks, priority: one.priority, coupon: one.coupon, monthly: one.monthly, birthday: one.birthday, kept: true })) })

/** An id that no row has, also after rows were taken away */
function freeId(rows: Row[]): string {
  for (let n = rows.length; ; n++) if (!rows.some(({ id }) => id === `level_${n}`)) return `level_${n}`
}

export function LevelsPage() {
  const t = useT()
  const [{ data, error, fetching }, again] = useQuery({ query: LevelSchemeDocument })
  return (
    <>
      <PageHead title={t('levels.title')} />
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ levelScheme }) => <Editor key={levelScheme.version} scheme={levelScheme} />}
      </Asked>
    </>
  )
}

function Editor({ scheme }: { scheme: Scheme }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const write = useCan('levels.write')
  const [draft, setDraft] = useState(() => draftOf(scheme))
  const [faults, setFaults] = useState<{ path: string; message: string }[]>([])
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetLevelSchemeDocument)
  useEffect(() => setFaults([]), [draft])
  const change = (n: number, part: Partial<Row>): void => setDraft({ ...draft, rows: draft.rows.map((row, k) => (k === n ? { ...row, ...part } : row)) })
  const wrong = (n: number, field: string): '' | 'error' => (faults.some(({ path }) => path === `levels[${n}].${field}`) ? 'error' : '')
  const save = async (): Promise<void> => {
    const levels = draft.rows.map(({ id, name, needs, growth, perks, priority, coupon, monthly, birthday }) => ({ id, name, needs, perks, priority, coupon: coupon?.id ?? null, monthly: monthly?.id ?? null, birthday: birthday?.id ?? null, growth: needs === 'TOTAL' || needs === 'PERIOD' ? growth : 0 }))
    const { perYuan, periodMonths, perReview, reviewCap, perShare, shareCap } = draft
    const input = { perYuan, periodMonths, perReview, reviewCap, perShare, shareCap, levels }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setLevelScheme
    if (result?.__typename === 'LevelScheme') {
      key.done()
      message.success(t('levels.saved', { version: result.version }))
    } else if (result?.__typename === 'InvalidInput') setFaults(result.problems)
    else message.error(result?.message ?? t('trouble.fault'))
  }
  const byLevel = draft.rows.some((row) => row.birthday !== null)
  const told = scheme.warnings.filter(({ path }) => stands(path, scheme, draft.rows))
  const dirty = JSON.stringify(draft) !== JSON.stringify(draftOf(scheme))
  return (
    <div className="member">
      <Panel title={t('levels.how')} extra={<span className="muted small">{scheme.changedAt ? t('levels.version', { version: scheme.version, at: formatDateTime(scheme.changedAt) }) : t('levels.default')}</span>}>
        <div className="level-terms">
          <label>{t('levels.perYuan')}<InputNumber disabled={!write} min={1} max={100} precision={0} value={draft.perYuan} onChange={(perYuan) => setDraft({ ...draft, perYuan: perYuan ?? 1 })} style={{ width: 90 }} />{t('levels.unit')}</label>
          <label>{t('levels.period')}<Select disabled={!write} value={draft.periodMonths} options={PERIODS.map(([value, text]) => ({ value, label: t(text) }))} onChange={(periodMonths) => setDraft({ ...draft, periodMonths })} style={{ width: 110 }} /></label>
          {DEEDS.map(([each, cap, text]) => (
            <label key={each}>
              {t(text)}<InputNumber aria-label={t(text)} disabled={!write} status={faults.some(({ path }) => path === each) ? 'error' : ''} min={0} max={100} precision={0} value={draft[each]} onChange={(value) => setDraft({ ...draft, [each]: value ?? 0 })} style={{ width: 80 }} />
              {t('levels.dayMost')}<InputNumber aria-label={`${t(text)} ${t('levels.dayMost')}`} disabled={!write} status={faults.some(({ path }) => path === cap) ? 'error' : ''} min={0} max={1000} precision={0} value={draft[cap]} onChange={(value) => setDraft({ ...draft, [cap]: value ?? 0 })} style={{ width: 80 }} />{t('levels.unit')}
            </label>
          ))}
          <span className="muted small">{t('levels.rule')}</span>
        </div>
      </Panel>
      <div style={{ height: 12 }} />
      <Panel
        title={t('levels.ladder')}
        extra={write && (
          <span style={{ display: 'flex', gap: 8 }}>
            {dirty && <Button onClick={() => setDraft(draftOf(scheme))}>{t('levels.reset')}</Button>}
            <Button type="primary" disabled={!dirty} loading={busy} onClick={() => void save()}>{t('levels.save')}</Button>
          </span>
        )}
        flush
      >
        {told.length > 0 && <Alert type="warning" showIcon data-testid="level-warnings" style={{ margin: '0 16px 12px' }} title={t('levels.warnings')} description={<ul style={{ margin: 0, paddingInlineStart: 18 }}>{told.map(({ path, message: text }) => <li key={path}>{text}</li>)}</ul>} />}
        {faults.length > 0 && <div className="faults" role="alert" style={{ margin: '0 16px 12px' }}><ul>{faults.map(({ path, message: text }) => <li key={path + text}>{text}</li>)}</ul></div>}
        <div className="level-rows">
          <header><span /><span>{t('levels.name')}</span><span>{t('levels.needs')}</span><span>{t('levels.growth')}</span><span>{t('levels.perks')}</span><span>{t('levels.coupons')}</span><span /></header>
          {draft.rows.map((row, n) => <LevelRow key={n} row={row} n={n} write={write} byLevel={byLevel} change={(part) => change(n, part)} remove={() => setDraft({ ...draft, rows: draft.rows.filter((_, k) => k !== n) })} wrong={(field) => wrong(n, field)} over={GIFTS.filter((gift) => told.some(({ path }) => path === `levels[${scheme.levels.findIndex(({ id }) => id === row.id)}].${gift}`))} />)}
        </div>
        <div style={{ padding: '0 16px 16px', display: 'flex', gap: 14, alignItems: 'center' }}>
          {write && <Button disabled={draft.rows.length >= 10} onClick={() => setDraft({ ...draft, rows: [...draft.rows, { id: freeId(draft.rows), name: '', needs: 'TOTAL', growth: (draft.rows.at(-1)?.growth ?? 0) + 1000, perks: [], priority: false, coupon: null, monthly: null, birthday: null, kept: false }] })}>{t('levels.add')}</Button>}
          <span className="muted small">{t('levels.hint')}<br /><span data-testid="birthday-rule">{byLevel ? t('levels.birthdayByLevel') : t('levels.birthdayDefault', { gift: scheme.defaultBirthday })}</span></span>
        </div>
      </Panel>
    </div>
  )
}

/** Whether what the scheme in force is warned of still stands in the draft: its coupon there, or all of its birthdays' */
function stands(path: string, scheme: Scheme, rows: Row[]): boolean {
  const same = (one: Scheme['levels'][number], gift: Gift): boolean => rows.some((row) => row.id === one.id && row[gift]?.id === one[gift]?.id)
  const [, n, gift] = /^levels\[(\d+)\]\.(coupon|monthly|birthday)$/.exec(path) ?? []
  if (n === undefined) return scheme.levels.every((one) => same(one, 'birthday'))
  return same(scheme.levels[Number(n)]!, gift as Gift)
}

/** What stands where no coupon is chosen */
function empty(gift: Gift, n: number, byLevel: boolean) {
  if (gift === 'coupon') return n === 0 ? 'levels.noJoining' : 'levels.noCoupon'
  if (gift === 'monthly') return 'levels.noMonthly'
  return byLevel ? 'levels.noBirthday' : 'levels.sameBirthday'
}

function LevelRow({ row, n, write, byLevel, change, remove, wrong, over }: { row: Row; n: number; write: boolean; byLevel: boolean; change: (part: Partial<Row>) => void; remove: () => void; wrong: (field: string) => '' | 'error'; over: Gift[] }) {
  const t = useT()
  const amount = row.needs === 'TOTAL' || row.needs === 'PERIOD'
  return (
    <>
      <span className="level-rank num">{n + 1}</span>
      <Input aria-label={t('levels.name')} disabled={!write} status={wrong('name')} maxLength={8} value={row.name} onChange={(e) => change({ name: e.target.value })} />
      {n === 0 ? <span className="level-rank">{t('levels.needs.NONE')}</span> : <Select aria-label={t('levels.needs')} disabled={!write} status={wrong('needs')} value={row.needs} options={NEEDS.map((value) => ({ value, label: t(`levels.needs.${value}`) }))} onChange={(needs) => change({ needs })} />}
      {amount ? <InputNumber aria-label={t('levels.growth')} disabled={!write} status={wrong('growth')} min={1} max={10_000_000} precision={0} value={row.growth} onChange={(growth) => change({ growth: growth ?? 0 })} style={{ width: '100%' }} /> : <span className="level-rank">—</span>}
      <span className="level-perks">
        <Select aria-label={t('levels.perks')} mode="tags" open={false} suffixIcon={null} disabled={!write} status={wrong('perks')} value={row.perks} placeholder={t('levels.perksHint')} onChange={(perks) => change({ perks })} style={{ width: '100%' }} />
        <Checkbox disabled={!write} checked={row.priority} onChange={(e) => change({ priority: e.target.checked })}>{t('levels.priority')}</Checkbox>
      </span>
      <span className="level-gifts">
        {GIFTS.map((gift) => (
          <span key={gift} className="level-gift">
            <span className="muted small">{t(gift === 'coupon' && n === 0 ? 'levels.gift.joining' : `levels.gift.${gift}`)}</span>
            <TemplatePicker chosen={row[gift]} value={row[gift]?.id ?? null} label={t(gift === 'coupon' && n === 0 ? 'levels.joining' : `levels.${gift}`)} placeholder={t(empty(gift, n, byLevel))} disabled={!write} status={wrong(gift) || (over.includes(gift) ? 'warning' : '')} choosable={gift === 'birthday' ? 'BIRTHDAY' : 'LEVEL'} onChosen={(chosen) => change({ [gift]: chosen })} onCleared={() => change({ [gift]: null })} />
          </span>
        ))}
      </span>
      {write && n > 0 ? <Button type="link" danger size="small" onClick={remove} style={{ height: 32 }}>{t('levels.remove')}</Button> : <span />}
    </>
  )
}
