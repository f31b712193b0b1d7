"""Stand-ins for WeChat and WeChat Pay: a small server of its own that answers the real URLs, JSON, error codes
and signatures with keys of its own, so that the default set-up exercises the real client code.

It is refused in production (settings). `/messages` shows what members would have received.
"""

from __future__ import annotations

import asyncio
import base64
import html
import json
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from backend.connectors.pay import PayKeys, sign_text, verify_text
from backend.connectors.wechat import field_problem
from backend.settings import Settings

CODE_SECONDS = 300
PERSONAS = (
    ("o_demo_0001", "陈婆婆 · 成都 · 金卡"),
    ("o_demo_0002", "阿强 · 重庆 · 普通"),
    ("o_demo_0003", "自贡盐帮妹 · 银卡"),
    ("o_demo_0004", "南充小李 · 普通"),
    ("o_demo_0005", "今天生日的绵阳王哥"),
    ("o_demo_0006", "第一次来的新客"),
)


def pay_keys(settings: Settings) -> tuple[PayKeys, rsa.RSAPrivateKey]:
    """The stand-in's keys (made once, kept beside the data) and the platform's private key, which only it holds."""
    merchant_key, platform_key = (_key(settings.data / "standin" / f"{name}.pem") for name in ("merchant", "platform"))
    api_v3 = _once(settings.data / "standin" / "api-v3-key", lambda: secrets.token_hex(16).encode())
    keys = PayKeys(
        "1900000001",
        "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
        merchant_key,
        api_v3,
        "PLATFORM000000000000000000000000STANDIN",
        platform_key.public_key(),
    )
    return keys, platform_key


def _key(path: Path) -> rsa.RSAPrivateKey:
    def make() -> bytes:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )

    key = load_pem_private_key(_once(path, make), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _once(path: Path, make: Any) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        draft.write_bytes(make())
        draft.chmod(0o600)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was first; its key is the one that counts
        finally:
            draft.unlink()
    return path.read_bytes()


@dataclass
class World:
    """What the stand-in remembers while it runs."""

    keys: PayKeys
    platform_key: rsa.RSAPrivateKey
    app_id: str
    app_secret: str
    codes: dict[str, tuple[str, float]] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    messages: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=500))
    refusing: set[str] = field(default_factory=set)
    prepays: dict[str, dict[str, Any]] = field(default_factory=dict)
    prepay_of: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    troubles: dict[str, list[str]] = field(default_factory=dict)
    journal: Path | None = None
    telling: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, what: str, name: str, value: dict[str, Any]) -> None:
        """Keeps a payment or refund beyond a restart, as WeChat would."""
        if self.journal is not None:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps([what, name, value], ensure_ascii=False) + "\n")

    def remember(self) -> None:
        """Reads back what was noted."""
        if self.journal is None or not self.journal.exists():
            return
        for line in self.journal.read_text("utf-8").splitlines():
            try:
                what, name, value = json.loads(line)
            except ValueError:
                continue  # the last line of a process that was killed while it wrote
            if what == "payment":
                self.prepays[name] = value
                self.prepay_of[value["order"]["out_trade_no"]] = name
            else:
                self.refunds[name] = value


def _error(errcode: int, errmsg: str) -> JSONResponse:
    return JSONResponse({"errcode": errcode, "errmsg": errmsg})


def _page(title: str, body: str) -> HTMLResponse:
    style = (
        "body{font:16px/1.6 system-ui,'Noto Sans SC',sans-serif;max-width:420px;margin:0 auto;padding:32px 20px;color:#222;background:#f7f7f7}"
        "h1{font-size:20px}a.b,button{display:block;width:100%;box-sizing:border-box;margin:10px 0;padding:13px;border:0;border-radius:10px;background:#fff;"
        "color:#222;text-align:left;text-decoration:none;font-size:16px}button.pay{background:#07c160;color:#fff;text-align:center}.n{color:#888;font-size:13px}"
        ".amt{font-size:36px;text-align:center;margin:28px 0}"
    )
    return HTMLResponse(
        f"<!doctype html><html lang=zh><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<link rel=icon href='data:,'><title>{title}</title><style>{style}</style><h1>{title}</h1>{body}"
    )


