import { AccountLiveDocument, type AccountLiveSubscription } from '../gql/graphql'
import { createStore } from '../lib/store'
import { live } from './live'
import { onPersonChange } from './session'
import { documentId } from './transport'

export type Account = AccountLiveSubscription['benefitAccount']
export const accountStore = createStore<Account | null>(null)
onPersonChange(() => accountStore.set(null))

/** Whole states with a rising version: an older one never replaces a newer one */
export function watchAccount(): () => void {
  let floor = -1
  return live.subscribe<AccountLiveSubscription>(AccountLiveDocument.toString(), {}, {
    next: ({ benefitAccount }) => {
      if (benefitAccount.version <= floor) return
      floor = benefitAccount.version
      accountStore.set(benefitAccount)
    },
    restart: () => { floor = -1 },
  }, documentId(AccountLiveDocument))
}
