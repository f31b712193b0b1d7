import { App, Button } from 'antd'
import { useT } from '../../lib/i18n'

/** A private link, to be copied; where the browser does not let it be copied it can be marked by hand */
export function LinkText({ token }: { token: string }) {
  const t = useT()
  const { message } = App.useApp()
  const link = `${location.origin}/m/#/pages/coupon-link/index?token=${encodeURIComponent(token)}`
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link) // there is none on a page without https
      message.success(t('drop.copied'))
    } catch {
      message.warning(t('drop.notCopied'))
    }
  }
  return (
    <span style={{ display: 'flex', gap: 8, minWidth: 0, alignItems: 'center' }}>
      <code className="ellipsis" title={link}>{link}</code>
      <Button size="small" onClick={() => void copy()}>{t('drop.copy')}</Button>
    </span>
  )
}
