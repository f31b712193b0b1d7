"""Private coupons: code pools, codes, links; coupons given, compensated and voided by staff."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import coupons, members
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    BadRequest,
    Busy,
    Fen,
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
    shop,
)
from schema.catalog import needed_id, optional_id
from schema.coupon_admin import DropNotInState
from schema.coupon_kinds import CouponAccess, CouponDropState, CouponState
from schema.coupon_types import Coupon
from schema.coupons import chosen_store, claim_answer, claimed
from schema.drop_types import (
    CouponDrop,
    DropRefusal,
)
from schema.promotions import Channel

CodePoolKind = enumeration(
    "CodePoolKind", {"GENERATED": "系统生成.", "IMPORTED": "文件导入."}, "Where the codes of a pool come from."
)


@described
@strawberry.type
class CodePool:
    """券码池: codes of one drop.
    id: Opaque id.
    name: Its name.
    drop_id: The drop.
    drop_name: Its name.
    kind: Where its codes come from.
    wanted: Codes that were asked for.
    made: Codes that are there; rises while they are made.
    used: Codes that became coupons.
    created_at: When it was begun.
    finished_at: When all codes were there; null before.
    closed: 已收回, unused codes that were closed when the drop ended; null while it has not.
    partner: 合作方 who gives the codes to its people (物业业主专享券); null where nobody does.
    """

    id: strawberry.ID
    name: str
    drop_id: strawberry.ID
    drop_name: str
    kind: CodePoolKind  # type: ignore[valid-type]
    wanted: int
    made: int
    used: int
    created_at: dt.datetime
    finished_at: dt.datetime | None
    closed: int | None
    partner: str | None

    @staticmethod
    def of(p: coupons.CodePoolInfo) -> CodePool:
        return CodePool(
            id=strawberry.ID(ids.encode("cop", p.id)),
            name=p.name,
            drop_id=strawberry.ID(ids.encode("drp", p.drop_id)),
            drop_name=p.drop_name,
            kind=CodePoolKind[p.kind.upper()],
            wanted=p.wanted,
            made=p.made,
            used=p.used,
            created_at=p.created_at,
            finished_at=p.finished_at,
            closed=p.closed,
            partner=p.partner,
        )


@described
@strawberry.type
class CodePoolConnection:
    """A page of pools, newest first.
    nodes: The pools.
    page_info: Where the page ends.
    """

    nodes: list[CodePool]
    page_info: PageInfo


@described
@strawberry.type
class CodePoolCsv:
    """A part of a pool as CSV.
    csv: Lines (RFC 4180, CRLF), the heading on the first part; no cell is a formula.
    next: Hand this to `after` for what follows; null at the end.
    """

    csv: str
    next: str | None


@described
@strawberry.type
class CodeRowFault:
    """A fault in one line of a file.
    row: Line from 1, the heading included; 0 is the file as a whole.
    message: What is wrong, in words.
    """

    row: int
    message: str


@described
@strawberry.type
class CodesRejected(Refusal):
    """The file has faults; none of its codes were taken.
    faults: The first of them, by line.
    count: How many there are.
    """

    faults: list[CodeRowFault]
    count: int


@described
@strawberry.type
class DropAccessWrong(Refusal):
    """The drop gives its coupons in another way.
    access: How.
    """

    access: CouponAccess  # type: ignore[valid-type]


@described
@strawberry.type
class CodeUnknown(Refusal):
    """There is no such code.
    tries_left: Wrong codes that may follow within this hour.
    """

    tries_left: int


@described
@strawberry.type
class CodeUsed(Refusal):
    """The code is a coupon already.
    used_at: When it became one.
    mine: Whether it is the viewer's own.
    """

    used_at: dt.datetime
    mine: bool


@described
@strawberry.type
class TooManyTries(Refusal):
    """Too many wrong codes; this one was not looked at.
    retry_at: When codes are looked at again.
    """

    retry_at: dt.datetime


@described
@strawberry.type
class CouponNotInState(Refusal):
    """The coupon is in a state that does not allow this.
    state: The state it is in.
    """

    state: CouponState  # type: ignore[valid-type]


@described
@strawberry.type
class ClerkLimitReached(Refusal):
    """This clerk has given as many compensation coupons and red packets, or as much face value, as one may on one day.
    limit: Coupons and red packets a day.
    given: Coupons and red packets given today.
    limit_fen: Face value a day.
    given_fen: Face value given today.
    resets_at: Next midnight in the merchant's time zone.
    """

    limit: int
    given: int
    limit_fen: Fen
    given_fen: Fen
    resets_at: dt.datetime


@described
@strawberry.input
class GenerateCodesInput:
    """A pool of new codes.
    drop_id: A drop that gives by codes.
    name: 1–60 characters.
    count: 1 to 1,000,000.
    idempotency_key: Made by the client for this act.
    partner: 合作方 who gives the codes to its people: 1–24 letters, digits, - or _; its coupons say so.
    """

    drop_id: strawberry.ID
    name: str
    count: int
    idempotency_key: strawberry.ID
    partner: str | None = None


@described
@strawberry.input
class ImportCodesInput:
    """A pool of codes from a CSV file; larger files by `shuhui codes import`.
    drop_id: A drop that gives by codes.
    name: 1–60 characters.
    csv: One code a line, in the first column.
    idempotency_key: Made by the client for this act.
    partner: 合作方 who gives the codes to its people: 1–24 letters, digits, - or _; its coupons say so.
    """

    drop_id: strawberry.ID
    name: str
    csv: str
    idempotency_key: strawberry.ID
    partner: str | None = None


@described
@strawberry.input
class RedeemCouponCodeInput:
    """兑换券码.
    code: As typed: case, spaces and hyphens do not matter.
    channel: Where it is entered.
    store_id: The store that the shopper chose.
    idempotency_key: Made by the client for this tap.
    """

    code: str
    idempotency_key: strawberry.ID
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    store_id: strawberry.ID | None = None


@described
@strawberry.input
class ClaimCouponByLinkInput:
    """A claim through a private link.
    token: What the link carries.
    channel: Where it is claimed.
    store_id: The store that the shopper chose.
    idempotency_key: Made by the client for this tap.
    """

    token: str
    idempotency_key: strawberry.ID
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    store_id: strawberry.ID | None = None


@described
@strawberry.input
class GrantCouponInput:
    """人工发放: staff gives a coupon of a drop to a customer; its limits hold.
    drop_id: A drop that is given out by staff.
    member_id: The customer.
    reason: Why, 2–100 characters.
    idempotency_key: Made by the client for this act.
    """

    drop_id: strawberry.ID
    member_id: strawberry.ID
    reason: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class VoidCouponInput:
    """作废 a coupon that was not used.
    coupon_id: The coupon.
    reason: Why, 2–100 characters.
    idempotency_key: Made by the client for this act.
    """

    coupon_id: strawberry.ID
    reason: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class CompensateMemberInput:
    """客服补偿: a coupon of a template for a customer.
    member_id: The customer.
    template_id: The template.
    reason: Why, 2–100 characters.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    template_id: strawberry.ID
    reason: str
    idempotency_key: strawberry.ID


