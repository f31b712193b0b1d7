"""Scalars, descriptions, refusals, errors, permissions: what every part of the schema uses."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import re
from collections.abc import Sequence
from typing import Any, NewType, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.permission import BasePermission
from strawberry.types import Info
from strawberry.types.scalar import ScalarDefinition

from backend.kit.access import GRANTS, Permission, Role
from schema.context import Context

MOST_SAFE = 2**53
T = TypeVar("T")
AppInfo = Info[Context, None]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -MOST_SAFE <= value <= MOST_SAFE:
        raise ValueError("须是整数（2^53 以内），不接受小数")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("须是一个 JSON 对象")
    return value


Fen = NewType("Fen", int)
BasisPoints = NewType("BasisPoints", int)
OfferDefinition = NewType("OfferDefinition", object)

SCALARS: dict[object, ScalarDefinition] = {
    Fen: strawberry.scalar(
        name="Fen",
        serialize=_whole,
        parse_value=_whole,
        description="Whole number of fen (分), the smallest money unit of the merchant's currency; safe to 2^53.",
    ),
    BasisPoints: strawberry.scalar(
        name="BasisPoints",
        serialize=_whole,
        parse_value=_whole,
        description="Rate in basis points of what is paid; 8500 is 八五折.",
    ),
    OfferDefinition: strawberry.scalar(
        name="OfferDefinition",
        serialize=lambda v: v,
        parse_value=_object,
        description="One offer (优惠) or scope as written in docs/pricing.md: a JSON object such as {type, scope, when, tiers}, without its id.",
    ),
}

EARLIEST, LATEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def _instant(value: Any) -> dt.datetime:
    if not isinstance(value, str):
        raise ValueError("须是带时区的时间，例如 2026-06-18T19:30:00+08:00")
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("须是带时区的时间，例如 2026-06-18T19:30:00+08:00") from error
    if found.tzinfo is None or not EARLIEST <= found < LATEST:
        raise ValueError("须带时区，且在 2000 至 2099 年之间，例如 2026-06-18T19:30:00+08:00")
    return found


SCALARS[dt.datetime] = strawberry.scalar(
    name="DateTime",
    serialize=lambda value: value.isoformat(),
    parse_value=_instant,
    description="Instant with time zone, ISO 8601, between the years 2000 and 2099.",
)
KEY = re.compile(r"[\x21-\x7e]{1,80}")


def checked_key(key: str) -> str:
    """An idempotency key: 1–80 printable ASCII characters without spaces; longer ones would have to be cut."""
    if not KEY.fullmatch(key):
        raise BadRequest("idempotencyKey 须是 1–80 个可见的 ASCII 字符")
    return key


_FIELD = re.compile(r"^([a-z][a-z0-9_]*): (.+)$")


def _told(cls: type) -> tuple[list[str], dict[str, str]]:
    text, fields = [], {}
    for line in (inspect.getdoc(cls) or "").splitlines():
        match = _FIELD.match(line.strip())
        if match:
            fields[match.group(1)] = match.group(2)
        elif line.strip():
            text.append(line.strip())
    return text, fields


def described(cls: type[T]) -> type[T]:
    """Takes the description of a type and of its fields from its docstring: text first, then lines `field: sentence`; of fields that it
    has from another type, from that one's."""
    text, fields = _told(cls)
    above = [_told(base)[1] for base in reversed(cls.__mro__[1:]) if hasattr(base, "__strawberry_definition__")]
    inherited = {name: sentence for told in above for name, sentence in told.items()}
    definition = getattr(cls, "__strawberry_definition__", None)
    if definition is None:
        raise TypeError(f"{cls.__name__} is not a schema type")
    definition.description = " ".join(text)
    known = set()
    for field in definition.fields:
        known.add(field.python_name)
        if sentence := fields.get(field.python_name) or inherited.get(field.python_name):
            field.description = sentence
    unknown = set(fields) - known
    if unknown:
        raise TypeError(f"{cls.__name__} describes fields that it does not have: {sorted(unknown)}")
    return cls


