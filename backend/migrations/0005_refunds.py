"""Refunds: requests, batches, payouts; what rollups and merchants say about them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops
from backend.kit.ids import new_id
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('shuhui', '0004_places_and_times')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Payout',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('order_id', fields.UUIDField()),
                ('refund_id', fields.UUIDField(null=True)),
                ('number', fields.CharField(max_length=100)),
                ('round', fields.IntField(db_default=0)),
                ('transaction_id', fields.CharField(max_length=80)),
                ('amount_fen', fields.BigIntField()),
                ('total_fen', fields.BigIntField()),
                ('reason', fields.CharField(max_length=80)),
                ('state', fields.CharField(max_length=10)),
                ('tries', fields.IntField(db_default=0)),
                ('next_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('accepted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('trouble', fields.CharField(null=True, max_length=200)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payouts', 'app': 'shuhui', 'unique_together': (('merchant_id', 'number'),), 'indexes': [Index(fields=['merchant_id', 'order_id'])], 'pk_attr': 'id', 'table_description': 'Cash on its way back through WeChat Pay, of a refund or of a payment that came for nothing (`refund_id` null).'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Refund',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('order_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('request_id', fields.UUIDField(null=True)),
                ('units', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('spent', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('outcome', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('refund_fen', fields.BigIntField()),
                ('withheld_fen', fields.BigIntField()),
                ('cash_fen', fields.BigIntField()),
                ('restocked', fields.BooleanField()),
                ('reason', fields.CharField(max_length=200)),
                ('actor', fields.CharField(max_length=60)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'refunds', 'app': 'shuhui', 'unique_together': (('merchant_id', 'order_id', 'number'),), 'pk_attr': 'id', 'table_description': '退款批次: one batch of an order, append-only. `units` are [sku, qty]; `spent` is what of the benefits that it claws'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('merchant_id', fields.UUIDField()),
                ('order_id', fields.UUIDField()),
                ('member_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=10)),
                ('units', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('reason', fields.CharField(max_length=200)),
                ('seen_fen', fields.BigIntField()),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.CharField(null=True, max_length=60)),
                ('note', fields.CharField(null=True, max_length=200)),
            ],
            options={'table': 'refund_requests', 'app': 'shuhui', 'indexes': [Index(fields=['merchant_id', 'order_id']), Index(fields=['merchant_id', 'state', 'asked_at'])], 'pk_attr': 'id', 'table_description': '退款申请: what a customer asked for and what became of it; at most one of an order waits. `units` are [sku, qty].'},
            bases=['Row'],
        ),
        ops.AlterModelOptions(
            name='Merchant',
            options={'table': 'merchants', 'app': 'shuhui', 'unique_together': (('merchant_id', 'code'),), 'pk_attr': 'id', 'table_description': 'A tenant. Its `merchant_id` is its own id. `refund_policy` holds what differs from the defaults of docs/pricing.md §8;'},
        ),
        ops.AddField(
            model_name='Merchant',
            name='refund_policy',
            field=fields.JSONField(db_default={}, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='OfferRollup',
            name='reversed_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='Order',
            name='refunded_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Order',
            name='refunded_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='Order',
            name='refunds',
            field=fields.IntField(db_default=0),
        ),
        ops.AlterModelOptions(
            name='OrderLine',
            options={'table': 'order_lines', 'app': 'shuhui', 'unique_together': (('merchant_id', 'order_id', 'position'),), 'pk_attr': 'id', 'table_description': "`kind`: sale, add_on (加价购, beside a line of its SKU) or gift (赠品, payable 0, outside the order's list total)."},
        ),
        ops.AddField(
            model_name='SalesRollup',
            name='refunded_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='SalesRollup',
            name='refunds',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='SkuRollup',
            name='refunded_fen',
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name='SkuRollup',
            name='refunded_units',
            field=fields.BigIntField(db_default=0),
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
