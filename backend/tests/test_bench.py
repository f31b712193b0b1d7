"""`make bench`: ratios against a plain reference measured in the same run; the figures are well-formed, not judged here."""

from __future__ import annotations

import io
import json

import pytest

from backend import bench


@pytest.mark.parametrize(("what", "names"), [("quote", ["quote"] * 3), ("replay", ["replay"] * 2)])
def test_bench_prints_ratios(what: str, names: list[str]) -> None:
    """One JSON line a measurement; Q02: the engine was never dearer than the reference (asserted within)."""
    out = io.StringIO()
    assert bench.run(what, 0.01, out) == 0
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["bench"] for line in lines] == names
    assert all(value > 0 for line in lines for key, value in line.items() if "_to_" in key or key.endswith("per_second"))


def test_plain_reference_is_right_where_nothing_is_to_choose() -> None:
    """The reference equals the engine on rules that do not compete, so the ratio compares like with like."""
    rules = [{"id": "a", "type": "percent_off", "pay_bp": 9000}, {"id": "b", "type": "spend_off", "every": {"min": 1_000_000, "off": 1}}]
    plain = [(rule, bench.pricing.parse_offer(rule)) for rule in rules]
    for cart in bench.demo_carts(50):
        assert bench.plain_price(plain, cart) == bench.pricing.quote(bench.compiled(rules), cart).goods