GenerateCodesResult = Annotated[
    CodePool | DropAccessWrong | DropNotInState | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("GenerateCodesResult", description="The pool, or why not."),
]
ImportCodesResult = Annotated[
    CodePool | CodesRejected | DropAccessWrong | DropNotInState | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ImportCodesResult", description="The pool, or why not."),
]
RedeemCouponCodeResult = Annotated[
    Coupon | CodeUnknown | CodeUsed | TooManyTries | DropRefusal | NotFound | IdempotencyConflict | Busy,
    strawberry.union("RedeemCouponCodeResult", description="The coupon, or why not."),
]
ClaimCouponByLinkResult = Annotated[
    Coupon | DropRefusal | NotFound | IdempotencyConflict | Busy,
    strawberry.union("ClaimCouponByLinkResult", description="The coupon, or why not."),
]
GrantCouponResult = Annotated[
    Coupon | DropRefusal | InvalidInput | NotFound | IdempotencyConflict | Busy,
    strawberry.union("GrantCouponResult", description="The coupon, or why not."),
]
VoidCouponResult = Annotated[
    Coupon | CouponNotInState | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("VoidCouponResult", description="The coupon, or why not."),
]
CompensateMemberResult = Annotated[
    Coupon | ClerkLimitReached | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CompensateMemberResult", description="The coupon, or why not."),
]


def _partner(given: str | None) -> str | None:
    return (given or "").strip() or None


