import { Alert, Button, Checkbox, Collapse, DatePicker, Form, type FormInstance, Input, Radio, Select } from 'antd'
import { MoneyInput } from '../../components/Money'
import { ZheInput } from '../../components/ZheInput'
import { type TextKey, useT } from '../../lib/i18n'
import { GoodsWithFigure } from '../products/GoodsWithFigure'
import { ArticlePicker, type Picked } from '../products/ProductPicker'
import { SomeFields } from '../products/ScopeFields'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useQuery } from 'urql'
import { type CouponReturnPolicy, CouponTemplateChoicesDocument, type CreateCouponTemplateInput, StackingPolicyDocument } from '../../gql/graphql'
import { toInstant } from '../../lib/time'
import { LOWERING, type TemplateOffer, type TemplateValue } from './dropForm'

const KINDS = [['OFF', 'coupon.kindOff'], ['PERCENT', 'coupon.kindPercent'], ['SHIPPING', 'coupon.kindShipping'], ['EXCHANGE', 'coupon.kindExchange'], ['TRIAL', 'coupon.kindTrial'], ['BUNDLE', 'coupon.kindBundle'], ['POINTS', 'coupon.kindPoints'], ['GIVE_BACK', 'coupon.kindBack']] as const

/** What else the form holds of a template, as its fields do */
export type TemplateRest = { name: string; valid: [Dayjs, Dayjs] | null; nextDay: boolean; returns: CouponReturnPolicy }
export const emptyRest = (): TemplateRest => ({ name: '', valid: null, nextDay: false, returns: 'WHOLE' })

/** What the form says of the template beside its name and content */
export function templateInput(form: TemplateOffer & TemplateRest, value: Omit<TemplateValue, 'content'>): Omit<CreateCouponTemplateInput, 'name' | 'content' | 'idempotencyKey'> {
  const window = form.validKind === 'window' ? form.valid : null
  return {
    validFrom: window && toInstant(window[0]),
    validUntil: window && toInstant(window[1]),
    validHours: value.validHours,
    validDays: value.validDays,
    nextDay: form.validKind !== 'window' && form.nextDay,
    returnPolicy: form.returns,
    graceDays: form.returns === 'NEVER' ? null : value.graceDays,
    usesPerDay: value.usesPerDay,
    bearing: value.bearing,
    bearingSeasons: value.bearingSeasons,
    weekdays: value.weekdays,
    hours: value.hours,
    stacking: value.stacking,
    fullPriceOnly: value.fullPriceOnly,
  }
}

