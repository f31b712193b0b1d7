// The one live link of the app, and whether there is a network at all.
import { createGraphqlWs, type LinkState } from '../lib/graphqlWs'
import { createStore } from '../lib/store'
import { platform } from '../platform/index'
import { onPersonChange, refresh, token } from './session'

export const live = createGraphqlWs({
  open: (events) => platform.openSocket(platform.wsUrl, events),
  params: async () => {
    const bearer = await token()
    return bearer ? { merchant: platform.merchant, token: bearer } : { merchant: platform.merchant }
  },
  unauthenticated: async () => { await refresh() },
})

export const linkStore = createStore<LinkState>('idle')
live.watch((s) => linkStore.set(s))

export const networkStore = createStore<boolean>(true)
const comeback = new Set<() => void>()
/** Runs when the network returns or the app comes to the front */
export const onComeback = (run: () => void): (() => void) => {
  comeback.add(run)
  return () => { comeback.delete(run) }
}

export function watchNetwork(): void {
  platform.watchNetwork((online) => {
    networkStore.set(online)
    if (!online) return
    live.restart()
    comeback.forEach((run) => run())
  })
  onPersonChange(() => live.restart())
}
