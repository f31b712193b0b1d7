import { Select } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { EmptyState } from '../../components/States'
import { type BornByFragment, type CouponTemplateChoice, CouponTemplateChoicesDocument, type TemplateRowFragment } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { BearingTold } from '../suppliers/BearingFields'

type Props = { chosen: TemplateRowFragment | null; value?: string | null; onChange?: (id: string) => void; onChosen: (template: TemplateRowFragment) => void; id?: string; onCleared?: () => void; label?: string; placeholder?: string; disabled?: boolean; status?: '' | 'error' | 'warning'; choosable?: CouponTemplateChoice }

/** Chooses a template that is there, of those that may be chosen for it (`choosable`); a merchant may have thousands, so the server looks for what is typed */
export function TemplatePicker({ chosen, value, onChange, onChosen, id, onCleared, label, placeholder, disabled = false, status = '', choosable }: Props) {
  const t = useT()
  const [search, setSearch] = useState('')
  const [{ data, fetching }] = useQuery({ query: CouponTemplateChoicesDocument, variables: { search: search || null, choosable: choosable ?? null }, pause: disabled })
  const found = data?.couponTemplates.nodes ?? []
  const rows = chosen && !found.some((it) => it.id === chosen.id) && search === '' ? [chosen, ...found] : found
  return (
    <Select
      id={id} aria-label={label} value={chosen ? value : undefined} disabled={disabled} status={status} allowClear={onCleared !== undefined} loading={fetching} style={{ maxWidth: 536, width: '100%' }} placeholder={placeholder ?? t('template.choose')} showSearch={{ filterOption: false, onSearch: setSearch }} popupMatchSelectWidth={false}
      options={rows.map((it) => ({ value: it.id, label: `${it.name} · ${it.face.sentence}` }))}
      notFoundContent={fetching ? null : <EmptyState title={t('state.noMatch')} hint="" />}
      onChange={(next: string | undefined) => {
        if (next === undefined) return onCleared?.()
        const row = rows.find((it) => it.id === next)
        onChange?.(next)
        if (row) onChosen(row)
      }}
    />
  )
}

/** Everything that limits it, as its owner reads it, and who bears it (K01) */
export function TemplateTerms({ template, style = { marginBottom: 16 } }: { template: TemplateRowFragment; style?: React.CSSProperties }) {
  return (
    <ul className="terms" style={style} data-testid="template-terms">
      {template.terms.map((line) => <li key={line}>{line}</li>)}
      <TemplateBearing template={template} />
    </ul>
  )
}

/** 谁承担, for staff alone: the terms that customers read do not say it */
export function TemplateBearing({ template }: { template: BornByFragment }) {
  const t = useT()
  if (template.bearing === null) return null
  return <li data-testid="template-bearing"><span className="muted">{t('bearing.title')}</span> <BearingTold shares={template.bearing} seasons={template.bearingSeasons ?? []} /></li>
}
