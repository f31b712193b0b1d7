"""Pure: how a promotion's offers become the definitions that are frozen at publishing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend import pricing


def frozen_definition(
    offer: Mapping[str, Any],
    offer_id: str,
    name: str,
    starts: datetime,
    ends: datetime,
    channels: Sequence[str],
    region_paths: Sequence[str],
    stores: Sequence[str],
) -> dict[str, Any]:
    """The offer with its promotion's window and places written into its conditions (docs/pricing.md, `when`).

    Regions and stores together mean either: a promotion for 四川/成都 and one store in 重庆.
    """
    window: dict[str, Any] = {"from": starts.isoformat(), "until": ends.isoformat()}
    parts: list[dict[str, Any]] = [window]
    if channels:
        parts.append({"channel": sorted(channels)})
    places: list[dict[str, Any]] = []
    if region_paths:
        places.append({"region": sorted(region_paths)})
    if stores:
        places.append({"store": sorted(stores)})
    if len(places) == 1:
        parts.append(places[0])
    elif places:
        parts.append({"any": places})
    own = offer.get("when")
    if own:
        parts.append(dict(own))
    when = parts[0] if len(parts) == 1 else {"all": parts}
    return {**offer, "id": offer_id, "name": offer.get("name") or name, "when": when}


def rule_of(offer: Mapping[str, Any]) -> dict[str, Any]:
    """The offer as pricing knows it: without its budget, of which a price needs only what is left, and without who bears it
    and the windows of a pre-sale."""
    return {key: value for key, value in offer.items() if key not in ("budget", "bearing", "presale")}


def content_hash(definitions: Sequence[Mapping[str, Any]]) -> str:
    """sha256 over the canonical JSON of the definitions (keys sorted, no spaces, UTF-8)."""
    text = json.dumps(list(definitions), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def without_window(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A frozen definition less the window that publishing wrote into it: what its rule is, apart from when it holds."""
    when = definition.get("when")
    parts = when.get("all", [when]) if isinstance(when, Mapping) else []
    rest = [part for part in parts if not set(part) <= {"from", "until"}]
    kept = {key: value for key, value in definition.items() if key != "when"}
    if rest:
        kept["when"] = rest[0] if len(rest) == 1 else {"all": rest}
    return kept


def gift_tiers(offer: pricing.Offer, prices: Mapping[str, int]) -> list[tuple[list[int], int | None]]:
    """Of each tier of 满赠 what its gifts cost, and how many kinds of them are chosen (None: all)."""
    tiers = json.loads(offer.source)["tiers"]
    return [
        ([prices[g["sku"]] * g.get("qty", 1) for g in t["gifts"] if g["sku"] in prices], t.get("choose")) for t in tiers
    ]


def least_given(offer: pricing.Offer, prices: Sequence[int], gifts: Mapping[str, int]) -> int:
    """The least fen that an offer takes of its budget at once, by the list prices (rising) of the articles in its scope and of its
    `gifts` by SKU: of one unit, or at its threshold; 1 where the rule does not say. A floor, or a gift that is out of stock, may
    make it less."""
    effect = offer.effect
    if offer.level == "EARN":
        rate, base = pricing.Policy().points_per_yuan_off, max(effect.need().least, 100)
        return max(1, -(-effect.earn(base, 0, None).worth(rate) // rate))
    if offer.type == "spend_gift":
        return max(1, min(sum(sorted(worth)[:choose]) for worth, choose in gift_tiers(offer, gifts)))
    if offer.level == "LINE":
        return min((price - effect.unit(price) for price in prices if effect.unit(price) < price), default=1)
    if offer.type in ("spend_off", "spend_percent") and effect.need().by == "fen":
        return max(1, effect.most(max(effect.need().least, prices[0] if prices else 0), 1))
    return 1
