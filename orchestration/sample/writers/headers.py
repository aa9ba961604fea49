"""Headers of the exports that the sample writes, letter for letter as the platforms write them."""

TAOBAO_ORDER_LIST = (
    "订单编号", "买家会员名", "买家会员昵称", "支付单号", "支付详情", "买家应付货款", "买家应付邮费", "买家支付积分", "总金额", "返点积分",
    "买家实际支付金额", "买家实际支付积分", "订单状态", "买家留言", "收货人姓名", "收货地址 ", "运送方式", "联系电话 ", "联系手机",
    "虚拟号过期时间", "订单创建时间", "订单付款时间 ", "宝贝标题 ", "宝贝种类 ", "物流单号 ", "物流公司", "订单备注", "宝贝总数量", "店铺Id",
    "店铺名称", "订单关闭原因", "卖家服务费", "买家服务费", "发票抬头", "是否手机订单", "分阶段订单信息", "特权订金订单id", "是否上传合同照片",
    "是否上传小票", "是否代付", "定金排名", "修改后的sku", "修改后的收货地址", "异常信息", "天猫卡券抵扣", "集分宝抵扣", "是否是O2O交易",
    "新零售交易类型", "新零售导购门店名称", "新零售导购门店id", "新零售发货门店名称", "新零售发货门店id", "退款金额", "预约门店", "确认收货时间",
    "打款商家金额", "含应开票给个人的个人红包", "是否信用购", "体验期结束时间", "前N有礼", "配送类型", "直播返现状态", "返现金额",
    "延迟发货自动赔付金额", "新零售成交门店昵称", "新零售成交门店id", "新零售成交经销商id", "预售订单", "发货时间", "商家备忘", "主订单编号",
)  # fmt: skip
"""71 columns; some names end in a space."""

TAOBAO_ITEM_LIST = (
    "子订单编号", "主订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注", "订单状态", "商家编码",
    "支付单号", "买家应付货款", "买家实际支付金额", "退款状态", "退款金额", "订单创建时间", "订单付款时间",
)  # fmt: skip
"""18 columns, with payment and refund per line."""

WANXIANGTAI_REPORT = (
    "日期", "场景ID", "场景名字", "原二级场景ID", "原二级场景名字", "计划ID", "计划名字", "主体ID", "主体类型", "主体名称", "展现量",
    "点击量", "花费", "点击率", "平均点击花费", "千次展现花费", "总预售成交金额", "总预售成交笔数", "直接预售成交金额", "直接预售成交笔数",
    "间接预售成交金额", "间接预售成交笔数", "直接成交金额", "间接成交金额", "总成交金额", "总成交笔数", "直接成交笔数", "间接成交笔数", "点击转化率",
    "投入产出比", "含预售投产比", "总成交成本", "总购物车数", "直接购物车数", "间接购物车数", "加购率", "收藏宝贝数", "收藏店铺数", "店铺收藏成本",
    "总收藏加购数", "总收藏加购成本", "宝贝收藏加购数", "宝贝收藏加购成本", "总收藏数", "宝贝收藏成本", "宝贝收藏率", "加购成本", "拍下订单笔数",
    "拍下订单金额", "直接收藏宝贝数", "间接收藏宝贝数", "优惠券领取量", "购物金充值笔数", "购物金充值金额", "旺旺咨询量", "引导访问量", "引导访问人数",
    "引导访问潜客数", "引导访问潜客占比", "入会率", "入会量", "引导访问率", "深度访问量", "平均访问页面数", "成交新客数", "成交新客占比",
    "会员首购人数", "会员成交金额", "会员成交笔数", "成交人数", "人均成交笔数", "人均成交金额", "自然流量转化金额", "自然流量曝光量", "电商成交笔数",
    "电商成交金额", "闪购成交笔数", "闪购成交金额", "平台助推总成交", "平台助推直接成交", "平台助推点击", "宝贝优惠券抵扣金额", "宝贝优惠券撬动总成交",
    "宝贝优惠券撬动直接成交", "宝贝优惠券撬动点击", "平台补贴金额", "补贴引导成交金额", "发券补贴商品个数", "补贴引导成交人数",
)  # fmt: skip
"""89 columns."""

