"""Tables of the kit itself: outbox, what consumers have taken, idempotency, imports."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class OutboxEvent(Row):
    """A fact, written in the business transaction. `sequence` orders them; the relay marks `relayed_at`."""

    sequence = fields.BigIntField(generated=False, null=True)
    aggregate = fields.CharField(80)
    kind = fields.CharField(60)
    payload = fields.JSONField()
    occurred_at = fields.DatetimeField()
    relayed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_events"


class ConsumedEvent(Row):
    """`consumer` has applied `event_id`: the mark is written in the transaction of the effect (E1)."""

    consumer = fields.CharField(40)
    event_id = fields.UUIDField()
    at = fields.DatetimeField()

    class Meta:
        table = "consumed_events"
        unique_together = (("merchant_id", "consumer", "event_id"),)


class IdempotencyRecord(Row):
    """C4: one key, one outcome."""

    actor = fields.CharField(60)
    key = fields.CharField(80)
    command = fields.CharField(40)
    input_hash = fields.CharField(64)
    answer = fields.JSONField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "idempotency_records"
        unique_together = (("merchant_id", "actor", "key"),)


class ImportRun(Row):
    """How far an import came; it goes on from `position` when started again."""

    source = fields.CharField(60)
    stage = fields.CharField(40)
    position = fields.BigIntField(default=0)
    report = fields.JSONField(default=dict)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "import_runs"
        unique_together = (("merchant_id", "source"),)
