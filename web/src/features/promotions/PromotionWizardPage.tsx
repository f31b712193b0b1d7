import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Alert, App, Button, Checkbox, Collapse, DatePicker, Form, Input, type InputProps, Radio, Select, Steps, Switch } from 'antd'
import type { Dayjs } from 'dayjs'
import { type ReactNode, useCallback, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { Money, MoneyInput, useCurrency } from '../../components/Money'
import { useLeaveGuard } from '../../components/LeaveGuard'
import { PageHead, Panel } from '../../components/Page'
import { type Channel, CreatePromotionDocument, type CreatePromotionInput, PublishPromotionDocument, StoresDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime, nowInShanghai, toInstant } from '../../lib/time'
import { regionsOf } from '../dashboard/points'
import { SomeFields } from '../products/ScopeFields'
import { GoodsWithFigure } from '../products/GoodsWithFigure'
import { ZheInput } from '../../components/ZheInput'
import { complete, emptyOfferForm, examplesOf, fieldOfProblem, type FieldPath, levelOf, namesOf, type OfferForm, PLAYS, type Play, readOffer, ruleSentence, scopeOf, scopeWords, sentenceOf, stackingSentences } from './offerForm'
import { channelWords } from './parts'
import { PRESETS } from './presets'

const CHANNELS: Channel[] = ['MINIAPP', 'H5', 'APP', 'MALL', 'POS']

export type WizardValues = OfferForm & {
  name: string
  description: string
  startMode: 'now' | 'at'
  startsAt: Dayjs | null
  endsAt: Dayjs | null
  channels: Channel[]
  placeKind: 'all' | 'regions' | 'stores'
  regionPaths: string[]
  storeIds: string[]
}

/** The step on which a field stands, so that a problem takes the operator there. */
const STEP_OF: Record<string, number> = {
  name: 0, description: 0, play: 0, tiers: 0, every: 0, percentTiers: 0, percentMaxOff: 0, zhe: 0, unitMaxOff: 0, price: 0, off: 0,
  nth: 0, bundle: 0, buyGet: 0, gift: 0, addOn: 0, shippingMin: 0, perYuan: 0, stamps: 0,
  scopeKind: 1, some: 1, except: 1,
  startsAt: 2, endsAt: 2, channels: 2, placeKind: 2, regionPaths: 2, storeIds: 2,
  ownGroup: 3, meetsOtherLevel: 3, meetsCoupons: 3, exclusive: 3, perOrder: 3, perCustomer: 3,
}
const stepOf = (field: FieldPath): number => STEP_OF[String(field[0])] ?? 4

export function PromotionWizardPage() {
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
        ...emptyOfferForm('spend_tiers', `g-${now.valueOf().toString(36)}`),
        name: '', description: '', startMode: 'now', startsAt: null, endsAt: now.add(7, 'day').hour(23).minute(59).second(59).millisecond(0),
        channels: [], placeKind: 'all', regionPaths: [], storeIds: [],
      } satisfies WizardValues,
    }
  })
  const values = complete<WizardValues>(opened.values, Form.useWatch((all: WizardValues) => all, { form, preserve: true }))
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

  const all = (): WizardValues => complete<WizardValues>(opened.values, form.getFieldsValue(true) as WizardValues)

  /** Every problem that can be known here, at its field; returns the first step that has one. */
  const check = (upTo: number): number | null => {
    const now = all()
    const problems: { field: FieldPath; text: string }[] = readOffer(now).problems.map(({ field, key }) => ({ field, text: t(key) }))
    if (now.name.trim() === '') problems.push({ field: ['name'], text: t('problem.required') })
    if (now.startMode === 'at' && !now.startsAt) problems.push({ field: ['startsAt'], text: t('problem.required') })
    const start = now.startMode === 'at' && now.startsAt ? toInstant(now.startsAt) : opened.instant
    if (!now.endsAt) problems.push({ field: ['endsAt'], text: t('problem.required') })
    else if (Date.parse(toInstant(now.endsAt)) <= Math.max(Date.parse(start), now.startMode === 'now' ? Date.now() : 0)) problems.push({ field: ['endsAt'], text: t('problem.endAfterStart') })
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
    const next = wrong ?? to
    setStep(next)
    setReached(Math.max(reached, next))
  }

  const submit = async (andPublish: boolean): Promise<void> => {
    const wrong = check(4)
    if (wrong !== null) return setStep(wrong)
    const now = all()
    const { definition } = readOffer(now)
    if (!definition) return
    const fields: Omit<CreatePromotionInput, 'idempotencyKey'> = {
      name: now.name.trim(),
      description: now.description.trim(),
      startsAt: now.startMode === 'at' && now.startsAt ? toInstant(now.startsAt) : opened.instant,
      endsAt: toInstant(now.endsAt!),
      offers: [definition],
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
      const placed = result.problems.map((problem) => ({ field: fieldOfProblem(problem.path, now.play), text: problem.message, path: problem.path }))
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
            <div hidden={step !== 0}><PlayStep values={values} onPreset={(fill) => { form.setFieldsValue(fill as Parameters<typeof form.setFieldsValue>[0]); unsaved.current = true; forget() }} /></div>
            <div hidden={step !== 1}><GoodsStep values={values} /></div>
            <div hidden={step !== 2}><WhereStep values={values} /></div>
            <div hidden={step !== 3}><StackingStep values={values} /></div>
            <div hidden={step !== 4}>{step === 4 && <PreviewStep values={values} opened={opened.instant} />}</div>
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
        {step < 4 ? <Summary values={values} opened={opened.instant} currency={currency} /> : <ExamplePanel values={values} />}
      </div>
    </>
  )
}

