"""Who bears a discount: shares of suppliers with offers and templates, in the journal, and staff of a supplier (B09, O7)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0016_lifecycle")]
    initial = False
    operations = [
        ops.AddField(model_name="OfferVersion", name="bearing", field=fields.JSONField(db_default=[])),
        ops.AddField(model_name="CouponTemplate", name="bearing", field=fields.JSONField(db_default=[])),
        ops.AddField(model_name="JournalLine", name="supplier", field=fields.CharField(max_length=60, null=True)),
        ops.AddField(model_name="Staff", name="supplier", field=fields.CharField(max_length=60, db_default="")),
        ops.RunSQL(
            "ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_supplier"
            " CHECK ((supplier IS NOT NULL) = (account IN ('supplier_receivable', 'supplier_share')))"
        ),
        ops.RunSQL(
            "CREATE INDEX journal_lines_of_suppliers ON journal_lines (merchant_id, supplier) WHERE supplier IS NOT NULL"
        ),
    ]
