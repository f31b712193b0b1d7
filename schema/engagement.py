"""Reviews 评价 and shares 分享: what members do beside buying, and the growth value that it brings (B04)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import strawberry

from backend import catalog, coupons, engagement, lottery, members, promotions
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    BadRequest,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    PageInfo,
    Refusal,
    checked_key,
    consumer,
    described,
    enumeration,
    may,
    member_id,
    merchant_id,
    page,
)
from schema.catalog import needed_id, optional_id
from schema.coupons import chosen_store
from schema.promotions import Channel
from schema.share_figures import ShareKind

ReviewState = enumeration(
    "ReviewState", {"SHOWN": "有效.", "HIDDEN": "已隐藏, by staff; the growth went again."}, "What became of a review."
)
ReviewObstacle = enumeration(
    "ReviewObstacle",
    {
        "NOT_COMPLETED": "The order is not completed yet.",
        "NOT_BOUGHT": "The order did not buy it.",
        "RETURNED": "All of it came back.",
        "REVIEWED": "It was reviewed before.",
    },
    "Why an article cannot be reviewed.",
)
PREFIX = {"PROMOTION": "pro", "DROP": "drp", "LOTTERY": "lot"}


@described
@strawberry.type
class Review:
    """评价 of an article of an order.
    id: Opaque id.
    order_id: The order.
    member_id: Who wrote it.
    sku: The article.
    name: Its name.
    stars: 1–5.
    text: What was written.
    growth: Growth value that it brought; 0 above the day's cap.
    taken_back: What of it went again.
    state: What became of it.
    at: When.
    hide_reason: Why staff hid it; null otherwise.
    author_name: Name and member code of who wrote it, for staff; null for others.
    """

    id: strawberry.ID
    order_id: strawberry.ID
    member_id: strawberry.ID
    sku: str
    name: str
    stars: int
    text: str
    growth: int
    taken_back: int
    state: ReviewState  # type: ignore[valid-type]
    at: dt.datetime
    hide_reason: str | None
    author_name: str | None

    @staticmethod
    async def all_of(merchant: Any, found: list[engagement.ReviewInfo], *, staff: bool = False) -> list[Review]:
        """`staff`: with who wrote them."""
        people = await members.many(merchant, [r.member_id for r in found]) if staff else {}
        goods = await catalog.by_skus(merchant, [r.sku for r in found])
        return [
            Review(
                id=strawberry.ID(ids.encode("rvw", r.id)),
                order_id=strawberry.ID(ids.encode("ord", r.order_id)),
                member_id=strawberry.ID(ids.encode("mem", r.member_id)),
                sku=r.sku,
                name=goods[r.sku].name if r.sku in goods else r.sku,
                stars=r.stars,
                text=r.text,
                growth=r.growth,
                taken_back=r.taken_back,
                state=ReviewState[r.state.upper()],
                at=r.at,
                hide_reason=r.hide_reason,
                author_name=f"{people[r.member_id].nickname} · {people[r.member_id].member_code}" if staff else None,
            )
            for r in found
        ]


@described
@strawberry.type
class ReviewConnection:
    """A page of reviews, newest first.
    nodes: The reviews.
    page_info: Where the page ends.
    """

    nodes: list[Review]
    page_info: PageInfo


@described
@strawberry.type
class ReviewableArticle:
    """An article of an order: its review, or whether there can be one.
    sku: The article.
    name: Its name.
    emoji: Its picture.
    image_hue: Hue of the picture's background.
    review: The review; null when there is none.
    obstacle: Why it cannot be reviewed; null when it can, or was.
    """

    sku: str
    name: str
    emoji: str
    image_hue: int
    review: Review | None
    obstacle: ReviewObstacle | None  # type: ignore[valid-type]


@described
@strawberry.type
class ReviewNotPossible(Refusal):
    """The article cannot be reviewed; nothing was written.
    because: Why.
    """

    because: ReviewObstacle  # type: ignore[valid-type]


@described
@strawberry.type
class ReviewHidden(Refusal):
    """The review was hidden before."""


@described
@strawberry.type
class ShareOpened:
    """A link that was opened.
    counted: Whether it was a friend's, and opened by the viewer for the first time.
    """

    counted: bool


@described
@strawberry.type
class ShareLinkInvalid(Refusal):
    """The link was not made here, or was changed."""


@described
@strawberry.type
class ShareToken:
    """A signed token for a link to what is shared.
    token: Put it into the link as `s`.
    opened_today: Friends who opened links of the viewer today for the first time.
    growth_today: Growth value that this brought.
    sentence: What shares bring, in words; empty when nothing.
    """

    token: str
    opened_today: int
    growth_today: int
    sentence: str


@described
@strawberry.input
class ReviewArticleInput:
    """One review.
    order_id: The completed order.
    sku: The article.
    stars: 1–5.
    text: 5–300 characters.
    idempotency_key: Made by the client for this act.
    """

    order_id: strawberry.ID
    sku: str
    stars: int
    text: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class HideReviewInput:
    """Hides a review; the growth that it brought goes again.
    review_id: The review.
    reason: 2–100 characters; the customer reads it.
    idempotency_key: Made by the client for this act.
    """

    review_id: strawberry.ID
    reason: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class OpenShareInput:
    """Somebody opened a shared link.
    token: The `s` of the link.
    idempotency_key: Made by the client for this act.
    channel: Where it was opened; null when the client does not tell.
    store_id: The store that the viewer chose; null when none was.
    """

    token: str
    idempotency_key: strawberry.ID
    channel: Channel | None = None  # type: ignore[valid-type]
    store_id: strawberry.ID | None = None


ReviewArticleResult = Annotated[
    Review | ReviewNotPossible | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ReviewArticleResult", description="The review, or why not."),
]
HideReviewResult = Annotated[
    Review | ReviewHidden | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("HideReviewResult", description="The review, or why not."),
]
OpenShareResult = Annotated[
    ShareOpened | ShareLinkInvalid | IdempotencyConflict,
    strawberry.union("OpenShareResult", description="What opening the link did."),
]
NOT_POSSIBLE = {
    "NOT_COMPLETED": "订单完成后才能评价",
    "NOT_BOUGHT": "这张订单里没有这件商品",
    "RETURNED": "商品已全部退回，不能评价",
}


@strawberry.type
class EngagementQuery:
    @strawberry.field(
        description="Articles of one of the viewer's orders with their reviews; empty when it is not the viewer's.",
        permission_classes=consumer(),
    )
    async def reviewable_articles(self, info: AppInfo, order_id: strawberry.ID) -> list[ReviewableArticle]:
        merchant = merchant_id(info)
        found = await engagement.reviewable(merchant, member_id(info), needed_id("ord", order_id)) or []
        goods = await catalog.by_skus(merchant, [r.sku for r in found])
        done = {r.sku: r for r in await Review.all_of(merchant, [r.review for r in found if r.review])}
        return [
            ReviewableArticle(
                sku=r.sku,
                name=goods[r.sku].name if r.sku in goods else r.sku,
                emoji=goods[r.sku].emoji if r.sku in goods else "🛒",
                image_hue=goods[r.sku].image_hue if r.sku in goods else 20,
                review=done.get(r.sku),
                obstacle=ReviewObstacle[r.obstacle] if r.obstacle and not r.review else None,
            )
            for r in found
        ]

    @strawberry.field(
        description="A signed token for a link to something that the viewer shares.", permission_classes=consumer()
    )
    async def share_token(self, info: AppInfo, kind: ShareKind, id: strawberry.ID) -> ShareToken:  # type: ignore[valid-type]
        merchant, member, secret = merchant_id(info), member_id(info), info.context.runtime.settings.secret
        row = needed_id(PREFIX[kind.name], id)  # type: ignore[attr-defined]
        if not await _there(secret, merchant, kind.name, row):  # type: ignore[attr-defined]
            raise BadRequest("没有这个活动，不能分享")
        token = engagement.token_of(secret, merchant, member, f"{kind.name.lower()}:{row.hex}")  # type: ignore[attr-defined]
        if token is None:
            raise BadRequest("不能分享这个")
        day = await engagement.today(merchant, member, now())
        words_of = f"好友打开，您得 {day.each} 成长值，每天最多 {day.cap}" if day.each else ""
        return ShareToken(token=token, opened_today=day.opened, growth_today=day.growth, sentence=words_of)

    @strawberry.field(description="Reviews of all members, newest first.", permission_classes=may("members.read"))
    async def reviews(self, info: AppInfo, first: int = 20, after: str | None = None) -> ReviewConnection:
        begin = optional_id("rvw", strawberry.ID(after) if after else None)
        rows = await engagement.reviews(merchant_id(info), first=page(first) + 1, after=begin)
        nodes = await Review.all_of(merchant_id(info), rows[:first], staff=True)
        return ReviewConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


async def _there(secret: bytes, merchant: UUID, kind: str, row: UUID) -> bool:
    """Whether a customer can see what is to be shared: ids that somebody made up would count for ever anew."""
    if kind == "PROMOTION":
        found = await promotions.get(merchant, row, now())
        return found is not None and found.state != "DRAFT"
    if kind == "DROP":
        return bool(await coupons.drops(merchant, now(), ids=[row], published=True))
    return bool(await lottery.lotteries(secret, merchant, now(), ids=[row]))


async def _answer(merchant: Any, result: Any) -> Any:
    match result:
        case engagement.ReviewInfo():
            return (await Review.all_of(merchant, [result]))[0]
        case engagement.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case engagement.OrderMissing():
            return NotFound.make("没有这张订单")
        case engagement.ReviewMissing():
            return NotFound.make("没有这条评价")
        case engagement.NotReviewable(because=because):
            return ReviewNotPossible(
                code="ReviewNotPossible", message=NOT_POSSIBLE[because], because=ReviewObstacle[because]
            )
        case engagement.Reviewed(at=at):
            text = f"{words.moment(at)} 已评价过"
            return ReviewNotPossible(code="ReviewNotPossible", message=text, because=ReviewObstacle["REVIEWED"])
        case engagement.Hidden(at=at):
            return ReviewHidden(code="ReviewHidden", message=f"已在 {words.moment(at)} 隐藏过")
        case engagement.Opened(counted=counted):
            return ShareOpened(counted=counted)
        case engagement.ShareInvalid():
            return ShareLinkInvalid(code="ShareLinkInvalid", message="分享链接无效")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


@strawberry.type
class EngagementMutation:
    @strawberry.mutation(
        description="Reviews an article of a completed order, once; brings growth value up to the day's cap.",
        permission_classes=consumer(),
    )
    async def review_article(self, info: AppInfo, input: ReviewArticleInput) -> ReviewArticleResult:
        merchant, order, key = merchant_id(info), needed_id("ord", input.order_id), checked_key(input.idempotency_key)
        done = await engagement.review(merchant, member_id(info), order, input.sku, input.stars, input.text, key, now())
        return await _answer(merchant, done)

    @strawberry.mutation(
        description="Hides a review 隐藏评价 with a reason; the growth that it brought goes again.",
        permission_classes=may("members.adjust"),
    )
    async def hide_review(self, info: AppInfo, input: HideReviewInput) -> HideReviewResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        which, merchant = needed_id("rvw", input.review_id), viewer.merchant_id
        return await _answer(merchant, await engagement.hide(merchant, viewer.actor, which, input.reason, key, now()))

    @strawberry.mutation(
        description="Tells that the viewer opened a shared link; the first time brings its sharer growth value.",
        permission_classes=consumer(),
    )
    async def open_share(self, info: AppInfo, input: OpenShareInput) -> OpenShareResult:
        secret, merchant, key = (
            info.context.runtime.settings.secret,
            merchant_id(info),
            checked_key(input.idempotency_key),
        )
        channel = input.channel.name.lower() if input.channel else None
        place = (channel, await chosen_store(info, input.store_id))
        done = await engagement.open_share(secret, merchant, member_id(info), input.token, key, now(), *place)
        return await _answer(merchant, done)
