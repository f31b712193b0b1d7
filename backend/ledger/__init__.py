"""Door of the slice: the ledger behind benefit accounts 权益账户 and budgets."""

from backend.ledger.service import (
    MEMBER_UNITS,
    Held,
    HoldEnded,
    Line,
    Moved,
    Owner,
    Short,
    Violation,
    balances,
    entries,
    hold,
    member,
    merchant_book,
    post_hold,
    transfer,
    verify,
    void_hold,
)

__all__ = ["MEMBER_UNITS", "Held", "HoldEnded", "Line", "Moved", "Owner", "Short", "Violation", "balances", "entries", "hold", "member",
           "merchant_book", "post_hold", "transfer", "verify", "void_hold"]
