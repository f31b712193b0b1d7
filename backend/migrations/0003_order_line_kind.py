"""Order lines tell sold goods, add-ons and gifts apart."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0002_constraints")]
    initial = False
    operations = [
        ops.AddField(model_name="OrderLine", name="kind", field=fields.CharField(max_length=8, db_default="sale")),
        ops.RunSQL(
            "ALTER TABLE order_lines ADD CONSTRAINT order_lines_kind"
            " CHECK (kind IN ('sale', 'add_on', 'gift') AND (kind <> 'gift' OR payable_fen = 0))"
        ),
    ]
