"""A member's own data: birthday, labels, home store; who changed or saw it (K02, K06, B04, B08; docs/decisions/0030).

A customer gives the birthday once, having agreed to what it is for, and takes it back at any time; staff put it right, give and
take labels and set the home store. Each change is a row of `member_records` that stays, told to the member's screens; so is each
look of staff. A record of a birthday never holds the birthday, nor can the idempotency record's hash be tried for it: it is keyed.
Lock order: idempotency key → member."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from backend import events, merchants
from backend.kit import database, idempotency, outbox
from backend.kit.clock import local_day
from backend.kit.crypto import blind_index
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.members.level_rules import Problem
from backend.members.levels import Invalid, MemberMissing
from backend.members.profile_rules import (
    PURPOSE_VERSION,
    Birth,
    birth_faults,
    reason_faults,
    store_until,
    tag_faults,
    tags_after,
)

What = Literal["birthday", "tags", "home_store", "member", "account"]
"""What a record is about; the last two are only looked at."""
Did = Literal["set", "corrected", "withdrawn", "changed", "seen"]
MOST_SUGGESTED = 50
ONE_LOOK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Done:
    """The change is made (or was before, with this key)."""


@dataclass(frozen=True, slots=True)
class AlreadySet:
    """The customer told a birthday before; staff put it right."""


@dataclass(frozen=True, slots=True)
class StoreKept:
    """The home store was chosen a short while ago."""

    until: datetime


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """`agreed_at`: when the customer agreed to what the birthday is for, None where not or no longer. `may_set`: whether the customer
    may tell it. `store_until`: until when the home store of their own choice stays."""

    birth: Birth | None
    may_set: bool
    agreed_at: datetime | None
    tags: tuple[str, ...]
    home_store_id: UUID | None
    store_until: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """`detail`: labels that were given and taken, ids of the stores before and after; nothing of a birthday."""

    id: UUID
    what: What
    did: Did
    detail: Mapping[str, Any]
    actor: str
    reason: str
    at: datetime


Change = Callable[[Tx, dict[str, Any]], Awaitable[Any]]


async def _changed(
    merchant_id: UUID,
    actor: str,
    member_id: UUID,
    command: str,
    wish: Sequence[object],
    key: str,
    at: datetime,
    change: Change,
) -> Any:
    """Runs `change` on the locked row; what it returns but None refuses, and nothing is changed."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, command, [str(member_id), *wish], at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return Done()
        row = await tx.fetchrow(
            "SELECT birth_md, birthday, tags, home_store_id FROM members WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE",
            merchant_id,
            member_id,
        )
        if row is None:
            return MemberMissing()
        if (refused := await change(tx, row)) is not None:
            return refused
        await idempotency.finish(tx, begun, {"type": "MemberProfile"})
    return Done()