def enumeration(name: str, values: dict[str, str], description: str) -> Any:
    """A GraphQL enum whose Python values are its own names; `values` maps name → description."""
    made = enum.Enum(name, {value: strawberry.enum_value(value, description=text) for value, text in values.items()})  # type: ignore[misc]
    return strawberry.enum(made, name=name, description=description)


class Denied(GraphQLError):
    """The viewer may not see or do this."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


class BadRequest(GraphQLError):
    """The request itself is wrong: an id of another type, a page too large, a missing merchant."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "BAD_REQUEST"})


class ConsumerOnly(BasePermission):
    """A logged-in consumer."""

    def has_permission(self, source: Any, info: AppInfo, **_: Any) -> bool:
        viewer = info.context.viewer
        if viewer is None or viewer.kind == "anonymous":
            raise Denied("UNAUTHENTICATED", "请先登录")
        if viewer.kind != "consumer":
            raise Denied("FORBIDDEN", "这里只供顾客使用")
        return True


class MerchantKnown(BasePermission):
    """Anybody, but of a known merchant: by token, or by the header X-Shuhui-Merchant."""

    def has_permission(self, source: Any, info: AppInfo, **_: Any) -> bool:
        if info.context.viewer is None:
            raise BadRequest("缺少商户：请带上请求头 X-Shuhui-Merchant，或先登录")
        return True


class Anybody(BasePermission):
    """Public: log-in and what is needed before it."""

    def has_permission(self, source: Any, info: AppInfo, **_: Any) -> bool:
        return True


class StaffOnly(BasePermission):
    """Staff whose role has `permission`."""

    permission: Permission

    def has_permission(self, source: Any, info: AppInfo, **_: Any) -> bool:
        viewer = info.context.viewer
        if viewer is None or viewer.kind == "anonymous":
            raise Denied("UNAUTHENTICATED", "请先登录")
        if not viewer.may(self.permission):
            raise Denied("FORBIDDEN", f"您的角色没有这项权限（{self.permission}）")
        return True


class SystemOnly(BasePermission):
    """An external system: a till, a marketplace."""

    def has_permission(self, source: Any, info: AppInfo, **_: Any) -> bool:
        viewer = info.context.viewer
        if viewer is None or viewer.kind == "anonymous":
            raise Denied("UNAUTHENTICATED", "请先用系统密钥登录")
        if viewer.kind != "system":
            raise Denied("FORBIDDEN", "这里只供外部系统使用")
        return True


def external() -> list[type[BasePermission]]:
    return [SystemOnly]


def may(permission: Permission) -> list[type[BasePermission]]:
    """Permission classes for a field of staff."""
    return [type(f"May_{permission.replace('.', '_')}", (StaffOnly,), {"permission": permission})]


def public() -> list[type[BasePermission]]:
    return [Anybody]


def shop() -> list[type[BasePermission]]:
    return [MerchantKnown]


def consumer() -> list[type[BasePermission]]:
    return [ConsumerOnly]


def merchant_id(info: AppInfo) -> Any:
    viewer = info.context.viewer
    if viewer is None:
        raise BadRequest("缺少商户")
    return viewer.merchant_id


def member_id(info: AppInfo) -> Any:
    """The logged-in consumer, or None for anybody else."""
    viewer = info.context.viewer
    return viewer.subject_id if viewer is not None and viewer.kind == "consumer" else None


def page(first: int) -> int:
    if not 1 <= first <= 100:
        raise BadRequest("first 须为 1–100")
    return first


ROLE_NAMES = {
    "store_manager": "店长",
    "analyst": "分析师",
    "finance": "财务",
    "marketing": "市场",
    "approver": "审批人",
    "supplier": "供应商",
    "cashier": "收银员",
    "auditor": "审计",
    "customer_service": "客服",
    "coupon_operator": "券销专员",
    "field_promoter": "地推",
    "admin": "管理员",
}
assert set(ROLE_NAMES) == set(GRANTS)
RoleEnum = enumeration(
    "Role", {role.upper(): f"{ROLE_NAMES[role]}." for role in GRANTS}, "What a member of staff may do 角色 (T09)."
)


def role_value(role: Role | str) -> Any:
    return RoleEnum[role.upper()]


