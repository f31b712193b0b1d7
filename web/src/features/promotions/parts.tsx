import { Tag, Tooltip } from 'antd'
import type { PromotionRowFragment, PromotionState } from '../../gql/graphql'
import { type T, useT } from '../../lib/i18n'

const COLOURS: Record<PromotionState, string> = { DRAFT: 'default', SCHEDULED: 'blue', RUNNING: 'green', ENDED: 'default' }

/** A promotion that runs and is used up says so: customers do not see it now */
export function PromotionStateTag({ state, soldOut }: { state: PromotionState; soldOut: boolean }) {
  const t = useT()
  if (soldOut && state === 'RUNNING') return <Tooltip title={t('promotionState.soldOutHint')}><Tag color="orange" style={{ margin: 0 }} data-state="SOLD_OUT">{t('promotionState.soldOut')}</Tag></Tooltip>
  return <Tag color={COLOURS[state]} style={{ margin: 0 }} data-state={state}>{t(`promotionState.${state}`)}</Tag>
}

export function channelWords(channels: readonly string[], t: T): string {
  return channels.length === 0 ? t('channel.all') : channels.map((channel) => t(`channel.${channel}` as 'channel.POS')).join(t('list.comma'))
}

export function placeWords(promotion: Pick<PromotionRowFragment, 'regionPaths' | 'storeIds'>, t: T): string {
  const parts = [
    ...promotion.regionPaths.map((path) => path.split('/').at(-1) ?? path),
    ...(promotion.storeIds.length > 0 ? [t('place.stores', { count: promotion.storeIds.length })] : []),
  ]
  return parts.length === 0 ? t('place.all') : parts.join(t('list.comma'))
}
