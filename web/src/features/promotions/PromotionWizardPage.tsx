import { Alert, App, Button, Checkbox, Collapse, DatePicker, Form, Input, Radio, Select, Steps, Switch, Tag } from 'antd'
import type { Dayjs } from 'dayjs'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useClient, useMutation, useQuery } from 'urql'
import { Money, useCurrency } from '../../components/Money'
import { useLeaveGuard } from '../../components/LeaveGuard'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { type Channel, CreatePromotionDocument, type CreatePromotionInput, LevelSchemeDocument, OfferTypesDocument, PublishPromotionDocument, StoresDocument, UnknownCustomersDocument } from '../../gql/graphql'
import { type T, useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { parseYuan } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime, nowInShanghai, toInstant } from '../../lib/time'
import { regionsOf } from '../dashboard/points'
import { SomeFields } from '../products/ScopeFields'
import { BearingFields, BearingTold } from '../suppliers/BearingFields'
import { readBearing, readSeasons } from '../suppliers/bearing'
import { codesOf, complete, creatable, type Definition, emptyOfferForm, EVERYBODY, examplesOf, fieldOfProblem, type FieldPath, isPresale, labelOf, levelOf, namesOf, namesProducts, type OfferForm, type OfferKind, productsOf, readOffer, ruleSentence, scopeOf, scopeWords, sentenceOf, stackingSentences, takesBearing, takesBudget, takesGoods, whoWords } from './offerForm'
import { channelWords } from './parts'
import { PRESETS } from './presets'
import { SchemaFields } from './SchemaFields'
import { type Unknown, unknownAmong } from './unknownCustomers'

const CHANNELS: Channel[] = ['MINIAPP', 'H5', 'APP', 'MALL', 'POS']

export type WizardValues = OfferForm & {
  name: string
  description: string
  startMode: 'now' | 'at'
  startsAt: Dayjs | null
  endsAt: Dayjs | null
  /** 预售: until when deposits are taken, from when the rest is paid */
  depositUntil: Dayjs | null
  finalFrom: Dayjs | null
  channels: Channel[]
  placeKind: 'all' | 'regions' | 'stores'
  regionPaths: string[]
  storeIds: string[]
}

/** The step on which a field stands, so that a problem takes the operator there. */
const STEP_OF: Record<string, number> = {
  name: 0, description: 0, type: 0, rule: 0,
  scopeKind: 1, some: 1, except: 1,
  startsAt: 2, endsAt: 2, depositUntil: 2, finalFrom: 2, channels: 2, placeKind: 2, regionPaths: 2, storeIds: 2, levels: 2, customers: 2, customer: 2, birthday: 2, monthDays: 2, minAmount: 2,
  ownGroup: 3, meetsOtherLevel: 3, meetsCoupons: 3, exclusive: 3, perOrder: 3, perCustomer: 3, perDay: 3, stock: 3, budget: 3, bearing: 3, bearingSeasons: 3,
}
/** The step on which customers are named */
const WHO = 2
const SETTLE_MS = 500
const stepOf = (field: FieldPath): number => STEP_OF[String(field[0])] ?? 4

/** The forms are the server's: a type that it learns stands here without a change of this page. */
export function PromotionWizardPage() {
  const t = useT()
  const [{ data, error, fetching }, ask] = useQuery({ query: OfferTypesDocument })
  const kinds = useMemo(() => creatable(data?.offerTypes ?? []), [data])
  if (kinds.length > 0) return <Wizard kinds={kinds} />
  return (
    <>
      <PageHead title={t('promotion.create')} crumb={<Link to="/promotions">{t('promotion.title')}</Link>} />
      <div className="panel"><Asked data={data} error={error} fetching={fetching} onRetry={() => ask({ requestPolicy: 'network-only' })}>{() => <EmptyState title={t('wizard.noTypes')} />}</Asked></div>
    </>
  )
}

