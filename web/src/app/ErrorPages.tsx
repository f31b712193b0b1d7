import { Button } from 'antd'
import { Link } from 'react-router'
import { State } from '../components/States'
import { useT } from '../lib/i18n'

export function NotFoundPage() {
  const t = useT()
  return <State whole kind="missing" title={t('state.notFound')} hint={t('state.notFoundHint')} action={<Link to="/dashboard"><Button type="primary">{t('action.toDashboard')}</Button></Link>} />
}

/** A page that failed to load or to draw: most often a release while the tab was open, which a reload mends. */
export function CrashPage() {
  const t = useT()
  return <State whole kind="crash" title={t('state.crash')} hint={t('state.crashHint')} action={<Button type="primary" onClick={() => location.reload()}>{t('action.reload')}</Button>} />
}