JD_ORDER = (
    "订单号", "商品ID", "商品名称", "订购数量", "支付方式", "下单时间", "京东价", "订单金额", "结算金额", "余额支付", "应付金额",
    "订单状态", "订单类型", "下单帐号", "客户姓名", "客户地址", "联系电话", "订单备注", "发票类型", "发票抬头", "发票内容", "商家备注",
    "商家备注等级（等级1-5为由高到低）", "运费金额", "付款确认时间", "增值税发票", "货号", "订单完成时间", "订单来源", "订单渠道",
)  # fmt: skip
"""30 columns."""

PDD_ORDER = (
    "商品", "订单号", "订单状态", "商品数量(件)", "是否审核中", "支付时间", "承诺发货时间", "承诺送达时间", "发货时间", "确认收货时间",
    "商品id", "商品规格", "样式ID", "商品一级类目", "商品二级类目", "商品三级类目", "商品四级类目", "商家编码-规格维度", "商家编码-商品维度",
    "商家备注", "买家留言", "售后状态", "消费者资料", "订单成交时间", "消费者资料上传时间", "赠品名称", "赠品id", "赠品规格", "赠品数量",
    "团ID", "团身份", "是否已开始配送", "配送员是否已送达", "配送状态", "同城是否普通快递", "商品总价(元)", "邮费(元)", "店铺优惠折扣(元)",
    "平台优惠折扣(元)", "多多支付立减金额(元)", "上门安装费(元)", "送货入户费(元)", "送货入户并安装费(元)", "用户实付金额(元)", "商家实收金额(元)",
    "快递单号", "快递公司", "省", "市", "区", "街道/镇", "配送员手机号", "是否抽奖或0元试用", "是否顺丰加价", "用户购买手机号", "旅行类信息",
    "充值号码", "是否门店自提", "门店名称", "门店自定义编码", "关联货品编码", "货品名称", "货品类型", "子货品", "仓库名称", "仓库所在地址",
    "海淘清关订单号", "支付ID", "支付方式", "保税仓", "是否直播间成交", "是否直播间引导成交", "预约配送时间", "是否节能补贴", "是否分期",
    "分期期数", "手续费承担方", "是否无痕发货", "订单来源", "是否社区团购", "小区送达情况", "分期方式",
)  # fmt: skip
"""82 columns."""

DOUYIN_ORDER = (
    "主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "商家编码", "商品单价", "订单应付金额", "运费", "优惠总金额",
    "平台优惠", "商家优惠", "达人优惠", "商家改价", "支付优惠", "红包抵扣", "支付方式", "手续费", "收件人", "收件人手机号", "省", "市",
    "区", "街道", "详细地址", "是否修改过地址", "地址修改时段", "买家留言", "订单提交时间", "旗帜颜色", "商家备注", "订单完成时间",
    "支付完成时间", "APP渠道", "流量来源", "订单状态", "承诺发货时间", "订单类型", "鲁班落地页ID", "达人ID", "达人昵称", "所属门店ID",
    "售后状态", "取消原因", "预约发货时间", "仓库ID", "仓库名称", "序列号", "是否安心购", "广告渠道", "流量类型", "流量体裁", "流量渠道",
    "发货主体", "发货主体明细", "发货时间", "降价类优惠", "平台实际承担优惠金额", "商家实际承担优惠金额", "达人实际承担优惠金额", "预计送达时间",
    "是否平台仓自流转", "车型", "商品69码", "发货SN码", "发货IMEI码1", "发货IMEI码2", "预约送达时间", "建议发货时间（起）",
    "建议发货时间（止）", "物流SN码", "物流IMEI码1", "物流IMEI码2",
)  # fmt: skip
"""74 columns."""