def _wechat_routes(world: World) -> list[Route]:
    def new_code(openid: str) -> str:
        code = secrets.token_urlsafe(16)
        world.codes[code] = (openid, time.monotonic())
        return code

    def take_code(code: str) -> str | None:
        openid, made = world.codes.pop(code, ("", 0.0))
        return openid if openid and time.monotonic() - made < CODE_SECONDS else None

    def wrong_app(request: Request) -> bool:
        return (request.query_params.get("appid"), request.query_params.get("secret")) != (
            world.app_id,
            world.app_secret,
        )

    async def authorize(request: Request) -> Response:
        """open.weixin.qq.com/connect/oauth2/authorize: here one chooses who one is, WeChat knows it."""
        back, state = request.query_params.get("redirect_uri", ""), request.query_params.get("state", "")
        if request.query_params.get("appid") != world.app_id or urlsplit(back).scheme not in ("http", "https"):
            return _page("参数错误", "<p>appid 或 redirect_uri 不对。</p>")
        chosen = request.query_params.get("persona")
        if chosen:
            parts = urlsplit(back)
            query = "&".join(x for x in (parts.query, urlencode({"code": new_code(chosen), "state": state})) if x)
            return RedirectResponse(parts._replace(query=query).geturl(), 302)
        links = "".join(
            f"<a class=b href='?{html.escape(urlencode({**request.query_params, 'persona': openid}))}'>{html.escape(label)}</a>"
            for openid, label in PERSONAS
        )
        return _page("微信登录（演示替身）", f"<p class=n>真实环境里微信知道你是谁；这里请选一位演示会员。</p>{links}")

    async def mini_code(request: Request) -> Response:
        """Stands for the phone's wx.login: gives a code for a person. Has no counterpart among WeChat's servers."""
        return JSONResponse({"code": new_code(request.query_params["openid"])})

    async def code_to_session(request: Request) -> Response:
        if wrong_app(request):
            return _error(40013, "invalid appid")
        openid = take_code(request.query_params.get("js_code", ""))
        if openid is None:
            return _error(40029, "invalid code")
        return JSONResponse({"openid": openid, "session_key": base64.b64encode(secrets.token_bytes(16)).decode()})

    async def oauth_token(request: Request) -> Response:
        if wrong_app(request):
            return _error(40013, "invalid appid")
        openid = take_code(request.query_params.get("code", ""))
        if openid is None:
            return _error(40029, "invalid code")
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(24),
                "expires_in": 7200,
                "refresh_token": secrets.token_urlsafe(24),
                "openid": openid,
                "scope": "snsapi_base",
            }
        )

    async def token(request: Request) -> Response:
        if wrong_app(request):
            return _error(40013, "invalid appid")
        value = secrets.token_urlsafe(32)
        world.tokens[value] = time.monotonic() + 7200
        return JSONResponse({"access_token": value, "expires_in": 7200})

    async def send(request: Request) -> Response:
        if world.tokens.get(request.query_params.get("access_token", ""), 0) < time.monotonic():
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        body = await request.json()
        if not body.get("touser"):
            return _error(40003, "touser is invalid")
        if not body.get("template_id"):
            return _error(40037, "template_id is invalid")
        if body["touser"] in world.refusing:
            return _error(REFUSED, "user refuse to accept the msg")
        for name, cell in body.get("data", {}).items():
            problem = field_problem(name, str(cell.get("value", "")))
            if problem:
                return _error(47003, f"argument invalid! data.{name}.value is invalid")
        world.messages.append({**body, "at": datetime.now(UTC).isoformat()})
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": secrets.randbelow(10**15)})

    async def refuse(request: Request) -> Response:
        """Stands for a person who switches a mini-program's messages off in WeChat's settings."""
        world.refusing.add(request.query_params["openid"])
        return JSONResponse({"errcode": 0})

    async def messages(request: Request) -> Response:
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse(list(world.messages))
        rows = "".join(
            f"<div class=b style='background:#fff;border-radius:10px;padding:12px;margin:10px 0'><div class=n>{html.escape(m['touser'])} · {m['at'][:19]}</div>"
            + "".join(f"<div>{html.escape(str(c['value']))}</div>" for c in m["data"].values())
            + "</div>"
            for m in reversed(world.messages)
        )
        return _page("手机收到的订阅消息（演示替身）", rows or "<p class=n>还没有消息。</p>")

    return [
        Route("/wechat/connect/oauth2/authorize", authorize),
        Route("/wechat/device/login", mini_code),
        Route("/wechat/sns/jscode2session", code_to_session),
        Route("/wechat/sns/oauth2/access_token", oauth_token),
        Route("/wechat/cgi-bin/token", token),
        Route("/wechat/cgi-bin/message/subscribe/send", send, methods=["POST"]),
        Route("/wechat/device/refuse", refuse, methods=["POST"]),
        Route("/messages", messages),
    ]


