"""What every table has: a UUIDv7 key and the merchant that the row belongs to."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from backend.kit.ids import new_id


class Row(Model):
    """Base of all tables. The migration widens the primary key to (merchant_id, id), so that the schema
    can be distributed by merchant, and references are composite: no row can point into another merchant."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    merchant_id = fields.UUIDField()

    class Meta:
        abstract = True
