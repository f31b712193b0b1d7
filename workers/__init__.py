"""arq workers: relay, messages, schedules. A job is named after the use case that it calls."""

QUEUE = "{shuhui}:queue"
