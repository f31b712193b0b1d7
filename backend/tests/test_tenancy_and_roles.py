"""R04, T09: every field of the schema as somebody of another merchant, and as each role."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    OperationType,
    get_named_type,
)
from strawberry.permission import PermissionExtension

import schema.promotions
from backend import ledger
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.access import GRANTS, ROLES
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, World, claim, make_shop, pay, place, quote, within
from schema.base import Anybody, ConsumerOnly, MerchantKnown, StaffOnly, SystemOnly
from schema.root import make_schema

SCHEMA = make_schema(introspection=True)
GRAPHQL = SCHEMA._schema


def root_fields() -> list[tuple[str, str, list[type]]]:
    """(operation, field, permission classes) of everything one can ask for."""
    found = []
    for kind in ("Query", "Mutation", "Subscription"):
        definition = SCHEMA.get_type_by_name(kind)
        for field in definition.fields:  # type: ignore[union-attr]
            classes = [type(p) for e in field.extensions if isinstance(e, PermissionExtension) for p in e.permissions]
            found.append((kind.lower(), SCHEMA.config.name_converter.get_graphql_name(field), classes))
    return found


def test_every_root_field_has_a_permission() -> None:
    """R04, T09: a field without a permission cannot be added unnoticed; only log-in and what precedes it are public."""
    for kind, name, classes in root_fields():
        assert len(classes) == 1 and issubclass(
            classes[0], (Anybody, ConsumerOnly, MerchantKnown, StaffOnly, SystemOnly)
        ), f"{kind}.{name}: {classes}"
    public = {name for _, name, classes in root_fields() if classes[0] is Anybody}
    assert public == {
        "clientConfig",
        "me",
        "viewer",
        "logInConsumer",
        "logInStaff",
        "logInSystem",
        "logOut",
        "refreshSession",
    }


def test_a_field_without_permission_would_be_found() -> None:
    """The test above fails on a planted field."""

    @strawberry.type
    class Query:
        @strawberry.field
        def secret(self) -> int:
            return 1

    planted = strawberry.Schema(query=Query).get_type_by_name("Query")
    assert [e for f in planted.fields for e in f.extensions if isinstance(e, PermissionExtension)] == []  # type: ignore[union-attr]


SAMPLES: dict[str, Any] = {"merchant": "x", "first": 5, "search": "", "category": "", "skus": ["BEEF"], "after": None}


def argument(kind: Any, name: str, ids: dict[str, str]) -> Any:
    """A value that is well-formed for an argument; ids are those of somebody else."""
    if isinstance(kind, GraphQLNonNull):
        return argument(kind.of_type, name, ids)
    if isinstance(kind, GraphQLList):
        return [argument(kind.of_type, name, ids)]
    if isinstance(kind, GraphQLInputObjectType):
        return {n: argument(f.type, n, ids) for n, f in kind.fields.items() if isinstance(f.type, GraphQLNonNull)}
    if name in ids:
        return ids[name]
    match kind.name:
        case "ID":
            return key() if name == "idempotencyKey" else ids["id"]
        case "Int" | "Fen" | "BasisPoints":
            return 1
        case "Boolean":
            return False
        case "DateTime":
            return now().isoformat()
        case "OfferDefinition":
            return {"type": "spend_off", "tiers": [{"min": 100, "off": 10}]}
        case "String":
            return SAMPLES.get(name, "BEEF")
    return next(iter(kind.values))  # enum


IN_DETAIL = ("borne", "payouts", "priceProof", "refunds", "refundRequests", "refundable", "returnedPayments")
"""Asked for of one order; of a page of a hundred they cost more than a document may."""


def selection(kind: Any, depth: int = 0) -> str:
    """Every scalar that can be reached without arguments, three levels deep."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLUnionType):
        return (
            "{ __typename " + " ".join(f"... on {t.name} {selection(t, depth)}" for t in named.types) + " }"
            if depth == 0
            else "{ __typename }"
        )
    if not isinstance(named, GraphQLObjectType):
        return ""
    parts = []
    for name, field in named.fields.items():
        leaf = not isinstance(get_named_type(field.type), (GraphQLObjectType, GraphQLUnionType))
        needs = any(isinstance(a.type, GraphQLNonNull) and a.default_value is None for a in field.args.values())
        if leaf:
            parts.append(name)
        elif depth < 2 and not needs and name not in ("products", "quote") and not (depth and name in IN_DETAIL):
            parts.append(f"{name} {selection(field.type, depth + 1)}")
    return "{ __typename " + " ".join(parts) + " }"


