/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type BenefitUnit =
  | 'BALANCE'
  | 'GROWTH'
  | 'POINTS'
  | 'RED_PACKET'
  | 'STAMPS';

export type CancelOrderInput = {
  idempotencyKey: string;
  orderId: string;
};

export type CartInput = {
  channel?: Channel;
  coupons?: CouponChoiceInput | null | undefined;
  delivery?: Delivery;
  lines: Array<CartLineInput>;
  storeId?: string | null | undefined;
  suggest?: boolean;
  tenders?: TendersInput | null | undefined;
};

export type CartLineInput = {
  qty: number;
  sku: string;
};

export type Channel =
  | 'APP'
  | 'H5'
  | 'MALL'
  | 'MINIAPP'
  | 'POS';

export type ClaimCouponInput = {
  /** templates the shopper accepted in wx.requestSubscribeMessage: one message may be sent for each */
  acceptedTemplateIds?: Array<string>;
  channel?: Channel;
  dropId: string;
  idempotencyKey: string;
  storeId?: string | null | undefined;
};

export type ConsumerPlatform =
  | 'H5'
  | 'WEAPP';

export type CouponChoiceInput = {
  ids?: Array<string>;
  mode?: CouponMode;
};

export type CouponDropState =
  | 'DRAFT'
  | 'ENDED'
  | 'OPEN'
  | 'SOLD_OUT'
  | 'UPCOMING';

export type CouponKind =
  | 'OFF'
  | 'PERCENT';

export type CouponMode =
  | 'AUTO'
  | 'FIXED'
  | 'NONE';

export type CouponState =
  | 'EXPIRED'
  | 'ISSUED'
  | 'LOCKED'
  | 'REDEEMED'
  | 'RETURNED'
  | 'VOIDED';

export type Delivery =
  | 'DELIVERY'
  | 'PICKUP';

export type LogInConsumerInput = {
  /** code of wx.login (WEAPP) or of the OAuth redirect (H5) */
  code: string;
  idempotencyKey: string;
  merchant: string;
  platform?: ConsumerPlatform;
};

export type OfferLevel =
  | 'COUPON'
  | 'EARN'
  | 'GIFT'
  | 'LINE'
  | 'ORDER'
  | 'SHIPPING';

export type OrderState =
  | 'AWAITING_PAYMENT'
  | 'CANCELLED'
  | 'COMPLETED'
  | 'PAID';

export type PlaceOrderInput = {
  cart: CartInput;
  idempotencyKey: string;
  quoteToken: string;
};

export type PromotionState =
  | 'DRAFT'
  | 'ENDED'
  | 'RUNNING'
  | 'SCHEDULED';

export type RefreshSessionInput = {
  idempotencyKey: string;
  refreshToken: string;
};

export type RejectionReason =
  | 'BUDGET'
  | 'EXCLUDED'
  | 'EXPIRED'
  | 'LIMIT'
  | 'NOT_BETTER'
  | 'NOT_YET'
  | 'NO_EFFECT'
  | 'SCOPE'
  | 'SOLD_OUT'
  | 'THRESHOLD'
  | 'WHEN';

export type TendersInput = {
  balanceFen?: number;
  points?: number;
  redPacketIds?: Array<string>;
};

export type TemplateCardFragment = { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } };

export type DropCardFragment = { id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, perMember: number, state: CouponDropState, claimedByMe: number, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } };

export type CouponCardFragment = { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } };

export type OrderBodyFragment = { id: string, number: string, state: OrderState, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null };

export type ProductCardFragment = { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null };

export type QuoteBodyFragment = { listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, coupons: Array<{ applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, at: string | null, couponId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }> };

export type PlaceOrderMutationVariables = Exact<{
  input: PlaceOrderInput;
}>;


export type PlaceOrderMutation = { placeOrder:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, problems: Array<{ path: string, message: string }> }
    | { __typename: 'Order', id: string, number: string, state: OrderState, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }
    | { __typename: 'OutOfStock', sku: string, available: number, code: string, message: string }
    | { __typename: 'PriceChanged', seenPayableFen: number, code: string, message: string, quote: { listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, coupons: Array<{ applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, at: string | null, couponId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }> } }
   };

