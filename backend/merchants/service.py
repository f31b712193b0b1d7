"""Merchants, their stores and staff, and log-in sessions (T09, R04)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.kit import crypto, database
from backend.kit.access import GRANTS, Viewer, issue
from backend.kit.database import Tx
from backend.kit.ids import new_id, stable_id
from backend.merchants.models import LogInSession, Merchant, Staff, Store

NAMESPACE = UUID("7c7a5c2e-5f0e-5c1c-9d0a-2b4f6e8a1c3d")
"""A merchant's id follows from its code, so a code can belong to one merchant only."""

_merchants: dict[str, MerchantInfo] = {}
_stores: dict[UUID, tuple[float, list[StoreInfo]]] = {}
MOST_COUPONS = 3
"""Sets of more coupons are so many that a price would not be found in time."""
COMPLAINT_MINUTES = range(60, 7 * 24 * 60 + 1)
"""From an hour (staff is warned half an hour before the end) to seven days."""
_max_coupons: dict[UUID, tuple[float, int]] = {}
STORES_SECONDS = 30.0
"""How long a process may show stores as they were: an import into a running system is seen after that."""


@dataclass(frozen=True, slots=True)
class MerchantInfo:
    id: UUID
    code: str
    name: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """`region_path` is like 四川/成都/春熙路."""

    id: UUID
    code: str
    name: str
    city: str
    region_path: str
    address: str


@dataclass(frozen=True, slots=True)
class StaffInfo:
    id: UUID
    merchant_id: UUID
    name: str
    username: str
    roles: tuple[str, ...]
    store_ids: tuple[UUID, ...]
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    access_expires_at: datetime
    refresh: str
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class WrongCredentials:
    """User name or password is wrong, or the refresh token is used, expired or unknown."""


def merchant_id_of(code: str) -> UUID:
    return stable_id(NAMESPACE, code)


async def by_code(code: str) -> MerchantInfo | None:
    """The merchant with this code. Held in memory once found: merchants do not change their code."""
    if code not in _merchants:
        row = await Merchant.get_or_none(merchant_id=merchant_id_of(code), id=merchant_id_of(code))
        if row is None:
            return None
        _merchants[code] = MerchantInfo(row.id, row.code, row.name, row.currency, row.time_zone)
    return _merchants[code]


async def get(merchant_id: UUID) -> MerchantInfo:
    known = next((m for m in _merchants.values() if m.id == merchant_id), None)
    if known:
        return known
    row = await Merchant.get(merchant_id=merchant_id, id=merchant_id)
    found = await by_code(row.code)
    if found is None:
        raise LookupError(f"merchant {merchant_id} vanished while it was read")
    return found


async def refund_policy(tx: Tx, merchant_id: UUID) -> dict[str, Any]:
    """How this merchant refunds: what differs from the defaults of docs/pricing.md (refund, refund_shipping, clawback,
    grace_days). Read anew each time; an order keeps the one of its day."""
    row = await tx.fetchrow("SELECT refund_policy FROM merchants WHERE merchant_id = $1 AND id = $1", merchant_id)
    if row is None:
        raise LookupError(f"no merchant {merchant_id}")
    return dict(row["refund_policy"])


async def set_refund_policy(merchant_id: UUID, policy: Mapping[str, Any]) -> None:
    """States how orders placed from now on are refunded. The caller has checked it (pricing's scenario policy)."""
    await database.pool().execute(
        "UPDATE merchants SET refund_policy = $2 WHERE merchant_id = $1 AND id = $1", merchant_id, dict(policy)
    )


async def points_policy(tx: Tx, merchant_id: UUID) -> tuple[dict[str, Any], str]:
    """(when this merchant's points end, its time zone); what the ledger's `PointsPolicy` reads. Points keep the end that
    they were earned with."""
    row = await tx.fetchrow(
        "SELECT points_policy, time_zone FROM merchants WHERE merchant_id = $1 AND id = $1", merchant_id
    )
    return (dict(row["points_policy"]), row["time_zone"]) if row else ({}, "UTC")


async def set_points_policy(merchant_id: UUID, policy: Mapping[str, Any]) -> None:
    """States when points earned from now on end. The caller has checked it (the ledger's `PointsPolicy`)."""
    await database.pool().execute(
        "UPDATE merchants SET points_policy = $2 WHERE merchant_id = $1 AND id = $1", merchant_id, dict(policy)
    )


