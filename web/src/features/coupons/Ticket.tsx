import { useCurrency } from '../../components/Money'
import type { CouponKind, TemplateRowFragment } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatDateTime, toInstant } from '../../lib/time'
import type { Picked } from '../products/ProductPicker'
import { scopeOf, scopeWords } from '../promotions/offerForm'
import { aboutWords, type DropOffer, faceWords, fullPriceOf, offerOfFace, type TemplateOffer, usableWords } from './dropForm'
import type { TemplateRest } from './TemplateFields'

/** The coupon that the form describes, as a shopper will see it; `label` says for whom, where it is not for everybody alike */
export function FormTicket({ values, article, label }: { values: TemplateOffer & TemplateRest & Partial<Pick<DropOffer, 'points' | 'giftSku'>>; article: Picked | null; label?: string | undefined }) {
  const t = useT()
  const currency = useCurrency()
  const extra = (values.points ?? '').trim() !== '' || (values.giftSku ?? '').trim() !== ''
  const goods = scopeWords(scopeOf(values), t)
  const valid = values.validKind === 'hours' ? t('coupon.validHours', { hours: values.validHours || '—' }) : values.validKind === 'days' ? t('coupon.validDays', { days: values.validDays || '—' }) : values.valid ? `${formatDateTime(toInstant(values.valid[0]))} – ${formatDateTime(toInstant(values.valid[1]))}` : '—'
  return (
    <Ticket
      kind={values.kind} face={faceWords(values, t, currency)} name={values.name || t('coupon.name')} label={label} extra={extra} validity={valid} usable={usableWords(values, t)}
      about={aboutWords(values, article?.sku === values.sku ? article.name : null, t, currency)} scope={fullPriceOf(values) ? t('coupon.atFullPrice', { goods }) : goods} tells={fullPriceOf(values)}
    />
  )
}

/** A template that is there, as a shopper sees its coupons */
export function TemplateTicket({ template: { name, face, validitySentence, usableSentence } }: { template: TemplateRowFragment }) {
  const t = useT()
  const currency = useCurrency()
  const values = offerOfFace(face)
  return <Ticket kind={face.kind} face={faceWords(values, t, currency)} name={name} about={aboutWords(values, face.skuName, t, currency)} scope={face.scopeSentence} tells={face.fullPriceOnly} validity={validitySentence.replace(/（[^）]*）$/, '')} usable={usableSentence} />
}

/** What is about one article or a set says its goods already; `tells` that the scope says more */
function Ticket({ kind, face, name, label, about, scope, tells, extra = false, validity, usable }: { kind: CouponKind; face: ReturnType<typeof faceWords>; name: string; label?: string | undefined; about: string | null; scope: string; tells: boolean; extra?: boolean; validity: string; usable: string | null }) {
  const t = useT()
  return (
    <div className="ticket">
      <div className="stub">
        <b>{kind === 'PERCENT' ? <>{face.big}<small>{face.unit}</small></> : <><small>{face.unit}</small>{face.big}</>}</b>
        <span>{face.condition}</span>
      </div>
      <div className="body">
        <b className="ellipsis">{label && <span className="face">{label} · </span>}{name}</b>
        {about && <div className="small" data-testid="ticket-about">{about}</div>}
        {(tells || (kind !== 'TRIAL' && kind !== 'BUNDLE')) && <div className="muted small">{scope}</div>}
        <div className="muted small">
          {extra && <span className="face">{t('coupon.extraFace')} · </span>}
          {validity}
        </div>
        {usable && <div className="face small">{usable}</div>}
      </div>
    </div>
  )
}
