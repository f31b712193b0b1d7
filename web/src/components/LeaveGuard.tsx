import { App } from 'antd'
import { useEffect } from 'react'
import { useBlocker } from 'react-router'
import { useT } from '../lib/i18n'

/** Asks before work that is not saved is left, by a link, the back button or closing the tab. */
export function useLeaveGuard(unsaved: () => boolean): void {
  const t = useT()
  const { modal } = App.useApp()
  const blocker = useBlocker(({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && nextLocation.pathname !== '/login' && unsaved())
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    const asked = modal.confirm({
      title: t('wizard.leave'),
      content: t('wizard.leaveHint'),
      okText: t('wizard.leaveOk'),
      okButtonProps: { danger: true },
      cancelText: t('wizard.leaveNo'),
      onOk: () => blocker.proceed(),
      onCancel: () => blocker.reset(),
    })
    return () => asked.destroy()
  }, [blocker, modal, t])
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (unsaved()) event.preventDefault()
    }
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [unsaved])
}
