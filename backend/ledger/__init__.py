"""Door of the slice: the ledger behind benefit accounts 权益账户 and budgets."""

from backend.ledger import budgets, journal
from backend.ledger.journal import JournalEntry
from backend.ledger.lots import Ending
from backend.ledger.lots import expire_due as expire_points
from backend.ledger.many import PointsGift, give_points
from backend.ledger.rules import JournalLine, PointsPolicy
from backend.ledger.service import (
    MEMBER_UNITS,
    Held,
    HoldEnded,
    Line,
    Moved,
    Owner,
    Short,
    Unit,
    balances,
    entries,
    held_by_members,
    hold,
    locked,
    member,
    merchant_book,
    owed,
    points_ending,
    post_hold,
    posted_key,
    sums_by_key,
    transfer,
    void_hold,
)

__all__ = [
    "MEMBER_UNITS",
    "Ending",
    "Held",
    "HoldEnded",
    "JournalEntry",
    "JournalLine",
    "Line",
    "Moved",
    "Owner",
    "PointsGift",
    "PointsPolicy",
    "Short",
    "Unit",
    "balances",
    "budgets",
    "entries",
    "expire_points",
    "give_points",
    "held_by_members",
    "hold",
    "journal",
    "locked",
    "member",
    "merchant_book",
    "owed",
    "points_ending",
    "post_hold",
    "posted_key",
    "sums_by_key",
    "transfer",
    "void_hold",
]
