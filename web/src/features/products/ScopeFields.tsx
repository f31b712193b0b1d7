import { Form, Select } from 'antd'
import { useQuery } from 'urql'
import { ScopeNamesDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { ProductPicker } from './ProductPicker'

/** Categories, brands, tags and single products, as fields of the form's `some` or `except`, or of `at` where `whose` they are. */
export function SomeFields({ at, whose }: { at: 'some' | 'except' | (string | number)[]; whose?: string }) {
  const t = useT()
  const [{ data }] = useQuery({ query: ScopeNamesDocument })
  const options = (names: string[] | undefined) => (names ?? []).map((name) => ({ value: name, label: name.replaceAll('/', ' / ') }))
  const label = (text: string): string => (whose ? `${whose} · ${text}` : at === 'except' ? t('goods.exceptOf', { what: text }) : text)
  const name = (part: string): (string | number)[] => [...(Array.isArray(at) ? at : [at]), part]
  return (
    <>
      <div className="fields">
        <Form.Item name={name('categories')} label={label(t('column.category'))}><Select mode="multiple" allowClear placeholder={t('goods.anyCategory')} options={options(data?.categories)} /></Form.Item>
        <Form.Item name={name('brands')} label={label(t('column.brand'))}><Select mode="multiple" allowClear placeholder={t('goods.anyBrand')} options={options(data?.brands)} /></Form.Item>
        <Form.Item name={name('tags')} label={label(t('goods.tag'))}><Select mode="multiple" allowClear placeholder={t('goods.anyTag')} options={options(data?.tags)} /></Form.Item>
      </div>
      <Form.Item name={name('skus')} label={label(t('goods.skus'))}><ProductPicker /></Form.Item>
    </>
  )
}
