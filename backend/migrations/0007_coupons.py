"""Coupons: validity, limits and budgets of drops, timed batches, code pools, what a clerk may give; steps in order."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops
from backend.kit.ids import new_id
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('shuhui', '0006_refund_lookups')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ClerkDay',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('staff_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('given', fields.IntField()),
                ('face_fen', fields.BigIntField()),
            ],
            options={'table': 'clerk_days', 'app': 'shuhui', 'unique_together': (('merchant_id', 'staff_id', 'day'),), 'pk_attr': 'id', 'table_description': "Compensation coupons that one clerk gave on one day of the merchant's calendar (K04)."},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='CodePool',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('drop_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=60)),
                ('kind', fields.CharField(max_length=10)),
                ('wanted', fields.IntField()),
                ('made', fields.IntField(db_default=0)),
                ('created_by', fields.CharField(max_length=60)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'code_pools', 'app': 'shuhui', 'indexes': [Index(fields=['merchant_id', 'drop_id'])], 'pk_attr': 'id', 'table_description': '券码池: up to a million codes of one drop. Generated ones are made in chunks: `made` says how far it came.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='CodeTry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('member_id', fields.UUIDField()),
                ('hour', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('tries', fields.IntField()),
            ],
            options={'table': 'code_tries', 'app': 'shuhui', 'unique_together': (('merchant_id', 'member_id', 'hour'),), 'pk_attr': 'id', 'table_description': 'Codes entered by one member within one hour that were not right: against guessing (C8).'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='CouponCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('pool_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=32)),
                ('member_id', fields.UUIDField(null=True)),
                ('coupon_id', fields.UUIDField(null=True)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'coupon_codes', 'app': 'shuhui', 'unique_together': (('merchant_id', 'code'),), 'indexes': [Index(fields=['merchant_id', 'pool_id', 'id'])], 'pk_attr': 'id', 'table_description': 'One code of a pool (C8). Who redeemed it, and the coupon that it became.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='DropBatch',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('drop_id', fields.UUIDField()),
                ('position', fields.IntField()),
                ('opens_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('share', fields.IntField()),
                ('issued', fields.IntField(db_default=0)),
            ],
            options={'table': 'drop_batches', 'app': 'shuhui', 'unique_together': (('merchant_id', 'drop_id', 'position'),), 'pk_attr': 'id', 'table_description': '分时段放量: a share of a drop that opens at an instant (C1). `issued` counts coupons given while it was the newest open'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='DropDay',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('drop_id', fields.UUIDField()),
                ('member_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('held', fields.IntField()),
            ],
            options={'table': 'drop_days', 'app': 'shuhui', 'unique_together': (('merchant_id', 'drop_id', 'member_id', 'day'),), 'pk_attr': 'id', 'table_description': "How many one member took of one drop on one day of the merchant's calendar (C2); only for drops with a daily limit."},
            bases=['Row'],
        ),
        ops.AlterModelOptions(
            name='Coupon',
            options={'table': 'coupons', 'app': 'shuhui', 'unique_together': (('merchant_id', 'code'), ('merchant_id', 'business_key')), 'indexes': [Index(fields=['merchant_id', 'member_id', 'state']), Index(fields=['merchant_id', 'drop_id'])], 'pk_attr': 'id', 'table_description': "A coupon in a member's hand. `business_key` makes a grant (birthday) happen once. `face_fen` is what it holds of the"},
        ),
        ops.AddField(
            model_name='Coupon',
            name='channel',
            field=fields.CharField(null=True, max_length=10),
        ),
        ops.AddField(
            model_name='Coupon',
            name='face_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='Coupon',
            name='placement',
            field=fields.CharField(null=True, max_length=10),
        ),
        ops.AddField(
            model_name='Coupon',
            name='store_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AlterModelOptions(
            name='CouponDrop',
            options={'table': 'coupon_drops', 'app': 'shuhui', 'unique_together': (('merchant_id', 'shared_code'),), 'indexes': [Index(fields=['merchant_id', 'state', 'starts_at'])], 'pk_attr': 'id', 'table_description': '领券活动. `issued` never exceeds `total` (C1), nor promised + spent the budget (C7); the guards are in the claim'},
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='access',
            field=fields.CharField(db_default='public', max_length=8),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='audience',
            field=fields.JSONField(db_default={}, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='budget_fen',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='carry',
            field=fields.BooleanField(db_default=True),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='channels',
            field=fields.JSONField(db_default=[], encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='gives_back',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='per_day',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='placements',
            field=fields.JSONField(db_default=[], encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='promised_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='scene',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='shared_code',
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddField(
            model_name='CouponDrop',
            name='spent_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddConstraint(
            model_name='CouponDrop',
            constraint=UniqueConstraint(fields=('merchant_id', 'shared_code'), name=None),
        ),
        ops.AlterModelOptions(
            name='CouponMove',
            options={'table': 'coupon_moves', 'app': 'shuhui', 'indexes': [Index(fields=['merchant_id', 'coupon_id'])], 'pk_attr': 'id', 'table_description': "Every step of a coupon's life (C5): when, who, why; `sequence` orders those of one instant. Append-only."},
        ),
        ops.AddField(
            model_name='CouponMove',
            name='note',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='CouponMove',
            name='sequence',
            field=fields.BigIntField(null=True),
        ),
        ops.AlterModelOptions(
            name='CouponTemplate',
            options={'table': 'coupon_templates', 'app': 'shuhui', 'unique_together': (('merchant_id', 'code'),), 'pk_attr': 'id', 'table_description': '券模板. `content` and `scope` as in docs/pricing.md. Validity (K01): a window, or hours or days after the claim, from'},
        ),
        ops.AddField(
            model_name='CouponTemplate',
            name='face_fen',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='CouponTemplate',
            name='grace_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='CouponTemplate',
            name='next_day',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name='CouponTemplate',
            name='return_policy',
            field=fields.CharField(db_default='whole', max_length=8),
        ),
        ops.AddField(
            model_name='CouponTemplate',
            name='valid_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Merchant',
            name='coupon_policy',
            field=fields.JSONField(db_default={}, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
