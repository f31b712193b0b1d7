"""The one schema: built here, exported to schema.graphql, served by backend/app.py."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from backend.kit import database
from schema.accounts import AccountQuery, AccountSubscription
from schema.base import SCALARS
from schema.cart import CartQuery, CartSubscription
from schema.catalog import CatalogQuery
from schema.complaints import ComplaintMutation, ComplaintQuery
from schema.coupon_admin import CouponAdminMutation, CouponAdminQuery
from schema.coupon_codes import CouponCodeMutation, CouponCodeQuery
from schema.coupon_templates import CouponTemplateMutation, CouponTemplateQuery
from schema.coupons import CouponMutation, CouponQuery
from schema.dashboard import DashboardQuery, DashboardSubscription
from schema.drop_links import DropLinkMutation
from schema.engagement import EngagementMutation, EngagementQuery
from schema.exposures import ExposureMutation, ExposureQuery
from schema.external import ExternalMutation, ExternalQuery
from schema.family import FamilyMutation, FamilyQuery
from schema.guards import Guard, checked
from schema.identity import IdentityMutation, IdentityQuery
from schema.levels import LevelMutation, LevelQuery
from schema.liabilities import LiabilityQuery
from schema.lifecycle import LifecycleMutation, LifecycleQuery
from schema.lottery import LotteryMutation, LotteryQuery
from schema.mall import MallMutation, MallQuery
from schema.member_list import MemberListQuery
from schema.orders import OrderMutation, OrderQuery
from schema.presale import PresaleMutation, PresaleQuery
from schema.profile_admin import ProfileAdminMutation, ProfileAdminQuery
from schema.profiles import ProfileMutation, ProfileQuery
from schema.promotions import PromotionMutation, PromotionQuery
from schema.red_packet_admin import RedPacketMutation
from schema.referrals import ReferralMutation, ReferralQuery
from schema.refunds import RefundMutation, RefundQuery
from schema.share_figures import ShareFiguresQuery
from schema.shelves import ShelfMutation, ShelfQuery, ShelfSubscription
from schema.stacking import StackingMutation, StackingQuery
from schema.suppliers import SupplierQuery
from schema.ties import TieMutation
from schema.trade import TradeMutation, TradeQuery

Query = merge_types(
    "Query",
    (
        IdentityQuery,
        CatalogQuery,
        ShelfQuery,
        PromotionQuery,
        CouponQuery,
        CouponAdminQuery,
        CouponTemplateQuery,
        CouponCodeQuery,
        StackingQuery,
        TradeQuery,
        ExposureQuery,
        MallQuery,
        LotteryQuery,
        EngagementQuery,
        ShareFiguresQuery,
        ComplaintQuery,
        ReferralQuery,
        FamilyQuery,
        CartQuery,
        AccountQuery,
        LevelQuery,
        LifecycleQuery,
        MemberListQuery,
        ProfileQuery,
        ProfileAdminQuery,
        OrderQuery,
        PresaleQuery,
        RefundQuery,
        ExternalQuery,
        SupplierQuery,
        LiabilityQuery,
        DashboardQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        IdentityMutation,
        ShelfMutation,
        PromotionMutation,
        CouponMutation,
        CouponAdminMutation,
        CouponTemplateMutation,
        CouponCodeMutation,
        DropLinkMutation,
        StackingMutation,
        TradeMutation,
        ExposureMutation,
        RedPacketMutation,
        LevelMutation,
        MallMutation,
        LotteryMutation,
        EngagementMutation,
        ComplaintMutation,
        ReferralMutation,
        FamilyMutation,
        LifecycleMutation,
        OrderMutation,
        PresaleMutation,
        RefundMutation,
        ExternalMutation,
        TieMutation,
        ProfileMutation,
        ProfileAdminMutation,
    ),
)
Subscription = merge_types(
    "Subscription", (CartSubscription, ShelfSubscription, AccountSubscription, DashboardSubscription)
)


class Names(NameConverter):
    """Each name is written in camel case once: Strawberry asks for those of an input's fields with every request."""

    def __init__(self) -> None:
        super().__init__()
        self._camel: dict[str, str] = {}

    def apply_naming_config(self, name: str) -> str:
        if name not in self._camel:
            self._camel[name] = super().apply_naming_config(name)
        return self._camel[name]


class Schema(strawberry.Schema):
    """Strawberry's, which writes each error into the log with where it came from: of an outage that would be some seventy lines for
    each refusal, while the processor is needed for what comes after. The guard says it in one."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        super().process_errors(
            [e for e in errors if not isinstance(e.original_error, database.OUTAGES)], execution_context
        )


def make_schema(*, introspection: bool) -> strawberry.Schema:
    """The schema with its guards; `introspection` is off in production."""
    check = checked(lambda: made._schema, introspection=introspection)
    made = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=[lambda: Guard(check)],
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=Names()),
    )
    return made
