// Requests as the present shopper, and acts with their keys.
import type { TypedDocumentString } from '../gql/graphql'
import { createActs, type Verdict } from '../lib/acts'
import { newKey } from '../lib/ids'
import { platform } from '../platform/index'
import { refresh, token } from './session'
import { isFault, isUnknown, post } from './transport'

export async function request<T, V>(document: TypedDocumentString<T, V>, variables: V): Promise<T> {
  const bearer = await token()
  try {
    return await post(document, variables, bearer)
  } catch (error) {
    if (!bearer || !isFault(error) || error.fault !== 'login') throw error
    await refresh()
    return post(document, variables, await token())
  }
}

const ACTS = `shuhui:acts:${platform.merchant}:`
const acts = createActs({
  newKey,
  storage: {
    get: (name) => platform.storage.get(ACTS + name) as { key: string; input: unknown } | null,
    set: (name, act) => (act ? platform.storage.set(ACTS + name, act) : platform.storage.remove(ACTS + name)),
  },
  sleep: (ms) => new Promise((r) => setTimeout(r, ms)),
  unknown: isUnknown,
})

/** Does one thing once: see lib/acts. `name` says which thing, so that a retry is known as one */
export function act<T, I extends { idempotencyKey: string }, K extends keyof T>(
  name: string,
  document: TypedDocumentString<T, { input: I }>,
  field: K,
  input: Omit<I, 'idempotencyKey'>,
): Promise<T[K]> {
  return acts.run(name, input, async (full): Promise<Verdict<T[K]>> => {
    const data = await request(document, { input: full as unknown as I })
    const result = data[field]
    const busy = result as { __typename?: string; retryAfterMs?: number }
    return busy.__typename === 'Busy' ? { result, retryAfterMs: busy.retryAfterMs ?? 300 } : { result }
  })
}
