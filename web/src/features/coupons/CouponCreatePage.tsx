import { Alert, App, Button, Checkbox, DatePicker, Form, type FormInstance, Input, Radio, Select, Switch } from 'antd'
import type { Dayjs } from 'dayjs'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { MoneyInput } from '../../components/Money'
import { useLeaveGuard } from '../../components/LeaveGuard'
import { PageHead, Panel } from '../../components/Page'
import { ZheInput } from '../../components/ZheInput'
import { type Channel, type CouponPlacement, CouponTemplateDocument, CreateCouponDropDocument, type CreateCouponDropInput, LevelSchemeDocument, type LifecycleState, type RfmTier, type TemplateRowFragment } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { parseCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { nowInShanghai, toInstant } from '../../lib/time'
import { STATES, TIERS } from '../members/states'
import { ArticlePicker, type Picked } from '../products/ProductPicker'
import { complete } from '../promotions/offerForm'
import { BearingFields } from '../suppliers/BearingFields'
import { type DropOffer, emptyTemplate, fieldOfDropProblem, forOthers, readDrop, tiered, TIERED } from './dropForm'
import { emptyRest, FaceFields, templateInput, type TemplateRest, ValidityFields } from './TemplateFields'
import { TemplatePicker, TemplateTerms } from './TemplatePicker'
import { FormTicket, TemplateTicket } from './Ticket'

type Values = DropOffer & TemplateRest & { startMode: 'now' | 'at'; startsAt: Dayjs | null; endsAt: Dayjs | null
  levels: string[]; lifecycles: LifecycleState[]; rfmTiers: RfmTier[]; asks: ('follows' | 'inGroup' | 'pickedUp')[]; customer: 'all' | 'new' | 'returning'; tags: string[]; regions: string[]; placements: CouponPlacement[]; scene: string[]; channels: Channel[]
  batchesOn: boolean; batches: { opensAt: Dayjs | null; share: string }[]; carry: boolean; givesBack: boolean
}
const BY_LABEL = { optionFilterProp: 'label' } // what is typed is a word that people read, not a code
const PLACEMENTS: CouponPlacement[] = ['CENTRE', 'HOME', 'PRODUCT', 'CART', 'POPUP']
const CHANNELS: Channel[] = ['MINIAPP', 'H5', 'APP', 'MALL', 'POS']
const ACCESS = ['PUBLIC', 'CODES', 'SHARED', 'LINK', 'STAFF'] as const

export function CouponCreatePage() {
  const t = useT()
  const navigate = useNavigate()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const [form] = Form.useForm<Values>()
  const [{ data: ladder }] = useQuery({ query: LevelSchemeDocument })
  const levels = ladder?.levelScheme.levels ?? []
  const asked = useSearchParams()[0].get('template')
  const [opened] = useState(() => {
    const now = nowInShanghai()
    return {
      instant: `${now.format('YYYY-MM-DDTHH:mm')}:00+08:00`,
      values: {
        ...emptyTemplate(), ...emptyRest(), source: asked === null ? 'new' : 'existing', templateId: asked,
        total: '', perMember: '1', perDay: '', budget: '', points: '', giftSku: '', giftDays: '30', tiersOn: false, off2: '', zhe2: '', maxOff2: '', min2: '', access: 'PUBLIC', sharedCode: '',
        levels: [], lifecycles: [], rfmTiers: [], asks: [], customer: 'all', tags: [], regions: [], placements: ['CENTRE'], scene: [], channels: [], batchesOn: false, batches: [{ opensAt: null, share: '' }, { opensAt: null, share: '' }], carry: true, givesBack: false,
        startMode: 'now', startsAt: null, endsAt: now.add(7, 'day').hour(23).minute(59).second(59).millisecond(0),
      } satisfies Values,
    }
  })
  const values = complete<Values>(opened.values, Form.useWatch((all: Values) => all, { form, preserve: true }))
  const key = useCommandKey()
  const unsaved = useRef(false)
  useLeaveGuard(useCallback(() => unsaved.current, []))
  const [, create] = useMutation(CreateCouponDropDocument)
  const [busy, setBusy] = useState<'draft' | 'publish' | null>(null)
  const [article, setArticle] = useState<Picked | null>(null)
  const [{ data: linked }] = useQuery({ query: CouponTemplateDocument, variables: { id: asked ?? '' }, pause: asked === null })
  const [picked, setPicked] = useState<TemplateRowFragment | null>(null)
  const template = picked ?? linked?.couponTemplate ?? null
  const named = useRef('')
  /** A name that nobody has typed follows the template */
  const nameAfter = useCallback((name: string): void => {
    if (['', named.current].includes(form.getFieldValue('name') as string)) form.setFieldsValue({ name })
    named.current = name
  }, [form])
  const take = (row: TemplateRowFragment): void => {
    setPicked(row)
    nameAfter(row.name)
  }
  const first = linked?.couponTemplate?.name
  useEffect(() => { if (first !== undefined) nameAfter(first) }, [first, nameAfter])
  const [elsewhere, setElsewhere] = useState<string[]>([])

  const show = (problems: { field: string | string[]; text: string }[]): void => {
    // rows of the list are known to the form by number
    const placed = problems.map(({ field, text }) => ({ name: typeof field === 'string' ? field : field.map((step) => (/^\d+$/.test(step) ? Number(step) : step)), errors: [text] }))
    form.setFields(placed as unknown as Parameters<typeof form.setFields>[0])
    if (placed[0]) form.scrollToField(placed[0].name, { block: 'center', focus: true })
  }
  const forget = (): void => {
    const wrong = form.getFieldsError().filter(({ errors }) => errors.length > 0)
    if (wrong.length > 0) form.setFields(wrong.map(({ name }) => ({ name, errors: [] })) as unknown as Parameters<typeof form.setFields>[0])
    if (elsewhere.length > 0) setElsewhere([])
  }

  const submit = async (publish: boolean): Promise<void> => {
    const now = complete<Values>(opened.values, form.getFieldsValue(true) as Values)
    const { value, problems } = readDrop(now)
    const found: { field: string | string[]; text: string }[] = problems.map(({ field, key }) => ({ field: field, text: t(key) }))
    if (now.name.trim() === '') found.unshift({ field: 'name', text: t('problem.required') })
    const startsAt = now.startMode === 'at' ? now.startsAt && toInstant(now.startsAt) : opened.instant
    if (!startsAt) found.push({ field: 'startsAt', text: t('problem.required') })
    if (!now.endsAt) found.push({ field: 'endsAt', text: t('problem.required') })
    else if (startsAt && Date.parse(toInstant(now.endsAt)) <= Date.parse(startsAt)) found.push({ field: 'endsAt', text: t('problem.endAfterStart') })
    if (now.source === 'new' && now.validKind === 'window' && !now.valid) found.push({ field: 'valid', text: t('problem.required') })
    if (now.batchesOn) {
      now.batches.forEach((batch, n) => {
        if (n > 0 && !batch.opensAt) found.push({ field: ['batches', String(n), 'opensAt'], text: t('problem.required') })
        if (parseCount(batch.share) === null) found.push({ field: ['batches', String(n), 'share'], text: t('problem.required') })
      })
    }
    if (found.length > 0 || !value || !startsAt || !now.endsAt) return show(found)
    const fields: Omit<CreateCouponDropInput, 'idempotencyKey'> = {
      name: now.name.trim(),
      ...(value.content === null ? { templateId: now.templateId } : value.others ? { tiers: [{ audience: { customer: 'NEW_ONLY' }, content: value.content }, { audience: {}, content: value.others }] } : { content: value.content }),
      ...(value.content === null ? {} : templateInput(now, value)),
      startsAt,
      endsAt: toInstant(now.endsAt),
      total: value.total,
      perMember: value.perMember,
      perDay: value.perDay,
      budgetFen: value.budgetFen,
      extra: value.extra,
      access: now.access,
      sharedCode: value.sharedCode,
      audience: { levels: now.levels, lifecycles: now.lifecycles, rfmTiers: now.rfmTiers, follows: now.asks.includes('follows'), inGroup: now.asks.includes('inGroup'), pickedUp: now.asks.includes('pickedUp'), tags: now.tags, regions: now.regions, homeStoreIds: [], customer: value.others || now.customer === 'all' ? null : now.customer === 'new' ? 'NEW_ONLY' : 'RETURNING_ONLY' },
      placements: now.placements,
      channels: now.channels,
      scene: now.access === 'PUBLIC' && now.placements.includes('CART') && now.scene.length > 0 ? { skus: now.scene } : null,
      batches: now.batchesOn ? now.batches.map((batch, n) => ({ opensAt: n === 0 ? startsAt : toInstant(batch.opensAt!), share: parseCount(batch.share) ?? 0 })) : [],
      carry: now.carry,
      givesBack: !now.batchesOn && now.givesBack,
      publish,
    }
    setBusy(publish ? 'publish' : 'draft')
    const { data, error } = await create({ input: { ...fields, idempotencyKey: key.for(fields) } })
    setBusy(null)
    if (error) return sayTrouble(error)
    const result = data?.createCouponDrop
    if (result?.__typename === 'CouponDrop') {
      key.done()
      message.success(t(publish ? 'coupon.published' : 'coupon.saved'))
      unsaved.current = false
      void navigate('/coupons')
    } else if (result?.__typename === 'InvalidInput') {
      const placed = result.problems.map((problem) => ({ field: fieldOfDropProblem(problem.path), text: problem.message, path: problem.path }))
      const atFields = placed.flatMap(({ field, text }) => (field ? [{ field, text }] : []))
      show(atFields)
      const unplaced = placed.flatMap(({ field, text, path }) => (field ? [] : [path ? `${path}: ${text}` : text]))
      setElsewhere(unplaced.length > 0 || atFields.length > 0 ? unplaced : [result.message])
    } else if (result?.__typename === 'CouponEndsTooEarly') show([{ field: now.source === 'new' ? 'valid' : 'endsAt', text: result.message }])
    else message.error(result?.message ?? t('trouble.fault'))
  }

  const inTiers = tiered(values)
  const picker = { showTime: { format: 'HH:mm:ss' }, format: 'YYYY-MM-DD HH:mm:ss', style: { width: 220 } } as const
  return (
    <>
      <PageHead title={t('coupon.create')} crumb={<Link to="/coupons">{t('coupon.title')}</Link>} />
      <div className="wizard">
        <Form form={form} layout="vertical" requiredMark={false} initialValues={opened.values} onValuesChange={() => { unsaved.current = true; forget() }} className="panel" onFinish={() => void submit(true)}>
          <div className="wizard-body">
            {elsewhere.length > 0 && <Alert type="error" showIcon role="alert" style={{ marginBottom: 14 }} title={t('problem.elsewhere')} description={<ul style={{ margin: 0, paddingLeft: 18 }}>{elsewhere.map((text) => <li key={text}>{text}</li>)}</ul>} />}
            <h2 style={{ marginBottom: 10 }}>{t('coupon.face')}</h2>
            <Form.Item name="source">
              <Radio.Group options={(['new', 'existing'] as const).map((value) => ({ value, label: t(`source.${value}`) }))} />
            </Form.Item>
            {values.source === 'existing' ? (
              <>
                <Form.Item name="templateId" label={t('template.one')}><TemplatePicker chosen={template} onChosen={take} /></Form.Item>
                {template && <TemplateTerms template={template} />}
                <div className="fields"><Form.Item name="name" label={t('coupon.dropName')}><Input maxLength={18} showCount autoComplete="off" placeholder={t('coupon.nameHint')} /></Form.Item></div>
              </>
            ) : (
              <>
                <div className="fields"><Form.Item name="name" label={t('coupon.name')}><Input maxLength={18} showCount autoComplete="off" placeholder={t('coupon.nameHint')} /></Form.Item></div>
                <FaceFields values={values} onArticle={setArticle} />
                {TIERED.includes(values.kind) && (
                  <>
                    <Form.Item name="tiersOn" valuePropName="checked" extra={t('coupon.tiersHint')} style={{ marginBottom: 8 }}><Checkbox>{t('coupon.tiersOn')}</Checkbox></Form.Item>
                    {values.tiersOn && (
                      <div className="fields">
                        {values.kind === 'OFF' && <Form.Item name="off2" label={t('coupon.off2')}><MoneyInput /></Form.Item>}
                        {values.kind === 'PERCENT' && <Form.Item name="zhe2" label={t('coupon.zhe2')}><ZheInput /></Form.Item>}
                        <Form.Item name="min2" label={t('coupon.min2')}><MoneyInput placeholder={t('coupon.noMin')} /></Form.Item>
                        {values.kind === 'PERCENT' && <Form.Item name="maxOff2" label={t('coupon.maxOff2')}><MoneyInput placeholder={t('offer.noCap')} /></Form.Item>}
                      </div>
                    )}
                  </>
                )}
                <ValidityFields values={values} form={form as FormInstance} />
              </>
            )}
            <h2 style={{ marginBottom: 10 }}>{t('coupon.who')}</h2>
            <Form.Item name="access" label={t('coupon.access')} extra={t(`accessHint.${values.access}`)}>
              <Radio.Group optionType="button" options={ACCESS.map((value) => ({ value, label: t(`access.${value}`) }))} />
            </Form.Item>
            <div className="fields">
              {values.access === 'SHARED' && <Form.Item name="sharedCode" label={t('coupon.sharedCode')} extra={t('coupon.sharedCodeHint')}><Input maxLength={16} autoComplete="off" /></Form.Item>}
              {values.access === 'PUBLIC' && <Form.Item name="placements" label={t('coupon.placements')}><Select mode="multiple" showSearch={BY_LABEL} options={PLACEMENTS.map((value) => ({ value, label: t(`placement.${value}`) }))} /></Form.Item>}
              {values.access === 'PUBLIC' && values.placements.includes('CART') && <Form.Item name="scene" label={t('coupon.scene')} extra={t('coupon.sceneHint')}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>}
              <Form.Item name="channels" label={t('coupon.channels')}><Select mode="multiple" showSearch={BY_LABEL} options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))} /></Form.Item>
              {!inTiers && <Form.Item name="customer" label={t('coupon.customer')}><Select options={(['all', 'new', 'returning'] as const).map((value) => ({ value, label: t(`customer.${value}`) }))} /></Form.Item>}
              <Form.Item name="levels" label={t('coupon.levels')}><Select mode="multiple" showSearch={BY_LABEL} options={levels.map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
              <Form.Item name="lifecycles" label={t('coupon.lifecycles')}><Select mode="multiple" showSearch={BY_LABEL} options={STATES.map((value) => ({ value, label: t(`lifecycle.${value}`) }))} /></Form.Item>
              <Form.Item name="rfmTiers" label={t('coupon.tiers')}><Select mode="multiple" showSearch={BY_LABEL} options={TIERS.map((value) => ({ value, label: t(`tier.${value}`) }))} /></Form.Item>
              <Form.Item name="asks" label={t('coupon.asks')} extra={t('coupon.asksHint')}><Select mode="multiple" showSearch={BY_LABEL} options={(['follows', 'inGroup', 'pickedUp'] as const).map((value) => ({ value, label: t(`asks.${value}`) }))} /></Form.Item>
              <Form.Item name="tags" label={t('coupon.audienceTags')}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>
              <Form.Item name="regions" label={t('coupon.regions')}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>
            </div>
            <h2 style={{ marginBottom: 10 }}>{t('coupon.claim')}</h2>
            <Form.Item name="startMode" label={t('coupon.claimStart')} style={{ marginBottom: 8 }}>
              <Radio.Group options={[{ value: 'now', label: t('where.now') }, { value: 'at', label: t('where.at') }]} />
            </Form.Item>
            {values.startMode === 'at' && <Form.Item name="startsAt"><DatePicker {...picker} aria-label={t('coupon.claimStart')} /></Form.Item>}
            <Form.Item name="endsAt" label={t('coupon.claimEnd')}><DatePicker {...picker} /></Form.Item>
            <div className="fields">
              <Form.Item name="total" label={t('coupon.total')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.coupons')}</span>} /></Form.Item>
              <Form.Item name="perMember" label={t('coupon.perMemberField')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.coupons')}</span>} /></Form.Item>
              <Form.Item name="perDay" label={t('coupon.perDay')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.coupons')}</span>} /></Form.Item>
              <Form.Item name="budget" label={t('coupon.budget')} extra={t('coupon.budgetHint')}><MoneyInput /></Form.Item>
            </div>
            {values.source === 'new' && (
              <>
                <h2 style={{ marginBottom: 4 }}>{t('bearing.title')}</h2>
                <p className="muted small" style={{ margin: '0 0 10px' }}>{t('bearing.hint')}</p>
                <BearingFields rows={values.bearing} seasons={values.bearingSeasons ?? []} shipping={values.kind === 'SHIPPING'} />
              </>
            )}
            <h2 style={{ marginBottom: 4 }}>{t('coupon.extra')}</h2>
            <p className="muted small" style={{ margin: '0 0 10px' }}>{t('coupon.extraHint')}</p>
            <div className="fields">
              <Form.Item name="points" label={t('coupon.extraPoints')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.points')}</span>} /></Form.Item>
              <Form.Item name="giftSku" label={t('coupon.extraGift')}><ArticlePicker /></Form.Item>
              {values.giftSku.trim() !== '' && <Form.Item name="giftDays" label={t('coupon.extraDays')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.days')}</span>} /></Form.Item>}
            </div>
            <h2 style={{ marginBottom: 10 }}>{t('coupon.pace')}</h2>
            <Form.Item name="batchesOn" valuePropName="checked" label={t('coupon.batchesOn')} style={{ marginBottom: 8 }}><Switch /></Form.Item>
            {values.batchesOn ? (
              <>
                <Form.List name="batches">
                  {(rows, { add, remove }) => (
                    <>
                      {rows.map((row, n) => (
                        <div key={row.key} className="batch-row">
                          <span className="muted">{t('drop.batch', { n: n + 1 })}</span>
                          {n === 0 ? <span className="batch-first">{t('coupon.batchFirst')}</span> : <Form.Item name={[row.name, 'opensAt']}><DatePicker {...picker} aria-label={t('coupon.batchAt')} placeholder={t('coupon.batchAt')} /></Form.Item>}
                          <Form.Item name={[row.name, 'share']}><Input inputMode="numeric" autoComplete="off" aria-label={t('coupon.batchShare')} placeholder={t('coupon.batchShare')} suffix={<span className="muted">{t('unit.coupons')}</span>} style={{ width: 130 }} /></Form.Item>
                          {rows.length > 2 && n > 0 && <Button type="text" size="small" aria-label={t('coupon.batchRemove')} onClick={() => remove(row.name)}>×</Button>}
                        </div>
                      ))}
                      <Button size="small" onClick={() => add({ opensAt: null, share: '' })}>{t('coupon.batchAdd')}</Button>
                    </>
                  )}
                </Form.List>
                <Form.Item name="carry" valuePropName="checked" style={{ marginTop: 8 }}><Checkbox>{t('coupon.carry')}</Checkbox></Form.Item>
              </>
            ) : (
              <Form.Item name="givesBack" valuePropName="checked"><Checkbox>{t('coupon.givesBack')}</Checkbox></Form.Item>
            )}
          </div>
          <div className="wizard-foot">
            <Link to="/coupons"><Button>{t('action.cancel')}</Button></Link>
            <span style={{ display: 'flex', gap: 8 }}>
              <Button loading={busy === 'draft'} disabled={busy !== null} onClick={() => void submit(false)}>{t('wizard.saveDraft')}</Button>
              <Button type="primary" htmlType="submit" loading={busy === 'publish'} disabled={busy !== null}>{t('coupon.publish')}</Button>
            </span>
          </div>
        </Form>
        <aside className="summary" aria-label={t('coupon.preview')}>
          <Panel title={t('coupon.preview')}>
            {values.source === 'existing'
              ? (template ? <TemplateTicket template={template} /> : <p className="muted small" style={{ margin: 0 }}>{t('template.choose')}</p>)
              : <FormTicket values={values} article={article} label={inTiers ? t('coupon.tierNew') : undefined} />}
            {inTiers && <div style={{ marginTop: 10 }}><FormTicket values={{ ...values, ...forOthers(values) }} article={null} label={t('coupon.tierOthers')} /></div>}
            <p className="muted small" style={{ margin: '10px 0 0' }}>{t('coupon.previewHint')}</p>
          </Panel>
        </aside>
      </div>
    </>
  )
}
