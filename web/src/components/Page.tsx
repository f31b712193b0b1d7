import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { useT } from '../lib/i18n'

export function PageHead({ title, crumb, extra, tags }: { title: string; crumb?: ReactNode; extra?: ReactNode; tags?: ReactNode }) {
  const t = useT()
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
  return (
    <header className="page-head">
      <div className="titles">
        {crumb && <div className="crumb">{crumb}</div>}
        <div style={{ display: 'flex', alignItems: 'center', gap: 10 }}>
          <h1 className="ellipsis">{title}</h1>
          {tags}
        </div>
      </div>
      {extra && <div className="extra">{extra}</div>}
    </header>
  )
}

export function Panel({ title, extra, children, flush = false }: { title?: ReactNode; extra?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="panel">
      {title && (
        <div className="panel-head">
          <h2>{title}</h2>
          {extra}
        </div>
      )}
      {flush ? children : <div className="panel-body">{children}</div>}
    </section>
  )
}
