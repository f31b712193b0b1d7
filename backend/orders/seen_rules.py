"""What a shopper was shown, carried by the token of the quote, and what moved since (Q05, Q07). Pure."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

MoveKind = Literal["OFFER", "LIST_PRICE", "SHIPPING", "TENDER", "EARNING"]


@dataclass(frozen=True, slots=True)
class Seen:
    """The figures of a quote, fen: by offer or coupon what it took off (0: a gift), by article what its lines list at, by kind of
    tender what it paid, by offer what it would earn (points, fen or pieces)."""

    payable: int
    due: int
    list: int
    goods: int
    shipping: int
    offers: Mapping[str, int]
    lines: Mapping[str, int]
    tenders: Mapping[str, int]
    earn: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure that is another now. `key` is the offer, article or kind of tender; None: it was not, or is not, there."""

    kind: MoveKind
    key: str
    was: int | None
    now: int | None


def seen_of(quote: Mapping[str, Any]) -> Seen:
    """The figures of a quote as in docs/pricing.md §9."""
    lines: dict[str, int] = {}
    for line in quote["lines"]:
        lines[line["sku"]] = lines.get(line["sku"], 0) + line["list"]
    tenders: dict[str, int] = {}
    for tender in quote["tenders"]:
        tenders[tender["kind"]] = tenders.get(tender["kind"], 0) + tender["fen"]
    earn = {e["offer"]: e.get("points") or e.get("fen") or e.get("count") or 0 for e in quote["earn"]}
    return Seen(
        quote["payable"],
        quote["due"],
        quote["list"],
        quote["goods"],
        quote["shipping"],
        {o["id"]: o["off"] for o in quote["offers"]},
        lines,
        tenders,
        earn,
    )


def packed(seen: Seen) -> str:
    """Short and url-safe."""
    text = json.dumps(asdict(seen), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 6)).decode().rstrip("=")


def unpacked(text: str) -> Seen | None:
    """None for a token from before figures were in it."""
    try:
        return Seen(**json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))))
    except (binascii.Error, zlib.error, ValueError, TypeError):
        return None


def moved(seen: Seen, now: Seen) -> Sequence[Moved]:
    """What differs: offers by how much they moved, then list prices, shipping, tenders, earnings."""
    found = [
        *_apart("OFFER", seen.offers, now.offers),
        *_apart("LIST_PRICE", seen.lines, now.lines),
        *_apart("TENDER", seen.tenders, now.tenders),
        *_apart("EARNING", seen.earn, now.earn),
    ]
    if seen.shipping != now.shipping:
        found.append(Moved("SHIPPING", "", seen.shipping, now.shipping))
    order = ("OFFER", "LIST_PRICE", "SHIPPING", "TENDER", "EARNING")
    return sorted(found, key=lambda m: (order.index(m.kind), -abs((m.now or 0) - (m.was or 0)), m.key))


def _apart(kind: MoveKind, was: Mapping[str, int], now: Mapping[str, int]) -> list[Moved]:
    return [Moved(kind, k, was.get(k), now.get(k)) for k in {*was, *now} if was.get(k) != now.get(k)]
