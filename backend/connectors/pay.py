"""WeChat Pay v3: the real client (requests, payer signature, callbacks).

Signing: `WECHATPAY2-SHA256-RSA2048` over `METHOD\\nPATH\\nTIMESTAMP\\nNONCE\\nBODY\\n`; callbacks are verified with the
platform key, refused when older than five minutes or when the nonce was seen, and decrypted with AES-256-GCM.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import httpx
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

MAX_AGE_SECONDS = 300
SEEN_NONCES = 10_000


class PayUnavailable(Exception):
    """WeChat Pay did not take the order; the message carries its code. The order waits and may be tried again."""


class PayRefused(Exception):
    """WeChat Pay will not do this however often it is asked; the message carries its code."""


class BadCallback(Exception):
    """A callback that must not be believed: wrong signature, too old, replayed, or not decryptable."""


@dataclass(frozen=True, slots=True)
class PayKeys:
    mch_id: str
    serial: str
    private_key: RSAPrivateKey
    api_v3_key: bytes
    platform_serial: str
    platform_key: RSAPublicKey


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A payment as WeChat tells it; `made_at` is when it was made, not when it is told."""

    order_number: str
    transaction_id: str
    paid_fen: int
    success: bool
    made_at: datetime


RefundStatus = Literal["SUCCESS", "PROCESSING", "ABNORMAL", "CLOSED"]
TRY_AGAIN = frozenset(
    {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "NOT_ENOUGH", "SIGN_ERROR", "NO_AUTH"}
)
"""Refund errors that pass (or that the merchant can mend): asked again with the same out_refund_no."""


@dataclass(frozen=True, slots=True)
class RefundTold:
    """A refund as WeChat tells it, in an answer or a callback. ABNORMAL: the customer's account cannot take it; CLOSED:
    WeChat gave it up."""

    out_refund_no: str
    status: RefundStatus
    refund_fen: int


