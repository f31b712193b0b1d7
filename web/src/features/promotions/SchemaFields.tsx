import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Form, Input, type InputProps, Radio, Select, Switch } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { MoneyInput } from '../../components/Money'
import { ZheInput } from '../../components/ZheInput'
import { GiveableTemplatesDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { GoodsWithFigure } from '../products/GoodsWithFigure'
import { ProductPicker } from '../products/ProductPicker'
import { SomeFields } from '../products/ScopeFields'
import { choiceKey, emptyRow, type Field, type FieldPath, type Figures, type PickedSku, shown } from './formSchema'
import { labelOf } from './offerForm'

const MOST_TIERS = 5
const small = (field: Field): boolean => field.kind === 'FEN' || field.kind === 'BP' || field.kind === 'TIMES' || field.kind === 'COUNT' || field.kind === 'TEXT'

/** The fields that a type describes, drawn at a place of the form. `figures` are what stands there now. */
export function SchemaFields({ fields, figures, at }: { fields: readonly Field[]; figures: Figures | undefined; at: FieldPath }) {
  const here = shown(fields, figures)
  const groups = [...new Set(fields.flatMap((field) => (field.oneOf ? [field.oneOf] : [])))]
  return (
    <>
      {groups.map((oneOf) => <Choice key={oneOf} name={[...at, choiceKey(oneOf)]} fields={fields.filter((field) => field.oneOf === oneOf)} />)}
      {rowsOf(here).map((row) =>
        small(row[0]!) ? (
          <div className="fields" key={row[0]!.name}>{row.map((field) => <Plain key={field.name} field={field} name={[...at, field.name]} />)}</div>
        ) : (
          <Large key={row[0]!.name} field={row[0]!} figures={figures} at={at} />
        ),
      )}
    </>
  )
}

/** In the order of the server, small fields side by side */
function rowsOf(fields: readonly Field[]): Field[][] {
  const rows: Field[][] = []
  for (const field of fields) {
    const last = rows.at(-1)
    if (last && small(field) && small(last[0]!)) last.push(field)
    else rows.push([field])
  }
  return rows
}

/** Which of several ways is meant */
function Choice({ name, fields }: { name: FieldPath; fields: readonly Field[] }) {
  const t = useT()
  return (
    <Form.Item name={name} style={{ marginBottom: 14 }}>
      <Radio.Group optionType="button" aria-label={t('offer.choice')} options={fields.map((field) => ({ value: field.name, label: labelOf(field, t) }))} />
    </Form.Item>
  )
}

function Plain({ field, name, label, bare, ...more }: { field: Field; name: FieldPath; label?: string; bare?: boolean }) {
  const t = useT()
  const own = labelOf(field, t)
  const optional = !field.required && !field.oneOf && field.usual === null
  return (
    <Form.Item name={name} label={bare ? undefined : optional ? t('offer.optional', { what: own }) : own} {...more}>
      <Figure field={field} aria-label={label} prefixText={bare ? own : undefined} placeholder={optional ? t('offer.none') : undefined} />
    </Form.Item>
  )
}

/** One figure, in the unit in which people type it */
function Figure({ field, prefixText, placeholder, ...props }: InputProps & { field: Field; prefixText?: string }) {
  const t = useT()
  const hint = placeholder === undefined ? {} : { placeholder }
  const unit = t('language') === 'zh' ? field.unitZh : field.unitEn
  const number = { inputMode: 'numeric' as const, autoComplete: 'off', ...(prefixText ? { prefix: <span className="muted">{prefixText}</span> } : {}) }
  switch (field.kind) {
    case 'FEN':
      return <MoneyInput {...hint} {...(prefixText ? { addonBeforeText: prefixText } : {})} {...props} />
    case 'BP':
      return <ZheInput {...hint} {...props} />
    case 'TIMES':
      return <Input {...number} inputMode="decimal" placeholder="2" suffix={<span className="muted">{t('unit.times')}</span>} {...hint} {...props} />
    case 'COUNT':
      return <Input {...number} suffix={<span className="muted">{unit}</span>} {...hint} {...props} />
    default:
      return field.name === 'template' ? <TemplateSelect {...(props as TemplateControl)} /> : <Input autoComplete="off" {...hint} {...props} />
  }
}

/** 返券: one of the merchant's coupon templates, by its name */
type TemplateControl = { value?: string; onChange?: (value: string) => void; id?: string }
function TemplateSelect(control: TemplateControl) {
  const t = useT()
  const [search, setSearch] = useState('')
  const [{ data, fetching }] = useQuery({ query: GiveableTemplatesDocument, variables: { search: search || null } })
  const options = (data?.couponTemplates.nodes ?? []).map((one) => ({ value: one.id, label: `${one.name} · ${one.face.sentence}` }))
  return <Select {...control} showSearch={{ filterOption: false, onSearch: setSearch }} loading={fetching} options={options} placeholder={t('offer.chooseTemplate')} popupMatchSelectWidth={false} />
}

function Large({ field, figures, at }: { field: Field; figures: Figures | undefined; at: FieldPath }) {
  const t = useT()
  const name = [...at, field.name]
  const label = labelOf(field, t)
  const parts = field.of ?? []
  switch (field.kind) {
    case 'FLAG':
      // chosen among others it is true by that
      return field.oneOf ? null : <OnOff name={name} text={label} />
    case 'SKU':
      return <Form.Item name={name} label={label}><OneProduct /></Form.Item>
    case 'ITEMS':
      return <Form.Item name={name} label={label}><Goods parts={parts} /></Form.Item>
    case 'SCOPE':
      return <ScopePart field={field} name={name} held={figures?.[field.name] as { kind?: string } | undefined} />
    case 'GROUP':
      return field.oneOf ? (
        <SchemaFields fields={parts} figures={figures?.[field.name] as Figures | undefined} at={name} />
      ) : (
        <fieldset className="part">
          <legend>{label}</legend>
          <SchemaFields fields={parts} figures={figures?.[field.name] as Figures | undefined} at={name} />
        </fieldset>
      )
    case 'TIERS':
      return <Tiers field={field} figures={figures} at={at} />
    default:
      return null
  }
}

function Tiers({ field, figures, at }: { field: Field; figures: Figures | undefined; at: FieldPath }) {
  const t = useT()
  const parts = field.of ?? []
  const row = shown(parts, figures, field.name)
  const inline = row.every(small)
  const groups = [...new Set(parts.flatMap((part) => (part.oneOf ? [part.oneOf] : [])))]
  const rows = (figures?.[field.name] ?? []) as Figures[]
  return (
    <>
      {groups.map((oneOf) => <Choice key={oneOf} name={[...at, choiceKey(oneOf, field.name)]} fields={parts.filter((part) => part.oneOf === oneOf)} />)}
      <Form.List name={[...at, field.name]}>
        {(items, { add, remove }) => (
          <div style={{ marginBottom: 18 }}>
            {items.map(({ key, name }) => {
              const tier = t('offer.tier', { n: name + 1 })
              const gone = items.length > 1 && <Button type="text" icon={<DeleteOutlined />} aria-label={t('offer.removeTier', { n: name + 1 })} onClick={() => remove(name)} />
              const cell = (part: Field, bare: boolean) => <Plain key={part.name} field={part} name={[name, part.name]} label={`${tier}${t('offer.tierGap')}${labelOf(part, t)}`} bare={bare} />
              if (inline) {
                return (
                  <div className="tier-row" key={key}>
                    <span className="tier-name">{tier}</span>
                    {row.map((part) => cell(part, true))}
                    {gone}
                  </div>
                )
              }
              return (
                <fieldset className="part" key={key}>
                  <legend>{tier}{gone}</legend>
                  <div className="fields">{row.filter(small).map((part) => cell(part, false))}</div>
                  {row.filter((part) => part.kind === 'ITEMS').map((part) => <Form.Item key={part.name} name={[name, part.name]} label={labelOf(part, t)}><Goods parts={part.of ?? []} /></Form.Item>)}
                </fieldset>
              )
            })}
            <Button size="small" type="dashed" icon={<PlusOutlined />} disabled={rows.length >= MOST_TIERS} onClick={() => add(emptyRow(parts))}>{t('offer.addTier')}</Button>
          </div>
        )}
      </Form.List>
    </>
  )
}

function Goods({ parts, ...control }: { parts: readonly Field[]; value?: never; onChange?: never; id?: string }) {
  const t = useT()
  const figure = parts.find((part) => part.kind !== 'SKU')
  return <GoodsWithFigure {...control} figure={figure && { name: figure.name, money: figure.kind === 'FEN', label: labelOf(figure, t), unit: t('language') === 'zh' ? figure.unitZh : figure.unitEn, usual: figure.usual ?? '' }} />
}

function OneProduct({ value, onChange, id }: { value?: PickedSku | null; onChange?: (value: PickedSku | null) => void; id?: string }) {
  return <ProductPicker id={id} value={value ? [value] : []} onChange={(picked) => onChange?.(picked.at(-1) ?? null)} />
}

function ScopePart({ field, name, held }: { field: Field; name: FieldPath; held: { kind?: string } | undefined }) {
  const t = useT()
  const label = labelOf(field, t)
  return (
    <>
      <Form.Item name={[...name, 'kind']} label={label}>
        <Radio.Group options={[{ value: 'same', label: t('goods.same') }, { value: 'some', label: t('goods.some') }]} />
      </Form.Item>
      {held?.kind === 'some' && <SomeFields at={[...name, 'some']} whose={label} />}
    </>
  )
}

export function OnOff({ name, text, hint }: { name: FieldPath; text: string; hint?: string }) {
  return (
    <label style={{ display: 'flex', gap: 10, alignItems: 'center', marginBottom: 18 }}>
      <Form.Item name={name} valuePropName="checked" noStyle><Switch size="small" aria-label={text} /></Form.Item>
      <span>{text}{hint && <span className="muted small" style={{ marginLeft: 8 }}>{hint}</span>}</span>
    </label>
  )
}
