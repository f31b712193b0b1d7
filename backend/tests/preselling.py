"""What the tests of pre-sales share: a promotion with its two windows, the documents, and time that passes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay

SHOWN = """id number state qty depositFen countsAsFen keepsFen usedFen keptFen returnedFen extraFen payBy opensAt closesAt sentence note
  lines { sku qty listFen } payment { prepayId } order { id number state dueFen depositFen payableFen payment { prepayId } } payouts { number amountFen state }"""
REFUSALS = """... on PresaleNotOpen { message opensAt } ... on PresaleOver { message endedAt } ... on PresaleSoldOut { message left }
  ... on PresaleLimitReached { message limit mine resetsAt } ... on PresaleNotForYou { message } ... on OutOfStock { message sku available }
  ... on PresaleNotInState { message presaleState: state orderId } ... on InvalidInput { problems { path message } } ... on NotFound { message } ... on IdempotencyConflict { message }"""
RESERVED = REFUSALS.replace("... on PresaleNotInState { message presaleState: state orderId }", "")
ENDED = (
    "... on PresaleNotInState { message presaleState: state orderId } ... on InvalidInput { problems { path message } }"
    " ... on NotFound { message } ... on IdempotencyConflict { message }"
)
RESTED = (
    "... on PresaleNotOpen { message opensAt } ... on PresaleOver { message endedAt } "
    "... on PresaleNotInState { message presaleState: state orderId } ... on InvalidInput { problems { path message } } ... on NotFound { message }"
)


async def presale(
    shop: Shop,
    skus: tuple[str, ...] = ("TRIPE",),
    *,
    deposit: int = 1000,
    counts_as: int = 2000,
    until: float = 3600,
    since: float = 7200,
    ends: float = 86400,
    limits: dict[str, int] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A pre-sale whose deposit is taken now; seconds from now."""
    at = now()
    offer = {
        "type": "deposit_inflation",
        "deposit": deposit,
        "counts_as": counts_as,
        "scope": {"skus": list(skus)},
        "presale": {
            "deposit_until": (at + timedelta(seconds=until)).isoformat(),
            "final_from": (at + timedelta(seconds=since)).isoformat(),
        },
        **({"limits": limits} if limits else {}),
        **more,
    }
    return await shop.promotion(offer, name="定金膨胀", ends=ends)


async def reserve(
    client: Client,
    promotion: dict[str, Any],
    units: dict[str, int],
    fen: int,
    idempotency: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    text = f"mutation($i: PayDepositInput!) {{ payDeposit(input: $i) {{ __typename ... on Presale {{ {SHOWN} }} {RESERVED} }} }}"
    given = {
        "offerId": promotion["offers"][0]["id"],
        "lines": [{"sku": sku, "qty": qty} for sku, qty in units.items()],
        "agreed": True,
        "expectedFen": fen,
        "idempotencyKey": idempotency or key(),
        **more,
    }
    found: dict[str, Any] = (await client.run(text, i=given))["payDeposit"]
    return found


async def deposited(
    shop: Shop, client: Client, promotion: dict[str, Any], units: dict[str, int], fen: int
) -> dict[str, Any]:
    """A pre-sale whose deposit is paid."""
    made = await reserve(client, promotion, units, fen)
    assert made["__typename"] == "Presale", made
    await pay(shop.world, made)
    return made


async def mine(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(f"query($id: ID!) {{ presale(id: $id) {{ {SHOWN} }} }}", id=made["id"]))[
        "presale"
    ]
    return found


QUOTE_REST = f"""query($i: PresaleRestInput!) {{ quotePresale(input: $i) {{ __typename ... on PresaleQuote {{ depositFen usedFen backFen dueFen sentence
  quote {{ token listFen savedFen shippingFen payableFen dueFen offers {{ id name offFen }} tenders {{ kind fen }} coupons {{ applied }} }} }} {RESTED} }} }}"""


async def price(client: Client, made: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(QUOTE_REST, i={"presaleId": made["id"], "delivery": "PICKUP", **more}))[
        "quotePresale"
    ]
    return found


async def place_rest(
    client: Client, made: dict[str, Any], token: str | None = None, idempotency: str | None = None, **more: Any
) -> dict[str, Any]:
    rest = {"presaleId": made["id"], "delivery": "PICKUP", **more}
    token = token or (await price(client, made, **more)).get("quote", {}).get("token", "x")
    text = f"""mutation($i: PlacePresaleOrderInput!) {{ placePresaleOrder(input: $i) {{ __typename
      ... on Order {{ id number state payableFen dueFen depositFen presaleId payment {{ prepayId }} }} ... on PriceChanged {{ seenPayableFen quote {{ payableFen token }} }}
      ... on OutOfStock {{ sku }} {RESTED} ... on IdempotencyConflict {{ message }} }} }}"""
    given = {"rest": rest, "quoteToken": token, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(text, i=given))["placePresaleOrder"]
    return found


async def cancel(client: Client, made: dict[str, Any], kept: int, idempotency: str | None = None) -> dict[str, Any]:
    text = f"mutation($i: CancelPresaleInput!) {{ cancelPresale(input: $i) {{ __typename ... on Presale {{ {SHOWN} }} {ENDED} }} }}"
    given = {"presaleId": made["id"], "keptFen": kept, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(text, i=given))["cancelPresale"]
    return found


async def give_back(client: Client, made: dict[str, Any], reason: str, note: str = "缺货，抱歉") -> dict[str, Any]:
    text = f"mutation($i: ReturnDepositInput!) {{ returnDeposit(input: $i) {{ __typename ... on Presale {{ {SHOWN} }} {ENDED} }} }}"
    given = {"presaleId": made["id"], "reason": reason, "note": note, "idempotencyKey": key()}
    found: dict[str, Any] = (await client.run(text, i=given))["returnDeposit"]
    return found


async def pass_time(shop: Shop, made: dict[str, Any], *, opens: float = -60, closes: float = 3600) -> None:
    """Moves the window of the rest of one pre-sale, as if time had passed; seconds from now."""
    at = now()
    since, until = at + timedelta(seconds=opens), at + timedelta(seconds=closes)
    await database.pool().execute(
        "UPDATE presales SET opens_at = $3, closes_at = $4, promise = promise || jsonb_build_object('when', jsonb_build_object('from', $5::text, 'until', $6::text))"
        " WHERE merchant_id = $1 AND id = $2",
        shop.merchant_id,
        decode("psl", made["id"]),
        since,
        until,
        since.isoformat(),
        until.isoformat(),
    )


async def stock(shop: Shop, sku: str) -> tuple[int, int, int, int]:
    """(on hand, reserved, sold, returned) at the first store."""
    row = await database.fetchrow(
        "SELECT on_hand, reserved, sold, returned FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
        shop.merchant_id,
        shop.stores[0].id,
        sku,
    )
    assert row is not None
    return row["on_hand"], row["reserved"], row["sold"], row["returned"]


def later(**span: float) -> datetime:
    return now() + timedelta(**span)
