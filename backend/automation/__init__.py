"""Door of the slice: triggers and messages 自动化触达."""

from backend.automation import birthdays, levels, lifecycle, presales
from backend.automation.birthdays import fire_birthdays
from backend.automation.service import CONSUMER, TAKES, Outcome, absorb, allow, queue, send, waiting

__all__ = [
    "CONSUMER",
    "TAKES",
    "Outcome",
    "absorb",
    "allow",
    "birthdays",
    "fire_birthdays",
    "levels",
    "lifecycle",
    "presales",
    "queue",
    "send",
    "waiting",
]