function Wizard({ kinds }: { kinds: OfferKind[] }) {
  const t = useT()
  const navigate = useNavigate()
  const currency = useCurrency()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const [form] = Form.useForm<WizardValues>()
  const [opened] = useState(() => {
    const now = nowInShanghai()
    return {
      instant: `${now.format('YYYY-MM-DDTHH:mm')}:00+08:00`,
      values: {
        ...emptyOfferForm(kinds, kinds[0]!.name, `g-${now.valueOf().toString(36)}`),
        name: '', description: '', startMode: 'now', startsAt: null, endsAt: now.add(7, 'day').hour(23).minute(59).second(59).millisecond(0),
        depositUntil: now.add(3, 'day').hour(23).minute(59).second(59).millisecond(0), finalFrom: now.add(4, 'day').hour(0).minute(0).second(0).millisecond(0),
        channels: [], placeKind: 'all', regionPaths: [], storeIds: [],
      } satisfies WizardValues,
    }
  })
  const values = complete<WizardValues>(opened.values, Form.useWatch((all: WizardValues) => all, { form, preserve: true }))
  const kindOf = (name: string): OfferKind => kinds.find((it) => it.name === name) ?? kinds[0]!
  const kind = kindOf(values.type)
  const [step, setStep] = useState(0)
  const [reached, setReached] = useState(0)
  const [elsewhere, setElsewhere] = useState<string[]>([])
  const [busy, setBusy] = useState<'draft' | 'publish' | null>(null)
  const createKey = useCommandKey()
  const publishKey = useCommandKey()
  const unsaved = useRef(false)
  useLeaveGuard(useCallback(() => unsaved.current, []))
  const [, create] = useMutation(CreatePromotionDocument)
  const [, publish] = useMutation(PublishPromotionDocument)

  const [unknown, look] = useUnknownCustomers(codesOf(values))

  const all = (): WizardValues => complete<WizardValues>(opened.values, form.getFieldsValue(true) as WizardValues)

  /** Every problem that can be known here, at its field; returns the first step that has one. */
  const check = (upTo: number): number | null => {
    const now = all()
    const problems: { field: FieldPath; text: string }[] = readOffer(now, kindOf(now.type)).problems.map(({ field, key }) => ({ field, text: t(key) }))
    if (now.name.trim() === '') problems.push({ field: ['name'], text: t('problem.required') })
    if (now.startMode === 'at' && !now.startsAt) problems.push({ field: ['startsAt'], text: t('problem.required') })
    const start = now.startMode === 'at' && now.startsAt ? toInstant(now.startsAt) : opened.instant
    if (!now.endsAt) problems.push({ field: ['endsAt'], text: t('problem.required') })
    else if (Date.parse(toInstant(now.endsAt)) <= Math.max(Date.parse(start), now.startMode === 'now' ? Date.now() : 0)) problems.push({ field: ['endsAt'], text: t('problem.endAfterStart') })
    if (isPresale(kindOf(now.type))) {
      if (!namesProducts(now)) problems.push({ field: ['scopeKind'], text: t('problem.presaleGoods') })
      const instants = [start, now.depositUntil ? toInstant(now.depositUntil) : '', now.finalFrom ? toInstant(now.finalFrom) : '', now.endsAt ? toInstant(now.endsAt) : ''].map((text) => Date.parse(text))
      if (!now.depositUntil) problems.push({ field: ['depositUntil'], text: t('problem.required') })
      else if (instants[1]! <= instants[0]!) problems.push({ field: ['depositUntil'], text: t('problem.depositUntil') })
      if (!now.finalFrom) problems.push({ field: ['finalFrom'], text: t('problem.required') })
      else if (instants[2]! < instants[1]! || instants[2]! >= instants[3]!) problems.push({ field: ['finalFrom'], text: t('problem.finalFrom') })
    }
    if (now.placeKind === 'regions' && now.regionPaths.length === 0) problems.push({ field: ['regionPaths'], text: t('problem.required') })
    if (now.placeKind === 'stores' && now.storeIds.length === 0) problems.push({ field: ['storeIds'], text: t('problem.required') })
    const here = problems.filter(({ field }) => stepOf(field) <= upTo)
    show(here)
    return here.length === 0 ? null : Math.min(...here.map(({ field }) => stepOf(field)))
  }
  const show = (problems: { field: FieldPath; text: string }[]): void => {
    const byField = new Map<string, { name: FieldPath; errors: string[] }>()
    for (const { field, text } of problems) {
      const known = byField.get(JSON.stringify(field)) ?? { name: field, errors: [] }
      known.errors.push(text)
      byField.set(JSON.stringify(field), known)
    }
    form.setFields([...byField.values()] as unknown as Parameters<typeof form.setFields>[0])
  }
  const forget = (): void => {
    const wrong = form.getFieldsError().filter(({ errors }) => errors.length > 0)
    if (wrong.length > 0) form.setFields(wrong.map(({ name }) => ({ name, errors: [] })) as unknown as Parameters<typeof form.setFields>[0])
    if (elsewhere.length > 0) setElsewhere([])
  }
  const go = (to: number): void => {
    const wrong = to > step ? check(to - 1) : null
    const arrive = (next: number): void => {
      setStep(next)
      setReached(Math.max(reached, next))
    }
    const codes = codesOf(all())
    if (wrong !== null || to <= Math.max(step, WHO) || codes.length === 0) return arrive(wrong ?? to)
    void look(codes).then((found) => { if (found) arrive(found.length > 0 ? WHO : to) })
  }

  const submit = async (andPublish: boolean): Promise<void> => {
    const wrong = check(4)
    if (wrong !== null) return setStep(wrong)
    const now = all()
    const { definition } = readOffer(now, kindOf(now.type))
    if (!definition) return
    const nobody = await look(codesOf(now))
    if (!nobody) return
    if (nobody.length > 0) return setStep(WHO)
    const fields: Omit<CreatePromotionInput, 'idempotencyKey'> = {
      name: now.name.trim(),
      description: now.description.trim(),
      startsAt: now.startMode === 'at' && now.startsAt ? toInstant(now.startsAt) : opened.instant,
      endsAt: toInstant(now.endsAt!),
      offers: [withWindows(definition, now, kindOf(now.type))],
      channels: now.channels,
      regionPaths: now.placeKind === 'regions' ? now.regionPaths : [],
      storeIds: now.placeKind === 'stores' ? now.storeIds : [],
      tags: [],
    }
    setBusy(andPublish ? 'publish' : 'draft')
    setElsewhere([])
    const made = await create({ input: { ...fields, idempotencyKey: createKey.for(fields) } })
    const result = made.data?.createPromotion
    if (made.error || result?.__typename !== 'Promotion') {
      setBusy(null)
      if (made.error) return sayTrouble(made.error)
      if (result?.__typename === 'IdempotencyConflict') return void message.error(result.message)
      if (result?.__typename !== 'InvalidInput') return void message.error(t('trouble.fault'))
      const placed = result.problems.map((problem) => ({ field: fieldOfProblem(problem.path, kindOf(now.type)), text: problem.message, path: problem.path }))
      const atFields = placed.flatMap(({ field, text }) => (field ? [{ field, text }] : []))
      show(atFields)
      const unplaced = placed.flatMap(({ field, text, path }) => (field ? [] : [path ? `${path}: ${text}` : text]))
      setElsewhere(unplaced.length > 0 || atFields.length > 0 ? unplaced : [result.message])
      if (atFields.length > 0) setStep(Math.min(...atFields.map(({ field }) => stepOf(field))))
      return
    }
    // The same draft until it is left: pressing again after a failed publication does not make a second one.
    if (andPublish) {
      const input = { promotionId: result.id }
      const published = await publish({ input: { ...input, idempotencyKey: publishKey.for(input) } })
      const outcome = published.data?.publishPromotion
      if (published.error) {
        setBusy(null)
        return sayTrouble(published.error)
      }
      if (outcome?.__typename === 'Promotion') message.success(t('promotion.published', { version: outcome.version }))
      else if (outcome) message.warning(t('promotion.savedNotPublished', { reason: outcome.message }))
    } else message.success(t('promotion.saved'))
    setBusy(null)
    createKey.done()
    publishKey.done()
    unsaved.current = false
    void navigate(`/promotions/${encodeURIComponent(result.id)}`)
  }

  const titles = [t('wizard.play'), t('wizard.goods'), t('wizard.where'), t('wizard.stacking'), t('wizard.preview')]
  return (
    <>
      <PageHead title={t('promotion.create')} crumb={<Link to="/promotions">{t('promotion.title')}</Link>} />
      <div className="panel wizard-steps">
        <Steps size="small" current={step} onChange={go} items={titles.map((title, i) => ({ title, disabled: i > reached + 1 }))} />
      </div>
      <div className="wizard">
        <Form form={form} layout="vertical" requiredMark={false} initialValues={opened.values} onValuesChange={() => { unsaved.current = true; forget() }} scrollToFirstError className="panel" component="form" onFinish={() => (step < 4 ? go(step + 1) : undefined)}>
          <div className="wizard-body">
            {elsewhere.length > 0 && <Alert type="error" showIcon role="alert" style={{ marginBottom: 14 }} title={t('problem.elsewhere')} description={<ul style={{ margin: 0, paddingLeft: 18 }}>{elsewhere.map((text) => <li key={text}>{text}</li>)}</ul>} />}
            <div hidden={step !== 0}><PlayStep kinds={kinds} kind={kind} values={values} onPreset={(fill) => { form.setFieldsValue(fill as Parameters<typeof form.setFieldsValue>[0]); unsaved.current = true; forget() }} /></div>
            <div hidden={step !== 1}><GoodsStep kind={kind} values={values} /></div>
            <div hidden={step !== 2}><WhereStep kind={kind} values={values} unknown={unknown} /></div>
            <div hidden={step !== 3}><StackingStep kind={kind} values={values} /></div>
            <div hidden={step !== 4}>{step === 4 && <PreviewStep kind={kind} values={values} opened={opened.instant} />}</div>
          </div>
          <div className="wizard-foot">
            <Button disabled={step === 0} onClick={() => setStep(step - 1)}>{t('wizard.back')}</Button>
            {step < 4 ? (
              <Button type="primary" htmlType="submit">{t('wizard.next')}</Button>
            ) : (
              <span style={{ display: 'flex', gap: 8 }}>
                <Button loading={busy === 'draft'} disabled={busy !== null} onClick={() => void submit(false)}>{t('wizard.saveDraft')}</Button>
                <Button type="primary" loading={busy === 'publish'} disabled={busy !== null} onClick={() => void submit(true)}>{t('wizard.publish')}</Button>
              </span>
            )}
          </div>
        </Form>
        {step < 4 ? <Summary kind={kind} values={values} opened={opened.instant} currency={currency} /> : <ExamplePanel kind={kind} values={values} />}
      </div>
    </>
  )
}

