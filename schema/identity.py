"""Merchants, stores, members, staff, log-in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

import strawberry

from backend import members, merchants
from backend.connectors.wechat import CodeRefused, WeChatUnavailable
from backend.kit import ids
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    Refusal,
    RoleEnum,
    consumer,
    described,
    enumeration,
    member_id,
    merchant_id,
    public,
    role_value,
    shop,
)

ConsumerPlatform = enumeration(
    "ConsumerPlatform", {"WEAPP": "WeChat mini-program.", "H5": "A browser."}, "Where a consumer logs in."
)


@described
@strawberry.type
class Merchant:
    """A merchant 商户, the tenant.
    id: Opaque id.
    code: Short name used in addresses.
    name: Name shown to people.
    currency: ISO 4217 code; all Fen are its minor units.
    time_zone: IANA time zone of its calendar days.
    """

    id: strawberry.ID
    code: str
    name: str
    currency: str
    time_zone: str

    @staticmethod
    def of(info: merchants.MerchantInfo) -> Merchant:
        return Merchant(
            id=strawberry.ID(ids.encode("mer", info.id)),
            code=info.code,
            name=info.name,
            currency=info.currency,
            time_zone=info.time_zone,
        )


@described
@strawberry.type
class Store:
    """A store 门店 of the merchant's organisation tree.
    id: Opaque id.
    code: The merchant's own code.
    name: Name shown to people.
    city: City 城市.
    region_path: Organisation node, like 四川/成都/春熙路.
    address: Street address.
    """

    id: strawberry.ID
    code: str
    name: str
    city: str
    region_path: str
    address: str

    @staticmethod
    def of(info: merchants.StoreInfo) -> Store:
        return Store(
            id=strawberry.ID(ids.encode("sto", info.id)),
            code=info.code,
            name=info.name,
            city=info.city,
            region_path=info.region_path,
            address=info.address,
        )


@described
@strawberry.type
class Member:
    """A customer 会员 of the merchant.
    id: Opaque id.
    nickname: Name that the member chose.
    level: Code of the level.
    level_name: Level in words, e.g. 金卡会员.
    phone_masked: Phone number with its middle hidden; null when none is known.
    birthday: Day of birth; null when unknown.
    dialect_region: Variant of Sichuan dialect for messages: cd, cq, cn, all (Mandarin).
    member_code: 会员号, 16 digits: says who somebody is, and pays nothing (payCode does).
    is_new: Whether the member has no paid order yet.
    """

    id: strawberry.ID
    nickname: str
    level: str
    level_name: str
    phone_masked: str | None
    birthday: dt.date | None
    dialect_region: str
    member_code: str
    is_new: bool


@described
@strawberry.type
class PayCode:
    """付款码, shown at the till as a barcode: with it a till may spend the member's points, balance and red packets, once.
    code: 26 digits, the member code first.
    valid_until: When it ends; ask for another before.
    """

    code: str
    valid_until: dt.datetime


@described
@strawberry.type
class Staff:
    """A member of staff 员工.
    id: Opaque id.
    name: Name shown to colleagues.
    username: Log-in name.
    roles: Roles held (T09).
    store_ids: Stores that the roles are limited to; empty means all.
    merchant: The employer.
    """

    id: strawberry.ID
    name: str
    username: str
    roles: list[RoleEnum]  # type: ignore[valid-type]
    store_ids: list[strawberry.ID]
    merchant: Merchant


@described
@strawberry.type
class Session:
    """A log-in. Send the access token as `Authorization: Bearer`.
    access_token: Short-lived token.
    access_expires_at: When the access token ends.
    refresh_token: Works once, for refreshSession.
    member: The consumer, when one logged in.
    staff: The member of staff, when one logged in.
    merchant: The merchant of the session.
    """

    access_token: str
    access_expires_at: dt.datetime
    refresh_token: str
    member: Member | None
    staff: Staff | None
    merchant: Merchant


@described
@strawberry.type
class LogInFailed(Refusal):
    """The log-in was refused.
    retry_after_seconds: Seconds to wait before trying again; null when waiting does not help.
    """

    retry_after_seconds: int | None


LogInResult = Annotated[Session | LogInFailed, strawberry.union("LogInResult", description="A session, or why not.")]


@described
@strawberry.input
class LogInConsumerInput:
    """How a consumer logs in.
    merchant: Code of the merchant.
    code: Code of wx.login (WEAPP) or of the OAuth redirect (H5).
    platform: Where the code came from.
    idempotency_key: Made by the client for this act. A code works once, so a replay is refused.
    """

    merchant: str
    code: str
    idempotency_key: strawberry.ID
    platform: ConsumerPlatform = ConsumerPlatform.WEAPP  # type: ignore[valid-type]


@described
@strawberry.input
class LogInStaffInput:
    """How staff log in.
    merchant: Code of the merchant.
    username: Log-in name.
    password: Password.
    idempotency_key: Made by the client for this act.
    """

    merchant: str
    username: str
    password: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class RefreshSessionInput:
    """Trades a refresh token for a new session.
    refresh_token: Works once; a second use ends every session that came from it.
    idempotency_key: Made by the client for this act.
    """

    refresh_token: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class LogOutInput:
    """Ends a session and everything that came from the same log-in.
    refresh_token: The session's newest refresh token.
    idempotency_key: Made by the client for this act.
    """

    refresh_token: str
    idempotency_key: strawberry.ID


@described
@strawberry.type
class LoggedOut:
    """The session is over; its access token ends by itself within minutes.
    message: What to tell the person.
    """

    message: str


@described
@strawberry.type
class ClientConfig:
    """What a client needs before log-in.
    merchant: The merchant asked for.
    h5_authorize_url: Where an H5 browser logs in; append redirect_uri and state.
    subscribe_template_ids: Template ids for wx.requestSubscribeMessage when a coupon is claimed.
    presale_template_ids: The same when a deposit is paid.
    environment: development, test or production.
    """

    merchant: Merchant
    h5_authorize_url: str
    subscribe_template_ids: list[str]
    presale_template_ids: list[str]
    environment: str


async def _session(info: AppInfo, tokens: merchants.Tokens) -> Session:
    viewer = tokens.viewer
    merchant = Merchant.of(await merchants.get(viewer.merchant_id))
    assert viewer.subject_id is not None
    member = await _member(info, viewer.merchant_id, viewer.subject_id) if viewer.kind == "consumer" else None
    staff = await _staff(viewer.merchant_id, viewer.subject_id) if viewer.kind == "staff" else None
    return Session(
        access_token=tokens.access,
        access_expires_at=tokens.access_expires_at,
        refresh_token=tokens.refresh,
        member=member,
        staff=staff,
        merchant=merchant,
    )


async def _member(info: AppInfo, merchant: uuid.UUID, member: uuid.UUID) -> Member | None:
    found = await members.get(merchant, member)
    if found is None:
        return None
    phone = await members.phone_masked(info.context.runtime.settings.secret, merchant, member)
    return Member(
        id=strawberry.ID(ids.encode("mem", found.id)),
        nickname=found.nickname,
        level=found.level,
        level_name=found.level_name,
        phone_masked=phone,
        birthday=found.birthday,
        dialect_region=found.dialect_region,
        member_code=found.member_code,
        is_new=found.orders_count == 0,
    )


async def _staff(merchant: uuid.UUID, staff: uuid.UUID) -> Staff | None:
    found = await merchants.staff(merchant, staff)
    if found is None:
        return None
    return Staff(
        id=strawberry.ID(ids.encode("stf", found.id)),
        name=found.name,
        username=found.username,
        roles=[role_value(r) for r in found.roles],
        store_ids=[strawberry.ID(ids.encode("sto", s)) for s in found.store_ids],
        merchant=Merchant.of(await merchants.get(merchant)),
    )


def _failed(message: str, retry: int | None = None) -> LogInFailed:
    return LogInFailed(code="LogInFailed", message=message, retry_after_seconds=retry)


def too_often(info: AppInfo, who: str) -> LogInFailed | None:
    wait = max(
        info.context.runtime.log_ins.wait_seconds(f"address:{info.context.address}"),
        info.context.runtime.log_ins.wait_seconds(f"who:{who}"),
    )
    return _failed(f"尝试太频繁，请 {int(wait) + 1} 秒后再试", int(wait) + 1) if wait else None


@strawberry.type
class IdentityQuery:
    @strawberry.field(
        description="What a client needs before log-in; null when there is no such merchant.",
        permission_classes=public(),
    )
    async def client_config(self, info: AppInfo, merchant: str) -> ClientConfig | None:
        found = await merchants.by_code(merchant)
        runtime = info.context.runtime
        return (
            ClientConfig(
                merchant=Merchant.of(found),
                h5_authorize_url=runtime.wechat.authorize_url(),
                environment=runtime.settings.environment,
                subscribe_template_ids=[
                    template
                    for template in (runtime.settings.subscribe_template_id, runtime.settings.level_template_id)
                    if template
                ],
                presale_template_ids=[t for t in [runtime.settings.presale_template_id] if t],
            )
            if found
            else None
        )

    @strawberry.field(description="The logged-in consumer; null for anybody else.", permission_classes=public())
    async def me(self, info: AppInfo) -> Member | None:
        return await _member(info, merchant_id(info), member_id(info)) if member_id(info) else None

    @strawberry.field(description="付款码 of the consumer, made now.", permission_classes=consumer())
    async def pay_code(self, info: AppInfo) -> PayCode:
        secret = info.context.runtime.settings.secret
        made = await members.pay_codes.pay_code(secret, merchant_id(info), member_id(info), now())
        return PayCode(code=made.code, valid_until=made.valid_until)

    @strawberry.field(description="The logged-in member of staff; null for anybody else.", permission_classes=public())
    async def viewer(self, info: AppInfo) -> Staff | None:
        viewer = info.context.viewer
        return (
            await _staff(viewer.merchant_id, viewer.subject_id)
            if viewer and viewer.kind == "staff" and viewer.subject_id
            else None
        )

    @strawberry.field(description="All stores 门店 of the merchant.", permission_classes=shop())
    async def stores(self, info: AppInfo) -> list[Store]:
        return [Store.of(store) for store in await merchants.stores(merchant_id(info))]


@strawberry.type
class IdentityMutation:
    @strawberry.mutation(description="Logs a consumer in with a WeChat code 微信登录.", permission_classes=public())
    async def log_in_consumer(self, info: AppInfo, input: LogInConsumerInput) -> LogInResult:
        merchant = await merchants.by_code(input.merchant)
        if merchant is None:
            return _failed("没有这个商户")
        try:
            person = await info.context.runtime.wechat.log_in(input.code, h5=input.platform.value == "H5")
        except WeChatUnavailable:
            return _failed("微信暂时没有回应，请稍后再试", 5)
        if isinstance(person, CodeRefused):
            return _failed(
                "登录码无效或已用过，请重新登录" if person.errcode == 40029 else f"微信拒绝了登录（{person.errcode}）"
            )
        member = await members.join(merchant.id, person.openid, now())
        settings = info.context.runtime.settings
        return await _session(
            info,
            await merchants.open_session(
                settings.secret,
                members.viewer_of(member),
                now(),
                settings.access_token_seconds,
                settings.refresh_token_seconds,
            ),
        )

    @strawberry.mutation(description="Logs staff in with a password.", permission_classes=public())
    async def log_in_staff(self, info: AppInfo, input: LogInStaffInput) -> LogInResult:
        refused = too_often(info, f"{input.merchant}:{input.username}")
        merchant = await merchants.by_code(input.merchant)
        if refused or merchant is None:
            return refused or _failed("商户、用户名或密码不对")
        settings = info.context.runtime.settings
        tokens = await merchants.log_in_staff(
            settings.secret,
            merchant,
            input.username,
            input.password,
            now(),
            settings.access_token_seconds,
            settings.refresh_token_seconds,
        )
        return (
            await _session(info, tokens) if isinstance(tokens, merchants.Tokens) else _failed("商户、用户名或密码不对")
        )

    @strawberry.mutation(
        description="Ends a session 退出登录; a token that is unknown or over is as good as ended.",
        permission_classes=public(),
    )
    async def log_out(self, info: AppInfo, input: LogOutInput) -> LoggedOut:
        await merchants.close_session(input.refresh_token, now())
        return LoggedOut(message="已退出登录")

    @strawberry.mutation(description="Trades a refresh token for a new session.", permission_classes=public())
    async def refresh_session(self, info: AppInfo, input: RefreshSessionInput) -> LogInResult:
        settings = info.context.runtime.settings
        tokens = await merchants.refresh(
            settings.secret, input.refresh_token, now(), settings.access_token_seconds, settings.refresh_token_seconds
        )
        return (
            await _session(info, tokens) if isinstance(tokens, merchants.Tokens) else _failed("登录已失效，请重新登录")
        )


__all__ = ["IdentityMutation", "IdentityQuery", "Member", "Merchant", "Staff", "Store"]
