/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Accepts an invitation. */
export type AcceptInvitationInput = {
  /** The inviter's code; case, spaces and dashes do not matter. */
  code: string;
  /** Made by the client for this act. */
  idempotencyKey: string;
};

/** A chosen add-on 加价购. */
export type AddOnInput = {
  /** The offer. */
  offerId: string;
  /** Units. */
  qty?: number;
  /** Article code. */
  sku: string;
};

/** What an entry counts. */
export type BenefitUnit =
  /** 余额, fen. */
  | 'BALANCE'
  /** 成长值. */
  | 'GROWTH'
  /** 积分. */
  | 'POINTS'
  /** 红包, fen. */
  | 'RED_PACKET'
  /** 集点. */
  | 'STAMPS';

/** A birthday. */
export type BirthdayInput = {
  /** 1–31. */
  day: number;
  /** 1–12. */
  month: number;
  /** Year of birth, if one likes. */
  year?: number | null | undefined;
};

/** Cancels an order that is not paid. */
export type CancelOrderInput = {
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The order. */
  orderId: string;
};

/** The customer no longer wants it. */
export type CancelPresaleInput = {
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** What they were told that they lose; 0 before the deposit is paid. */
  keptFen: number;
  /** The pre-sale. */
  presaleId: string;
};

/** A cart to be priced. */
export type CartInput = {
  /** Add-ons 加价购 that the shopper chose. */
  addOns?: Array<AddOnInput>;
  /** Where the sale happens. */
  channel?: Channel;
  /** Whether each coupon that is not used says by how much the price would be higher with it (notBetterByFen, and in its sentence); a member with many coupons waits for it, so ask where it is shown. */
  compareCoupons?: boolean;
  /** Which coupons to use; null means AUTO. */
  coupons?: CouponChoiceInput | null | undefined;
  /** How the goods reach the customer. */
  delivery?: Delivery;
  /** Whether `coupons` and `rejected` list coupons that are neither used nor named, and that no suggestion would unlock; a list of many takes longer than their price, so ask where it is shown. */
  everyCoupon?: boolean;
  /** Gifts that the shopper chose where there is a choice. */
  giftChoices?: Array<GiftChoiceInput>;
  /** What is in it; lines of one SKU are merged. */
  lines: Array<CartLineInput>;
  /** How the rest is paid. */
  payment?: PaymentMethod;
  /** The store that sells; null means the merchant's first. */
  storeId?: string | null | undefined;
  /** Whether to look for goods that reach the next tier 凑单 (slower). */
  suggest?: boolean;
  /** What to pay with besides cash. */
  tenders?: TendersInput | null | undefined;
};

/** One line of a cart. */
export type CartLineInput = {
  /** Units, 1–9999. */
  qty: number;
  /** Article code. */
  sku: string;
};

/** Where a sale happens 渠道. */
export type Channel =
  /** Native app. */
  | 'APP'
  /** Browser. */
  | 'H5'
  /** Online mall. */
  | 'MALL'
  /** WeChat mini-program. */
  | 'MINIAPP'
  /** Till in a store. */
  | 'POS';

/** The customer chooses a home store. */
export type ChooseHomeStoreInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** The store; null is none. */
  storeId?: string | null | undefined;
};

/** A claim through a private link. */
export type ClaimCouponByLinkInput = {
  /** Where it is claimed. */
  channel?: Channel;
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The store that the shopper chose. */
  storeId?: string | null | undefined;
  /** What the link carries. */
  token: string;
};

/** One claim 领取. */
export type ClaimCouponInput = {
  /** Templates accepted in wx.requestSubscribeMessage; each allows one message. */
  acceptedTemplateIds?: Array<string>;
  /** Where it is claimed. */
  channel?: Channel;
  /** The drop. */
  dropId: string;
  /** Made by the client for this tap; the same key gives the same coupon. */
  idempotencyKey: string;
  /** On which page the drop was shown. */
  placement?: CouponPlacement | null | undefined;
  /** The store that the shopper chose. */
  storeId?: string | null | undefined;
};

/** A complaint of the viewer. */
export type ComplainInput = {
  /** One of the viewer's coupons. */
  couponId?: string | null | undefined;
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** What it is about. */
  kind: ComplaintKind;
  /** One of the viewer's orders. */
  orderId?: string | null | undefined;
  /** What happened, 5–500 characters. */
  text: string;
};

/** What a complaint is about. */
export type ComplaintKind =
  /** 优惠券. */
  | 'COUPON'
  /** 配送与自提. */
  | 'DELIVERY'
  /** 商品质量. */
  | 'GOODS'
  /** 其他. */
  | 'OTHER'
  /** 价格与优惠. */
  | 'PRICE'
  /** 服务态度. */
  | 'SERVICE';

/** How a complaint ended. */
export type ComplaintOutcome =
  /** 已补偿. */
  | 'COMPENSATED'
  /** 已解释. */
  | 'EXPLAINED'
  /** 已退款. */
  | 'REFUNDED'
  /** 已补发或换货. */
  | 'REPLACED'
  /** 不成立. */
  | 'UNFOUNDED';

/** How a complaint stands, by the clock. */
export type ComplaintState =
  /** 已答复. */
  | 'ANSWERED'
  /** 即将超时: less than half an hour is left. */
  | 'DUE_SOON'
  /** 已超时: escalated. */
  | 'OVERDUE'
  /** 待处理. */
  | 'WAITING';

/** Where a consumer logs in. */
export type ConsumerPlatform =
  /** A browser. */
  | 'H5'
  /** WeChat mini-program. */
  | 'WEAPP';

/** Which coupons to use. */
export type CouponChoiceInput = {
  /** The coupons, for FIXED. */
  ids?: Array<string>;
  /** AUTO, NONE or FIXED. */
  mode?: CouponMode;
};

/** Where a drop is in its life. */
export type CouponDropState =
  /** 草稿. */
  | 'DRAFT'
  /** 已结束. */
  | 'ENDED'
  /** 本批已领完, more come at nextBatchAt. */
  | 'NEXT_BATCH'
  /** 领取中. */
  | 'OPEN'
  /** 已领完, of all or of the budget. */
  | 'SOLD_OUT'
  /** 未开始. */
  | 'UPCOMING';

/** What a coupon gives. */
export type CouponKind =
  /** 套餐: one set of some articles at a price. */
  | 'BUNDLE'
  /** 兑换、换购: one unit of an article for nothing, or at a price. */
  | 'EXCHANGE'
  /** 全额返: takes nothing off; what is paid comes back as a red packet. Used only where it is chosen. */
  | 'GIVE_BACK'
  /** 满减: so many fen off. */
  | 'OFF'
  /** 折扣: a share is paid. */
  | 'PERCENT'
  /** 额外积分: takes nothing off; the order brings more points. Used only where it is chosen. */
  | 'POINTS'
  /** 运费: off the shipping fee, or all of it. */
  | 'SHIPPING'
  /** 免费试用: one unit of an article to try, for nothing. */
  | 'TRIAL';

/** Which coupons to use. */
export type CouponMode =
  /** The best one is chosen. */
  | 'AUTO'
  /** Those named. */
  | 'FIXED'
  /** No coupon. */
  | 'NONE';

/** Where a drop is shown 投放位置. */
export type CouponPlacement =
  /** 购物车. */
  | 'CART'
  /** 领券中心. */
  | 'CENTRE'
  /** 首页. */
  | 'HOME'
  /** 弹窗. */
  | 'POPUP'
  /** 商品页. */
  | 'PRODUCT';

/** Where a coupon is in its life. */
export type CouponState =
  /** 已过期. */
  | 'EXPIRED'
  /** 未使用. */
  | 'ISSUED'
  /** Held by an order 使用中. */
  | 'LOCKED'
  /** 已使用. */
  | 'REDEEMED'
  /** Let go by an order that was cancelled 已释放; a step of its history, at once ISSUED again. */
  | 'RELEASED'
  /** 已退还, with a refund; a step of its history, at once ISSUED again. */
  | 'RETURNED'
  /** 已作废. */
  | 'VOIDED';

/** How the goods reach the customer. */
export type Delivery =
  /** 配送. */
  | 'DELIVERY'
  /** 自提. */
  | 'PICKUP';

/** One draw 抽一次. */
export type DrawLotteryInput = {
  /** Where it is drawn. */
  channel?: Channel;
  /** Made by the client for this tap; the same key gives the same result. It goes into the number that is drawn. */
  idempotencyKey: string;
  /** The lottery. */
  lotteryId: string;
  /** What the customer confirmed that it costs; 0 for a free one. */
  seenPoints: number;
  /** The store that the customer chose; null when none was. */
  storeId?: string | null | undefined;
};

/** One exchange 兑换; it is final. */
export type ExchangePointsInput = {
  /** Made by the client for this tap; the same key gives the same exchange. */
  idempotencyKey: string;
  /** The item. */
  itemId: string;
  /** The price that the shopper confirmed. */
  seenPoints: number;
};

/** Founds a family. */
export type FoundFamilyInput = {
  /** The text that was agreed to. */
  consentVersion: number;
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** What the family may spend of one's points in a month: 0 nothing, null as much as there is. */
  monthlyPoints?: number | null | undefined;
};

/** A chosen gift 赠品. */
export type GiftChoiceInput = {
  /** The offer. */
  offerId: string;
  /** Article code. */
  sku: string;
};

/** Makes an invitation. */
export type InviteToFamilyInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
};

/** Where an invitation is. */
export type InvitedState =
  /** The friend has no completed order yet 待首单. */
  | 'BOUND'
  /** Completed, over the inviter's rewards of that month, or inviting was stopped 未奖励. */
  | 'OVER_LIMIT'
  /** The friend's first order is completed 已奖励. */
  | 'REWARDED';

/** Accepts an invitation. */
export type JoinFamilyInput = {
  /** The invitation; case, spaces and dashes do not matter. */
  code: string;
  /** The text that was agreed to. */
  consentVersion: number;
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** What the family may spend of one's points in a month: 0 nothing, null as much as there is. */
  monthlyPoints?: number | null | undefined;
};

/** Leaves; with its founder the family ends. */
export type LeaveFamilyInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
};

/** How a consumer logs in. */
export type LogInConsumerInput = {
  /** Code of wx.login (WEAPP) or of the OAuth redirect (H5). */
  code: string;
  /** Made by the client for this act. A code works once, so a replay is refused. */
  idempotencyKey: string;
  /** Code of the merchant. */
  merchant: string;
  /** Where the code came from. */
  platform?: ConsumerPlatform;
};

/** Ends a session and everything that came from the same log-in. */
export type LogOutInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** The session's newest refresh token. */
  refreshToken: string;
};

/** What a prize of a lottery is. */
export type LotteryPrizeKind =
  /** 商品: one unit, by a coupon for it 兑换券. */
  | 'ARTICLE'
  /** 优惠券. */
  | 'COUPON'
  /** 积分. */
  | 'POINTS'
  /** 谢谢参与: nothing. */
  | 'THANKS';

/** Where a lottery is in its life. */
export type LotteryState =
  /** 已结束. */
  | 'ENDED'
  /** 进行中. */
  | 'OPEN'
  /** 有奖品已抽完: rests until staff add some, so that the published odds stay true. */
  | 'SOLD_OUT'
  /** 提前结束, by staff, for good. */
  | 'STOPPED'
  /** 未开始. */
  | 'UPCOMING';

/** What became of an exchange. */
export type MallExchangeState =
  /** 已兑换. */
  | 'DONE'
  /** 已作废, the points came back. */
  | 'VOIDED';

/** What an item of the mall gives. */
export type MallItemKind =
  /** 商品: one unit, by a coupon for it 兑换券. */
  | 'ARTICLE'
  /** 余额. */
  | 'BALANCE'
  /** 优惠券. */
  | 'COUPON'
  /** 积分, for growth value alone. */
  | 'POINTS';

/** Where an item of the mall is in its life. */
export type MallItemState =
  /** 已结束. */
  | 'ENDED'
  /** 可兑换. */
  | 'OPEN'
  /** 已兑完. */
  | 'SOLD_OUT'
  /** 已下架, by staff, for good. */
  | 'STOPPED'
  /** 未开始. */
  | 'UPCOMING';

/** What an item of the mall is paid in. */
export type MallUnit =
  /** 成长值. */
  | 'GROWTH'
  /** 积分. */
  | 'POINTS'
  /** 集点: buys coupons and articles. */
  | 'STAMPS';

/** The condition of an audience that fails. */
export type NotForYouBecause =
  /** Given out in other channels. */
  | 'CHANNEL'
  /** For other member levels. */
  | 'LEVEL'
  /** For customers of another state 生命周期. */
  | 'LIFECYCLE'
  /** For customers before their first order 新客. */
  | 'NEW_ONLY'
  /** For followers of the official account 关注公众号; whoever follows may claim. */
  | 'NOT_FOLLOWING'
  /** For members of a customers' group 入群领券; whoever joins may claim. */
  | 'NOT_IN_GROUP'
  /** For who has picked up a group order 团购提货; whoever does may claim. */
  | 'NOT_PICKED_UP'
  /** For stores of another region. */
  | 'REGION'
  /** For customers after their first order 老客. */
  | 'RETURNING_ONLY'
  /** For customers of another RFM tier. */
  | 'RFM_TIER'
  /** For members of other home stores. */
  | 'STORE'
  /** For other customers. */
  | 'TAG';

/** Level at which an offer works, in this order (docs/pricing.md). */
export type OfferLevel =
  /** 券. */
  | 'COUPON'
  /** 返还. */
  | 'EARN'
  /** 赠品. */
  | 'GIFT'
  /** 单品级. */
  | 'LINE'
  /** 订单级. */
  | 'ORDER'
  /** 运费. */
  | 'SHIPPING';

/** Of what an offer has nothing left 已抢完; it gives again by itself when an order brings something back. */
export type OfferUsedUp =
  /** 活动预算已用完. */
  | 'BUDGET'
  /** 赠品已送完. */
  | 'GIFTS'
  /** 活动名额已抢完. */
  | 'STOCK';

/** Somebody opened a shared link. */
export type OpenShareInput = {
  /** Where it was opened; null when the client does not tell. */
  channel?: Channel | null | undefined;
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** The store that the viewer chose; null when none was. */
  storeId?: string | null | undefined;
  /** The `s` of the link. */
  token: string;
};

/** What a line of an order is. */
export type OrderLineKind =
  /** 加价购. */
  | 'ADD_ON'
  /** 赠品, outside the totals. */
  | 'GIFT'
  /** Sold. */
  | 'SALE';