/** A pre-sale has its two windows beside its rule; the promotion's own are their outer ends. */
const withWindows = (definition: Definition, values: WizardValues, kind: OfferKind): Definition =>
  isPresale(kind) && values.depositUntil && values.finalFrom ? { ...definition, presale: { deposit_until: toInstant(values.depositUntil), final_from: toInstant(values.finalFrom) } } : definition

// ---- 玩法 ----

function PlayStep({ kinds, kind, values, onPreset }: { kinds: OfferKind[]; kind: OfferKind; values: WizardValues; onPreset: (fill: Partial<WizardValues>) => void }) {
  const t = useT()
  return (
    <>
      <h2>{t('wizard.play')}</h2>
      <p className="hint">{t('wizard.playHint')}</p>
      <Form.Item name="type" noStyle><TypeGallery kinds={kinds} /></Form.Item>
      <div className="chips">
        <span className="muted small">{t('wizard.presets')}</span>
        {PRESETS.filter((preset) => kinds.some((it) => it.name === preset.type)).map((preset) => (
          <Button
            key={preset.key}
            size="small"
            onClick={() => onPreset({ type: preset.type, rule: { [preset.type]: preset.figures }, ...EVERYBODY, ...preset.who, ...(values.name.trim() === '' || PRESETS.some((it) => t(it.name) === values.name) ? { name: t(preset.name) } : {}) })}
          >
            <span className="muted">{t(`scene.${preset.scene}`)}</span> {t(preset.name)}
          </Button>
        ))}
      </div>
      <h2 style={{ marginBottom: 10 }}>{t('wizard.offer')}</h2>
      <SchemaFields key={kind.name} fields={kind.form} figures={values.rule[kind.name]} at={['rule', kind.name]} />
      <div className="fields">
        <Form.Item name="name" label={t('promotion.name')}><Input maxLength={40} placeholder={t('promotion.nameHint')} autoComplete="off" /></Form.Item>
        <Form.Item name="description" label={t('promotion.descriptionOptional')}><Input maxLength={200} placeholder={t('promotion.descriptionHint')} autoComplete="off" /></Form.Item>
      </div>
    </>
  )
}