def document(operation: str, name: str, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    field = GRAPHQL.get_root_type(_kind(operation)).fields[name]  # type: ignore[union-attr]
    variables, declared, passed = {}, [], []
    for arg, definition in field.args.items():
        if isinstance(definition.type, GraphQLNonNull) or arg in ids:
            variables[arg] = argument(definition.type, arg, ids)
            declared.append(f"${arg}: {definition.type}")
            passed.append(f"{arg}: ${arg}")
    head = f"({', '.join(declared)})" if declared else ""
    # a union's members may give one name several types: ask for the type name alone there
    chosen = "{ __typename }" if isinstance(get_named_type(field.type), GraphQLUnionType) else selection(field.type)
    return f"{operation}{head} {{ {name}{'(' + ', '.join(passed) + ')' if passed else ''} {chosen} }}", variables


def _kind(operation: str) -> OperationType:
    return OperationType(operation)


async def secrets_of(shop: Shop) -> tuple[dict[str, str], list[str]]:
    """A merchant with something of everything: (ids to ask with, texts that nobody else may see)."""
    promotion = await shop.promotion(
        {"type": "spend_off", "tiers": [{"min": 20000, "off": 3000}]}, name=f"机密{shop.code}"
    )
    drop = await shop.drop()
    shopper = await shop.shopper()
    coupon = await claim(shopper, drop)
    seen = await quote(shopper, {"TRIPE": 2})
    order = await place(shopper, {"TRIPE": 2})
    await pay(shop.world, order)
    me = (await shopper.run("{ me { id memberCode nickname } }"))["me"]
    coded = await shop.drop(access="CODES")
    admin = await shop.admin()
    made = "mutation($i: GenerateCodesInput!) { generateCodes(input: $i) { ... on CodePool { id } } }"
    pool = (await admin.run(made, i={"dropId": coded, "name": "机密", "count": 3, "idempotencyKey": key()}))[
        "generateCodes"
    ]
    codes = await database.fetch("SELECT code FROM coupon_codes WHERE merchant_id = $1", shop.merchant_id)
    template = (await admin.run("{ couponTemplates(first: 1) { nodes { id } } }"))["couponTemplates"]["nodes"][0]["id"]
    money = {
        "terms": {
            "name": "机密",
            "points": 1,
            "stock": 9,
            "startsAt": now().isoformat(),
            "endsAt": (now() + timedelta(days=1)).isoformat(),
        },
        "balanceFen": 1,
    }
    made = "mutation($i: CreateMallItemInput!) { createMallItem(input: $i) { ... on MallItem { id } } }"
    item = (await admin.run(made, i={**money, "idempotencyKey": key()}))["createMallItem"]["id"]
    made = "mutation($i: ExchangePointsInput!) { exchangePoints(input: $i) { ... on MallExchange { id } } }"
    invite = (await shopper.run("{ myInvitation { code } }"))["myInvitation"]["code"]
    owner = decode("mem", me["id"])
    assert owner is not None
    await given_points(shop, owner, 1)
    tap = {"itemId": item, "seenPoints": 1, "idempotencyKey": key()}
    exchange = (await shopper.run(made, i=tap))["exchangePoints"]["id"]
    made = "mutation($i: CreateLotteryInput!) { createLottery(input: $i) { ... on Lottery { id commitment prizes { id } } } }"
    sure = {"name": "机密", "kind": "POINTS", "points": 1, "odds": 1_000_000, "stock": 9}
    window = {name: money["terms"][name] for name in ("startsAt", "endsAt")}  # type: ignore[index]
    held = {
        "name": "机密",
        "points": 1,
        "perDay": 1,
        "freePerDay": 1,
        "contact": "028-0000",
        "prizes": [sure],
        **window,
    }
    lottery = (await admin.run(made, i={"lottery": held, "idempotencyKey": key()}))["createLottery"]
    made = "mutation($i: DrawLotteryInput!) { drawLottery(input: $i) { ... on LotteryDraw { id } } }"
    tap = {"lotteryId": lottery["id"], "seenPoints": 0, "idempotencyKey": key()}
    drawn = (await shopper.run(made, i=tap))["drawLottery"]["id"]
    made = "mutation($i: ComplainInput!) { complain(input: $i) { ... on Complaint { id } } }"
    wish = {"kind": "GOODS", "text": f"机密投诉 {shop.code}", "orderId": order["id"], "idempotencyKey": key()}
    complaint = (await shopper.run(made, i=wish))["complain"]["id"]
    ids = {
        "complaintId": complaint,
        "lotteryId": lottery["id"],
        "prizeId": lottery["prizes"][0]["id"],
        "itemId": item,
        "exchangeId": exchange,
        "poolId": pool["id"],
        "couponId": coupon["id"],
        "memberId": me["id"],
        "templateId": template,
        "code": codes[0]["code"],
        "promotionId": promotion["id"],
        "dropId": drop,
        "orderId": order["id"],
        "quoteToken": seen["token"],
        "id": promotion["id"],
    }
    texts = [
        shop.code,
        promotion["id"],
        drop,
        coupon["id"],
        coupon["code"],
        order["id"],
        order["number"],
        me["id"],
        me["memberCode"],
        coded,
        pool["id"],
        template,
        item,
        exchange,
        invite,
        lottery["id"],
        lottery["commitment"],
        drawn,
        complaint,
        *(row["code"] for row in codes),
    ]
    return ids, texts


async def given_points(shop: Shop, member_id: UUID, points: int) -> None:
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=ledger.member(member_id),
            unit="points",
            amount=points,
            kind="welcome",
            business_key=f"welcome:{key()}",
            at=now(),
            memo={},
        )


