import { Alert, App, Button, Checkbox, Collapse, DatePicker, Form, Input, Radio, Select, Switch } from 'antd'
import type { Dayjs } from 'dayjs'
import { useCallback, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { MoneyInput, useCurrency } from '../../components/Money'
import { useLeaveGuard } from '../../components/LeaveGuard'
import { PageHead, Panel } from '../../components/Page'
import { type Channel, type CouponPlacement, type CouponReturnPolicy, CreateCouponDropDocument, type CreateCouponDropInput, LevelSchemeDocument, type LifecycleState, type RfmTier } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { parseCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime, nowInShanghai, toInstant } from '../../lib/time'
import { complete, scopeOf, scopeWords } from '../promotions/offerForm'
import { ArticlePicker } from '../products/ProductPicker'
import { SomeFields } from '../products/ScopeFields'
import { ZheInput } from '../../components/ZheInput'
import { STATES, TIERS } from '../members/states'
import { type DropOffer, faceWords, fieldOfDropProblem, readDrop } from './dropForm'
import { BearingFields } from '../suppliers/BearingFields'

type Values = DropOffer & { name: string; startMode: 'now' | 'at'; startsAt: Dayjs | null; endsAt: Dayjs | null; valid: [Dayjs, Dayjs] | null
  nextDay: boolean; returns: CouponReturnPolicy; levels: string[]; lifecycles: LifecycleState[]; rfmTiers: RfmTier[]; asks: ('follows' | 'inGroup')[]; customer: 'all' | 'new' | 'returning'; tags: string[]; regions: string[]; placements: CouponPlacement[]; scene: string[]; channels: Channel[]
  batchesOn: boolean; batches: { opensAt: Dayjs | null; share: string }[]; carry: boolean; givesBack: boolean
}
const PLACEMENTS: CouponPlacement[] = ['CENTRE', 'HOME', 'PRODUCT', 'CART', 'POPUP']
const CHANNELS: Channel[] = ['MINIAPP', 'H5', 'APP', 'MALL', 'POS']
const KINDS = [['OFF', 'coupon.kindOff'], ['PERCENT', 'coupon.kindPercent'], ['SHIPPING', 'coupon.kindShipping'], ['EXCHANGE', 'coupon.kindExchange']] as const
const ACCESS = ['PUBLIC', 'CODES', 'SHARED', 'LINK', 'STAFF'] as const

export function CouponCreatePage() {
  const t = useT()
  const navigate = useNavigate()
  const currency = useCurrency()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const [form] = Form.useForm<Values>()
  const [{ data: ladder }] = useQuery({ query: LevelSchemeDocument })
  const levels = ladder?.levelScheme.levels ?? []
  const [opened] = useState(() => {
    const now = nowInShanghai()
    const nothing = { categories: [], brands: [], tags: [], skus: [] }
    return {
      instant: `${now.format('YYYY-MM-DDTHH:mm')}:00+08:00`,
      values: {
        name: '', kind: 'OFF', off: '', zhe: '', maxOff: '', min: '', scopeKind: 'all', some: nothing, except: nothing,
        validKind: 'days', validHours: '2', validDays: '7', nextDay: false, valid: null, total: '', perMember: '1', perDay: '', budget: '', bearing: [], points: '', giftSku: '', giftDays: '30', graceDays: '', usesPerDay: '', sku: '', access: 'PUBLIC', sharedCode: '',
        returns: 'WHOLE', levels: [], lifecycles: [], rfmTiers: [], asks: [], customer: 'all', tags: [], regions: [], placements: ['CENTRE'], scene: [], channels: [], batchesOn: false, batches: [{ opensAt: null, share: '' }, { opensAt: null, share: '' }], carry: true, givesBack: false,
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
    if (now.validKind === 'window' && !now.valid) found.push({ field: 'valid', text: t('problem.required') })
    if (now.batchesOn) {
      now.batches.forEach((batch, n) => {
        if (n > 0 && !batch.opensAt) found.push({ field: ['batches', String(n), 'opensAt'], text: t('problem.required') })
        if (parseCount(batch.share) === null) found.push({ field: ['batches', String(n), 'share'], text: t('problem.required') })
      })
    }
    if (found.length > 0 || !value || !startsAt || !now.endsAt) return show(found)
    const fields: Omit<CreateCouponDropInput, 'idempotencyKey'> = {
      name: now.name.trim(),
      content: value.content,
      validFrom: now.validKind === 'window' && now.valid ? toInstant(now.valid[0]) : null,
      validUntil: now.validKind === 'window' && now.valid ? toInstant(now.valid[1]) : null,
      validHours: value.validHours,
      startsAt,
      endsAt: toInstant(now.endsAt),
      validDays: value.validDays,
      nextDay: now.validKind !== 'window' && now.nextDay,
      returnPolicy: now.returns,
      graceDays: now.returns === 'WHOLE' ? value.graceDays : null,
      usesPerDay: value.usesPerDay,
      total: value.total,
      perMember: value.perMember,
      perDay: value.perDay,
      budgetFen: value.budgetFen,
      bearing: value.bearing,
      extra: value.extra,
      access: now.access,
      sharedCode: value.sharedCode,
      audience: { levels: now.levels, lifecycles: now.lifecycles, rfmTiers: now.rfmTiers, follows: now.asks.includes('follows'), inGroup: now.asks.includes('inGroup'), tags: now.tags, regions: now.regions, homeStoreIds: [], customer: now.customer === 'all' ? null : now.customer === 'new' ? 'NEW_ONLY' : 'RETURNING_ONLY' },
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
    } else if (result?.__typename === 'CouponEndsTooEarly') show([{ field: 'valid', text: result.message }])
    else message.error(result?.message ?? t('trouble.fault'))
  }

  const face = faceWords(values, t, currency)
  const picker = { showTime: { format: 'HH:mm:ss' }, format: 'YYYY-MM-DD HH:mm:ss', style: { width: 220 } } as const
  return (
    <>
      <PageHead title={t('coupon.create')} crumb={<Link to="/coupons">{t('coupon.title')}</Link>} />
      <div className="wizard">
        <Form form={form} layout="vertical" requiredMark={false} initialValues={opened.values} onValuesChange={() => { unsaved.current = true; forget() }} className="panel" onFinish={() => void submit(true)}>
          <div className="wizard-body">
            {elsewhere.length > 0 && <Alert type="error" showIcon role="alert" style={{ marginBottom: 14 }} title={t('problem.elsewhere')} description={<ul style={{ margin: 0, paddingLeft: 18 }}>{elsewhere.map((text) => <li key={text}>{text}</li>)}</ul>} />}
            <h2 style={{ marginBottom: 10 }}>{t('coupon.face')}</h2>
            <div className="fields"><Form.Item name="name" label={t('coupon.name')}><Input maxLength={18} showCount autoComplete="off" placeholder={t('coupon.nameHint')} /></Form.Item></div>
            <Form.Item name="kind" label={t('coupon.kind')}>
              <Radio.Group optionType="button" options={KINDS.map(([value, key]) => ({ value, label: t(key) }))} />
            </Form.Item>
            <div className="fields">
              {(values.kind === 'OFF' || values.kind === 'SHIPPING') && <Form.Item name="off" label={t(values.kind === 'OFF' ? 'coupon.off' : 'coupon.offShipping')}><MoneyInput placeholder={values.kind === 'SHIPPING' ? t('coupon.freeFace') : undefined} /></Form.Item>}
              {values.kind === 'PERCENT' && <Form.Item name="zhe" label={t('offer.zhe')}><ZheInput /></Form.Item>}
              {values.kind === 'EXCHANGE' && <Form.Item name="sku" label={t('coupon.sku')}><ArticlePicker /></Form.Item>}
              {values.kind !== 'EXCHANGE' && <Form.Item name="min" label={t('coupon.min')}><MoneyInput placeholder={t('coupon.noMin')} /></Form.Item>}
              {values.kind === 'PERCENT' && <Form.Item name="maxOff" label={t('offer.orderCap')}><MoneyInput placeholder={t('offer.noCap')} /></Form.Item>}
            </div>
            <Form.Item name="scopeKind" label={t('coupon.goods')}>
              <Radio.Group options={[{ value: 'all', label: t('scope.all') }, { value: 'some', label: t('goods.some') }]} />
            </Form.Item>
            {values.scopeKind === 'some' && <SomeFields at="some" />}
            <Collapse ghost size="small" styles={{ header: { padding: '0 0 8px' }, body: { padding: '0 0 8px' } }} items={[{ key: 'except', label: t('goods.except'), forceRender: true, children: <SomeFields at="except" /> }]} />
            <h2 style={{ marginBottom: 10 }}>{t('coupon.validity')}</h2>
            <Form.Item name="validKind" style={{ marginBottom: 8 }}>
              <Radio.Group options={[{ value: 'days', label: t('coupon.afterDays') }, { value: 'hours', label: t('coupon.afterClaim') }, { value: 'window', label: t('coupon.fixedWindow') }]} />
            </Form.Item>
            {values.validKind !== 'window' ? (
              <div className="fields">
                {values.validKind === 'hours'
                  ? <Form.Item name="validHours" label={t('coupon.hours')} extra={<Button type="link" size="small" style={{ padding: 0 }} onClick={() => form.setFieldsValue({ validHours: '2', nextDay: false })}>{t('coupon.flash')}</Button>}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.hours')}</span>} /></Form.Item>
                  : <Form.Item name="validDays" label={t('coupon.days')} extra={t('coupon.daysHint')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.days')}</span>} /></Form.Item>}
                <Form.Item name="nextDay" valuePropName="checked" label=" "><Checkbox>{t('coupon.nextDay')}</Checkbox></Form.Item>
              </div>
            ) : (
              <Form.Item name="valid" label={t('coupon.usable')}><DatePicker.RangePicker showTime={{ format: 'HH:mm:ss' }} format="YYYY-MM-DD HH:mm:ss" style={{ width: 400 }} /></Form.Item>
            )}
            <div className="fields">
              <Form.Item name="returns" label={t('coupon.returns')}><Select options={(['WHOLE', 'NEVER'] as const).map((value) => ({ value, label: t(`returns.${value}`) }))} /></Form.Item>
              <Form.Item name="usesPerDay" label={t('coupon.usesPerDay')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.coupons')}</span>} /></Form.Item>
              {values.returns === 'WHOLE' && <Form.Item name="graceDays" label={t('coupon.graceDays')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.days')}</span>} /></Form.Item>}
            </div>
            <h2 style={{ marginBottom: 10 }}>{t('coupon.who')}</h2>
            <Form.Item name="access" label={t('coupon.access')} extra={t(`accessHint.${values.access}`)}>
              <Radio.Group optionType="button" options={ACCESS.map((value) => ({ value, label: t(`access.${value}`) }))} />
            </Form.Item>
            <div className="fields">
              {values.access === 'SHARED' && <Form.Item name="sharedCode" label={t('coupon.sharedCode')} extra={t('coupon.sharedCodeHint')}><Input maxLength={16} autoComplete="off" /></Form.Item>}
              {values.access === 'PUBLIC' && <Form.Item name="placements" label={t('coupon.placements')}><Select mode="multiple" options={PLACEMENTS.map((value) => ({ value, label: t(`placement.${value}`) }))} /></Form.Item>}
              {values.access === 'PUBLIC' && values.placements.includes('CART') && <Form.Item name="scene" label={t('coupon.scene')} extra={t('coupon.sceneHint')}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>}
              <Form.Item name="channels" label={t('coupon.channels')}><Select mode="multiple" options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))} /></Form.Item>
              <Form.Item name="customer" label={t('coupon.customer')}><Select options={(['all', 'new', 'returning'] as const).map((value) => ({ value, label: t(`customer.${value}`) }))} /></Form.Item>
              <Form.Item name="levels" label={t('coupon.levels')}><Select mode="multiple" options={levels.map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
              <Form.Item name="lifecycles" label={t('coupon.lifecycles')}><Select mode="multiple" options={STATES.map((value) => ({ value, label: t(`lifecycle.${value}`) }))} /></Form.Item>
              <Form.Item name="rfmTiers" label={t('coupon.tiers')}><Select mode="multiple" options={TIERS.map((value) => ({ value, label: t(`tier.${value}`) }))} /></Form.Item>
              <Form.Item name="asks" label={t('coupon.asks')} extra={t('coupon.asksHint')}><Select mode="multiple" options={(['follows', 'inGroup'] as const).map((value) => ({ value, label: t(`asks.${value}`) }))} /></Form.Item>
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
            <h2 style={{ marginBottom: 4 }}>{t('bearing.title')}</h2>
            <p className="muted small" style={{ margin: '0 0 10px' }}>{t('bearing.hint')}</p>
            <BearingFields rows={values.bearing} shipping={values.kind === 'SHIPPING'} />
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
            <div className="ticket">
              <div className="stub">
                <b>{values.kind === 'PERCENT' ? <>{face.big}<small>{face.unit}</small></> : <><small>{face.unit}</small>{face.big}</>}</b>
                <span>{face.condition}</span>
              </div>
              <div className="body">
                <b className="ellipsis">{values.name || t('coupon.name')}</b>
                <div className="muted small">{scopeWords(scopeOf(values), t)}</div>
                <div className="muted small">
                  {(values.points.trim() !== '' || values.giftSku.trim() !== '') && <span className="face">{t('coupon.extraFace')} · </span>}
                  {values.validKind === 'hours' ? t('coupon.validHours', { hours: values.validHours || '—' }) : values.validKind === 'days' ? t('coupon.validDays', { days: values.validDays || '—' }) : values.valid ? `${formatDateTime(toInstant(values.valid[0]))} – ${formatDateTime(toInstant(values.valid[1]))}` : '—'}
                </div>
              </div>
            </div>
            <p className="muted small" style={{ margin: '10px 0 0' }}>{t('coupon.previewHint')}</p>
          </Panel>
        </aside>
      </div>
    </>
  )
}
