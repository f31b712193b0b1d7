"""Pure rules of what a member tells about themselves and staff notes about a member: birthday, labels, home store. No I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.members.level_rules import Problem

LEAST_AGE = 14
"""Data of younger ones need a guardian's consent (个人信息保护法 31), which we do not take: no birthday of theirs is kept."""
EARLIEST_YEAR = 1900
MOST_TAGS = 20
TAG = re.compile(r"[\w·-]{1,10}")
"""A label 标签: letters, digits and Chinese, at most ten."""
RESERVED = re.compile(r"birthday(_month)?|(lifecycle|rfm)_.*")
"""Labels that the calendar and the life cycle put on a customer: nobody gives them by hand."""
STORE_AGAIN = timedelta(days=30)
"""How long a customer keeps the home store of their own choice; staff change it at any time."""
PURPOSE_VERSION = 2
PURPOSE = (
    "用途：在您的生日和生日当月，为您发放生日礼券、计算生日优惠。",
    "范围：仅本商户使用；店员只看到月和日，每次查看和更正都有记录。年份可以不填。",
    "您可以不提供，不影响购物；也可以随时撤回，撤回后我们删除您的生日，不再发放生日权益。",
    "已下的订单会留下当时是否在生日当天、生日当月，用于退款和核对价格，撤回后仍保留；不含您的生日日期。",
)
"""What is shown where the birthday is asked for (个人信息保护法 13, 14, 17). Other words are another version."""


@dataclass(frozen=True, slots=True)
class Birth:
    """A birthday; `year` None where it was not told."""

    month: int
    day: int
    year: int | None = None

    @property
    def md(self) -> str:
        """MM-DD, as it is kept."""
        return f"{self.month:02d}-{self.day:02d}"

    @property
    def full(self) -> date | None:
        return date(self.year, self.month, self.day) if self.year is not None else None

    @staticmethod
    def of(md: str | None, full: date | None) -> Birth | None:
        """As it was kept."""
        if md is None:
            return None
        month, day = (int(part) for part in md.split("-"))
        return Birth(month, day, full.year if full else None)


def birth_faults(birth: Birth, today: date) -> list[Problem]:
    """Every fault of a birthday, told on `today` of the merchant's calendar. 29 February is a birthday."""
    try:
        date(2000 if birth.year is None else birth.year, birth.month, birth.day)
    except ValueError:
        return [Problem("birthday", "没有这一天，请检查月和日")]
    if birth.year is None:
        return []
    if birth.year < EARLIEST_YEAR or date(birth.year, birth.month, birth.day) > today:
        return [Problem("birthday.year", "出生年份不对，可以不填")]
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if age < LEAST_AGE:
        return [Problem("birthday.year", f"未满 {LEAST_AGE} 周岁的生日须监护人同意，我们不收集")]
    return []


def tag_faults(give: Sequence[str], take: Sequence[str], held: Sequence[str]) -> list[Problem]:
    """Every fault of giving and taking labels."""
    problems = []
    if not give and not take:
        problems.append(Problem("give", "没有要增减的标签"))
    for n, tag in enumerate(give):
        if RESERVED.fullmatch(tag):
            problems.append(Problem(f"give[{n}]", f"「{tag}」由系统按日历和消费情况计算，不能手工添加"))
        elif not TAG.fullmatch(tag):
            problems.append(Problem(f"give[{n}]", "标签须为 1–10 个汉字、字母或数字"))
    problems += [Problem(f"take[{n}]", f"没有标签「{tag}」") for n, tag in enumerate(take) if tag not in held]
    if set(give) & set(take):
        problems.append(Problem("give", "同一个标签不能既添加又取消"))
    if len(tags_after(give, take, held)) > MOST_TAGS:
        problems.append(Problem("give", f"一位会员最多 {MOST_TAGS} 个标签"))
    return problems


def tags_after(give: Sequence[str], take: Sequence[str], held: Sequence[str]) -> list[str]:
    """The labels then, in the order in which they were given."""
    return list(dict.fromkeys([*(tag for tag in held if tag not in take), *give]))


def reason_faults(reason: str, needed: bool) -> list[Problem]:
    """`reason` is trimmed."""
    if (needed and len(reason) < 2) or len(reason) > 100:
        return [Problem("reason", "请写明原因，2–100 个字" if needed else "原因最多 100 个字")]
    return []


def store_until(chosen_at: datetime | None) -> datetime | None:
    """Until when a home store that a customer chose then stays."""
    return chosen_at + STORE_AGAIN if chosen_at else None
