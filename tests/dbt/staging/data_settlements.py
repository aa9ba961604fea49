"""Literal ledgers and settlement statements, and who bears what of promotions."""

from __future__ import annotations

from tests.dbt.staging.staging_warehouse import File

DOUYIN = File("douyin.settlement", "DL2026.csv", "2026-11-08 00:00:00", [
    # Fees negative, as the formula row says: 52.00 with 2.00 freight - 7.50.
    {"order_id": "SD1", "order_line_id": "SD11", "settled_at": "2026-11-07 01:00:00", "settlement_type": "已结算", "income_total": "52.00",
     "shipping_fee": "2.00", "expense_total": "-7.50", "platform_fee": "-2.50", "commission": "-5.00", "settled_amount": "44.50"},
    # The same with fees as positive amounts.
    {"order_id": "SD1", "order_line_id": "SD12", "settled_at": "2026-11-07 01:00:00", "settlement_type": "已结算", "income_total": "50.00",
     "expense_total": "7.50", "platform_fee": "2.50", "commission": "5.00", "settled_amount": "42.50"},
    # Taken back after the settlement, the fees returned.
    {"order_id": "SD1", "order_line_id": "SD11", "settled_at": "2026-11-08 01:00:00", "settlement_type": "退款", "income_total": "-50.00",
     "expense_total": "7.50", "commission": "5.00", "settled_amount": "-42.50"},
    # A row that does not add up keeps its net amount, and says by how much.
    {"order_id": "SD2", "order_line_id": "SD21", "settled_at": "2026-11-07 01:00:00", "income_total": "10.00", "expense_total": "-1.00",
     "settled_amount": "8.99"},
    {"order_id": "SD3", "order_line_id": "SD31", "settled_at": "结算中", "income_total": "10.00", "expense_total": "0", "settled_amount": "10.00"},
])  # fmt: skip
JD = File("jd.settlement", "对账表.csv", "2026-11-08 00:00:00", [
    {"order_id": "SJ1", "sku_id": "1", "fee_name": "货款", "settled_amount": "100.00", "direction": "收入", "bill_date": "20261106",
     "received_at": "2026-11-07 12:00:00", "currency": "人民币"},
    {"order_id": "SJ1", "sku_id": "1", "fee_name": "佣金", "settled_amount": "-8.00", "direction": "支出", "bill_date": "20261106"},
    {"order_id": "SJ1", "sku_id": "1", "fee_name": "运费", "settled_amount": "6.00", "direction": "收入", "bill_date": "20261106"},
    # Refunds are negative already; a positive expense turns negative.
    {"order_id": "SJ1", "sku_id": "1", "fee_name": "货款", "settled_amount": "-30.00", "direction": "支出", "bill_date": "20261107", "refund_id": "R1"},
    {"order_id": "SJ1", "sku_id": "1", "fee_name": "价保扣款", "settled_amount": "1.50", "direction": "支出", "bill_date": "20261107"},
    # Two equal entries of one day are two entries.
    {"order_id": "SJ1", "sku_id": "1", "fee_name": "价保扣款", "settled_amount": "1.50", "direction": "支出", "bill_date": "20261107"},
    {"order_id": "SJ2", "sku_id": "1", "fee_name": "一种新费用", "settled_amount": "-1.00", "direction": "支出", "bill_date": None},
    {"order_id": "SJ3", "sku_id": "1", "fee_name": "货款", "settled_amount": "1.00", "direction": "不明"},
    {"order_id": "SJ4", "sku_id": "1", "fee_name": "货款", "settled_amount": "1.00", "direction": "收入", "currency": "XAU"},
])  # fmt: skip
KUAISHOU = File("kuaishou.settlement", "货款结算.xlsx", "2026-11-08 00:00:00", [
    {"order_id": "SK1", "item_id": "1", "income_total": "100.00", "expense_total": "15.00", "commission": "10.00", "settled_amount": "85.00",
     "settled_at": "2026-11-07 02:00:00"},
    # A refund beside the expenses, within them, and off the income already.
    {"order_id": "SK2", "item_id": "1", "income_total": "100.00", "refund_amount": "40.00", "expense_total": "-9.00", "leader_commission": "-6.00",
     "settled_amount": "51.00", "settled_at": "2026-11-07 02:00:00"},
    {"order_id": "SK3", "item_id": "1", "income_total": "100.00", "refund_amount": "40.00", "expense_total": "49.00", "promoter_commission": "6.00",
     "settled_amount": "51.00", "settled_at": "2026-11-07 02:00:00"},
    {"order_id": "SK4", "item_id": "1", "income_total": "60.00", "refund_amount": "40.00", "expense_total": "9.00", "settled_amount": "51.00",
     "settled_at": None},
    {"order_id": "SK5", "item_id": "1", "income_total": "60.00", "expense_total": "9.00", "settled_amount": None},
])  # fmt: skip
XHS = File("xiaohongshu.settlement", "商品结算明细.xlsx", "2026-11-08 00:00:00", [
    # Two items of one order, settled in the same second; the second with 1.00 of taxes.
    {"order_id": "SX1", "settled_at": "2026-11-07 03:00:00", "transaction_type": "订单结算", "settled_amount": "98.00", "paid_amount": "95.00",
     "discount_platform": "5.00", "freight_amount": "6.00", "freight_subsidy": "2.00", "platform_fee": "-5.00", "commission": "-4.00", "payment_fee": "-1.00"},
    {"order_id": "SX1", "settled_at": "2026-11-07 03:00:00", "transaction_type": "订单结算", "settled_amount": "44.00", "paid_amount": "50.00",
     "platform_fee": "5.00"},
    {"order_id": "SX1", "refund_id": "RX1", "settled_at": "2026-11-08 03:00:00", "transaction_type": "售后退款", "settled_amount": "-90.25",
     "paid_amount": "-95.00", "platform_fee": "4.75"},
])  # fmt: skip
PDD = File("pdd.bill", "账务明细.csv", "2026-11-08 00:00:00", [
    {"order_id": "SP1", "booked_at": "2026-11-07 04:00:00", "amount_in": "+1,020.00", "amount_out": "0.00", "entry_type": "交易收入",
     "business_desc": "0010002|交易收入-订单收入"},
    {"order_id": "SP1", "booked_at": "2026-11-07 04:00:00", "amount_in": None, "amount_out": "-6.12", "entry_type": "技术服务费",
     "business_desc": "0040001|技术服务费-基础技术服务费"},
    {"order_id": "SP1", "booked_at": "2026-11-07 05:00:00", "amount_in": "0.00", "amount_out": "-20.00", "entry_type": "退款", "business_desc": "0020002|退款-订单退款"},
    {"order_id": "SP1", "booked_at": "2026-11-07 06:00:00", "amount_in": "5.00", "entry_type": "优惠券结算"},
    {"order_id": None, "booked_at": "2026-11-07 07:00:00", "amount_out": "500.00", "entry_type": "提现"},
    {"order_id": None, "booked_at": "2026-11-07 08:00:00", "amount_out": "-10.00", "entry_type": "其他", "business_desc": "0050001|多多进宝-佣金支出"},
    {"order_id": None, "booked_at": "2026-11-07 08:00:00", "amount_in": "3.00", "entry_type": "其他"},
    {"order_id": None, "booked_at": "2026-11-07 08:00:00", "entry_type": "其他"},
], dropped=1)  # fmt: skip
# The whole ledger again, a day later, with one entry more: nothing counts twice.
PDD_NEWER = File("pdd.bill", "账务明细2.csv", "2026-11-09 00:00:00", [
    *PDD.rows[:3], {"order_id": None, "booked_at": "2026-11-08 08:00:00", "amount_in": "100.00", "entry_type": "充值"},
])  # fmt: skip
ALIMAMA = File("taobao.alimama.account_flow", "账户明细.csv", "2026-11-08 00:00:00", [
    {"booked_at": "2026-11-06 02:00:00", "stat_date": "2026-11-05", "ledger_direction": "支出", "entry_type": "扣款", "amount": "120.00", "balance": "880.00"},
    {"booked_at": "2026-11-05 02:00:00", "stat_date": "2026-11-04", "ledger_direction": "收入", "entry_type": "充值", "amount": "1,000.00", "balance": "1,000.00"},
    {"booked_at": "2026-11-07 02:00:00", "stat_date": "2026-11-06", "ledger_direction": "支出", "entry_type": "付款", "amount": "300.00", "balance": "580.00"},
    {"booked_at": "2026-11-08 02:00:00", "stat_date": "2026-11-07", "ledger_direction": "收入", "entry_type": "退款", "amount": "20.00", "balance": "600.00"},
    {"booked_at": "2026-11-08 02:00:00", "stat_date": "2026-11-07", "ledger_direction": "支出", "entry_type": "新种类", "amount": "1.00", "balance": "599.00"},
    {"booked_at": "2026-11-08 02:00:00", "stat_date": "2026-11-07", "ledger_direction": None, "entry_type": "扣款", "amount": "1.00", "balance": "598.00"},
])  # fmt: skip
LEDGERS = [
    File("douyin.funds_flow", "动账明细.csv", "2026-11-08 00:00:00", [
        {"ledger_entry_id": "F1", "booked_at": "2026-11-07 01:00:00", "ledger_direction": "入账", "amount": "44.50", "entry_type": "货款结算入账",
         "order_id": "SD1", "order_line_id": "SD11"},
        {"ledger_entry_id": "F2", "booked_at": "2026-11-07 02:00:00", "ledger_direction": "出账", "amount": "40.00", "entry_type": "提现"},
    ]),
    File("douyin.qic_fees", "QIC.csv", "2026-11-08 00:00:00", [
        {"ledger_entry_id": "Q1", "order_id": "SD1", "order_line_id": "BIC001", "fee_type": "质检费", "settled_amount": "3.50", "settled_at": "2026-11-07 01:00:00"},
    ]),
    File("douyin.shipping_insurance", "运费险.csv", "2026-11-08 00:00:00", [
        {"ledger_entry_id": "I1", "order_id": "SD1", "insurance_fee": "0.80", "insured_at": "2026-11-04 20:00:00", "booked_at": "2026-11-05 20:00:00"},
    ]),
    File("kuaishou.account_flow", "账务流水.xlsx", "2026-11-08 00:00:00", [
        {"ledger_entry_id": "K1", "order_id": "SK1", "booked_at": "2026-11-07 02:00:00", "ledger_direction": "收入", "amount": "85.00", "entry_type": "货款结算"},
    ]),
    File("kuaishou.shipping_insurance", "快手运费险.xlsx", "2026-11-08 00:00:00", [
        {"ledger_entry_id": "KI1", "order_id": "SK1", "insurance_fee_total": "1.00", "insurance_fee": "0.60", "insured_at": "2026-11-04 20:00:00"},
    ]),
    File("xiaohongshu.account_flow", "账户流水.xlsx", "2026-11-08 00:00:00", [
        {"order_id": "SX1", "booked_at": "2026-11-07 03:00:00", "entry_type": "订单结算", "amount_in": "98.00", "balance": "98.00"},
        {"order_id": "W1", "booked_at": "2026-11-07 04:00:00", "entry_type": "商家提现", "amount_out": "98.00", "balance": "0.00"},
    ]),
    File("xiaohongshu.service_fees", "其他服务.xlsx", "2026-11-08 00:00:00", [
        {"order_id": "SX1", "ledger_entry_id": "S1", "fee_type": "运费险", "entry_type": "扣款", "settled_at": "2026-11-07 03:00:00", "settled_amount": "-0.90"},
    ]),
    File("wechat.shop_funds_flow", "资金流水.xlsx", "2026-11-08 00:00:00", [
        {"ledger_entry_id": "W1", "booked_at": "2026-11-07 05:00:00", "ledger_direction": "收入", "amount": "66.00", "entry_type": "订单支付", "order_id": "SW1"},
        {"ledger_entry_id": "W2", "booked_at": "2026-11-07 06:00:00", "ledger_direction": "支出", "amount": "66.00", "entry_type": "订单退款", "order_id": "SW1"},
    ]),
    File("wechat.shop_qic_fees", "质检费用.xlsx", "2026-11-08 00:00:00", [{"order_id": "SW1", "settled_amount": "12.00"}]),
]  # fmt: skip
PROMOTIONS = [
    File("jd.promotion_split", "营销对账明细.csv", "2026-11-08 00:00:00", [
        {"order_id": "J1", "sku_id": "1", "created_at": "2026-11-02 09:00:00", "quantity": "1", "promotion_type": "优惠券", "promotion_name": "满100减10",
         "promotion_id": "P1", "discount_platform": "4.00", "discount_shop": "6.00", "discount_government": None},
        {"order_id": "J1", "sku_id": "1", "promotion_type": "国补", "promotion_name": "以旧换新", "promotion_id": "P2", "discount_government": "15.00"},
        {"order_id": "J1", "sku_id": "1", "promotion_type": "国补", "promotion_id": None, "discount_government": "15.00"},
        {"order_id": "J1", "sku_id": "2", "promotion_id": "P1", "discount_shop": "六元"},
    ]),
    File("taobao.sycm.coupon", "店铺优惠券1.xls", "2026-11-06 00:00:00", [
        {"stat_date": "2026-11-05", "coupons_taken": "1,000", "coupons_used": "90", "pay_amount": "9,000.00", "pay_buyers": "80", "pay_items": "120"},
    ]),
    # The same day restated; and the day before, as it was.
    File("taobao.sycm.coupon", "店铺优惠券2.xls", "2026-11-07 00:00:00", [
        {"stat_date": "20261105", "coupons_taken": "1,000", "coupons_used": "100", "pay_amount": "1.2万", "pay_buyers": "88", "pay_items": "130"},
        {"stat_date": "2026-11-04", "coupons_taken": "1", "coupons_used": None, "pay_amount": None, "pay_buyers": None, "pay_items": None},
    ]),
    # Item coupons of the same day are another kind.
    File("taobao.sycm.coupon", "商品优惠券.xls", "2026-11-06 00:00:00", [
        {"stat_date": "2026-11-05", "coupons_taken": "10", "coupons_used": "5", "pay_amount": "50.00", "pay_buyers": "5", "pay_items": "5"},
        {"stat_date": "合计", "coupons_taken": "10"},
    ]),
]  # fmt: skip

FILES = [DOUYIN, JD, KUAISHOU, XHS, PDD, PDD_NEWER, ALIMAMA, *LEDGERS, *PROMOTIONS]
