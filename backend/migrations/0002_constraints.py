"""Constraints, triggers and indexes that tortoise cannot say."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0001_initial")]
    initial = False
    operations = [ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8"))]
