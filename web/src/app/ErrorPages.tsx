import { Button, Result } from 'antd'
import { Link } from 'react-router'
import { useT } from '../lib/i18n'

export function NotFoundPage() {
  const t = useT()
  return <Result status="404" title={t('state.notFound')} subTitle={t('state.notFoundHint')} extra={<Link to="/dashboard"><Button type="primary">{t('action.toDashboard')}</Button></Link>} />
}

/** A page that failed to load or to draw: most often a release while the tab was open, which a reload mends. */
export function CrashPage() {
  const t = useT()
  return <Result status="500" title={t('state.crash')} subTitle={t('state.crashHint')} extra={<Button type="primary" onClick={() => location.reload()}>{t('action.reload')}</Button>} />
}
