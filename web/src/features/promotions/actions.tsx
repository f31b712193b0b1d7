import { App, Button, type ButtonProps } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { EndPromotionDocument, type PromotionRowFragment, PublishPromotionDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { useSayTrouble } from '../../lib/result'

type Props = { promotion: Pick<PromotionRowFragment, 'id' | 'name' | 'state' | 'offers'>; size?: 'link' | 'button' }

export function PromotionActions({ promotion, size = 'button' }: Props) {
  const t = useT()
  const { modal, message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const publishKey = useCommandKey()
  const endKey = useCommandKey()
  const [, publish] = useMutation(PublishPromotionDocument)
  const [, end] = useMutation(EndPromotionDocument)
  const [busy, setBusy] = useState(false)
  const allowed = useCan('promotions.write')

  const doPublish = async (): Promise<void> => {
    setBusy(true)
    const input = { promotionId: promotion.id }
    const { data, error } = await publish({ input: { ...input, idempotencyKey: publishKey.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.publishPromotion
    if (result?.__typename === 'Promotion') {
      publishKey.done()
      message.success(t('promotion.published', { version: result.version }))
    } else if (result) {
      const problems = result.__typename === 'InvalidInput' ? result.problems.map((it) => it.message).join(t('list.semicolon')) : ''
      message.error(problems || result.message)
    }
  }
  const doEnd = async (): Promise<void> => {
    setBusy(true)
    const input = { promotionId: promotion.id }
    const { data, error } = await end({ input: { ...input, idempotencyKey: endKey.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.endPromotion
    if (result?.__typename === 'Promotion') {
      endKey.done()
      message.success(t('promotion.ended'))
    } else if (result) message.error(result.message)
  }

  if (!allowed) return null
  const look: ButtonProps = size === 'link' ? { type: 'link', size: 'small' } : {}
  const askPublish = (): void =>
    void modal.confirm({
      title: t('promotion.publishAsk', { name: promotion.name }),
      content: <><p>{promotion.offers.map((offer) => offer.sentence).join(t('list.semicolon'))}</p><p className="muted small">{t('promotion.publishHint')}</p></>,
      okText: t('action.publish'),
      cancelText: t('action.cancel'),
      onOk: doPublish,
    })
  const askEnd = (): void =>
    void modal.confirm({
      title: t('promotion.endAsk', { name: promotion.name }),
      content: t('promotion.endHint'),
      okText: t('action.end'),
      okButtonProps: { danger: true },
      cancelText: t('action.cancel'),
      onOk: doEnd,
    })
  return (
    <>
      {promotion.state === 'DRAFT' && <Button {...(size === 'button' ? { type: 'primary' as const } : look)} loading={busy} onClick={askPublish}>{t('action.publish')}</Button>}
      {(promotion.state === 'RUNNING' || promotion.state === 'SCHEDULED') && <Button {...look} danger={size === 'button'} loading={busy} onClick={askEnd}>{t('action.end')}</Button>}
    </>
  )
}
