import type { TextKey } from '../../lib/i18n'
import type { Figures } from './formSchema'

// 活动模板库: a scene fills in the form; every figure stays the operator's to change. Names are texts, so that they follow the language.
export type Preset = { key: string; scene: 'festival' | 'season' | 'launch' | 'daily'; name: TextKey; type: string; figures: Figures }

export const PRESETS: Preset[] = [
  { key: 'hotpot', scene: 'season', name: 'preset.hotpot', type: 'spend_off', figures: { '@how': 'tiers', tiers: [{ min: '100', off: '10' }, { min: '200', off: '30' }] } },
  { key: 'newyear', scene: 'festival', name: 'preset.newyear', type: 'spend_off', figures: { '@how': 'every', every: { min: '199', off: '20', max_off: '100' } } },
  { key: 'dragonboat', scene: 'festival', name: 'preset.dragonboat', type: 'spend_percent', figures: { 'tiers@from': 'count', tiers: [{ count: '2', pay_bp: '9' }, { count: '3', pay_bp: '8.5' }] } },
  { key: 'launch', scene: 'launch', name: 'preset.launch', type: 'percent_off', figures: { pay_bp: '8.5', max_off: '10' } },
  { key: 'member', scene: 'daily', name: 'preset.member', type: 'spend_percent', figures: { 'tiers@from': 'min', tiers: [{ min: '88', pay_bp: '8.8' }], max_off: '50' } },
  { key: 'clearance', scene: 'daily', name: 'preset.clearance', type: 'amount_off', figures: { off: '5' } },
]
