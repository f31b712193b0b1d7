"""The time of a member's last pay code, so that none pays twice."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0020_families")]
    initial = False
    operations = [ops.AddField(model_name="Member", name="pay_step", field=fields.BigIntField(null=True))]
