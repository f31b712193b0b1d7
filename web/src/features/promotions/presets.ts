import type { TextKey } from '../../lib/i18n'
import type { OfferForm, Play } from './offerForm'

// 活动模板库: a scene fills in the form; every figure stays the operator's to change. Names are texts, so that they follow the language.
export type Preset = { key: string; scene: 'festival' | 'season' | 'launch' | 'daily'; name: TextKey; play: Play; fill: Partial<OfferForm> }

export const PRESETS: Preset[] = [
  { key: 'hotpot', scene: 'season', name: 'preset.hotpot', play: 'spend_tiers', fill: { tiers: [{ min: '100', off: '10' }, { min: '200', off: '30' }] } },
  { key: 'newyear', scene: 'festival', name: 'preset.newyear', play: 'spend_every', fill: { every: { min: '199', off: '20', maxOff: '100' } } },
  { key: 'dragonboat', scene: 'festival', name: 'preset.dragonboat', play: 'spend_percent', fill: { percentBasis: 'count', percentTiers: [{ threshold: '2', zhe: '9' }, { threshold: '3', zhe: '8.5' }] } },
  { key: 'launch', scene: 'launch', name: 'preset.launch', play: 'percent_off', fill: { zhe: '8.5', unitMaxOff: '10' } },
  { key: 'member', scene: 'daily', name: 'preset.member', play: 'spend_percent', fill: { percentBasis: 'min', percentTiers: [{ threshold: '88', zhe: '8.8' }], percentMaxOff: '50' } },
  { key: 'clearance', scene: 'daily', name: 'preset.clearance', play: 'amount_off', fill: { off: '5' } },
]