function TypeGallery({ kinds, value, onChange }: { kinds: OfferKind[]; value?: string; onChange?: (value: string) => void }) {
  const t = useT()
  return (
    <fieldset className="gallery">
      <legend className="hidden-text">{t('wizard.play')}</legend>
      {kinds.map((kind) => {
        const [what, eg] = t('language') === 'zh' ? [kind.whatZh, kind.egZh] : [kind.whatEn, kind.egEn]
        return (
          <label key={kind.name} title={what || undefined} className={`choice ${value === kind.name ? 'on' : ''}`} data-testid={`play-${kind.name}`}>
            <input type="radio" name="type" aria-label={labelOf(kind, t)} value={kind.name} checked={value === kind.name} onChange={() => onChange?.(kind.name)} />
            <b>{labelOf(kind, t)}</b>
            <span className="eg">{eg || t(`level.${levelOf(kind)}`)}</span>
          </label>
        )
      })}
    </fieldset>
  )
}

// ---- 商品范围 ----

function GoodsStep({ kind, values }: { kind: OfferKind; values: WizardValues }) {
  const t = useT()
  if (!kind.scoped) return <><h2>{t('wizard.goods')}</h2><p className="hint">{t('goods.own', { type: labelOf(kind, t) })}</p></>
  return (
    <>
      <h2>{t('wizard.goods')}</h2>
      <p className="hint">{t('goods.hint')}</p>
      <Form.Item name="scopeKind">
        <Radio.Group options={[{ value: 'all', label: t('scope.all') }, { value: 'some', label: t('goods.some') }]} />
      </Form.Item>
      {values.scopeKind === 'some' && <SomeFields at="some" />}
      <Collapse
        ghost
        size="small"
        styles={{ header: { padding: '4px 0' }, body: { padding: '8px 0 0' } }}
        items={[{ key: 'except', label: t('goods.except'), forceRender: true, children: <SomeFields at="except" /> }]}
      />
    </>
  )
}

