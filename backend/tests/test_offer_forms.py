"""Each offer type describes its own form: it agrees with what the type reads, and staff get it over GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from backend import pricing, promotions
from backend.demo.client import GraphQLFailed
from backend.tests.conftest import Shop

SAMPLE: dict[str, Any] = {
    "fen": 1000,
    "bp": 8000,
    "times": 20000,
    "count": 2,
    "flag": True,
    "sku": "A",
    "text": "t",
    "scope": {"skus": ["A"]},
}
"""A value of each kind; `counts_as` and the like are told apart by SPECIAL."""
SPECIAL = {"counts_as": 2000, "choose": 1}


def filled(fields: tuple[pricing.Field, ...], full: bool) -> Iterator[dict[str, Any]]:
    """Definitions that follow a form: with each choice of `one_of`, with all fields or only what is required."""
    groups = sorted({f.one_of for f in fields if f.one_of})
    choices = [[f.name for f in fields if f.one_of == g] for g in groups]
    for chosen in product(*choices):
        parts: dict[str, list[Any]] = {}
        for field in fields:
            if field.one_of and field.name not in chosen:
                continue
            if full or field.required or field.one_of:
                inner = list(filled(field.of, full)) if field.of else [SPECIAL.get(field.name, SAMPLE.get(field.kind))]
                parts[field.name] = [[x] for x in inner] if field.kind in ("tiers", "items") else inner
        for values in product(*parts.values()):
            yield dict(zip(parts, values, strict=True))


@pytest.mark.parametrize("name", sorted(pricing.TYPES))
@pytest.mark.parametrize("full", [True, False])
def test_forms_agree_with_what_types_read(name: str, full: bool) -> None:
    """P06: whatever a form lets one fill in, in any of its choices, the type reads; and only that."""
    kind = pricing.TYPES[name]
    found = list(filled(kind.form, full))
    assert found
    for definition in found:
        if name == "coupon":
            pricing.parse_coupon({"id": "c", **definition})
            continue
        scope = {"scope": {"skus": ["A"]}} if kind.scoped else {}
        offer = pricing.parse_offer({"id": "p", "type": name, **definition, **scope})
        assert offer.level == kind.level and pricing.sentence(offer) and pricing.sentence(offer, "en")
    if not kind.scoped:
        with pytest.raises(pricing.Malformed):
            pricing.parse_offer({"id": "p", "type": name, **found[0], "scope": {"all": True}})


def test_every_label_is_in_both_languages() -> None:
    """P06: no field without words."""

    def every(fields: tuple[pricing.Field, ...]) -> Iterator[pricing.Field]:
        for field in fields:
            yield field
            yield from every(field.of)

    for kind in pricing.TYPES.values():
        assert kind.zh and kind.en and kind.form
        for field in every(kind.form):
            assert field.zh and field.en and all(field.unit) == any(field.unit)
            assert bool(field.of) == (field.kind in ("tiers", "items", "group"))


FIELDS = "name kind zh en required oneOf unitZh unitEn usual zero"
QUERY = f"{{ offerTypes {{ name zh en level group scoped creatable form {{ {FIELDS} of {{ {FIELDS} of {{ name }} }} }} }} }}"


async def test_staff_get_every_type_with_its_form(shop: Shop) -> None:
    """P06: the console draws its forms from this; shoppers and strangers get nothing."""
    found = {t["name"]: t for t in (await (await shop.admin()).run(QUERY))["offerTypes"]}
    assert found.keys() == pricing.TYPES.keys()
    assert {name for name, t in found.items() if t["creatable"]} == promotions.KEPT_BY_ORDERS
    spend = found["spend_off"]
    assert (spend["zh"], spend["level"], spend["group"], spend["scoped"]) == ("满减", "ORDER", "order", True)
    assert [(f["name"], f["kind"], f["oneOf"]) for f in spend["form"]] == [
        ("tiers", "TIERS", "how"),
        ("every", "GROUP", "how"),
    ]
    nth = found["nth_item"]["form"][0]
    assert (nth["name"], nth["unitZh"], nth["usual"], nth["zero"]) == ("n", "件", "2", False)
    shopper = await shop.shopper()
    with pytest.raises(GraphQLFailed) as refused:
        await shopper.run(QUERY)
    assert refused.value.code == "FORBIDDEN"
