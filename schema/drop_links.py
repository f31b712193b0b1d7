"""推广链接: links of a private drop for a poster, a promoter or a partner (K12); what each brought stands with the drop."""

from __future__ import annotations

from typing import Annotated

import strawberry

from backend import coupons
from backend.kit.clock import now
from schema.base import AppInfo, IdempotencyConflict, InvalidInput, NotFound, checked_key, described, may
from schema.catalog import needed_id
from schema.coupon_codes import DropAccessWrong
from schema.coupon_kinds import CouponAccess, LinkOwner


@described
@strawberry.type
class DropLink:
    """A link of a drop for somebody.
    token: What the link carries; it cannot be made elsewhere or changed.
    """

    token: str


@described
@strawberry.input
class MakeDropLinkInput:
    """A link for somebody; made again it is the same one.
    drop_id: A drop whose coupons are had through links.
    owner: Whose link.
    code: Their code, 1–24 letters, digits, - or _.
    idempotency_key: Made by the client for this act.
    """

    drop_id: strawberry.ID
    owner: LinkOwner  # type: ignore[valid-type]
    code: str
    idempotency_key: strawberry.ID


MakeDropLinkResult = Annotated[
    DropLink | DropAccessWrong | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("MakeDropLinkResult", description="The link, or why not."),
]


@strawberry.type
class DropLinkMutation:
    @strawberry.mutation(
        description="Makes a link of a private drop 推广链接 for a poster, promoter or partner: what is claimed through it is counted for it.",
        permission_classes=may("coupons.write"),
    )
    async def make_drop_link(self, info: AppInfo, input: MakeDropLinkInput) -> MakeDropLinkResult:
        viewer, key, drop = info.context.viewer, checked_key(input.idempotency_key), needed_id("drp", input.drop_id)
        owner = (input.owner.name.lower(), input.code.strip())  # type: ignore[attr-defined]
        match await coupons.make_link(viewer.merchant_id, viewer.actor, drop, *owner, key, now()):
            case str(via):
                return DropLink(token=coupons.link_token(info.context.runtime.settings.secret, drop, via))
            case coupons.Invalid(problems=problems):
                return InvalidInput.of(problems)
            case coupons.WrongAccess(access=access):
                text = "这个活动不是“专属链接”，没有推广链接"
                return DropAccessWrong(code="DropAccessWrong", message=text, access=CouponAccess[access.upper()])
            case coupons.DropMissing():
                return NotFound.make("没有这个领券活动")
        return IdempotencyConflict.make()
