import { App } from 'antd'
import { useCallback } from 'react'
import type { CombinedError } from 'urql'
import { troubleOf } from './graphql'
import { useT } from './i18n'

/** Tells a failed command in words. A refusal is the server's own sentence and is shown as it is. */
export function useSayTrouble(): (error: CombinedError) => void {
  const t = useT()
  const { message } = App.useApp()
  return useCallback((error) => void message.error(t(`trouble.${troubleOf(error)}`)), [message, t])
}
