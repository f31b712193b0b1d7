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


@described
@strawberry.type
class BearingSeason:
    """淡季, 旺季: days of every year on which others bear a discount, by the day on which an order is placed.
    name: What it is called.
    since: Its first day, MM-DD.
    until: Its last day, MM-DD; it may lie after the new year.
    shares: Who bears it then; empty is the merchant alone.
    """

    name: str
    since: str
    until: str
    shares: list[BearingShare]

    @staticmethod
    def of(season: offers.Season) -> BearingSeason:
        shares = [BearingShare.of(share) for share in season.shares]
        return BearingSeason(name=season.name, since=season.since, until=season.until, shares=shares)


@described
@strawberry.input
class BearingSeasonInput:
    """淡季, 旺季: days of every year on which others bear a discount. No day is in two seasons.
    name: 1–10 characters.
    since: Its first day, MM-DD.
    until: Its last day, MM-DD; it may lie after the new year.
    shares: Who bears it then; empty is the merchant alone.
    """

    name: str
    since: str
    until: str
    shares: list[BearingShareInput]

    def stored(self) -> dict[str, Any]:
        shares = [share.stored() for share in self.shares]
        return {"name": self.name, "since": self.since, "until": self.until, "shares": shares}


def _may_see(info: AppInfo) -> bool:
    viewer = info.context.viewer
    return viewer is not None and viewer.may("promotions.read")


def shown(info: AppInfo, terms: offers.Terms) -> list[BearingShare] | None:
    """The shares for staff who may read promotions; null for shoppers and everybody else."""
    return [BearingShare.of(share) for share in terms.shares] if _may_see(info) else None


def shown_seasons(info: AppInfo, terms: offers.Terms) -> list[BearingSeason] | None:
    """The seasons with shares of their own, for the same."""
    return [BearingSeason.of(season) for season in terms.seasons] if _may_see(info) else None


def stored_terms(definition: Mapping[str, Any]) -> offers.Terms:
    """Those of an offer as it is stored."""
    return offers.bearing_rules.terms_of(definition.get("bearing"))


def asked(shares: Sequence[BearingShareInput], seasons: Sequence[BearingSeasonInput]) -> Any:
    """As it is stored: shares alone, or with the seasons that have others."""
    its = [share.stored() for share in shares]
    return {"shares": its, "seasons": [season.stored() for season in seasons]} if seasons else tuple(its)