/** Where an order is in its life. */
export type OrderState =
  /** 待付款. */
  | 'AWAITING_PAYMENT'
  /** 已取消. */
  | 'CANCELLED'
  /** 已完成. */
  | 'COMPLETED'
  /** 已付款. */
  | 'PAID'
  /** 已退款: all of it. */
  | 'REFUNDED';

/** Reserves units for a deposit. */
export type PayDepositInput = {
  /** Templates that the customer has just accepted (clientConfig.presaleTemplateIds). */
  acceptedTemplateIds?: Array<string>;
  /** The customer has read what becomes of the deposit. */
  agreed: boolean;
  /** Where it is sold. */
  channel?: Channel;
  /** The deposit that was shown. */
  expectedFen: number;
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** Articles and units. */
  lines: Array<PresaleLineInput>;
  /** The offer of the pre-sale. */
  offerId: string;
  /** The store; the first one when left out. */
  storeId?: string | null | undefined;
};

/** How the rest is paid in cash 支付方式; offers may ask for it. */
export type PaymentMethod =
  /** 微信支付, the only one that the platform takes. */
  | 'WECHAT';

/** Where cash on its way back is. */
export type PayoutState =
  /** 退款失败. */
  | 'FAILED'
  /** 退款处理中. */
  | 'PROCESSING'
  /** 退款成功. */
  | 'SUCCEEDED';

/** Turns a quote into an order. */
export type PlaceOrderInput = {
  /** The same cart that was quoted. */
  cart: CartInput;
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The quote's token. */
  quoteToken: string;
};

/** Turns the price of a rest into an order. */
export type PlacePresaleOrderInput = {
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The quote's token. */
  quoteToken: string;
  /** The same choices that were priced. */
  rest: PresaleRestInput;
};

/** Units of one article. */
export type PresaleLineInput = {
  /** Units. */
  qty: number;
  /** Article code. */
  sku: string;
};

/** What the customer chooses for the rest; articles and store are the pre-sale's. */
export type PresaleRestInput = {
  /** Chosen add-ons. */
  addOns?: Array<AddOnInput>;
  /** Where it is sold. */
  channel?: Channel;
  /** Which coupons; the best when left out. */
  coupons?: CouponChoiceInput | null | undefined;
  /** How the goods come. */
  delivery?: Delivery;
  /** Chosen gifts. */
  giftChoices?: Array<GiftChoiceInput>;
  /** The pre-sale. */
  presaleId: string;
  /** Points, balance, red packets. */
  tenders?: TendersInput | null | undefined;
};

/** Where a pre-sale is in its life. */
export type PresaleState =
  /** 待付定金. */
  | 'AWAITING_DEPOSIT'
  /** The deposit was not paid; nothing was lost 已关闭. */
  | 'CLOSED'
  /** The deposit is paid, the rest is not: 待付尾款. */
  | 'DEPOSIT_PAID'
  /** The rest was not paid, or the customer cancelled: the deposit is lost 定金不退. */
  | 'FORFEITED'
  /** Staff cancelled: the deposit came back 定金已退. */
  | 'RETURNED'
  /** The rest is paid: an order like any other 已付尾款. */
  | 'SETTLED';

/** Which window of a pre-sale is open. */
export type PresaleWindow =
  /** Deposits are no longer taken, the rest not yet 待付尾款. */
  | 'BETWEEN'
  /** 付定金中. */
  | 'DEPOSIT'
  /** 付尾款中. */
  | 'FINAL'
  /** 已结束. */
  | 'OVER'
  /** 定金未开始. */
  | 'UPCOMING';

/** Where a promotion is in its life. */
export type PromotionState =
  /** 草稿. */
  | 'DRAFT'
  /** 已结束. */
  | 'ENDED'
  /** 进行中. */
  | 'RUNNING'
  /** Published, starts later 未开始. */
  | 'SCHEDULED';

/** Which red packets 红包 to pay with. */
export type RedPacketMode =
  /** All that may pay, the soonest to end first. */
  | 'AUTO'
  /** Those named. */
  | 'FIXED';

/** Where a red packet is in its life. */
export type RedPacketState =
  /** 已过期. */
  | 'EXPIRED'
  /** 订单占用中: an order that waits for payment has what is left of it. */
  | 'HELD'
  /** 已收回: the goods that had earned it came back. */
  | 'TAKEN_BACK'
  /** 可使用. */
  | 'USABLE'
  /** 已用完. */
  | 'USED';

/** 兑换券码. */
export type RedeemCouponCodeInput = {
  /** Where it is entered. */
  channel?: Channel;
  /** As typed: case, spaces and hyphens do not matter. */
  code: string;
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The store that the shopper chose. */
  storeId?: string | null | undefined;
};

/** Trades a refresh token for a new session. */
export type RefreshSessionInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** Works once; a second use ends every session that came from it. */
  refreshToken: string;
};

/** Where a part of a refund goes. */
export type RefundAccount =
  /** 余额. */
  | 'BALANCE'
  /** 积分. */
  | 'POINTS'
  /** 红包: those that paid. */
  | 'RED_PACKET'
  /** The till or marketplace that sold it gives it back in cash. */
  | 'SELLER'
  /** 原路退回微信支付. */
  | 'WECHAT';

/** What somebody thinks of refunding. */
export type RefundPreviewInput = {
  /** The order. */
  orderId: string;
  /** The units. */
  units: Array<RefundUnitInput>;
};

/** What became of a customer's request. */
export type RefundRequestState =
  /** 已关闭: it can no longer be met; `note` says why: its goods, or some, were refunded otherwise, or of its payment only all that is left can come back. */
  | 'CLOSED'
  /** 已同意. */
  | 'DONE'
  /** 已拒绝. */
  | 'REJECTED'
  /** 待审核. */
  | 'WAITING'
  /** 已撤回. */
  | 'WITHDRAWN';

/** What the refunds of an order need next, the most urgent first. */
export type RefundState =
  /** 退款失败: cash could not go back; staff must look. */
  | 'FAILED'
  /** Nothing was refunded. */
  | 'NONE'
  /** 部分退款. */
  | 'PART'
  /** 退款处理中: cash is on its way back. */
  | 'PROCESSING'
  /** 已退款: everything is back. */
  | 'REFUNDED'
  /** 申请中: the customer asked, a clerk decides. */
  | 'REQUESTED';

/** Units of one article to refund. Of one that was bought, added on and given, the bought ones come back first. */
export type RefundUnitInput = {
  /** Units. */
  qty: number;
  /** Article code. */
  sku: string;
};

/** Why an offer did not apply (docs/pricing.md). */
export type RejectionReason =
  /** Its money is spent. */
  | 'BUDGET'
  /** Something that excludes it applies. */
  | 'EXCLUDED'
  /** Over. */
  | 'EXPIRED'
  /** The customer's limit is reached. */
  | 'LIMIT'
  /** Another combination costs less. */
  | 'NOT_BETTER'
  /** Not begun. */
  | 'NOT_YET'
  /** It would change nothing. */
  | 'NO_EFFECT'
  /** No line in its scope. */
  | 'SCOPE'
  /** Activity stock is gone. */
  | 'SOLD_OUT'
  /** The threshold is not reached. */
  | 'THRESHOLD'
  /** A condition does not hold. */
  | 'WHEN';

/** Removes somebody. */
export type RemoveFromFamilyInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** Whom. */
  personId: string;
};

/** What a customer had in view since the last report; at most 50 drops and placements. */
export type ReportExposuresInput = {
  /** Made by the client for this report; the same key counts once. */
  idempotencyKey: string;
  /** The drops, each where it was shown. */
  seen: Array<SeenInput>;
  /** The store that the shopper chose. */
  storeId?: string | null | undefined;
};

/** A customer wants money back. */
export type RequestRefundInput = {
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The order. */
  orderId: string;
  /** The preview's token. */
  previewToken: string;
  /** Why, 1–100 characters. */
  reason: string;
  /** The units. */
  units: Array<RefundUnitInput>;
};

/** One review. */
export type ReviewArticleInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** The completed order. */
  orderId: string;
  /** The article. */
  sku: string;
  /** 1–5. */
  stars: number;
  /** 5–300 characters. */
  text: string;
};

/** Why an article cannot be reviewed. */
export type ReviewObstacle =
  /** The order did not buy it. */
  | 'NOT_BOUGHT'
  /** The order is not completed yet. */
  | 'NOT_COMPLETED'
  /** All of it came back. */
  | 'RETURNED'
  /** It was reviewed before. */
  | 'REVIEWED';

/** What became of a review. */
export type ReviewState =
  /** 已隐藏, by staff; the growth went again. */
  | 'HIDDEN'
  /** 有效. */
  | 'SHOWN';

/** A drop that was in view. */
export type SeenInput = {
  /** The drop. */
  dropId: string;
  /** Where it was shown. */
  placement: CouponPlacement;
  /** How often it came into view since the last report, 1–20. */
  times?: number;
};

/** The customer tells the birthday, once. */
export type SetMyBirthdayInput = {
  /** Version of the notice that was read and agreed to. */
  agreedVersion: number;
  /** The birthday. */
  birthday: BirthdayInput;
  /** Made by the client for this act. */
  idempotencyKey: string;
};

/** What is shared. */
export type ShareKind =
  /** 领券活动. */
  | 'DROP'
  /** 积分抽奖. */
  | 'LOTTERY'
  /** 促销活动. */
  | 'PROMOTION';

/** States what one shares from now on. */
export type ShareWithFamilyInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** What the family may spend of one's points in a month: 0 nothing, null as much as there is. */
  monthlyPoints?: number | null | undefined;
};

/** What to pay with besides cash; asking for more than there is uses what there is. */
export type TendersInput = {
  /** Stored balance 余额, fen. */
  balanceFen?: number;
  /** Whether points of the family may pay too, once the viewer's own are used up; `points` asks for both together. */
  family?: boolean;
  /** Points 积分. */
  points?: number;
  /** The red packets, for FIXED; none of them where none is named. */
  redPacketIds?: Array<string>;
  /** Which red packets 红包: AUTO, or FIXED. */
  redPackets?: RedPacketMode;
};

/** The customer takes the birthday back 撤回同意. */
export type WithdrawBirthdayInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
};

/** Takes an invitation back. */
export type WithdrawFamilyInviteInput = {
  /** Made by the client for this act. */
  idempotencyKey: string;
  /** The invitation. */
  inviteId: string;
};

/** The customer no longer wants it. */
export type WithdrawRefundInput = {
  /** Made by the client for this tap. */
  idempotencyKey: string;
  /** The request. */
  requestId: string;
};

export type OrderComplaintsQueryVariables = Exact<{
  orderId: string;
}>;


export type OrderComplaintsQuery = { complaintMinutes: number, orderComplaints: Array<{ id: string, kind: ComplaintKind, text: string, state: ComplaintState, openedAt: string, dueAt: string, escalatedAt: string | null, answeredAt: string | null, outcome: ComplaintOutcome | null, answer: string | null, compensation: { code: string, template: { name: string } } | null }> };

export type ComplainMutationVariables = Exact<{
  input: ComplainInput;
}>;


export type ComplainMutation = { complain:
    | { __typename: 'Complaint', id: string, dueAt: string }
    | { __typename: 'ComplaintOpen', message: string }
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotFound', message: string }
   };

export type CouponOffersQueryVariables = Exact<{
  placement: CouponPlacement;
  skus?: Array<string> | string | null | undefined;
  storeId?: string | null | undefined;
}>;


export type CouponOffersQuery = { couponOffers: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, availableNow: number, nextBatchAt: string | null, perMember: number, perDay: number | null, state: CouponDropState, claimedByMe: number, claimedByMeToday: number, extra: { sentence: string } | null, tier: { label: string } | null, notForMe: { because: NotForYouBecause, message: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }> };

export type PayCodeQueryVariables = Exact<{ [key: string]: never; }>;


export type PayCodeQuery = { payCode: { code: string, validUntil: string } };

export type PresaleTermsFragment = { depositFen: number, countsAsFen: number, depositFrom: string, depositUntil: string, finalFrom: string, finalUntil: string, window: PresaleWindow, rules: Array<string>, left: number | null, perCustomer: number | null, mine: number, perDay: number | null, mineToday: number };

export type PayDepositMutationVariables = Exact<{
  input: PayDepositInput;
}>;


export type PayDepositMutation = { payDeposit:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'OutOfStock', code: string, message: string }
    | { __typename: 'Presale', id: string }
    | { __typename: 'PresaleLimitReached', code: string, message: string }
    | { __typename: 'PresaleNotForYou', code: string, message: string }
    | { __typename: 'PresaleNotOpen', code: string, message: string }
    | { __typename: 'PresaleOver', code: string, message: string }
    | { __typename: 'PresaleSoldOut', code: string, message: string }
   };

export type ReviewableArticlesQueryVariables = Exact<{
  orderId: string;
}>;


export type ReviewableArticlesQuery = { reviewableArticles: Array<{ sku: string, name: string, emoji: string, imageHue: number, obstacle: ReviewObstacle | null, review: { id: string, stars: number, text: string, growth: number, takenBack: number, state: ReviewState, hideReason: string | null } | null }> };

export type ReviewArticleMutationVariables = Exact<{
  input: ReviewArticleInput;
}>;


export type ReviewArticleMutation = { reviewArticle:
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Review', id: string, growth: number }
    | { __typename: 'ReviewNotPossible', message: string }
   };

export type ShareTokenQueryVariables = Exact<{
  kind: ShareKind;
  id: string;
}>;


export type ShareTokenQuery = { shareToken: { token: string, sentence: string } };

export type OpenShareMutationVariables = Exact<{
  input: OpenShareInput;
}>;


export type OpenShareMutation = { openShare:
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'ShareLinkInvalid', message: string }
    | { __typename: 'ShareOpened', counted: boolean }
   };

export type TemplateCardFragment = { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } };

export type DropCardFragment = { id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, availableNow: number, nextBatchAt: string | null, perMember: number, perDay: number | null, state: CouponDropState, claimedByMe: number, claimedByMeToday: number, extra: { sentence: string } | null, tier: { label: string } | null, notForMe: { because: NotForYouBecause, message: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } };

export type CouponCardFragment = { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } };

export type OrderBodyFragment = { id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null };

export type PresaleBodyFragment = { id: string, number: string, name: string, promotionId: string, state: PresaleState, qty: number, placedAt: string, payBy: string, paidAt: string | null, opensAt: string, closesAt: string, depositFen: number, countsAsFen: number, keepsFen: number, sentence: string, note: string | null, serverTime: string, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null, order: { id: string, number: string, state: OrderState, dueFen: number, payBy: string | null } | null, payouts: Array<{ id: string, amountFen: number, state: PayoutState, sentence: string, madeAt: string }> };

