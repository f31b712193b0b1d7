import { Alert, App, Button, DatePicker, Form, Input, Modal, Radio, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { MoneyInput } from '../../components/Money'
import { ChangeMallItemDocument, CreateMallItemDocument, CreateMallTemplateDocument, LevelSchemeDocument, type MallRowFragment, MallTemplatesDocument, type MallUnit } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { useSayTrouble } from '../../lib/result'
import { nowInShanghai, toInstant, toShanghai } from '../../lib/time'
import { ArticlePicker } from '../products/ProductPicker'
import { EMPTY, fieldOfItemProblem, type ItemForm, KINDS_FOR, PRESETS, readItem } from './mallForm'

type Values = Omit<ItemForm, 'prices'> & { window: [Dayjs, Dayjs] | null; prices: { points: string; levels: string[]; window: [Dayjs | null, Dayjs | null] | null }[] }
const PRICED = { POINTS: ['mall.points', 'unit.points'], GROWTH: ['mall.growth', 'unit.growth'], STAMPS: ['mall.stamps', 'unit.stamps'] } as const
type Fault = { field: string | string[]; text: string }

function valuesOf(item: MallRowFragment | null): Values {
  const now = nowInShanghai().second(0).millisecond(0)
  if (!item) return { ...EMPTY, prices: [], window: [now, now.add(90, 'day').hour(23).minute(59).second(59)] }
  return {
    ...EMPTY, name: item.name, kind: item.kind, unit: item.unit, points: String(item.points), stock: String(item.stock), perMember: item.perMember === null ? '' : String(item.perMember), perDay: item.perDay === null ? '' : String(item.perDay),
    window: [toShanghai(item.startsAt), toShanghai(item.endsAt)],
    prices: item.prices.map((price) => ({ points: String(price.points), levels: [...price.levels], window: price.startsAt || price.endsAt ? [price.startsAt ? toShanghai(price.startsAt) : null, price.endsAt ? toShanghai(price.endsAt) : null] : null })),
  }
}

/** Makes an item, or changes the terms of one. */
export function MallItemModal({ item, close, done }: { item: MallRowFragment | null; close: () => void; done: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const [form] = Form.useForm<Values>()
  const [opened] = useState(() => valuesOf(item))
  const values = { ...opened, ...Form.useWatch((all: Values) => all, { form, preserve: true }) }
  const keys = { template: useCommandKey(), item: useCommandKey() }
  const [busy, setBusy] = useState(false)
  const [elsewhere, setElsewhere] = useState<string[]>([])
  const [search, setSearch] = useState('')
  const [{ data: templates }] = useQuery({ query: MallTemplatesDocument, variables: { search: search || null }, pause: item !== null })
  const [{ data: ladder }] = useQuery({ query: LevelSchemeDocument })
  const [, makeTemplate] = useMutation(CreateMallTemplateDocument)
  const [, create] = useMutation(CreateMallItemDocument)
  const [, change] = useMutation(ChangeMallItemDocument)

  const show = (faults: Fault[]): void => {
    const placed = faults.map(({ field, text }) => ({ name: typeof field === 'string' ? field : field.map((step) => (/^\d+$/.test(step) ? Number(step) : step)), errors: [text] }))
    form.setFields(placed as unknown as Parameters<typeof form.setFields>[0])
    if (placed[0]) form.scrollToField(placed[0].name, { block: 'center', focus: true })
  }
  const refused = (result: { message: string; problems?: readonly { path: string; message: string }[] } | undefined | null): void => {
    if (!result) return void message.error(t('trouble.fault'))
    const faults = (result.problems ?? []).map(({ path, message: text }) => ({ field: fieldOfItemProblem(path), text }))
    show(faults.flatMap(({ field, text }) => (field ? [{ field: Array.isArray(field) && field[2] !== 'points' && field[2] !== 'levels' ? [field[0]!, field[1]!, 'window'] : field, text }] : [])))
    const unplaced = faults.flatMap(({ field, text }) => (field ? [] : [text]))
    setElsewhere(faults.length === 0 ? [result.message] : unplaced)
  }
  const submit = async (): Promise<void> => {
    const now = { ...opened, ...(form.getFieldsValue(true) as Values) }
    const prices = now.prices.map((row) => ({ points: row.points ?? '', levels: row.levels ?? [], startsAt: row.window?.[0] ? toInstant(row.window[0]) : null, endsAt: row.window?.[1] ? toInstant(row.window[1]) : null }))
    const { value, problems } = readItem({ ...now, prices }, item !== null)
    const found: Fault[] = problems.map(({ field, key }) => ({ field, text: t(key) }))
    if (!now.window) found.push({ field: 'window', text: t('problem.required') })
    if (found.length > 0 || !value || !now.window) return show(found)
    const terms = { ...value.terms, startsAt: toInstant(now.window[0]), endsAt: toInstant(now.window[1]) }
    setBusy(true)
    try {
      if (item) {
        const input = { itemId: item.id, terms }
        const { data, error } = await change({ input: { ...input, idempotencyKey: keys.item.for(input) } })
        if (error) return sayTrouble(error)
        const result = data?.changeMallItem
        if (result?.__typename !== 'MallItem') return refused(result)
      } else {
        let gives = value.gives
        if (value.coupon) {
          const { data, error } = await makeTemplate({ input: { ...value.coupon, idempotencyKey: keys.template.for(value.coupon) } })
          if (error) return sayTrouble(error)
          const result = data?.createCouponTemplate
          if (result?.__typename !== 'CouponTemplate') return refused(result)
          gives = { ...gives, templateId: result.id }
        }
        const input = { terms, ...gives }
        const { data, error } = await create({ input: { ...input, idempotencyKey: keys.item.for(input) } })
        if (error) return sayTrouble(error)
        const result = data?.createMallItem
        if (result?.__typename !== 'MallItem') return refused(result)
      }
    } finally {
      setBusy(false)
    }
    message.success(t(item ? 'mall.changed' : 'mall.created'))
    done()
    close()
  }
  const count = (unit: 'unit.points' | 'unit.growth' | 'unit.stamps' | 'unit.portions' | 'unit.days') => <Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t(unit)}</span>} />
  return (
    <Modal open width={720} title={item ? t('mall.editTitle', { name: item.name }) : t('mall.create')} onCancel={close} onOk={() => void submit()} okText={t(item ? 'mall.save' : 'mall.publish')} okButtonProps={{ loading: busy }} cancelText={t('action.cancel')} maskClosable={false}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={opened} onValuesChange={() => setElsewhere([])} style={{ marginTop: 8 }}>
        {elsewhere.length > 0 && <Alert type="error" showIcon role="alert" style={{ marginBottom: 12 }} title={elsewhere.join('；')} />}
        {!item && (
          <div style={{ display: 'flex', gap: 8, marginBottom: 12, flexWrap: 'wrap' }}>
            {PRESETS.map((preset) => <Button key={preset.key} size="small" onClick={() => form.setFieldsValue({ unit: 'POINTS', ...preset.form } as Partial<Values>)}>{t(preset.key)}</Button>)}
          </div>
        )}
        <div className="fields"><Form.Item name="name" label={t('mall.name')}><Input maxLength={18} showCount autoComplete="off" /></Form.Item></div>
        {!item && (
          <>
            <Form.Item name="unit" label={t('mall.unit')} extra={values.unit === 'GROWTH' ? t('mall.unitHint') : values.unit === 'STAMPS' ? t('mall.stampsHint') : undefined}><Radio.Group optionType="button" options={(['POINTS', 'STAMPS', 'GROWTH'] as const).map((value) => ({ value, label: t(`mallUnit.${value}`) }))} onChange={(event) => { if (!KINDS_FOR[event.target.value as MallUnit].includes(values.kind)) form.setFieldsValue({ kind: 'COUPON' }) }} /></Form.Item>
            <Form.Item name="kind" label={t('mall.gives')}><Radio.Group optionType="button" options={KINDS_FOR[values.unit].map((value) => ({ value, label: t(`mallKind.${value}`) }))} /></Form.Item>
            {values.kind === 'COUPON' && <Form.Item name="couponFrom" style={{ marginBottom: 8 }}><Radio.Group options={[{ value: 'new', label: t('mall.newCoupon') }, { value: 'existing', label: t('mall.existingCoupon') }]} /></Form.Item>}
            <div className="fields">
              {values.kind === 'COUPON' && values.couponFrom === 'new' && <Form.Item name="off" label={t('coupon.off')}><MoneyInput /></Form.Item>}
              {values.kind === 'COUPON' && values.couponFrom === 'new' && <Form.Item name="min" label={t('coupon.min')}><MoneyInput placeholder={t('coupon.noMin')} /></Form.Item>}
              {values.kind === 'COUPON' && values.couponFrom === 'new' && <Form.Item name="couponDays" label={t('mall.couponDays')}>{count('unit.days')}</Form.Item>}
              {values.kind === 'COUPON' && values.couponFrom === 'existing' && <Form.Item name="templateId" label={t('mall.template')}><Select showSearch filterOption={false} onSearch={setSearch} style={{ width: 320 }} options={(templates?.couponTemplates.nodes ?? []).map((it) => ({ value: it.id, label: `${it.name} · ${it.face.sentence}` }))} /></Form.Item>}
              {values.kind === 'ARTICLE' && <Form.Item name="sku" label={t('mall.sku')}><ArticlePicker /></Form.Item>}
              {values.kind === 'ARTICLE' && <Form.Item name="days" label={t('mall.couponDays')}>{count('unit.days')}</Form.Item>}
              {values.kind === 'BALANCE' && <Form.Item name="balance" label={t('mall.balance')}><MoneyInput /></Form.Item>}
              {values.kind === 'POINTS' && <Form.Item name="givesPoints" label={t('mall.givesPoints')}>{count('unit.points')}</Form.Item>}
            </div>
          </>
        )}
        <div className="fields">
          <Form.Item name="points" label={t(PRICED[values.unit][0])}>{count(PRICED[values.unit][1])}</Form.Item>
          <Form.Item name="stock" label={t('mall.stock')}>{count('unit.portions')}</Form.Item>
          <Form.Item name="perMember" label={t('mall.perMember')}>{count('unit.portions')}</Form.Item>
          <Form.Item name="perDay" label={t('mall.perDay')}>{count('unit.portions')}</Form.Item>
        </div>
        <Form.Item name="window" label={t('mall.window')}><DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" style={{ width: 360 }} /></Form.Item>
        <Form.List name="prices">
          {(rows, { add, remove }) => (
            <Form.Item label={t('mall.prices')} extra={t('mall.pricesHint')} style={{ marginBottom: 0 }}>
              {rows.map((row) => (
                <div key={row.key} style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }}>
                  <Form.Item name={[row.name, 'points']} style={{ width: 110, marginBottom: 8 }}>{count(PRICED[values.unit][1])}</Form.Item>
                  <Form.Item name={[row.name, 'levels']} style={{ width: 190, marginBottom: 8 }}><Select mode="multiple" placeholder={t('mall.allLevels')} options={(ladder?.levelScheme.levels ?? []).map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
                  <Form.Item name={[row.name, 'window']} style={{ marginBottom: 8 }}><DatePicker.RangePicker allowEmpty={[true, true]} showTime={{ format: 'HH:mm' }} format="MM-DD HH:mm" style={{ width: 260 }} placeholder={[t('mall.anyTime'), t('mall.anyTime')]} /></Form.Item>
                  <Button type="text" size="small" aria-label={t('mall.priceRemove')} onClick={() => remove(row.name)}>×</Button>
                </div>
              ))}
              <Button size="small" onClick={() => add({ points: '', levels: [], window: null })}>{t('mall.priceAdd')}</Button>
            </Form.Item>
          )}
        </Form.List>
      </Form>
    </Modal>
  )
}
