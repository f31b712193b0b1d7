import { Text, View } from '@tarojs/components'
import type { ReactNode } from 'react'
import type { TemplateCardFragment } from '../gql/graphql'
import { couponCondition, couponFace, couponKind, numberLook } from '../lib/coupon'
import { Tag } from './basics'

/** Stub with the worth, a torn edge, and what it is good for */
export function CouponTicket({ template, who, validity, extra, grey = false, seal, action, progress, note, more, className = '' }: {
  template: TemplateCardFragment; who?: string | undefined; validity: ReactNode; extra?: string | undefined; grey?: boolean; seal?: string; action?: ReactNode; progress?: ReactNode; note?: ReactNode; more?: ReactNode; className?: string
}) {
  const face = couponFace(template.face)
  return (
    <View className={`ticket ${grey ? 'ticket-grey' : ''} ${className}`}>
      <View className='ticket-main'>
        <View className='ticket-stub'>
          <View className='ticket-face'>
            {face.before ? <Text className='ticket-unit'>{face.before}</Text> : null}
            <Text className={`ticket-number ticket-number-${numberLook(face)}`}>{face.number}</Text>
            {face.after ? <Text className='ticket-unit'>{face.after}</Text> : null}
          </View>
          <Text className='ticket-condition'>{couponCondition(template.face)}</Text>
          {face.cap && !template.face.scopeSentence.includes(face.cap) ? <Text className='ticket-cap'>{face.cap}</Text> : null}
        </View>
        <View className='ticket-tear'><View className='ticket-hole ticket-hole-top' /><View className='ticket-dash' /><View className='ticket-hole ticket-hole-bottom' /></View>
        <View className='ticket-body'>
          <View className='ticket-head'>
            <Tag look={grey ? 'grey' : 'solid'}>{couponKind(template.face)}</Tag>
            {who ? <View className='ticket-who js-tier'><Tag look={grey ? 'grey' : 'soft'}>{who}</Tag></View> : null}
            <Text className='ticket-name'>{template.name}</Text>
          </View>
          <View className='ticket-tags'>
            <Text className='ticket-scope'>{template.face.scopeSentence}</Text>
            {template.face.stackable ? <Tag look={grey ? 'grey' : 'green'}>可叠加</Tag> : null}
          </View>
          {extra ? <View className='ticket-extra js-extra'>{`🎁 ${extra}`}</View> : null}
          <View className='ticket-foot'>
            <View className='ticket-foot-left'>
              <Text className='ticket-validity'>{validity}</Text>
              {template.usableSentence ? <Text className='ticket-usable js-usable'>{`仅${template.usableSentence}`}</Text> : null}
              {progress}
              {more}
            </View>
            {action}
          </View>
        </View>
        {seal ? <View className='seal'><Text className='seal-text'>{seal}</Text></View> : null}
      </View>
      {note ? <View className='ticket-note js-note'>{note}</View> : null}
    </View>
  )
}
