"""推广链接: links of a private drop for a poster, a promoter or a partner, and what each brought (K12)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from backend import coupons
from backend.kit.clock import now
from schema.base import AppInfo, InvalidInput, NotFound, described, may, merchant_id
from schema.catalog import needed_id
from schema.coupon_codes import DropAccessWrong
from schema.coupon_types import CouponAccess, LinkOwner


@described
@strawberry.type
class DropLink:
    """A link of a drop for somebody.
    token: What the link carries; it cannot be made elsewhere or changed.
    """

    token: str


DropLinkResult = Annotated[
    DropLink | DropAccessWrong | InvalidInput | NotFound,
    strawberry.union("DropLinkResult", description="The link, or why not."),
]


@strawberry.type
class DropLinkQuery:
    @strawberry.field(
        description="A link of a private drop 推广链接 for a poster, promoter or partner: what is claimed through it is counted for it.",
        permission_classes=may("coupons.write"),
    )
    async def drop_link(
        self,
        info: AppInfo,
        drop_id: strawberry.ID,
        owner: LinkOwner,  # type: ignore[valid-type]
        code: str,
    ) -> DropLinkResult:
        found = await coupons.drops(merchant_id(info), now(), ids=[needed_id("drp", drop_id)])
        if not found:
            return NotFound.make("没有这个领券活动")
        if found[0].access != "link":
            text = "这个活动不是“专属链接”，没有推广链接"
            return DropAccessWrong(code="DropAccessWrong", message=text, access=CouponAccess[found[0].access.upper()])
        via = coupons.via_of(owner.name.lower(), code.strip())
        if isinstance(via, coupons.Problem):
            return InvalidInput.of([via])
        return DropLink(token=coupons.link_token(info.context.runtime.settings.secret, found[0].id, via))
