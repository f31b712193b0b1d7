"""外部系统: tills and marketplaces, their keys, and the four verbs under their own request numbers."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from backend import merchants, orders
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BadRequest,
    Busy,
    Denied,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    Refusal,
    checked_key,
    described,
    enumeration,
    external,
    may,
    merchant_id,
    public,
)
from schema.cart import wish_of
from schema.catalog import needed_id
from schema.identity import LogInFailed, Merchant, too_often
from schema.orders import Order, OrderNotInState, OutOfStock, PriceChanged, order_answer
from schema.promotions import Channel
from schema.quote_types import AddOnInput, CartInput, CartLineInput, Delivery, GiftChoiceInput, TendersInput
from schema.refund_types import Refund, RefundImpossible, RefundUnitInput, units_of

NUMBER = re.compile(r"[A-Za-z0-9_.-]{1,48}")
ExternalState = enumeration(
    "ExternalState",
    {
        "PREPARED": "已占用: priced and held until the time-out.",
        "CONSUMED": "已核销: paid there, and used up here.",
        "CANCELLED": "已取消, or its time-out has come.",
        "REVERSED": "已冲正: all of it.",
    },
    "What became of a request of an external system.",
)


def checked_number(number: str, what: str) -> str:
    """A number of another system: 1–48 of A–Z, a–z, 0–9, _ . -."""
    if not NUMBER.fullmatch(number):
        raise BadRequest(f"{what} 须是 1–48 个字母、数字或 _ . -")
    return number


@described
@strawberry.type
class ExternalSystem:
    """外部系统: a till or a marketplace that sells for the merchant.
    id: Opaque id.
    code: The merchant's own code for it.
    name: Name shown to people.
    channel: The channel of its sales.
    store_ids: Stores that it sells for; empty means all.
    takes_stock: Whether what it sells leaves the stock that is counted here.
    created_at: When it was let in.
    revoked_at: When it was shut out; null while it may ask.
    """

    id: strawberry.ID
    code: str
    name: str
    channel: Channel  # type: ignore[valid-type]
    store_ids: list[strawberry.ID]
    takes_stock: bool
    created_at: dt.datetime
    revoked_at: dt.datetime | None

    @staticmethod
    def of(info: merchants.SystemInfo) -> ExternalSystem:
        return ExternalSystem(
            id=strawberry.ID(ids.encode("sys", info.id)),
            code=info.code,
            name=info.name,
            channel=Channel[info.channel.upper()],
            store_ids=[strawberry.ID(ids.encode("sto", s)) for s in info.store_ids],
            takes_stock=info.takes_stock,
            created_at=info.created_at,
            revoked_at=info.revoked_at,
        )


@described
@strawberry.type
class ExternalSystemMade:
    """A system that was let in.
    system: The system.
    key: Its key, shown this once; null when the command came again.
    """

    system: ExternalSystem
    key: str | None


@described
@strawberry.type
class SystemSession:
    """A log-in of an external system. Send the access token as `Authorization: Bearer`; when it is over, log in again.
    access_token: Short-lived token.
    access_expires_at: When it ends.
    system: Who is logged in.
    merchant: For whom it sells.
    """

    access_token: str
    access_expires_at: dt.datetime
    system: ExternalSystem
    merchant: Merchant


@described
@strawberry.type
class ExternalRequest:
    """A request number of an external system, and what became of it.
    request_no: The system's own number.
    state: What became of it.
    order: The order under it, with its whole price; null when it was cancelled before it was prepared.
    due_fen: What is paid in cash there, fen; 0 without an order.
    held_until: Until when what was prepared is held; null when it is no longer.
    """

    request_no: strawberry.ID
    state: ExternalState  # type: ignore[valid-type]
    order: Order | None
    due_fen: Fen
    held_until: dt.datetime | None
    batch: strawberry.Private[int | None]

    @strawberry.field(description="The batch that this reversal made; null otherwise.")
    async def refund(self, info: AppInfo) -> Refund | None:
        if self.order is None or self.batch is None:
            return None
        row = self.order.row
        batches = (await orders.refunds.of_orders(row.merchant_id, [row.id]))[row.id]
        paid = (await orders.payouts.of_orders(row.merchant_id, [row.id]))[row.id]
        return next((Refund.of(row.merchant_id, b, paid, True) for b in batches if b.number == self.batch), None)

    @staticmethod
    def of(request: orders.external.Request) -> ExternalRequest:
        order = request.order
        return ExternalRequest(
            request_no=strawberry.ID(request.request_no),
            state=ExternalState[request.state.upper()],
            order=Order.of(order) if order else None,
            due_fen=order.due_fen if order else 0,
            held_until=order.pay_by if order and request.state == "prepared" else None,
            batch=request.batch,
        )


@described
@strawberry.type
class RequestCancelled(Refusal):
    """The request number was cancelled before it was prepared; it prepares nothing any more."""


@described
@strawberry.type
class PaidAmountWrong(Refusal):
    """Another amount is due than was paid; nothing was changed.
    due_fen: What is due.
    paid_fen: What was told as paid.
    """

    due_fen: Fen
    paid_fen: Fen


@described
@strawberry.input
class LogInSystemInput:
    """How an external system logs in.
    merchant: Code of the merchant.
    key: Its key.
    idempotency_key: Made by the client for this act; logging in again does no harm.
    """

    merchant: str
    key: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class CreateExternalSystemInput:
    """Lets a till or a marketplace in.
    code: 2–20 of a–z, 0–9 and -.
    name: Name shown to people.
    channel: The channel of its sales.
    store_ids: Stores that it sells for; empty means all.
    takes_stock: Whether what it sells leaves the stock that is counted here.
    idempotency_key: Made by the client for this act.
    """

    code: str
    name: str
    idempotency_key: strawberry.ID
    channel: Channel = Channel.POS  # type: ignore[valid-type]
    store_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    takes_stock: bool = True


@described
@strawberry.input
class RevokeExternalSystemInput:
    """Shuts a system out, at once and for good.
    system_id: The system.
    idempotency_key: Made by the client for this act.
    """

    system_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class PrepareOrderInput:
    """预占: prices a cart and takes everything that it needs. The request number is the key of the act.
    request_no: The system's own number, 1–48 of A–Z, a–z, 0–9 and _ . -; the same again gives the same order.
    member_code: The pay code 付款码 on the customer's phone (26 digits, a minute, once), or the member code or phone number, with which tenders are refused and no coupon is chosen.
    store_id: The store that sells.
    lines: What is bought.
    delivery: How the goods reach the customer.
    coupon_codes: Codes of the customer's coupons to use, as shown on the phone; null: the best is chosen with a pay code, none without; empty: none.
    tenders: What to pay with besides cash.
    add_ons: Chosen add-ons 加价购.
    gift_choices: Chosen gifts.
    hold_seconds: How long it is held, 60–1800.
    expected_due_fen: What the customer was shown as due, fen; another amount is refused. Null: whatever it is.
    """

    request_no: strawberry.ID
    member_code: str
    store_id: strawberry.ID
    lines: list[CartLineInput]
    delivery: Delivery = Delivery.PICKUP  # type: ignore[valid-type]
    coupon_codes: list[str] | None = None
    tenders: TendersInput | None = None
    add_ons: list[AddOnInput] = strawberry.field(default_factory=list)
    gift_choices: list[GiftChoiceInput] = strawberry.field(default_factory=list)
    hold_seconds: int = 900
    expected_due_fen: Fen | None = None


@described
@strawberry.input
class ConsumeOrderInput:
    """核销: the order was paid there. The request number is the key of the act.
    request_no: The number under which it was prepared.
    paid_fen: What was paid in cash there: what is due, to the fen.
    payment_no: The payment's number there, for the books.
    handed_over: Whether the customer has the goods; what the order earns is granted then. Otherwise the store completes it.
    """

    request_no: strawberry.ID
    paid_fen: Fen
    payment_no: str | None = None
    handed_over: bool = False


@described
@strawberry.input
class CancelRequestInput:
    """取消: frees what was prepared. A number that was never prepared is cancelled too and prepares nothing any more.
    request_no: The request number, the key of the act.
    """

    request_no: strawberry.ID


@described
@strawberry.input
class ReverseOrderInput:
    """冲正: units come back. Tenders, coupons and limits come back here; the system gives the cash back itself.
    request_no: The number under which the order was prepared.
    reverse_no: The reversal's own number, the key of the act.
    units: What comes back; empty: all that is left.
    reason: Why.
    restock: Whether the units go back on a shelf that is counted here.
    """

    request_no: strawberry.ID
    reverse_no: strawberry.ID
    reason: str
    units: list[RefundUnitInput] = strawberry.field(default_factory=list)
    restock: bool = True


LogInSystemResult = Annotated[
    SystemSession | LogInFailed, strawberry.union("LogInSystemResult", description="A session, or why not.")
]
CreateExternalSystemResult = Annotated[
    ExternalSystemMade | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateExternalSystemResult", description="The system and its key, or why not."),
]
RevokeExternalSystemResult = Annotated[
    ExternalSystem | NotFound | IdempotencyConflict,
    strawberry.union("RevokeExternalSystemResult", description="The system, or why not."),
]
PrepareOrderResult = Annotated[
    ExternalRequest | PriceChanged | OutOfStock | RequestCancelled | InvalidInput | IdempotencyConflict | Busy,
    strawberry.union("PrepareOrderResult", description="What is held, or why not."),
]
ConsumeOrderResult = Annotated[
    ExternalRequest | OrderNotInState | PaidAmountWrong | RequestCancelled | NotFound | IdempotencyConflict,
    strawberry.union("ConsumeOrderResult", description="What was used up, or why not."),
]
CancelRequestResult = Annotated[
    ExternalRequest | OrderNotInState | NotFound | IdempotencyConflict,
    strawberry.union("CancelRequestResult", description="What was freed, or why not."),
]
ReverseOrderResult = Annotated[
    ExternalRequest
    | OrderNotInState
    | RefundImpossible
    | RequestCancelled
    | InvalidInput
    | NotFound
    | IdempotencyConflict,
    strawberry.union("ReverseOrderResult", description="What came back, or why not."),
]


async def _system(info: AppInfo) -> merchants.SystemInfo:
    """The system that asks, as it is now: one that was shut out is out at once, whatever its token says."""
    viewer = info.context.viewer
    assert viewer.subject_id is not None
    found = await merchants.system(viewer.merchant_id, viewer.subject_id)
    if found is None or found.revoked_at is not None:
        raise Denied("UNAUTHENTICATED", "这个系统的接入已停用")
    return found


def _answer(result: Any) -> Any:
    match result:
        case orders.external.Request():
            return ExternalRequest.of(result)
        case orders.external.RequestCancelled():
            return RequestCancelled(code="RequestCancelled", message="这个请求编号在占用之前已被取消，请换新的编号")
        case orders.external.Overrun():
            return Busy.make(500)
        case orders.WrongAmount(due_fen=due, paid_fen=paid):
            text = f"应付 {due} 分，实付 {paid} 分，金额不符，没有核销"
            return PaidAmountWrong(code="PaidAmountWrong", message=text, due_fen=due, paid_fen=paid)
        case orders.RefundImpossible(why=why):
            return RefundImpossible.make(why)
        case orders.NotFound():
            return NotFound.make("没有这个请求编号，请先占用")
    return order_answer(result)


@strawberry.type
class ExternalQuery:
    @strawberry.field(description="External systems 外部系统, by code.", permission_classes=may("systems.write"))
    async def external_systems(self, info: AppInfo) -> list[ExternalSystem]:
        return [ExternalSystem.of(found) for found in await merchants.systems(merchant_id(info))]

    @strawberry.field(
        description="What became of a request number, for a system that got no answer; null when it never came.",
        permission_classes=external(),
    )
    async def external_request(self, info: AppInfo, request_no: strawberry.ID) -> ExternalRequest | None:
        system = await _system(info)
        found = await orders.external.find(system, checked_number(request_no, "requestNo"))
        return ExternalRequest.of(found) if found else None


@strawberry.type
class ExternalMutation:
    @strawberry.mutation(description="Logs an external system in with its key.", permission_classes=public())
    async def log_in_system(self, info: AppInfo, input: LogInSystemInput) -> LogInSystemResult:
        # by address alone: keys cannot be guessed, and nobody may keep a merchant's tills from logging in
        refused = too_often(info, f"{input.merchant}:system:{info.context.address}")
        merchant = await merchants.by_code(input.merchant)
        wrong = LogInFailed(code="LogInFailed", message="商户或系统密钥不对", retry_after_seconds=None)
        if refused or merchant is None:
            return refused or wrong
        settings = info.context.runtime.settings
        made = await merchants.log_in_system(settings.secret, merchant, input.key, now(), settings.access_token_seconds)
        if isinstance(made, merchants.WrongCredentials):
            return wrong
        access, until, system = made
        return SystemSession(
            access_token=access,
            access_expires_at=until,
            system=ExternalSystem.of(system),
            merchant=Merchant.of(merchant),
        )

    @strawberry.mutation(
        description="Lets a till or a marketplace in; its key is shown once.", permission_classes=may("systems.write")
    )
    async def create_external_system(
        self, info: AppInfo, input: CreateExternalSystemInput
    ) -> CreateExternalSystemResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        stores = tuple(needed_id("sto", s) for s in input.store_ids)
        new = merchants.NewSystem(input.code, input.name, input.channel.name.lower(), stores, input.takes_stock)
        match await merchants.add_system(viewer.merchant_id, viewer.actor, new, key, now()):
            case merchants.SystemMade(system=system, key=told):
                return ExternalSystemMade(system=ExternalSystem.of(system), key=told)
            case merchants.SystemInvalid(problems=problems):
                return InvalidInput.of(problems)
        return IdempotencyConflict.make()

    @strawberry.mutation(
        description="Shuts an external system out, at once and for good.", permission_classes=may("systems.write")
    )
    async def revoke_external_system(
        self, info: AppInfo, input: RevokeExternalSystemInput
    ) -> RevokeExternalSystemResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        system_id = needed_id("sys", input.system_id)
        match await merchants.revoke_system(viewer.merchant_id, viewer.actor, system_id, key, now()):
            case merchants.SystemInfo() as system:
                return ExternalSystem.of(system)
            case idempotency.IdempotencyConflict():
                return IdempotencyConflict.make()
        return NotFound.make("没有这个系统")

    @strawberry.mutation(
        description="预占: prices a cart and holds everything that it needs, under a request number.",
        permission_classes=external(),
    )
    async def prepare_order(self, info: AppInfo, input: PrepareOrderInput) -> PrepareOrderResult:
        system = await _system(info)
        cart = CartInput(
            lines=input.lines,
            store_id=input.store_id,
            channel=Channel[system.channel.upper()],
            delivery=input.delivery,
            tenders=input.tenders,
            add_ons=input.add_ons,
            gift_choices=input.gift_choices,
        )
        wanted = orders.external.Prepare(
            checked_number(input.request_no, "requestNo"),
            input.member_code.strip(),
            replace(wish_of(cart), payment="EXTERNAL", compare_coupons=False),
            None if input.coupon_codes is None else tuple(input.coupon_codes),
            input.hold_seconds,
            input.expected_due_fen,
        )
        return _answer(await orders.external.prepare(info.context.runtime.settings.secret, system, wanted, now()))

    @strawberry.mutation(
        description="核销: what was prepared was paid there and is used up.", permission_classes=external()
    )
    async def consume_order(self, info: AppInfo, input: ConsumeOrderInput) -> ConsumeOrderResult:
        system, number = await _system(info), checked_number(input.request_no, "requestNo")
        payment = None if input.payment_no is None else checked_number(input.payment_no, "paymentNo")
        secret = info.context.runtime.settings.secret
        told = (payment, input.paid_fen, input.handed_over)
        return _answer(await orders.external.consume(secret, system, number, *told, now()))

    @strawberry.mutation(description="取消: what was prepared is free again.", permission_classes=external())
    async def cancel_request(self, info: AppInfo, input: CancelRequestInput) -> CancelRequestResult:
        system = await _system(info)
        return _answer(await orders.external.cancel(system, checked_number(input.request_no, "requestNo"), now()))

    @strawberry.mutation(
        description="冲正: units of an order that was paid there come back.", permission_classes=external()
    )
    async def reverse_order(self, info: AppInfo, input: ReverseOrderInput) -> ReverseOrderResult:
        system, secret = await _system(info), info.context.runtime.settings.secret
        number, own = checked_number(input.request_no, "requestNo"), checked_number(input.reverse_no, "reverseNo")
        if len(own) > 20:
            raise BadRequest("reverseNo 最多 20 个字符")
        wish = (units_of(input.units), input.reason, input.restock)
        return _answer(await orders.external.reverse(secret, system, number, own, *wish, now()))
