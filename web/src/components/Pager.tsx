import { Button } from 'antd'
import { useState } from 'react'
import { useT } from '../lib/i18n'

/** Cursors go forward only, so the way back is remembered. */
export function useCursors(resetKey: string) {
  const [state, setState] = useState<{ key: string; cursors: string[] }>({ key: resetKey, cursors: [] })
  const cursors = state.key === resetKey ? state.cursors : []
  return {
    after: cursors.at(-1) ?? null,
    page: cursors.length + 1,
    next: (cursor: string) => setState({ key: resetKey, cursors: [...cursors, cursor] }),
    back: () => setState({ key: resetKey, cursors: cursors.slice(0, -1) }),
  }
}

export function Pager({ cursors, pageInfo, total }: { cursors: ReturnType<typeof useCursors>; pageInfo: { hasNextPage: boolean; endCursor: string | null }; total?: number }) {
  const t = useT()
  if (cursors.page === 1 && !pageInfo.hasNextPage) return total === undefined || total === 0 ? null : <div className="pager muted small">{t('pager.total', { count: total })}</div>
  return (
    <nav className="pager" aria-label={t('pager.label')}>
      {total !== undefined && <span className="muted small">{t('pager.total', { count: total })}</span>}
      <Button size="small" disabled={cursors.page === 1} onClick={cursors.back}>{t('pager.back')}</Button>
      <span className="num">{t('pager.page', { page: cursors.page })}</span>
      <Button size="small" disabled={!pageInfo.hasNextPage || pageInfo.endCursor === null} onClick={() => cursors.next(pageInfo.endCursor!)}>{t('pager.next')}</Button>
    </nav>
  )
}
