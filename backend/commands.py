"""What commands about one merchant share: the merchant with the database open, and a refusal that ends with exit code 2."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from backend.settings import Settings

if TYPE_CHECKING:
    from backend import merchants


class Refused(Exception):
    """Each line says one reason; nothing was changed."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@asynccontextmanager
async def merchant_of(settings: Settings, code: str) -> AsyncIterator[merchants.MerchantInfo]:
    """The merchant with this code, while the database is open. Raises `Refused` when there is none."""
    from backend import merchants  # noqa: PLC0415
    from backend.kit import database  # noqa: PLC0415

    await database.connect(settings.database_url)
    try:
        found = await merchants.by_code(code)
        if found is None:
            raise Refused([f"没有商户 {code}"])
        yield found
    finally:
        await database.disconnect()