// ---- 玩法 ----

function PlayStep({ values, onPreset }: { values: WizardValues; onPreset: (fill: Partial<WizardValues>) => void }) {
  const t = useT()
  return (
    <>
      <h2>{t('wizard.play')}</h2>
      <p className="hint">{t('wizard.playHint')}</p>
      <Form.Item name="play" noStyle><PlayGallery /></Form.Item>
      <div className="chips">
        <span className="muted small">{t('wizard.presets')}</span>
        {PRESETS.map((preset) => (
          <Button
            key={preset.key}
            size="small"
            onClick={() => onPreset({ ...preset.fill, play: preset.play, ...(values.name.trim() === '' || PRESETS.some((it) => t(it.name) === values.name) ? { name: t(preset.name) } : {}) })}
          >
            <span className="muted">{t(`scene.${preset.scene}`)}</span> {t(preset.name)}
          </Button>
        ))}
      </div>
      <h2 style={{ marginBottom: 10 }}>{t('wizard.offer')}</h2>
      <OfferFields values={values} />
      <div className="fields">
        <Form.Item name="name" label={t('promotion.name')}><Input maxLength={40} placeholder={t('promotion.nameHint')} autoComplete="off" /></Form.Item>
        <Form.Item name="description" label={t('promotion.descriptionOptional')}><Input maxLength={200} placeholder={t('promotion.descriptionHint')} autoComplete="off" /></Form.Item>
      </div>
    </>
  )
}

function PlayGallery({ value, onChange }: { value?: Play; onChange?: (value: Play) => void }) {
  const t = useT()
  return (
    <fieldset className="gallery">
      <legend className="hidden-text">{t('wizard.play')}</legend>
      {PLAYS.map((play) => (
        <label key={play} title={t(`play.${play}.what`)} className={`choice ${value === play ? 'on' : ''}`} data-testid={`play-${play}`}>
          <input type="radio" name="play" aria-label={t(`play.${play}`)} value={play} checked={value === play} onChange={() => onChange?.(play)} />
          <b>{t(`play.${play}`)}</b>
          <span className="eg">{t(`play.${play}.eg`)}</span>
        </label>
      ))}
    </fieldset>
  )
}

