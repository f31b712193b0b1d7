"""C2: the member is the person: one phone number is one member's, also where members are added in bulk."""

from __future__ import annotations

import asyncio

import pytest

from backend import members
from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.members.rules import normal_phone
from backend.tests.conftest import Shop, make_shop


def new(openid: str, phone: str | None) -> members.NewMember:
    return members.NewMember(openid, "会员", "basic", now(), phone)


async def add(shop: Shop, *rows: members.NewMember) -> int:
    return await members.add_many(shop.world.settings.secret, shop.merchant_id, rows)


async def count(shop: Shop) -> int:
    return int(await database.fetchval("SELECT count(*) FROM members WHERE merchant_id = $1", shop.merchant_id))


@pytest.mark.usefixtures("exact")
async def test_a_second_member_of_one_phone_number_is_refused(shop: Shop) -> None:
    """C2: whose number is another member's, or stands twice among the new ones, is told by its place, and nobody of the list is added;
    whoever is known by the openid stays as they are; the same number in another writing is the same number."""
    a, b, c, d = (f"o-{key()}" for _ in range(4))
    assert await add(shop, new(a, "13900001111"), new(b, None), new(b, None)) == 2
    with pytest.raises(members.PhoneTaken) as refused:
        await add(shop, new(c, "13900002222"), new(d, "+86 139-0000-1111"), new(f"o-{key()}", "1390000 2222"))
    assert [(f.place, f.phone_masked) for f in refused.value.faults] == [(2, "139****1111"), (3, "139****2222")]
    assert (
        "一位也没有写入" in str(refused.value) and d in str(refused.value) and "13900001111" not in str(refused.value)
    )
    assert await count(shop) == 2
    # known ones are skipped, whatever number comes with them: the one that was written stays, and the other is still free
    assert await add(shop, new(a, "13900003333"), new(b, "13900001111"), new(c, "13900003333")) == 1
    found = await members.matching(shop.world.settings.secret, shop.merchant_id, "139 0000 1111")
    assert found == [members.member_id_of(shop.merchant_id, a)]


@pytest.mark.usefixtures("exact")
async def test_two_lists_with_one_number_at_once(shop: Shop) -> None:
    """C2, races: eight lists at once, each with a person of its own under one number: one of them is written, whole."""
    lists = [(new(f"o-{key()}", f"1390001{n:04d}"), new(f"o-{key()}", "13900009999")) for n in range(8)]
    answers = await asyncio.gather(*(add(shop, *rows) for rows in lists), return_exceptions=True)
    assert [a for a in answers if not isinstance(a, members.PhoneTaken)] == [2]
    assert await count(shop) == 2


async def test_a_number_is_another_merchants_too(shop: Shop) -> None:
    """C2, T1: merchants know nothing of each other's members."""
    other_shop = await make_shop(shop.world)
    assert (
        await add(shop, new(f"o-{key()}", "13900001111"))
        == await add(other_shop, new(f"o-{key()}", "13900001111"))
        == 1
    )


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13900001111", "13900001111"),
        ("+86 139 0000 1111", "13900001111"),
        ("0086-139-0000-1111", "13900001111"),
        ("８６１３９００００１１１１", "13900001111"),
        ("8613900001", "8613900001"),  # a landline may begin with 86
        ("+85291234567", "+85291234567"),
    ],
)
def test_how_a_number_is_written_makes_no_other_person(typed: str, number: str) -> None:
    """C2: what numbers are compared by."""
    assert normal_phone(typed) == number
