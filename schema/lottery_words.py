"""What must be published about a lottery (有奖销售公示), in words made from the machine rule, so that both never differ."""

from __future__ import annotations

from collections.abc import Sequence

from backend import lottery
from schema import words
from schema.template_types import CouponTemplate


def rules(i: lottery.LotteryInfo) -> list[tuple[str, str]]:
    """All of it, paragraph by paragraph."""
    levels = "、".join(i.level_names.get(level, level) for level in i.levels) or "全部会员"
    free = (
        f"每人每天前 {i.free_per_day} 次免费，之后每次 {i.points} 积分" if i.free_per_day else f"每次 {i.points} 积分"
    )
    whole = f"，活动期间最多 {i.per_member} 次" if i.per_member is not None else ""
    return [
        ("主办方", i.organiser),
        ("联系方式", i.contact),
        ("谁可以参加", f"{levels}；未满 14 周岁和本店员工不参加"),
        ("怎么参加", f"{free}；每人每天最多 {i.per_day} 次{whole}。快到期的积分先用，抽过的积分不退"),
        ("活动时间", f"{words.moment(i.starts_at)} 至 {words.moment(i.ends_at)}"),
        ("怎么开奖", "点一次当场开奖，奖品立即到账"),
        ("奖品与概率", "；".join(_prize(p) for p in i.prizes)),
        ("兑奖与使用", _using(i.prizes)),
        ("奖品抽完", "任何一种奖品抽完，抽奖就暂停，不会用更低的概率继续；补货后继续，概率不变"),
        ("弃奖", "奖品当场到账，不需要领取；券到期未用即作废，不折现"),
        (
            "公平",
            "开奖号码由抽奖前封存的种子、抽奖序号和您手机生成的编号算出，谁都改不了。承诺值（种子的 SHA-256）："
            + i.commitment
            + (f"；种子：{i.seed}" if i.seed else "；种子在活动结束后公布，人人可以重算"),
        ),
        (
            "怎么重算",
            # drawn_number of backend/lottery/rules.py in words
            f"以种子（32 字节，写成 64 位十六进制）为密钥，对文字「{i.id}:抽奖序号:手机的编号:0」算 HMAC-SHA256，取前 8 字节作大端整数，"
            "除以 1000000 的余数就是号码（极少数时候整数不小于 18446744073709000000，就把末尾的 0 改成 1、2…再算）。"
            "奖品按上面的顺序从号码 0 起各占一段，概率 1% 占 10000 个号码。序号、号码和手机的编号，在「我的记录」里点一次抽奖就能看到",
        ),
    ]


def _prize(p: lottery.PrizeInfo) -> str:
    what = f"（价值 {words.yuan(p.worth_fen)}，共 {p.stock} 份）" if p.stock is not None else ""
    return f"{p.name}{what} {lottery.percent(p.odds)}"


def _using(prizes: Sequence[lottery.PrizeInfo]) -> str:
    parts = ["积分直接进账户，按积分规则使用和到期"] if any(p.points for p in prizes) else []
    for p in prizes:
        if p.template is not None:
            terms = "，".join(CouponTemplate.of(p.template).said())
            parts.append(f"「{p.name}」以券发放：{terms}".replace("领取后", "抽中后"))
    return "；".join(parts)


def plan_warning(cost_fen: int, points_fen: int) -> str | None:
    """What staff are told before they make a lottery that gives more than it takes; both are of a thousand paid draws."""
    if cost_fen <= points_fen:
        return None
    each, worth = (words.yuan((fen + 500) // 1000) for fen in (cost_fen, points_fen))
    return (
        f"平均每抽发出 {each}，多于所收积分值的 {worth}：每抽 1000 次约多发 {words.yuan(cost_fen - points_fen)}，"
        "还不算免费的次数。确认要这样再发布"
    )


NOT_FOR = {"AGE": "未满 14 周岁不参加抽奖", "STAFF": "本店员工不参加抽奖"}


def not_for(because: str, needs: Sequence[str]) -> str:
    """`needs` are names of levels where it is about them."""
    return f"仅限{'、'.join(needs)}参加" if because == "LEVEL" else NOT_FOR[because]