def _pool_answer(result: Any) -> Any:
    match result:
        case coupons.CodePoolInfo():
            return CodePool.of(result)
        case coupons.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case coupons.CodesRejected(faults=faults, count=count):
            rows = [CodeRowFault(row=fault.row, message=fault.message) for fault in faults]
            text = f"文件有 {count} 处错误，一个券码也没有导入"
            return CodesRejected(code="CodesRejected", message=text, faults=rows, count=count)
        case coupons.WrongAccess(access=access):
            text = "这个活动不是“一人一码”，不能生成或导入券码"
            return DropAccessWrong(code="DropAccessWrong", message=text, access=CouponAccess[access.upper()])
        case coupons.DropNotInState(state=state):
            text = "活动已结束，不能再生成或导入券码"
            return DropNotInState(code="DropNotInState", message=text, state=CouponDropState[state])
        case coupons.DropMissing():
            return NotFound.make("没有这个领券活动")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


def _coupon_answer(result: Any) -> Any:
    match result:
        case coupons.CouponInfo():
            return Coupon.of(result)
        case coupons.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case coupons.CouponMissing():
            return NotFound.make("没有这张券")
        case coupons.TemplateMissing():
            return NotFound.make("没有这个券模板")
        case coupons.CouponNotInState(state=state):
            names = {"locked": "正被订单占用", "redeemed": "已使用", "expired": "已过期", "voided": "已作废"}
            text = f"这张券{names.get(state, '已不在卡包')}，不能作废"
            return CouponNotInState(code="CouponNotInState", message=text, state=CouponState[state.upper()])
        case coupons.ClerkLimitReached():
            return clerk_limit(result)
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


def clerk_limit(reached: coupons.ClerkLimitReached) -> ClerkLimitReached:
    text = (
        f"您今天已补偿 {reached.given} 张、{words.yuan(reached.given_fen)}，每人每天最多 {reached.limit} 张、"
        f"{words.yuan(reached.limit_fen)}，{words.moment(reached.resets_at)} 后恢复"
    )
    return ClerkLimitReached(
        code="ClerkLimitReached",
        message=text,
        limit=reached.limit,
        given=reached.given,
        limit_fen=reached.limit_fen,
        given_fen=reached.given_fen,
        resets_at=reached.resets_at,
    )


@strawberry.type
class CouponCodeQuery:
    @strawberry.field(description="Code pools 券码池, newest first.", permission_classes=may("coupons.read"))
    async def code_pools(
        self, info: AppInfo, drop_id: strawberry.ID | None = None, first: int = 20, after: str | None = None
    ) -> CodePoolConnection:
        rows = await coupons.pools(
            merchant_id(info),
            now(),
            drop_id=optional_id("drp", drop_id),
            first=page(first) + 1,
            after=optional_id("cop", strawberry.ID(after) if after else None),
        )
        nodes = [CodePool.of(row) for row in rows[:first]]
        return CodePoolConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="Codes of a pool as CSV, ten thousand at a time; null when there is no such pool.",
        permission_classes=may("coupons.write"),
    )
    async def code_pool_csv(
        self, info: AppInfo, pool_id: strawberry.ID, after: str | None = None
    ) -> CodePoolCsv | None:
        cursor = optional_id("cod", strawberry.ID(after) if after else None)
        found = await coupons.csv_page(merchant_id(info), needed_id("cop", pool_id), now(), cursor)
        if found is None:
            return None
        text, following = found
        return CodePoolCsv(csv=text, next=ids.encode("cod", following) if following else None)

    @strawberry.field(
        description="What a private link gives; null when the link is not ours.", permission_classes=shop()
    )
    async def coupon_of_link(
        self, info: AppInfo, token: str, store_id: strawberry.ID | None = None
    ) -> CouponDrop | None:
        link = coupons.link_of(info.context.runtime.settings.secret, token)
        merchant, member = merchant_id(info), member_id(info)
        found = await coupons.drops(merchant, now(), member_id=member, ids=[link.drop_id]) if link else []
        if not found or found[0].access != "link" or found[0].state == "DRAFT":
            return None
        seen, why = await coupons.seen_by(merchant, member, await chosen_store(info, store_id), found, now())
        return await CouponDrop.seen(merchant, seen[0], why.get(seen[0].id))


