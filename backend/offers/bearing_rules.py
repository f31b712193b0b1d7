"""Pure: 谁承担, who bears a discount (B09): the shares that a version or a coupon template names, and how fen are split by
them (docs/decisions/0023-who-bears-a-discount.md). The pricing engine knows nothing of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Literal

Who = Literal["merchant", "sku_supplier", "supplier"]
WHO: tuple[Who, ...] = Who.__args__  # type: ignore[attr-defined]
WHOLE = 10_000
MAX_SHARES = 6
MAX_SEASONS = 6
NAME_LENGTH = 10
DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
MERCHANT = ""
"""The merchant among those who bear: no supplier's name is empty."""


@dataclass(frozen=True, slots=True)
class Share:
    """`bp` basis points of a discount, borne by the merchant, by whoever supplies the article, or by the supplier named."""

    who: Who
    bp: int
    supplier: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"who": self.who, "bp": self.bp} | ({"supplier": self.supplier} if self.supplier else {})


@dataclass(frozen=True, slots=True)
class Season:
    """淡季, 旺季: days of every year from `since` to `until` (MM-DD, both included; it may cross the new year) on which other shares hold."""

    name: str
    since: str
    until: str
    shares: tuple[Share, ...]

    def holds(self, day: str) -> bool:
        if self.since <= self.until:
            return self.since <= day <= self.until
        return day >= self.since or day <= self.until

    def to_json(self) -> dict[str, Any]:
        shares = [share.to_json() for share in self.shares]
        return {"name": self.name, "since": self.since, "until": self.until, "shares": shares}


@dataclass(frozen=True, slots=True)
class Terms:
    """Who bears a discount, and on the days of a season instead (P12). No shares: the merchant alone."""

    shares: tuple[Share, ...] = ()
    seasons: tuple[Season, ...] = ()

    def on(self, day: date) -> tuple[Share, ...]:
        """The shares of an order that is placed on this day of the merchant's calendar."""
        named = f"{day.month:02d}-{day.day:02d}"
        return next((season.shares for season in self.seasons if season.holds(named)), self.shares)

    def parts(self, path: str) -> list[tuple[str, tuple[Share, ...]]]:
        """All shares with the place at which they were written."""
        if not self.seasons:
            return [(path, self.shares)]
        its = [(f"{path}.seasons[{n}].shares", season.shares) for n, season in enumerate(self.seasons)]
        return [(f"{path}.shares", self.shares), *its]


@dataclass(frozen=True, slots=True)
class Fault:
    path: str
    message: str


def parse(value: object, path: str) -> tuple[tuple[Share, ...], list[Fault]]:
    """The shares and every fault of them: each bearer once, together exactly the whole. None and [] are the merchant alone."""
    if value is None:
        return (), []
    if not isinstance(value, (list, tuple)) or len(value) > MAX_SHARES:
        return (), [Fault(path, f"须是列表，最多 {MAX_SHARES} 方承担")]
    shares, faults = [], list[Fault]()
    for n, given in enumerate(value):
        share, wrong = _share(given, f"{path}[{n}]")
        faults += wrong
        if share is not None:
            shares.append(share)
    if not faults and len({(s.who, s.supplier) for s in shares}) < len(shares):
        faults.append(Fault(path, "同一方只能写一次"))
    if not faults and shares and sum(s.bp for s in shares) != WHOLE:
        faults.append(Fault(path, f"各方承担的比例须合计 100%，现在是 {sum(s.bp for s in shares) / 100:g}%"))
    return (() if faults else tuple(shares)), faults


def parse_terms(value: object, path: str) -> tuple[Terms, list[Fault]]:
    """Shares alone, or `{shares, seasons: [{name, since, until, shares}]}`: every fault of them; no day is in two seasons."""
    if not isinstance(value, Mapping):
        shares, faults = parse(value, path)
        return Terms(shares), faults
    faults = [Fault(f"{path}.{name}", "没有这个字段") for name in value if name not in ("shares", "seasons")]
    shares, wrong = parse(value.get("shares"), f"{path}.shares")
    faults += wrong
    given = value.get("seasons")
    if not isinstance(given, (list, tuple)) or not 1 <= len(given) <= MAX_SEASONS:
        return Terms(), [*faults, Fault(f"{path}.seasons", f"须是列表，1–{MAX_SEASONS} 个季节")]
    seasons = []
    for n, one in enumerate(given):
        season, wrong = _season(one, f"{path}.seasons[{n}]")
        faults += wrong
        if season is not None:
            seasons.append(season)
    if not faults:
        days = [f"{m:02d}-{d:02d}" for m in range(1, 13) for d in range(1, LONGEST_MONTH[m - 1] + 1)]
        twice = [
            n for n, s in enumerate(seasons) if any(s.holds(x) and any(o.holds(x) for o in seasons[:n]) for x in days)
        ]
        faults += [Fault(f"{path}.seasons[{n}].since", f"「{seasons[n].name}」与前面的季节有重叠的日子") for n in twice]
    return (Terms(), faults) if faults else (Terms(shares, tuple(seasons)), [])


LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _season(given: object, path: str) -> tuple[Season | None, list[Fault]]:
    if not isinstance(given, Mapping):
        return None, [Fault(path, "须是对象")]
    known = ("name", "since", "until", "shares")
    faults = [Fault(f"{path}.{name}", "没有这个字段") for name in given if name not in known]
    name, since, until = given.get("name"), given.get("since"), given.get("until")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= NAME_LENGTH:
        faults.append(Fault(f"{path}.name", f"季节名称须有 1–{NAME_LENGTH} 个字"))
    for field, day in (("since", since), ("until", until)):
        found = DAY.fullmatch(day) if isinstance(day, str) else None
        if found is None or not 1 <= int(found[1]) <= 12 or not 1 <= int(found[2]) <= LONGEST_MONTH[int(found[1]) - 1]:
            faults.append(Fault(f"{path}.{field}", "须是一年里的一天，如 06-01"))
    shares, wrong = parse(given.get("shares"), f"{path}.shares")
    faults += wrong
    if faults:
        return None, faults
    return Season(str(name).strip(), str(since), str(until), shares), []


def _share(given: object, path: str) -> tuple[Share | None, list[Fault]]:
    if not isinstance(given, Mapping):
        return None, [Fault(path, "须是对象")]
    faults = [Fault(f"{path}.{name}", "没有这个字段") for name in given if name not in ("who", "bp", "supplier")]
    who, bp, supplier = given.get("who"), given.get("bp"), given.get("supplier")
    if who not in WHO:
        faults.append(Fault(f"{path}.who", "须是商家、商品的供应商、指定供应商之一"))
    if isinstance(bp, bool) or not isinstance(bp, int) or not 1 <= bp <= WHOLE:
        faults.append(Fault(f"{path}.bp", "比例须大于 0%，不超过 100%"))
    if who == "supplier" and (not isinstance(supplier, str) or not supplier.strip()):
        faults.append(Fault(f"{path}.supplier", "请选择供应商"))
    if who != "supplier" and supplier:
        faults.append(Fault(f"{path}.supplier", "只有「指定供应商」才写供应商"))
    if faults:
        return None, faults
    return Share(who, bp, supplier if who == "supplier" else ""), []  # type: ignore[arg-type]


def unknown(terms: Terms, path: str, suppliers: Collection[str]) -> list[Fault]:
    """Suppliers that supply nothing in the catalogue."""
    return [
        Fault(f"{place}[{n}].supplier", f"商品目录里没有这个供应商：{share.supplier}")
        for place, shares in terms.parts(path)
        for n, share in enumerate(shares)
        if share.who == "supplier" and share.supplier not in suppliers
    ]


def terms_of(stored: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None) -> Terms:
    """As `parse_terms` found them faultless, or nothing."""
    if not stored:
        return Terms()
    if not isinstance(stored, Mapping):
        return Terms(of_json(stored))
    seasons = [Season(s["name"], s["since"], s["until"], of_json(s.get("shares") or [])) for s in stored["seasons"]]
    return Terms(of_json(stored.get("shares") or []), tuple(seasons))


def of_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Share, ...]:
    return tuple(Share(s["who"], s["bp"], s.get("supplier", "")) for s in stored)


def split(fen: int, shares: Sequence[Share], supplier: str) -> dict[str, int]:
    """Who bears how much of a discount on an article of `supplier` ("" where nobody is known to supply it: then the merchant
    bears that share). Largest remainder: exact to the fen; a tie goes to whoever is named first. Those of nothing are left out."""
    weights: dict[str, int] = {}
    for share in shares:
        name = MERCHANT if share.who == "merchant" else supplier if share.who == "sku_supplier" else share.supplier
        weights[name] = weights.get(name, 0) + share.bp
    assert fen >= 0 and sum(weights.values()) == WHOLE, "the shares are the whole"
    parts = {name: fen * bp // WHOLE for name, bp in weights.items()}
    rest = fen - sum(parts.values())
    for name in sorted(weights, key=lambda name: -(fen * weights[name] % WHOLE))[:rest]:
        parts[name] += 1
    assert sum(parts.values()) == fen, "exact to the fen"
    return {name: part for name, part in parts.items() if part}


def up_to(parts: Mapping[str, int], fen: int) -> dict[str, int]:
    """What of a discount that was borne in `parts` its first `fen` are, by whoever bears them. Greatest divisors (d'Hondt):
    nobody's part ever falls when more comes back, and once all of it has come back it is `parts` to the fen. Largest
    remainder has the first of these not (the Alabama paradox), the floor of each part not the sum."""
    whole = sum(parts.values())
    assert 0 <= fen <= whole, "no more comes back than was given"
    back = {name: part * fen // whole for name, part in parts.items()} if fen else dict.fromkeys(parts, 0)
    order = list(parts)
    for _ in range(fen - sum(back.values())):
        best = max(order, key=lambda name: Fraction(parts[name], back[name] + 1))  # a tie: whoever comes first
        back[best] += 1
    assert sum(back.values()) == fen and all(back[name] <= parts[name] for name in parts), "within every part"
    return back
