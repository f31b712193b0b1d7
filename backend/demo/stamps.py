"""集印花: the demo's fruit shop gives a stamp for each full 30 yuan; six are exchanged for a box of cut melon, three for a coupon (B01)."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend import catalog, coupons, mall, merchants, promotions
from backend.kit.clock import now

WORTH_FEN = 150
"""What one stamp is worth: a sixth of the box, rounded down; what a refund takes off for a stamp that is spent."""


async def seed_stamps(merchant: merchants.MerchantInfo, article: catalog.NewProduct, start: datetime) -> None:
    """The promotion that gives stamps, and what the mall has for them."""
    offer = {"type": "earn_stamps", "min": 3000, "count": 1, "every": True, "value": WORTH_FEN}
    draft = promotions.Draft(
        "集印花换果切",
        f"每满 30 元集 1 个印花，集满 6 个换{article.name}。",
        start,
        start + timedelta(days=30),
        ({**offer, "scope": {"all": True}},),
    )
    made = await promotions.create(merchant.id, "system", None, draft, "seed:stamps", now())
    if not isinstance(made, promotions.PromotionInfo):
        raise ValueError(f"demo stamps: {made}")
    await promotions.publish(merchant.id, "system", made.id, "seed:publish:stamps", now())
    three = coupons.NewTemplate(
        "印花 3 元券", {"off": {"min": 0, "off": 300}}, {"all": True}, coupons.Validity(None, None, None, 30)
    )
    kind = await coupons.create_template(merchant.id, "system", three, "seed:stamps:coupon", now())
    if not isinstance(kind, coupons.TemplateInfo):
        raise ValueError(f"demo stamps coupon: {kind}")
    for name, price, stock, gives in (
        (article.name[:18], 6, 200, mall.Gives(sku=article.sku, days=7, unit="stamps")),
        (three.name, 3, 500, mall.Gives(template_id=kind.id, unit="stamps")),
    ):
        terms = mall.Terms(name, price, stock, start, start + timedelta(days=90))
        item = await mall.create_item(merchant.id, "system", terms, gives, f"seed:stamps:{name}", now())
        if not isinstance(item, mall.ItemInfo):
            raise ValueError(f"demo stamps item {name}: {item}")