async def coupon_policy(tx: Tx, merchant_id: UUID) -> dict[str, Any]:
    """What this merchant allows about coupons where it differs from the defaults (compensations_per_day,
    compensation_fen_per_day)."""
    row = await tx.fetchrow("SELECT coupon_policy FROM merchants WHERE merchant_id = $1 AND id = $1", merchant_id)
    return dict(row["coupon_policy"]) if row else {}


async def set_coupon_policy(merchant_id: UUID, changes: Mapping[str, Any], tx: Tx | None = None) -> dict[str, Any]:
    """Changes what is given of it and leaves the rest, None brings back the default; what it is then. The caller has checked it."""
    now: dict[str, Any] | None = await (tx or database.pool()).fetchval(
        "UPDATE merchants SET coupon_policy = jsonb_strip_nulls(coupon_policy || $2::jsonb) WHERE merchant_id = $1 AND id = $1"
        " RETURNING coupon_policy",
        merchant_id,
        dict(changes),
    )
    _max_coupons.pop(merchant_id, None)
    return now or {}


async def max_promotions_per_line(merchant_id: UUID) -> int | None:
    """P08: how many promotions one line of a cart may be taken by, coupons aside (docs/pricing.md); None: no limit. Read anew for
    each price; an order keeps the one of its day."""
    found: int | None = await database.fetchval(
        "SELECT (coupon_policy->>'max_promotions_per_line')::int FROM merchants WHERE merchant_id = $1 AND id = $1",
        merchant_id,
    )
    return found


async def set_max_promotions_per_line(merchant_id: UUID, most: int | None) -> None:
    """States it for prices from now on, at least 1; None takes the limit away."""
    if most is not None and most < 1:
        raise ValueError(f"a line must be open to at least one promotion, not {most}")
    await set_coupon_policy(merchant_id, {"max_promotions_per_line": most})


async def max_coupons(merchant_id: UUID, *, shown: bool = False) -> int:
    """K01: how many coupons one order may use, 1 where nothing is said. Read anew for each price, and an order keeps the one of its
    day; what is only `shown` may be `STORES_SECONDS` old."""
    held = _max_coupons.get(merchant_id) if shown else None
    if held is None or time.monotonic() - held[0] > STORES_SECONDS:
        found: int | None = await database.fetchval(
            "SELECT (coupon_policy->>'max_coupons')::int FROM merchants WHERE merchant_id = $1 AND id = $1", merchant_id
        )
        held = _max_coupons[merchant_id] = (time.monotonic(), found or 1)
    return held[1]


async def set_max_coupons(merchant_id: UUID, most: int) -> None:
    """States it for prices from now on, 1 to `MOST_COUPONS`."""
    if not 1 <= most <= MOST_COUPONS:
        raise ValueError(f"an order may use 1 to {MOST_COUPONS} coupons, not {most}")
    await set_coupon_policy(merchant_id, {"max_coupons": most})


async def red_packet_policy(merchant_id: UUID) -> dict[str, Any]:
    """On which terms this merchant's orders earn red packets, where they differ from the defaults (days, min_fen); what the
    ledger's `PacketPolicy` reads. An order keeps those of its day."""
    row = await database.fetchrow(
        "SELECT red_packet_policy FROM merchants WHERE merchant_id = $1 AND id = $1", merchant_id
    )
    return dict(row["red_packet_policy"]) if row else {}


async def set_red_packet_policy(merchant_id: UUID, policy: Mapping[str, Any]) -> None:
    """States the terms of red packets earned by orders placed from now on. The caller has checked it (`PacketPolicy`)."""
    await database.pool().execute(
        "UPDATE merchants SET red_packet_policy = $2 WHERE merchant_id = $1 AND id = $1", merchant_id, dict(policy)
    )


async def complaint_minutes(merchant_id: UUID) -> int:
    """R05: within how many minutes a complaint that is made now is answered."""
    found: int = await database.fetchval(
        "SELECT complaint_minutes FROM merchants WHERE merchant_id = $1 AND id = $1", merchant_id
    )
    return found


