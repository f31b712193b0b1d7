import type { TextKey } from '../../lib/i18n'
import type { Figures } from './formSchema'
import type { OfferForm } from './offerForm'

// 活动模板库: a scene fills in the form; every figure stays the operator's to change. Names are texts, so that they follow the language.
export type Preset = { key: string; scene: 'festival' | 'season' | 'launch' | 'daily' | 'member'; name: TextKey; type: string; figures: Figures; who?: Partial<Pick<OfferForm, 'levels' | 'customer' | 'birthday' | 'minAmount'>> }

export const PRESETS: Preset[] = [
  { key: 'hotpot', scene: 'season', name: 'preset.hotpot', type: 'spend_off', figures: { '@how': 'tiers', tiers: [{ min: '100', off: '10' }, { min: '200', off: '30' }] } },
  { key: 'newyear', scene: 'festival', name: 'preset.newyear', type: 'spend_off', figures: { '@how': 'every', every: { min: '199', off: '20', max_off: '100' } } },
  { key: 'dragonboat', scene: 'festival', name: 'preset.dragonboat', type: 'spend_percent', figures: { 'tiers@from': 'count', tiers: [{ count: '2', pay_bp: '9' }, { count: '3', pay_bp: '8.5' }] } },
  { key: 'launch', scene: 'launch', name: 'preset.launch', type: 'percent_off', figures: { pay_bp: '8.5', max_off: '10' } },
  { key: 'member', scene: 'daily', name: 'preset.member', type: 'spend_percent', figures: { 'tiers@from': 'min', tiers: [{ min: '88', pay_bp: '8.8' }], max_off: '50' } },
  { key: 'birthday', scene: 'member', name: 'preset.birthday', type: 'percent_off', figures: { pay_bp: '9' }, who: { birthday: 'month' } },
  { key: 'points', scene: 'member', name: 'preset.points', type: 'earn_points', figures: { '@how': 'per_yuan', per_yuan: '1' } },
  { key: 'pointsOver', scene: 'member', name: 'preset.pointsOver', type: 'earn_points', figures: { '@how': 'times_bp', times_bp: '2' }, who: { minAmount: '100' } },
  { key: 'pointsGold', scene: 'member', name: 'preset.pointsGold', type: 'earn_points', figures: { '@how': 'times_bp', times_bp: '1.5' }, who: { levels: ['gold', 'diamond'] } },
  { key: 'clearance', scene: 'daily', name: 'preset.clearance', type: 'amount_off', figures: { off: '5' } },
]
