"""A customer's own data: birthday and home store, with what they are for (K02, K06, B04, B08)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

import strawberry

from backend import members, merchants
from backend.kit import idempotency
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    Refusal,
    checked_key,
    consumer,
    described,
    enumeration,
    member_id,
    merchant_id,
    page,
)
from schema.catalog import optional_id
from schema.identity import Store

RecordWhat = enumeration(
    "RecordWhat",
    {
        "BIRTHDAY": "生日.",
        "TAGS": "标签.",
        "HOME_STORE": "常去门店.",
        "MEMBER": "会员资料.",
        "ACCOUNT": "权益账户.",
    },
    "What of a customer's data somebody changed or looked at.",
)


@described
@strawberry.type
class Birthday:
    """A birthday.
    month: 1–12.
    day: 1–31.
    year: Year of birth; null where it was not told.
    sentence: Without the year, e.g. 6月18日.
    """

    month: int
    day: int
    year: int | None
    sentence: str

    @staticmethod
    def of(birth: members.Birth | None) -> Birthday | None:
        return Birthday(month=birth.month, day=birth.day, year=birth.year, sentence=day_of(birth)) if birth else None


def day_of(birth: members.Birth) -> str:
    return f"{birth.month}月{birth.day}日"


@described
@strawberry.type
class BirthdayNotice:
    """What a birthday is for 用途说明, to be read and agreed to where it is told.
    version: Which words; sent back as what was agreed to.
    lines: The words.
    """

    version: int
    lines: list[str]


@described
@strawberry.type
class MyProfile:
    """What the shop keeps of the customer beside what was bought.
    birthday: The birthday; null when there is none.
    may_set_birthday: Whether the customer may tell it: once; staff put it right later.
    birthday_agreed_at: When the customer agreed to what it is for; null where not.
    birthday_notice: What it is for.
    home_store: 常去门店; null when none was chosen.
    home_store_until: Until when the home store of one's own choice stays; null when it may be changed now.
    """

    birthday: Birthday | None
    may_set_birthday: bool
    birthday_agreed_at: dt.datetime | None
    birthday_notice: BirthdayNotice
    home_store: Store | None
    home_store_until: dt.datetime | None


@described
@strawberry.type
class BirthdayFixed(Refusal):
    """The birthday was told before; customer service puts it right."""


@described
@strawberry.type
class HomeStoreKept(Refusal):
    """The home store was chosen a short while ago.
    until: From when it may be changed.
    """

    until: dt.datetime


@described
@strawberry.input
class BirthdayInput:
    """A birthday.
    month: 1–12.
    day: 1–31.
    year: Year of birth, if one likes.
    """

    month: int
    day: int
    year: int | None = None

    def birth(self) -> members.Birth:
        return members.Birth(self.month, self.day, self.year)


@described
@strawberry.input
class SetMyBirthdayInput:
    """The customer tells the birthday, once.
    birthday: The birthday.
    agreed_version: Version of the notice that was read and agreed to.
    idempotency_key: Made by the client for this act.
    """

    birthday: BirthdayInput
    agreed_version: int
    idempotency_key: strawberry.ID


@described
@strawberry.input
class WithdrawBirthdayInput:
    """The customer takes the birthday back 撤回同意.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID


