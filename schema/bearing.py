"""谁承担: who bears a discount (B09), of an offer or of a coupon template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

from backend import offers
from schema.base import AppInfo, BasisPoints, described, enumeration

Bearer = enumeration(
    "Bearer",
    {
        "MERCHANT": "The merchant 商家.",
        "SKU_SUPPLIER": "Whoever supplies the article 商品的供应商; the merchant where nobody is known to.",
        "SUPPLIER": "The supplier that is named 指定供应商.",
    },
    "Who bears a part of a discount 承担方.",
)


@described
@strawberry.type
class BearingShare:
    """A part of a discount and who bears it.
    who: Who bears it.
    supplier: The supplier, for SUPPLIER; null otherwise.
    bp: How much of the discount, basis points; all shares make 10000.
    """

    who: Bearer  # type: ignore[valid-type]
    supplier: str | None
    bp: BasisPoints

    @staticmethod
    def of(share: offers.Share) -> BearingShare:
        return BearingShare(who=Bearer[share.who.upper()], supplier=share.supplier or None, bp=share.bp)


@described
@strawberry.input
class BearingShareInput:
    """A part of a discount and who bears it.
    who: Who bears it.
    bp: How much of the discount, basis points; all shares make 10000.
    supplier: The supplier, for SUPPLIER alone; one that the catalogue knows.
    """

    who: Bearer  # type: ignore[valid-type]
    bp: BasisPoints
    supplier: str | None = None

    def stored(self) -> dict[str, Any]:
        return {"who": self.who.name.lower(), "bp": self.bp} | (
            {"supplier": self.supplier} if self.supplier is not None else {}
        )


def shown(info: AppInfo, shares: Sequence[offers.Share]) -> list[BearingShare] | None:
    """The shares for staff who may read promotions; null for shoppers and everybody else."""
    viewer = info.context.viewer
    if viewer is None or not viewer.may("promotions.read"):
        return None
    return [BearingShare.of(share) for share in shares]


def stored_shares(definition: Mapping[str, Any]) -> tuple[offers.Share, ...]:
    """Those of an offer as it is stored."""
    return offers.bearing_rules.of_json(definition.get("bearing") or [])
