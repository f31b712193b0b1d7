"""Every picture of docs/images/ anew: an installation of its own, shoppers that buy, then `browser/shots.mjs`.

    .venv/bin/python e2e/pictures.py [folder] [only…]

The sales of these minutes are spread over the day so far, as the lunch and dinner of a real day would be.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
from stack import ROOT, Stack, free_pair

from backend.frontend_build import FRONT_ENDS, build, install, node_environment

HERE = Path(__file__).resolve().parent
SUMS = ("orders", "revenue_fen", "discount_fen", "units", "promoted_units", "coupons_claimed", "coupons_redeemed")
BY_HOUR = (1, 0, 0, 0, 0, 1, 4, 9, 12, 10, 14, 26, 24, 12, 9, 10, 16, 30, 34, 26, 18, 12, 7, 3)


def _weight(at: datetime) -> float:
    here, after = BY_HOUR[at.hour], BY_HOUR[(at.hour + 1) % 24]
    return here + (after - here) * at.minute / 60 + 0.01


async def spread(database: str) -> None:
    """Moves today's sales from the buckets of these minutes to buckets of the day so far; sums stay the same."""
    connection = await asyncpg.connect(database)
    rng = random.Random("a day of sales")
    try:
        rows = await connection.fetch(
            f"SELECT merchant_id, day, store_id, {', '.join(f'sum({c})::bigint AS {c}' for c in SUMS)} FROM sales_rollups GROUP BY 1, 2, 3"
        )
        day = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=0, minute=0, second=0, microsecond=0)
        buckets = [
            day + timedelta(minutes=5 * n) for n in range(288) if day + timedelta(minutes=5 * n) <= datetime.now(UTC)
        ]
        weights = [_weight(bucket) for bucket in buckets]
        for row in rows:
            parts = {bucket: dict.fromkeys(SUMS, 0) for bucket in buckets}
            for name in SUMS:
                shares = [weight * rng.uniform(0.5, 1.5) for weight in weights]
                left, whole = row[name], sum(shares)
                for bucket, share in zip(buckets, shares, strict=True):
                    parts[bucket][name] = int(row[name] * share / whole)
                    left -= parts[bucket][name]
                for bucket in rng.choices(buckets, weights, k=left):
                    parts[bucket][name] += 1
            async with connection.transaction():
                await connection.execute(
                    "DELETE FROM sales_rollups WHERE merchant_id = $1 AND day = $2 AND store_id = $3",
                    row["merchant_id"],
                    row["day"],
                    row["store_id"],
                )
                await connection.executemany(
                    f"INSERT INTO sales_rollups (id, merchant_id, day, store_id, bucket, {', '.join(SUMS)})"
                    " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                    [
                        (row["merchant_id"], row["day"], row["store_id"], bucket, *(part[c] for c in SUMS))
                        for bucket, part in parts.items()
                    ],
                )
    finally:
        await connection.close()


def main() -> int:
    env = node_environment()
    install(HERE, env)
    for source in FRONT_ENDS:
        build(source, env, print)
    folder = Path(tempfile.mkdtemp(prefix="shuhui-pictures-"))
    folder.chmod(0o755)
    stack = Stack(folder / "data", free_pair())
    try:
        stack.start()
        stack.run("demo-traffic", "--per-minute", "1200", "--minutes", "0.6", seconds=120)
        asyncio.run(spread(stack.servers().owner))
        env |= {"SHUHUI_BASE": stack.url, "SHUHUI_STANDIN": stack.standin_url}
        pages = [str(Path(a).resolve()) for a in sys.argv[1:2]]
        made = subprocess.run(["node", "browser/shots.mjs", *pages, *sys.argv[2:]], cwd=HERE, env=env, check=False)
        if made.returncode or sys.argv[2:]:
            return made.returncode
        env["SHUHUI_PICTURES"] = pages[0] if pages else str(ROOT / "docs" / "images")
        return subprocess.run(["node", "browser/refund.mjs"], cwd=HERE, env=env, check=False).returncode
    finally:
        if stack.process is not None:
            stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
