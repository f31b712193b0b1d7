import { App, Modal, Typography } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Money, MoneyInput } from '../../components/Money'
import { SetCouponTemplateBudgetDocument, type CouponTemplatesQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { parseYuan } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'

type Template = Pick<CouponTemplatesQuery['couponTemplates']['nodes'][number], 'id' | 'name' | 'budget'>

/** 设预算: what all coupons of a template may be worth, in whatever way they are given (K01); nothing written is no end */
export function SetBudget({ template, close }: { template: Template; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const held = template.budget
  const [text, setText] = useState(held?.budgetFen == null ? '' : String(held.budgetFen / 100))
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const [, set] = useMutation(SetCouponTemplateBudgetDocument)
  const fen = text.trim() === '' ? null : parseYuan(text)
  const ready = text.trim() === '' ? held !== null : Boolean(fen)
  const run = async (): Promise<void> => {
    const input = { templateId: template.id, budgetFen: fen }
    setBusy(true)
    const { data, error } = await set({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setCouponTemplateBudget
    if (result?.__typename === 'CouponTemplate') {
      key.done()
      message.success(t('template.budgetSet'))
      close()
    } else setWrong(result?.__typename === 'InvalidInput' ? result.problems.map((problem) => problem.message).join('；') : (result?.message ?? t('trouble.fault')))
  }
  return (
    <Modal open title={t('template.budgetOf', { name: template.name })} okText={t('template.setBudget')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !ready, loading: busy }} onOk={() => void run()} onCancel={close} width={440}>
      <label className="stacked">{t('template.budget')}<MoneyInput value={text} placeholder={t('limit.none')} onChange={(e) => { setText(e.target.value); setWrong('') }} status={wrong ? 'error' : undefined} /></label>
      {wrong && <Typography.Text type="danger" role="alert">{wrong}</Typography.Text>}
      <p className="muted small" style={{ margin: '10px 0 0' }}>{t('template.budgetHint')}</p>
      {held ? <p className="muted small" style={{ margin: '4px 0 0' }}>{t('template.taken')} <Money fen={held.promisedFen + held.spentFen} />{t('list.comma')}{t('template.spent')} <Money fen={held.spentFen} /></p> : <p className="muted small" style={{ margin: '4px 0 0' }}>{t('template.fromNow')}</p>}
    </Modal>
  )
}
