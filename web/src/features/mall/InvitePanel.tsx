import { App, Button, Form, Input, Modal, Switch, Tag } from 'antd'
import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { Panel } from '../../components/Page'
import { Asked } from '../../components/States'
import { ReferralTermsDocument, type ReferralTermsQuery, SetReferralTermsDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { parseCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'

type Terms = ReferralTermsQuery['referralTerms']
const context = { additionalTypenames: ['ReferralTerms'] }

/** 邀请有礼: what a friend's first completed order brings the inviter. */
export function InvitePanel({ write }: { write: boolean }) {
  const t = useT()
  const [open, setOpen] = useState(false)
  const [{ data, error, fetching }, again] = useQuery({ query: ReferralTermsDocument, context })
  return (
    <Panel title={<>{t('invite.title')} {data && <Tag color={data.referralTerms.enabled ? 'green' : 'default'} style={{ marginLeft: 8 }}>{t(data.referralTerms.enabled ? 'invite.on' : 'invite.off')}</Tag>}</>} extra={write && data && <Button size="small" onClick={() => setOpen(true)}>{t('invite.set')}</Button>}>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ referralTerms }) => (
          <>
            <div><span className="muted">{t('invite.shown')}</span><span data-testid="invite-sentence">{referralTerms.sentence}</span></div>
            {open && <TermsModal terms={referralTerms} close={() => setOpen(false)} />}
          </>
        )}
      </Asked>
    </Panel>
  )
}

function TermsModal({ terms, close }: { terms: Terms; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetReferralTermsDocument)
  const [form] = Form.useForm<{ enabled: boolean; share: string; mostPoints: string; monthly: string }>()
  const run = async (): Promise<void> => {
    const now = form.getFieldsValue(true) as { enabled: boolean; share: string; mostPoints: string; monthly: string }
    const [share, mostPoints, monthly] = [parseCount(now.share), parseCount(now.mostPoints), parseCount(now.monthly)]
    const missing = ([['share', share], ['mostPoints', mostPoints], ['monthly', monthly]] as const).filter(([, value]) => value === null)
    if (missing.length > 0 || share === null || mostPoints === null || monthly === null) return void form.setFields(missing.map(([name]) => ({ name, errors: [t('problem.count')] })))
    const input = { enabled: now.enabled, shareBp: share * 100, mostPoints, monthly }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setReferralTerms
    if (result?.__typename === 'ReferralTerms') {
      key.done()
      message.success(t('mall.changed'))
      close()
    } else if (result?.__typename === 'InvalidInput') {
      form.setFields(result.problems.map(({ path, message: text }) => ({ name: path === 'shareBp' ? 'share' : (path as 'monthly'), errors: [text] })))
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  const count = (unit: string) => <Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{unit}</span>} />
  return (
    <Modal open title={t('invite.set')} onCancel={close} onOk={() => void run()} okText={t('mall.save')} okButtonProps={{ loading: busy }} cancelText={t('action.cancel')}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ enabled: terms.enabled, share: String(Math.round(terms.shareBp / 100)), mostPoints: String(terms.mostPoints), monthly: String(terms.monthly) }} style={{ marginTop: 8 }}>
        <Form.Item name="enabled" label={t('invite.enabled')} valuePropName="checked"><Switch /></Form.Item>
        <Form.Item name="share" label={t('invite.share')} extra={t('invite.shareHint')}>{count('%')}</Form.Item>
        <Form.Item name="mostPoints" label={t('invite.most')}>{count(t('unit.points'))}</Form.Item>
        <Form.Item name="monthly" label={t('invite.monthly')} extra={t('invite.monthlyHint')}>{count(t('invite.people'))}</Form.Item>
      </Form>
    </Modal>
  )
}