ONE_BY_ID = ("promotion", "order", "storeOrder", "couponDrop", "couponTemplate", "coupon")


@pytest.mark.parametrize("who", ["admin", "shopper", "anonymous"])
async def test_nobody_sees_or_touches_another_merchant(world: World, who: str) -> None:
    """R04, T1: every query and mutation, with the other merchant's ids, as admin, shopper and visitor of one's own: nothing of the other's
    comes back, nothing of the other's changes."""
    await ask_for_everything_of(await make_shop(world), await make_shop(world), who)


async def ask_for_everything_of(theirs: Shop, mine: Shop, who: str) -> None:
    ids, texts = await secrets_of(theirs)
    before = await fingerprint(theirs)
    asking = mine.client()
    if who == "admin":
        asking = await mine.admin()
    elif who == "shopper":
        asking = await mine.shopper()
    asked = 0
    for operation, name, _ in root_fields():
        if operation == "subscription":
            continue
        for id_ in (
            (ids["promotionId"], ids["orderId"], ids["dropId"], ids["templateId"], ids["couponId"])
            if name in ONE_BY_ID
            else (ids["id"],)
        ):
            text, variables = document(operation, name, {**ids, "id": id_})
            try:
                answer: Any = await asking.run(text, **variables)
            except GraphQLFailed as error:
                answer = error.errors
            told = json.dumps(answer, ensure_ascii=False)
            assert not [t for t in texts if t in told and t not in json.dumps(variables)], f"{who} saw {name}: {told}"
            if operation == "query" and name in ONE_BY_ID:
                assert not isinstance(answer, dict) or answer[name] is None
            asked += 1
    assert asked > 20
    assert await fingerprint(theirs) == before


async def fingerprint(shop: Shop) -> dict[str, Any]:
    found = {}
    for table in (
        "promotions",
        "coupon_templates",
        "coupon_drops",
        "code_pools",
        "coupon_codes",
        "coupons",
        "orders",
        "offer_versions",
        "stock",
        "accounts",
        "transfers",
        "members",
        "idempotency_records",
        "refund_requests",
        "refunds",
        "payouts",
        "mall_items",
        "mall_exchanges",
        "lotteries",
        "lottery_prizes",
        "lottery_draws",
        "complaints",
        "invite_codes",
        "referrals",
        "referral_terms",
    ):
        found[table] = await database.fetchval(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t WHERE merchant_id = $1",
            shop.merchant_id,
        )
    return found


