import { useEffect, useRef, useState } from 'react'
import { ClaimCouponDocument, type CouponPlacement } from '../gql/graphql'
import { claimedWords, claimRefusal } from '../lib/coupon'
import { useStore } from '../lib/store'
import { platform } from '../platform/index'
import { act } from './api'
import { logIn, sessionStore } from './session'
import { shopStore } from './shop'
import { words } from './transport'
import { useBusy } from './useBusy'
import { toast } from './useWhileShown'

interface Tapped { dropId: string; placement: CouponPlacement; at: number }
const TAPPED = `shuhui:claim-at-placement:${platform.merchant}`
const TAPPED_MS = 10 * 60_000

export interface Claiming {
  /** Drops claimed in this visit */
  had: Record<string, boolean>
  /** Why a drop was not had, in words */
  notes: Record<string, string>
  /** The drop that is being claimed, '' for none */
  busy: string
  claim(dropId: string): Promise<void>
}

/** Claims at a placement. In a browser logging in leaves the page: the tap is remembered, and done when the drop is there again */
export function useClaim(placement: CouponPlacement, shown: readonly { id: string }[]): Claiming {
  const { session } = useStore(sessionStore)
  const busy = useBusy()
  const [notes, setNotes] = useState<Record<string, string>>({})
  const [had, setHad] = useState<Record<string, boolean>>({})

  async function claim(dropId: string): Promise<void> {
    if (busy.now()) return
    busy.set(dropId)
    try {
      if (session === null) {
        platform.storage.set(TAPPED, { dropId, placement, at: Date.now() } satisfies Tapped)
        if (!(await logIn())) return
        platform.storage.remove(TAPPED)
      }
      const storeId = shopStore.get().current?.id ?? null
      const result = await act(`claim:${dropId}`, ClaimCouponDocument, 'claimCoupon', { dropId, channel: platform.channel, storeId, placement, acceptedTemplateIds: [] })
      if (result.__typename === 'Coupon') {
        setHad((h) => ({ ...h, [dropId]: true }))
        setNotes(({ [dropId]: _, ...rest }) => rest)
        toast(claimedWords(result.extra, result.template.face.kind))
      } else setNotes((n) => ({ ...n, [dropId]: claimRefusal(result) }))
    } catch (e) {
      setNotes((n) => ({ ...n, [dropId]: words(e) }))
    } finally {
      busy.set('')
    }
  }

  const latest = useRef(claim)
  latest.current = claim
  useEffect(() => {
    if (session === null) return
    const tapped = platform.storage.get(TAPPED) as Tapped | null
    if (!tapped || tapped.placement !== placement || !shown.some((d) => d.id === tapped.dropId)) return
    platform.storage.remove(TAPPED)
    if (Date.now() - tapped.at < TAPPED_MS) void latest.current(tapped.dropId)
  }, [session, placement, shown])

  return { had, notes, busy: busy.shown, claim }
}
