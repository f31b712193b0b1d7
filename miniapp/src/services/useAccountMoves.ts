import { useEffect, useRef } from 'react'
import { useStore } from '../lib/store'
import { accountStore, watchAccount } from './account'
import { sessionStore } from './session'
import { useWhileShown } from './useWhileShown'

/** Runs `moved` when the customer's account moved while the page is open: something came, went, was used, or staff noted something */
export function useAccountMoves(moved: () => void): void {
  const { session } = useStore(sessionStore)
  const version = useStore(accountStore)?.version
  useWhileShown(() => (session === null ? () => undefined : watchAccount()))
  const seen = useRef(version)
  useEffect(() => {
    if (seen.current !== undefined && version !== undefined && version !== seen.current) moved()
    seen.current = version
    // eslint-disable-next-line
  }, [version])
}
