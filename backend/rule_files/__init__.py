"""Promotions as files (P20): a folder of rules with example carts, tested, compared and checked without a database."""

from backend.rule_files.comparing import Change, diff
from backend.rule_files.folder import Example, Fault, Folder, Result, read, test
from backend.rule_files.lint import Finding, Lowest, below, lint, worst

__all__ = [
    "Change",
    "Example",
    "Fault",
    "Finding",
    "Folder",
    "Lowest",
    "Result",
    "below",
    "diff",
    "lint",
    "read",
    "test",
    "worst",
]