@strawberry.type
class CouponCodeMutation:
    @strawberry.mutation(
        description="Makes a pool of codes that nobody can guess 生成券码; a large one goes on in the background.",
        permission_classes=may("coupons.write"),
    )
    async def generate_codes(self, info: AppInfo, input: GenerateCodesInput) -> GenerateCodesResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        drop = needed_id("drp", input.drop_id)
        return _pool_answer(
            await coupons.start_pool(
                viewer.merchant_id, viewer.actor, drop, input.name, input.count, key, now(), _partner(input.partner)
            )
        )

    @strawberry.mutation(
        description="Takes the codes of a file 导入券码, all or none.", permission_classes=may("coupons.write")
    )
    async def import_codes(self, info: AppInfo, input: ImportCodesInput) -> ImportCodesResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        drop = needed_id("drp", input.drop_id)
        return _pool_answer(
            await coupons.import_codes(
                viewer.merchant_id, viewer.actor, drop, input.name, input.csv, key, now(), _partner(input.partner)
            )
        )

    @strawberry.mutation(description="Turns a code into a coupon 口令兑换.", permission_classes=consumer())
    async def redeem_coupon_code(self, info: AppInfo, input: RedeemCouponCodeInput) -> RedeemCouponCodeResult:
        merchant, member = merchant_id(info), member_id(info)
        key, store = checked_key(input.idempotency_key), await chosen_store(info, input.store_id)
        # the drop is found by the code
        wish = coupons.Claim(merchant, merchant, member, key, now(), input.channel.name.lower(), store)
        result = await coupons.redeem_code(info.context.runtime.claims, wish, input.code[:100])
        match result:
            case coupons.CodeUnknown(left=left):
                text = f"没有这个券码，请核对后再输入（本小时还可试 {left} 次）"
                return CodeUnknown(code="CodeUnknown", message=text, tries_left=left)
            case coupons.TooManyTries(retry_at=retry):
                text = f"输错次数太多，请 {words.moment(retry)} 后再试"
                return TooManyTries(code="TooManyTries", message=text, retry_at=retry)
            case coupons.CodeUsed(used_at=used, mine=mine):
                text = "您已兑换过这个券码，券在“我的券”里" if mine else "这个券码已被使用"
                return CodeUsed(code="CodeUsed", message=text, used_at=used, mine=mine)
        return await claim_answer(info, result)

    @strawberry.mutation(description="Claims through a private link 专属链接领券.", permission_classes=consumer())
    async def claim_coupon_by_link(self, info: AppInfo, input: ClaimCouponByLinkInput) -> ClaimCouponByLinkResult:
        key, store = checked_key(input.idempotency_key), await chosen_store(info, input.store_id)
        link = coupons.link_of(info.context.runtime.settings.secret, input.token)
        if link is None:
            return NotFound.make("这个链接无效，请向发送人索取新的链接")
        merchant, member = merchant_id(info), member_id(info)
        where = (input.channel.name.lower(), store)
        claim = coupons.Claim(merchant, link.drop_id, member, key, now(), *where, via="link", brought=link.via)
        return await claimed(info, claim)

    @strawberry.mutation(
        description="Gives a coupon of a drop to a customer 人工发放.", permission_classes=may("coupons.write")
    )
    async def grant_coupon(self, info: AppInfo, input: GrantCouponInput) -> GrantCouponResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        member, drop = needed_id("mem", input.member_id), needed_id("drp", input.drop_id)
        note = input.reason.strip()
        if not 2 <= len(note) <= 100:
            return InvalidInput.of([coupons.Problem("reason", "请写明发放原因，2–100 个字")])
        if await members.get(viewer.merchant_id, member) is None:
            return NotFound.make("没有这位会员")
        claim = coupons.Claim(
            viewer.merchant_id, drop, member, key, now(), None, None, via="staff", actor=viewer.actor, note=note
        )
        return await claimed(info, claim)

    @strawberry.mutation(
        description="Takes a coupon that was not used out of a customer's hand 作废, with a reason.",
        permission_classes=may("coupons.write"),
    )
    async def void_coupon(self, info: AppInfo, input: VoidCouponInput) -> VoidCouponResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        coupon = needed_id("cpn", input.coupon_id)
        return _coupon_answer(await coupons.void(viewer.merchant_id, viewer.actor, coupon, input.reason, key, now()))

    @strawberry.mutation(
        description="Gives a coupon for a mistake 客服补偿, with a reason and within the clerk's daily limit.",
        permission_classes=may("coupons.compensate"),
    )
    async def compensate_member(self, info: AppInfo, input: CompensateMemberInput) -> CompensateMemberResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        member, template = needed_id("mem", input.member_id), needed_id("tpl", input.template_id)
        if viewer.subject_id is None:
            raise BadRequest("缺少员工身份")
        if await members.get(viewer.merchant_id, member) is None:
            return NotFound.make("没有这位会员")
        who = (viewer.merchant_id, viewer.actor, viewer.subject_id)
        secret = info.context.runtime.settings.secret
        return _coupon_answer(await coupons.compensate(secret, *who, member, template, input.reason, key, now()))
