import { Button, Empty, Result, Skeleton, Spin } from 'antd'
import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { troubleOf } from '../lib/graphql'
import { useT } from '../lib/i18n'

export const PageLoading = () => (
  <div style={{ display: 'grid', placeItems: 'center', minHeight: 240 }}>
    <Spin />
  </div>
)

export function TroubleState({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  const t = useT()
  const trouble = troubleOf(error)
  return (
    <Result
      className="state"
      status={trouble === 'forbidden' ? '403' : trouble === 'fault' ? 'error' : 'warning'}
      title={t(`trouble.${trouble}`)}
      subTitle={t(`trouble.${trouble}Hint`)}
      extra={trouble !== 'forbidden' && onRetry ? <Button type="primary" onClick={onRetry}>{t('action.retry')}</Button> : undefined}
    />
  )
}

export function EmptyState({ title, hint, action }: { title: string; hint?: string; action?: ReactNode }) {
  return (
    <Empty
      className="state"
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      description={
        <>
          <div style={{ color: '#1f2329', fontWeight: 500 }}>{title}</div>
          {hint && <div className="muted small">{hint}</div>}
        </>
      }
    >
      {action}
    </Empty>
  )
}

/** The four states of anything that is asked for: not there yet, refused or broken, empty, there. */
export function Asked<D>({ data, error, fetching, onRetry, children }: { data: D | undefined | null; error: CombinedError | undefined; fetching: boolean; onRetry: () => void; children: (data: D) => ReactNode }) {
  if (data !== undefined && data !== null) return children(data)
  if (error) return <TroubleState error={error} onRetry={onRetry} />
  if (fetching) return <div className="panel-body" aria-busy="true"><Skeleton active paragraph={{ rows: 6 }} /></div>
  return null
}
