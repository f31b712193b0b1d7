"""One frozen `Settings`, read from the environment once. Nothing else in the product reads `os.environ`."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(ValueError):
    """A setting has a value that cannot be used; the message names the variable and what to write."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations. Durations are seconds unless the name says otherwise."""

    data: Path
    environment: str
    host: str
    port: int
    database_url: str
    database_owner_url: str
    redis_url: str
    secret: bytes
    public_url: str
    sentry_dsn: str
    api_processes: int
    access_token_seconds: int
    refresh_token_seconds: int
    wechat_base_url: str
    wechat_open_url: str
    wechat_app_id: str
    wechat_app_secret: str
    wechat_pay_base_url: str
    wechat_pay_h5_url: str
    subscribe_template_id: str
    level_template_id: str
    presale_template_id: str
    standin: bool
    standin_port: int
    trusted_documents: bool
    rate_limit_per_minute: int
    log_in_limit_per_minute: int

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def owner_url(self) -> str:
        """As whom migrations log in: the owner of the tables; the application's own role where no other is named."""
        return self.database_owner_url or self.database_url


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name, str(default))
    if not text.isdigit() or not low <= int(text) <= high:
        raise BadSetting(f"{name}={text!r}: a whole number from {low} to {high} is needed")
    return int(text)


SECRET_BYTES = 32
LEVEL_TEMPLATE = "standin-level-changed-00000000000000000000"
PRESALE_TEMPLATE = "standin-presale-rest-000000000000000000000"
"""The stand-in's templates for a changed level and for the rest of a pre-sale. In production there is no default: without one
no such message is sent."""


def _secret(env: Mapping[str, str], data: Path, production: bool) -> bytes:
    """Master key for tokens, quote tokens and personal data; made once beside the data when not given."""
    given = env.get("SHUHUI_SECRET", "")
    if given:
        try:
            secret = given.encode()
        except UnicodeEncodeError as error:
            raise BadSetting("SHUHUI_SECRET: not UTF-8 text") from error
        if len(given) < SECRET_BYTES:
            raise BadSetting(f"SHUHUI_SECRET: at least {SECRET_BYTES} characters are needed")
        return secret
    if production:
        raise BadSetting(f"SHUHUI_SECRET must be set in production (at least {SECRET_BYTES} characters)")
    try:
        return _kept_secret(data / "secret")
    except OSError as error:
        raise BadSetting(f"SHUHUI_DATA={data}: 数据目录不能使用（{error.strerror}）：请换一个能写的目录") from error


def _kept_secret(file: Path) -> bytes:
    """The key in `file`, made when there is none. A damaged one is refused: a short key would let anybody forge tokens."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"secret.{secrets.token_hex(8)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(48))
                out.flush()
                os.fsync(out.fileno())  # the name must never be there before the bytes are
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)  # the first process wins; the others read what it wrote
        finally:
            draft.unlink(missing_ok=True)
    key = file.read_bytes().strip()
    try:
        key.decode()
    except UnicodeDecodeError:
        key = b""
    if len(key) < SECRET_BYTES:
        raise BadSetting(
            f"密钥文件 {file} 已损坏（须是至少 {SECRET_BYTES} 字节的 UTF-8 文本）：请从备份恢复；"
            "删除它会生成新的，但旧登录、券码与已封存的资料都会失效"
        )
    return key


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment. Raises `BadSetting` with one clear line."""
    env = os.environ if env is None else env
    data = Path(env.get("SHUHUI_DATA", ".data")).resolve()
    environment = env.get("SHUHUI_ENV", "development")
    if environment not in ("development", "production", "test"):
        raise BadSetting(f"SHUHUI_ENV={environment!r}: development, test or production")
    production = environment == "production"
    port = _whole(env, "SHUHUI_PORT", 8000, 1, 65535)
    public_url = env.get("SHUHUI_PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/")
    standin = env.get("SHUHUI_STANDIN", "off" if production else "on") == "on"
    if production and standin:
        raise BadSetting("SHUHUI_STANDIN=on is refused in production: it lets anybody log in as anybody")
    standin_port = _whole(env, "SHUHUI_STANDIN_PORT", min(port + 1, 65535), 1, 65535)
    if standin and standin_port == port:
        raise BadSetting(
            f"SHUHUI_STANDIN_PORT={standin_port}: 替身不能与接口用同一个端口（SHUHUI_PORT={port}）：请换一个"
        )
    local = f"http://127.0.0.1:{standin_port}"
    public_standin = env.get("SHUHUI_STANDIN_URL", local).rstrip("/")
    return Settings(
        data=data,
        environment=environment,
        host=env.get("SHUHUI_HOST", "127.0.0.1"),
        port=port,
        database_url=env.get("DATABASE_URL", ""),
        database_owner_url=env.get("DATABASE_OWNER_URL", ""),
        redis_url=env.get("REDIS_URL", ""),
        secret=_secret(env, data, production),
        public_url=public_url,
        sentry_dsn=env.get("SENTRY_DSN", ""),
        api_processes=_whole(env, "SHUHUI_API_PROCESSES", 1, 1, 64),
        access_token_seconds=_whole(env, "SHUHUI_ACCESS_TOKEN_SECONDS", 900, 5, 86_400),
        refresh_token_seconds=_whole(env, "SHUHUI_REFRESH_TOKEN_SECONDS", 30 * 86_400, 60, 365 * 86_400),
        wechat_base_url=env.get("WECHAT_BASE_URL", f"{local}/wechat" if standin else "https://api.weixin.qq.com"),
        wechat_open_url=env.get(
            "WECHAT_OPEN_URL", f"{public_standin}/wechat" if standin else "https://open.weixin.qq.com"
        ),
        wechat_app_id=env.get("WECHAT_APP_ID", "wxstandin0000000001" if standin else ""),
        wechat_app_secret=env.get("WECHAT_APP_SECRET", "stand-in-app-secret" if standin else ""),
        wechat_pay_base_url=env.get(
            "WECHAT_PAY_BASE_URL", f"{local}/pay" if standin else "https://api.mch.weixin.qq.com"
        ),
        wechat_pay_h5_url=env.get("WECHAT_PAY_H5_URL", f"{public_standin}/pay" if standin else "https://wx.tenpay.com"),
        subscribe_template_id=env.get("WECHAT_SUBSCRIBE_TEMPLATE", "standin-coupon-arrived-0000000000000000000"),
        level_template_id=env.get("WECHAT_LEVEL_TEMPLATE", LEVEL_TEMPLATE if standin else ""),
        presale_template_id=env.get("WECHAT_PRESALE_TEMPLATE", PRESALE_TEMPLATE if standin else ""),
        standin=standin,
        standin_port=standin_port,
        trusted_documents=env.get("TRUSTED_DOCUMENTS", "on" if production else "off") == "on",
        rate_limit_per_minute=_whole(env, "SHUHUI_RATE_LIMIT", 1200, 1, 1_000_000),
        log_in_limit_per_minute=_whole(env, "SHUHUI_LOGIN_LIMIT", 30, 1, 1_000_000),
    )
