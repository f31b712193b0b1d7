"""A cart priced as of a past moment, from the versions of rules that are stored for ever (Q07).

The rules are those of the moment. What the file does not say is taken as it is now: articles (their prices are not kept by
day), the merchant's price policy, the region of a store. What was sold out or used up then is known only as far as the file
says so (`stock`, `budget`, `gift_quota`, `customer.used`); an order's own frozen scenario has all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, merchants, offers, pricing

Json = dict[str, Any]
NOT_HERE = ("at", "promotions")
"""Fields of a scenario that the moment and the stored rules say: a file with them asks for something else."""


async def price_at(merchant_id: UUID, given: object, at: datetime, steps: int) -> Json:
    """The answer of a scenario file (docs/pricing.md), with `at` and the `versions` of the offers that concern an article of the
    cart: version, promotion, hash, since when, and whether it applied. Raises `pricing.Malformed`."""
    data = _checked(given)
    cart = await _placed(merchant_id, data["cart"])
    stood = await offers.as_of(merchant_id, at)
    if "catalog" in data:
        goods = data["catalog"]
    else:
        store_id = next(s.id for s in await merchants.stores(merchant_id) if s.code == cart["store"])
        goods, stood = await _goods(merchant_id, store_id, [cart, *_list(data.get("coupons"))], stood)
    scenario = pricing.parse_scenario(
        {
            "explain": True,
            **data,
            "at": at.isoformat(),
            "policy": await _policy(merchant_id, data.get("policy", {})),
            "catalog": goods,
            "promotions": [version.definition for version in stood],
            "cart": cart,
        }
    )
    answer = pricing.price_scenario(scenario, steps)
    applied = {o["id"] for o in answer["offers"]} | {x["offer"] for x in (*answer["earn"], *answer["gifts"])}
    concerned = {
        scenario.rules.offers[n].id
        for line in scenario.request.cart.lines
        for n in scenario.rules.concerning(scenario.request.catalog[line.sku])
    }
    versions = [_told(version, version.offer_id in applied) for version in stood if version.offer_id in concerned]
    return {"at": at.isoformat(), **answer, "versions": versions}


def _checked(given: object) -> Json:
    if not isinstance(given, dict):
        raise pricing.Malformed((pricing.Problem("", "must be an object"),))
    problems = [pricing.Problem(name, "is said by --at and the stored rules") for name in NOT_HERE if name in given]
    if not isinstance(given.get("cart"), dict):
        problems.append(pricing.Problem("cart", "must be an object"))
    if problems:
        raise pricing.Malformed(tuple(problems))
    return given


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


async def _placed(merchant_id: UUID, cart: Json) -> Json:
    """The cart at its store, the merchant's first where it names none; a store's region is its own."""
    stores = await merchants.stores(merchant_id)
    store = next((s for s in stores if "store" not in cart or s.code == cart["store"]), None)
    if store is None:
        raise pricing.Malformed((pricing.Problem("cart.store", f"{cart.get('store')} is no store of this merchant"),))
    return {"region": store.region_path, **cart, "store": store.code}


async def _goods(
    merchant_id: UUID, store_id: UUID, named: Sequence[Mapping[str, Any]], stood: Sequence[offers.StoredVersion]
) -> tuple[list[Json], list[offers.StoredVersion]]:
    """The articles that the cart names, as they are now, with those that the offers on them give; and these offers."""
    skus = catalog.skus_named(named)
    found = await catalog.by_skus(merchant_id, sorted(skus), store_id)
    there = [catalog.as_priced(product) for product in found.values()]
    mine = [v for v in stood if any(pricing.parse_offer(v.definition).scope.holds(product) for product in there)]
    given = catalog.skus_named([v.definition for v in mine]) - set(found)
    found = {**found, **(await catalog.by_skus(merchant_id, sorted(given), store_id) if given else {})}
    return [_article(catalog.as_priced(product)) for product in found.values()], mine


def _article(product: pricing.Product) -> Json:
    return {
        "sku": product.sku,
        "name": product.name,
        "price": product.price,
        "category": product.category,
        "brand": product.brand,
        "tags": sorted(product.tags),
        "floor": product.floor,
    }


async def _policy(merchant_id: UUID, said: object) -> object:
    """As it is now, with what the file says in its place; what is no object is left to be refused."""
    if not isinstance(said, dict):
        return said
    terms, merchant = await merchants.price_policy(merchant_id), await merchants.get(merchant_id)
    most = terms.max_promotions_per_line
    return {
        "max_coupons": terms.max_coupons,
        "tz": merchant.time_zone,
        **({} if most is None else {"max_promotions_per_line": most}),
        **({"tender_caps": {cap.kind: cap.to_json() for cap in terms.tender_caps}} if terms.tender_caps else {}),
        **said,
    }


def _told(version: offers.StoredVersion, applied: bool) -> Json:
    return {
        "offer": version.offer_id,
        "version": version.version,
        "promotion": f"pro_{version.promotion_id.hex}",
        "hash": version.content_hash,
        "since": version.created_at.isoformat(),
        "until": version.retired_at.isoformat() if version.retired_at else None,
        "applied": applied,
    }
