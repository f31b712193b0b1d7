"""WeChat mini-program and H5 log-in, access token, subscribe messages: the real client.

Facts from WeChat's pages (../shared notes of the project): errors come with HTTP 200 and `errcode`.
Settings choose the base URL; the stand-in answers the same requests.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from redis.asyncio import Redis

BUSY = -1
REFUSED = 43101
TOKEN_WRONG = frozenset({40001, 42001, 40014})
RETRIES = 3


class WeChatUnavailable(Exception):
    """WeChat did not answer, or said that it is busy, more than once."""


@dataclass(frozen=True, slots=True)
class Person:
    openid: str
    unionid: str | None


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """The log-in code is wrong, used or older than five minutes; or the user is high-risk or too frequent."""

    errcode: int
    errmsg: str


@dataclass(frozen=True, slots=True)
class Sent:
    msgid: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """`retry` tells whether it may be tried again. 43101 = the person refused or has no credit: never."""

    errcode: int
    errmsg: str
    retry: bool


class WeChat:
    """One app id. `redis` shares the access token between processes; without it each process has its own."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, open_url: str, app_id: str, app_secret: str, redis: Redis | None
    ) -> None:
        self._http, self._base, self._open, self._app_id, self._secret, self._redis = (
            http,
            base_url,
            open_url,
            app_id,
            app_secret,
            redis,
        )
        self._token: str | None = None
        self._lock = asyncio.Lock()

    def authorize_url(self) -> str:
        """Where an H5 browser logs in; the client appends `redirect_uri` and `state`."""
        query = urlencode({"appid": self._app_id, "response_type": "code", "scope": "snsapi_base"})
        return f"{self._open}/connect/oauth2/authorize?{query}"

    async def log_in(self, code: str, *, h5: bool) -> Person | CodeRefused:
        """The person behind a log-in code. The session key stays here and is dropped."""
        if h5:
            path, names = "/sns/oauth2/access_token", {"appid": self._app_id, "secret": self._secret, "code": code}
        else:
            path, names = "/sns/jscode2session", {"appid": self._app_id, "secret": self._secret, "js_code": code}
        answer = await self._get(path, {**names, "grant_type": "authorization_code"})
        if answer.get("errcode"):
            return CodeRefused(answer["errcode"], answer.get("errmsg", ""))
        return Person(answer["openid"], answer.get("unionid"))

    async def send_subscribe_message(
        self, openid: str, template_id: str, page: str, data: dict[str, str]
    ) -> Sent | NotSent:
        """Sends one subscribe message; refreshes the access token once when WeChat says that it is over."""
        body = {
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "lang": "zh_CN",
            "data": {key: {"value": value} for key, value in data.items()},
        }
        for attempt in range(2):
            token = await self._access_token(renew=attempt > 0)
            try:
                response = await self._http.post(
                    f"{self._base}/cgi-bin/message/subscribe/send", params={"access_token": token}, json=body
                )
                answer = response.json()
            except (httpx.HTTPError, ValueError) as error:
                return NotSent(0, f"{type(error).__name__}", retry=True)
            code = answer.get("errcode", 0)
            if code == 0:
                return Sent(str(answer.get("msgid", "")))
            if code not in TOKEN_WRONG:
                return NotSent(code, answer.get("errmsg", ""), retry=code == BUSY)
        return NotSent(code, answer.get("errmsg", ""), retry=True)

    async def _access_token(self, *, renew: bool) -> str:
        key = f"wechat:token:{{{self._app_id}}}"
        async with self._lock:
            if not renew:
                shared = await self._redis.get(key) if self._redis else None
                token = shared.decode() if isinstance(shared, bytes) else shared or self._token
                if token:
                    return token
            answer = await self._get(
                "/cgi-bin/token", {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
            )
            if "access_token" not in answer:
                raise WeChatUnavailable(f"no access token: {answer.get('errcode')} {answer.get('errmsg')}")
            self._token = answer["access_token"]
            if self._redis:
                await self._redis.set(key, self._token, ex=max(60, int(answer["expires_in"]) - 300))
            return self._token

    async def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        for attempt in range(RETRIES):
            try:
                answer: dict[str, Any] = (await self._http.get(self._base + path, params=params)).json()
                if answer.get("errcode") != BUSY:
                    return answer
            except (httpx.HTTPError, ValueError):
                pass  # counted as busy: tried again below, and told after the last try
            await asyncio.sleep(0.1 * 2**attempt)
        raise WeChatUnavailable(f"{path} did not answer after {RETRIES} tries")


_HANZI = re.compile(r"[\u3400-\u9fff]")
_FIELD = re.compile(r"^([a-z_]+?)\d+$")


def field_problem(name: str, value: str) -> str | None:
    """Why WeChat would refuse a field (47003), by its kind, or None. Checked before sending."""
    match = _FIELD.match(name)
    kind = match.group(1) if match else name
    match kind:
        case "thing":
            ok = 0 < len(value) <= 20
        case "phrase":
            ok = 0 < len(value) <= 5 and all(_HANZI.match(ch) for ch in value)
        case "name":
            ok = 0 < len(value) <= 10
        case "number":
            ok = 0 < len(value) <= 32 and value.replace(".", "", 1).isdigit()
        case "character_string":
            ok = 0 < len(value) <= 32 and not _HANZI.search(value)
        case "amount":
            ok = re.fullmatch(r"[¥￥]?\d{1,10}(\.\d{1,2})?元?", value) is not None
        case "time" | "date":
            ok = re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日( \d{2}:\d{2})?", value) is not None
        case _:
            return f"{name}: unknown kind of field"
    return None if ok else f"{name}: {value!r} does not fit {kind}"