async def set_complaint_minutes(merchant_id: UUID, minutes: int, tx: Tx | None = None) -> None:
    """States it for complaints made from now on, `COMPLAINT_MINUTES`; those that are there keep the time that was promised."""
    if minutes not in COMPLAINT_MINUTES:
        raise ValueError(
            f"complaints are answered within {COMPLAINT_MINUTES[0]} to {COMPLAINT_MINUTES[-1]} minutes, not {minutes}"
        )
    await (tx or database.pool()).execute(
        "UPDATE merchants SET complaint_minutes = $2 WHERE merchant_id = $1 AND id = $1", merchant_id, minutes
    )


async def all_merchants() -> list[MerchantInfo]:
    return [await get(row.id) for row in await Merchant.all().order_by("code")]


async def stores(merchant_id: UUID) -> list[StoreInfo]:
    """All stores of a merchant by code. Kept in memory; `forget` after a change."""
    held = _stores.get(merchant_id)
    if held is None or time.monotonic() - held[0] > STORES_SECONDS:
        rows = await Store.filter(merchant_id=merchant_id).order_by("code")
        found = [StoreInfo(r.id, r.code, r.name, r.city, r.region_path, r.address) for r in rows]
        held = _stores[merchant_id] = (time.monotonic(), found)
    return held[1]


async def store(merchant_id: UUID, store_id: UUID) -> StoreInfo | None:
    return next((s for s in await stores(merchant_id) if s.id == store_id), None)


def forget() -> None:
    """Empties the memory of merchants and stores (after an import; between tests)."""
    _merchants.clear()
    _stores.clear()
    _max_coupons.clear()


async def staff(merchant_id: UUID, staff_id: UUID) -> StaffInfo | None:
    row = await Staff.get_or_none(merchant_id=merchant_id, id=staff_id, active=True)
    return _staff_info(row) if row else None


async def staff_name(merchant_id: UUID, staff_id: UUID) -> str | None:
    """What somebody is called who is, or was, staff."""
    row = await Staff.get_or_none(merchant_id=merchant_id, id=staff_id)
    return row.name if row else None


def _staff_info(row: Staff) -> StaffInfo:
    return StaffInfo(
        row.id,
        row.merchant_id,
        row.name,
        row.username,
        tuple(row.roles),
        tuple(UUID(s) for s in row.store_ids),
        row.supplier,
    )


# hashed once, so that an unknown user name costs as much time as a wrong password
_NOBODY = crypto.hash_password(secrets.token_urlsafe(16))


async def log_in_staff(
    secret: bytes,
    merchant: MerchantInfo,
    username: str,
    password: str,
    at: datetime,
    access_seconds: int,
    refresh_seconds: int,
) -> Tokens | WrongCredentials:
    row = await Staff.get_or_none(merchant_id=merchant.id, username=username, active=True)
    right = await crypto.verify_password(row.password_hash if row else _NOBODY, password)
    if row is None or not right:
        return WrongCredentials()
    return await open_session(secret, _staff_viewer(_staff_info(row)), at, access_seconds, refresh_seconds)


def _staff_viewer(info: StaffInfo) -> Viewer:
    roles = tuple(role for role in GRANTS if role in info.roles)
    return Viewer(info.merchant_id, "staff", info.id, roles, info.store_ids, supplier=info.supplier)


async def open_session(
    secret: bytes,
    viewer: Viewer,
    at: datetime,
    access_seconds: int,
    refresh_seconds: int,
    family_id: UUID | None = None,
) -> Tokens:
    """A new access token and the first (or next) refresh token of a family."""
    if viewer.subject_id is None:
        raise ValueError("a session belongs to somebody")
    refresh = f"{viewer.merchant_id.hex}.{secrets.token_urlsafe(32)}"
    await LogInSession.create(
        merchant_id=viewer.merchant_id,
        subject_kind=viewer.kind,
        subject_id=viewer.subject_id,
        family_id=family_id or new_id(),
        token_hash=crypto.token_hash(refresh),
        expires_at=at + timedelta(seconds=refresh_seconds),
    )
    access, until = issue(secret, viewer, at, access_seconds)
    return Tokens(access, until, refresh, viewer)


