"""Words that sentences of offers share: goods of a scope, counted things. Chinese and English."""

from __future__ import annotations

from backend.pricing.model import Scope, Selection
from backend.pricing.offers.base import WHOLE, yuan


def scope_words(scope: Scope, zh: bool) -> str:
    """丸滑、A（B除外），单价1元起: which goods."""
    text = _selection(scope.of, zh)
    if scope.exclude is not None:
        text += f"（{_selection(scope.exclude, zh)}除外）" if zh else f" except {_selection(scope.exclude, zh)}"
    if scope.min_price is not None:
        text += f"，单价{yuan(scope.min_price)}元起" if zh else f", from ¥{yuan(scope.min_price)} each"
    if scope.max_price is not None:
        text += f"，单价不超过{yuan(scope.max_price)}元" if zh else f", up to ¥{yuan(scope.max_price)} each"
    return text


def _selection(of: Selection, zh: bool) -> str:
    if of.all:
        return "全部商品" if zh else "everything"
    return ("、" if zh else ", ").join([*of.categories, *sorted(of.brands), *sorted(of.tags), *sorted(of.skus)])


def counted(n: int, one: str) -> str:
    """1 unit, 2 units."""
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def times_words(bp: int) -> str:
    """15000 is 1.5."""
    whole, rest = divmod(bp, WHOLE)
    return f"{whole}" + (f".{rest:04d}".rstrip("0") if rest else "")