// ---- 时间与渠道门店 ----

function WhereStep({ kind, values, unknown }: { kind: OfferKind; values: WizardValues; unknown: Unknown }) {
  const t = useT()
  const [{ data }] = useQuery({ query: StoresDocument })
  const stores = data?.stores ?? []
  const picker = { showTime: { format: 'HH:mm:ss' }, format: 'YYYY-MM-DD HH:mm:ss', style: { width: 220 } } as const
  return (
    <>
      <h2>{t('where.time')}</h2>
      <p className="hint">{t('where.zone')}</p>
      <Form.Item name="startMode" label={t('promotion.startsAt')} style={{ marginBottom: 8 }}>
        <Radio.Group options={[{ value: 'now', label: t('where.now') }, { value: 'at', label: t('where.at') }]} />
      </Form.Item>
      {values.startMode === 'at' && <Form.Item name="startsAt"><DatePicker {...picker} aria-label={t('promotion.startsAt')} /></Form.Item>}
      {isPresale(kind) && (
        <>
          <p className="hint">{t('presale.windowsHint')}</p>
          <div className="fields">
            <Form.Item name="depositUntil" label={t('presale.depositUntil')}><DatePicker {...picker} aria-label={t('presale.depositUntil')} /></Form.Item>
            <Form.Item name="finalFrom" label={t('presale.finalFrom')}><DatePicker {...picker} aria-label={t('presale.finalFrom')} /></Form.Item>
          </div>
        </>
      )}
      <Form.Item name="endsAt" label={t(isPresale(kind) ? 'presale.finalUntil' : 'promotion.endsAt')}><DatePicker {...picker} /></Form.Item>
      <h2>{t('where.channels')}</h2>
      <p className="hint">{t('where.channelsHint')}</p>
      <Form.Item name="channels"><Checkbox.Group options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))} /></Form.Item>
      <h2 style={{ marginBottom: 8 }}>{t('where.stores')}</h2>
      <Form.Item name="placeKind">
        <Radio.Group options={[{ value: 'all', label: t('place.all') }, { value: 'regions', label: t('where.regions') }, { value: 'stores', label: t('where.someStores') }]} />
      </Form.Item>
      {values.placeKind === 'regions' && (
        <Form.Item name="regionPaths"><Select mode="multiple" style={{ maxWidth: 536 }} aria-label={t('where.regions')} placeholder={t('where.regionsHint')} options={regionsOf(stores).map((path) => ({ value: path, label: path.replaceAll('/', ' / ') }))} /></Form.Item>
      )}
      {values.placeKind === 'stores' && (
        <Form.Item name="storeIds">
          <Select
            mode="multiple"
            style={{ maxWidth: 536 }}
            aria-label={t('where.someStores')}
            placeholder={t('where.storesHint')}
            showSearch={{ optionFilterProp: 'label' }}
            options={[...new Set(stores.map((store) => store.city))].map((city) => ({ label: city, title: city, options: stores.filter((store) => store.city === city).map((store) => ({ value: store.id, label: store.name })) }))}
          />
        </Form.Item>
      )}
      <WhoFields unknown={unknown} />
    </>
  )
}

// ---- 顾客 ----

/** Levels of the merchant by name. */
function useLevels(): { id: string; name: string }[] {
  const [{ data }] = useQuery({ query: LevelSchemeDocument })
  return data?.levelScheme.levels ?? []
}

