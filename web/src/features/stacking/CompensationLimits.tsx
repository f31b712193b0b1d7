import { App, InputNumber } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Money } from '../../components/Money'
import { Panel } from '../../components/Page'
import { SetCompensationPolicyDocument, type TradePoliciesQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { Faults, Save } from './Save'

/** A compensation as clerks give them most, for the example */
const EXAMPLE_FEN = 500

/** 补偿上限: what one clerk may give a day, and how far that goes */
export function CompensationLimits({ policy }: { policy: TradePoliciesQuery['compensationPolicy'] }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const write = useCan('stacking.write')
  const [perDay, setPerDay] = useState<number | null>(policy.perDay)
  const [yuan, setYuan] = useState<number | null>(policy.fenPerDay / 100)
  const [faults, setFaults] = useState<{ path: string; message: string }[]>([])
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetCompensationPolicyDocument)
  const wanted = { perDay: perDay ?? 0, fenPerDay: Math.round((yuan ?? 0) * 100) }
  const reset = (): void => {
    setPerDay(policy.perDay)
    setYuan(policy.fenPerDay / 100)
    setFaults([])
  }
  const save = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await send({ input: { ...wanted, idempotencyKey: key.for(wanted) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setCompensationPolicy
    if (result?.__typename === 'CompensationPolicy') {
      key.done()
      message.success(t('stacking.saved'))
    } else if (result?.__typename === 'InvalidInput') setFaults(result.problems)
    else message.error(result?.message ?? t('trouble.fault'))
  }
  const wrong = (path: string): '' | 'error' => (faults.some((fault) => fault.path === path) ? 'error' : '')
  const fits = Math.min(wanted.perDay, Math.floor(wanted.fenPerDay / EXAMPLE_FEN))
  const dirty = wanted.perDay !== policy.perDay || wanted.fenPerDay !== policy.fenPerDay
  return (
    <div className="stacking">
      <Panel title={t('clerk.title')} extra={write && <Save dirty={dirty} busy={busy} onReset={reset} onSave={() => void save()} />}>
        <Faults faults={faults} />
        <h3>{t('clerk.each')}</h3>
        <div className="stacking-row">
          <InputNumber aria-label={t('clerk.times')} disabled={!write} status={wrong('perDay')} precision={0} min={0} max={1000} value={perDay} onChange={(value) => { setPerDay(value); setFaults([]) }} suffix={<span className="muted">{t('clerk.times')}</span>} style={{ width: 130 }} />
          <InputNumber aria-label={t('clerk.yuan')} disabled={!write} status={wrong('fenPerDay')} precision={2} min={0} max={100_000} value={yuan} onChange={(value) => { setYuan(value); setFaults([]) }} suffix={<span className="muted">{t('clerk.yuan')}</span>} style={{ width: 150 }} />
        </div>
        <p className="hint">{t(wanted.perDay === 0 || wanted.fenPerDay === 0 ? 'clerk.none' : 'clerk.says')}</p>
        <p className="muted small stacking-when">{t('clerk.when')}</p>
      </Panel>
      <Panel title={t('clerk.example')}>
        <table className="examples" data-testid="clerk-example">
          <tbody>
            <tr><td>{t('clerk.eg.each')}</td><td><Money fen={EXAMPLE_FEN} short /></td></tr>
            <tr><td><b>{t('clerk.eg.many')}</b></td><td><b>{t('clerk.eg.count', { count: fits })}</b></td></tr>
          </tbody>
        </table>
      </Panel>
    </div>
  )
}
