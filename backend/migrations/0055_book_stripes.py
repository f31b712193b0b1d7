"""The merchant's book of a unit is divided over rows, so that movements of different members rarely meet (B02). The row that
there is becomes the first of them and keeps its history; the others are opened beside it, for what moves from now on."""

from typing import Any
from uuid import UUID, uuid5

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

STRIPES = 64


async def open_stripes(apps: Any, schema_editor: Any) -> None:
    """Each with the id that the ledger will look for."""
    _, books = await schema_editor.client.execute_query(
        "SELECT merchant_id, owner_id, unit FROM accounts WHERE owner_kind = 'merchant'"
    )
    for book in books:
        merchant_id, owner_id = UUID(str(book["merchant_id"])), UUID(str(book["owner_id"]))
        for stripe in range(1, STRIPES):
            await schema_editor.client.execute_query(
                "INSERT INTO accounts (id, merchant_id, owner_kind, owner_id, unit, stripe, balance, held, version)"
                " VALUES ($1, $2, 'merchant', $3, $4, $5, 0, 0, 0)",
                [
                    uuid5(merchant_id, f"account:merchant:{owner_id}:{book['unit']}:{stripe}"),
                    merchant_id,
                    owner_id,
                    book["unit"],
                    stripe,
                ],
            )


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0045_partner_codes"), ("shuhui", "0051_template_budgets")]
    initial = False
    operations = [
        ops.AddField(model_name="Account", name="stripe", field=fields.SmallIntField(db_default=0)),
        ops.RunSQL(
            "ALTER TABLE accounts ADD CONSTRAINT accounts_stripe CHECK (stripe >= 0 AND (stripe = 0 OR owner_kind = 'merchant'))"
        ),
        ops.AddConstraint(
            model_name="Account",
            constraint=UniqueConstraint(fields=("merchant_id", "owner_kind", "owner_id", "unit", "stripe"), name=None),
        ),
        ops.RemoveConstraint(model_name="Account", fields=["merchant_id", "owner_kind", "owner_id", "unit"]),
        ops.RunPython(open_stripes),
    ]