async def refresh(
    secret: bytes, token: str, at: datetime, access_seconds: int, refresh_seconds: int
) -> Tokens | WrongCredentials:
    """Each refresh token works once. A second use means that it was copied: the whole family ends
    (RFC 9700, section 4.14.2). Roles are read anew, so a dismissed person is out within one access token."""
    head = token.partition(".")[0]
    if len(head) != 32:
        return WrongCredentials()
    try:
        merchant_id = UUID(hex=head)
    except ValueError:
        return WrongCredentials()
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT id, subject_kind, subject_id, family_id, expires_at, replaced_at, revoked_at FROM log_in_sessions"
            " WHERE merchant_id = $1 AND token_hash = $2 FOR UPDATE",
            merchant_id,
            crypto.token_hash(token),
        )
        if row is None or row["revoked_at"] or row["expires_at"] <= at:
            return WrongCredentials()
        if row["replaced_at"]:
            await tx.execute(
                "UPDATE log_in_sessions SET revoked_at = $3 WHERE merchant_id = $1 AND family_id = $2 AND revoked_at IS NULL",
                merchant_id,
                row["family_id"],
                at,
            )
            return WrongCredentials()
        await tx.execute(
            "UPDATE log_in_sessions SET replaced_at = $3 WHERE merchant_id = $1 AND id = $2", merchant_id, row["id"], at
        )
        if row["subject_kind"] == "staff":
            info = await staff(merchant_id, row["subject_id"])
            if info is None:
                return WrongCredentials()
            viewer = _staff_viewer(info)
        else:
            viewer = Viewer(merchant_id, "consumer", row["subject_id"])
        return await open_session(secret, viewer, at, access_seconds, refresh_seconds, row["family_id"])


async def close_session(token: str, at: datetime) -> None:
    """Revokes the whole family of a refresh token."""
    await database.pool().execute(
        "UPDATE log_in_sessions SET revoked_at = $2 WHERE revoked_at IS NULL AND (merchant_id, family_id) IN"
        " (SELECT merchant_id, family_id FROM log_in_sessions WHERE token_hash = $1)",
        crypto.token_hash(token),
        at,
    )


async def found(
    code: str,
    name: str,
    currency: str,
    time_zone: str,
    units: Sequence[tuple[str, str, str | None]],
    store_rows: Sequence[tuple[str, str, str, str]],
) -> MerchantInfo:
    """Makes a merchant with its organisation tree; safe to call again. `units` are (kind, path, parent path),
    parents first; `store_rows` are (code, name, unit path, address)."""
    merchant_id = merchant_id_of(code)
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO merchants (id, merchant_id, code, name, currency, time_zone, created_at) VALUES ($1, $1, $2, $3, $4, $5, now())"
            " ON CONFLICT DO NOTHING",
            merchant_id,
            code,
            name,
            currency,
            time_zone,
        )
        for kind, path, parent in units:
            await tx.execute(
                "INSERT INTO org_units (id, merchant_id, parent_id, kind, name, path) VALUES ($1, $2, $3, $4, $5, $6)"
                " ON CONFLICT DO NOTHING",
                stable_id(merchant_id, f"unit:{path}"),
                merchant_id,
                stable_id(merchant_id, f"unit:{parent}") if parent else None,
                kind,
                path.rsplit("/", 1)[-1],
                path,
            )
        for store_code, store_name, unit, address in store_rows:
            parts = unit.split("/")
            await tx.execute(
                "INSERT INTO stores (id, merchant_id, unit_id, code, name, city, region_path, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                " ON CONFLICT DO NOTHING",
                stable_id(merchant_id, f"store:{store_code}"),
                merchant_id,
                stable_id(merchant_id, f"unit:{unit}"),
                store_code,
                store_name,
                parts[1] if len(parts) > 2 else parts[0],
                unit,
                address,
            )
    forget()
    return await get(merchant_id)


async def add_staff(
    merchant_id: UUID,
    username: str,
    name: str,
    password: str,
    roles: Sequence[str],
    store_ids: Sequence[UUID] = (),
    supplier: str = "",
) -> None:
    """Adds a member of staff, of a `supplier` where one is named; does nothing when the user name exists."""
    unknown = [role for role in roles if role not in GRANTS]
    if unknown:
        raise ValueError(f"unknown roles: {unknown}")
    if not await Staff.exists(merchant_id=merchant_id, username=username):
        await Staff.create(
            merchant_id=merchant_id,
            username=username,
            name=name,
            password_hash=crypto.hash_password(password),
            roles=list(roles),
            store_ids=[str(s) for s in store_ids],
            supplier=supplier,
        )
