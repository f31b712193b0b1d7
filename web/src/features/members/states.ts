import type { LifecycleState, RfmTier } from '../../gql/graphql'

export const STATES = ['NEW', 'ACTIVE', 'SILENT', 'LOST'] as const
export const TIERS = ['POTENTIAL', 'ACTIVE', 'AT_RISK'] as const
export const STATE_COLOURS: Record<LifecycleState, string> = { NEW: 'blue', ACTIVE: 'green', SILENT: 'gold', LOST: 'volcano' }
export const TIER_COLOURS: Record<RfmTier, string> = { POTENTIAL: 'cyan', ACTIVE: 'green', AT_RISK: 'volcano' }
