import { CloudServerOutlined, DisconnectOutlined, FileSearchOutlined, HourglassOutlined, InboxOutlined, LockOutlined, ReloadOutlined } from '@ant-design/icons'
import { Button, Skeleton, Spin } from 'antd'
import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { troubleOf } from '../lib/graphql'
import { useT } from '../lib/i18n'

export const PageLoading = () => (
  <div style={{ display: 'grid', placeItems: 'center', minHeight: 240 }}>
    <Spin />
  </div>
)

type Kind = 'forbidden' | 'offline' | 'busy' | 'fault' | 'empty' | 'missing' | 'crash'
const ICONS: Record<Kind, ReactNode> = {
  forbidden: <LockOutlined />,
  offline: <DisconnectOutlined />,
  busy: <HourglassOutlined />,
  fault: <CloudServerOutlined />,
  empty: <InboxOutlined />,
  missing: <FileSearchOutlined />,
  crash: <ReloadOutlined />,
}

export function State({ kind, title, hint, action, whole = false }: { kind: Kind; title: string; hint?: string | undefined; action?: ReactNode; whole?: boolean }) {
  return (
    <div className={whole ? 'state whole' : 'state'} data-state-kind={kind}>
      <span className="state-icon" aria-hidden>{ICONS[kind]}</span>
      <strong>{title}</strong>
      {hint && <span className="muted small">{hint}</span>}
      {action}
    </div>
  )
}

export function TroubleState({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  const t = useT()
  const trouble = troubleOf(error)
  return <State kind={trouble} title={t(`trouble.${trouble}`)} hint={t(`trouble.${trouble}Hint`)} action={trouble !== 'forbidden' && onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>} />
}

export const EmptyState = ({ title, hint, action }: { title: string; hint?: string; action?: ReactNode }) => <State kind="empty" title={title} hint={hint} action={action} />

/** The four states of anything that is asked for: not there yet, refused or broken, empty, there. */
export function Asked<D>({ data, error, fetching, onRetry, children }: { data: D | undefined | null; error: CombinedError | undefined; fetching: boolean; onRetry: () => void; children: (data: D) => ReactNode }) {
  if (data !== undefined && data !== null) return children(data)
  if (error) return <TroubleState error={error} onRetry={onRetry} />
  if (fetching) return <div className="panel-body" aria-busy="true"><Skeleton active paragraph={{ rows: 6 }} /></div>
  return null
}