REFUSED = 43101


def _signed(world: World, request: Request, body: str) -> bool:
    """Whether a request carries the merchant's signature over its own method, path and body."""
    given = _authorization(request)
    path = request.url.path.removeprefix("/pay")
    text = f"{request.method}\n{path}\n{given.get('timestamp')}\n{given.get('nonce_str')}\n{body}\n"
    key = world.keys.private_key.public_key()
    return given.get("mchid") == world.keys.mch_id and verify_text(key, text, given.get("signature", ""))


def _authorization(request: Request) -> dict[str, str]:
    scheme = request.headers.get("authorization", "").removeprefix("WECHATPAY2-SHA256-RSA2048 ")
    return {k: v.strip('"') for k, v in (part.split("=", 1) for part in scheme.split(",") if "=" in part)}


async def _notify(world: World, url: str, event: str, kind: str, summary: str, plain: dict[str, Any]) -> None:
    """Sends a callback as WeChat Pay does: signed, encrypted, again until it is taken."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        for pause in (0.2, 1, 3, 0):
            nonce = secrets.token_hex(6)
            cipher = AESGCM(world.keys.api_v3_key).encrypt(nonce.encode(), json.dumps(plain).encode(), kind.encode())
            body = json.dumps(
                {
                    "id": secrets.token_hex(16),
                    "create_time": datetime.now(UTC).isoformat(timespec="seconds"),
                    "event_type": event,
                    "resource_type": "encrypt-resource",
                    "summary": summary,
                    "resource": {
                        "algorithm": "AEAD_AES_256_GCM",
                        "ciphertext": base64.b64encode(cipher).decode(),
                        "nonce": nonce,
                        "associated_data": kind,
                        "original_type": kind,
                    },
                },
                ensure_ascii=False,
            )
            stamp, header_nonce = str(int(time.time())), secrets.token_hex(16)
            try:
                answer = await http.post(
                    url,
                    content=body.encode(),
                    headers={
                        "Content-Type": "application/json",
                        "Wechatpay-Timestamp": stamp,
                        "Wechatpay-Nonce": header_nonce,
                        "Wechatpay-Serial": world.keys.platform_serial,
                        "Wechatpay-Signature": sign_text(world.platform_key, f"{stamp}\n{header_nonce}\n{body}\n"),
                    },
                )
                if answer.status_code in (200, 204):
                    return
            except httpx.HTTPError:
                pass  # told again after the pause, as WeChat Pay does
            await asyncio.sleep(pause)


MOST_REFUNDS, REFUND_APART, REFUND_SECONDS = 50, 60, 0.3
"""Of one payment at most 50 refunds, one a minute (by the request's own stamp); how long one takes here."""


def _refund_routes(world: World) -> list[Route]:  # noqa: PLR0915
    """退款 of WeChat Pay v3, as far as we use it (shapes from its pages; not tried against the real service)."""

    def refused(status: int, code: str, message: str) -> JSONResponse:
        return JSONResponse({"code": code, "message": message}, status)

    def shown(refund: dict[str, Any]) -> JSONResponse:
        asked = refund["asked"]
        return JSONResponse(
            {
                "refund_id": refund["id"],
                "out_refund_no": asked["out_refund_no"],
                "transaction_id": asked["transaction_id"],
                "out_trade_no": refund["out_trade_no"],
                "channel": "ORIGINAL",
                "user_received_account": "支付用户零钱",
                "status": refund["status"],
                "create_time": refund["made"],
                "amount": {**asked["amount"], "payer_refund": asked["amount"]["refund"]},
            }
        )

    def trouble(number: str, kinds: tuple[str, ...]) -> str | None:
        """The next planned trouble of an order, if it is one of these kinds."""
        waiting = world.troubles.get(number, [])
        return waiting.pop(0) if waiting and waiting[0] in kinds else None

    async def refund(request: Request) -> Response:
        body = (await request.body()).decode()
        if not _signed(world, request, body):
            return refused(401, "SIGN_ERROR", "签名错误")
        asked = json.loads(body)
        paid = next(
            (p for p in world.prepays.values() if p["transaction"] == asked["transaction_id"] and p["paid"]), None
        )
        if paid is None:
            return refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        number, known = paid["order"]["out_trade_no"], world.refunds.get(asked["out_refund_no"])
        code = trouble(number, ("SYSTEM_ERROR", "NOT_ENOUGH", "INVALID_REQUEST"))
        if code:
            return refused({"SYSTEM_ERROR": 500, "NOT_ENOUGH": 403, "INVALID_REQUEST": 400}[code], code, "演示的故障")
        if known is not None:
            same = known["asked"]["amount"] == asked["amount"]
            return shown(known) if same else refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
        before = [r for r in world.refunds.values() if r["out_trade_no"] == number and r["status"] != "CLOSED"]
        total, stamp = paid["order"]["amount"]["total"], int(_authorization(request)["timestamp"])
        if asked["amount"]["total"] != total or asked["amount"]["refund"] < 1:
            return refused(400, "PARAM_ERROR", "金额不正确")
        if sum(r["asked"]["amount"]["refund"] for r in before) + asked["amount"]["refund"] > total:
            return refused(400, "INVALID_REQUEST", "退款金额超过可退金额")
        if len(before) >= MOST_REFUNDS:
            return refused(400, "INVALID_REQUEST", "部分退款次数超限")
        if any(abs(stamp - r["stamp"]) < REFUND_APART for r in before):
            return refused(429, "FREQUENCY_LIMITED", "同一订单每分钟只能退款一次")
        made = {
            "id": f"5030{secrets.randbelow(10**20):020d}",
            "asked": asked,
            "out_trade_no": number,
            "status": "PROCESSING",
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "stamp": stamp,
        }
        world.refunds[asked["out_refund_no"]] = made
        world.note("refund", asked["out_refund_no"], made)
        task = asyncio.create_task(ends(made))
        world.telling.add(task)
        task.add_done_callback(world.telling.discard)
        return shown(made)

    async def ends(made: dict[str, Any]) -> None:
        await asyncio.sleep(REFUND_SECONDS)
        kind = trouble(made["out_trade_no"], ("ABNORMAL", "CLOSED", "SILENT"))
        made["status"] = kind if kind in ("ABNORMAL", "CLOSED") else "SUCCESS"
        world.note("refund", made["asked"]["out_refund_no"], made)
        if kind != "SILENT":
            await told(made)

    async def told(made: dict[str, Any]) -> None:
        asked = made["asked"]
        plain = {
            "mchid": world.keys.mch_id,
            "out_trade_no": made["out_trade_no"],
            "transaction_id": asked["transaction_id"],
            "out_refund_no": asked["out_refund_no"],
            "refund_id": made["id"],
            "refund_status": made["status"],
            "success_time": datetime.now(UTC).isoformat(timespec="seconds"),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": asked["amount"]["total"],
                "refund": asked["amount"]["refund"],
                "payer_total": asked["amount"]["total"],
                "payer_refund": asked["amount"]["refund"],
            },
        }
        await _notify(world, asked["notify_url"], f"REFUND.{made['status']}", "refund", "退款通知", plain)

    async def state(request: Request) -> Response:
        if not _signed(world, request, ""):
            return refused(401, "SIGN_ERROR", "签名错误")
        known = world.refunds.get(request.path_params["number"])
        return shown(known) if known else refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")

    async def plan_trouble(request: Request) -> Response:
        """What shall go wrong next with refunds of an order: SYSTEM_ERROR, NOT_ENOUGH, INVALID_REQUEST when asked;
        ABNORMAL, CLOSED as the end; SILENT: done, but nobody is told."""
        query = request.query_params
        world.troubles.setdefault(query["order"], []).extend(query["kinds"].split(","))
        return JSONResponse({"planned": world.troubles[query["order"]]})

    async def tell_again(request: Request) -> Response:
        """WeChat tells of a refund once more, with a new nonce."""
        known = world.refunds.get(request.query_params.get("out_refund_no", ""))
        if known is None:
            return refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        await told({**known, "status": request.query_params.get("status", known["status"])})
        return JSONResponse({"status": known["status"]})

    return [
        Route("/pay/v3/refund/domestic/refunds", refund, methods=["POST"]),
        Route("/pay/v3/refund/domestic/refunds/{number}", state),
        Route("/pay/device/trouble", plan_trouble, methods=["POST"]),
        Route("/pay/device/tell-again", tell_again, methods=["POST"]),
    ]


