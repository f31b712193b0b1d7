"""The lines that `shuhui promotions lint` writes: words for people, JSON lines for a CI."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backend.rule_files.folder import Folder
from backend.rule_files.lint import Lowest, below, lint, worst

NAMES = {"worst_basket": "最差购物车", "worst_article": "最差商品"}


@dataclass(frozen=True, slots=True)
class Report:
    """`basket` is the worst basket as a scenario file, None when there is nothing to sell or no rule."""

    findings: int
    words: list[str]
    json: list[str]
    basket: dict[str, Any] | None


def report(found: Folder, at: datetime, least_bp: int) -> Report:
    """Everything about a folder, seen at `at`; a worst basket below the least margin counts as a finding."""
    findings = list(lint(found, at))
    both = worst(found, at)
    lows = list(both) if both is not None else []
    low = both is not None and below(both[0], least_bp)
    words = [f"{f.file}: {f.id}: {f.kind}: {f.zh}" for f in findings]
    rows = [dumps({**asdict(f), "finding": True}) for f in findings]
    for lowest in lows:
        bad = low and lowest.kind == "worst_basket"
        words.append(("✗ " if bad else "· ") + said(lowest))
        rows.append(dumps({**asdict(lowest), "lines": _lines(lowest), "finding": bad}))
    return Report(len(findings) + low, words, rows, both[0].scenario if both is not None else None)


def said(lowest: Lowest) -> str:
    """最差购物车: NRW500×6 付 123.00，成本 150.00，毛利 -27.00（-21.95%）, 优惠 a、b."""
    goods = " + ".join(f"{sku}×{qty}" for sku, qty in lowest.lines)
    what = f"{lowest.sku} 在 {goods} 中" if lowest.sku else goods
    offers = "、".join(lowest.offers) or "无"
    if lowest.cost_fen is None or lowest.margin_fen is None:
        money = f"原价 {_yuan(lowest.list_fen)}，付 {_yuan(lowest.paid_fen)}，优惠 {_share(lowest.off_bp)}（没有成本）"
    else:
        share = "没有收款" if lowest.margin_bp is None else _share(lowest.margin_bp)
        money = (
            f"付 {_yuan(lowest.paid_fen)}，成本 {_yuan(lowest.cost_fen)}，毛利 {_yuan(lowest.margin_fen)}（{share}）"
        )
    return f"{NAMES[lowest.kind]}: {what}: {money}；用到 {offers}"


def _lines(lowest: Lowest) -> list[dict[str, Any]]:
    return [{"sku": sku, "qty": qty} for sku, qty in lowest.lines]


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _share(bp: int) -> str:
    return f"{'-' if bp < 0 else ''}{abs(bp) // 100}.{abs(bp) % 100:02d}%"


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
