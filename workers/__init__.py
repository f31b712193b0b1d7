"""arq workers: relay, messages, schedules. A job is named after the use case that it calls."""

MESSAGES, SCHEDULES = "{shuhui}:messages", "{shuhui}:schedules"
"""Queues. Each can be worked by processes of its own (X04); braces keep one queue's keys in one slot of a cluster."""
