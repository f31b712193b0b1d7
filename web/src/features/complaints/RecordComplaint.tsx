import { App, Button, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { type ComplaintKind, RecordComplaintDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatTime } from '../../lib/time'

const KINDS: ComplaintKind[] = ['GOODS', 'PRICE', 'COUPON', 'DELIVERY', 'SERVICE', 'OTHER']

/** 登记投诉 on the page of an order: what its customer says at the counter or on the phone */
export function RecordComplaint({ orderId }: { orderId: string }) {
  const t = useT()
  const may = useCan('complaints.answer')
  const [open, setOpen] = useState(false)
  if (!may) return null
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('complaint.record')}</Button>
      {open && <Form orderId={orderId} close={() => setOpen(false)} />}
    </>
  )
}

function Form({ orderId, close }: { orderId: string; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [kind, setKind] = useState<ComplaintKind>('GOODS')
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(RecordComplaintDocument)
  const run = async (): Promise<void> => {
    const wish = { orderId, kind, text: text.trim() }
    setBusy(true)
    const { data, error } = await send({ input: { ...wish, idempotencyKey: key.for(wish) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.recordComplaint
    if (result?.__typename === 'Complaint') {
      key.done()
      message.success(t('complaint.recorded', { at: formatTime(result.dueAt) }))
      close()
    } else message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={t('complaint.record')} okText={t('complaint.record')} cancelText={t('action.cancel')} okButtonProps={{ loading: busy, disabled: text.trim().length < 5 }} onOk={() => void run()} onCancel={close} width={460}>
      <p className="muted small" style={{ margin: '4px 0 10px' }}>{t('complaint.recordHint')}</p>
      <label className="stacked">{t('complaint.kindLabel')}<Select value={kind} onChange={setKind} options={KINDS.map((value) => ({ value, label: t(`complaint.kind.${value}`) }))} style={{ width: '100%' }} /></label>
      <label className="stacked">{t('complaint.text')}<Input.TextArea value={text} maxLength={500} showCount rows={4} aria-label={t('complaint.text')} onChange={(event) => setText(event.target.value)} /></label>
    </Modal>
  )
}
