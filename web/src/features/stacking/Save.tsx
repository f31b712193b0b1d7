import { Button } from 'antd'
import { useT } from '../../lib/i18n'

/** Takes back or saves what was changed in one section of the settings */
export function Save({ dirty, busy, onReset, onSave }: { dirty: boolean; busy: boolean; onReset(): void; onSave(): void }) {
  const t = useT()
  return (
    <span style={{ display: 'flex', gap: 8 }}>
      {dirty && <Button onClick={onReset}>{t('levels.reset')}</Button>}
      <Button type="primary" disabled={!dirty} loading={busy} onClick={onSave}>{t('levels.save')}</Button>
    </span>
  )
}

export function Faults({ faults }: { faults: { path: string; message: string }[] }) {
  if (faults.length === 0) return null
  return <div className="faults" role="alert" style={{ marginBottom: 14 }}><ul>{faults.map(({ path, message }) => <li key={path + message}>{message}</li>)}</ul></div>
}
