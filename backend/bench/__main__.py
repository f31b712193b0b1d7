"""`python -m backend.bench`, the same as `shuhui bench`."""

import argparse
import sys

from backend.bench import run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m backend.bench", description="Engine speed as ratios, JSON lines.")
    parser.add_argument("what", nargs="?", choices=("replay", "quote", "all"), default="all")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each measurement")
    chosen = parser.parse_args()
    sys.exit(run(chosen.what, chosen.seconds, sys.stdout))
