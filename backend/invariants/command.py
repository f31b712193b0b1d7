"""What `shuhui invariants` prints."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from backend import invariants, merchants
from backend.invariants.model import Checked

Say = Callable[[str], None]


async def run(merchant: str | None, only: Sequence[str], as_json: bool, say: Say, complain: Say) -> int:
    """Checks and prints; the exit code: 0 all hold, 1 something is violated, 2 there is no such merchant."""
    merchant_id = None
    if merchant is not None:
        found = await merchants.by_code(merchant)
        if found is None:
            complain(f"shuhui: 没有商户 {merchant}（no such merchant）")
            return 2
        merchant_id = found.id
    checked = await invariants.check(merchant_id, only)
    for line in map(as_line if as_json else as_text, checked):
        say(line)
    bad = sum(len(c.violations) for c in checked)
    if not as_json:
        blind = sum(bool(c.unchecked) for c in checked)
        rows = sum(c.rows for c in checked)
        say(
            f"共 {len(checked)} 条，看了 {rows} 行：{f'{bad} 处不符' if bad else '没有不符'}"
            + (f"；{blind} 条有未检查的部分" if blind else "")
            + f"（{len(checked)} invariants, {rows} rows, {bad} violations, {blind} not checked in full）"
        )
    return 1 if bad else 0


def as_text(found: Checked) -> str:
    """A line for the invariant, one for each violation and each part that was not checked."""
    state = "✗ 不符" if found.violations else "– 未检查" if found.unchecked and not found.rows else "✓ 成立"
    lines = [f"{found.invariant.id}  {state}  {found.rows} 行  {found.invariant.zh}（{found.invariant.en}）"]
    lines += [f"    ✗ {detail}" for detail in found.violations]
    lines += [f"    – 未检查 not checked: {detail}" for detail in found.unchecked]
    return "\n".join(lines)


def as_line(found: Checked) -> str:
    return json.dumps(
        {
            "id": found.invariant.id,
            "zh": found.invariant.zh,
            "en": found.invariant.en,
            "rows": found.rows,
            "violations": list(found.violations),
            "unchecked": list(found.unchecked),
        },
        ensure_ascii=False,
    )