export type CouponCentreQueryVariables = Exact<{
  storeId?: string | null | undefined;
}>;


export type CouponCentreQuery = { couponCentre: { serverTime: string, claimable: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, perMember: number, state: CouponDropState, claimedByMe: number, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } }>, claimed: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, perMember: number, state: CouponDropState, claimedByMe: number, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } }>, gone: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, perMember: number, state: CouponDropState, claimedByMe: number, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } }> } };

export type ClaimCouponMutationVariables = Exact<{
  input: ClaimCouponInput;
}>;


export type ClaimCouponMutation = { claimCoupon:
    | { __typename: 'Busy', retryAfterMs: number, code: string, message: string }
    | { __typename: 'ClaimLimitReached', limit: number, held: number, code: string, message: string }
    | { __typename: 'Coupon', id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } }
    | { __typename: 'CouponSoldOut', total: number, code: string, message: string }
    | { __typename: 'DropNotOpen', opensAt: string, closesAt: string, code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
   };

export type EntriesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type EntriesQuery = { benefitAccount: { version: number, entries: { nodes: Array<{ id: string, at: string, unit: BenefitUnit, amount: number, balanceAfter: number, sentence: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type HomeQueryVariables = Exact<{ [key: string]: never; }>;


export type HomeQuery = { categories: Array<string>, promotions: { nodes: Array<{ id: string, name: string, description: string, state: PromotionState, startsAt: string, endsAt: string, tags: Array<string>, serverTime: string, offers: Array<{ id: string, type: string, sentence: string }> }> } };

export type ProductsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  search?: string | null | undefined;
  category?: string | null | undefined;
  storeId?: string | null | undefined;
}>;


export type ProductsQuery = { products: { nodes: Array<{ sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type MineQueryVariables = Exact<{ [key: string]: never; }>;


export type MineQuery = { me: { id: string, nickname: string, level: string, levelName: string, phoneMasked: string | null, memberCode: string, isNew: boolean } | null, benefitAccount: { version: number, points: number, balanceFen: number, redPacketFen: number, stamps: number, growth: number, usableCoupons: number, entries: { nodes: Array<{ id: string, at: string, unit: BenefitUnit, amount: number, balanceAfter: number, sentence: string }> } } };

export type MyCouponsQueryVariables = Exact<{
  states?: Array<CouponState> | CouponState | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type MyCouponsQuery = { benefitAccount: { version: number, coupons: { nodes: Array<{ id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type OrderDetailQueryVariables = Exact<{
  id: string;
}>;


export type OrderDetailQuery = { order: { id: string, number: string, state: OrderState, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null } | null };

export type CancelOrderMutationVariables = Exact<{
  input: CancelOrderInput;
}>;


export type CancelOrderMutation = { cancelOrder:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'Order', id: string, number: string, state: OrderState, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }
    | { __typename: 'OrderNotInState', state: OrderState, code: string, message: string }
   };

export type OrdersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type OrdersQuery = { orders: { nodes: Array<{ id: string, number: string, state: OrderState, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PromotionDetailQueryVariables = Exact<{
  id: string;
}>;


export type PromotionDetailQuery = { promotion: { id: string, name: string, description: string, state: PromotionState, startsAt: string, endsAt: string, tags: Array<string>, channels: Array<Channel>, regionPaths: Array<string>, storeIds: Array<string>, redemptions: number, serverTime: string, offers: Array<{ id: string, type: string, level: OfferLevel, sentence: string }> } | null };

export type PromotionProductsQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
  search?: string | null | undefined;
  storeId?: string | null | undefined;
}>;


export type PromotionProductsQuery = { promotion: { id: string, products: { nodes: Array<{ sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type AccountLiveSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type AccountLiveSubscription = { benefitAccount: { version: number, points: number, balanceFen: number, redPacketFen: number, stamps: number, growth: number, usableCoupons: number, entries: { nodes: Array<{ id: string, at: string, unit: BenefitUnit, amount: number, balanceAfter: number, sentence: string }> } } };

export type CartQuoteSubscriptionVariables = Exact<{
  input: CartInput;
}>;


export type CartQuoteSubscription = { cartQuote: { version: number, cause: string, result:
      | { __typename: 'InvalidInput', code: string, message: string, problems: Array<{ path: string, message: string }> }
      | { __typename: 'Quote', listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, coupons: Array<{ applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, at: string | null, couponId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }> }
     } };

export type QuoteCartQueryVariables = Exact<{
  input: CartInput;
}>;


export type QuoteCartQuery = { quoteCart:
    | { __typename: 'InvalidInput', code: string, message: string, problems: Array<{ path: string, message: string }> }
    | { __typename: 'Quote', listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, coupons: Array<{ applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, template: { id: string, name: string, validFrom: string | null, validUntil: string | null, validHours: number | null, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean } } } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, at: string | null, couponId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }> }
   };

export type ClientConfigQueryVariables = Exact<{
  merchant: string;
}>;


export type ClientConfigQuery = { clientConfig: { h5AuthorizeUrl: string, subscribeTemplateIds: Array<string>, environment: string, merchant: { id: string, code: string, name: string } } | null };

export type SessionBodyFragment = { accessToken: string, accessExpiresAt: string, refreshToken: string, member: { id: string, nickname: string } | null };

export type LogInConsumerMutationVariables = Exact<{
  input: LogInConsumerInput;
}>;


export type LogInConsumerMutation = { logInConsumer:
    | { __typename: 'LogInFailed', code: string, message: string }
    | { __typename: 'Session', accessToken: string, accessExpiresAt: string, refreshToken: string, member: { id: string, nickname: string } | null }
   };

export type RefreshSessionMutationVariables = Exact<{
  input: RefreshSessionInput;
}>;


export type RefreshSessionMutation = { refreshSession:
    | { __typename: 'LogInFailed', code: string, message: string }
    | { __typename: 'Session', accessToken: string, accessExpiresAt: string, refreshToken: string, member: { id: string, nickname: string } | null }
   };

export type StoresQueryVariables = Exact<{ [key: string]: never; }>;


export type StoresQuery = { stores: Array<{ id: string, code: string, name: string, city: string, regionPath: string, address: string }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const TemplateCardFragmentDoc = new TypedDocumentString(`
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
    `, {"fragmentName":"TemplateCard"}) as unknown as TypedDocumentString<TemplateCardFragment, unknown>;
export const DropCardFragmentDoc = new TypedDocumentString(`
    fragment DropCard on CouponDrop {
  id
  name
  startsAt
  endsAt
  total
  issued
  remaining
  perMember
  state
  claimedByMe
  template {
    ...TemplateCard
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}`, {"fragmentName":"DropCard"}) as unknown as TypedDocumentString<DropCardFragment, unknown>;
export const OrderBodyFragmentDoc = new TypedDocumentString(`
    fragment OrderBody on Order {
  id
  number
  state
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  store {
    id
    name
    address
  }
  lines {
    sku
    name
    emoji
    imageHue
    qty
    listFen
    payableFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  earn {
    offerId
    name
    sentence
  }
  payment {
    prepayId
    timeStamp
    nonceStr
    package
    signType
    paySign
    h5Url
  }
}
    `, {"fragmentName":"OrderBody"}) as unknown as TypedDocumentString<OrderBodyFragment, unknown>;
export const ProductCardFragmentDoc = new TypedDocumentString(`
    fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}
    `, {"fragmentName":"ProductCard"}) as unknown as TypedDocumentString<ProductCardFragment, unknown>;
export const CouponCardFragmentDoc = new TypedDocumentString(`
    fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}`, {"fragmentName":"CouponCard"}) as unknown as TypedDocumentString<CouponCardFragment, unknown>;
export const QuoteBodyFragmentDoc = new TypedDocumentString(`
    fragment QuoteBody on Quote {
  listFen
  goodsFen
  savedFen
  shippingFen
  payableFen
  dueFen
  token
  rules
  quotedAt
  nextChangeAt
  lines {
    sku
    qty
    listFen
    payableFen
    offers {
      id
      name
      offFen
    }
    product {
      ...ProductCard
    }
  }
  groups {
    offerId
    title
    sentence
    skus
    reached
    shortByFen
    shortByCount
    offFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  coupons {
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  earn {
    offerId
    name
    points
    fen
    count
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    at
    couponId
  }
  suggestions {
    kind
    offerId
    payableFen
    sentence
    add {
      sku
      qty
      product {
        ...ProductCard
      }
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}
fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}`, {"fragmentName":"QuoteBody"}) as unknown as TypedDocumentString<QuoteBodyFragment, unknown>;
export const SessionBodyFragmentDoc = new TypedDocumentString(`
    fragment SessionBody on Session {
  accessToken
  accessExpiresAt
  refreshToken
  member {
    id
    nickname
  }
}
    `, {"fragmentName":"SessionBody"}) as unknown as TypedDocumentString<SessionBodyFragment, unknown>;
export const PlaceOrderDocument = new TypedDocumentString(`
    mutation PlaceOrder($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    __typename
    ... on Order {
      ...OrderBody
    }
    ... on PriceChanged {
      seenPayableFen
      quote {
        ...QuoteBody
      }
    }
    ... on OutOfStock {
      sku
      available
    }
    ... on InvalidInput {
      problems {
        path
        message
      }
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}
fragment OrderBody on Order {
  id
  number
  state
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  store {
    id
    name
    address
  }
  lines {
    sku
    name
    emoji
    imageHue
    qty
    listFen
    payableFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  earn {
    offerId
    name
    sentence
  }
  payment {
    prepayId
    timeStamp
    nonceStr
    package
    signType
    paySign
    h5Url
  }
}
fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}
fragment QuoteBody on Quote {
  listFen
  goodsFen
  savedFen
  shippingFen
  payableFen
  dueFen
  token
  rules
  quotedAt
  nextChangeAt
  lines {
    sku
    qty
    listFen
    payableFen
    offers {
      id
      name
      offFen
    }
    product {
      ...ProductCard
    }
  }
  groups {
    offerId
    title
    sentence
    skus
    reached
    shortByFen
    shortByCount
    offFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  coupons {
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  earn {
    offerId
    name
    points
    fen
    count
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    at
    couponId
  }
  suggestions {
    kind
    offerId
    payableFen
    sentence
    add {
      sku
      qty
      product {
        ...ProductCard
      }
    }
  }
}`, {"hash":"sha256:79f9d5b7a5526aa58f6d49d3038200deb0b09d659d7f2971c9d77426178aefa6"}) as unknown as TypedDocumentString<PlaceOrderMutation, PlaceOrderMutationVariables>;
export const CouponCentreDocument = new TypedDocumentString(`
    query CouponCentre($storeId: ID) {
  couponCentre(storeId: $storeId) {
    serverTime
    claimable {
      ...DropCard
    }
    claimed {
      ...DropCard
    }
    gone {
      ...DropCard
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment DropCard on CouponDrop {
  id
  name
  startsAt
  endsAt
  total
  issued
  remaining
  perMember
  state
  claimedByMe
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:e9c9a8f86fbcdc53c952d17c0285c2e59608f0883c6f3e65b1d27bc39efe5a0c"}) as unknown as TypedDocumentString<CouponCentreQuery, CouponCentreQueryVariables>;
export const ClaimCouponDocument = new TypedDocumentString(`
    mutation ClaimCoupon($input: ClaimCouponInput!) {
  claimCoupon(input: $input) {
    __typename
    ... on Coupon {
      ...CouponCard
    }
    ... on CouponSoldOut {
      total
    }
    ... on ClaimLimitReached {
      limit
      held
    }
    ... on DropNotOpen {
      opensAt
      closesAt
    }
    ... on Busy {
      retryAfterMs
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:ceea7b0ef6e01b23571c32e71142f611d52a85d58db177ccaaa0cc46775f9a00"}) as unknown as TypedDocumentString<ClaimCouponMutation, ClaimCouponMutationVariables>;
export const EntriesDocument = new TypedDocumentString(`
    query Entries($first: Int!, $after: String) {
  benefitAccount {
    version
    entries(first: $first, after: $after) {
      nodes {
        id
        at
        unit
        amount
        balanceAfter
        sentence
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `, {"hash":"sha256:6da9f57c5deeab322ab75cf66ffedd9b6faad50ff42a200d3ddc7af89ed735f0"}) as unknown as TypedDocumentString<EntriesQuery, EntriesQueryVariables>;
export const HomeDocument = new TypedDocumentString(`
    query Home {
  categories
  promotions(first: 10, filter: {states: [RUNNING, SCHEDULED]}) {
    nodes {
      id
      name
      description
      state
      startsAt
      endsAt
      tags
      serverTime
      offers {
        id
        type
        sentence
      }
    }
  }
}
    `, {"hash":"sha256:b4a758a0aafd092b84a856183e0e383c94f523006d6283c3c64bd17f7c2b42ad"}) as unknown as TypedDocumentString<HomeQuery, HomeQueryVariables>;
export const ProductsDocument = new TypedDocumentString(`
    query Products($first: Int!, $after: String, $search: String, $category: String, $storeId: ID) {
  products(
    first: $first
    after: $after
    search: $search
    category: $category
    storeId: $storeId
  ) {
    nodes {
      ...ProductCard
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}`, {"hash":"sha256:ae21d52ea39cb52207918c819eaf33d94a76a8873bd53ed6c40861e5df93164e"}) as unknown as TypedDocumentString<ProductsQuery, ProductsQueryVariables>;
export const MineDocument = new TypedDocumentString(`
    query Mine {
  me {
    id
    nickname
    level
    levelName
    phoneMasked
    memberCode
    isNew
  }
  benefitAccount {
    version
    points
    balanceFen
    redPacketFen
    stamps
    growth
    usableCoupons
    entries(first: 3) {
      nodes {
        id
        at
        unit
        amount
        balanceAfter
        sentence
      }
    }
  }
}
    `, {"hash":"sha256:47a863fe0e345a818b7d2596577df1f67b7d53e88160b3fe2f12e0bf6eefafca"}) as unknown as TypedDocumentString<MineQuery, MineQueryVariables>;
export const MyCouponsDocument = new TypedDocumentString(`
    query MyCoupons($states: [CouponState!], $first: Int!, $after: String) {
  benefitAccount {
    version
    coupons(states: $states, first: $first, after: $after) {
      nodes {
        ...CouponCard
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:c21fd18e3713296ca1dd379c8e647dbc5696f48f73efabb28c2eabc1ca769358"}) as unknown as TypedDocumentString<MyCouponsQuery, MyCouponsQueryVariables>;
export const OrderDetailDocument = new TypedDocumentString(`
    query OrderDetail($id: ID!) {
  order(id: $id) {
    ...OrderBody
  }
}
    fragment OrderBody on Order {
  id
  number
  state
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  store {
    id
    name
    address
  }
  lines {
    sku
    name
    emoji
    imageHue
    qty
    listFen
    payableFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  earn {
    offerId
    name
    sentence
  }
  payment {
    prepayId
    timeStamp
    nonceStr
    package
    signType
    paySign
    h5Url
  }
}`, {"hash":"sha256:41c8ff48244eae10c25f5227986676a7ea6ffbfb1af9682c180e38d95783cd74"}) as unknown as TypedDocumentString<OrderDetailQuery, OrderDetailQueryVariables>;
export const CancelOrderDocument = new TypedDocumentString(`
    mutation CancelOrder($input: CancelOrderInput!) {
  cancelOrder(input: $input) {
    __typename
    ... on Order {
      ...OrderBody
    }
    ... on OrderNotInState {
      state
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment OrderBody on Order {
  id
  number
  state
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  store {
    id
    name
    address
  }
  lines {
    sku
    name
    emoji
    imageHue
    qty
    listFen
    payableFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  earn {
    offerId
    name
    sentence
  }
  payment {
    prepayId
    timeStamp
    nonceStr
    package
    signType
    paySign
    h5Url
  }
}`, {"hash":"sha256:be51ecc4646da23b419e3476b5c79f5cf16a9badb3da6755cd36589715da87cc"}) as unknown as TypedDocumentString<CancelOrderMutation, CancelOrderMutationVariables>;
export const OrdersDocument = new TypedDocumentString(`
    query Orders($first: Int!, $after: String) {
  orders(first: $first, after: $after) {
    nodes {
      ...OrderBody
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment OrderBody on Order {
  id
  number
  state
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  store {
    id
    name
    address
  }
  lines {
    sku
    name
    emoji
    imageHue
    qty
    listFen
    payableFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  earn {
    offerId
    name
    sentence
  }
  payment {
    prepayId
    timeStamp
    nonceStr
    package
    signType
    paySign
    h5Url
  }
}`, {"hash":"sha256:a95b27d755e79053820a29576ddcae47c2fc6a57bb7db3e0679c5da774d5fd46"}) as unknown as TypedDocumentString<OrdersQuery, OrdersQueryVariables>;
export const PromotionDetailDocument = new TypedDocumentString(`
    query PromotionDetail($id: ID!) {
  promotion(id: $id) {
    id
    name
    description
    state
    startsAt
    endsAt
    tags
    channels
    regionPaths
    storeIds
    redemptions
    serverTime
    offers {
      id
      type
      level
      sentence
    }
  }
}
    `, {"hash":"sha256:18f7c39b11489a715c460166a55fc12da85817f55b911a6344eea1c45d6248f0"}) as unknown as TypedDocumentString<PromotionDetailQuery, PromotionDetailQueryVariables>;
export const PromotionProductsDocument = new TypedDocumentString(`
    query PromotionProducts($id: ID!, $first: Int!, $after: String, $search: String, $storeId: ID) {
  promotion(id: $id) {
    id
    products(first: $first, after: $after, search: $search, storeId: $storeId) {
      nodes {
        ...ProductCard
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}`, {"hash":"sha256:3f4301b14b77b859d57829e3821073ac41b70d3b6ba8a88cb3ff058dcc9776be"}) as unknown as TypedDocumentString<PromotionProductsQuery, PromotionProductsQueryVariables>;
export const AccountLiveDocument = new TypedDocumentString(`
    subscription AccountLive {
  benefitAccount {
    version
    points
    balanceFen
    redPacketFen
    stamps
    growth
    usableCoupons
    entries(first: 3) {
      nodes {
        id
        at
        unit
        amount
        balanceAfter
        sentence
      }
    }
  }
}
    `, {"hash":"sha256:01a52807c5ac400d879df27f78345cf413b67cc2a0d336312f8bec68ad670d36"}) as unknown as TypedDocumentString<AccountLiveSubscription, AccountLiveSubscriptionVariables>;
export const CartQuoteDocument = new TypedDocumentString(`
    subscription CartQuote($input: CartInput!) {
  cartQuote(input: $input) {
    version
    cause
    result {
      __typename
      ... on Quote {
        ...QuoteBody
      }
      ... on InvalidInput {
        code
        message
        problems {
          path
          message
        }
      }
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}
fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}
fragment QuoteBody on Quote {
  listFen
  goodsFen
  savedFen
  shippingFen
  payableFen
  dueFen
  token
  rules
  quotedAt
  nextChangeAt
  lines {
    sku
    qty
    listFen
    payableFen
    offers {
      id
      name
      offFen
    }
    product {
      ...ProductCard
    }
  }
  groups {
    offerId
    title
    sentence
    skus
    reached
    shortByFen
    shortByCount
    offFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  coupons {
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  earn {
    offerId
    name
    points
    fen
    count
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    at
    couponId
  }
  suggestions {
    kind
    offerId
    payableFen
    sentence
    add {
      sku
      qty
      product {
        ...ProductCard
      }
    }
  }
}`, {"hash":"sha256:59e0fa95ab3148ade913b6b2c0fb63dbd2ff6329b03a5ed2801ab1c5689fbd4d"}) as unknown as TypedDocumentString<CartQuoteSubscription, CartQuoteSubscriptionVariables>;
export const QuoteCartDocument = new TypedDocumentString(`
    query QuoteCart($input: CartInput!) {
  quoteCart(input: $input) {
    __typename
    ... on Quote {
      ...QuoteBody
    }
    ... on InvalidInput {
      code
      message
      problems {
        path
        message
      }
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validFrom
  validUntil
  validHours
  face {
    kind
    offFen
    payBp
    maxOffFen
    minFen
    sentence
    scopeSentence
    stackable
  }
}
fragment CouponCard on Coupon {
  id
  code
  state
  claimedAt
  validFrom
  expiresAt
  orderId
  template {
    ...TemplateCard
  }
}
fragment ProductCard on Product {
  sku
  name
  category
  unit
  imageHue
  emoji
  listFen
  priceInHandFen
  promotionTags
  available
}
fragment QuoteBody on Quote {
  listFen
  goodsFen
  savedFen
  shippingFen
  payableFen
  dueFen
  token
  rules
  quotedAt
  nextChangeAt
  lines {
    sku
    qty
    listFen
    payableFen
    offers {
      id
      name
      offFen
    }
    product {
      ...ProductCard
    }
  }
  groups {
    offerId
    title
    sentence
    skus
    reached
    shortByFen
    shortByCount
    offFen
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
  }
  coupons {
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  earn {
    offerId
    name
    points
    fen
    count
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    at
    couponId
  }
  suggestions {
    kind
    offerId
    payableFen
    sentence
    add {
      sku
      qty
      product {
        ...ProductCard
      }
    }
  }
}`, {"hash":"sha256:1d9b1eeaf4ea6a14a496e234d717ddeea1d51abcf5f789873825da47d6fa2967"}) as unknown as TypedDocumentString<QuoteCartQuery, QuoteCartQueryVariables>;
export const ClientConfigDocument = new TypedDocumentString(`
    query ClientConfig($merchant: String!) {
  clientConfig(merchant: $merchant) {
    h5AuthorizeUrl
    subscribeTemplateIds
    environment
    merchant {
      id
      code
      name
    }
  }
}
    `, {"hash":"sha256:8ac0a85f9ae73bed2a976858b652c0b12fd148945a91ec0b38a8f1d8d2844424"}) as unknown as TypedDocumentString<ClientConfigQuery, ClientConfigQueryVariables>;
export const LogInConsumerDocument = new TypedDocumentString(`
    mutation LogInConsumer($input: LogInConsumerInput!) {
  logInConsumer(input: $input) {
    __typename
    ... on Session {
      ...SessionBody
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment SessionBody on Session {
  accessToken
  accessExpiresAt
  refreshToken
  member {
    id
    nickname
  }
}`, {"hash":"sha256:1e93d2d4f44e5d1e8224fc670a622c78e44cae6369af6131f97d0fc3a7ccc971"}) as unknown as TypedDocumentString<LogInConsumerMutation, LogInConsumerMutationVariables>;
export const RefreshSessionDocument = new TypedDocumentString(`
    mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on Session {
      ...SessionBody
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment SessionBody on Session {
  accessToken
  accessExpiresAt
  refreshToken
  member {
    id
    nickname
  }
}`, {"hash":"sha256:344e34d2c9140772a2095f03b73dcc0802938ff1fef036bf3162b0e30ca99ea3"}) as unknown as TypedDocumentString<RefreshSessionMutation, RefreshSessionMutationVariables>;
export const StoresDocument = new TypedDocumentString(`
    query Stores {
  stores {
    id
    code
    name
    city
    regionPath
    address
  }
}
    `, {"hash":"sha256:bf80d86547ce83f5a6c159ff7e1477d09a7c1ff76a842a8ee7d043b3cccc6167"}) as unknown as TypedDocumentString<StoresQuery, StoresQueryVariables>;