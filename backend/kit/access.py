"""Who is asking: short signed tokens, roles (T09), and the scope of a role.

A token carries merchant, subject and roles; every read and write below takes the merchant from here and
from nowhere else (R04).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from uuid import UUID

import jwt

from backend.kit.crypto import derive

Role = Literal[
    "store_manager",
    "analyst",
    "finance",
    "marketing",
    "approver",
    "supplier",
    "cashier",
    "auditor",
    "customer_service",
    "coupon_operator",
    "field_promoter",
    "admin",
]
ROLES: tuple[Role, ...] = Role.__args__  # type: ignore[attr-defined]

Permission = Literal[
    "promotions.read",
    "promotions.write",
    "coupons.read",
    "coupons.write",
    "coupons.compensate",
    "dashboard.read",
    "members.read",
    "members.adjust",
    "members.edit",
    "levels.write",
    "orders.read",
    "orders.complete",
    "orders.refund",
    "complaints.read",
    "complaints.answer",
    "staff.read",
    "systems.write",
    "suppliers.read",
    "books.read",
    "stock.read",
    "stock.write",
]

_ALL: frozenset[Permission] = frozenset(Permission.__args__)  # type: ignore[attr-defined]
GRANTS: dict[Role, frozenset[Permission]] = {
    "admin": _ALL,
    "marketing": frozenset(
        {"promotions.read", "promotions.write", "coupons.read", "coupons.write", "levels.write", "dashboard.read"}
    ),
    "coupon_operator": frozenset({"promotions.read", "coupons.read", "coupons.write", "dashboard.read"}),
    "approver": frozenset({"promotions.read", "coupons.read", "dashboard.read"}),
    "store_manager": frozenset(
        {
            "promotions.read",
            "coupons.read",
            "coupons.compensate",
            "dashboard.read",
            "members.read",
            "members.edit",
            "orders.read",
            "orders.complete",
            "orders.refund",
            "complaints.read",
            "complaints.answer",
            "stock.read",
            "stock.write",
        }
    ),
    "analyst": frozenset({"promotions.read", "coupons.read", "dashboard.read"}),
    "finance": frozenset(
        {"promotions.read", "coupons.read", "dashboard.read", "orders.read", "suppliers.read", "books.read"}
    ),
    "auditor": frozenset(
        {
            "promotions.read",
            "coupons.read",
            "dashboard.read",
            "orders.read",
            "complaints.read",
            "staff.read",
            "suppliers.read",
            "books.read",
            "stock.read",
        }
    ),
    "customer_service": frozenset(
        {
            "promotions.read",
            "coupons.read",
            "coupons.compensate",
            "members.read",
            "members.adjust",
            "members.edit",
            "orders.read",
            "orders.refund",
            "complaints.read",
            "complaints.answer",
            "stock.read",
        }
    ),
    "cashier": frozenset({"promotions.read", "orders.read", "orders.complete", "stock.read"}),
    "supplier": frozenset({"suppliers.read"}),
    "field_promoter": frozenset({"promotions.read"}),
}


class BadToken(Exception):
    """The token is wrong or its time is over. `expired` tells which."""

    def __init__(self, expired: bool) -> None:
        super().__init__("登录已过期，请重新登录" if expired else "登录凭证无效，请重新登录")
        self.expired = expired


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `subject_id` is None for somebody who has not logged in; a system is a machine: a till, a marketplace.
    `supplier`: staff of a supplier, who see what is its own alone."""

    merchant_id: UUID
    kind: Literal["anonymous", "consumer", "staff", "system"]
    subject_id: UUID | None = None
    roles: tuple[Role, ...] = ()
    store_ids: tuple[UUID, ...] = ()
    expires_at: datetime | None = None
    supplier: str = ""

    @property
    def actor(self) -> str:
        return f"{self.kind}:{self.subject_id}" if self.subject_id else self.kind

    def may(self, permission: Permission) -> bool:
        return self.kind == "staff" and any(permission in GRANTS[role] for role in self.roles)

    @property
    def suppliers(self) -> tuple[str, ...] | None:
        """Whose shares this viewer sees: the own supplier's alone; all (None) for the merchant's own people; nobody's for
        somebody in the role of a supplier of whom nobody has said which."""
        if self.supplier:
            return (self.supplier,)
        own = any("suppliers.read" in GRANTS[role] for role in self.roles if role != "supplier")
        return None if own else ()

    def sees_store(self, store_id: UUID) -> bool:
        """Staff with stores named see those alone."""
        return not self.store_ids or store_id in self.store_ids


def issue(secret: bytes, viewer: Viewer, at: datetime, seconds: int) -> tuple[str, datetime]:
    """A signed access token (HS256) and its end."""
    until = at + timedelta(seconds=seconds)
    claims = {
        "mid": viewer.merchant_id.hex,
        "sub": viewer.subject_id.hex if viewer.subject_id else "",
        "knd": viewer.kind,
        "rol": list(viewer.roles),
        "sto": [store.hex for store in viewer.store_ids],
        "sup": viewer.supplier,
        "iat": int(at.timestamp()),
        "exp": int(until.timestamp()),
        "aud": "shuhui",
    }
    return jwt.encode(claims, derive(secret, "access-token"), algorithm="HS256"), until


def read(secret: bytes, token: str, at: datetime) -> Viewer:
    """The viewer that a token names. Raises `BadToken`."""
    viewer = _viewer(secret, token)
    if viewer.expires_at is None or viewer.expires_at <= at:
        raise BadToken(expired=True)
    return viewer


@lru_cache(maxsize=4096)
def _viewer(secret: bytes, token: str) -> Viewer:
    """The same token comes with every request of its owner: its signature is checked once. Its end is for the caller."""
    try:
        claims = jwt.decode(
            token,
            derive(secret, "access-token"),
            algorithms=["HS256"],
            audience="shuhui",
            options={"require": ["exp", "sub", "aud"], "verify_exp": False},
        )
        return Viewer(
            merchant_id=UUID(hex=claims["mid"]),
            kind=claims["knd"],
            subject_id=UUID(hex=claims["sub"]),
            roles=tuple(role for role in claims["rol"] if role in GRANTS),
            store_ids=tuple(UUID(hex=store) for store in claims["sto"]),
            expires_at=datetime.fromtimestamp(claims["exp"], tz=UTC),
            supplier=claims.get("sup", ""),
        )
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
        raise BadToken(expired=False) from error
