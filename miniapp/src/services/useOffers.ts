import { useEffect, useRef } from 'react'
import { CouponOffersDocument, type CouponPlacement, type DropCardFragment } from '../gql/graphql'
import { useStore } from '../lib/store'
import { sessionStore } from './session'
import { shopStore } from './shop'
import { useQuery } from './useQuery'

const NONE: DropCardFragment[] = []

/** What can be claimed at a placement now; asked for again for another person */
export function useOffers(placement: CouponPlacement, skus: string[], skip = false): { offers: readonly DropCardFragment[]; reload(): Promise<void> } {
  const { current } = useStore(shopStore)
  const person = useStore(sessionStore).session !== null
  const { data, reload } = useQuery(CouponOffersDocument, { placement, skus, storeId: current?.id ?? null }, { skip })
  const was = useRef(person)
  useEffect(() => {
    if (was.current === person) return
    was.current = person
    if (!skip) void reload()
  }, [person, skip, reload])
  return { offers: data?.couponOffers ?? NONE, reload }
}
