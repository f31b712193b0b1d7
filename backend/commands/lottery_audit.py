"""`shuhui lottery audit`: every result of a merchant's lotteries computed again, and odds beside outcomes (B03)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import click

from backend import lottery
from backend.commands.running import Refused, merchant_of
from backend.kit import ids
from backend.kit.clock import now
from backend.settings import Settings

UNLIKELY = 0.001
"""Chance alone differs from the odds so much in one lottery of a thousand: worth a remark, no proof."""


async def audit(settings: Settings, code: str, only: str | None, as_json: bool) -> int:
    """Prints what was found; 1 when a result does not follow from what was promised."""
    which = _id(only) if only else None
    async with merchant_of(settings, code) as merchant:
        try:
            found = await lottery.audit(settings.secret, merchant.id, which, now())
        except lottery.Unsealable as error:
            raise Refused(["种子解不开：SHUHUI_SECRET 不是建抽奖时的那个"]) from error
    if which is not None and not found:
        raise Refused([f"没有抽奖 {only}"])
    for one in found:
        click.echo(json.dumps(_json(one), ensure_ascii=False) if as_json else _words(one))
    return 1 if any(one.faults for one in found) else 0


def _id(text: str) -> UUID:
    found = ids.decode("lot", text)
    if found is None:
        raise Refused([f"--lottery {text}: 须是抽奖的编号（lot_…）"])
    return found


def _json(one: lottery.Audit) -> dict[str, Any]:
    r = one.report
    return {
        "lottery": ids.encode("lot", r.lottery.id),
        "name": r.lottery.name,
        "draws": r.draws,
        "recomputed": one.recomputed,
        "faults": list(one.faults),
        "points": r.points,
        "given_fen": r.given_fen,
        "chi_square": round(r.fit.chi_square, 4),
        "freedom": r.fit.freedom,
        "p": r.fit.p,
        "prizes": [
            {"name": o.name, "odds_ppm": o.odds, "won": o.won, "expected": o.expected_milli / 1000} for o in r.outcomes
        ],
    }


def _words(one: lottery.Audit) -> str:
    r = one.report
    lines = [
        f"{'✗' if one.faults else '✓'} {r.lottery.name}（{ids.encode('lot', r.lottery.id)}）：{r.draws} 次，{r.members} 人，重算 {one.recomputed} 次"
    ]
    lines += [f"    {fault}" for fault in one.faults]
    for o in r.outcomes:
        lines.append(f"    {o.name}  概率 {lottery.percent(o.odds)}  应中 {o.expected_milli / 1000:.1f}  实中 {o.won}")
    if r.fit.p is None:
        lines.append("    次数太少，还不能比较概率与结果")
    else:
        remark = "，偏离少见，请留意" if r.fit.p < UNLIKELY else ""
        lines.append(f"    卡方 {r.fit.chi_square:.2f}，自由度 {r.fit.freedom}，p = {r.fit.p:.4f}{remark}")
    return "\n".join(lines)
