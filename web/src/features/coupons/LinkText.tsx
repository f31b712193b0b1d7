import { App, Button } from 'antd'
import { useT } from '../../lib/i18n'

/** A private link, to be copied */
export function LinkText({ token }: { token: string }) {
  const t = useT()
  const { message } = App.useApp()
  const link = `${location.origin}/m/#/pages/coupon-link/index?token=${encodeURIComponent(token)}`
  return (
    <span style={{ display: 'flex', gap: 8, minWidth: 0 }}>
      <code className="ellipsis">{link}</code>
      <Button size="small" onClick={() => void navigator.clipboard.writeText(link).then(() => message.success(t('drop.copied')))}>{t('drop.copy')}</Button>
    </span>
  )
}
