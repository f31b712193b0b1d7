"""What the tests of refunds share: the documents, and an order that was paid."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from backend import invariants, ledger, orders
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place, within

PREVIEW = "refundFen withheldFen paidOutFen shippingFen pointsClawedBack everything automatic withinNoReason token sentences parts { to fen points } coupons { name back reason } lines { sku qty refundFen gift }"
SHOWN = (
    "id state refundState refundedFen refundable { sku qty } refundRequests { id state reason seenFen note units { sku qty } }"
    " refunds { number refundFen withheldFen paidOutFen byCustomer reason restocked parts { to fen points } coupons { back reason }"
    " lines { sku qty refundFen gift } payout { id number amountFen state sentence trouble } }"
)
REFUSALS = (
    f"... on RefundChanged {{ seenPaidOutFen message preview {{ {PREVIEW} }} }} ... on OrderNotInState {{ orderState: state message }}"
    " ... on RefundImpossible { obstacle message } ... on InvalidInput { problems { path message } } ... on NotFound { message }"
)


def units_in(units: dict[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "qty": qty} for sku, qty in units.items()]


async def preview(client: Client, order: dict[str, Any], units: dict[str, int], staff: bool = False) -> dict[str, Any]:
    field = "storeRefundPreview" if staff else "refundPreview"
    text = (
        f"query($i: RefundPreviewInput!) {{ {field}(input: $i) {{ __typename ... on RefundPreview {{ {PREVIEW} }}"
        " ... on OrderNotInState { state message } ... on RefundImpossible { obstacle message }"
        " ... on InvalidInput { problems { path message } } ... on NotFound { message } } }"
    )
    found: dict[str, Any] = (await client.run(text, i={"orderId": order["id"], "units": units_in(units)}))[field]
    return found


async def ask(
    client: Client,
    order: dict[str, Any],
    units: dict[str, int],
    token: str | None = None,
    reason: str = "不想要了",
    idempotency: str | None = None,
) -> dict[str, Any]:
    """The customer's 申请退款."""
    token = token or (await preview(client, order, units)).get("token", "x")
    text = f"mutation($i: RequestRefundInput!) {{ requestRefund(input: $i) {{ __typename ... on Order {{ {SHOWN} }} {REFUSALS} }} }}"
    given = {
        "orderId": order["id"],
        "units": units_in(units),
        "reason": reason,
        "previewToken": token,
        "idempotencyKey": idempotency or key(),
    }
    found: dict[str, Any] = (await client.run(text, i=given))["requestRefund"]
    return found


async def refund(
    client: Client,
    order: dict[str, Any],
    units: dict[str, int],
    token: str | None = None,
    restock: bool = True,
    idempotency: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Staff refund."""
    token = token or (await preview(client, order, units, staff=True)).get("token", "x")
    text = f"mutation($i: RefundOrderInput!) {{ refundOrder(input: $i) {{ __typename ... on Order {{ {SHOWN} }} {REFUSALS} }} }}"
    given = {
        "orderId": order["id"],
        "units": units_in(units),
        "reason": "少发一件",
        "restock": restock,
        "previewToken": token,
        "idempotencyKey": idempotency or key(),
        **more,
    }
    found: dict[str, Any] = (await client.run(text, i=given))["refundOrder"]
    return found


async def complete(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (
        await (await shop.admin()).run(
            "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename ... on OrderNotInState { state } } }",
            i={"orderId": order["id"], "idempotencyKey": key()},
        )
    )["completeOrder"]
    return found


async def bought(
    shop: Shop, shopper: Client, lines: dict[str, int], *, done: bool = False, **more: Any
) -> dict[str, Any]:
    """An order that was paid (and, with `done`, handed over)."""
    order = await place(shopper, lines, **more)
    assert order["__typename"] == "Order", order
    if order["dueFen"]:
        await pay(shop.world, order)
    if done:
        assert (await complete(shop, order))["__typename"] == "Order"
    return order


async def grant(shop: Shop, shopper: Client, unit: ledger.Unit, amount: int) -> None:
    """Puts something on the shopper's account."""
    member = await member_of(shopper)
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=ledger.member(member),
            unit=unit,
            amount=amount,
            kind="grant",
            business_key=f"grant:{key()}",
            at=now(),
            memo={},
        )


async def spend(shop: Shop, shopper: Client, unit: ledger.Unit, amount: int) -> None:
    """Takes something off the shopper's account, as if it had been spent."""
    member = await member_of(shopper)
    async with database.transaction() as tx:
        moved = await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.member(member),
            credit=ledger.merchant_book(shop.merchant_id),
            unit=unit,
            amount=amount,
            kind="spend",
            business_key=f"spend:{key()}",
            at=now(),
            memo={},
        )
    assert isinstance(moved, ledger.Moved)


async def member_of(shopper: Client) -> Any:
    return decode("mem", (await shopper.run("{ me { id } }"))["me"]["id"])


async def account(shop: Shop, shopper: Client) -> dict[str, int]:
    """Balances by unit, zeros and growth value (test_levels) left out."""
    found = await ledger.balances(shop.merchant_id, ledger.member(await member_of(shopper)), now())
    return {unit: balance for unit, (balance, _) in found.items() if balance and unit != "growth"}


async def shown(client: Client, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(f"query($id: ID!) {{ order(id: $id) {{ {SHOWN} }} }}", id=order["id"]))[
        "order"
    ]
    return found


async def send_all(shop: Shop, at: datetime | None = None) -> list[str]:
    """What the worker does with this shop's payouts."""
    when = at or now()
    ours = [p for p in await orders.payouts.due(when, 10_000) if p[0] == shop.merchant_id]
    return [await orders.payouts.send(shop.world.runtime.pay, m, p, when) for m, p, _ in ours]


async def payouts(shop: Shop) -> list[tuple[str, int, str]]:
    """(number, fen, state) of this shop's payouts."""
    rows = await database.fetch(
        "SELECT number, amount_fen, state FROM payouts WHERE merchant_id = $1 ORDER BY id", shop.merchant_id
    )
    return [(row["number"], row["amount_fen"], row["state"]) for row in rows]


async def settled(shop: Shop, state: str = "succeeded", n: int = 1) -> None:
    """Waits for WeChat's callbacks."""

    async def all_there() -> bool:
        return [s for _, _, s in await payouts(shop)].count(state) == n

    await within(10, all_there)


async def stock(shop: Shop, sku: str) -> tuple[int, int, int, int]:
    """(on hand, reserved, sold, returned)."""
    row = await database.fetchrow(
        "SELECT on_hand, reserved, sold, returned FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
        shop.merchant_id,
        shop.stores[0].id,
        sku,
    )
    assert row is not None
    return tuple(row.values())  # type: ignore[return-value]


async def sound(shop: Shop) -> None:
    """Everything that must always be true of the shop is."""
    assert await invariants.violations(shop.merchant_id) == []


async def together(*calls: Any) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*calls))
