import { Form, Select } from 'antd'
import { useQuery } from 'urql'
import { ScopeNamesDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { ProductPicker } from './ProductPicker'

/** Categories, brands, tags and single products, as fields of the form's `some` or `except`. */
export function SomeFields({ at }: { at: 'some' | 'except' }) {
  const t = useT()
  const [{ data }] = useQuery({ query: ScopeNamesDocument })
  const options = (names: string[] | undefined) => (names ?? []).map((name) => ({ value: name, label: name.replaceAll('/', ' / ') }))
  const label = (text: string): string => (at === 'except' ? t('goods.exceptOf', { what: text }) : text)
  return (
    <>
      <div className="fields">
        <Form.Item name={[at, 'categories']} label={label(t('column.category'))}><Select mode="multiple" allowClear placeholder={t('goods.anyCategory')} options={options(data?.categories)} /></Form.Item>
        <Form.Item name={[at, 'brands']} label={label(t('column.brand'))}><Select mode="multiple" allowClear placeholder={t('goods.anyBrand')} options={options(data?.brands)} /></Form.Item>
        <Form.Item name={[at, 'tags']} label={label(t('goods.tag'))}><Select mode="multiple" allowClear placeholder={t('goods.anyTag')} options={options(data?.tags)} /></Form.Item>
      </div>
      <Form.Item name={[at, 'skus']} label={label(t('goods.skus'))}><ProductPicker /></Form.Item>
    </>
  )
}
