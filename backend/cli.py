"""`shuhui`: the one command line. Exit codes: 0 done, 1 it ran and found a fault, 2 bad input or cannot start.

The commands stand in `backend/commands`, by what they are about.
"""

from __future__ import annotations

import click

from backend.commands import books, campaigns, data, goods, policies, rule_files, serving


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """蜀惠 Shuhui: promotions, coupons and benefits."""


for module in (serving, rule_files, books, policies, campaigns, goods, data):
    for command in module.COMMANDS:
        main.add_command(command)


if __name__ == "__main__":
    main()
