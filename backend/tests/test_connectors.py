"""The real clients against the stand-in server over HTTP: URLs, error codes, signatures."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.connectors.pay import BadCallback, PayUnavailable, WeChatPay, sign_text, verify_text
from backend.connectors.standin import pay_keys
from backend.connectors.wechat import CodeRefused, NotSent, Person, Sent, WeChat, WeChatUnavailable
from backend.kit.clock import now
from backend.tests.conftest import World


def client(world: World, http: httpx.AsyncClient, **changes: str) -> WeChat:
    s = world.settings
    given = {
        "base_url": s.wechat_base_url,
        "open_url": s.wechat_open_url,
        "app_id": s.wechat_app_id,
        "app_secret": s.wechat_app_secret,
        **changes,
    }
    return WeChat(http, given["base_url"], given["open_url"], given["app_id"], given["app_secret"], None)


async def code(world: World) -> str:
    return str(
        (await world.http.get(f"{world.standin_url}/wechat/device/login", params={"openid": "o-c"})).json()["code"]
    )


async def test_log_in_by_both_ways(world: World) -> None:
    """Connectors: jscode2session and the OAuth exchange; a code works once; a wrong app id is refused."""
    wechat = client(world, world.http)
    for h5 in (False, True):
        given = await code(world)
        assert await wechat.log_in(given, h5=h5) == Person("o-c", None)
        again = await wechat.log_in(given, h5=h5)
        assert isinstance(again, CodeRefused) and again.errcode == 40029
    assert isinstance(
        await client(world, world.http, app_secret="wrong").log_in(await code(world), h5=False), CodeRefused
    )


async def test_h5_redirect_keeps_state(world: World) -> None:
    """Connectors: the authorize page sends the browser back with code and state, before the hash."""
    url = client(world, world.http).authorize_url()
    back = urlencode({"redirect_uri": "http://127.0.0.1:1/m/?merchant=x#/pages/cart", "state": "s1", "persona": "o-h5"})
    answer = await world.http.get(f"{url}&{back}", follow_redirects=False)
    place = answer.headers["location"]
    assert (
        answer.status_code == 302
        and place.startswith("http://127.0.0.1:1/m/?merchant=x&code=")
        and "&state=s1#/pages/cart" in place
    )
    assert "redirect_uri 不对" in (await world.http.get(f"{url}&redirect_uri=javascript:alert(1)")).text


async def test_access_token_is_renewed_once_and_shared(world: World) -> None:
    """Connectors: 40001 renews the token once and the message goes out; with Redis two processes share one token."""
    wechat = client(world, world.http)
    wechat._token = "stale"
    assert isinstance(await wechat.send_subscribe_message("o-t", "tpl", "p", {"thing1": "好"}), Sent)
    assert isinstance(await wechat.send_subscribe_message("", "tpl", "p", {"thing1": "好"}), NotSent)
    wrong = await wechat.send_subscribe_message("o-t", "tpl", "p", {"thing1": "好" * 21})
    assert isinstance(wrong, NotSent) and (wrong.errcode, wrong.retry) == (47003, False) and "thing1" in wrong.errmsg
    s = world.settings
    one, two = (
        WeChat(
            world.http, s.wechat_base_url, s.wechat_open_url, s.wechat_app_id, s.wechat_app_secret, world.runtime.redis
        )
        for _ in range(2)
    )
    assert await one._access_token(renew=True) == await two._access_token(renew=False)


async def test_busy_is_tried_again_then_told(world: World) -> None:
    """Connectors: -1 and dead connections are tried three times; then the caller is told, not lied to."""
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        return httpx.Response(
            200, json={"errcode": -1, "errmsg": "system busy"} if len(calls) < 3 else {"openid": "o-late"}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        assert await client(world, http).log_in("c", h5=False) == Person("o-late", None) and len(calls) == 3
    async with httpx.AsyncClient(trust_env=False, timeout=0.2) as http:
        with pytest.raises(WeChatUnavailable):
            await client(world, http, base_url="http://127.0.0.1:9").log_in("c", h5=False)


def pay_client(world: World, keys: object = None) -> WeChatPay:
    real, _ = pay_keys(world.settings)
    return WeChatPay(
        world.http,
        world.settings.wechat_pay_base_url,
        world.settings.wechat_app_id,
        keys or real,
        "http://127.0.0.1:1/hook",
        "http://h5",
    )  # type: ignore[arg-type]


async def test_pay_signs_and_is_checked(world: World) -> None:
    """Connectors: an order signed with our key is taken, the same number gives the same prepay id; another key is refused."""
    pay, at = pay_client(world), now()
    order = ("m", f"n{at.timestamp()}", "订单", 990, "o-p", at, at + timedelta(minutes=15))
    prepay = await pay.jsapi_order(*order)
    assert prepay.startswith("wx") and await pay.jsapi_order(*order) == prepay
    with pytest.raises(PayUnavailable, match="INVALID_REQUEST"):
        await pay.jsapi_order("m", order[1], "订单", 991, "o-p", at, order[6])
    real, _ = pay_keys(world.settings)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(PayUnavailable, match="SIGN_ERROR"):
        await pay_client(
            world,
            type(real)(real.mch_id, real.serial, stranger, real.api_v3_key, real.platform_serial, real.platform_key),
        ).jsapi_order(*order)
    arguments = pay.payer_arguments(prepay, at)
    text = (
        f"{world.settings.wechat_app_id}\n{arguments['timeStamp']}\n{arguments['nonceStr']}\n{arguments['package']}\n"
    )
    assert verify_text(real.private_key.public_key(), text, arguments["paySign"]) and not verify_text(
        real.private_key.public_key(), text + "x", arguments["paySign"]
    )


async def test_callbacks_are_believed_once_and_only_when_fresh(world: World) -> None:
    """O6, connectors (faults read in a known library): age and nonce of a callback are checked, then its signature and cipher."""
    real, platform = pay_keys(world.settings)
    pay, at = pay_client(world), now()
    plain = json.dumps(
        {"attach": "m", "out_trade_no": "n", "transaction_id": "t", "amount": {"total": 5}, "trade_state": "SUCCESS"}
    ).encode()
    body = json.dumps(
        {
            "resource": {
                "nonce": "0" * 12,
                "associated_data": "transaction",
                "ciphertext": b64encode(AESGCM(real.api_v3_key).encrypt(b"0" * 12, plain, b"transaction")).decode(),
            }
        }
    ).encode()

    def headers(nonce: str, stamp: int, signed: bytes = body) -> dict[str, str]:
        return {
            "wechatpay-serial": real.platform_serial,
            "wechatpay-timestamp": str(stamp),
            "wechatpay-nonce": nonce,
            "wechatpay-signature": sign_text(platform, f"{stamp}\n{nonce}\n{signed.decode()}\n"),
        }

    stamp = int(at.timestamp())
    merchant, payment = pay.read_callback(headers("n1", stamp), body, at)
    assert (merchant, payment.order_number, payment.paid_fen, payment.success) == ("m", "n", 5, True)
    for wrong, reason in (
        (headers("n1", stamp), "seen"),
        (headers("n2", stamp - 301), "five minutes"),
        (headers("n3", stamp, b"{}"), "signature"),
        ({**headers("n4", stamp), "wechatpay-serial": "other"}, "serial"),
    ):
        with pytest.raises(BadCallback, match=reason):
            pay.read_callback(wrong, body, at)
    spoiled = body.replace(b'"ciphertext": "', b'"ciphertext": "AAAA')
    with pytest.raises(BadCallback, match="decrypt"):
        pay.read_callback(headers("n5", stamp, spoiled), spoiled, at)


async def test_stand_in_tells_again_until_it_is_taken(world: World) -> None:
    """Connectors: the callback is at least once: a shop that answers 500 first is told again."""
    told: list[int] = []

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        told.append(len(told))
        writer.write(
            b"HTTP/1.1 500 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            if len(told) == 1
            else b"HTTP/1.1 204 ok\r\nConnection: close\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hook, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    real, _ = pay_keys(world.settings)
    pay = WeChatPay(
        world.http,
        world.settings.wechat_pay_base_url,
        world.settings.wechat_app_id,
        real,
        f"http://127.0.0.1:{port}/hook",
        "http://h5",
    )
    prepay = await pay.jsapi_order(
        "m", f"again{now().timestamp()}", "订单", 100, "o", now(), now() + timedelta(minutes=5)
    )
    assert (
        await world.http.post(f"{world.standin_url}/pay/device/confirm", params={"prepay_id": prepay})
    ).status_code == 200
    server.close()
    assert told == [0, 1]
