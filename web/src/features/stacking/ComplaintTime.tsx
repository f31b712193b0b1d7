import { App, InputNumber } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Panel } from '../../components/Page'
import { SetComplaintPolicyDocument, type TradePoliciesQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { momentAfterTen, promiseWords, spanWords, WARNING_MINUTES } from '../../lib/span'
import { Faults, Save } from './Save'

/** 投诉答复时限: what customers are promised, and when staff are warned */
export function ComplaintTime({ policy }: { policy: TradePoliciesQuery['complaintPolicy'] }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const write = useCan('stacking.write')
  const [hours, setHours] = useState<number | null>(Math.floor(policy.minutes / 60))
  const [rest, setRest] = useState<number | null>(policy.minutes % 60)
  const [faults, setFaults] = useState<{ path: string; message: string }[]>([])
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetComplaintPolicyDocument)
  const minutes = (hours ?? 0) * 60 + (rest ?? 0)
  const reset = (): void => {
    setHours(Math.floor(policy.minutes / 60))
    setRest(policy.minutes % 60)
    setFaults([])
  }
  const save = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await send({ input: { minutes, idempotencyKey: key.for({ minutes }) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setComplaintPolicy
    if (result?.__typename === 'ComplaintPolicy') {
      key.done()
      message.success(t('stacking.saved'))
    } else if (result?.__typename === 'InvalidInput') setFaults(result.problems)
    else message.error(result?.message ?? t('trouble.fault'))
  }
  const kept = minutes >= policy.leastMinutes && minutes <= policy.mostMinutes
  const clock = (after: number): string => {
    const { days, time } = momentAfterTen(after)
    return days === 0 ? time : t('answer.later', { count: days, time })
  }
  return (
    <div className="stacking">
      <Panel title={t('answer.title')} extra={write && <Save dirty={minutes !== policy.minutes} busy={busy} onReset={reset} onSave={() => void save()} />}>
        <Faults faults={faults} />
        <h3>{t('answer.within')}</h3>
        <div className="stacking-row">
          <InputNumber aria-label={t('answer.hours')} disabled={!write} status={faults.length > 0 ? 'error' : ''} precision={0} min={0} max={999} value={hours} onChange={(value) => { setHours(value); setFaults([]) }} suffix={<span className="muted">{t('answer.hours')}</span>} style={{ width: 110 }} />
          <InputNumber aria-label={t('answer.minutes')} disabled={!write} status={faults.length > 0 ? 'error' : ''} precision={0} min={0} max={59} value={rest} onChange={(value) => { setRest(value); setFaults([]) }} suffix={<span className="muted">{t('answer.minutes')}</span>} style={{ width: 110 }} />
        </div>
        <p className="hint" data-testid="answer-hint">{kept ? t('answer.says', { span: promiseWords(minutes, t) }) : t('answer.bounds', { least: spanWords(policy.leastMinutes, t), most: spanWords(policy.mostMinutes, t) })}</p>
        <p className="muted small stacking-when">{t('answer.when')}</p>
      </Panel>
      <Panel title={t('answer.example')}>
        <table className="examples" data-testid="answer-example">
          <tbody>
            <tr><td>{t('answer.eg.made')}</td><td>{clock(0)}</td></tr>
            <tr><td>{t('answer.eg.warned')}</td><td>{kept ? clock(minutes - WARNING_MINUTES) : '—'}</td></tr>
            <tr><td><b>{t('answer.eg.due')}</b></td><td><b>{kept ? clock(minutes) : '—'}</b></td></tr>
          </tbody>
        </table>
      </Panel>
    </div>
  )
}
