import { useQuery } from 'urql'
import { GiveableTemplatesDocument } from '../../gql/graphql'

/** Templates of which a coupon may be given by way of compensation: those of a known worth */
export function useGiveable(pause: boolean): { options: { value: string; label: string }[]; fetching: boolean } {
  const [{ data, fetching }] = useQuery({ query: GiveableTemplatesDocument, variables: {}, pause })
  return { options: (data?.couponTemplates.nodes ?? []).filter((one) => one.faceFen !== null).map((one) => ({ value: one.id, label: `${one.name} · ${one.face.sentence}` })), fetching }
}
