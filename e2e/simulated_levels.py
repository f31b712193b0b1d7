"""Steps of the simulation that are about what levels bring (B04, M01, K01): on birthdays, each month, when one joins or rises; with
budgets that run out and are raised, a coupon whose time ends, birthdays that staff put right, and two workers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from simulated_faults import Broken
from simulated_opening import BEGINNING

from backend import automation, coupons, members, merchants
from backend.kit import database, ids
from backend.kit.clock import local_day, zone
from backend.members.profile_rules import PURPOSE_VERSION, Birth

FRUIT_ENDS = BEGINNING + timedelta(days=45)
"""When the time of gold's coupon of the month is over."""
MOST_DAYS = 21
"""How far ahead a birthday is gone to."""
OPENS_AT = 9
"""Hour of the merchant's day from which birthdays are kept (M01)."""


class LevelSteps:
    """What the schedules of levels do, and staff about it; `Shop` has it beside its own steps."""

    async def open_levels(self: Any) -> None:
        """Levels within reach of a small shop, each with coupons; three members tell their birthday. One shop in four names no
        coupon for birthdays: then everybody gets the same."""
        week = coupons.Validity(None, None, 168)
        until = coupons.Validity(BEGINNING - timedelta(days=1), FRUIT_ENDS, None)
        kinds = {
            "plain": replace(_kind("生日小礼", 200, 0, week), budget_fen=200),
            "large": replace(_kind("生日大礼", 600, 2000, week), budget_fen=600),
            "month": replace(_kind("月礼", 150, 0, week), budget_fen=150),
            "fruit": _kind("果切", 250, 0, until),
            "rise": replace(_kind("升级礼", 100, 0, week), budget_fen=300),
        }
        for name, kind in kinds.items():
            made = await coupons.create_template(self.merchant_id, "staff:boss", kind, self.key(), self.at)
            if not isinstance(made, coupons.TemplateInfo):
                raise Broken(f"{kind}: {made}")
            self.kinds[name] = made.id
        tpl = {name: ids.encode("tpl", kind) for name, kind in self.kinds.items()}
        plain, large = (tpl["plain"], tpl["large"]) if self.rng.random() < 3 / 4 else ("", "")
        scheme = members.Scheme(
            (
                members.Level("basic", "会员", coupon=tpl["rise"], birthday=plain),
                members.Level("silver", "银卡", "first_order", coupon=tpl["rise"], monthly=tpl["month"], birthday=large),
                members.Level("gold", "金卡", "total", 100, coupon=tpl["rise"], monthly=tpl["fruit"]),
            ),
            per_review=5, review_cap=15, per_share=2, share_cap=6,
        )  # fmt: skip
        done = await automation.levels.set_scheme(self.merchant_id, "staff:boss", scheme, self.key(), self.at)
        if not isinstance(done, members.SchemeInfo):
            raise Broken(f"{scheme}: {done}")
        self.scheme = scheme
        for member in self.members[:3]:
            self.births[member] = birth = _birth(await self._today(), self.rng.randint(0, 12))
            told = await members.profile.set_birthday(
                self.runtime.settings.secret, self.merchant_id, member, birth, PURPOSE_VERSION, self.key(), self.at
            )
            if not isinstance(told, members.profile.Done):
                raise Broken(f"{birth} of {member}: {told}")

    async def birthday(self: Any) -> None:
        """The next birthday comes, too early in the morning or not, and the schedule runs, perhaps twice at once; sometimes staff put a
        birthday right just before. Who keeps it gets the coupon of the level, once a year, and word of it; nobody else anything."""
        merchant, today = await merchants.get(self.merchant_id), await self._today()
        days = {
            m: day for m, birth in self.births.items() if (day := _next(birth, today)) <= today + timedelta(MOST_DAYS)
        }
        if not days or self.rng.random() < 0.3:
            member = self.rng.choice(sorted(self.births))
            await self._put_right(member, _birth(today, self.rng.randint(0, 5)))
            days[member] = _next(self.births[member], today)
        day = self.rng.choice(sorted(days.values()))
        hour = self.rng.choice((8, OPENS_AT, 15, 23))
        self.at = max(self.at, datetime(day.year, day.month, day.day, hour, tzinfo=zone(merchant.time_zone)))
        here = self.at.astimezone(zone(merchant.time_zone))
        keys = {m: f"birthday:{here.year}:{m}" for m in self.members}
        before, levels = await self._given(keys.values()), await self._levels()
        settings = self.runtime.settings
        await self._workers(
            lambda: automation.birthdays.fire(settings.secret, settings.subscribe_template_id, merchant, self.at)
        )
        after, refused = await self._given(keys.values()), await self._refused(keys.values())
        default = await coupons.templates(self.merchant_id, search=automation.birthdays.DEFAULT.name)
        for member, key in keys.items():
            keeps = _next(self.births[member], here.date()) == here.date() if member in self.births else False
            wanted = None
            if keeps and here.hour >= OPENS_AT:
                wanted = self._named(levels[member], "birthday") if self.scheme.names_birthdays else default[0].id
            await self._brought("birthday", member, key, before, after, refused, wanted)
        told = await database.fetch(
            "SELECT business_key FROM messages WHERE merchant_id = $1 AND business_key = ANY($2)",
            self.merchant_id,
            list(keys.values()),
        )
        if sorted(row["business_key"] for row in told) != sorted(after):
            raise Broken(f"of the birthdays {sorted(after)} word went out of {told}")

    async def month(self: Any) -> None:
        """A month may begin, a budget may be raised; the schedules of the month's coupons and of those refused before run, perhaps twice
        at once. Who holds a level with one gets it, once a month, while its time lasts; what was refused is given once there is room."""
        merchant, here = await merchants.get(self.merchant_id), await self._today()
        if self.rng.random() < 0.25:
            first = (here.replace(day=1) + timedelta(days=32)).replace(day=1)
            begins = datetime(first.year, first.month, 1, tzinfo=zone(merchant.time_zone))
            self.at = begins + timedelta(minutes=self.rng.choice((0, 3)))
        if self.rng.random() < 0.4:
            await self._raise(self.rng.choice(("month", "rise", "rise", "large")))
        month = f"{await self._today():%Y-%m}"
        keys = {m: f"monthly:{month}:{m}" for m in self.members}
        before, levels = await self._given(keys.values()), await self._levels()
        secret = self.runtime.settings.secret
        await self._workers(lambda: automation.levels.give_month(secret, merchant, self.at))
        after, refused = await self._given(keys.values()), await self._refused(keys.values())
        for member, key in keys.items():
            wanted = self._named(levels[member], "monthly")
            if wanted == self.kinds["fruit"] and self.at >= FRUIT_ENDS:
                wanted = None
            await self._brought("month", member, key, before, after, refused, wanted)
        waiting = {r.business_key for r in await coupons.refused(self.merchant_id, automation.levels.AGAIN)}
        await self._workers(lambda: automation.levels.give_again(secret, merchant, self.at))
        for r in await coupons.refused(self.merchant_id, automation.levels.AGAIN):
            level = "basic" if r.source == "joining" else r.business_key.split(":")[1]
            if self.scheme.rank(levels[r.member_id]) >= self.scheme.rank(level) and await self._room("rise"):
                raise Broken(f"{r.business_key} was refused, there is room, and it is not given")
            waiting.discard(r.business_key)
        self.tally.done["level coupon given late"] += len(waiting)

    async def _brought(
        self: Any,
        what: str,
        member: UUID,
        key: str,
        before: dict[str, tuple[UUID, UUID]],
        after: dict[str, tuple[UUID, UUID]],
        refused: set[str],
        wanted: UUID | None,
    ) -> None:
        """What a schedule brought to somebody is what was had before, or what is due and there is room for, or nothing."""
        had, has = before.get(key), after.get(key)
        if had is not None:
            if has != had:
                raise Broken(f"{key}: {had} became {has}")
            return
        if has is None:
            kind = next((name for name, id_ in self.kinds.items() if id_ == wanted), "")
            if wanted is not None and (key not in refused or await self._room(kind)):
                raise Broken(f"{key}: {wanted} is due, and is not given")
            self.tally.done[f"{what} refused"] += wanted is not None
            return
        if has[1] != wanted:
            raise Broken(f"{key}: {wanted} is due, {has} was given")
        self.coupons[has[0]] = member
        self.tally.done[f"{what} given"] += 1

    async def _workers(self: Any, work: Callable[[], Awaitable[int]]) -> None:
        """One worker runs a schedule, or two at once; who dies is started again."""
        n = self.rng.choice((1, 1, 2))

        async def all_of_them() -> None:
            for answer in await asyncio.gather(*(work() for _ in range(n)), return_exceptions=True):
                if isinstance(answer, BaseException):
                    raise answer

        await self.command(all_of_them)

    async def _put_right(self: Any, member: UUID, birth: Birth) -> None:
        if birth == self.births[member]:
            return
        key, secret = self.key(), self.runtime.settings.secret
        done = await self.command(
            lambda: members.profile.correct_birthday(
                secret, self.merchant_id, "staff:clerk", member, birth, "顾客来电", key, self.at
            )
        )
        if not isinstance(done, members.profile.Done):
            raise Broken(f"{birth} of {member}: {done}")
        self.births[member] = birth
        self.tally.done["birthday put right"] += 1

    async def _raise(self: Any, kind: str) -> None:
        """Room for one coupon more."""
        key, id_ = self.key(), self.kinds[kind]
        budget = (await coupons.template_budgets_of(self.merchant_id, [id_]))[id_]
        [template] = await coupons.templates(self.merchant_id, ids=[id_])
        await self.command(
            lambda: coupons.set_cap(self.merchant_id, "staff:boss", id_, budget.cap + template.face_fen, key, self.at)
        )
        self.tally.done["level budget raised"] += 1

    async def _room(self: Any, kind: str) -> bool:
        """Whether one more of a kind fits its budget, by the coupons themselves; of a kind without one it always does."""
        row = await database.fetchrow(
            "SELECT b.budget_fen - t.face_fen - coalesce((SELECT sum(c.face_fen) FROM coupons c WHERE c.merchant_id = $1 AND c.template_id = $2"
            " AND c.in_budget AND c.state IN ('issued', 'locked', 'redeemed')), 0) AS left FROM template_budgets b"
            " JOIN coupon_templates t ON t.merchant_id = b.merchant_id AND t.id = b.template_id WHERE b.merchant_id = $1 AND b.template_id = $2",
            self.merchant_id,
            self.kinds.get(kind),
        )
        return row is None or row["left"] >= 0

    async def _today(self: Any) -> date:
        return local_day(self.at, (await merchants.get(self.merchant_id)).time_zone)

    async def _levels(self: Any) -> dict[UUID, str]:
        """The level of each member now."""
        return {m: info.level for m, info in (await members.many(self.merchant_id, self.members, self.at)).items()}

    def _named(self: Any, level: str, gift: str) -> UUID | None:
        text: str = getattr(self.scheme.levels[self.scheme.rank(level)], gift)
        return ids.decode("tpl", text) if text else None

    async def _given(self: Any, keys: Any) -> dict[str, tuple[UUID, UUID]]:
        """By business key, the coupon and its template."""
        rows = await database.fetch(
            "SELECT business_key, id, template_id FROM coupons WHERE merchant_id = $1 AND business_key = ANY($2)",
            self.merchant_id,
            list(keys),
        )
        if len({row["business_key"] for row in rows}) < len(rows):
            raise Broken(f"twice under one key: {rows}")
        return {row["business_key"]: (row["id"], row["template_id"]) for row in rows}

    async def _refused(self: Any, keys: Any) -> set[str]:
        return await coupons.refused_keys(self.merchant_id, list(keys))


def _kind(name: str, off: int, least: int, validity: coupons.Validity) -> coupons.NewTemplate:
    return coupons.NewTemplate(name, {"off": {"min": least, "off": off}}, {"all": True}, validity)


def _birth(today: date, days: int) -> Birth:
    day = today + timedelta(days=days)
    return Birth(day.month, day.day)


def _next(birth: Birth, today: date) -> date:
    """The next day, today among them, on which a birthday is kept; 29 February on the 28th where the year has none."""
    for year in (today.year, today.year + 1):
        try:
            day = date(year, birth.month, birth.day)
        except ValueError:
            day = date(year, 2, 28)
        if day >= today:
            return day
    raise AssertionError("one of two years has it")