async def _write(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    what: What,
    did: Did,
    actor: str,
    at: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """The record of a change, and word of it to the member's screens."""
    await tx.execute(
        "INSERT INTO member_records (id, merchant_id, member_id, what, did, detail, actor, reason, at) VALUES ($1,$2,$3,$4,$5,$6::jsonb,$7,$8,$9)",
        new_id(),
        merchant_id,
        member_id,
        what,
        did,
        detail or {},
        actor,
        reason,
        at,
    )
    fact = events.MemberChanged(member_id, what, at)
    await outbox.emit(tx, merchant_id, f"member:{member_id}", fact, at)


async def _store_birth(tx: Tx, merchant_id: UUID, member_id: UUID, birth: Birth | None) -> None:
    await tx.execute(
        "UPDATE members SET birth_md = $3, birthday = $4 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        member_id,
        birth.md if birth else None,
        birth.full if birth else None,
    )


async def _agree(tx: Tx, merchant_id: UUID, member_id: UUID, agreed: bool, at: datetime) -> None:
    await tx.execute(
        "INSERT INTO member_consents (id, merchant_id, member_id, purpose, version, agreed, at) VALUES ($1,$2,$3,'birthday',$4,$5,$6)",
        new_id(),
        merchant_id,
        member_id,
        PURPOSE_VERSION,
        agreed,
        at,
    )


TOLD = "SELECT EXISTS (SELECT 1 FROM member_records WHERE merchant_id = $1 AND member_id = $2 AND what = 'birthday')"


def _wished(secret: bytes, member_id: UUID, birth: Birth) -> str:
    """A birthday in what an idempotency record hashes, under a key of the installation: there are so few days that a plain hash, which
    stays when the birthday is erased, would tell it."""
    return blind_index(secret, f"idempotency:birthday:{member_id}", f"{birth.md} {birth.year}")


async def set_birthday(
    secret: bytes, merchant_id: UUID, member_id: UUID, birth: Birth, agreed_version: int, key: str, at: datetime
) -> Done | AlreadySet | Invalid | MemberMissing | IdempotencyConflict:
    """The customer tells the birthday, once, having agreed to the words of `agreed_version`."""
    actor = f"consumer:{member_id}"
    today = local_day(at, (await merchants.get(merchant_id)).time_zone)

    async def change(tx: Tx, row: dict[str, Any]) -> Any:
        if row["birth_md"] is not None or await tx.fetchval(TOLD, merchant_id, member_id):
            return AlreadySet()
        problems = birth_faults(birth, today)
        if agreed_version != PURPOSE_VERSION:
            problems.append(Problem("agreedVersion", "用途说明已更新，请重新阅读并同意"))
        if problems:
            return Invalid(tuple(problems))
        await _store_birth(tx, merchant_id, member_id, birth)
        await _agree(tx, merchant_id, member_id, True, at)
        await _write(tx, merchant_id, member_id, "birthday", "set", actor, at)
        return None

    wish = [_wished(secret, member_id, birth), agreed_version]
    return await _changed(merchant_id, actor, member_id, "setMyBirthday", wish, key, at, change)


async def withdraw_birthday(
    merchant_id: UUID, member_id: UUID, key: str, at: datetime
) -> Done | MemberMissing | IdempotencyConflict:
    """The customer takes the birthday back 撤回同意: it is erased at once. Nothing where there is none."""
    actor = f"consumer:{member_id}"

    async def change(tx: Tx, row: dict[str, Any]) -> Any:
        if row["birth_md"] is not None:
            await _store_birth(tx, merchant_id, member_id, None)
            await _agree(tx, merchant_id, member_id, False, at)
            await _write(tx, merchant_id, member_id, "birthday", "withdrawn", actor, at)

    return await _changed(merchant_id, actor, member_id, "withdrawBirthday", [], key, at, change)


AGREED = (
    "SELECT agreed, at FROM member_consents WHERE merchant_id = $1 AND member_id = $2 AND purpose = 'birthday'"
    " ORDER BY at DESC, id DESC LIMIT 1"
)


async def correct_birthday(
    secret: bytes, merchant_id: UUID, actor: str, member_id: UUID, birth: Birth, reason: str, key: str, at: datetime
) -> Done | Invalid | MemberMissing | IdempotencyConflict:
    """Staff put a birthday right that is there, as the customer asks; with the reason. None is set for who told none or took it back:
    that needs the customer's own consent (个人信息保护法 13)."""
    reason = reason.strip()
    today = local_day(at, (await merchants.get(merchant_id)).time_zone)

    async def change(tx: Tx, row: dict[str, Any]) -> Any:
        problems = [*birth_faults(birth, today), *reason_faults(reason, needed=True)]
        consent = await tx.fetchrow(AGREED, merchant_id, member_id)
        if row["birth_md"] is None or (consent is not None and not consent["agreed"]):
            told = "顾客已撤回生日" if consent is not None else "顾客没有填写生日"
            problems = [Problem("birthday", f"{told}，未经本人同意不能代填")]
        if not problems and birth == Birth.of(row["birth_md"], row["birthday"]):
            problems = [Problem("birthday", "和现在的生日一样")]
        if problems:
            return Invalid(tuple(problems))
        await _store_birth(tx, merchant_id, member_id, birth)
        await _write(tx, merchant_id, member_id, "birthday", "corrected", actor, at, reason)
        return None

    wish = [_wished(secret, member_id, birth), reason]
    return await _changed(merchant_id, actor, member_id, "correctBirthday", wish, key, at, change)


async def change_tags(
    merchant_id: UUID,
    actor: str,
    member_id: UUID,
    give: Sequence[str],
    take: Sequence[str],
    reason: str,
    key: str,
    at: datetime,
) -> Done | Invalid | MemberMissing | IdempotencyConflict:
    """Staff give and take labels. What is held already is given again without a word."""
    give, take, reason = [tag.strip() for tag in give], [tag.strip() for tag in take], reason.strip()

    async def change(tx: Tx, row: dict[str, Any]) -> Any:
        held = list(row["tags"])
        if problems := [*tag_faults(give, take, held), *reason_faults(reason, needed=False)]:
            return Invalid(tuple(problems))
        after = tags_after(give, take, held)
        if after != held:
            await tx.execute(
                "UPDATE members SET tags = $3::jsonb WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                member_id,
                database.dumps(after),
            )
            moved = {"given": [t for t in after if t not in held], "taken": [t for t in held if t not in after]}
            await _write(tx, merchant_id, member_id, "tags", "changed", actor, at, reason, moved)
        return None

    wish = [give, take, reason]
    return await _changed(merchant_id, actor, member_id, "changeMemberTags", wish, key, at, change)


OWN_CHOICE = (
    "SELECT at FROM member_records WHERE merchant_id = $1 AND member_id = $2 AND what = 'home_store'"
    " AND actor = 'consumer:' || $2::uuid::text ORDER BY at DESC, id DESC LIMIT 1"
)


async def set_home_store(
    merchant_id: UUID, actor: str, member_id: UUID, store_id: UUID | None, reason: str, key: str, at: datetime
) -> Done | Invalid | StoreKept | MemberMissing | IdempotencyConflict:
    """The home store 常去门店, chosen by the customer (who keeps it for a while then) or set by staff; None: none."""
    reason, own = reason.strip(), actor == f"consumer:{member_id}"

    async def change(tx: Tx, row: dict[str, Any]) -> Any:
        problems = reason_faults(reason, needed=False)
        if store_id is not None and await merchants.store(merchant_id, store_id) is None:
            problems.append(Problem("storeId", "没有这家门店"))
        if problems:
            return Invalid(tuple(problems))
        before: UUID | None = row["home_store_id"]
        if before == store_id:
            return None
        if own:
            until = store_until(await tx.fetchval(OWN_CHOICE, merchant_id, member_id))
            if until is not None and at < until:
                return StoreKept(until)
        await tx.execute(
            "UPDATE members SET home_store_id = $3 WHERE merchant_id = $1 AND id = $2", merchant_id, member_id, store_id
        )
        moved = {"before": str(before) if before else None, "after": str(store_id) if store_id else None}
        await _write(tx, merchant_id, member_id, "home_store", "changed", actor, at, reason, moved)
        return None

    wish = [str(store_id), reason]
    return await _changed(merchant_id, actor, member_id, "setHomeStore", wish, key, at, change)


async def profile(merchant_id: UUID, member_id: UUID) -> ProfileInfo | None:
    """What is kept of a member beside what they bought."""
    row = await database.fetchrow(
        "SELECT birth_md, birthday, tags, home_store_id FROM members WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        member_id,
    )
    if row is None:
        return None
    told = await database.fetchval(TOLD, merchant_id, member_id)
    consent = await database.fetchrow(AGREED, merchant_id, member_id)
    chosen = await database.fetchval(OWN_CHOICE, merchant_id, member_id)
    return ProfileInfo(
        Birth.of(row["birth_md"], row["birthday"]),
        row["birth_md"] is None and not told,
        consent["at"] if consent and consent["agreed"] else None,
        tuple(row["tags"]),
        row["home_store_id"],
        store_until(chosen),
    )


async def seen(merchant_id: UUID, actor: str, member_ids: Sequence[UUID], what: What, at: datetime) -> None:
    """Staff looked at these members' data: kept for ever (B08). Looks of one person that follow each other are one look."""
    await database.pool().execute(
        "INSERT INTO member_records (id, merchant_id, member_id, what, did, detail, actor, reason, at)"
        " SELECT x.id, $1, x.member_id, $2::text, 'seen', '{}', $3::text, '', $4 FROM unnest($5::uuid[], $6::uuid[]) AS x (id, member_id)"
        " WHERE NOT EXISTS (SELECT 1 FROM member_records r WHERE r.merchant_id = $1 AND r.member_id = x.member_id AND r.at > $7"
        " AND r.did = 'seen' AND r.what = $2::text AND r.actor = $3::text)",
        merchant_id,
        what,
        actor,
        at,
        [new_id() for _ in member_ids],
        list(member_ids),
        at - ONE_LOOK,
    )


async def records(merchant_id: UUID, member_id: UUID, first: int, *, looks: bool = True) -> list[Record]:
    """Changes and (with `looks`) looks, the newest first."""
    rows = await database.fetch(
        "SELECT id, what, did, detail, actor, reason, at FROM member_records WHERE merchant_id = $1 AND member_id = $2"
        " AND ($4 OR did <> 'seen') ORDER BY at DESC, id DESC LIMIT $3",
        merchant_id,
        member_id,
        first,
        looks,
    )
    return [Record(r["id"], r["what"], r["did"], r["detail"], r["actor"], r["reason"], r["at"]) for r in rows]


async def tags_in_use(merchant_id: UUID) -> list[tuple[str, int]]:
    """Labels that members have and how many have them, the commonest first: what staff are offered."""
    rows = await database.fetch(
        "SELECT tag, count(*) AS members FROM members m, jsonb_array_elements_text(m.tags) AS tag WHERE m.merchant_id = $1"
        " GROUP BY tag ORDER BY members DESC, tag LIMIT $2",
        merchant_id,
        MOST_SUGGESTED,
    )
    return [(row["tag"], row["members"]) for row in rows]