async def test_leak_would_be_found(world: World) -> None:
    """The walk above fails where something leaks: asked as the owner, the texts do come back."""
    theirs = await make_shop(world)
    ids, texts = await secrets_of(theirs)
    text, variables = document("query", "promotion", ids)
    told = json.dumps(await (await theirs.admin()).run(text, **variables), ensure_ascii=False)
    assert ids["promotionId"] in texts and ids["promotionId"] in told


async def test_a_planted_leak_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R04: a resolver that forgets whose merchant asks fails the walk above."""
    theirs, mine = await make_shop(world), await make_shop(world)
    monkeypatch.setattr(schema.promotions, "merchant_id", lambda info: theirs.merchant_id)
    with pytest.raises(AssertionError, match="admin saw promotion"):
        await ask_for_everything_of(theirs, mine, "admin")


async def test_each_role_may_what_it_may_and_no_more(shop: Shop) -> None:
    """T09: every root field as every role: allowed exactly where the table of rights says so."""
    await ask_for_everything_as(shop, ROLES)


async def test_a_planted_open_door_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T09: one right that is given to everybody fails the walk above."""
    monkeypatch.setattr(StaffOnly, "has_permission", lambda self, source, info, **_: True)
    with pytest.raises(AssertionError, match="analyst "):
        await ask_for_everything_as(shop, ("analyst",))


async def ask_for_everything_as(shop: Shop, roles: Iterable[str]) -> None:
    ids, _ = await secrets_of(shop)
    for role in roles:
        client = await shop.staff(role)
        for operation, name, classes in root_fields():
            if operation == "subscription":
                continue
            permission = getattr(classes[0], "permission", None)
            text, variables = document(operation, name, ids)
            try:
                await client.run(text, **variables)
                code = ""
            except GraphQLFailed as error:
                code = error.code
            if issubclass(classes[0], StaffOnly):
                assert (code != "FORBIDDEN") == (permission in GRANTS[role]), f"{role} {name}: {code}"
            elif issubclass(classes[0], (ConsumerOnly, SystemOnly)):
                assert code == "FORBIDDEN", f"{role} {name}: {code}"
            else:
                assert code not in ("FORBIDDEN", "UNAUTHENTICATED", "INTERNAL"), f"{role} {name}: {code}"


async def test_visitors_are_asked_to_log_in(shop: Shop) -> None:
    """T09: without a log-in, staff's and members' fields answer UNAUTHENTICATED; without a merchant, BAD_REQUEST."""
    ids, _ = await secrets_of(shop)
    nobody = Client(shop.world.url, "no-such-merchant", shop.world.http)
    for operation, name, classes in root_fields():
        if operation == "subscription" or classes[0] is Anybody:
            continue
        text, variables = document(operation, name, ids)
        for client, codes in (
            (shop.client(), {"UNAUTHENTICATED"} if not issubclass(classes[0], MerchantKnown) else {""}),
            (nobody, {"UNAUTHENTICATED", "BAD_REQUEST"}),
        ):
            try:
                await client.run(text, **variables)
                code = ""
            except GraphQLFailed as error:
                code = error.code
            assert code in codes, f"{name}: {code}"


async def test_store_manager_sees_own_stores_alone(shop: Shop) -> None:
    """T09, R04: a role limited to a store sees that store's figures; asking for another is refused."""
    one, two = shop.stores
    for store in (one, two):
        shopper = await shop.shopper()
        await pay(shop.world, await place(shopper, {"TOFU": 1}, storeId=f"sto_{store.id.hex}"))
    admin = await shop.admin()

    async def both() -> bool:
        return bool((await admin.run("{ dashboard { cards { orders } } }"))["dashboard"]["cards"]["orders"] == 2)

    await within(5, both)
    manager = await shop.staff("store_manager", stores=(one.id,))
    seen = (await manager.run("{ dashboard { cards { orders } stores { store { id } } } }"))["dashboard"]
    assert seen == {"cards": {"orders": 1}, "stores": [{"store": {"id": f"sto_{one.id.hex}"}}]}
    with pytest.raises(GraphQLFailed) as denied:
        await manager.run(
            "query($i: DashboardInput) { dashboard(input: $i) { version } }", i={"storeId": f"sto_{two.id.hex}"}
        )
    assert denied.value.code == "FORBIDDEN"