QIANCHUAN_PLAN = (
    "推广类型", "账户名称", "账户ID", "计划ID", "计划名称", "商品ID", "商品名称", "抖音号ID", "抖音号名称", "日期", "消耗(元)",
    "展示次数", "点击率(%)", "点击次数", "转化数", "转化率(%)", "转化成本(元)", "7日总支付ROI", "直接成交订单数", "直接成交金额(元)",
    "直接支付ROI", "直接下单订单数", "直接下单金额(元)", "直接下单ROI", "7日间接成交金额(元)", "播放数", "3s播放数", "播放完成数",
    "广告类型", "达人uid", "成交智能优惠券金额", "订单成交成本",
)  # fmt: skip
"""32 columns."""

YOUZAN_ORDER_ITEMS = (
    "订单号", "商品名称", "买家付款时间", "交易成功时间", "收货人/提货人", "收货人手机号/提货人手机号", "收货人省份", "收货人城市", "收货人地区",
    "详细收货地址/提货地址", "订单商品状态", "商品规格", "商品规格ID", "规格编码", "商品编码", "商品条码", "商品数量", "商品实际成交金额",
    "商品退款状态", "商品已退款金额", "商品成本价", "商品ID",
)  # fmt: skip
"""The 22-column selection: the one with the time of payment."""

SHOPIFY_ORDERS = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at",
    "Accepts Marketing", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code",
    "Discount Amount", "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name",
    "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping",
    "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing Address2", "Billing Company", "Billing City", "Billing Zip",
    "Billing Province", "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street",
    "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City",
    "Shipping Zip", "Shipping Province", "Shipping Country", "Shipping Phone", "Notes",
    "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount",
    "Vendor", "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags",
    "Risk Level", "Source", "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Tax 2 Name",
    "Tax 2 Value", "Tax 3 Name", "Tax 3 Value", "Tax 4 Name", "Tax 4 Value", "Tax 5 Name",
    "Tax 5 Value", "Phone", "Receipt Number", "Duties", "Billing Province Name",
    "Shipping Province Name", "Payment ID", "Payment Terms Name", "Next Payment Due At",
    "Payment References",
)  # fmt: skip
"""79 columns."""

SHOPIFY_CUSTOMERS = (
    "Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing",
    "Default Address Company", "Default Address Address1", "Default Address Address2",
    "Default Address City", "Default Address Province Code", "Default Address Country Code",
    "Default Address Zip", "Default Address Phone", "Phone", "Accepts SMS Marketing",
    "Total Spent", "Total Orders", "Note", "Tax Exempt", "Tags",
)  # fmt: skip
"""20 columns."""

WECOM_CUSTOMERS = (
    "客户名称", "描述", "添加人", "添加人账号", "添加人所属部门", "添加时间", "来源", "手机", "企业", "邮箱", "地址", "职务", "电话",
)  # fmt: skip
"""13 columns; a column per tag group follows."""

TOUCH_LOG = (
    "campaign", "channel", "touch_at", "status", "platform", "account_id", "phone", "email",
    "audience", "variant", "cost", "currency", "opened_at", "clicked_at",
)  # fmt: skip
"""generic.touch_log."""

CUSTOMERS = (
    "platform", "account_id", "joined_at", "phone", "gender", "birth_date", "age_band",
    "province", "city", "member_level", "referred_by_account_id",
)  # fmt: skip
"""generic.customers."""

MEMBERS = (*CUSTOMERS, "skin_type")
"""generic.customers with a column of the merchant's own, which no contract knows."""

CONSENTS = (
    "purpose", "channel", "state", "stated_at", "platform", "account_id", "phone", "email",
    "source",
)  # fmt: skip
"""generic.consents."""

REFERRALS = (
    "platform", "inviter_account_id", "invitee_account_id", "invited_at", "campaign",
    "accepted_at",
)  # fmt: skip
"""generic.referrals."""

IDENTITIES = (
    "platform", "account_id", "identifier_type", "identifier_value", "seen_at", "source",
)  # fmt: skip
"""generic.identities."""