def sign_text(key: RSAPrivateKey, text: str) -> str:
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def verify_text(key: RSAPublicKey, text: str, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


class WeChatPay:
    def __init__(
        self, http: httpx.AsyncClient, base_url: str, app_id: str, keys: PayKeys, notify_url: str, h5_url: str
    ) -> None:
        self._http, self._base, self._app_id, self._keys, self._notify, self._h5 = (
            http,
            base_url,
            app_id,
            keys,
            notify_url,
            h5_url,
        )
        self._nonces: OrderedDict[str, None] = OrderedDict()

    async def jsapi_order(
        self,
        merchant_code: str,
        number: str,
        description: str,
        due_fen: int,
        openid: str,
        at: datetime,
        expire: datetime,
    ) -> str:
        """Creates the payment of an order; returns its prepay id. `attach` carries the merchant's code back to us."""
        path = "/v3/pay/transactions/jsapi"
        body = json.dumps(
            {
                "appid": self._app_id,
                "mchid": self._keys.mch_id,
                "description": description,
                "out_trade_no": number,
                "attach": merchant_code,
                "time_expire": expire.isoformat(timespec="seconds"),
                "notify_url": self._notify,
                "amount": {"total": due_fen, "currency": "CNY"},
                "payer": {"openid": openid},
            },
            ensure_ascii=False,
        )
        try:
            response = await self._http.post(
                self._base + path,
                content=body.encode(),
                headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "Authorization": self._authorization("POST", path, body, at),
                },
            )
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PayUnavailable(type(error).__name__) from error
        if response.status_code != 200:
            raise PayUnavailable(f"{answer.get('code')}: {answer.get('message')}")
        return str(answer["prepay_id"])

    async def close(self, number: str, at: datetime) -> None:
        """Closes the payment of a cancelled order, so that it can no longer be paid. Raises `PayUnavailable`."""
        path = f"/v3/pay/transactions/out-trade-no/{number}/close"
        body = json.dumps({"mchid": self._keys.mch_id})
        try:
            response = await self._http.post(
                self._base + path,
                content=body.encode(),
                headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "Authorization": self._authorization("POST", path, body, at),
                },
            )
        except httpx.HTTPError as error:
            raise PayUnavailable(type(error).__name__) from error
        if response.status_code != 204:
            raise PayUnavailable(f"close: {response.status_code} {response.text[:200]}")

    async def refund(
        self,
        merchant_code: str,
        transaction_id: str,
        out_refund_no: str,
        refund_fen: int,
        total_fen: int,
        reason: str,
        at: datetime,
    ) -> RefundTold:
        """Asks for `refund_fen` of a payment of `total_fen` back. The same `out_refund_no` is the same refund; taken is not
        yet success. Raises `PayUnavailable` when asking again may help, `PayRefused` when it cannot."""
        body = json.dumps(
            {
                "transaction_id": transaction_id,
                "out_refund_no": out_refund_no,
                "reason": reason,
                "notify_url": f"{self._notify}/refunds/{merchant_code}",
                "amount": {"refund": refund_fen, "total": total_fen, "currency": "CNY"},
            },
            ensure_ascii=False,
        )
        return _refund_of(await self._ask("POST", "/v3/refund/domestic/refunds", body, at))

    async def refund_state(self, out_refund_no: str, at: datetime) -> RefundTold:
        """Where a refund stands. Raises as `refund` does."""
        return _refund_of(await self._ask("GET", f"/v3/refund/domestic/refunds/{out_refund_no}", "", at))

    async def _ask(self, method: str, path: str, body: str, at: datetime) -> dict[str, Any]:
        try:
            response = await self._http.request(
                method,
                self._base + path,
                content=body.encode(),
                headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "Authorization": self._authorization(method, path, body, at),
                },
            )
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PayUnavailable(type(error).__name__) from error
        if response.status_code == 200:
            return answer
        text = f"{answer.get('code')}: {answer.get('message')}"
        if response.status_code >= 500 or response.status_code == 429 or answer.get("code") in TRY_AGAIN:
            raise PayUnavailable(text)
        raise PayRefused(text)

    def _authorization(self, method: str, path: str, body: str, at: datetime) -> str:
        nonce, stamp = secrets.token_hex(16), str(int(at.timestamp()))
        signature = sign_text(self._keys.private_key, f"{method}\n{path}\n{stamp}\n{nonce}\n{body}\n")
        return (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{self._keys.mch_id}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{stamp}",serial_no="{self._keys.serial}"'
        )

    def payer_arguments(self, prepay_id: str, at: datetime) -> dict[str, str]:
        """Arguments of wx.requestPayment, signed."""
        stamp, nonce, package = str(int(at.timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signature = sign_text(self._keys.private_key, f"{self._app_id}\n{stamp}\n{nonce}\n{package}\n")
        return {"timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": signature}

    def h5_url(self, prepay_id: str) -> str:
        """Where an H5 browser pays; the client appends `redirect_url`."""
        return f"{self._h5}/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay_id}"

    def read_callback(self, headers: Mapping[str, str], body: bytes, at: datetime) -> tuple[str, Confirmed]:
        """(merchant code, payment) of a callback. Raises `BadCallback`."""
        payment = self._opened(headers, body, at)
        return payment["attach"], Confirmed(
            payment["out_trade_no"],
            payment["transaction_id"],
            payment["amount"]["total"],
            payment["trade_state"] == "SUCCESS",
            min(at, datetime.fromisoformat(payment["success_time"])) if payment.get("success_time") else at,
        )

    def read_refund_callback(self, headers: Mapping[str, str], body: bytes, at: datetime) -> RefundTold:
        """The refund of a callback. Raises `BadCallback`."""
        told = self._opened(headers, body, at)
        try:
            return RefundTold(
                told["out_refund_no"], cast(RefundStatus, told["refund_status"]), int(told["amount"]["refund"])
            )
        except KeyError as error:
            raise BadCallback("not about a refund") from error

    def _opened(self, headers: Mapping[str, str], body: bytes, at: datetime) -> dict[str, Any]:
        """What a callback says, once it is proven to be WeChat's, fresh and new."""
        stamp, nonce, serial = (headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "serial"))
        if serial != self._keys.platform_serial:
            raise BadCallback("unknown platform serial")
        if not verify_text(
            self._keys.platform_key,
            f"{stamp}\n{nonce}\n{body.decode(errors='replace')}\n",
            headers.get("wechatpay-signature", ""),
        ):
            raise BadCallback("wrong signature")
        if not stamp.isdigit() or abs(at.timestamp() - int(stamp)) > MAX_AGE_SECONDS:
            raise BadCallback("older than five minutes")
        if nonce in self._nonces:
            raise BadCallback("nonce seen before")
        resource: dict[str, Any] = json.loads(body)["resource"]
        try:
            plain = AESGCM(self._keys.api_v3_key).decrypt(
                resource["nonce"].encode(),
                base64.b64decode(resource["ciphertext"]),
                resource.get("associated_data", "").encode(),
            )
        except (InvalidTag, ValueError) as error:
            raise BadCallback("not decryptable") from error
        self._nonces[nonce] = None
        if len(self._nonces) > SEEN_NONCES:
            self._nonces.popitem(last=False)
        told: dict[str, Any] = json.loads(plain)
        return told


def _refund_of(answer: Mapping[str, Any]) -> RefundTold:
    return RefundTold(
        str(answer["out_refund_no"]), cast(RefundStatus, answer["status"]), int(answer["amount"]["refund"])
    )


def keys_from_files(
    mch_id: str, serial: str, private_key_pem: bytes, api_v3_key: bytes, platform_serial: str, platform_key_pem: bytes
) -> PayKeys:
    """The keys of a real merchant account, as WeChat Pay gives them out."""
    private, platform = load_pem_private_key(private_key_pem, None), load_pem_public_key(platform_key_pem)
    if not isinstance(private, RSAPrivateKey) or not isinstance(platform, RSAPublicKey) or len(api_v3_key) != 32:
        raise ValueError("WeChat Pay needs two RSA keys and an APIv3 key of 32 bytes")
    return PayKeys(mch_id, serial, private, api_v3_key, platform_serial, platform)
