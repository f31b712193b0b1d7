import { Alert, App, Button, Form, type FormInstance, Input } from 'antd'
import { useCallback, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useMutation } from 'urql'
import { useLeaveGuard } from '../../components/LeaveGuard'
import { MoneyInput } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { CreateCouponTemplateDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { parseYuan } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import type { Picked } from '../products/ProductPicker'
import { complete } from '../promotions/offerForm'
import { BearingFields } from '../suppliers/BearingFields'
import { emptyTemplate, fieldOfDropProblem, readTemplate, type TemplateOffer } from './dropForm'
import { emptyRest, FaceFields, templateInput, type TemplateRest, ValidityFields } from './TemplateFields'
import { FormTicket } from './Ticket'

type Values = TemplateOffer & TemplateRest & { budget: string }
type Found = { field: string | string[]; text: string }

/** 新建券模板: what a coupon is, given out later by drops, the mall, the lottery or by hand (K01) */
export function TemplateCreatePage() {
  const t = useT()
  const navigate = useNavigate()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const [form] = Form.useForm<Values>()
  const [opened] = useState<Values>(() => ({ ...emptyTemplate(), ...emptyRest(), budget: '' }))
  const values = complete<Values>(opened, Form.useWatch((all: Values) => all, { form, preserve: true }))
  const key = useCommandKey()
  const unsaved = useRef(false)
  useLeaveGuard(useCallback(() => unsaved.current, []))
  const [, create] = useMutation(CreateCouponTemplateDocument)
  const [busy, setBusy] = useState(false)
  const [article, setArticle] = useState<Picked | null>(null)
  const [elsewhere, setElsewhere] = useState<string[]>([])

  const show = (found: Found[]): void => {
    form.setFields(found.map(({ field, text }) => ({ name: field, errors: [text] })) as unknown as Parameters<typeof form.setFields>[0])
    if (found[0]) form.scrollToField(found[0].field, { block: 'center', focus: true })
  }
  const forget = (): void => {
    const wrong = form.getFieldsError().filter(({ errors }) => errors.length > 0)
    if (wrong.length > 0) form.setFields(wrong.map(({ name }) => ({ name, errors: [] })) as unknown as Parameters<typeof form.setFields>[0])
    setElsewhere([])
  }
  const submit = async (): Promise<void> => {
    const now = complete<Values>(opened, form.getFieldsValue(true) as Values)
    const { value, problems } = readTemplate(now)
    const found: Found[] = problems.map(({ field, key }) => ({ field, text: t(key) }))
    if (now.name.trim() === '') found.unshift({ field: 'name', text: t('problem.required') })
    if (now.validKind === 'window' && !now.valid) found.push({ field: 'valid', text: t('problem.required') })
    const budgetFen = now.budget.trim() === '' ? null : parseYuan(now.budget)
    if (now.budget.trim() !== '' && !budgetFen) found.push({ field: 'budget', text: t('problem.yuan') })
    if (found.length > 0 || !value) return show(found)
    const input = { name: now.name.trim(), content: value.content, ...templateInput(now, value), budgetFen }
    setBusy(true)
    const { data, error } = await create({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.createCouponTemplate
    if (result?.__typename === 'CouponTemplate') {
      key.done()
      message.success(t('template.saved'))
      unsaved.current = false
      void navigate('/coupons?tab=templates')
    } else if (result?.__typename === 'InvalidInput') {
      const placed = result.problems.map((problem) => ({ field: fieldOfDropProblem(problem.path), text: problem.message }))
      show(placed.flatMap(({ field, text }) => (field ? [{ field, text }] : [])))
      setElsewhere(placed.flatMap(({ field, text }) => (field ? [] : [text])))
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  const back = '/coupons?tab=templates'
  return (
    <>
      <PageHead title={t('template.create')} crumb={<Link to={back}>{t('template.title')}</Link>} />
      <div className="wizard">
        <Form form={form} layout="vertical" requiredMark={false} initialValues={opened} onValuesChange={() => { unsaved.current = true; forget() }} className="panel" onFinish={() => void submit()}>
          <div className="wizard-body">
            {elsewhere.length > 0 && <Alert type="error" showIcon role="alert" style={{ marginBottom: 14 }} title={t('problem.elsewhere')} description={elsewhere.join('；')} />}
            <h2 style={{ marginBottom: 10 }}>{t('coupon.face')}</h2>
            <div className="fields"><Form.Item name="name" label={t('coupon.name')}><Input maxLength={18} showCount autoComplete="off" placeholder={t('coupon.nameHint')} /></Form.Item></div>
            <FaceFields values={values} onArticle={setArticle} />
            <ValidityFields values={values} form={form as FormInstance} />
            <div className="fields"><Form.Item name="budget" label={t('template.budget')} extra={t('template.budgetHint')}><MoneyInput placeholder={t('limit.none')} /></Form.Item></div>
            <h2 style={{ marginBottom: 4 }}>{t('bearing.title')}</h2>
            <p className="muted small" style={{ margin: '0 0 10px' }}>{t('bearing.hint')}</p>
            <BearingFields rows={values.bearing} seasons={values.bearingSeasons ?? []} shipping={values.kind === 'SHIPPING'} />
          </div>
          <div className="wizard-foot">
            <Link to={back}><Button>{t('action.cancel')}</Button></Link>
            <Button type="primary" htmlType="submit" loading={busy}>{t('template.save')}</Button>
          </div>
        </Form>
        <aside className="summary" aria-label={t('coupon.preview')}>
          <Panel title={t('coupon.preview')}>
            <FormTicket values={values} article={article} />
            <p className="muted small" style={{ margin: '10px 0 0' }}>{t('template.previewHint')}</p>
          </Panel>
        </aside>
      </div>
    </>
  )
}
