"""Word of a new level, and subscribe messages (M03, M05, B04). Messages are rows first: a crash loses none, and the business key lets each
go out once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from uuid import UUID

from backend import members, merchants
from backend.automation import levels
from backend.automation.rules import copy_for, day_text
from backend.connectors.wechat import REFUSED, NotSent, Sent, WeChat, field_problem
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.kit.outbox import Stored

CONSUMER = "level-messages"
TAKES = ("LevelChanged",)
MAX_ATTEMPTS = 5
Outcome = Literal["sent", "refused", "failed", "skipped", "retry"]


@lru_cache(maxsize=1)
def copy() -> dict[str, dict[str, list[str]]]:
    """The dialect copy by occasion and region. A speaker must proof it before production (operator guide)."""
    found: dict[str, dict[str, list[str]]] = json.loads(
        files("backend.automation").joinpath("copy.json").read_text("utf-8")
    )
    return found


async def absorb(tx: Tx, secret: bytes, events: Sequence[Stored], level_template_id: str, at: datetime) -> None:
    """For every change of a level, once: the coupons of levels that somebody was promoted to; a message, unless the merchant's account
    has no such template."""
    await levels.give(tx, secret, events, at)
    if not level_template_id:
        return
    for event in await outbox.once(tx, CONSUMER, [e for e in events if e.kind in TAKES], at):
        merchant_id, member_id = event.merchant_id, UUID(event.payload["member_id"])
        member, found = await members.get(merchant_id, member_id, at), await members.scheme_info(merchant_id)
        if member is None:
            raise LookupError(f"member {member_id} is not there")
        rank, after = found.scheme.rank, found.scheme.named(event.payload["after"])
        occasion = "level_up" if rank(after.id) > rank(event.payload["before"]) else "level_down"
        text = copy_for(copy()[occasion], member.dialect_region, member_id, {"level": after.name})
        took_effect = datetime.fromisoformat(event.payload["at"])
        tz = (await merchants.get(merchant_id)).time_zone
        data = {"thing1": text, "thing2": after.name, "date3": day_text(took_effect, tz)}
        key = f"level:{event.payload['move_id']}"
        await queue(tx, merchant_id, member_id, level_template_id, "pages/mine/index", data, key, at)


async def queue(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    template_id: str,
    page: str,
    data: dict[str, str],
    business_key: str,
    at: datetime,
) -> None:
    """Writes a message to be sent; the same business key again writes nothing. Fields are checked now, not by WeChat later."""
    problems = [p for p in (field_problem(name, value) for name, value in data.items()) if p]
    if problems:
        raise ValueError("; ".join(problems))
    await tx.execute(
        "INSERT INTO messages (id, merchant_id, member_id, template_id, page, data, state, reason, business_key, attempts, created_at)"
        " VALUES ($1,$2,$3,$4,$5,$6::jsonb,'queued','',$7,0,$8) ON CONFLICT (merchant_id, business_key) DO NOTHING",
        new_id(),
        merchant_id,
        member_id,
        template_id,
        page,
        data,
        business_key,
        at,
    )


async def allow(merchant_id: UUID, member_id: UUID, template_ids: Sequence[str]) -> None:
    """The member accepted these templates: one message more for each."""
    async with database.transaction() as tx:
        for template_id in sorted(set(template_ids)):
            await tx.execute(
                "INSERT INTO send_credits AS c (id, merchant_id, member_id, template_id, credits) VALUES ($1,$2,$3,$4,1)"
                " ON CONFLICT (merchant_id, member_id, template_id) DO UPDATE SET credits = c.credits + 1",
                new_id(),
                merchant_id,
                member_id,
                template_id,
            )


async def waiting(limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(merchant, message) of queued messages, the oldest first."""
    rows = await database.fetch(
        "SELECT merchant_id, id FROM messages WHERE state = 'queued' ORDER BY created_at LIMIT $1", limit
    )
    return [(row["merchant_id"], row["id"]) for row in rows]


async def send(wechat: WeChat, merchant_id: UUID, message_id: UUID, at: datetime) -> Outcome:
    """Sends one queued message. The row is locked while WeChat is asked, so two workers send it once."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM messages WHERE merchant_id = $1 AND id = $2 AND state = 'queued' FOR UPDATE SKIP LOCKED",
            merchant_id,
            message_id,
        )
        if row is None:
            return "skipped"
        credit = await tx.fetchrow(
            "UPDATE send_credits SET credits = credits - 1 WHERE merchant_id = $1 AND member_id = $2 AND template_id = $3 AND credits > 0"
            " RETURNING credits",
            merchant_id,
            row["member_id"],
            row["template_id"],
        )
        if credit is None:
            return await _close(tx, row, "skipped", "会员没有同意接收（没有发送额度）", at)
        member = await members.get(merchant_id, row["member_id"])
        if member is None:
            return await _close(tx, row, "failed", "会员不存在", at)
        result = await wechat.send_subscribe_message(member.openid, row["template_id"], row["page"], row["data"])
        match result:
            case Sent():
                return await _close(tx, row, "sent", result.msgid, at)
            case NotSent(errcode=code) if code == REFUSED:
                await tx.execute(
                    "UPDATE send_credits SET credits = 0 WHERE merchant_id = $1 AND member_id = $2 AND template_id = $3",
                    merchant_id,
                    member.id,
                    row["template_id"],
                )
                return await _close(tx, row, "refused", result.errmsg, at)
            case NotSent(retry=True) if row["attempts"] + 1 < MAX_ATTEMPTS:
                await tx.execute(
                    "UPDATE send_credits SET credits = credits + 1 WHERE merchant_id = $1 AND member_id = $2 AND template_id = $3",
                    merchant_id,
                    member.id,
                    row["template_id"],
                )
                await tx.execute(
                    "UPDATE messages SET attempts = attempts + 1, reason = $3 WHERE merchant_id = $1 AND id = $2",
                    merchant_id,
                    message_id,
                    result.errmsg[:200],
                )
                return "retry"
            case NotSent():
                return await _close(tx, row, "failed", f"{result.errcode} {result.errmsg}", at)


async def _close(tx: Tx, row: dict[str, object], state: Outcome, reason: str, at: datetime) -> Outcome:
    await tx.execute(
        "UPDATE messages SET state = $3::text, reason = $4, attempts = attempts + 1, sent_at = CASE WHEN $3::text = 'sent' THEN $5::timestamptz END"
        " WHERE merchant_id = $1 AND id = $2",
        row["merchant_id"],
        row["id"],
        state,
        reason[:200],
        at,
    )
    return state
