"""红包: money of a member that pays for orders until it ends (P04, P05; docs/decisions/0020-red-packets.md).

A red packet is a lot of the member's account of unit `red_packet`: its face is what the lot was opened with, what is left of
it is the lot's. So the proofs of the ledger and of its lots are those of red packets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx
from backend.ledger.accounts import member, merchant_book
from backend.ledger.rules import PacketTerms
from backend.ledger.service import Lots, Moved, transfer

State = Literal["usable", "held", "used", "expired", "taken_back"]
STATES: tuple[State, ...] = State.__args__  # type: ignore[attr-defined]
MOST = 50
"""Red packets of one member that a quote knows: those that end first."""


@dataclass(frozen=True, slots=True)
class RedPacket:
    """`left_fen` is what may still be spent of `face_fen`, `held_fen` what orders that wait for payment have of it. It pays
    for orders of `min_fen` and more. `kind` and `memo` are those of the transfer that gave it."""

    id: UUID
    member_id: UUID
    face_fen: int
    left_fen: int
    held_fen: int
    min_fen: int
    got_at: datetime
    expires_at: datetime
    state: State
    kind: str
    memo: Mapping[str, Any]


async def give(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    fen: int,
    terms: PacketTerms,
    *,
    kind: str,
    business_key: str,
    at: datetime,
    memo: Mapping[str, Any],
) -> bool:
    """Gives a red packet; False when this business key gave one before."""
    moved = await transfer(
        tx,
        merchant_id,
        debit=merchant_book(merchant_id),
        credit=member(member_id),
        unit="red_packet",
        amount=fen,
        kind=kind,
        business_key=business_key,
        at=at,
        memo=memo,
        which=Lots(opens=terms),
    )
    assert isinstance(moved, Moved), "the merchant's book has no bound"
    return not moved.replayed


PACKETS = (
    "SELECT * FROM (SELECT l.id, a.owner_id AS member_id, l.amount AS face_fen, CASE WHEN l.expires_at > $3 THEN l.remaining - l.held ELSE 0 END AS left_fen,"
    "  l.held AS held_fen, l.min_fen, l.earned_at AS got_at, l.expires_at, t.kind, t.memo, t.business_key, CASE WHEN l.expires_at > $3 AND l.remaining > l.held THEN 'usable'"
    "  WHEN l.held > 0 THEN 'held' WHEN l.remaining > 0 OR EXISTS (SELECT 1 FROM lot_parts p JOIN transfers x ON x.merchant_id = p.merchant_id AND x.id = p.transfer_id"
    "   AND x.kind = 'expire' WHERE p.merchant_id = l.merchant_id AND p.lot_id = l.id) THEN 'expired'"
    "  WHEN EXISTS (SELECT 1 FROM lot_parts p JOIN transfers x ON x.merchant_id = p.merchant_id AND x.id = p.transfer_id"
    "   AND x.kind = 'spend' WHERE p.merchant_id = l.merchant_id AND p.lot_id = l.id) THEN 'used' ELSE 'taken_back' END AS state"
    "  FROM lots l JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id AND a.unit = 'red_packet'"
    "  JOIN transfers t ON t.merchant_id = l.merchant_id AND t.id = l.transfer_id WHERE l.merchant_id = $1 AND l.min_fen IS NOT NULL AND {} ) x"
)
"""A red packet with what became of it, exact at the moment asked about: one past its end is expired, whatever the schedule did."""


async def of_member(
    merchant_id: UUID,
    member_id: UUID,
    at: datetime,
    *,
    states: Sequence[State] = (),
    first: int = MOST,
    after: UUID | None = None,
) -> list[RedPacket]:
    """A member's red packets, newest first."""
    rows = await database.fetch(
        PACKETS.format("a.owner_kind = 'member' AND a.owner_id = $2")
        + " WHERE (cardinality($4::text[]) = 0 OR state = ANY($4)) AND ($5::uuid IS NULL OR id < $5)"
        " ORDER BY id DESC LIMIT $6",
        merchant_id,
        member_id,
        at,
        list(states),
        after,
        first,
    )
    return [_packet(row) for row in rows]


async def usable(merchant_id: UUID, member_id: UUID, at: datetime) -> list[RedPacket]:
    """Those that may pay now, the soonest to end first, at most `MOST`: asked with every price, so those that are used up are
    not looked at."""
    rows = await database.fetch(
        PACKETS.format("a.owner_kind = 'member' AND a.owner_id = $2 AND l.remaining > l.held AND l.expires_at > $3")
        + " ORDER BY expires_at, id LIMIT $4",
        merchant_id,
        member_id,
        at,
        MOST,
    )
    return [_packet(row) for row in rows]


async def by_key(merchant_id: UUID, business_key: str, at: datetime) -> RedPacket | None:
    """The red packet that this business key gave."""
    row = await database.fetchrow(
        PACKETS.format("t.business_key = $2") + " WHERE $3::timestamptz IS NOT NULL", merchant_id, business_key, at
    )
    return _packet(row) if row else None


def _packet(row: Mapping[str, Any]) -> RedPacket:
    return RedPacket(**{name: row[name] for name in RedPacket.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Traced:
    """A red packet that an order gave: what is `free` of it, and what of it was `spent` (or is held for an order that waits).
    What has ended was neither."""

    id: UUID
    free: int
    spent: int


async def traced(tx: Tx, merchant_id: UUID, business_keys: Sequence[str], at: datetime) -> dict[str, Traced]:
    """What became of the red packets that these business keys gave, by key. For a decision the caller has the account
    locked."""
    rows = await tx.fetch(
        "SELECT t.business_key, l.id, CASE WHEN l.expires_at > $3 THEN l.remaining - l.held ELSE 0 END AS free,"
        " l.held - coalesce((SELECT sum(p.amount) FROM lot_parts p JOIN transfers x ON x.merchant_id = p.merchant_id AND x.id = p.transfer_id"
        "  WHERE p.merchant_id = l.merchant_id AND p.lot_id = l.id AND x.kind IN ('spend', 'refund', 'withheld')), 0)::bigint AS spent"
        " FROM transfers t JOIN lots l ON l.merchant_id = t.merchant_id AND l.transfer_id = t.id"
        " WHERE t.merchant_id = $1 AND t.business_key = ANY($2::text[])",
        merchant_id,
        list(business_keys),
        at,
    )
    return {row["business_key"]: Traced(row["id"], row["free"], row["spent"]) for row in rows}
