"""Keys derived from one secret, sealed personal data, blind indexes, passwords, signed short texts."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID = b"\x01"  # first byte of every sealed value, so that keys can be changed
_hasher = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)  # OWASP's second profile
_password_gate: asyncio.Semaphore | None = None


class Unsealable(ValueError):
    """The sealed value was made with another key or was changed."""


@lru_cache(maxsize=32)
def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"shuhui/{purpose}".encode()).derive(secret)


def seal(secret: bytes, place: str, text: str) -> bytes:
    """AES-256-GCM. `place` (table:column:row) is bound to the value: it cannot be moved elsewhere."""
    nonce = os.urandom(12)
    return KEY_ID + nonce + AESGCM(derive(secret, "seal")).encrypt(nonce, text.encode(), place.encode())


def unseal(secret: bytes, place: str, sealed: bytes) -> str:
    try:
        return AESGCM(derive(secret, "seal")).decrypt(sealed[1:13], sealed[13:], place.encode()).decode()
    except InvalidTag as error:
        raise Unsealable(place) from error


def blind_index(secret: bytes, place: str, text: str) -> str:
    """Equality look-up of a sealed value without its text."""
    return hmac.new(derive(secret, "index"), f"{place}\0{text}".encode(), hashlib.sha256).hexdigest()


def sign(secret: bytes, purpose: str, text: str) -> str:
    """`text` with a 128-bit tag, url-safe."""
    tag = hmac.new(derive(secret, purpose), text.encode(), hashlib.sha256).digest()[:16]
    return f"{text}.{base64.urlsafe_b64encode(tag).decode().rstrip('=')}"


def verified(secret: bytes, purpose: str, signed: str) -> str | None:
    """The text of a signed value, or None when the tag is wrong."""
    text, _, _ = signed.rpartition(".")
    return text if text and hmac.compare_digest(sign(secret, purpose, text), signed) else None


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id; slow by design: call it in a thread (`hash_password_async`) inside a server."""
    return _hasher.hash(password)


async def verify_password(stored: str, password: str) -> bool:
    """In a thread, two at a time, so that log-ins cannot starve the event loop or the memory."""
    global _password_gate
    if _password_gate is None:
        _password_gate = asyncio.Semaphore(2)
    async with _password_gate:
        return await asyncio.to_thread(_verify, stored, password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
