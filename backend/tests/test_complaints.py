"""R05: complaints 投诉 are taken in, tied to an order or a coupon, watched by the clock and answered in time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from backend import complaints, merchants
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, encode
from backend.tests.conftest import Shop, claim, command, place, stays
from backend.tests.refunding import member_of
from workers import schedules

SEEN = """id kind text state openedAt dueAt warnedAt escalatedAt answeredAt inTime outcome answer byStaff orderId orderNumber memberName
  coupon { id } compensation { id code }"""
WHY_NOT = """... on ComplaintOpen { message dueAt } ... on InvalidInput { problems { path message } } ... on NotFound { message }
  ... on IdempotencyConflict { message }"""
COMPLAIN = (
    f"mutation($i: ComplainInput!) {{ complain(input: $i) {{ __typename ... on Complaint {{ {SEEN} }} {WHY_NOT} }} }}"
)
RECORD = f"mutation($i: RecordComplaintInput!) {{ recordComplaint(input: $i) {{ __typename ... on Complaint {{ {SEEN} }} {WHY_NOT} }} }}"
ANSWER = f"""mutation($i: AnswerComplaintInput!) {{ answerComplaint(input: $i) {{ __typename ... on Complaint {{ {SEEN} }}
  ... on ComplaintAnswered {{ message }} ... on ClerkLimitReached {{ given limit }} ... on InvalidInput {{ problems {{ path message }} }} ... on NotFound {{ message }} }} }}"""
MINE = f"query($o: ID!) {{ orderComplaints(orderId: $o) {{ {SEEN} }} }}"
LIST = f"query($o: Boolean!, $n: Int = 20, $a: String) {{ complaints(open: $o, first: $n, after: $a) {{ nodes {{ {SEEN} }} pageInfo {{ hasNextPage endCursor }} }} }}"
FIGURES = "{ complaintFigures { waiting dueSoon overdue answered inTime minutes } }"
TEXT = "毛肚送来时已经化冻，有异味"


async def complain(client: Client, order: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    wish = {"kind": "GOODS", "text": TEXT, "idempotencyKey": key(), **more}
    if order is not None:
        wish["orderId"] = order["id"]
    found: dict[str, Any] = (await client.run(COMPLAIN, i=wish))["complain"]
    return found


async def answer(client: Client, complaint: dict[str, Any], **more: Any) -> dict[str, Any]:
    wish = {"complaintId": complaint["id"], "outcome": "EXPLAINED", "answer": "已向您说明情况", "idempotencyKey": key(), **more}  # fmt: skip
    found: dict[str, Any] = (await client.run(ANSWER, i=wish))["answerComplaint"]
    return found


async def older(shop: Shop, minutes: int) -> None:
    """Every open complaint was made so many minutes earlier."""
    await database.pool().execute(
        "UPDATE complaints SET opened_at = opened_at - make_interval(mins => $2), due_at = due_at - make_interval(mins => $2)"
        " WHERE merchant_id = $1 AND state = 'open'",
        shop.merchant_id,
        minutes,
    )


async def listed(client: Client, *, is_open: bool = True) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.run(LIST, o=is_open))["complaints"]["nodes"]
    return found


async def test_from_the_order_page_to_its_answer(shop: Shop) -> None:
    """R05: a customer complains about an order and is told by when it is answered; staff sees it with the order and the customer,
    answers once; the customer reads the answer, and how it ended."""
    shopper, staff = await shop.shopper(), await shop.staff("customer_service")
    order = await place(shopper, {"TRIPE": 1})
    made = await complain(shopper, order)
    assert (made["__typename"], made["state"], made["text"], made["byStaff"]) == ("Complaint", "WAITING", TEXT, False)
    due, opened = datetime.fromisoformat(made["dueAt"]), datetime.fromisoformat(made["openedAt"])
    assert due - opened == timedelta(minutes=150)
    [seen] = await listed(staff)
    assert (seen["orderNumber"], seen["orderId"], seen["answeredAt"]) == (order["number"], order["id"], None)
    assert seen["memberName"]
    done = await answer(staff, made, outcome="REPLACED", answer="今天下午给您补送一份")
    assert (done["state"], done["outcome"], done["inTime"]) == ("ANSWERED", "REPLACED", True)
    [mine] = (await shopper.run(MINE, o=order["id"]))["orderComplaints"]
    assert (mine["answer"], mine["outcome"], mine["memberName"]) == ("今天下午给您补送一份", "REPLACED", None)
    assert await listed(staff) == [] and [c["id"] for c in await listed(staff, is_open=False)] == [made["id"]]
    again = await answer(staff, made)
    assert again["__typename"] == "ComplaintAnswered" and "答复过" in again["message"]
    assert (await shopper.run(MINE, o=order["id"]))["orderComplaints"][0]["answer"] == "今天下午给您补送一份"


@pytest.mark.usefixtures("exact")
async def test_by_the_clock_warned_then_escalated_each_once(shop: Shop) -> None:
    """R05: half an hour before its time is over staff is warned, when it is over the complaint is escalated; each is written down and
    said once, however often and however many workers look; what is answered is left alone; late answers count as late."""
    shopper, staff = await shop.shopper(), await shop.staff("store_manager")
    one = await complain(shopper, await place(shopper, {"BEEF": 1}))
    two = await complain(shopper, await place(shopper, {"BEEF": 1}))

    async def look() -> list[tuple[str, str]]:
        with capture_logs() as logs:
            await asyncio.gather(*(schedules.watch_complaints({}) for _ in range(4)))
        mine = {str(decode("cpl", c["id"])): name for c, name in ((one, "one"), (two, "two"))}
        return sorted((entry["event"], mine[entry["complaint"]]) for entry in logs if entry.get("complaint") in mine)

    assert await look() == []
    await older(shop, 119)
    assert await look() == [] and {c["state"] for c in await listed(staff)} == {"WAITING"}
    await older(shop, 1)
    assert {c["state"] for c in await listed(staff)} == {"DUE_SOON"}  # by the clock, before any worker looked
    assert await look() == [("complaint_due_soon", "one"), ("complaint_due_soon", "two")]
    assert await look() == []
    assert all(c["warnedAt"] and not c["escalatedAt"] for c in await listed(staff))
    assert (await answer(staff, one))["inTime"] is True
    await older(shop, 30)
    assert await look() == [("complaint_overdue", "two")]
    assert await look() == []
    [late] = await listed(staff)
    assert (late["state"], late["id"]) == ("OVERDUE", two["id"]) and late["escalatedAt"]
    figures = (await staff.run(FIGURES))["complaintFigures"]
    assert figures == {"waiting": 0, "dueSoon": 0, "overdue": 1, "answered": 1, "inTime": 1, "minutes": 150}
    done = await answer(staff, two)
    assert done["inTime"] is False
    figures = (await staff.run(FIGURES))["complaintFigures"]
    assert (figures["overdue"], figures["answered"], figures["inTime"]) == (0, 2, 1)


async def test_a_worker_that_was_away_makes_up_for_it(shop: Shop) -> None:
    """R05: a complaint whose whole time passed while no worker ran is warned of and escalated at the next look."""
    shopper = await shop.shopper()
    made = await complain(shopper, await place(shopper, {"BEEF": 1}))
    await older(shop, 1000)
    which = (shop.merchant_id, decode("cpl", made["id"]))
    warned, escalated = await complaints.watch(now())
    assert which in warned and which in escalated
    warned, escalated = await complaints.watch(now())
    assert which not in warned and which not in escalated


async def test_a_compensation_is_named_by_the_answer(shop: Shop) -> None:
    """R05, K04: staff gives a coupon by way of compensation, the answer names it and the customer sees it; a coupon that was not given
    for it is refused at its field, and so is one beside another outcome; nothing is changed by either."""
    shopper, staff = await shop.shopper(), await shop.staff("customer_service")
    own = await claim(shopper, await shop.drop(per_member=2))
    order = await place(shopper, {"TRIPE": 1})
    made = await complain(shopper, order)
    admin = await shop.admin()
    template = (await admin.run("{ couponTemplates(first: 1) { nodes { id } } }"))["couponTemplates"]["nodes"][0]["id"]
    give = "mutation($i: CompensateMemberInput!) { compensateMember(input: $i) { __typename ... on Coupon { id code } ... on InvalidInput { problems { message } } } }"
    me = encode("mem", await member_of(shopper))
    wish = {"memberId": me, "templateId": template, "reason": "毛肚化冻", "idempotencyKey": key()}
    given = (await staff.run(give, i=wish))["compensateMember"]
    assert given["__typename"] == "Coupon", given
    choices = "query { complaints(open: true) { nodes { compensations { id } } } }"
    [offered] = (await staff.run(choices))["complaints"]["nodes"]
    assert offered == {"compensations": [{"id": given["id"]}]}
    for wrong in ({"outcome": "COMPENSATED", "couponId": own["id"]}, {"outcome": "EXPLAINED", "couponId": given["id"]}):
        bad = await answer(staff, made, **wrong)
        assert [p["path"] for p in bad["problems"]] == ["couponId"]
        assert (await listed(staff))[0]["state"] == "WAITING"
    done = await answer(staff, made, outcome="COMPENSATED", couponId=given["id"], answer="送您一张券，抱歉")
    assert done["compensation"] == {"id": given["id"], "code": given["code"]}
    [mine] = (await shopper.run(MINE, o=order["id"]))["orderComplaints"]
    assert mine["compensation"]["code"] == given["code"]


async def given_for(shop: Shop) -> list[tuple[str, str]]:
    """(state, why) of every coupon that was given by way of compensation."""
    rows = await database.fetch(
        "SELECT c.state, m.note FROM coupons c JOIN coupon_moves m ON m.merchant_id = c.merchant_id AND m.coupon_id = c.id AND m.before IS NULL"
        " WHERE c.merchant_id = $1 AND c.source = 'compensation' ORDER BY c.id",
        shop.merchant_id,
    )
    return [(row["state"], row["note"]) for row in rows]


async def a_template(shop: Shop) -> str:
    await shop.drop()
    found = await (await shop.admin()).run("{ couponTemplates(first: 1) { nodes { id } } }")
    return str(found["couponTemplates"]["nodes"][0]["id"])


@pytest.mark.usefixtures("exact")
async def test_a_compensation_is_given_with_the_answer(shop: Shop) -> None:
    """R05, K04, C4: the answer gives a coupon with the complaint as its reason, counted to the clerk's day; sent again, with the same key
    or another, it gives no second one; of two clerks who answer at once one gives one."""
    shopper, staff, other = (
        await shop.shopper(),
        await shop.staff("customer_service"),
        await shop.staff("store_manager"),
    )
    template = await a_template(shop)
    made = await complain(shopper, await place(shopper, {"TRIPE": 1}))
    wish = {"outcome": "COMPENSATED", "templateId": template, "answer": "送您一张券，抱歉", "idempotencyKey": key()}
    done = await answer(staff, made, **wish)
    assert done["state"] == "ANSWERED" and done["compensation"]["code"]
    assert (await answer(staff, made, **wish))["compensation"] == done["compensation"]
    assert (await answer(staff, made, **{**wish, "idempotencyKey": key()}))["__typename"] == "ComplaintAnswered"
    assert (await answer(staff, made, **{**wish, "answer": "换一句别的话"}))["__typename"] == "IdempotencyConflict"
    assert await given_for(shop) == [("issued", f"投诉：{TEXT}")]
    counted = "SELECT given FROM clerk_days WHERE merchant_id = $1"
    assert await database.fetchval(counted, shop.merchant_id) == 1
    again = await complain(shopper, await place(shopper, {"TRIPE": 1}))
    both = await asyncio.gather(*(answer(c, again, **{**wish, "idempotencyKey": key()}) for c in (staff, other)))
    assert sorted(one["__typename"] for one in both) == ["Complaint", "ComplaintAnswered"]
    assert len(await given_for(shop)) == 2


async def test_a_compensation_that_may_not_be_given_answers_nothing(shop: Shop) -> None:
    """K04: past the clerk's day, of no template or one of no known worth, beside another outcome or another coupon: refused, the complaint
    waits on and no coupon is given; it can be answered without one."""
    shopper, staff = await shop.shopper(), await shop.staff("customer_service")
    template = await a_template(shop)
    made = await complain(shopper, await place(shopper, {"TRIPE": 1}))
    endless = (
        "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { ... on CouponTemplate { id } } }"
    )
    percent = {"name": "九折", "content": {"kind": "PERCENT", "payBp": 9000}, "validDays": 3, "idempotencyKey": key()}
    admin = await shop.admin()
    worthless = (await admin.run(endless, i=percent))["createCouponTemplate"]["id"]
    own = await claim(shopper, await shop.drop())
    for wrong in (
        {"outcome": "EXPLAINED", "templateId": template},
        {"outcome": "COMPENSATED", "templateId": template, "couponId": own["id"]},
        {"outcome": "COMPENSATED", "templateId": worthless},
    ):
        bad = await answer(staff, made, **wrong)
        assert [p["path"] for p in bad["problems"]] == ["templateId"], wrong
    missing = encode("tpl", await member_of(shopper))
    assert (await answer(staff, made, outcome="COMPENSATED", templateId=missing))["__typename"] == "NotFound"
    await merchants.set_coupon_policy(shop.merchant_id, {"compensations_per_day": 0})
    full = await answer(staff, made, outcome="COMPENSATED", templateId=template)
    assert (full["__typename"], full["given"], full["limit"]) == ("ClerkLimitReached", 0, 0)
    assert (await listed(staff))[0]["state"] == "WAITING" and await given_for(shop) == []
    assert (await answer(staff, made))["outcome"] == "EXPLAINED"


async def test_bad_input_changes_nothing(shop: Shop) -> None:
    """R05: too short, too long, an order or coupon of somebody else, of nobody: refused where it stands, nothing is written."""
    shopper, other = await shop.shopper(), await shop.shopper()
    order, foreign = await place(shopper, {"BEEF": 1}), await place(other, {"BEEF": 1})
    coupon = await claim(other, await shop.drop())
    for text in ("短", "  a  ", "长" * 501):
        bad = await complain(shopper, order, text=text)
        assert [p["path"] for p in bad["problems"]] == ["text"]
    assert (await complain(shopper, foreign))["__typename"] == "NotFound"
    assert (await complain(shopper, couponId=coupon["id"]))["__typename"] == "NotFound"
    staff = await shop.staff("customer_service")
    nobody = {"memberId": encode("mem", shop.merchant_id), "kind": "OTHER", "text": TEXT, "idempotencyKey": key()}
    assert (await staff.run(RECORD, i=nobody))["recordComplaint"]["__typename"] == "NotFound"
    assert await database.fetchval("SELECT count(*) FROM complaints WHERE merchant_id = $1", shop.merchant_id) == 0
    made = await complain(shopper, order)
    for more, path in (({"answer": "好"}, "answer"), ({"answer": "长" * 501}, "answer")):
        bad = await answer(staff, made, **more)
        assert [p["path"] for p in bad["problems"]] == [path]
    assert (await answer(staff, {"id": encode("cpl", shop.merchant_id)}))["__typename"] == "NotFound"
    assert (await listed(staff))[0]["answer"] is None


@pytest.mark.usefixtures("exact")
async def test_one_open_complaint_about_one_thing(shop: Shop) -> None:
    """R05, C4: pressed many times at once with one key it is one; with many keys too, and the others are told by when it is answered;
    about another order, a coupon or nothing there may be another; after the answer there may be a new one."""
    shopper, staff = await shop.shopper(), await shop.staff("customer_service")
    coupon = await claim(shopper, await shop.drop())
    order = await place(shopper, {"BEEF": 1}, coupons={"mode": "NONE"})
    same = key()
    answers = await asyncio.gather(*(complain(shopper, order, idempotencyKey=same) for _ in range(5)))
    assert len({a["id"] for a in answers}) == 1
    more = await asyncio.gather(*(complain(shopper, order) for _ in range(5)))
    assert {a["__typename"] for a in more} == {"ComplaintOpen"}
    assert {a["dueAt"] for a in more} == {answers[0]["dueAt"]}
    tries = await asyncio.gather(*(complain(shopper, couponId=coupon["id"], kind="COUPON") for _ in range(5)))
    assert sorted(a["__typename"] for a in tries) == ["Complaint", *["ComplaintOpen"] * 4]
    assert [a["coupon"] for a in tries if a["__typename"] == "Complaint"] == [{"id": coupon["id"]}]
    assert (await complain(shopper))["__typename"] == "Complaint"
    assert (await complain(shopper))["__typename"] == "ComplaintOpen"
    assert (await answer(staff, answers[0]))["__typename"] == "Complaint"
    assert (await complain(shopper, order))["__typename"] == "Complaint"


@pytest.mark.usefixtures("exact")
async def test_two_clerks_answer_at_once(shop: Shop) -> None:
    """R05, C4: of many answers at the same moment one stands; the others are told that it was answered."""
    shopper = await shop.shopper()
    clerks = [await shop.staff("customer_service") for _ in range(4)]
    made = await complain(shopper, await place(shopper, {"BEEF": 1}))
    answers = await asyncio.gather(*(answer(c, made, answer=f"第 {n} 位客服的答复") for n, c in enumerate(clerks)))
    assert sorted(a["__typename"] for a in answers) == ["Complaint", *["ComplaintAnswered"] * 3]
    [stands] = await listed(clerks[0], is_open=False)
    assert stands["answer"] == next(a["answer"] for a in answers if a["__typename"] == "Complaint")


async def test_written_down_by_staff_and_seen_by_their_stores(shop: Shop) -> None:
    """R05, T09: staff writes down what a customer says at the counter; staff of one store sees, writes and answers what is about its
    orders alone; who may only read cannot answer, a cashier sees none."""
    shopper = await shop.shopper()
    here = await place(shopper, {"BEEF": 1}, storeId=encode("sto", shop.stores[0].id))
    there = await place(shopper, {"BEEF": 1}, storeId=encode("sto", shop.stores[1].id))
    manager = await shop.staff("store_manager", stores=(shop.stores[0].id,))
    me = encode("mem", await member_of(shopper))
    wish = {"memberId": me, "kind": "SERVICE", "text": "等了四十分钟没人理", "orderId": here["id"], "idempotencyKey": key()}  # fmt: skip
    made = (await manager.run(RECORD, i=wish))["recordComplaint"]
    assert (made["__typename"], made["byStaff"], made["kind"]) == ("Complaint", True, "SERVICE")
    nobody = (await manager.run(RECORD, i={**wish, "memberId": None, "orderId": None, "idempotencyKey": key()}))[
        "recordComplaint"
    ]
    assert [p["path"] for p in nobody["problems"]] == ["memberId"]
    for more in ({"orderId": there["id"]}, {"orderId": None}, {"memberId": None, "orderId": there["id"]}):
        refused = (await manager.run(RECORD, i={**wish, **more, "idempotencyKey": key()}))["recordComplaint"]
        assert refused["__typename"] == "NotFound"
    other = await complain(shopper, there)
    assert [c["id"] for c in await listed(manager)] == [made["id"]]
    assert (await manager.run(FIGURES))["complaintFigures"]["waiting"] == 1
    assert (await answer(manager, other))["__typename"] == "NotFound"
    assert (await answer(manager, made))["__typename"] == "Complaint"
    auditor, cashier = await shop.staff("auditor"), await shop.staff("cashier")
    assert {c["id"] for c in await listed(auditor)} == {other["id"]}
    for who, text in ((auditor, ANSWER), (cashier, LIST)):
        with pytest.raises(GraphQLFailed) as denied:
            await who.run(text, **({"o": True} if text is LIST else {"i": {"complaintId": other["id"], "outcome": "EXPLAINED", "answer": "已说明情况", "idempotencyKey": key()}}))  # fmt: skip
        assert denied.value.code == "FORBIDDEN"


async def test_pages_hold_the_most_urgent_first(shop: Shop) -> None:
    """R05: open complaints come with the one that is due first, page by page, none twice."""
    shopper, staff = await shop.shopper(), await shop.staff("customer_service")
    made = [await complain(shopper, await place(shopper, {"TOFU": 1})) for _ in range(5)]
    found: list[str] = []
    after = None
    for _ in range(3):
        page = (await staff.run(LIST, o=True, n=2, a=after))["complaints"]
        found += [c["id"] for c in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found == [c["id"] for c in made] and page["pageInfo"]["hasNextPage"] is False


async def test_a_merchant_says_by_when_it_answers(shop: Shop) -> None:
    """R05: the time within which complaints are answered is the merchant's; those that are there keep what was promised, so a later one
    may be due earlier: the list is by what is due first, page by page, and the watch goes by it too."""
    shopper, staff = await shop.shopper(), await shop.staff("customer_service")
    within = "{ complaintMinutes }"
    assert (await shopper.run(within))["complaintMinutes"] == 150
    slow = [await complain(shopper, await place(shopper, {"TOFU": 1})) for _ in range(2)]
    assert await command(shop, "complaint-policy", "--minutes", "60") == (0, '{"minutes": 60}\n')
    assert (await shopper.run(within))["complaintMinutes"] == 60
    assert (await staff.run(FIGURES))["complaintFigures"]["minutes"] == 60
    quick = [await complain(shopper, await place(shopper, {"TOFU": 1})) for _ in range(2)]
    for made in quick:
        due, opened = datetime.fromisoformat(made["dueAt"]), datetime.fromisoformat(made["openedAt"])
        assert due - opened == timedelta(minutes=60)
    assert [c["dueAt"] for c in await listed(staff)] == [c["dueAt"] for c in (*quick, *slow)]
    found: list[str] = []
    after = None
    for _ in range(4):
        page = (await staff.run(LIST, o=True, n=1, a=after))["complaints"]
        found += [c["id"] for c in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found == [c["id"] for c in (*quick, *slow)] and page["pageInfo"]["hasNextPage"] is False
    await older(shop, 61)
    assert [c["state"] for c in await listed(staff)] == ["OVERDUE", "OVERDUE", "WAITING", "WAITING"]


async def test_a_time_that_nobody_could_keep_is_refused(shop: Shop) -> None:
    """R05: less than an hour, more than a week, what is no number, a merchant that is not there: refused, and nothing changes."""
    assert await command(shop, "complaint-policy", "--minutes", "240") == (0, '{"minutes": 240}\n')
    for wrong in ("59", "10081", "-1", "2h"):
        code, said = await command(shop, "complaint-policy", "--minutes", wrong)
        assert code == 2 and "--minutes" in said
    assert (await command(shop, "complaint-policy", "--merchant", "nobody", "--minutes", "90"))[0] == 2
    for minutes in (59, 10_081):
        with pytest.raises(ValueError, match="60 to 10080"):
            await merchants.set_complaint_minutes(shop.merchant_id, minutes)
    assert await command(shop, "complaint-policy") == (0, '{"minutes": 240}\n')


async def test_complaints_are_never_deleted(shop: Shop) -> None:
    """R05: what was said stays: the database refuses to delete it."""
    shopper = await shop.shopper()
    await complain(shopper, await place(shopper, {"BEEF": 1}))
    await stays(shop.world, "DELETE FROM complaints WHERE merchant_id = $1", shop.merchant_id)
