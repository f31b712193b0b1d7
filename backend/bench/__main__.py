"""`python -m backend.bench`, the same as `shuhui bench`, with the sizes as options."""

import argparse
import sys

from backend.bench import run
from backend.bench.table import Sizes

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m backend.bench", description="Engine speed as ratios, JSON lines.")
    parser.add_argument("what", nargs="?", choices=("replay", "quote", "all", "claim", "order"), default="all")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each measurement")
    parser.add_argument("--large", type=int, default=Sizes.large, help="carts of 20 lines under 50 offers")
    parser.add_argument("--judged", type=int, default=Sizes.judged, help="of them, also solved by CP-SAT")
    parser.add_argument("--judge-seconds", type=float, default=Sizes.judge_seconds, help="its limit for each")
    parser.add_argument("--baskets", type=int, default=Sizes.baskets, help="real baskets")
    chosen = parser.parse_args()
    sizes = Sizes(chosen.seconds, chosen.large, chosen.judged, chosen.judge_seconds, chosen.baskets)
    sys.exit(run(chosen.what, chosen.seconds, sys.stdout, sizes))
