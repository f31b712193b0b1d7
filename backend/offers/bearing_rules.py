"""Pure: 谁承担, who bears a discount (B09): the shares that a version or a coupon template names, and how fen are split by
them (docs/decisions/0023-who-bears-a-discount.md). The pricing engine knows nothing of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

Who = Literal["merchant", "sku_supplier", "supplier"]
WHO: tuple[Who, ...] = Who.__args__  # type: ignore[attr-defined]
WHOLE = 10_000
MAX_SHARES = 6
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


def unknown(shares: Sequence[Share], path: str, suppliers: Collection[str]) -> list[Fault]:
    """Suppliers that supply nothing in the catalogue."""
    return [
        Fault(f"{path}[{n}].supplier", f"商品目录里没有这个供应商：{share.supplier}")
        for n, share in enumerate(shares)
        if share.who == "supplier" and share.supplier not in suppliers
    ]


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
