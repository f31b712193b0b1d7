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
from typing import Any

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
    """A payment as WeChat tells it."""

    order_number: str
    transaction_id: str
    paid_fen: int
    success: bool


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
        payment = json.loads(plain)
        return payment["attach"], Confirmed(
            payment["out_trade_no"],
            payment["transaction_id"],
            payment["amount"]["total"],
            payment["trade_state"] == "SUCCESS",
        )


def keys_from_files(
    mch_id: str, serial: str, private_key_pem: bytes, api_v3_key: bytes, platform_serial: str, platform_key_pem: bytes
) -> PayKeys:
    """The keys of a real merchant account, as WeChat Pay gives them out."""
    private, platform = load_pem_private_key(private_key_pem, None), load_pem_public_key(platform_key_pem)
    if not isinstance(private, RSAPrivateKey) or not isinstance(platform, RSAPublicKey) or len(api_v3_key) != 32:
        raise ValueError("WeChat Pay needs two RSA keys and an APIv3 key of 32 bytes")
    return PayKeys(mch_id, serial, private, api_v3_key, platform_serial, platform)