function OfferFields({ values }: { values: WizardValues }) {
  const t = useT()
  switch (values.play) {
    case 'spend_tiers':
      return (
        <Form.List name="tiers">
          {(rows, { add, remove }) => (
            <div style={{ marginBottom: 18 }}>
              {rows.map(({ key, name }) => (
                <div className="tier-row" key={key}>
                  <span className="tier-name">{t('offer.tier', { n: name + 1 })}</span>
                  <Form.Item name={[name, 'min']}><MoneyInput aria-label={t('offer.minOfTier', { n: name + 1 })} addonBeforeText={t('offer.spend')} /></Form.Item>
                  <Form.Item name={[name, 'off']}><MoneyInput aria-label={t('offer.offOfTier', { n: name + 1 })} addonBeforeText={t('offer.less')} /></Form.Item>
                  {rows.length > 1 && <Button type="text" icon={<DeleteOutlined />} aria-label={t('offer.removeTier', { n: name + 1 })} onClick={() => remove(name)} />}
                </div>
              ))}
              <Button size="small" type="dashed" icon={<PlusOutlined />} disabled={rows.length >= 5} onClick={() => add({ min: '', off: '' })}>{t('offer.addTier')}</Button>
            </div>
          )}
        </Form.List>
      )
    case 'spend_every':
      return (
        <div className="fields">
          <Form.Item name={['every', 'min']} label={t('offer.everyMin')}><MoneyInput /></Form.Item>
          <Form.Item name={['every', 'off']} label={t('offer.everyOff')}><MoneyInput /></Form.Item>
          <Form.Item name={['every', 'maxOff']} label={t('offer.orderCap')}><MoneyInput placeholder={t('offer.noCap')} /></Form.Item>
        </div>
      )
    case 'spend_percent':
      return (
        <>
          <Form.Item name="percentBasis" label={t('offer.basis')}>
            <Radio.Group options={[{ value: 'min', label: t('offer.byMoney') }, { value: 'count', label: t('offer.byCount') }]} />
          </Form.Item>
          <Form.List name="percentTiers">
            {(rows, { add, remove }) => (
              <div style={{ marginBottom: 18 }}>
                {rows.map(({ key, name }) => (
                  <div className="tier-row" key={key}>
                    <span className="tier-name">{t('offer.tier', { n: name + 1 })}</span>
                    <Form.Item name={[name, 'threshold']}>
                      {values.percentBasis === 'min' ? <MoneyInput aria-label={t('offer.minOfTier', { n: name + 1 })} addonBeforeText={t('offer.spend')} /> : <Input inputMode="numeric" autoComplete="off" prefix={<span className="muted">{t('offer.spend')}</span>} suffix={<span className="muted">{t('unit.items')}</span>} aria-label={t('offer.countOfTier', { n: name + 1 })} />}
                    </Form.Item>
                    <Form.Item name={[name, 'zhe']}><ZheInput aria-label={t('offer.zheOfTier', { n: name + 1 })} /></Form.Item>
                    {rows.length > 1 && <Button type="text" icon={<DeleteOutlined />} aria-label={t('offer.removeTier', { n: name + 1 })} onClick={() => remove(name)} />}
                  </div>
                ))}
                <Button size="small" type="dashed" icon={<PlusOutlined />} disabled={rows.length >= 5} onClick={() => add({ threshold: '', zhe: '' })}>{t('offer.addTier')}</Button>
              </div>
            )}
          </Form.List>
          <div className="fields"><Form.Item name="percentMaxOff" label={t('offer.orderCap')}><MoneyInput placeholder={t('offer.noCap')} /></Form.Item></div>
        </>
      )
    case 'percent_off':
      return (
        <div className="fields">
          <Form.Item name="zhe" label={t('offer.zhe')}><ZheInput /></Form.Item>
          <Form.Item name="unitMaxOff" label={t('offer.unitCap')}><MoneyInput placeholder={t('offer.noCap')} /></Form.Item>
        </div>
      )
    case 'fixed_price':
      return <div className="fields"><Form.Item name="price" label={t('offer.price')}><MoneyInput /></Form.Item></div>
    case 'amount_off':
      return <div className="fields"><Form.Item name="off" label={t('offer.unitOff')}><MoneyInput /></Form.Item></div>
    case 'nth_item':
      return (
        <>
          <div className="fields">
            <Form.Item name={['nth', 'n']} label={t('offer.nth')}><CountInput unit={t('unit.items')} /></Form.Item>
            <Form.Item name={['nth', 'zhe']} label={t('offer.nthZhe')}><ZheInput placeholder="5" /></Form.Item>
          </div>
          <OnOff name={['nth', 'sameSku']} text={t('offer.sameSku')} hint={t('offer.sameSkuHint')} />
        </>
      )
    case 'pick_bundle':
      return (
        <>
          <div className="fields">
            <Form.Item name={['bundle', 'price']} label={t('offer.bundlePrice')}><MoneyInput /></Form.Item>
            <Form.Item name={['bundle', 'count']} label={t('offer.bundleCount')}><CountInput unit={t('unit.items')} /></Form.Item>
          </div>
          <OnOff name={['bundle', 'repeat']} text={t('offer.repeat')} hint={t('offer.bundleHint')} />
        </>
      )
    case 'buy_get':
      return (
        <>
          <div className="fields">
            <Form.Item name={['buyGet', 'buy']} label={t('offer.buy')}><CountInput unit={t('unit.items')} /></Form.Item>
            <Form.Item name={['buyGet', 'get']} label={t('offer.get')}><CountInput unit={t('unit.items')} /></Form.Item>
          </div>
          <OnOff name={['buyGet', 'repeat']} text={t('offer.repeat')} hint={t('offer.buyGetHint')} />
        </>
      )
    case 'spend_gift':
      return (
        <>
          <div className="fields">
            <Form.Item name={['gift', 'min']} label={t('offer.giftMin')}><MoneyInput /></Form.Item>
            <Form.Item name={['gift', 'choose']} label={t('offer.giftChoose')}><CountInput unit={t('unit.kinds')} placeholder={t('offer.giftAll')} /></Form.Item>
          </div>
          <Form.Item name={['gift', 'gifts']} label={t('offer.gifts')}><GoodsWithFigure figure="qty" /></Form.Item>
        </>
      )
    case 'add_on':
      return (
        <>
          <div className="fields">
            <Form.Item name={['addOn', 'min']} label={t('offer.addOnMin')}><MoneyInput /></Form.Item>
            <Form.Item name={['addOn', 'choose']} label={t('offer.addOnMost')}><CountInput unit={t('unit.items')} /></Form.Item>
          </div>
          <Form.Item name={['addOn', 'items']} label={t('offer.addOnItems')}><GoodsWithFigure figure="price" /></Form.Item>
        </>
      )
    case 'shipping':
      return <div className="fields"><Form.Item name="shippingMin" label={t('offer.shippingMin')}><MoneyInput /></Form.Item></div>
    case 'earn_points':
      return <div className="fields"><Form.Item name="perYuan" label={t('offer.perYuan')}><CountInput unit={t('unit.points')} /></Form.Item></div>
    case 'earn_stamps':
      return (
        <>
          <div className="fields">
            <Form.Item name={['stamps', 'min']} label={t('offer.stampsMin')}><MoneyInput /></Form.Item>
            <Form.Item name={['stamps', 'count']} label={t('offer.stampsCount')}><CountInput unit={t('unit.stamps')} /></Form.Item>
          </div>
          <OnOff name={['stamps', 'every']} text={t('offer.stampsEvery')} />
        </>
      )
  }
}

