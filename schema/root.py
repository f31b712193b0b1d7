"""The one schema: built here, exported to schema.graphql, served by backend/app.py."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import strawberry
import structlog
from graphql import GraphQLError
from sentry_sdk import capture_exception
from strawberry.extensions import (
    AddValidationRules,
    DisableIntrospection,
    MaskErrors,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.extensions.max_aliases import create_validator as alias_rule
from strawberry.extensions.query_depth_limiter import create_validator as depth_rule
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from backend.kit import database
from backend.kit.observe import OPERATIONS, SECONDS
from schema.accounts import AccountQuery, AccountSubscription
from schema.base import SCALARS
from schema.cart import CartQuery, CartSubscription
from schema.catalog import CatalogQuery
from schema.coupon_admin import CouponAdminMutation, CouponAdminQuery
from schema.coupon_codes import CouponCodeMutation, CouponCodeQuery
from schema.coupons import CouponMutation, CouponQuery
from schema.dashboard import DashboardQuery, DashboardSubscription
from schema.external import ExternalMutation, ExternalQuery
from schema.identity import IdentityMutation, IdentityQuery
from schema.levels import LevelMutation, LevelQuery
from schema.lifecycle import LifecycleMutation, LifecycleQuery
from schema.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS, CostLimit
from schema.mall import MallMutation, MallQuery
from schema.member_list import MemberListQuery
from schema.orders import OrderMutation, OrderQuery
from schema.promotions import PromotionMutation, PromotionQuery
from schema.red_packet_admin import RedPacketMutation
from schema.referrals import ReferralMutation, ReferralQuery
from schema.refunds import RefundMutation, RefundQuery

log = structlog.get_logger("graphql")

Query = merge_types(
    "Query",
    (
        IdentityQuery,
        CatalogQuery,
        PromotionQuery,
        CouponQuery,
        CouponAdminQuery,
        CouponCodeQuery,
        MallQuery,
        ReferralQuery,
        CartQuery,
        AccountQuery,
        LevelQuery,
        LifecycleQuery,
        MemberListQuery,
        OrderQuery,
        RefundQuery,
        ExternalQuery,
        DashboardQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        IdentityMutation,
        PromotionMutation,
        CouponMutation,
        CouponAdminMutation,
        CouponCodeMutation,
        RedPacketMutation,
        LevelMutation,
        MallMutation,
        ReferralMutation,
        LifecycleMutation,
        OrderMutation,
        RefundMutation,
        ExternalMutation,
    ),
)
Subscription = merge_types("Subscription", (CartSubscription, AccountSubscription, DashboardSubscription))

RULES = [CostLimit, depth_rule(MAX_DEPTH, None), alias_rule(MAX_ALIASES)]
"""Made once: strawberry's own limiter extensions make a new rule class for every request, which the validation
cache takes for other rules, so that it would never hit."""

AWAY = "服务暂时连不上数据库，请几秒后重试；重试不会重复领取或下单"
INTERNAL = "服务器内部错误，我们已收到记录，请稍后再试"


def is_internal(error: GraphQLError) -> bool:
    """Errors that we did not mean: their text stays inside."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError):
        return False
    # a value that a scalar refused is the client's fault and names the place
    return not (isinstance(error.original_error, ValueError) and error.path is None)


UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")


def writable(value: object) -> bool:
    """Whether every text in a value can be stored: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return UNWRITABLE.search(value) is None
    if isinstance(value, Mapping):
        return all(writable(k) and writable(v) for k, v in value.items())
    return all(writable(v) for v in value) if isinstance(value, (list, tuple)) else True


class CleanText(SchemaExtension):
    """Refuses text that PostgreSQL cannot store, before anything runs."""

    def on_execute(self) -> Iterator[None]:  # type: ignore[override]
        context = self.execution_context
        if (
            not writable(context.variables or {})
            or ESCAPED.search(context.query or "")
            or not writable(context.query or "")
        ):
            raise GraphQLError("文字里有不能保存的字符（NUL 或不成对的代理字符）", extensions={"code": "BAD_REQUEST"})
        yield


class Watched(SchemaExtension):
    """Metrics and a log line for every operation; internal errors go to the log and to Sentry in full."""

    async def on_operation(self) -> AsyncIterator[None]:  # type: ignore[override]
        started = time.perf_counter()
        yield
        name = self.execution_context.operation_name or "anonymous"
        name = name if len(name) <= 40 and name.isidentifier() else "other"
        errors = getattr(self.execution_context.result, "errors", None) or []
        outcome = "error" if errors else "ok"
        OPERATIONS.labels(name, outcome).inc()
        SECONDS.labels(name).observe(time.perf_counter() - started)


class Recorded(MaskErrors):
    """Masks what is internal, after it has been recorded."""

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        if isinstance(error.original_error, database.OUTAGES):
            log.warning("database_away", error=type(error.original_error).__name__)
            told = GraphQLError(AWAY, error.nodes, path=error.path)
            told.extensions = {"code": "UNAVAILABLE", "retryAfterSeconds": 3}
            return told
        log.error("resolver_failed", path=[str(p) for p in error.path or []], exc_info=error.original_error)
        capture_exception(error.original_error)
        masked = super().anonymise_error(error)
        masked.extensions = {"code": "INTERNAL"}
        return masked


def make_schema(*, introspection: bool) -> strawberry.Schema:
    """The schema with its guards; `introspection` is off in production."""
    extensions: list[Callable[..., SchemaExtension]] = [
        Watched,
        CleanText,
        lambda: Recorded(should_mask_error=is_internal, error_message=INTERNAL),
        lambda: ParserCache(maxsize=500),
        lambda: ValidationCache(maxsize=500),
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: AddValidationRules(RULES),
    ]
    if not introspection:
        extensions.append(DisableIntrospection)
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=extensions,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