@strawberry.interface(description="A refusal is a fact, with what would change it; every refusal implements this.")
class Refusal:
    code: str = strawberry.field(description="Name of the refusal, the same as its type.")
    message: str = strawberry.field(description="The refusal in the reader's words, Chinese, with what to do next.")


FAULTS = (
    (re.compile(r"^is required$"), "必填"),
    (re.compile(r"^must not be empty$"), "不能为空"),
    (re.compile(r"^must be at least (\S+?)(?:, not .*)?$"), r"不能小于 \1"),
    (re.compile(r"^must be at most (\S+?)(?:, not .*)?$"), r"不能大于 \1"),
    (re.compile(r"^must be (?:from )?(\S+) to (\S+?)(?:, not .*)?$"), r"须在 \1 与 \2 之间"),
    (re.compile(r"^must be a whole number.*$"), "须是整数"),
    (re.compile(r"^must be a text.*$"), "须是文字"),
    (re.compile(r"^must be a list.*$"), "须是列表"),
    (re.compile(r"^must be an object.*$"), "须是对象"),
    (re.compile(r"^must be true or false.*$"), "须是 true 或 false"),
    (re.compile(r"^must be one of (.*), not .*$"), r"须是其中之一：\1"),
    (re.compile(r"^must be below the tier before it, which has (\S+)$"), r"须低于上一档的 \1"),
    (re.compile(r"^must be above the tier before it, which has (\S+)$"), r"须高于上一档的 \1"),
    (re.compile(r"^must be after from$"), "须晚于 from"),
    (re.compile(r"^is not a known field$"), "没有这个字段"),
    (re.compile(r"^must have either (.*) or (.*)$"), r"\1 与 \2 须二选一"),
    (re.compile(r"^must have exactly one of (.*)$"), r"须恰有其一：\1"),
    (re.compile(r"^must name something.*$"), "须指定范围：all、skus、categories、brands 或 tags"),
)


def in_chinese(message: str) -> str:
    """The engine's faults in the operator's language; what has no translation stays as it is."""
    for pattern, words in FAULTS:
        if pattern.match(message):
            return pattern.sub(words, message)
    return message


@described
@strawberry.type
class Problem:
    """One fault of an input.
    path: Where it stands, e.g. offers[0].tiers[1].off.
    message: What is wrong, in words.
    """

    path: str
    message: str


@described
@strawberry.type
class InvalidInput(Refusal):
    """The input cannot be used; nothing was changed.
    problems: Every fault at once, each with its place.
    """

    problems: list[Problem]

    @staticmethod
    def of(problems: Any) -> InvalidInput:
        rows = [Problem(path=p.path, message=in_chinese(p.message)) for p in problems]
        return InvalidInput(code="InvalidInput", message="；".join(p.message for p in rows[:3]), problems=rows)


@described
@strawberry.type
class NotFound(Refusal):
    """There is no such thing here."""

    @staticmethod
    def make(message: str) -> NotFound:
        return NotFound(code="NotFound", message=message)


@described
@strawberry.type
class IdempotencyConflict(Refusal):
    """The idempotency key was used before with another input."""

    @staticmethod
    def make() -> IdempotencyConflict:
        return IdempotencyConflict(code="IdempotencyConflict", message="这个请求编号已用于另一项操作，请刷新后重试")


@described
@strawberry.type
class Busy(Refusal):
    """Too many requests wait; nothing was done.
    retry_after_ms: Milliseconds after which to try again with the same key.
    """

    retry_after_ms: int

    @staticmethod
    def make(retry_after_ms: int) -> Busy:
        return Busy(code="Busy", message="人太多了，请稍等片刻再试", retry_after_ms=retry_after_ms)


@described
@strawberry.type
class PageInfo:
    """Where a page of a connection ends.
    has_next_page: Whether more follows.
    end_cursor: Hand this to `after` for the next page.
    """

    has_next_page: bool
    end_cursor: str | None

    @classmethod
    def of(cls, nodes: Sequence[Any], more: bool) -> PageInfo:
        """`nodes`: those of the page in order, each with its `id`."""
        return cls(has_next_page=more, end_cursor=nodes[-1].id if nodes else None)
