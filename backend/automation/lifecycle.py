"""Life-cycle states kept up to date by night, and what each brings (B06): who joins gets a coupon once, who falls silent or is
lost once for each time; active customers have offers of their own by the label `lifecycle_active`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from backend import catalog, coupons, members, merchants, orders
from backend.automation.rules import BIRTHDAY_HOUR, copy_for, last_day_text, yuan
from backend.automation.service import copy, queue
from backend.kit import database
from backend.kit.clock import zone
from backend.kit.database import Tx

log = structlog.get_logger("lifecycle")

DAYS = 14
GRACE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Brought:
    """What a state brings (docs/settings.md): a coupon, by the `code` of its template; `fen` is what its message names."""

    code: str
    name: str
    content: Mapping[str, Any]
    fen: int
    grace_days: int | None = None


def silent_brings(article: catalog.ProductInfo | None) -> Brought:
    """3 元换购券: the merchant's article for 3 yuan; without one that is there and dearer, 3 yuan off anything."""
    price = members.SILENT_PRICE_FEN
    if article is None or article.list_fen <= price:
        return Brought("lifecycle_silent", "3 元换购券", {"off": {"min": 0, "off": price}}, price)
    content = {"exchange": {"sku": article.sku, "price": price}}
    return Brought(f"lifecycle_silent:{article.sku}", "3 元换购券", content, price)


def lost_brings(most_fen: int) -> Brought:
    """全额退券: what is paid comes back as a red packet, up to so much."""
    return Brought(f"lifecycle_lost:{most_fen}", "全额退券", {"give_back": {"max": most_fen}}, most_fen, GRACE_DAYS)


def new_brings(off_fen: int, min_fen: int) -> Brought:
    """新客券: so much off, from so much on. Other terms are another template: who has one keeps what was promised."""
    name = f"新客券 满{yuan(min_fen)}减{yuan(off_fen)}" if min_fen else f"新客券 立减{yuan(off_fen)}元"
    return Brought(f"lifecycle_new:{min_fen}:{off_fen}", name, {"off": {"min": min_fen, "off": off_fen}}, off_fen)


async def refresh_due(at: datetime) -> int:
    """The night's run of every merchant whose night it is; returns how many ran. Safe to run as often as one likes."""
    done = 0
    for merchant in await merchants.all_merchants():
        if await members.lifecycle.due(merchant.id, at):
            run = await refresh(merchant.id, at)
            log.info("lifecycle", merchant=merchant.code, members=run.members, changed=run.changed)
            done += 1
    return done


async def refresh(merchant_id: UUID, at: datetime) -> members.lifecycle.RunInfo:
    """States and tiers of one merchant now."""
    return await members.lifecycle.refresh(merchant_id, orders.HABITS, at)


async def offer_due(secret: bytes, template_id: str, at: datetime) -> int:
    """Gives new, silent and lost customers their coupon and queues the message, in the daytime of the merchant; returns how
    many."""
    given = 0
    for merchant in await merchants.all_merchants():
        if at.astimezone(zone(merchant.time_zone)).hour < BIRTHDAY_HOUR:
            continue
        rules = (await members.lifecycle.rules_info(merchant.id)).rules
        article = (await catalog.by_skus(merchant.id, [rules.silent_sku])).get(rules.silent_sku)
        brings = {
            "new": new_brings(rules.new_off_fen, rules.new_min_fen),
            "silent": silent_brings(article),
            "lost": lost_brings(rules.lost_back_fen),
        }
        switched = (("new", rules.new_offer), ("silent", rules.silent_offer), ("lost", rules.lost_offer))
        states = [s for s, on in switched if on]
        async with database.transaction() as tx:
            entered = await members.lifecycle.to_offer(
                tx,
                merchant.id,
                states,  # type: ignore[arg-type]
                rules.offers_a_day,
                at,
                rules.new_days,
            )
            ids = [e.member_id for e in entered]
            people, bought = await members.many(merchant.id, ids, at), await orders.last_standing(merchant.id, ids)
            kinds = await _templates(tx, merchant.id, {e.state: brings[e.state] for e in entered}, at)
            for one in sorted(entered, key=lambda e: e.member_id):
                who, since = people[one.member_id], bought.get(one.member_id)
                made = _Kind(brings[one.state], kinds[one.state])
                given += await _offer(tx, secret, template_id, merchant, who, one.state, made, since, at)
    return given


VALIDITY = coupons.Validity(None, None, None, DAYS)


@dataclass(frozen=True, slots=True)
class _Kind:
    brought: Brought
    template_id: UUID


async def _templates(tx: Tx, merchant_id: UUID, brings: Mapping[str, Brought], at: datetime) -> dict[str, UUID]:
    """The templates of what these states bring, made on first use; their budgets are locked, all of them in the order of locks."""
    found = {}
    for state, made in sorted(brings.items()):
        new = coupons.NewTemplate(made.name, made.content, {"all": True}, VALIDITY, grace_days=made.grace_days)
        found[state] = await coupons.ensure(tx, merchant_id, made.code, new, at)
    await coupons.lock_room(tx, merchant_id, set(found.values()))
    return found


async def _offer(
    tx: Tx,
    secret: bytes,
    template_id: str,
    merchant: merchants.MerchantInfo,
    member: members.MemberInfo,
    state: str,
    kind: _Kind,
    bought_at: datetime | None,
    at: datetime,
) -> bool:
    """To a new member once for ever; to the others once for each state and absence, which begins with the last order that stands (`bought_at`): one that was wholly given
    back ends none, so that buying and giving back brings no second coupon."""
    absence = f"{int(bought_at.timestamp()) if bought_at else 'never'}:"
    key = f"lifecycle:{state}:{'' if state == 'new' else absence}{member.id}"
    if await coupons.grant(tx, secret, merchant.id, member.id, kind.template_id, "lifecycle", key, at) is None:
        return False
    text = copy_for(copy()[f"lifecycle_{state}"], member.dialect_region, member.id, {"yuan": yuan(kind.brought.fen)})
    ends = last_day_text(VALIDITY.of_claim(at, merchant.time_zone)[1], merchant.time_zone)
    data = {"thing1": text, "amount2": f"¥{kind.brought.fen // 100}.{kind.brought.fen % 100:02d}", "date3": ends}
    await queue(tx, merchant.id, member.id, template_id, "pages/my-coupons/index", data, key, at)
    return True