@described
@strawberry.input
class ChooseHomeStoreInput:
    """The customer chooses a home store.
    store_id: The store; null is none.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID
    store_id: strawberry.ID | None = None


@described
@strawberry.type
class MemberRecord:
    """Who changed or looked at a customer's data, as it is kept for ever.
    at: When.
    what: What of it.
    look: Whether it was only looked at.
    sentence: In words, e.g. 客服小李 添加标签「学生」.
    reason: Why, as staff wrote; empty where nothing was written.
    """

    at: dt.datetime
    what: RecordWhat  # type: ignore[valid-type]
    look: bool
    sentence: str
    reason: str


@described
@strawberry.type
class MemberData:
    """A customer's own data, for staff.
    birthday: Month and day in words; null when none is known. Staff are not told the year.
    home_store: 常去门店; null when there is none.
    """

    birthday: str | None
    home_store: Store | None
    owner: strawberry.Private[tuple[uuid.UUID, uuid.UUID]]

    @strawberry.field(description="Changes and looks, the newest first.")
    async def records(self, info: AppInfo, first: int = 20) -> list[MemberRecord]:
        return await records_of(*self.owner, page(first))


async def data_of(merchant: uuid.UUID, member: uuid.UUID) -> MemberData:
    found = await members.profile.profile(merchant, member)
    if found is None:
        raise LookupError(f"member {member} is not there")
    store = await merchants.store(merchant, found.home_store_id) if found.home_store_id else None
    birthday = day_of(found.birth) if found.birth else None
    return MemberData(birthday=birthday, home_store=Store.of(store) if store else None, owner=(merchant, member))


async def records_of(merchant: uuid.UUID, member: uuid.UUID, first: int) -> list[MemberRecord]:
    rows = await members.profile.records(merchant, member, first)
    names = {actor: await _named(merchant, actor) for actor in {row.actor for row in rows}}
    stores = {str(store.id): store.name for store in await merchants.stores(merchant)}
    return [
        MemberRecord(
            at=row.at,
            what=RecordWhat[row.what.upper()],
            look=row.did == "seen",
            sentence=f"{names[row.actor]} {_said(row, stores)}",
            reason=row.reason,
        )
        for row in rows
    ]


async def _named(merchant: uuid.UUID, actor: str) -> str:
    kind, _, subject = actor.partition(":")
    if kind == "consumer":
        return "顾客本人"
    found = await merchants.staff(merchant, uuid.UUID(subject)) if kind == "staff" and subject else None
    return found.name if found else "系统"


def _said(row: members.profile.Record, stores: dict[str, str]) -> str:
    """What was done, in words."""
    match row.what:
        case "birthday":
            return {"set": "填写了生日", "withdrawn": "撤回并删除了生日"}.get(row.did, "更正了生日")
        case "tags":
            parts = [("添加标签", row.detail.get("given", [])), ("取消标签", row.detail.get("taken", []))]
            return "，".join(f"{verb}「{'」「'.join(tags)}」" for verb, tags in parts if tags)
        case "home_store":
            before, after = (stores.get(row.detail.get(name) or "", "无") for name in ("before", "after"))
            return f"常去门店 {before} → {after}"
        case "account":
            return "查看了权益账户"
    return "查看了会员资料"


MyProfileResult = Annotated[
    MyProfile | BirthdayFixed | HomeStoreKept | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("MyProfileResult", description="The profile now, or why not."),
]


def refused(result: Any) -> Any:
    """Why a profile was not changed; None where it was."""
    match result:
        case members.profile.Done():
            return None
        case members.profile.AlreadySet():
            return BirthdayFixed(code="BirthdayFixed", message="生日只能自己填写一次，要更正请联系客服")
        case members.profile.StoreKept(until=until):
            text = f"常去门店每 30 天可改一次，{words.moment(until)} 后可再改，急需更换请联系客服"
            return HomeStoreKept(code="HomeStoreKept", message=text, until=until)
        case members.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case members.MemberMissing():
            return NotFound.make("没有这位会员")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


async def my_profile(merchant: uuid.UUID, member: uuid.UUID) -> MyProfile:
    found = await members.profile.profile(merchant, member)
    if found is None:
        raise LookupError(f"member {member} is not there")
    store = await merchants.store(merchant, found.home_store_id) if found.home_store_id else None
    until = found.store_until
    return MyProfile(
        birthday=Birthday.of(found.birth),
        may_set_birthday=found.may_set,
        birthday_agreed_at=found.agreed_at,
        birthday_notice=BirthdayNotice(version=members.PURPOSE_VERSION, lines=list(members.PURPOSE)),
        home_store=Store.of(store) if store else None,
        home_store_until=until if until and until > now() else None,
    )


@strawberry.type
class ProfileQuery:
    @strawberry.field(description="The consumer's own data.", permission_classes=consumer())
    async def my_profile(self, info: AppInfo) -> MyProfile:
        return await my_profile(merchant_id(info), member_id(info))


@strawberry.type
class ProfileMutation:
    @strawberry.mutation(
        description="Tells one's birthday, once, having agreed to what it is for.", permission_classes=consumer()
    )
    async def set_my_birthday(self, info: AppInfo, input: SetMyBirthdayInput) -> MyProfileResult:
        merchant, member, birth = merchant_id(info), member_id(info), input.birthday.birth()
        key = checked_key(input.idempotency_key)
        secret = info.context.runtime.settings.secret
        done = await members.profile.set_birthday(secret, merchant, member, birth, input.agreed_version, key, now())
        return refused(done) or await my_profile(merchant, member)

    @strawberry.mutation(description="Takes one's birthday back 撤回同意: it is erased.", permission_classes=consumer())
    async def withdraw_birthday(self, info: AppInfo, input: WithdrawBirthdayInput) -> MyProfileResult:
        merchant, member = merchant_id(info), member_id(info)
        done = await members.profile.withdraw_birthday(merchant, member, checked_key(input.idempotency_key), now())
        return refused(done) or await my_profile(merchant, member)

    @strawberry.mutation(description="Chooses one's home store 常去门店.", permission_classes=consumer())
    async def choose_home_store(self, info: AppInfo, input: ChooseHomeStoreInput) -> MyProfileResult:
        merchant, member, store = merchant_id(info), member_id(info), optional_id("sto", input.store_id)
        key, actor = checked_key(input.idempotency_key), f"consumer:{member}"
        done = await members.profile.set_home_store(merchant, actor, member, store, "", key, now())
        return refused(done) or await my_profile(merchant, member)