function CountInput({ unit, ...props }: InputProps & { unit: string }) {
  return <Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{unit}</span>} {...props} />
}

function OnOff({ name, text, hint }: { name: FieldPath; text: string; hint?: string }) {
  return (
    <label style={{ display: 'flex', gap: 10, alignItems: 'center', marginBottom: 18 }}>
      <Form.Item name={name} valuePropName="checked" noStyle><Switch size="small" aria-label={text} /></Form.Item>
      <span>{text}{hint && <span className="muted small" style={{ marginLeft: 8 }}>{hint}</span>}</span>
    </label>
  )
}

// ---- 商品范围 ----

function GoodsStep({ values }: { values: WizardValues }) {
  const t = useT()
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

function WhereStep({ values }: { values: WizardValues }) {
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
      <Form.Item name="endsAt" label={t('promotion.endsAt')}><DatePicker {...picker} /></Form.Item>
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
    </>
  )
}

// ---- 叠加 ----

function StackingStep({ values }: { values: WizardValues }) {
  const t = useT()
  const level = levelOf(values.play)
  const line = level === 'LINE'
  const takes = level !== 'SHIPPING' && level !== 'EARN'
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
      <h2 style={{ marginBottom: 8 }}>{t('limit.title')}</h2>
      <div className="fields">
        <Form.Item name="perOrder" label={t(line ? 'limit.perOrderUnits' : 'limit.perOrder')}><Input inputMode="numeric" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
        <Form.Item name="perCustomer" label={t(line ? 'limit.perCustomerUnits' : 'limit.perCustomer')}><Input inputMode="numeric" autoComplete="off" placeholder={t('limit.none')} /></Form.Item>
      </div>
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

function Examples({ values }: { values: WizardValues }) {
  const t = useT()
  const { definition } = readOffer({ ...values, scopeKind: 'all' })
  if (!definition) return <p className="muted small" style={{ margin: 0 }}>{t('example.notYet')}</p>
  return (
    <table className="examples">
      <thead><tr><th>{t('example.what')}</th><th>{t('example.list')}</th><th>{t('example.off')}</th><th>{t('example.pay')}</th></tr></thead>
      <tbody>
        {examplesOf(definition, t, values.scopeKind === 'some' ? values.some.skus : []).map((row, i) => (
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

function PreviewStep({ values, opened }: { values: WizardValues; opened: string }) {
  const t = useT()
  const currency = useCurrency()
  const [{ data }] = useQuery({ query: StoresDocument })
  const names = new Map(data?.stores.map((store) => [store.id, store.name]))
  const { definition } = readOffer(values)
  const row = (label: string, node: ReactNode) => <tr><th scope="row">{label}</th><td>{node}</td></tr>
  return (
    <>
      <h2>{values.name}</h2>
      <p className="hint">{t('wizard.previewHint')}</p>
      <table className="review">
        <tbody>
          {row(t('column.offer'), <strong data-testid="preview-sentence">{definition ? sentenceOf(definition, t, currency, namesOf(values)) : '—'}</strong>)}
          {row(t('wizard.goods'), scopeWords(scopeOf(values), t))}
          {row(t('column.window'), <span className="num">{windowSentence(values, opened, t('where.now'))}</span>)}
          {row(t('column.channels'), channelWords(values.channels, t))}
          {row(t('column.stores'), placeSentence(values, names, t('place.all')))}
          {row(t('wizard.stacking'), stackingSentences(values, t).map((text) => <div key={text}>{text}</div>))}
        </tbody>
      </table>
      <Collapse ghost size="small" style={{ marginTop: 12 }} styles={{ header: { padding: '6px 0' }, body: { padding: 0 } }} items={[{ key: 'json', label: <span className="muted small">{t('promotion.machineRule')}</span>, children: <pre className="json">{JSON.stringify(definition, null, 2)}</pre> }]} />
    </>
  )
}

function ExamplePanel({ values }: { values: WizardValues }) {
  const t = useT()
  return (
    <aside className="summary" aria-label={t('example.title')}>
      <Panel title={t('example.title')} extra={<span className="muted small">{t('example.hint')}</span>}><Examples values={values} /></Panel>
    </aside>
  )
}

function Summary({ values, opened, currency }: { values: WizardValues; opened: string; currency: string }) {
  const t = useT()
  const sentence = ruleSentence(values, t, currency)
  return (
    <aside className="summary" aria-label={t('summary.title')}>
      <Panel title={t('summary.title')}>
        <dl>
          <dt>{t(`play.${values.play}`)}</dt>
          <dd className={sentence ? 'sentence' : 'muted'} data-testid="summary-sentence">{sentence ?? t('summary.fillIn')}</dd>
          <dt>{t('wizard.goods')}</dt>
          <dd>{scopeWords(scopeOf(values), t)}</dd>
          <dt>{t('column.window')}</dt>
          <dd className="num">{windowSentence(values, opened, t('where.now'))}</dd>
          <dt>{t('column.where')}</dt>
          <dd>{values.placeKind === 'all' ? t('place.all') : values.placeKind === 'regions' ? values.regionPaths.map((path) => path.split('/').at(-1)).join('、') || '…' : t('place.stores', { count: values.storeIds.length })} · {channelWords(values.channels, t)}</dd>
          <dt>{t('wizard.stacking')}</dt>
          <dd>{stackingSentences(values, t).map((text) => <div key={text}>{text}</div>)}</dd>
          <dt>{t('example.title')}</dt>
          <dd><Examples values={values} /></dd>
        </dl>
      </Panel>
    </aside>
  )
}
