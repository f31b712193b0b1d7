"""`shuhui codes`: pools of codes from the command line. Exit 0 done, 1 refused with what is wrong, 2 bad input."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO
from uuid import UUID

from backend import coupons, merchants
from backend.kit import database, ids
from backend.kit.clock import now
from backend.settings import Settings

TOLD_AFTER = 2.0
"""Seconds after which progress is shown."""
ACTOR = "system:codes"


def _say(text: str) -> None:
    print(f"shuhui: {text}", file=sys.stderr)


async def _with_merchant(
    settings: Settings, code: str, work: Callable[[merchants.MerchantInfo], Awaitable[int]]
) -> int:
    await database.connect(settings.database_url)
    try:
        found = await merchants.by_code(code)
        if found is None:
            _say(f"没有商户 {code}")
            return 2
        return await work(found)
    finally:
        await database.disconnect()


def _told(result: object) -> int:
    """Says why nothing was made."""
    match result:
        case coupons.Invalid(problems=problems):
            for problem in problems:
                _say(f"{problem.path}: {problem.message}")
        case coupons.CodesRejected(faults=faults, count=count):
            for fault in faults:
                print(f"第 {fault.row} 行: {fault.message}", file=sys.stderr)
            _say(f"文件有 {count} 处错误，一个券码也没有导入")
        case coupons.DropMissing():
            _say("没有这个领券活动")
        case coupons.DropNotInState():
            _say("活动已结束，不能再生成或导入券码")
        case coupons.WrongAccess():
            _say("这个活动不是“一人一码”，不能生成或导入券码")
        case _:
            _say(f"未能完成：{type(result).__name__}")
    return 1


async def generate(
    settings: Settings,
    merchant: str,
    drop: str | None,
    name: str,
    count: int,
    pool: str | None,
    partner: str | None,
    out: TextIO,
) -> int:
    """Makes a pool, for a `partner` where one is named, or goes on with one (`pool`) that was cut short."""

    async def work(found: merchants.MerchantInfo) -> int:
        started = time.monotonic()
        if pool is not None:
            pool_id = ids.decode("cop", pool)
            if pool_id is None or not await coupons.pools(found.id, now(), ids=[pool_id]):
                _say(f"没有券码池 {pool}")
                return 2
        else:
            drop_id = ids.decode("drp", drop or "")
            if drop_id is None:
                _say("请用 --drop 指定领券活动（drp_…），或用 --pool 继续未完成的券码池")
                return 2
            mark = secrets.token_hex(16)
            made = await coupons.start_pool(found.id, ACTOR, drop_id, name, count, mark, now(), partner)
            if not isinstance(made, coupons.CodePoolInfo):
                return _told(made)
            pool_id = made.id
        return await _finish(found.id, pool_id, started, out)

    return await _with_merchant(settings, merchant, work)


async def _finish(merchant_id: UUID, pool_id: UUID, started: float, out: TextIO) -> int:
    while await coupons.make_codes(merchant_id, pool_id, now()):
        if time.monotonic() - started > TOLD_AFTER:
            (info,) = await coupons.pools(merchant_id, now(), ids=[pool_id])
            print(f"已生成 {info.made} / {info.wanted}", file=sys.stderr)
    (info,) = await coupons.pools(merchant_id, now(), ids=[pool_id])
    seconds = time.monotonic() - started
    print(f"{ids.encode('cop', pool_id)}  {info.name}  {info.made} 个券码  {seconds:.1f} 秒", file=out)
    return 0


def text_of(file: Path) -> str | None:
    """The text of a file, or None after saying why not."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _say(f"{file}: 不能读取（{getattr(error, 'strerror', None) or '不是 UTF-8 文本'}）")
        return None


async def take(
    settings: Settings, merchant: str, drop: str, name: str, text: str, partner: str | None, out: TextIO
) -> int:
    """Takes the codes of a CSV file, all or none."""
    drop_id = ids.decode("drp", drop)
    if drop_id is None:
        _say(f"--drop {drop}: 须是领券活动的编号（drp_…）")
        return 2

    async def work(found: merchants.MerchantInfo) -> int:
        started, mark = time.monotonic(), secrets.token_hex(16)

        def told(written: int) -> None:
            if time.monotonic() - started > TOLD_AFTER:
                print(f"已写入 {written} 个，全部写完才生效", file=sys.stderr)

        made = await coupons.import_codes(found.id, ACTOR, drop_id, name, text, mark, now(), partner, told)
        if not isinstance(made, coupons.CodePoolInfo):
            return _told(made)
        print(f"{ids.encode('cop', made.id)}  {made.name}  {made.made} 个券码", file=out)
        return 0

    return await _with_merchant(settings, merchant, work)


async def write_file(settings: Settings, merchant: str, pool: str, out: TextIO) -> int:
    """Writes a pool as CSV."""

    async def work(found: merchants.MerchantInfo) -> int:
        pool_id, after = ids.decode("cop", pool), None
        if pool_id is None or (page := await coupons.csv_page(found.id, pool_id, now())) is None:
            _say(f"没有券码池 {pool}")
            return 2
        while page is not None:
            text, after = page
            out.write(text)
            page = await coupons.csv_page(found.id, pool_id, now(), after) if after else None
        return 0

    return await _with_merchant(settings, merchant, work)
