// Tells the server what was in view; see lib/exposure. A refusal is an answer: the same would be refused again.
import { ReportExposuresDocument, type CouponPlacement } from '../gql/graphql'
import { createExposure } from '../lib/exposure'
import { newKey } from '../lib/ids'
import { request } from './api'
import { onPersonChange, sessionStore } from './session'
import { shopStore } from './shop'
import { isUnknown } from './transport'

export const exposure = createExposure<CouponPlacement>({
  newKey,
  known: () => sessionStore.get().session !== null,
  later: (run, ms) => { setTimeout(run, ms) },
  async send({ key, seen }) {
    try {
      const { reportExposures: answer } = await request(ReportExposuresDocument, { input: { seen, storeId: shopStore.get().current?.id ?? null, idempotencyKey: key } })
      return answer.__typename !== 'Busy'
    } catch (error) {
      if (isUnknown(error)) throw error
      return true
    }
  },
})

onPersonChange(() => {
  if (sessionStore.get().session === null) exposure.forget()
  else exposure.flush()
})