/** Which of the customers that are named nobody is: looked for while they are written, and asked for again before it goes on (null: that did not succeed, and was said) */
function useUnknownCustomers(codes: string[]): [Unknown, (codes: string[]) => Promise<Unknown | null>] {
  const client = useClient()
  const sayTrouble = useSayTrouble()
  const [found, setFound] = useState<{ of: string; rows: Unknown }>({ of: '', rows: [] })
  const look = useCallback(async (names: string[]): Promise<Unknown | null> => {
    const rows = await unknownAmong(names, async (part) => {
      const { data, error } = await client.query(UnknownCustomersDocument, { names: part }, { requestPolicy: 'network-only' }).toPromise()
      if (error) sayTrouble(error)
      return data?.unknownCustomers ?? null
    })
    if (rows) setFound({ of: names.join(' '), rows })
    return rows
  }, [client, sayTrouble])
  const wanted = codes.join(' ')
  useEffect(() => {
    if (wanted === '') return undefined
    const timer = setTimeout(() => void look(wanted.split(' ')), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [wanted, look])
  return [found.of === wanted ? found.rows : [], look]
}

const MOST_TOLD = 5

function WhoFields({ unknown }: { unknown: Unknown }) {
  const t = useT()
  const nobody = new Set(unknown.map(({ name }) => name))
  const told = unknown.slice(0, MOST_TOLD).map(({ row, name }) => t('who.unknown', { row, name })).join(t('list.semicolon'))
  const levels = useLevels()
  return (
    <>
      <h2>{t('who.title')}</h2>
      <p className="hint">{t('who.hint')}</p>
      <Form.Item name="levels" label={t('who.levels')}><Select mode="multiple" style={{ maxWidth: 536 }} placeholder={t('who.allLevels')} options={levels.map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
      <Form.Item name="customers" label={t('who.customers')} extra={t('who.customersHint')} {...(unknown.length > 0 ? { validateStatus: 'error' as const, help: <span role="alert">{told}{unknown.length > MOST_TOLD && t('who.unknownMore', { count: unknown.length })}</span> } : {})}>
        <Select
          mode="tags" style={{ maxWidth: 536 }} open={false} suffixIcon={null} tokenSeparators={[',', '，', ' ', '\n']} placeholder={t('who.all')}
          tagRender={({ label, value, onClose }) => <Tag color={nobody.has(String(value).trim()) ? 'error' : undefined} closable onClose={onClose} onMouseDown={(event) => event.preventDefault()} style={{ margin: 2 }}>{label}</Tag>}
        />
      </Form.Item>
      <Form.Item name="monthDays" label={t('who.monthDays')}><Select mode="multiple" style={{ maxWidth: 536 }} placeholder={t('who.everyDay')} options={Array.from({ length: 31 }, (_, i) => ({ value: i + 1, label: t('who.dayOf', { day: i + 1 }) }))} /></Form.Item>
      <div className="fields">
        <Form.Item name="customer" label={t('who.customer')}><Select options={(['all', 'new', 'returning'] as const).map((value) => ({ value, label: t(`who.${value}`) }))} /></Form.Item>
        <Form.Item name="birthday" label={t('who.birthday')}><Select options={[{ value: 'any', label: t('who.anyTime') }, { value: 'month', label: t('who.month') }, { value: 'day', label: t('who.day') }]} /></Form.Item>
        <Form.Item name="minAmount" label={t('who.minAmount')} extra={t('who.minAmountHint')}><Input inputMode="decimal" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
      </div>
    </>
  )
}

// ---- 叠加 ----

function StackingStep({ kind, values }: { kind: OfferKind; values: WizardValues }) {
  const t = useT()
  const level = levelOf(kind)
  const line = level === 'LINE' || isPresale(kind)
  const takes = takesGoods(kind)
  const free = takes && values.exclusive === 'none'
  return (
    <>
      <h2>{t('wizard.stacking')}</h2>
      <p className="hint">{t(`stack.hint${level}`)}</p>
      {takes && <Form.Item name="exclusive" label={t('stack.exclusive')}>
        <Radio.Group className="checks" options={[{ value: 'none', label: t('stack.none') }, { value: 'line', label: t('stack.line') }, { value: 'cart', label: t('stack.cart') }]} />
      </Form.Item>}
      {level === 'SHIPPING' && <div className="checks" style={{ marginBottom: 18 }}><Toggle name="meetsCoupons" text={t('stack.coupons')} /></div>}
      {free && (
        <div className="checks" style={{ marginBottom: 18 }}>
          <Toggle name="meetsCoupons" text={t('stack.coupons')} />
          <Toggle name="meetsOtherLevel" text={t(level === 'ORDER' ? 'stack.withLine' : 'stack.withOrder')} />
          <Toggle name="ownGroup" text={t(`stack.own${level === 'LINE' ? 'Line' : level === 'ORDER' ? 'Order' : 'Gift'}`)} hint={t('stack.ownHint')} />
        </div>
      )}
      <h2 style={{ marginBottom: 8 }}>{t(level === 'EARN' ? 'limit.titleEarn' : 'limit.title')}</h2>
      <div className="fields">
        <Form.Item name="perOrder" label={t(line ? 'limit.perOrderUnits' : 'limit.perOrder')}><Input inputMode="numeric" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
        <Form.Item name="perCustomer" label={t(line ? 'limit.perCustomerUnits' : 'limit.perCustomer')}><Input inputMode="numeric" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
        <Form.Item name="perDay" label={t(line ? 'limit.perDayUnits' : 'limit.perDay')} extra={t('limit.perDayHint')}><Input inputMode="numeric" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
        <Form.Item name="stock" label={t(isPresale(kind) ? 'presale.stock' : line ? 'limit.stockUnits' : 'limit.stock')} extra={isPresale(kind) ? undefined : t('limit.stockHint')}><Input inputMode="numeric" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
        {takesBudget(kind) && <Form.Item name="budget" label={t('limit.budget')} extra={t(level === 'EARN' ? 'limit.budgetHintEarn' : level === 'GIFT' ? 'limit.budgetHintGift' : 'limit.budgetHint')}><Input inputMode="decimal" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>}
      </div>
      {takesBearing(kind) && (
        <>
          <h2 style={{ marginBottom: 4 }}>{t('bearing.title')}</h2>
          <p className="hint">{t('bearing.hint')}</p>
          <BearingFields rows={values.bearing} seasons={values.bearingSeasons ?? []} shipping={level === 'SHIPPING'} />
        </>
      )}
    </>
  )
}

function Toggle({ name, text, hint }: { name: keyof WizardValues; text: string; hint?: string }) {
  return (
    <label style={{ display: 'flex', gap: 10, alignItems: 'center' }}>
      <Form.Item name={name} valuePropName="checked" noStyle><Switch size="small" aria-label={text} /></Form.Item>
      <span>{text}{hint && <span className="muted small" style={{ marginLeft: 8 }}>{hint}</span>}</span>
    </label>
  )
}

// ---- 预览 ----

function Examples({ kind, values }: { kind: OfferKind; values: WizardValues }) {
  const t = useT()
  const { definition } = readOffer({ ...values, scopeKind: 'all' }, kind)
  if (!definition) return <p className="muted small" style={{ margin: 0 }}>{t('example.notYet')}</p>
  const rows = examplesOf(definition, t, values.scopeKind === 'some' ? values.some.skus : [], productsOf(values))
  if (rows.length === 0) return <p className="muted small" style={{ margin: 0 }}>{t('example.none')}</p>
  return (
    <table className="examples">
      <thead><tr><th>{t('example.what')}</th><th>{t('example.list')}</th><th>{t('example.off')}</th><th>{t('example.pay')}</th></tr></thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            <td title={row.label}>{row.label}</td>
            <td><Money fen={row.listFen} short /></td>
            <td>{row.reached ? <span className="off">{row.gives ?? <>-<Money fen={row.offFen} short /></>}</span> : <span className="muted">{t('example.notReached')}</span>}</td>
            <td><Money fen={row.payFen} short /></td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A type without a scope names its goods itself, as the rule says */
const goodsWords = (kind: OfferKind, values: WizardValues, t: T): string => (kind.scoped ? scopeWords(scopeOf(values), t) : t('goods.named', { count: productsOf(values).length }))

function placeSentence(values: WizardValues, stores: Map<string, string>, all: string): string {
  if (values.placeKind === 'regions' && values.regionPaths.length > 0) return values.regionPaths.map((path) => path.replaceAll('/', ' / ')).join('、')
  if (values.placeKind === 'stores' && values.storeIds.length > 0) return values.storeIds.map((id) => stores.get(id) ?? id).join('、')
  return all
}

function windowSentence(values: WizardValues, opened: string, now: string): string {
  void opened
  const start = values.startMode === 'now' ? now : values.startsAt ? formatDateTime(toInstant(values.startsAt)) : '…'
  return `${start} – ${values.endsAt ? formatDateTime(toInstant(values.endsAt)) : '…'}`
}

function PreviewStep({ kind, values, opened }: { kind: OfferKind; values: WizardValues; opened: string }) {
  const t = useT()
  const currency = useCurrency()
  const [{ data }] = useQuery({ query: StoresDocument })
  const names = new Map(data?.stores.map((store) => [store.id, store.name]))
  const levels = new Map(useLevels().map(({ id, name }) => [id, name]))
  const { definition } = readOffer(values, kind)
  const budgetFen = takesBudget(kind) ? parseYuan(values.budget) : null
  const limits = ([['perOrder', values.perOrder], ['perCustomer', values.perCustomer], ['perDay', values.perDay], ['stock', isPresale(kind) ? '' : values.stock]] as const).filter(([, most]) => most.trim() !== '')
  const units = levelOf(kind) === 'LINE' || isPresale(kind)
  const row = (label: string, node: ReactNode) => <tr><th scope="row">{label}</th><td>{node}</td></tr>
  return (
    <>
      <h2>{values.name}</h2>
      <p className="hint">{t('wizard.previewHint')}</p>
      <table className="review">
        <tbody>
          {row(t('column.offer'), <strong data-testid="preview-sentence">{definition ? sentenceOf(definition, kind, t, currency, namesOf(values)) : '—'}</strong>)}
          {row(t('wizard.goods'), goodsWords(kind, values, t))}
          {row(t('who.label'), <span data-testid="preview-who">{whoWords(values, t, levels)}</span>)}
          {row(t('column.window'), <span className="num">{windowSentence(values, opened, t('where.now'))}</span>)}
          {isPresale(kind) && values.depositUntil && values.finalFrom && row(t('presale.windows'), <span className="num" data-testid="preview-presale">{t('presale.windowsAre', { until: formatDateTime(toInstant(values.depositUntil)), from: formatDateTime(toInstant(values.finalFrom)) })}</span>)}
          {isPresale(kind) && values.stock.trim() !== '' && row(t('presale.stock'), values.stock)}
          {row(t('column.channels'), channelWords(values.channels, t))}
          {row(t('column.stores'), placeSentence(values, names, t('place.all')))}
          {row(t('wizard.stacking'), stackingSentences(values, kind, t).map((text) => <div key={text}>{text}</div>))}
          {limits.length > 0 && row(t(levelOf(kind) === 'EARN' ? 'limit.titleEarn' : 'limit.title'), limits.map(([name, most]) => <div key={name}>{t(`limit.say.${name}${units ? 'Units' : ''}`, { most })}</div>))}
          {budgetFen !== null && row(t('promotion.budget'), <Money fen={budgetFen} />)}
          {takesBearing(kind) && row(t('bearing.title'), <BearingTold shares={readBearing(values.bearing, () => undefined)} seasons={readSeasons(values.bearingSeasons ?? [], () => undefined)} />)}
        </tbody>
      </table>
      <Collapse ghost size="small" style={{ marginTop: 12 }} styles={{ header: { padding: '6px 0' }, body: { padding: 0 } }} items={[{ key: 'json', label: <span className="muted small">{t('promotion.machineRule')}</span>, children: <pre className="json">{JSON.stringify(definition, null, 2)}</pre> }]} />
    </>
  )
}

function ExamplePanel({ kind, values }: { kind: OfferKind; values: WizardValues }) {
  const t = useT()
  return (
    <aside className="summary" aria-label={t('example.title')}>
      <Panel title={t('example.title')} extra={<span className="muted small">{t('example.hint')}</span>}><Examples kind={kind} values={values} /></Panel>
    </aside>
  )
}

function Summary({ kind, values, opened, currency }: { kind: OfferKind; values: WizardValues; opened: string; currency: string }) {
  const t = useT()
  const sentence = ruleSentence(values, kind, t, currency)
  const levels = new Map(useLevels().map(({ id, name }) => [id, name]))
  return (
    <aside className="summary" aria-label={t('summary.title')}>
      <Panel title={t('summary.title')}>
        <dl>
          <dt>{labelOf(kind, t)}</dt>
          <dd className={sentence ? 'sentence' : 'muted'} data-testid="summary-sentence">{sentence ?? t('summary.fillIn')}</dd>
          <dt>{t('wizard.goods')}</dt>
          <dd>{goodsWords(kind, values, t)}</dd>
          <dt>{t('column.window')}</dt>
          <dd className="num">{windowSentence(values, opened, t('where.now'))}</dd>
          <dt>{t('who.label')}</dt>
          <dd>{whoWords(values, t, levels)}</dd>
          <dt>{t('column.where')}</dt>
          <dd>{values.placeKind === 'all' ? t('place.all') : values.placeKind === 'regions' ? values.regionPaths.map((path) => path.split('/').at(-1)).join('、') || '…' : t('place.stores', { count: values.storeIds.length })} · {channelWords(values.channels, t)}</dd>
          <dt>{t('wizard.stacking')}</dt>
          <dd>{stackingSentences(values, kind, t).map((text) => <div key={text}>{text}</div>)}</dd>
          <dt>{t('example.title')}</dt>
          <dd><Examples kind={kind} values={values} /></dd>
        </dl>
      </Panel>
    </aside>
  )
}
