"""What the clock starts. Each may run as often as it likes: business keys make the effect happen once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog

from backend import automation, complaints, coupons, ledger, members, orders
from backend.kit.clock import now
from backend.runtime import Runtime
from workers.relay import enqueue_code_pools, enqueue_messages, enqueue_payouts

log = structlog.get_logger("schedules")


async def fire_birthdays(ctx: dict[str, Any]) -> int:
    runtime: Runtime = ctx["runtime"]
    return await automation.fire_birthdays(runtime.settings.secret, runtime.settings.subscribe_template_id, now())


async def give_monthly(ctx: dict[str, Any]) -> int:
    """每月礼券 of levels (B04)."""
    return await automation.levels.give_monthly(ctx["runtime"].settings.secret, now())


async def give_refused(ctx: dict[str, Any]) -> int:
    """Coupons of levels for which a template's budget had no room (K01), asked for again."""
    return await automation.levels.give_refused(ctx["runtime"].settings.secret, now())


async def expire_coupons(ctx: dict[str, Any]) -> int:
    total = 0
    while (done := await coupons.expire_due(now())) > 0:
        total += done
    return total


async def forget_viewers(ctx: dict[str, Any]) -> int:
    """Forgets which member saw which drop on days that are over (K02); what was counted stays."""
    total = 0
    while (done := await coupons.forget_viewers(now())) > 0:
        total += done
    return total


async def expire_points(ctx: dict[str, Any]) -> int:
    """Takes points and red packets that have ended off their accounts (B03, P04); nobody could spend them any more, whenever
    this runs."""
    total = 0
    while (done := await ledger.expire_lots(now())) > 0:
        total += done
    return total


async def refresh_lifecycles(ctx: dict[str, Any]) -> int:
    """States and RFM tiers of all members, once a night of each merchant (B06); after a fall on the next try."""
    return await automation.lifecycle.refresh_due(now())


async def offer_lifecycles(ctx: dict[str, Any]) -> int:
    """Coupons for customers who fell silent or were lost (B06)."""
    settings = ctx["runtime"].settings
    return await automation.lifecycle.offer_due(settings.secret, settings.subscribe_template_id, now())


async def settle_levels(ctx: dict[str, Any]) -> int:
    """Writes down levels whose period has ended or whom a new scheme raised (B04); prices know it without this."""
    total = 0
    while (done := await members.levels.settle_due(now())) > 0:
        total += done
    return total


async def keep_books(ctx: dict[str, Any]) -> int:
    """Books orders from before there was a journal; afterwards there are none."""
    done = await orders.books.catch_up()
    if done:
        log.info("orders_booked", count=done)
    return done


async def cancel_overdue_orders(ctx: dict[str, Any]) -> int:
    due = await orders.overdue(now())
    for merchant_id, order_id in due:
        try:
            done = await orders.cancel(merchant_id, None, order_id, f"overdue:{order_id}", "system", now())
            if isinstance(done, orders.OrderInfo):
                await orders.close_payment(ctx["runtime"].pay, done, now())
        except Exception:  # one order that cannot be cancelled must not keep the others waiting
            log.exception("overdue_order_not_cancelled", merchant=str(merchant_id), order=str(order_id))
    return len(due)


async def settle_presales(ctx: dict[str, Any]) -> int:
    """Writes down pre-sales that have ended by the clock (Q09): units are free again, deposits closed or forfeited."""
    due = await orders.presales.overdue(now())
    for merchant_id, presale_id in due:
        try:
            done = await orders.presales.settle_overdue(merchant_id, presale_id, now())
            if done is not None:
                await orders.presales.close_payment(ctx["runtime"].pay, done, now())
        except Exception:  # one that cannot be settled must not keep the others waiting
            log.exception("presale_not_settled", merchant=str(merchant_id), presale=str(presale_id))
    return len(due)


async def remind_presales(ctx: dict[str, Any]) -> int:
    """Tells customers that the rest of a pre-sale may be paid, and on its last day once more (Q09)."""
    template, total = ctx["runtime"].settings.presale_template_id, 0
    while (done := await automation.presales.remind_due(template, now())) > 0:
        total += done
    return total


async def watch_complaints(ctx: dict[str, Any]) -> int:
    """Warns of complaints that are to be answered soon, and escalates those whose time is over (R05), each once."""
    total = 0
    while True:
        warned, escalated = await complaints.watch(now())
        for merchant_id, complaint_id in warned:
            log.warning("complaint_due_soon", merchant=str(merchant_id), complaint=str(complaint_id))
        for merchant_id, complaint_id in escalated:
            log.error("complaint_overdue", merchant=str(merchant_id), complaint=str(complaint_id))
        if not warned and not escalated:
            return total
        total += len(warned) + len(escalated)


async def sweep_messages(ctx: dict[str, Any]) -> None:
    """Queued messages whose job was lost with Redis are queued again."""
    await enqueue_messages(ctx["redis"])


async def send_payout(ctx: dict[str, Any], merchant_id: str, payout_id: str) -> str:
    """Sends one payout to WeChat Pay, or asks after it; what was not taken is tried again when its time comes."""
    return await orders.payouts.send(ctx["runtime"].pay, UUID(merchant_id), UUID(payout_id), now())


async def sweep_payouts(ctx: dict[str, Any]) -> None:
    """Payouts whose next try is due, or whose job was lost with Redis."""
    await enqueue_payouts(ctx["redis"])


async def make_codes(ctx: dict[str, Any], merchant_id: str, pool_id: str) -> int:
    """Makes what a code pool lacks, a chunk at a time; started again after a fall it goes on where it was."""
    total = 0
    while (made := await coupons.make_codes(UUID(merchant_id), UUID(pool_id), now())) > 0:
        total += made
    return total


async def sweep_code_pools(ctx: dict[str, Any]) -> None:
    """Pools that lack codes and whose job was lost with Redis, or with a worker."""
    await enqueue_code_pools(ctx["redis"])