export type ProductCardFragment = { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null };

export type QuoteBodyFragment = { listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, couponCount: number, maxCoupons: number, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number, promotionId: string | null, nextSentence: string | null, progressBp: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null, promotionId: string | null }>, coupons: Array<{ alike: number, applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } } }>, redPackets: Array<{ paysFen: number, reason: string | null, packet: { id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, capped: Array<{ kind: string, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, shortByFen: number | null, leaf: string | null, at: string | null, couponId: string | null, promotionId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }>, gifts: Array<{ offerId: string, name: string, sku: string, qty: number, listFen: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, giftChoices: Array<{ offerId: string, name: string, sku: string, qty: number, choose: number, chosen: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, addOnChoices: Array<{ offerId: string, name: string, sku: string, priceFen: number, chosen: number, most: number, reached: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> };

export type RedPacketCardFragment = { id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string };

export type PlaceOrderMutationVariables = Exact<{
  input: PlaceOrderInput;
}>;


export type PlaceOrderMutation = { placeOrder:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, problems: Array<{ path: string, message: string }> }
    | { __typename: 'Order', id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }
    | { __typename: 'OutOfStock', sku: string, available: number, code: string, message: string }
    | { __typename: 'PriceChanged', seenPayableFen: number, code: string, message: string, changes: Array<{ sentence: string }>, quote: { listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, couponCount: number, maxCoupons: number, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number, promotionId: string | null, nextSentence: string | null, progressBp: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null, promotionId: string | null }>, coupons: Array<{ alike: number, applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } } }>, redPackets: Array<{ paysFen: number, reason: string | null, packet: { id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, capped: Array<{ kind: string, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, shortByFen: number | null, leaf: string | null, at: string | null, couponId: string | null, promotionId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }>, gifts: Array<{ offerId: string, name: string, sku: string, qty: number, listFen: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, giftChoices: Array<{ offerId: string, name: string, sku: string, qty: number, choose: number, chosen: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, addOnChoices: Array<{ offerId: string, name: string, sku: string, priceFen: number, chosen: number, most: number, reached: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> } }
   };

export type CouponOfLinkQueryVariables = Exact<{
  token: string;
  storeId?: string | null | undefined;
}>;


export type CouponOfLinkQuery = { couponOfLink: { serverTime: string, id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, availableNow: number, nextBatchAt: string | null, perMember: number, perDay: number | null, state: CouponDropState, claimedByMe: number, claimedByMeToday: number, extra: { sentence: string } | null, tier: { label: string } | null, notForMe: { because: NotForYouBecause, message: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } } | null };

export type ClaimCouponByLinkMutationVariables = Exact<{
  input: ClaimCouponByLinkInput;
}>;


export type ClaimCouponByLinkMutation = { claimCouponByLink:
    | { __typename: 'Busy', retryAfterMs: number, code: string, message: string }
    | { __typename: 'ClaimLimitReached', code: string, message: string }
    | { __typename: 'Coupon', id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, extra: { sentence: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }
    | { __typename: 'CouponSoldOut', nextBatchAt: string | null, code: string, message: string }
    | { __typename: 'DailyLimitReached', code: string, message: string }
    | { __typename: 'DropNotOpen', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotForYou', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
   };

export type CouponCentreQueryVariables = Exact<{
  storeId?: string | null | undefined;
}>;


export type CouponCentreQuery = { couponCentre: { serverTime: string, claimable: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, availableNow: number, nextBatchAt: string | null, perMember: number, perDay: number | null, state: CouponDropState, claimedByMe: number, claimedByMeToday: number, extra: { sentence: string } | null, tier: { label: string } | null, notForMe: { because: NotForYouBecause, message: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }>, claimed: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, availableNow: number, nextBatchAt: string | null, perMember: number, perDay: number | null, state: CouponDropState, claimedByMe: number, claimedByMeToday: number, extra: { sentence: string } | null, tier: { label: string } | null, notForMe: { because: NotForYouBecause, message: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }>, gone: Array<{ id: string, name: string, startsAt: string, endsAt: string, total: number, issued: number, remaining: number, availableNow: number, nextBatchAt: string | null, perMember: number, perDay: number | null, state: CouponDropState, claimedByMe: number, claimedByMeToday: number, extra: { sentence: string } | null, tier: { label: string } | null, notForMe: { because: NotForYouBecause, message: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }> } };

export type ClaimCouponMutationVariables = Exact<{
  input: ClaimCouponInput;
}>;


export type ClaimCouponMutation = { claimCoupon:
    | { __typename: 'Busy', retryAfterMs: number, code: string, message: string }
    | { __typename: 'ClaimLimitReached', held: number, code: string, message: string }
    | { __typename: 'Coupon', id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, extra: { sentence: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }
    | { __typename: 'CouponSoldOut', nextBatchAt: string | null, code: string, message: string }
    | { __typename: 'DailyLimitReached', held: number, resetsAt: string, code: string, message: string }
    | { __typename: 'DropNotOpen', opensAt: string, ended: boolean, code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotForYou', because: NotForYouBecause, code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
   };

export type RedeemCouponCodeMutationVariables = Exact<{
  input: RedeemCouponCodeInput;
}>;


export type RedeemCouponCodeMutation = { redeemCouponCode:
    | { __typename: 'Busy', retryAfterMs: number, code: string, message: string }
    | { __typename: 'ClaimLimitReached', code: string, message: string }
    | { __typename: 'CodeUnknown', triesLeft: number, code: string, message: string }
    | { __typename: 'CodeUsed', code: string, message: string }
    | { __typename: 'Coupon', id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, extra: { sentence: string } | null, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }
    | { __typename: 'CouponSoldOut', code: string, message: string }
    | { __typename: 'DailyLimitReached', code: string, message: string }
    | { __typename: 'DropNotOpen', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotForYou', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'TooManyTries', code: string, message: string }
   };

export type EntriesQueryVariables = Exact<{
  unit?: BenefitUnit | null | undefined;
  after?: string | null | undefined;
}>;


export type EntriesQuery = { benefitAccount: { version: number, entries: { nodes: Array<{ id: string, at: string, unit: BenefitUnit, amount: number, balanceAfter: number, sentence: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type PointsLotsQueryVariables = Exact<{ [key: string]: never; }>;


export type PointsLotsQuery = { benefitAccount: { pointsEnding: Array<{ points: number, expiresAt: string | null, sentence: string }> } };

export type FamilyBodyFragment = { mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null };

export type MyFamilyQueryVariables = Exact<{ [key: string]: never; }>;


export type MyFamilyQuery = { myFamily: { mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null } };

export type FamilyLentQueryVariables = Exact<{ [key: string]: never; }>;


export type FamilyLentQuery = { myFamily: { family: { lentPoints: number } | null } };

export type FamilyInvitationQueryVariables = Exact<{
  code: string;
}>;


export type FamilyInvitationQuery = { familyInvitation: { founder: string, people: number, endsAt: string, consent: string, consentVersion: number } | null };

export type FoundFamilyMutationVariables = Exact<{
  input: FoundFamilyInput;
}>;


export type FoundFamilyMutation = { foundFamily:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type JoinFamilyMutationVariables = Exact<{
  input: JoinFamilyInput;
}>;


export type JoinFamilyMutation = { joinFamily:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type InviteToFamilyMutationVariables = Exact<{
  input: InviteToFamilyInput;
}>;


export type InviteToFamilyMutation = { inviteToFamily:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type WithdrawFamilyInviteMutationVariables = Exact<{
  input: WithdrawFamilyInviteInput;
}>;


export type WithdrawFamilyInviteMutation = { withdrawFamilyInvite:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type ShareWithFamilyMutationVariables = Exact<{
  input: ShareWithFamilyInput;
}>;


export type ShareWithFamilyMutation = { shareWithFamily:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type RemoveFromFamilyMutationVariables = Exact<{
  input: RemoveFromFamilyInput;
}>;


export type RemoveFromFamilyMutation = { removeFromFamily:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type LeaveFamilyMutationVariables = Exact<{
  input: LeaveFamilyInput;
}>;


export type LeaveFamilyMutation = { leaveFamily:
    | { __typename: 'AlreadyInFamily', code: string, message: string }
    | { __typename: 'FamilyFull', code: string, message: string }
    | { __typename: 'FamilyInviteOver', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'MyFamily', mostPeople: number, consent: string, consentVersion: number, family: { founder: boolean, monthlyPoints: number | null, usedPoints: number, lentPoints: number, people: Array<{ id: string, name: string, phoneMasked: string | null, founder: boolean, me: boolean, lendsPoints: number, sharing: string }>, invites: Array<{ id: string, code: string, endsAt: string }> } | null }
    | { __typename: 'NotFamilyFounder', code: string, message: string }
    | { __typename: 'NotInFamily', code: string, message: string }
   };

export type HomeQueryVariables = Exact<{ [key: string]: never; }>;


export type HomeQuery = { categories: Array<string>, promotions: { nodes: Array<{ id: string, name: string, description: string, state: PromotionState, startsAt: string, endsAt: string, tags: Array<string>, serverTime: string, offers: Array<{ id: string, type: string, level: OfferLevel, sentence: string }> }> } };

export type ProductsQueryVariables = Exact<{
  after?: string | null | undefined;
  search?: string | null | undefined;
  category?: string | null | undefined;
  storeId?: string | null | undefined;
}>;


export type ProductsQuery = { products: { nodes: Array<{ sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type MyInvitationQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type MyInvitationQuery = { myInvitation: { code: string, friendsCount: number, points: number, rewardsThisMonth: number, invitedBy: string | null, canAccept: boolean, terms: { enabled: boolean, monthly: number, sentence: string }, friends: { nodes: Array<{ id: string, name: string, state: InvitedState, boundAt: string, points: number }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type InvitationOfQueryVariables = Exact<{
  code: string;
}>;


export type InvitationOfQuery = { invitationOf: { inviter: string, terms: { enabled: boolean, sentence: string } } | null };

export type AcceptInvitationMutationVariables = Exact<{
  input: AcceptInvitationInput;
}>;


export type AcceptInvitationMutation = { acceptInvitation:
    | { __typename: 'AlreadyInvited', code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvitationAccepted', inviter: string }
    | { __typename: 'InvitationRefused', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'NotNewHere', code: string, message: string }
   };

export type LotteryHeldFragment = { id: string, name: string, state: LotteryState, points: number, freePerDay: number, perDay: number, perMember: number | null, startsAt: string, endsAt: string, nextPoints: number, freeLeftToday: number, drawsLeftToday: number, myDraws: number, notForMe: string | null, stopReason: string | null, serverTime: string, prizes: Array<{ id: string, name: string, kind: LotteryPrizeKind, odds: number, oddsSentence: string, worthFen: number, stock: number | null, remaining: number | null, points: number | null, emoji: string | null, template: { face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, skuName: string | null, sentence: string, scopeSentence: string, items: Array<{ name: string, qty: number }> } } | null }>, rules: Array<{ title: string, text: string }>, winners: Array<{ name: string, prizeName: string, at: string }> };

export type LotteriesQueryVariables = Exact<{ [key: string]: never; }>;


export type LotteriesQuery = { lotteries: Array<{ id: string, name: string, state: LotteryState, points: number, freePerDay: number, perDay: number, perMember: number | null, startsAt: string, endsAt: string, nextPoints: number, freeLeftToday: number, drawsLeftToday: number, myDraws: number, notForMe: string | null, stopReason: string | null, serverTime: string, prizes: Array<{ id: string, name: string, kind: LotteryPrizeKind, odds: number, oddsSentence: string, worthFen: number, stock: number | null, remaining: number | null, points: number | null, emoji: string | null, template: { face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, skuName: string | null, sentence: string, scopeSentence: string, items: Array<{ name: string, qty: number }> } } | null }>, rules: Array<{ title: string, text: string }>, winners: Array<{ name: string, prizeName: string, at: string }> }> };

export type LotteryPointsQueryVariables = Exact<{ [key: string]: never; }>;


export type LotteryPointsQuery = { benefitAccount: { points: number } };

export type MyLotteryDrawsQueryVariables = Exact<{
  lotteryId?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type MyLotteryDrawsQuery = { myLotteryDraws: { nodes: Array<{ id: string, lotteryName: string, n: number, points: number, drawn: number, nonce: string, prizeName: string, kind: LotteryPrizeKind, wonPoints: number | null, at: string, coupon: { id: string, expiresAt: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type DrawLotteryMutationVariables = Exact<{
  input: DrawLotteryInput;
}>;


export type DrawLotteryMutation = { drawLottery:
    | { __typename: 'DrawLimitReached', code: string, message: string }
    | { __typename: 'DrawPriceChanged', points: number, code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'LotteryDraw', id: string, prizeName: string, kind: LotteryPrizeKind, position: number, points: number, wonPoints: number | null, coupon: { id: string, expiresAt: string } | null }
    | { __typename: 'LotteryNotForYou', code: string, message: string }
    | { __typename: 'LotteryNotOpen', code: string, message: string }
    | { __typename: 'LotterySoldOut', code: string, message: string }
    | { __typename: 'NotEnoughPoints', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
   };

export type MallCardFragment = { id: string, name: string, kind: MallItemKind, emoji: string | null, imageHue: number | null, listFen: number | null, balanceFen: number | null, givesPoints: number | null, unit: MallUnit, points: number, priceForMe: number, stock: number, remaining: number, perMember: number | null, perDay: number | null, takenByMe: number, takenByMeToday: number, startsAt: string, endsAt: string, state: MallItemState, prices: Array<{ sentence: string }>, template: { name: string, validitySentence: string, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, skuName: string | null, sentence: string, scopeSentence: string, items: Array<{ name: string, qty: number }> } } | null };

export type PointsMallQueryVariables = Exact<{ [key: string]: never; }>;


export type PointsMallQuery = { pointsMall: { points: number | null, growth: number | null, stamps: number | null, serverTime: string, items: Array<{ id: string, name: string, kind: MallItemKind, emoji: string | null, imageHue: number | null, listFen: number | null, balanceFen: number | null, givesPoints: number | null, unit: MallUnit, points: number, priceForMe: number, stock: number, remaining: number, perMember: number | null, perDay: number | null, takenByMe: number, takenByMeToday: number, startsAt: string, endsAt: string, state: MallItemState, prices: Array<{ sentence: string }>, template: { name: string, validitySentence: string, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, skuName: string | null, sentence: string, scopeSentence: string, items: Array<{ name: string, qty: number }> } } | null }> } };

export type MyExchangesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type MyExchangesQuery = { myExchanges: { nodes: Array<{ id: string, itemName: string, unit: MallUnit, points: number, givesPoints: number | null, state: MallExchangeState, at: string, voidReason: string | null, balanceFen: number | null, coupon: { id: string, expiresAt: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ExchangePointsMutationVariables = Exact<{
  input: ExchangePointsInput;
}>;


export type ExchangePointsMutation = { exchangePoints:
    | { __typename: 'ExchangeLimitReached', code: string, message: string }
    | { __typename: 'ExchangeNotOpen', code: string, message: string }
    | { __typename: 'ExchangePriceChanged', points: number, code: string, message: string }
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'MallExchange', id: string, itemName: string, points: number, givesPoints: number | null, balanceFen: number | null, coupon: { id: string, expiresAt: string } | null }
    | { __typename: 'MallItemSoldOut', code: string, message: string }
    | { __typename: 'NotEnoughGrowth', shortBy: number, code: string, message: string }
    | { __typename: 'NotEnoughPoints', shortBy: number, code: string, message: string }
    | { __typename: 'NotEnoughStamps', shortBy: number, code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
   };

export type MineQueryVariables = Exact<{ [key: string]: never; }>;


export type MineQuery = { me: { id: string, nickname: string, level: string, levelName: string, phoneMasked: string | null, memberCode: string, isNew: boolean } | null, benefitAccount: { version: number, points: number, balanceFen: number, redPacketFen: number, stamps: number, growth: number, usableCoupons: number, level: { growth: number, inPeriod: number, owed: number, periodEndsAt: string, level: { id: string, name: string }, next: { sentence: string, progressBp: number } | null, steps: Array<{ sentence: string }>, perks: Array<{ name: string, sentence: string | null }> }, pointsEnding: Array<{ points: number, expiresAt: string | null, sentence: string }>, entries: { nodes: Array<{ id: string, at: string, unit: BenefitUnit, amount: number, balanceAfter: number, sentence: string }> } } };

export type LevelCardFragment = { growth: number, inPeriod: number, owed: number, periodEndsAt: string, level: { id: string, name: string }, next: { sentence: string, progressBp: number } | null, steps: Array<{ sentence: string }>, perks: Array<{ name: string, sentence: string | null }> };

export type JoiningQueryVariables = Exact<{ [key: string]: never; }>;


export type JoiningQuery = { levelScheme: { levels: Array<{ id: string, coupon: { id: string, name: string } | null }> } };

export type MyCouponsQueryVariables = Exact<{
  states?: Array<CouponState> | CouponState | null | undefined;
  after?: string | null | undefined;
}>;


export type MyCouponsQuery = { benefitAccount: { version: number, coupons: { nodes: Array<{ id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type MyCouponHistoryQueryVariables = Exact<{
  id: string;
}>;


export type MyCouponHistoryQuery = { coupon: { id: string, moves: Array<{ at: string, why: string, by: string, after: CouponState }> } | null };

export type OrderDetailQueryVariables = Exact<{
  id: string;
}>;


export type OrderDetailQuery = { order: { id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, refunds: Array<{ id: string, number: number, at: string, reason: string, refundFen: number, withheldFen: number, paidOutFen: number, lines: Array<{ sku: string, name: string, emoji: string, qty: number, gift: boolean }>, parts: Array<{ to: RefundAccount, fen: number, points: number | null }>, coupons: Array<{ name: string, back: boolean, reason: string }>, payout: { state: PayoutState, sentence: string, endedAt: string | null } | null, depositPayout: { amountFen: number, state: PayoutState, sentence: string } | null }>, refundRequests: Array<{ id: string, state: RefundRequestState, reason: string, seenFen: number, askedAt: string, decidedAt: string | null, note: string | null }>, returnedPayments: Array<{ id: string, amountFen: number, state: PayoutState, sentence: string, madeAt: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null } | null };

export type CancelOrderMutationVariables = Exact<{
  input: CancelOrderInput;
}>;


export type CancelOrderMutation = { cancelOrder:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'Order', id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }
    | { __typename: 'OrderElsewhere', code: string, message: string }
    | { __typename: 'OrderNotInState', state: OrderState, code: string, message: string }
   };

export type WithdrawRefundMutationVariables = Exact<{
  input: WithdrawRefundInput;
}>;


export type WithdrawRefundMutation = { withdrawRefund:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'Order', id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }
    | { __typename: 'RefundImpossible', code: string, message: string }
   };

export type WaitingPresalesQueryVariables = Exact<{ [key: string]: never; }>;


export type WaitingPresalesQuery = { any: { nodes: Array<{ id: string }> }, waiting: { nodes: Array<{ id: string, number: string, name: string, promotionId: string, state: PresaleState, qty: number, placedAt: string, payBy: string, paidAt: string | null, opensAt: string, closesAt: string, depositFen: number, countsAsFen: number, keepsFen: number, sentence: string, note: string | null, serverTime: string, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null, order: { id: string, number: string, state: OrderState, dueFen: number, payBy: string | null } | null, payouts: Array<{ id: string, amountFen: number, state: PayoutState, sentence: string, madeAt: string }> }>, pageInfo: { hasNextPage: boolean } } };

export type MyPresalesQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type MyPresalesQuery = { myPresales: { nodes: Array<{ id: string, number: string, name: string, promotionId: string, state: PresaleState, qty: number, placedAt: string, payBy: string, paidAt: string | null, opensAt: string, closesAt: string, depositFen: number, countsAsFen: number, keepsFen: number, sentence: string, note: string | null, serverTime: string, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null, order: { id: string, number: string, state: OrderState, dueFen: number, payBy: string | null } | null, payouts: Array<{ id: string, amountFen: number, state: PayoutState, sentence: string, madeAt: string }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type OrdersQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type OrdersQuery = { orders: { nodes: Array<{ id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PresaleDetailQueryVariables = Exact<{
  id: string;
}>;


export type PresaleDetailQuery = { presale: { id: string, number: string, name: string, promotionId: string, state: PresaleState, qty: number, placedAt: string, payBy: string, paidAt: string | null, opensAt: string, closesAt: string, depositFen: number, countsAsFen: number, keepsFen: number, sentence: string, note: string | null, serverTime: string, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null, order: { id: string, number: string, state: OrderState, dueFen: number, payBy: string | null } | null, payouts: Array<{ id: string, amountFen: number, state: PayoutState, sentence: string, madeAt: string }> } | null };

export type PresaleRestQueryVariables = Exact<{
  input: PresaleRestInput;
}>;


export type PresaleRestQuery = { quotePresale:
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'PresaleNotInState', code: string, message: string }
    | { __typename: 'PresaleNotOpen', code: string, message: string }
    | { __typename: 'PresaleOver', code: string, message: string }
    | { __typename: 'PresaleQuote', depositFen: number, usedFen: number, backFen: number, dueFen: number, sentence: string, quote: { listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, couponCount: number, maxCoupons: number, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number, promotionId: string | null, nextSentence: string | null, progressBp: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null, promotionId: string | null }>, coupons: Array<{ alike: number, applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } } }>, redPackets: Array<{ paysFen: number, reason: string | null, packet: { id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, capped: Array<{ kind: string, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, shortByFen: number | null, leaf: string | null, at: string | null, couponId: string | null, promotionId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }>, gifts: Array<{ offerId: string, name: string, sku: string, qty: number, listFen: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, giftChoices: Array<{ offerId: string, name: string, sku: string, qty: number, choose: number, chosen: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, addOnChoices: Array<{ offerId: string, name: string, sku: string, priceFen: number, chosen: number, most: number, reached: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> } }
   };

export type PlacePresaleOrderMutationVariables = Exact<{
  input: PlacePresaleOrderInput;
}>;


export type PlacePresaleOrderMutation = { placePresaleOrder:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'Order', id: string }
    | { __typename: 'OutOfStock', code: string, message: string }
    | { __typename: 'PresaleNotInState', code: string, message: string }
    | { __typename: 'PresaleNotOpen', code: string, message: string }
    | { __typename: 'PresaleOver', code: string, message: string }
    | { __typename: 'PriceChanged', seenPayableFen: number, code: string, message: string }
   };

export type CancelPresaleMutationVariables = Exact<{
  input: CancelPresaleInput;
}>;


export type CancelPresaleMutation = { cancelPresale:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'Presale', id: string, number: string, name: string, promotionId: string, state: PresaleState, qty: number, placedAt: string, payBy: string, paidAt: string | null, opensAt: string, closesAt: string, depositFen: number, countsAsFen: number, keepsFen: number, sentence: string, note: string | null, serverTime: string, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, qty: number, listFen: number }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null, order: { id: string, number: string, state: OrderState, dueFen: number, payBy: string | null } | null, payouts: Array<{ id: string, amountFen: number, state: PayoutState, sentence: string, madeAt: string }> }
    | { __typename: 'PresaleNotInState', code: string, message: string }
   };

export type ProductPageQueryVariables = Exact<{
  skus?: Array<string> | string | null | undefined;
  storeId?: string | null | undefined;
}>;


export type ProductPageQuery = { products: { nodes: Array<{ brand: string, tags: Array<string>, sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null }> } };

export type ProfileBodyFragment = { maySetBirthday: boolean, birthdayAgreedAt: string | null, homeStoreUntil: string | null, birthday: { sentence: string, year: number | null } | null, birthdayNotice: { version: number, lines: Array<string> }, homeStore: { id: string, name: string, city: string, address: string } | null };

export type MyProfileQueryVariables = Exact<{ [key: string]: never; }>;


export type MyProfileQuery = { myProfile: { maySetBirthday: boolean, birthdayAgreedAt: string | null, homeStoreUntil: string | null, birthday: { sentence: string, year: number | null } | null, birthdayNotice: { version: number, lines: Array<string> }, homeStore: { id: string, name: string, city: string, address: string } | null } };

export type SetMyBirthdayMutationVariables = Exact<{
  input: SetMyBirthdayInput;
}>;


export type SetMyBirthdayMutation = { setMyBirthday:
    | { __typename: 'BirthdayFixed', message: string }
    | { __typename: 'HomeStoreKept', message: string }
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'MyProfile', maySetBirthday: boolean, birthdayAgreedAt: string | null, homeStoreUntil: string | null, birthday: { sentence: string, year: number | null } | null, birthdayNotice: { version: number, lines: Array<string> }, homeStore: { id: string, name: string, city: string, address: string } | null }
    | { __typename: 'NotFound', message: string }
   };

export type WithdrawBirthdayMutationVariables = Exact<{
  input: WithdrawBirthdayInput;
}>;


export type WithdrawBirthdayMutation = { withdrawBirthday:
    | { __typename: 'BirthdayFixed', message: string }
    | { __typename: 'HomeStoreKept', message: string }
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'MyProfile', maySetBirthday: boolean, birthdayAgreedAt: string | null, homeStoreUntil: string | null, birthday: { sentence: string, year: number | null } | null, birthdayNotice: { version: number, lines: Array<string> }, homeStore: { id: string, name: string, city: string, address: string } | null }
    | { __typename: 'NotFound', message: string }
   };

export type ChooseHomeStoreMutationVariables = Exact<{
  input: ChooseHomeStoreInput;
}>;


export type ChooseHomeStoreMutation = { chooseHomeStore:
    | { __typename: 'BirthdayFixed', message: string }
    | { __typename: 'HomeStoreKept', message: string }
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'MyProfile', maySetBirthday: boolean, birthdayAgreedAt: string | null, homeStoreUntil: string | null, birthday: { sentence: string, year: number | null } | null, birthdayNotice: { version: number, lines: Array<string> }, homeStore: { id: string, name: string, city: string, address: string } | null }
    | { __typename: 'NotFound', message: string }
   };

export type PromotionDetailQueryVariables = Exact<{
  id: string;
}>;


export type PromotionDetailQuery = { promotion: { id: string, name: string, description: string, state: PromotionState, soldOut: boolean, startsAt: string, endsAt: string, tags: Array<string>, channels: Array<Channel>, regionPaths: Array<string>, storeIds: Array<string>, redemptions: number, serverTime: string, offers: Array<{ id: string, type: string, level: OfferLevel, sentence: string, usedUp: OfferUsedUp | null, spent: { sentence: string, resetsAt: string | null } | null, presale: { depositFen: number, countsAsFen: number, depositFrom: string, depositUntil: string, finalFrom: string, finalUntil: string, window: PresaleWindow, rules: Array<string>, left: number | null, perCustomer: number | null, mine: number, perDay: number | null, mineToday: number } | null }> } | null };

export type PromotionProductsQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
  search?: string | null | undefined;
  storeId?: string | null | undefined;
}>;


export type PromotionProductsQuery = { promotion: { id: string, products: { nodes: Array<{ sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type MyRedPacketsQueryVariables = Exact<{
  states?: Array<RedPacketState> | RedPacketState | null | undefined;
  after?: string | null | undefined;
}>;


export type MyRedPacketsQuery = { benefitAccount: { version: number, redPackets: { nodes: Array<{ id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type RefundOrderQueryVariables = Exact<{
  id: string;
}>;


export type RefundOrderQuery = { order: { id: string, number: string, state: OrderState, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, payableFen: number }>, refundable: Array<{ sku: string, qty: number }> } | null };

export type PreviewBodyFragment = { refundFen: number, withheldFen: number, paidOutFen: number, sentences: Array<string>, everything: boolean, automatic: boolean, token: string, parts: Array<{ to: RefundAccount, fen: number, points: number | null }> };

export type RefundPreviewQueryVariables = Exact<{
  input: RefundPreviewInput;
}>;


export type RefundPreviewQuery = { refundPreview:
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'OrderNotInState', code: string, message: string }
    | { __typename: 'RefundImpossible', code: string, message: string }
    | { __typename: 'RefundPreview', refundFen: number, withheldFen: number, paidOutFen: number, sentences: Array<string>, everything: boolean, automatic: boolean, token: string, parts: Array<{ to: RefundAccount, fen: number, points: number | null }> }
   };

export type RequestRefundMutationVariables = Exact<{
  input: RequestRefundInput;
}>;


export type RequestRefundMutation = { requestRefund:
    | { __typename: 'IdempotencyConflict', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'Order', id: string, number: string, state: OrderState, soldBy: string | null, placedAt: string, paidAt: string | null, payBy: string | null, serverTime: string, listFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, depositFen: number, presaleId: string | null, refundedFen: number, refundState: RefundState, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, refundable: Array<{ sku: string, qty: number }>, store: { id: string, name: string, address: string }, lines: Array<{ sku: string, name: string, emoji: string, imageHue: number, kind: OrderLineKind, qty: number, listFen: number, payableFen: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null }>, earn: Array<{ offerId: string, name: string, sentence: string }>, payment: { prepayId: string, timeStamp: string, nonceStr: string, package: string, signType: string, paySign: string, h5Url: string } | null }
    | { __typename: 'OrderNotInState', code: string, message: string }
    | { __typename: 'RefundChanged', seenPaidOutFen: number, code: string, message: string, preview: { refundFen: number, withheldFen: number, paidOutFen: number, sentences: Array<string>, everything: boolean, automatic: boolean, token: string, parts: Array<{ to: RefundAccount, fen: number, points: number | null }> } }
    | { __typename: 'RefundImpossible', code: string, message: string }
   };

export type AccountLiveSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type AccountLiveSubscription = { benefitAccount: { version: number, points: number, balanceFen: number, redPacketFen: number, stamps: number, growth: number, usableCoupons: number, level: { growth: number, inPeriod: number, owed: number, periodEndsAt: string, level: { id: string, name: string }, next: { sentence: string, progressBp: number } | null, steps: Array<{ sentence: string }>, perks: Array<{ name: string, sentence: string | null }> }, pointsEnding: Array<{ points: number, expiresAt: string | null, sentence: string }>, entries: { nodes: Array<{ id: string, at: string, unit: BenefitUnit, amount: number, balanceAfter: number, sentence: string }> } } };

export type ReportExposuresMutationVariables = Exact<{
  input: ReportExposuresInput;
}>;


export type ReportExposuresMutation = { reportExposures:
    | { __typename: 'Busy', retryAfterMs: number, code: string }
    | { __typename: 'ExposuresNoted', views: number }
    | { __typename: 'IdempotencyConflict', code: string }
    | { __typename: 'InvalidInput', code: string }
    | { __typename: 'NotFound', code: string }
    | { __typename: 'TooManyExposures', code: string }
   };

export type CartQuoteSubscriptionVariables = Exact<{
  input: CartInput;
}>;


export type CartQuoteSubscription = { cartQuote: { version: number, cause: string, result:
      | { __typename: 'InvalidInput', code: string, message: string, problems: Array<{ path: string, message: string }> }
      | { __typename: 'Quote', listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, couponCount: number, maxCoupons: number, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number, promotionId: string | null, nextSentence: string | null, progressBp: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null, promotionId: string | null }>, coupons: Array<{ alike: number, applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } } }>, redPackets: Array<{ paysFen: number, reason: string | null, packet: { id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, capped: Array<{ kind: string, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, shortByFen: number | null, leaf: string | null, at: string | null, couponId: string | null, promotionId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }>, gifts: Array<{ offerId: string, name: string, sku: string, qty: number, listFen: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, giftChoices: Array<{ offerId: string, name: string, sku: string, qty: number, choose: number, chosen: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, addOnChoices: Array<{ offerId: string, name: string, sku: string, priceFen: number, chosen: number, most: number, reached: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }
     } };

export type QuoteCartQueryVariables = Exact<{
  input: CartInput;
}>;


export type QuoteCartQuery = { quoteCart:
    | { __typename: 'InvalidInput', code: string, message: string, problems: Array<{ path: string, message: string }> }
    | { __typename: 'Quote', listFen: number, goodsFen: number, savedFen: number, shippingFen: number, payableFen: number, dueFen: number, token: string, rules: string, quotedAt: string, nextChangeAt: string | null, couponCount: number, maxCoupons: number, lines: Array<{ sku: string, qty: number, listFen: number, payableFen: number, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number }>, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, groups: Array<{ offerId: string | null, title: string, sentence: string, skus: Array<string>, reached: boolean, shortByFen: number | null, shortByCount: number | null, offFen: number, promotionId: string | null, nextSentence: string | null, progressBp: number }>, offers: Array<{ id: string, name: string, level: OfferLevel, offFen: number, sentence: string, couponId: string | null, promotionId: string | null }>, coupons: Array<{ alike: number, applied: boolean, reason: string | null, coupon: { id: string, code: string, state: CouponState, claimedAt: string, validFrom: string, expiresAt: string, orderId: string | null, source: string, template: { id: string, name: string, validitySentence: string, usableSentence: string | null, terms: Array<string>, face: { kind: CouponKind, offFen: number | null, skuName: string | null, payBp: number | null, maxOffFen: number | null, priceFen: number | null, points: number | null, timesBp: number | null, backFen: number | null, minFen: number, sentence: string, scopeSentence: string, stackable: boolean, items: Array<{ name: string, qty: number }> } } } }>, redPackets: Array<{ paysFen: number, reason: string | null, packet: { id: string, faceFen: number, leftFen: number, heldFen: number, minFen: number, gotAt: string, expiresAt: string, state: RedPacketState, source: string, sentence: string } }>, earn: Array<{ offerId: string, name: string, points: number | null, fen: number | null, count: number | null, sentence: string }>, capped: Array<{ kind: string, sentence: string }>, tenders: Array<{ kind: string, id: string | null, fen: number, points: number | null }>, family: Array<{ name: string, points: number }>, rejected: Array<{ id: string, name: string, level: OfferLevel, reason: RejectionReason, sentence: string, shortByFen: number | null, leaf: string | null, at: string | null, couponId: string | null, promotionId: string | null }>, suggestions: Array<{ kind: string, offerId: string | null, payableFen: number, sentence: string, add: Array<{ sku: string, qty: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }>, gifts: Array<{ offerId: string, name: string, sku: string, qty: number, listFen: number, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, giftChoices: Array<{ offerId: string, name: string, sku: string, qty: number, choose: number, chosen: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }>, addOnChoices: Array<{ offerId: string, name: string, sku: string, priceFen: number, chosen: number, most: number, reached: boolean, product: { sku: string, name: string, category: string, unit: string, imageHue: number, emoji: string, listFen: number, priceInHandFen: number, promotionTags: Array<string>, available: number | null } }> }
   };

export type AddOnGapQueryVariables = Exact<{
  input: CartInput;
}>;


export type AddOnGapQuery = { quoteCart:
    | { __typename: 'InvalidInput' }
    | { __typename: 'Quote', rejected: Array<{ id: string, shortByFen: number | null }> }
   };

export type ArticleStockSubscriptionVariables = Exact<{
  skus: Array<string> | string;
  storeId?: string | null | undefined;
}>;


export type ArticleStockSubscription = { articleStock: { version: number, articles: Array<{ sku: string, available: number | null }> } };

export type ClientConfigQueryVariables = Exact<{
  merchant: string;
}>;


export type ClientConfigQuery = { clientConfig: { h5AuthorizeUrl: string, subscribeTemplateIds: Array<string>, presaleTemplateIds: Array<string>, environment: string, merchant: { id: string, code: string, name: string } } | null };

export type SessionBodyFragment = { accessToken: string, accessExpiresAt: string, refreshToken: string, member: { id: string, nickname: string } | null };

export type LogInConsumerMutationVariables = Exact<{
  input: LogInConsumerInput;
}>;


export type LogInConsumerMutation = { logInConsumer:
    | { __typename: 'LogInFailed', code: string, message: string }
    | { __typename: 'Session', accessToken: string, accessExpiresAt: string, refreshToken: string, member: { id: string, nickname: string } | null }
   };

export type LogOutMutationVariables = Exact<{
  input: LogOutInput;
}>;


export type LogOutMutation = { logOut: { message: string } };

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
export const PresaleTermsFragmentDoc = new TypedDocumentString(`
    fragment PresaleTerms on PresaleTerms {
  depositFen
  countsAsFen
  depositFrom
  depositUntil
  finalFrom
  finalUntil
  window
  rules
  left
  perCustomer
  mine
  perDay
  mineToday
}
    `, {"fragmentName":"PresaleTerms"}) as unknown as TypedDocumentString<PresaleTermsFragment, unknown>;
export const TemplateCardFragmentDoc = new TypedDocumentString(`
    fragment TemplateCard on CouponTemplate {
  id
  name
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  availableNow
  nextBatchAt
  perMember
  perDay
  state
  claimedByMe
  claimedByMeToday
  extra {
    sentence
  }
  tier {
    label
  }
  notForMe {
    because
    message
  }
  template {
    ...TemplateCard
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
export const PresaleBodyFragmentDoc = new TypedDocumentString(`
    fragment PresaleBody on Presale {
  id
  number
  name
  promotionId
  state
  qty
  placedAt
  payBy
  paidAt
  opensAt
  closesAt
  depositFen
  countsAsFen
  keepsFen
  sentence
  note
  serverTime
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
  order {
    id
    number
    state
    dueFen
    payBy
  }
  payouts {
    id
    amountFen
    state
    sentence
    madeAt
  }
}
    `, {"fragmentName":"PresaleBody"}) as unknown as TypedDocumentString<PresaleBodyFragment, unknown>;
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
  source
  template {
    ...TemplateCard
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
    minFen
    sentence
    scopeSentence
    stackable
  }
}`, {"fragmentName":"CouponCard"}) as unknown as TypedDocumentString<CouponCardFragment, unknown>;
export const RedPacketCardFragmentDoc = new TypedDocumentString(`
    fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}
    `, {"fragmentName":"RedPacketCard"}) as unknown as TypedDocumentString<RedPacketCardFragment, unknown>;
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
      level
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
    promotionId
    nextSentence
    progressBp
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
    promotionId
  }
  couponCount
  maxCoupons
  coupons {
    alike
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  redPackets {
    paysFen
    reason
    packet {
      ...RedPacketCard
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
  capped {
    kind
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    shortByFen
    leaf
    at
    couponId
    promotionId
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
  gifts {
    offerId
    name
    sku
    qty
    listFen
    product {
      ...ProductCard
    }
  }
  giftChoices {
    offerId
    name
    sku
    qty
    choose
    chosen
    product {
      ...ProductCard
    }
  }
  addOnChoices {
    offerId
    name
    sku
    priceFen
    chosen
    most
    reached
    product {
      ...ProductCard
    }
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
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
fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}`, {"fragmentName":"QuoteBody"}) as unknown as TypedDocumentString<QuoteBodyFragment, unknown>;
export const FamilyBodyFragmentDoc = new TypedDocumentString(`
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}
    `, {"fragmentName":"FamilyBody"}) as unknown as TypedDocumentString<FamilyBodyFragment, unknown>;
export const LotteryHeldFragmentDoc = new TypedDocumentString(`
    fragment LotteryHeld on Lottery {
  id
  name
  state
  points
  freePerDay
  perDay
  perMember
  startsAt
  endsAt
  nextPoints
  freeLeftToday
  drawsLeftToday
  myDraws
  notForMe
  stopReason
  prizes {
    id
    name
    kind
    odds
    oddsSentence
    worthFen
    stock
    remaining
    points
    emoji
    template {
      face {
        kind
        offFen
        payBp
        maxOffFen
        priceFen
        points
        timesBp
        backFen
        items {
          name
          qty
        }
        minFen
        skuName
        sentence
        scopeSentence
      }
    }
  }
  rules {
    title
    text
  }
  winners {
    name
    prizeName
    at
  }
  serverTime
}
    `, {"fragmentName":"LotteryHeld"}) as unknown as TypedDocumentString<LotteryHeldFragment, unknown>;
export const MallCardFragmentDoc = new TypedDocumentString(`
    fragment MallCard on MallItem {
  id
  name
  kind
  emoji
  imageHue
  listFen
  balanceFen
  givesPoints
  unit
  points
  priceForMe
  prices {
    sentence
  }
  stock
  remaining
  perMember
  perDay
  takenByMe
  takenByMeToday
  startsAt
  endsAt
  state
  template {
    name
    validitySentence
    terms
    face {
      kind
      offFen
      payBp
      maxOffFen
      priceFen
      points
      timesBp
      backFen
      items {
        name
        qty
      }
      minFen
      skuName
      sentence
      scopeSentence
    }
  }
}
    `, {"fragmentName":"MallCard"}) as unknown as TypedDocumentString<MallCardFragment, unknown>;
export const LevelCardFragmentDoc = new TypedDocumentString(`
    fragment LevelCard on MemberLevel {
  level {
    id
    name
  }
  growth
  inPeriod
  owed
  periodEndsAt
  next {
    sentence
    progressBp
  }
  steps {
    sentence
  }
  perks {
    name
    sentence
  }
}
    `, {"fragmentName":"LevelCard"}) as unknown as TypedDocumentString<LevelCardFragment, unknown>;
export const ProfileBodyFragmentDoc = new TypedDocumentString(`
    fragment ProfileBody on MyProfile {
  birthday {
    sentence
    year
  }
  maySetBirthday
  birthdayAgreedAt
  birthdayNotice {
    version
    lines
  }
  homeStore {
    id
    name
    city
    address
  }
  homeStoreUntil
}
    `, {"fragmentName":"ProfileBody"}) as unknown as TypedDocumentString<ProfileBodyFragment, unknown>;
export const PreviewBodyFragmentDoc = new TypedDocumentString(`
    fragment PreviewBody on RefundPreview {
  refundFen
  withheldFen
  paidOutFen
  sentences
  everything
  automatic
  token
  parts {
    to
    fen
    points
  }
}
    `, {"fragmentName":"PreviewBody"}) as unknown as TypedDocumentString<PreviewBodyFragment, unknown>;
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
export const OrderComplaintsDocument = new TypedDocumentString(`
    query OrderComplaints($orderId: ID!) {
  complaintMinutes
  orderComplaints(orderId: $orderId) {
    id
    kind
    text
    state
    openedAt
    dueAt
    escalatedAt
    answeredAt
    outcome
    answer
    compensation {
      code
      template {
        name
      }
    }
  }
}
    `, {"hash":"sha256:5782fa62efb446d74632faf0c058b5f3f07260acd4d2832480b7c74cf5e4e5ce"}) as unknown as TypedDocumentString<OrderComplaintsQuery, OrderComplaintsQueryVariables>;
export const ComplainDocument = new TypedDocumentString(`
    mutation Complain($input: ComplainInput!) {
  complain(input: $input) {
    __typename
    ... on Complaint {
      id
      dueAt
    }
    ... on Refusal {
      message
    }
  }
}
    `, {"hash":"sha256:bf2c7fb6e4d2fded570b4e1cfb7704c1440f42ef389c0040424635a86d225f8f"}) as unknown as TypedDocumentString<ComplainMutation, ComplainMutationVariables>;
export const CouponOffersDocument = new TypedDocumentString(`
    query CouponOffers($placement: CouponPlacement!, $skus: [String!], $storeId: ID) {
  couponOffers(placement: $placement, skus: $skus, storeId: $storeId) {
    ...DropCard
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  availableNow
  nextBatchAt
  perMember
  perDay
  state
  claimedByMe
  claimedByMeToday
  extra {
    sentence
  }
  tier {
    label
  }
  notForMe {
    because
    message
  }
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:76a4f6b0764a9716ed08e5d6d09706e237424b91773b32c071c2738ad397e798"}) as unknown as TypedDocumentString<CouponOffersQuery, CouponOffersQueryVariables>;
export const PayCodeDocument = new TypedDocumentString(`
    query PayCode {
  payCode {
    code
    validUntil
  }
}
    `, {"hash":"sha256:ef9487a65803c0073e6f842a886ff63ca3dc2831a835f36c17d2ff630e75c9a7"}) as unknown as TypedDocumentString<PayCodeQuery, PayCodeQueryVariables>;
export const PayDepositDocument = new TypedDocumentString(`
    mutation PayDeposit($input: PayDepositInput!) {
  payDeposit(input: $input) {
    __typename
    ... on Presale {
      id
    }
    ... on Refusal {
      code
      message
    }
  }
}
    `, {"hash":"sha256:bdab23f991792ae112b7881f4b854d1ea24b17fda15180f0d49b9ff2e0b8b642"}) as unknown as TypedDocumentString<PayDepositMutation, PayDepositMutationVariables>;
export const ReviewableArticlesDocument = new TypedDocumentString(`
    query ReviewableArticles($orderId: ID!) {
  reviewableArticles(orderId: $orderId) {
    sku
    name
    emoji
    imageHue
    obstacle
    review {
      id
      stars
      text
      growth
      takenBack
      state
      hideReason
    }
  }
}
    `, {"hash":"sha256:b6ddfdeff9bd881b464b45986d30a55b5cb35fbc8e0cfa7df2f51a5e5e605c1c"}) as unknown as TypedDocumentString<ReviewableArticlesQuery, ReviewableArticlesQueryVariables>;
export const ReviewArticleDocument = new TypedDocumentString(`
    mutation ReviewArticle($input: ReviewArticleInput!) {
  reviewArticle(input: $input) {
    __typename
    ... on Review {
      id
      growth
    }
    ... on Refusal {
      message
    }
  }
}
    `, {"hash":"sha256:2d14725f0c74c9084fb71c1cbf6496e8ed80821b5eafde61de9d27d4b3f7d680"}) as unknown as TypedDocumentString<ReviewArticleMutation, ReviewArticleMutationVariables>;
export const ShareTokenDocument = new TypedDocumentString(`
    query ShareToken($kind: ShareKind!, $id: ID!) {
  shareToken(kind: $kind, id: $id) {
    token
    sentence
  }
}
    `, {"hash":"sha256:ef38da5e8e098797d5bfd295d21f630a047071b521d13b6a52993e2fff8ddf8a"}) as unknown as TypedDocumentString<ShareTokenQuery, ShareTokenQueryVariables>;
export const OpenShareDocument = new TypedDocumentString(`
    mutation OpenShare($input: OpenShareInput!) {
  openShare(input: $input) {
    __typename
    ... on ShareOpened {
      counted
    }
    ... on Refusal {
      message
    }
  }
}
    `, {"hash":"sha256:b074ae4bbbc0593e9068157a94eb7c6cbf49e605696246df5a3b9e2b86d728e5"}) as unknown as TypedDocumentString<OpenShareMutation, OpenShareMutationVariables>;
export const PlaceOrderDocument = new TypedDocumentString(`
    mutation PlaceOrder($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    __typename
    ... on Order {
      ...OrderBody
    }
    ... on PriceChanged {
      seenPayableFen
      changes {
        sentence
      }
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
  template {
    ...TemplateCard
  }
}
fragment OrderBody on Order {
  id
  number
  state
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
      level
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
    promotionId
    nextSentence
    progressBp
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
    promotionId
  }
  couponCount
  maxCoupons
  coupons {
    alike
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  redPackets {
    paysFen
    reason
    packet {
      ...RedPacketCard
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
  capped {
    kind
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    shortByFen
    leaf
    at
    couponId
    promotionId
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
  gifts {
    offerId
    name
    sku
    qty
    listFen
    product {
      ...ProductCard
    }
  }
  giftChoices {
    offerId
    name
    sku
    qty
    choose
    chosen
    product {
      ...ProductCard
    }
  }
  addOnChoices {
    offerId
    name
    sku
    priceFen
    chosen
    most
    reached
    product {
      ...ProductCard
    }
  }
}
fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}`, {"hash":"sha256:21b038a03215940cb940e847462a92179e8427183a792b9bd949f37b09e0851e"}) as unknown as TypedDocumentString<PlaceOrderMutation, PlaceOrderMutationVariables>;
export const CouponOfLinkDocument = new TypedDocumentString(`
    query CouponOfLink($token: String!, $storeId: ID) {
  couponOfLink(token: $token, storeId: $storeId) {
    ...DropCard
    serverTime
  }
}
    fragment TemplateCard on CouponTemplate {
  id
  name
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  availableNow
  nextBatchAt
  perMember
  perDay
  state
  claimedByMe
  claimedByMeToday
  extra {
    sentence
  }
  tier {
    label
  }
  notForMe {
    because
    message
  }
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:3e90f0a7bd4ad04439ad607b71a0ac28b9cb4e4e953bbc974c4a30336872b1c2"}) as unknown as TypedDocumentString<CouponOfLinkQuery, CouponOfLinkQueryVariables>;
export const ClaimCouponByLinkDocument = new TypedDocumentString(`
    mutation ClaimCouponByLink($input: ClaimCouponByLinkInput!) {
  claimCouponByLink(input: $input) {
    __typename
    ... on Coupon {
      ...CouponCard
      extra {
        sentence
      }
    }
    ... on CouponSoldOut {
      nextBatchAt
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:886ab02f816ac30a9f72a7a888977027da68e357af89581d904e235dd6cf20d0"}) as unknown as TypedDocumentString<ClaimCouponByLinkMutation, ClaimCouponByLinkMutationVariables>;
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  availableNow
  nextBatchAt
  perMember
  perDay
  state
  claimedByMe
  claimedByMeToday
  extra {
    sentence
  }
  tier {
    label
  }
  notForMe {
    because
    message
  }
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:98442c39c1cfe2652aba547f95bd32045a5c2cdd5bfa4524c83bf0b8de0a0a77"}) as unknown as TypedDocumentString<CouponCentreQuery, CouponCentreQueryVariables>;
export const ClaimCouponDocument = new TypedDocumentString(`
    mutation ClaimCoupon($input: ClaimCouponInput!) {
  claimCoupon(input: $input) {
    __typename
    ... on Coupon {
      ...CouponCard
      extra {
        sentence
      }
    }
    ... on CouponSoldOut {
      nextBatchAt
    }
    ... on ClaimLimitReached {
      held
    }
    ... on DailyLimitReached {
      held
      resetsAt
    }
    ... on NotForYou {
      because
    }
    ... on DropNotOpen {
      opensAt
      ended
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:9fde07386c95798376d29e183a4940297cb34be6ae1fcccad847d0c170110c54"}) as unknown as TypedDocumentString<ClaimCouponMutation, ClaimCouponMutationVariables>;
export const RedeemCouponCodeDocument = new TypedDocumentString(`
    mutation RedeemCouponCode($input: RedeemCouponCodeInput!) {
  redeemCouponCode(input: $input) {
    __typename
    ... on Coupon {
      ...CouponCard
      extra {
        sentence
      }
    }
    ... on CodeUnknown {
      triesLeft
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:e297e01735ed3d58cdd78cf1e5e9294a3276e903b7cee377e5c6a93ce72bf155"}) as unknown as TypedDocumentString<RedeemCouponCodeMutation, RedeemCouponCodeMutationVariables>;
export const EntriesDocument = new TypedDocumentString(`
    query Entries($unit: BenefitUnit, $after: String) {
  benefitAccount {
    version
    entries(unit: $unit, first: 20, after: $after) {
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
    `, {"hash":"sha256:45821b1d2129e23e5bdeddab2c0620399c64524fcd7274c4c2c63995d7832003"}) as unknown as TypedDocumentString<EntriesQuery, EntriesQueryVariables>;
export const PointsLotsDocument = new TypedDocumentString(`
    query PointsLots {
  benefitAccount {
    pointsEnding(first: 24) {
      points
      expiresAt
      sentence
    }
  }
}
    `, {"hash":"sha256:c8dfd95896eb049bade9ee4a4cbabfc15c88c6e8fa8ade037ea114a4fd9c6a38"}) as unknown as TypedDocumentString<PointsLotsQuery, PointsLotsQueryVariables>;
export const MyFamilyDocument = new TypedDocumentString(`
    query MyFamily {
  myFamily {
    ...FamilyBody
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:b6d728394fd4a7f9de8668833d0857210f64b7589a3b0b8c1337e428530136e6"}) as unknown as TypedDocumentString<MyFamilyQuery, MyFamilyQueryVariables>;
export const FamilyLentDocument = new TypedDocumentString(`
    query FamilyLent {
  myFamily {
    family {
      lentPoints
    }
  }
}
    `, {"hash":"sha256:ce02a24163e82b1ca687b28690ef3b41767df9016f139ba7c578382d5e4b5d60"}) as unknown as TypedDocumentString<FamilyLentQuery, FamilyLentQueryVariables>;
export const FamilyInvitationDocument = new TypedDocumentString(`
    query FamilyInvitation($code: String!) {
  familyInvitation(code: $code) {
    founder
    people
    endsAt
    consent
    consentVersion
  }
}
    `, {"hash":"sha256:c0017ed0078a969d35bb104b4902bf1bf499697c2327b2605c68fbf1ccc971c6"}) as unknown as TypedDocumentString<FamilyInvitationQuery, FamilyInvitationQueryVariables>;
export const FoundFamilyDocument = new TypedDocumentString(`
    mutation FoundFamily($input: FoundFamilyInput!) {
  foundFamily(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:04c5f17723a1b105c27ca44ebb190cbc4c6805d3e517d66821d662c9d24cd456"}) as unknown as TypedDocumentString<FoundFamilyMutation, FoundFamilyMutationVariables>;
export const JoinFamilyDocument = new TypedDocumentString(`
    mutation JoinFamily($input: JoinFamilyInput!) {
  joinFamily(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:2cc0ad9187b72e99ee4a450d4e1b081cc4e9e3a4a6266689931758d11b3bb499"}) as unknown as TypedDocumentString<JoinFamilyMutation, JoinFamilyMutationVariables>;
export const InviteToFamilyDocument = new TypedDocumentString(`
    mutation InviteToFamily($input: InviteToFamilyInput!) {
  inviteToFamily(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:18ab0a65a4d3c572a1ed88be13de21dce60485914d4a3bf6051de962e99cfa6f"}) as unknown as TypedDocumentString<InviteToFamilyMutation, InviteToFamilyMutationVariables>;
export const WithdrawFamilyInviteDocument = new TypedDocumentString(`
    mutation WithdrawFamilyInvite($input: WithdrawFamilyInviteInput!) {
  withdrawFamilyInvite(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:7b720f957feb560e95bd428295b3232b0c8ab57d2d055896f63e47b3adafc523"}) as unknown as TypedDocumentString<WithdrawFamilyInviteMutation, WithdrawFamilyInviteMutationVariables>;
export const ShareWithFamilyDocument = new TypedDocumentString(`
    mutation ShareWithFamily($input: ShareWithFamilyInput!) {
  shareWithFamily(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:32e4646e169df14d3102cf331fad419e0401d4c9b33b41d1985a811de233cc10"}) as unknown as TypedDocumentString<ShareWithFamilyMutation, ShareWithFamilyMutationVariables>;
export const RemoveFromFamilyDocument = new TypedDocumentString(`
    mutation RemoveFromFamily($input: RemoveFromFamilyInput!) {
  removeFromFamily(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:eeff33efcd9f1f7ce6e02bae8731d650691a31f35fddebf73d20a06376ec768f"}) as unknown as TypedDocumentString<RemoveFromFamilyMutation, RemoveFromFamilyMutationVariables>;
export const LeaveFamilyDocument = new TypedDocumentString(`
    mutation LeaveFamily($input: LeaveFamilyInput!) {
  leaveFamily(input: $input) {
    __typename
    ...FamilyBody
    ... on Refusal {
      code
      message
    }
  }
}
    fragment FamilyBody on MyFamily {
  mostPeople
  consent
  consentVersion
  family {
    founder
    monthlyPoints
    usedPoints
    lentPoints
    people {
      id
      name
      phoneMasked
      founder
      me
      lendsPoints
      sharing
    }
    invites {
      id
      code
      endsAt
    }
  }
}`, {"hash":"sha256:2ba3f448e95614134120b19de67f9ef37f660c04b6714758dcd1e5a7cf4fee24"}) as unknown as TypedDocumentString<LeaveFamilyMutation, LeaveFamilyMutationVariables>;
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
        level
        sentence
      }
    }
  }
}
    `, {"hash":"sha256:cf62947daf52c167952f6384ff5a86b3fa13bdbfb41dc5f84d910cd2eef733a2"}) as unknown as TypedDocumentString<HomeQuery, HomeQueryVariables>;
export const ProductsDocument = new TypedDocumentString(`
    query Products($after: String, $search: String, $category: String, $storeId: ID) {
  products(
    first: 20
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
}`, {"hash":"sha256:660ac4c76a06a019e0f767fc15d6b853dfa21a6e9accb2775c358dac21f022f0"}) as unknown as TypedDocumentString<ProductsQuery, ProductsQueryVariables>;
export const MyInvitationDocument = new TypedDocumentString(`
    query MyInvitation($after: String) {
  myInvitation {
    code
    friendsCount
    points
    rewardsThisMonth
    invitedBy
    canAccept
    terms {
      enabled
      monthly
      sentence
    }
    friends(first: 20, after: $after) {
      nodes {
        id
        name
        state
        boundAt
        points
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `, {"hash":"sha256:c21b73cb28f5f7ebc9c73174e410a088127e2a9fade87aded053164ce254c49d"}) as unknown as TypedDocumentString<MyInvitationQuery, MyInvitationQueryVariables>;
export const InvitationOfDocument = new TypedDocumentString(`
    query InvitationOf($code: String!) {
  invitationOf(code: $code) {
    inviter
    terms {
      enabled
      sentence
    }
  }
}
    `, {"hash":"sha256:18945f8e15c827213076a7ed1945b630055b74abac8a81b9ac8090f4377c9ecb"}) as unknown as TypedDocumentString<InvitationOfQuery, InvitationOfQueryVariables>;
export const AcceptInvitationDocument = new TypedDocumentString(`
    mutation AcceptInvitation($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) {
    __typename
    ... on InvitationAccepted {
      inviter
    }
    ... on Refusal {
      code
      message
    }
  }
}
    `, {"hash":"sha256:1c046aa29fb196532f3b05cf2622296dcd03e66ea772f7a0b0b24bce015da660"}) as unknown as TypedDocumentString<AcceptInvitationMutation, AcceptInvitationMutationVariables>;
export const LotteriesDocument = new TypedDocumentString(`
    query Lotteries {
  lotteries {
    ...LotteryHeld
  }
}
    fragment LotteryHeld on Lottery {
  id
  name
  state
  points
  freePerDay
  perDay
  perMember
  startsAt
  endsAt
  nextPoints
  freeLeftToday
  drawsLeftToday
  myDraws
  notForMe
  stopReason
  prizes {
    id
    name
    kind
    odds
    oddsSentence
    worthFen
    stock
    remaining
    points
    emoji
    template {
      face {
        kind
        offFen
        payBp
        maxOffFen
        priceFen
        points
        timesBp
        backFen
        items {
          name
          qty
        }
        minFen
        skuName
        sentence
        scopeSentence
      }
    }
  }
  rules {
    title
    text
  }
  winners {
    name
    prizeName
    at
  }
  serverTime
}`, {"hash":"sha256:31fa77b6d82641c7bf5cfbb988821b670018e8c62a73cb30240d73f7c1cff4bc"}) as unknown as TypedDocumentString<LotteriesQuery, LotteriesQueryVariables>;
export const LotteryPointsDocument = new TypedDocumentString(`
    query LotteryPoints {
  benefitAccount {
    points
  }
}
    `, {"hash":"sha256:27707c71d71f590d16bf2765de10eb6a88375138a3c5c9c954f0b302b55eee0c"}) as unknown as TypedDocumentString<LotteryPointsQuery, LotteryPointsQueryVariables>;
export const MyLotteryDrawsDocument = new TypedDocumentString(`
    query MyLotteryDraws($lotteryId: ID, $first: Int!, $after: String) {
  myLotteryDraws(lotteryId: $lotteryId, first: $first, after: $after) {
    nodes {
      id
      lotteryName
      n
      points
      drawn
      nonce
      prizeName
      kind
      wonPoints
      at
      coupon {
        id
        expiresAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:e1d9195881e9a55746553a30b5926a3f67a88e0d9a13758320b8d96d83cb9584"}) as unknown as TypedDocumentString<MyLotteryDrawsQuery, MyLotteryDrawsQueryVariables>;
export const DrawLotteryDocument = new TypedDocumentString(`
    mutation DrawLottery($input: DrawLotteryInput!) {
  drawLottery(input: $input) {
    __typename
    ... on LotteryDraw {
      id
      prizeName
      kind
      position
      points
      wonPoints
      coupon {
        id
        expiresAt
      }
    }
    ... on DrawPriceChanged {
      points
    }
    ... on Refusal {
      code
      message
    }
  }
}
    `, {"hash":"sha256:16a96e72587b6de6bc4a6fd7df5dcc49251c419b9c04c9177eb9590347576fdc"}) as unknown as TypedDocumentString<DrawLotteryMutation, DrawLotteryMutationVariables>;
export const PointsMallDocument = new TypedDocumentString(`
    query PointsMall {
  pointsMall {
    points
    growth
    stamps
    serverTime
    items {
      ...MallCard
    }
  }
}
    fragment MallCard on MallItem {
  id
  name
  kind
  emoji
  imageHue
  listFen
  balanceFen
  givesPoints
  unit
  points
  priceForMe
  prices {
    sentence
  }
  stock
  remaining
  perMember
  perDay
  takenByMe
  takenByMeToday
  startsAt
  endsAt
  state
  template {
    name
    validitySentence
    terms
    face {
      kind
      offFen
      payBp
      maxOffFen
      priceFen
      points
      timesBp
      backFen
      items {
        name
        qty
      }
      minFen
      skuName
      sentence
      scopeSentence
    }
  }
}`, {"hash":"sha256:f1d6f9350413323bd8b249f3913633ec395961f43e7e821937bdaa214a39ddc9"}) as unknown as TypedDocumentString<PointsMallQuery, PointsMallQueryVariables>;
export const MyExchangesDocument = new TypedDocumentString(`
    query MyExchanges($first: Int!, $after: String) {
  myExchanges(first: $first, after: $after) {
    nodes {
      id
      itemName
      unit
      points
      givesPoints
      state
      at
      voidReason
      balanceFen
      coupon {
        id
        expiresAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:8e93811386f2f1092f35cf4ee253732720e4dc73f1c1860dc13a6daa330fd544"}) as unknown as TypedDocumentString<MyExchangesQuery, MyExchangesQueryVariables>;
export const ExchangePointsDocument = new TypedDocumentString(`
    mutation ExchangePoints($input: ExchangePointsInput!) {
  exchangePoints(input: $input) {
    __typename
    ... on MallExchange {
      id
      itemName
      points
      givesPoints
      balanceFen
      coupon {
        id
        expiresAt
      }
    }
    ... on NotEnoughPoints {
      shortBy
    }
    ... on NotEnoughGrowth {
      shortBy
    }
    ... on NotEnoughStamps {
      shortBy
    }
    ... on ExchangePriceChanged {
      points
    }
    ... on Refusal {
      code
      message
    }
  }
}
    `, {"hash":"sha256:5ca6c3a07d87b2067f2ec4b1aceda2f80f88fa511fcf0e4b0d31165360cab583"}) as unknown as TypedDocumentString<ExchangePointsMutation, ExchangePointsMutationVariables>;
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
    level {
      ...LevelCard
    }
    usableCoupons
    pointsEnding(first: 1) {
      points
      expiresAt
      sentence
    }
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
    fragment LevelCard on MemberLevel {
  level {
    id
    name
  }
  growth
  inPeriod
  owed
  periodEndsAt
  next {
    sentence
    progressBp
  }
  steps {
    sentence
  }
  perks {
    name
    sentence
  }
}`, {"hash":"sha256:aa4791a8e25bc34ebe5944c746896f9010f250fcd70487a922e8ec634d53b92e"}) as unknown as TypedDocumentString<MineQuery, MineQueryVariables>;
export const JoiningDocument = new TypedDocumentString(`
    query Joining {
  levelScheme {
    levels {
      id
      coupon {
        id
        name
      }
    }
  }
}
    `, {"hash":"sha256:b8098a91ca94e4c508b908995441483b992f0b36353804f589e8caf8dd87f4bc"}) as unknown as TypedDocumentString<JoiningQuery, JoiningQueryVariables>;
export const MyCouponsDocument = new TypedDocumentString(`
    query MyCoupons($states: [CouponState!], $after: String) {
  benefitAccount {
    version
    coupons(states: $states, first: 20, after: $after) {
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
  template {
    ...TemplateCard
  }
}`, {"hash":"sha256:c3ff4981e5a69afff341a023af35889cc0ac6f3cc71c2770e213d50799e8a9dc"}) as unknown as TypedDocumentString<MyCouponsQuery, MyCouponsQueryVariables>;
export const MyCouponHistoryDocument = new TypedDocumentString(`
    query MyCouponHistory($id: ID!) {
  coupon(id: $id) {
    id
    moves {
      at
      why
      by
      after
    }
  }
}
    `, {"hash":"sha256:3544266019a8493b6410c0825b2e90d222b77a22f10017d2500e21b002a44685"}) as unknown as TypedDocumentString<MyCouponHistoryQuery, MyCouponHistoryQueryVariables>;
export const OrderDetailDocument = new TypedDocumentString(`
    query OrderDetail($id: ID!) {
  order(id: $id) {
    ...OrderBody
    refunds {
      id
      number
      at
      reason
      refundFen
      withheldFen
      paidOutFen
      lines {
        sku
        name
        emoji
        qty
        gift
      }
      parts {
        to
        fen
        points
      }
      coupons {
        name
        back
        reason
      }
      payout {
        state
        sentence
        endedAt
      }
      depositPayout {
        amountFen
        state
        sentence
      }
    }
    refundRequests {
      id
      state
      reason
      seenFen
      askedAt
      decidedAt
      note
    }
    returnedPayments {
      id
      amountFen
      state
      sentence
      madeAt
    }
  }
}
    fragment OrderBody on Order {
  id
  number
  state
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
}`, {"hash":"sha256:1cbcd62c1bad38903c1b8f2be3a698aa79c67250f2ded68329ce13006cec7d1a"}) as unknown as TypedDocumentString<OrderDetailQuery, OrderDetailQueryVariables>;
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
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
}`, {"hash":"sha256:6bede314ee94223a3390cd25bcba83bc90d94cdd38d328b93d2d6dfb4bd4a678"}) as unknown as TypedDocumentString<CancelOrderMutation, CancelOrderMutationVariables>;
export const WithdrawRefundDocument = new TypedDocumentString(`
    mutation WithdrawRefund($input: WithdrawRefundInput!) {
  withdrawRefund(input: $input) {
    __typename
    ... on Order {
      ...OrderBody
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
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
}`, {"hash":"sha256:001ab4b83f1aea4d8787420da9b72a35c03fbcc56b060f824cb9abfcde1eeea2"}) as unknown as TypedDocumentString<WithdrawRefundMutation, WithdrawRefundMutationVariables>;
export const WaitingPresalesDocument = new TypedDocumentString(`
    query WaitingPresales {
  any: myPresales(first: 1) {
    nodes {
      id
    }
  }
  waiting: myPresales(waiting: true, first: 20) {
    nodes {
      ...PresaleBody
    }
    pageInfo {
      hasNextPage
    }
  }
}
    fragment PresaleBody on Presale {
  id
  number
  name
  promotionId
  state
  qty
  placedAt
  payBy
  paidAt
  opensAt
  closesAt
  depositFen
  countsAsFen
  keepsFen
  sentence
  note
  serverTime
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
  order {
    id
    number
    state
    dueFen
    payBy
  }
  payouts {
    id
    amountFen
    state
    sentence
    madeAt
  }
}`, {"hash":"sha256:96de38642d741f9310d4083897e5165f01a0c819fc51b1861ea05d57d7923c27"}) as unknown as TypedDocumentString<WaitingPresalesQuery, WaitingPresalesQueryVariables>;
export const MyPresalesDocument = new TypedDocumentString(`
    query MyPresales($after: String) {
  myPresales(first: 10, after: $after) {
    nodes {
      ...PresaleBody
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment PresaleBody on Presale {
  id
  number
  name
  promotionId
  state
  qty
  placedAt
  payBy
  paidAt
  opensAt
  closesAt
  depositFen
  countsAsFen
  keepsFen
  sentence
  note
  serverTime
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
  order {
    id
    number
    state
    dueFen
    payBy
  }
  payouts {
    id
    amountFen
    state
    sentence
    madeAt
  }
}`, {"hash":"sha256:6bb10a13e90f6b9b24bedb7f1efd3405858bf02566d7447b2982e4518f4ebd81"}) as unknown as TypedDocumentString<MyPresalesQuery, MyPresalesQueryVariables>;
export const OrdersDocument = new TypedDocumentString(`
    query Orders($after: String) {
  orders(first: 10, after: $after) {
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
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
}`, {"hash":"sha256:9143b3f1311bff9abdba0b2cc85cb3914463c3f3987429fe7d1ce25013954e0a"}) as unknown as TypedDocumentString<OrdersQuery, OrdersQueryVariables>;
export const PresaleDetailDocument = new TypedDocumentString(`
    query PresaleDetail($id: ID!) {
  presale(id: $id) {
    ...PresaleBody
  }
}
    fragment PresaleBody on Presale {
  id
  number
  name
  promotionId
  state
  qty
  placedAt
  payBy
  paidAt
  opensAt
  closesAt
  depositFen
  countsAsFen
  keepsFen
  sentence
  note
  serverTime
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
  order {
    id
    number
    state
    dueFen
    payBy
  }
  payouts {
    id
    amountFen
    state
    sentence
    madeAt
  }
}`, {"hash":"sha256:1df37e23274d50c922f9a674bb6839f5a8c9920572a6957cfacb0a217a602b7d"}) as unknown as TypedDocumentString<PresaleDetailQuery, PresaleDetailQueryVariables>;
export const PresaleRestDocument = new TypedDocumentString(`
    query PresaleRest($input: PresaleRestInput!) {
  quotePresale(input: $input) {
    __typename
    ... on PresaleQuote {
      depositFen
      usedFen
      backFen
      dueFen
      sentence
      quote {
        ...QuoteBody
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
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
      level
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
    promotionId
    nextSentence
    progressBp
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
    promotionId
  }
  couponCount
  maxCoupons
  coupons {
    alike
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  redPackets {
    paysFen
    reason
    packet {
      ...RedPacketCard
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
  capped {
    kind
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    shortByFen
    leaf
    at
    couponId
    promotionId
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
  gifts {
    offerId
    name
    sku
    qty
    listFen
    product {
      ...ProductCard
    }
  }
  giftChoices {
    offerId
    name
    sku
    qty
    choose
    chosen
    product {
      ...ProductCard
    }
  }
  addOnChoices {
    offerId
    name
    sku
    priceFen
    chosen
    most
    reached
    product {
      ...ProductCard
    }
  }
}
fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}`, {"hash":"sha256:d428edcd3a43444f8a8fdf15a066396b9eb8acad8c85619cf2b90b8c6d3eeac7"}) as unknown as TypedDocumentString<PresaleRestQuery, PresaleRestQueryVariables>;
export const PlacePresaleOrderDocument = new TypedDocumentString(`
    mutation PlacePresaleOrder($input: PlacePresaleOrderInput!) {
  placePresaleOrder(input: $input) {
    __typename
    ... on Order {
      id
    }
    ... on PriceChanged {
      seenPayableFen
    }
    ... on Refusal {
      code
      message
    }
  }
}
    `, {"hash":"sha256:311dd7890c502ed09b30d168c7b4358a067ee9b12bc720569ccb7ab1c2278048"}) as unknown as TypedDocumentString<PlacePresaleOrderMutation, PlacePresaleOrderMutationVariables>;
export const CancelPresaleDocument = new TypedDocumentString(`
    mutation CancelPresale($input: CancelPresaleInput!) {
  cancelPresale(input: $input) {
    __typename
    ... on Presale {
      ...PresaleBody
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment PresaleBody on Presale {
  id
  number
  name
  promotionId
  state
  qty
  placedAt
  payBy
  paidAt
  opensAt
  closesAt
  depositFen
  countsAsFen
  keepsFen
  sentence
  note
  serverTime
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
  order {
    id
    number
    state
    dueFen
    payBy
  }
  payouts {
    id
    amountFen
    state
    sentence
    madeAt
  }
}`, {"hash":"sha256:3d481a14338883fdeb4eb942d1be4bc600e0d99dac4eb637627ce1ef4cd67e72"}) as unknown as TypedDocumentString<CancelPresaleMutation, CancelPresaleMutationVariables>;
export const ProductPageDocument = new TypedDocumentString(`
    query ProductPage($skus: [String!], $storeId: ID) {
  products(first: 1, skus: $skus, storeId: $storeId) {
    nodes {
      ...ProductCard
      brand
      tags
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
}`, {"hash":"sha256:7e6c6986e4e35f32bd602d41897d3c82dc84a91339097324c82b40ac3e576625"}) as unknown as TypedDocumentString<ProductPageQuery, ProductPageQueryVariables>;
export const MyProfileDocument = new TypedDocumentString(`
    query MyProfile {
  myProfile {
    ...ProfileBody
  }
}
    fragment ProfileBody on MyProfile {
  birthday {
    sentence
    year
  }
  maySetBirthday
  birthdayAgreedAt
  birthdayNotice {
    version
    lines
  }
  homeStore {
    id
    name
    city
    address
  }
  homeStoreUntil
}`, {"hash":"sha256:8b2905a04dff5ee15e22454a45f6212404db1cdcb9ced91f8446d686d1b07926"}) as unknown as TypedDocumentString<MyProfileQuery, MyProfileQueryVariables>;
export const SetMyBirthdayDocument = new TypedDocumentString(`
    mutation SetMyBirthday($input: SetMyBirthdayInput!) {
  setMyBirthday(input: $input) {
    __typename
    ... on MyProfile {
      ...ProfileBody
    }
    ... on Refusal {
      message
    }
  }
}
    fragment ProfileBody on MyProfile {
  birthday {
    sentence
    year
  }
  maySetBirthday
  birthdayAgreedAt
  birthdayNotice {
    version
    lines
  }
  homeStore {
    id
    name
    city
    address
  }
  homeStoreUntil
}`, {"hash":"sha256:2b616bcf3ad16c069d6f4b15e322b5934dd5a5999de8c066cc9c7a5f9c81a822"}) as unknown as TypedDocumentString<SetMyBirthdayMutation, SetMyBirthdayMutationVariables>;
export const WithdrawBirthdayDocument = new TypedDocumentString(`
    mutation WithdrawBirthday($input: WithdrawBirthdayInput!) {
  withdrawBirthday(input: $input) {
    __typename
    ... on MyProfile {
      ...ProfileBody
    }
    ... on Refusal {
      message
    }
  }
}
    fragment ProfileBody on MyProfile {
  birthday {
    sentence
    year
  }
  maySetBirthday
  birthdayAgreedAt
  birthdayNotice {
    version
    lines
  }
  homeStore {
    id
    name
    city
    address
  }
  homeStoreUntil
}`, {"hash":"sha256:93a07c7cb1ac675873da6dca9248ced81b93344b5c3db15bbaa5e61cfa4a253e"}) as unknown as TypedDocumentString<WithdrawBirthdayMutation, WithdrawBirthdayMutationVariables>;
export const ChooseHomeStoreDocument = new TypedDocumentString(`
    mutation ChooseHomeStore($input: ChooseHomeStoreInput!) {
  chooseHomeStore(input: $input) {
    __typename
    ... on MyProfile {
      ...ProfileBody
    }
    ... on Refusal {
      message
    }
  }
}
    fragment ProfileBody on MyProfile {
  birthday {
    sentence
    year
  }
  maySetBirthday
  birthdayAgreedAt
  birthdayNotice {
    version
    lines
  }
  homeStore {
    id
    name
    city
    address
  }
  homeStoreUntil
}`, {"hash":"sha256:49fd821d5e5e46db843c9483155ea33bf0d93e28a26675152a48cedd73163aed"}) as unknown as TypedDocumentString<ChooseHomeStoreMutation, ChooseHomeStoreMutationVariables>;
export const PromotionDetailDocument = new TypedDocumentString(`
    query PromotionDetail($id: ID!) {
  promotion(id: $id) {
    id
    name
    description
    state
    soldOut
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
      usedUp
      spent {
        sentence
        resetsAt
      }
      presale {
        ...PresaleTerms
      }
    }
  }
}
    fragment PresaleTerms on PresaleTerms {
  depositFen
  countsAsFen
  depositFrom
  depositUntil
  finalFrom
  finalUntil
  window
  rules
  left
  perCustomer
  mine
  perDay
  mineToday
}`, {"hash":"sha256:651be422e88d99b333d854024dd472fb5fb0d5b5269a0a91d3202e51eac51a51"}) as unknown as TypedDocumentString<PromotionDetailQuery, PromotionDetailQueryVariables>;
export const PromotionProductsDocument = new TypedDocumentString(`
    query PromotionProducts($id: ID!, $after: String, $search: String, $storeId: ID) {
  promotion(id: $id) {
    id
    products(first: 20, after: $after, search: $search, storeId: $storeId) {
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
}`, {"hash":"sha256:84e090cf25e416b5b4d4b26c1a2c3cc714a7e08078e16993dbec3d4d6dfacef8"}) as unknown as TypedDocumentString<PromotionProductsQuery, PromotionProductsQueryVariables>;
export const MyRedPacketsDocument = new TypedDocumentString(`
    query MyRedPackets($states: [RedPacketState!], $after: String) {
  benefitAccount {
    version
    redPackets(states: $states, first: 20, after: $after) {
      nodes {
        ...RedPacketCard
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}`, {"hash":"sha256:a8ffcd946ec1d5fba8535e68fe2098793995eaeda81465200d184811774ab880"}) as unknown as TypedDocumentString<MyRedPacketsQuery, MyRedPacketsQueryVariables>;
export const RefundOrderDocument = new TypedDocumentString(`
    query RefundOrder($id: ID!) {
  order(id: $id) {
    id
    number
    state
    lines {
      sku
      name
      emoji
      imageHue
      kind
      qty
      payableFen
    }
    refundable {
      sku
      qty
    }
  }
}
    `, {"hash":"sha256:4b2bd9d425135c64803ce6030b83f0264d531486a05a8f7cbe4cd051dd794152"}) as unknown as TypedDocumentString<RefundOrderQuery, RefundOrderQueryVariables>;
export const RefundPreviewDocument = new TypedDocumentString(`
    query RefundPreview($input: RefundPreviewInput!) {
  refundPreview(input: $input) {
    __typename
    ... on RefundPreview {
      ...PreviewBody
    }
    ... on Refusal {
      code
      message
    }
  }
}
    fragment PreviewBody on RefundPreview {
  refundFen
  withheldFen
  paidOutFen
  sentences
  everything
  automatic
  token
  parts {
    to
    fen
    points
  }
}`, {"hash":"sha256:1adb64264680672a07eca28b1fc1859304225f2ec5fd6b5cf3ce1cfc4f7cf330"}) as unknown as TypedDocumentString<RefundPreviewQuery, RefundPreviewQueryVariables>;
export const RequestRefundDocument = new TypedDocumentString(`
    mutation RequestRefund($input: RequestRefundInput!) {
  requestRefund(input: $input) {
    __typename
    ... on Order {
      ...OrderBody
    }
    ... on RefundChanged {
      seenPaidOutFen
      preview {
        ...PreviewBody
      }
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
  soldBy
  placedAt
  paidAt
  payBy
  serverTime
  listFen
  savedFen
  shippingFen
  payableFen
  dueFen
  depositFen
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  presaleId
  refundedFen
  refundState
  refundable {
    sku
    qty
  }
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
    kind
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
fragment PreviewBody on RefundPreview {
  refundFen
  withheldFen
  paidOutFen
  sentences
  everything
  automatic
  token
  parts {
    to
    fen
    points
  }
}`, {"hash":"sha256:9ce3e0b805b06dfdf159c822f2cf8f29377c2f45ad2c97c5ecf7220ff3116705"}) as unknown as TypedDocumentString<RequestRefundMutation, RequestRefundMutationVariables>;
export const AccountLiveDocument = new TypedDocumentString(`
    subscription AccountLive {
  benefitAccount {
    version
    points
    balanceFen
    redPacketFen
    stamps
    growth
    level {
      ...LevelCard
    }
    usableCoupons
    pointsEnding(first: 1) {
      points
      expiresAt
      sentence
    }
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
    fragment LevelCard on MemberLevel {
  level {
    id
    name
  }
  growth
  inPeriod
  owed
  periodEndsAt
  next {
    sentence
    progressBp
  }
  steps {
    sentence
  }
  perks {
    name
    sentence
  }
}`, {"hash":"sha256:3785b364a2007cb92dcd10a9577e8ab7d1d62fa9127bcf0eec6d066179482a4b"}) as unknown as TypedDocumentString<AccountLiveSubscription, AccountLiveSubscriptionVariables>;
export const ReportExposuresDocument = new TypedDocumentString(`
    mutation ReportExposures($input: ReportExposuresInput!) {
  reportExposures(input: $input) {
    __typename
    ... on ExposuresNoted {
      views
    }
    ... on Busy {
      retryAfterMs
    }
    ... on Refusal {
      code
    }
  }
}
    `, {"hash":"sha256:4ebf5e52410e0369eadeec8d6f9e4deaa7f4119ee840ec4f982621f803c8d3bd"}) as unknown as TypedDocumentString<ReportExposuresMutation, ReportExposuresMutationVariables>;
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
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
      level
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
    promotionId
    nextSentence
    progressBp
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
    promotionId
  }
  couponCount
  maxCoupons
  coupons {
    alike
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  redPackets {
    paysFen
    reason
    packet {
      ...RedPacketCard
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
  capped {
    kind
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    shortByFen
    leaf
    at
    couponId
    promotionId
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
  gifts {
    offerId
    name
    sku
    qty
    listFen
    product {
      ...ProductCard
    }
  }
  giftChoices {
    offerId
    name
    sku
    qty
    choose
    chosen
    product {
      ...ProductCard
    }
  }
  addOnChoices {
    offerId
    name
    sku
    priceFen
    chosen
    most
    reached
    product {
      ...ProductCard
    }
  }
}
fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}`, {"hash":"sha256:52a9001ae75d3fc2c7eeba2183af3bd090b608ff80e70e7b360a81b67436186a"}) as unknown as TypedDocumentString<CartQuoteSubscription, CartQuoteSubscriptionVariables>;
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
  validitySentence
  usableSentence
  terms
  face {
    kind
    offFen
    skuName
    payBp
    maxOffFen
    priceFen
    points
    timesBp
    backFen
    items {
      name
      qty
    }
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
  source
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
      level
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
    promotionId
    nextSentence
    progressBp
  }
  offers {
    id
    name
    level
    offFen
    sentence
    couponId
    promotionId
  }
  couponCount
  maxCoupons
  coupons {
    alike
    applied
    reason
    coupon {
      ...CouponCard
    }
  }
  redPackets {
    paysFen
    reason
    packet {
      ...RedPacketCard
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
  capped {
    kind
    sentence
  }
  tenders {
    kind
    id
    fen
    points
  }
  family {
    name
    points
  }
  rejected {
    id
    name
    level
    reason
    sentence
    shortByFen
    leaf
    at
    couponId
    promotionId
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
  gifts {
    offerId
    name
    sku
    qty
    listFen
    product {
      ...ProductCard
    }
  }
  giftChoices {
    offerId
    name
    sku
    qty
    choose
    chosen
    product {
      ...ProductCard
    }
  }
  addOnChoices {
    offerId
    name
    sku
    priceFen
    chosen
    most
    reached
    product {
      ...ProductCard
    }
  }
}
fragment RedPacketCard on RedPacket {
  id
  faceFen
  leftFen
  heldFen
  minFen
  gotAt
  expiresAt
  state
  source
  sentence
}`, {"hash":"sha256:d23be265e974ffe6a58c554c2faf6cfc11a75266a422e2e6ed0d3ff0688fb237"}) as unknown as TypedDocumentString<QuoteCartQuery, QuoteCartQueryVariables>;
export const AddOnGapDocument = new TypedDocumentString(`
    query AddOnGap($input: CartInput!) {
  quoteCart(input: $input) {
    __typename
    ... on Quote {
      rejected {
        id
        shortByFen
      }
    }
  }
}
    `, {"hash":"sha256:00234053422e1b75c4fc024b33aa7820bef431381950c80c280cb43973f19bb2"}) as unknown as TypedDocumentString<AddOnGapQuery, AddOnGapQueryVariables>;
export const ArticleStockDocument = new TypedDocumentString(`
    subscription ArticleStock($skus: [String!]!, $storeId: ID) {
  articleStock(skus: $skus, storeId: $storeId) {
    version
    articles {
      sku
      available
    }
  }
}
    `, {"hash":"sha256:7410cbbd47c902ca15a54164e39b93ca0c0ebef0b39c23e83333fbfd214bde43"}) as unknown as TypedDocumentString<ArticleStockSubscription, ArticleStockSubscriptionVariables>;
export const ClientConfigDocument = new TypedDocumentString(`
    query ClientConfig($merchant: String!) {
  clientConfig(merchant: $merchant) {
    h5AuthorizeUrl
    subscribeTemplateIds
    presaleTemplateIds
    environment
    merchant {
      id
      code
      name
    }
  }
}
    `, {"hash":"sha256:dcc8dc7e6cf2c0ab3b1245663625c7707b1ce7edd020ea0f3d4a97423f2f2c96"}) as unknown as TypedDocumentString<ClientConfigQuery, ClientConfigQueryVariables>;
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
export const LogOutDocument = new TypedDocumentString(`
    mutation LogOut($input: LogOutInput!) {
  logOut(input: $input) {
    message
  }
}
    `, {"hash":"sha256:ec121dd78cb6ca1b5b82be66c02afa35dd43faefa9c8bd8ced60be50fe68d4bf"}) as unknown as TypedDocumentString<LogOutMutation, LogOutMutationVariables>;
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