/** What a coupon gives and for which goods, of a template or of a drop that makes its own */
export function FaceFields({ values, onArticle }: { values: TemplateOffer; onArticle: (article: Picked | null) => void }) {
  const t = useT()
  return (
    <>
      <Form.Item name="kind" label={t('coupon.kind')}>
        <Radio.Group optionType="button" options={KINDS.map(([value, key]) => ({ value, label: t(key) }))} />
      </Form.Item>
      <div className="fields">
        {(values.kind === 'OFF' || values.kind === 'SHIPPING') && <Form.Item name="off" label={t(values.kind === 'OFF' ? 'coupon.off' : 'coupon.offShipping')}><MoneyInput placeholder={values.kind === 'SHIPPING' ? t('coupon.freeFace') : undefined} /></Form.Item>}
        {values.kind === 'PERCENT' && <Form.Item name="zhe" label={t('offer.zhe')}><ZheInput /></Form.Item>}
        {(values.kind === 'EXCHANGE' || values.kind === 'TRIAL') && <Form.Item name="sku" label={t(values.kind === 'TRIAL' ? 'coupon.trialSku' : 'coupon.sku')}><ArticlePicker onChosen={onArticle} /></Form.Item>}
        {values.kind === 'EXCHANGE' && <Form.Item name="price" label={t('coupon.price')}><MoneyInput placeholder={t('coupon.priceFree')} /></Form.Item>}
        {values.kind === 'BUNDLE' && <Form.Item name="price" label={t('coupon.setPrice')}><MoneyInput /></Form.Item>}
        {values.kind === 'POINTS' && <Form.Item name="worth" label={t('coupon.worth')}><Radio.Group options={(['count', 'times'] as const).map((value) => ({ value, label: t(`coupon.worth.${value}`) }))} /></Form.Item>}
        {values.kind === 'POINTS' && values.worth === 'count' && <Form.Item name="bonus" label={t('coupon.bonus')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.points')}</span>} /></Form.Item>}
        {values.kind === 'POINTS' && values.worth === 'times' && <Form.Item name="times" label={t('coupon.times')}><Input inputMode="decimal" autoComplete="off" suffix={<span className="muted">{t('unit.times')}</span>} /></Form.Item>}
        {values.kind === 'GIVE_BACK' && <Form.Item name="back" label={t('coupon.back')} extra={t('coupon.backHint')}><MoneyInput /></Form.Item>}
        {values.kind !== 'TRIAL' && values.kind !== 'BUNDLE' && <Form.Item name="min" label={t(values.kind === 'EXCHANGE' ? 'coupon.minOthers' : values.kind === 'POINTS' || values.kind === 'GIVE_BACK' ? 'coupon.minPaid' : 'coupon.min')}><MoneyInput placeholder={t('coupon.noMin')} /></Form.Item>}
        {values.kind === 'PERCENT' && <Form.Item name="maxOff" label={t('offer.orderCap')}><MoneyInput placeholder={t('offer.noCap')} /></Form.Item>}
      </div>
      {values.kind === 'BUNDLE' && <Form.Item name="items" label={t('coupon.set')}><GoodsWithFigure figure={{ name: 'qty', money: false, label: t('coupon.setQty'), unit: t('unit.items'), usual: '1' }} /></Form.Item>}
      {(values.kind === 'EXCHANGE' || values.kind === 'TRIAL' || values.kind === 'BUNDLE') && <p className="muted small" style={{ margin: '0 0 14px' }}>{t('coupon.floorHint')}</p>}
      {(values.kind === 'POINTS' || values.kind === 'GIVE_BACK') && <Alert type="info" showIcon style={{ marginBottom: 14 }} title={t('coupon.chosenOnly')} />}
      <Form.Item name="scopeKind" label={t('coupon.goods')}>
        <Radio.Group options={[{ value: 'all', label: t('scope.all') }, { value: 'some', label: t('goods.some') }]} />
      </Form.Item>
      {values.scopeKind === 'some' && <SomeFields at="some" />}
      <Collapse ghost size="small" styles={{ header: { padding: '0 0 8px' }, body: { padding: '0 0 8px' } }} items={[{ key: 'except', label: t('goods.except'), forceRender: true, children: <SomeFields at="except" /> }]} />
      {LOWERING.includes(values.kind) && <Form.Item name="fullPrice" valuePropName="checked" extra={t('coupon.fullPriceHint')}><Checkbox>{t('coupon.fullPrice')}</Checkbox></Form.Item>}
    </>
  )
}

/** When it is good, and what becomes of it when its order is refunded */
export function ValidityFields({ values, form }: { values: TemplateOffer & TemplateRest; form: FormInstance }) {
  const t = useT()
  return (
    <>
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
      <Form.Item name="weekdays" label={t('coupon.weekdays')}><Checkbox.Group options={[1, 2, 3, 4, 5, 6, 7].map((value) => ({ value, label: t(`weekday.${value}` as TextKey) }))} /></Form.Item>
      <div className="fields">
        <Form.Item name="hoursFrom" label={t('coupon.hoursFrom')}><Input autoComplete="off" maxLength={5} placeholder="18:00" /></Form.Item>
        <Form.Item name="hoursUntil" label={t('coupon.hoursUntil')}><Input autoComplete="off" maxLength={5} placeholder="24:00" /></Form.Item>
      </div>
      <div className="fields">
        <Form.Item name="returns" label={t('coupon.returns')} extra={values.returns === 'BELOW' ? t('coupon.belowHint') : undefined}><Select options={(['WHOLE', 'BELOW', 'NEVER'] as const).map((value) => ({ value, label: t(`returns.${value}`) }))} /></Form.Item>
        <Form.Item name="usesPerDay" label={t('coupon.usesPerDay')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.coupons')}</span>} /></Form.Item>
        {values.returns !== 'NEVER' && <Form.Item name="graceDays" label={t('coupon.graceDays')}><Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.days')}</span>} /></Form.Item>}
      </div>
      <Form.Item name="stacking" label={t('coupon.stacking')} extra={<StackingHint />}>
        <Radio.Group options={(['none', 'all', 'some'] as const).map((value) => ({ value, label: t(`coupon.stacking.${value}`) }))} />
      </Form.Item>
      {values.stacking === 'some' && <Form.Item name="stacksWith" label={t('coupon.stacksWith')}><StackedTemplates /></Form.Item>}
    </>
  )
}

/** How many an order uses, as the merchant set it now */
function StackingHint() {
  const t = useT()
  const [{ data }] = useQuery({ query: StackingPolicyDocument, requestPolicy: 'cache-and-network' })
  return <>{t('coupon.stackingHint', { count: data?.stackingPolicy.maxCoupons ?? '…' })}</>
}

/** Templates that stack themselves: the others keep their word that they stand alone */
function StackedTemplates(control: { value?: string[]; onChange?: (value: string[]) => void; id?: string }) {
  const t = useT()
  const [search, setSearch] = useState('')
  const [{ data, fetching }] = useQuery({ query: CouponTemplateChoicesDocument, variables: { search: search || null } })
  const options = (data?.couponTemplates.nodes ?? []).filter((one) => one.face.stackable).map((one) => ({ value: one.id, label: `${one.name} · ${one.face.sentence}` }))
  return <Select {...control} mode="multiple" maxCount={20} style={{ maxWidth: 536 }} showSearch={{ filterOption: false, onSearch: setSearch }} loading={fetching} options={options} placeholder={t('coupon.stacksWithHint')} notFoundContent={t('coupon.noneStacks')} />
}
