"""外部系统: tills and marketplaces of a merchant, each with a key of its own (docs/decisions/0017-external-systems.md)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import crypto, database, idempotency
from backend.kit.access import Viewer, issue
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.merchants.service import MerchantInfo, WrongCredentials, stores

CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,19}")


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """`takes_stock`: whether what it sells leaves the stock that is counted here. Empty `store_ids` means all stores."""

    id: UUID
    merchant_id: UUID
    code: str
    name: str
    channel: str
    store_ids: tuple[UUID, ...]
    takes_stock: bool
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewSystem:
    code: str
    name: str
    channel: str
    store_ids: tuple[UUID, ...] = ()
    takes_stock: bool = True


@dataclass(frozen=True, slots=True)
class SystemProblem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class SystemInvalid:
    problems: tuple[SystemProblem, ...]


@dataclass(frozen=True, slots=True)
class SystemMissing:
    pass


@dataclass(frozen=True, slots=True)
class SystemMade:
    """`key` is told once, when it is made: None when the command came again."""

    system: SystemInfo
    key: str | None


async def add_system(
    merchant_id: UUID, actor: str, new: NewSystem, key: str, at: datetime
) -> SystemMade | SystemInvalid | IdempotencyConflict:
    """Lets a till or a marketplace in, with a key that is shown once and kept hashed."""
    problems = []
    if not CODE.fullmatch(new.code):
        problems.append(SystemProblem("code", "代码须是 2–20 个小写字母、数字或连字符"))
    if not 1 <= len(new.name.strip()) <= 40:
        problems.append(SystemProblem("name", "名称须有 1–40 个字"))
    known = {store.id for store in await stores(merchant_id)}
    problems += [
        SystemProblem(f"storeIds[{n}]", "没有这家门店") for n, store in enumerate(new.store_ids) if store not in known
    ]
    if problems:
        return SystemInvalid(tuple(problems))
    made_key = f"shk_{secrets.token_urlsafe(32)}"
    async with database.transaction() as tx:
        wish = [new.code, new.name, new.channel, [str(s) for s in new.store_ids], new.takes_stock]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "createExternalSystem", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            system_id, told = UUID(begun.answer["id"]), None
        else:
            system_id, told = new_id(), made_key
            done = await tx.fetchval(
                "INSERT INTO external_systems (id, merchant_id, code, name, channel, key_hash, store_ids, takes_stock, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9) ON CONFLICT DO NOTHING RETURNING id",
                system_id,
                merchant_id,
                new.code,
                new.name.strip(),
                new.channel,
                crypto.token_hash(made_key),
                database.dumps([str(s) for s in new.store_ids]),
                new.takes_stock,
                at,
            )
            if done is None:
                return SystemInvalid((SystemProblem("code", "这个代码已经有了，请换一个"),))
            await idempotency.finish(tx, begun, {"type": "ExternalSystem", "id": str(system_id)})
    found = await system(merchant_id, system_id)
    assert found is not None, "it was made"
    return SystemMade(found, told)


async def revoke_system(
    merchant_id: UUID, actor: str, system_id: UUID, key: str, at: datetime
) -> SystemInfo | SystemMissing | IdempotencyConflict:
    """Shuts a system out, at once and for good; what it holds ends by its time-out."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "revokeExternalSystem", str(system_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        await tx.execute(
            "UPDATE external_systems SET revoked_at = coalesce(revoked_at, $3) WHERE merchant_id = $1 AND id = $2",
            merchant_id,
            system_id,
            at,
        )
        if not isinstance(begun, Replay):
            await idempotency.finish(tx, begun, {"type": "ExternalSystem", "id": str(system_id)})
    return await system(merchant_id, system_id) or SystemMissing()


READ = "SELECT id, merchant_id, code, name, channel, store_ids, takes_stock, created_at, revoked_at FROM external_systems WHERE merchant_id = $1"


async def systems(merchant_id: UUID) -> list[SystemInfo]:
    return [_info(row) for row in await database.fetch(f"{READ} ORDER BY code", merchant_id)]


async def system(merchant_id: UUID, system_id: UUID) -> SystemInfo | None:
    row = await database.fetchrow(f"{READ} AND id = $2", merchant_id, system_id)
    return _info(row) if row else None


def _info(row: Any) -> SystemInfo:
    stores_of: Sequence[str] = row["store_ids"]
    return SystemInfo(**{**dict(row), "store_ids": tuple(UUID(s) for s in stores_of)})


async def log_in_system(
    secret: bytes, merchant: MerchantInfo, key: str, at: datetime, seconds: int
) -> tuple[str, datetime, SystemInfo] | WrongCredentials:
    """An access token for the system that has this key. There is nothing to refresh: the key is used again."""
    row = await database.fetchrow(
        f"{READ} AND key_hash = $2 AND revoked_at IS NULL", merchant.id, crypto.token_hash(key)
    )
    if row is None:
        return WrongCredentials()
    info = _info(row)
    access, until = issue(secret, Viewer(merchant.id, "system", info.id, (), info.store_ids), at, seconds)
    return access, until, info