def _pay_routes(world: World) -> list[Route]:
    async def close(request: Request) -> Response:
        body = (await request.body()).decode()
        if not _signed(world, request, body):
            return JSONResponse({"code": "SIGN_ERROR", "message": "签名错误"}, 401)
        prepay = world.prepays.get(world.prepay_of.get(request.path_params["number"], ""))
        if prepay is not None and prepay["paid"]:
            return JSONResponse({"code": "ORDERPAID", "message": "该订单已支付"}, 400)
        if prepay is not None:
            prepay["closed"] = True
        return Response(status_code=204)

    async def jsapi(request: Request) -> Response:
        body = (await request.body()).decode()
        if not _signed(world, request, body):
            return JSONResponse({"code": "SIGN_ERROR", "message": "签名错误"}, 401)
        order = json.loads(body)
        if order["amount"]["total"] <= 0:
            return JSONResponse({"code": "PARAM_ERROR", "message": "amount.total 须大于 0"}, 400)
        number = order["out_trade_no"]
        known = world.prepay_of.get(number)
        if known and world.prepays[known]["order"]["amount"] != order["amount"]:
            return JSONResponse({"code": "INVALID_REQUEST", "message": "商户订单号重复"}, 400)
        prepay_id = known or f"wx{datetime.now(UTC):%d%H%M%S}{secrets.token_hex(12)}"
        world.prepays.setdefault(
            prepay_id, {"order": order, "transaction": f"4200{secrets.randbelow(10**20):020d}", "paid": False}
        )
        world.prepay_of[number] = prepay_id
        return JSONResponse({"prepay_id": prepay_id})

    async def cashier(request: Request) -> Response:
        """The page on which the customer confirms (mweb in H5; the phone's sheet in the mini-program)."""
        prepay = world.prepays.get(request.query_params.get("prepay_id", ""))
        if prepay is None:
            return _page("订单不存在", "<p>这笔支付不存在或已过期。</p>")
        if prepay.get("closed"):
            return _page("订单已关闭", "<p>商家已关闭这笔订单，没有扣款。</p>")
        fen = prepay["order"]["amount"]["total"]
        if request.method == "POST":
            await tell(prepay)
            back = request.query_params.get("redirect_url", "")
            return (
                RedirectResponse(back, 303)
                if urlsplit(back).scheme in ("http", "https")
                else _page("支付成功", "<p>可以关闭本页。</p>")
            )
        return _page(
            "微信支付（演示替身）",
            f"<p class=n>{html.escape(prepay['order']['description'])}</p><div class=amt>¥{fen // 100}.{fen % 100:02d}</div>"
            "<form method=post><button class=pay id=pay>确认支付</button></form>",
        )

    async def tell(prepay: dict[str, Any]) -> None:
        """Sends the callback of a payment."""
        order, prepay["paid"] = prepay["order"], True
        world.note("payment", world.prepay_of[order["out_trade_no"]], prepay)
        plain = {
            "mchid": world.keys.mch_id,
            "appid": world.app_id,
            "out_trade_no": order["out_trade_no"],
            "transaction_id": prepay["transaction"],
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "attach": order.get("attach", ""),
            "success_time": datetime.now(UTC).isoformat(timespec="seconds"),
            "payer": order["payer"],
            "amount": {
                "total": order["amount"]["total"],
                "payer_total": order["amount"]["total"],
                "currency": "CNY",
            },
        }
        await _notify(world, order["notify_url"], "TRANSACTION.SUCCESS", "transaction", "支付成功", plain)

    async def confirm(request: Request) -> Response:
        """Stands for the phone's payment sheet behind wx.requestPayment."""
        prepay = world.prepays.get(request.query_params.get("prepay_id", ""))
        if prepay is None:
            return JSONResponse({"errMsg": "requestPayment:fail prepay_id"}, 404)
        if prepay.get("closed"):
            return JSONResponse({"errMsg": "requestPayment:fail order closed"}, 409)
        await tell(prepay)
        return JSONResponse({"errMsg": "requestPayment:ok"})

    return [
        Route("/pay/v3/pay/transactions/jsapi", jsapi, methods=["POST"]),
        Route("/pay/v3/pay/transactions/out-trade-no/{number}/close", close, methods=["POST"]),
        Route("/pay/cgi-bin/mmpayweb-bin/checkmweb", cashier, methods=["GET", "POST"]),
        Route("/pay/device/confirm", confirm, methods=["POST"]),
    ]


def create_standin(settings: Settings) -> Starlette:
    """The stand-in server for these settings."""
    keys, platform_key = pay_keys(settings)
    world = World(keys, platform_key, settings.wechat_app_id, settings.wechat_app_secret)
    world.journal = settings.data / "standin" / "payments.jsonl"
    world.remember()

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[*_wechat_routes(world), *_pay_routes(world), *_refund_routes(world), Route("/healthz", health)]
    )
