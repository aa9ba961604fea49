"""What the sample merchant sells: about 200 items in nine categories.

An item has the same merchant SKU and title on every platform; each platform has its own item id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from orchestration.sample.text import Floats, Ints

CATEGORIES = (
    "skincare", "makeup", "haircare", "fragrance", "mother_baby",
    "snacks", "homeware", "sportswear", "digital",
)  # fmt: skip
CATEGORY_TITLES = ("护肤", "彩妆", "洗护", "香氛", "母婴", "零食", "家居", "运动", "数码")
BANDS = ("low", "middle", "high")
ITEMS_PER_CATEGORY = 22

_BRANDS = (
    ("素颜集", "芙润", "澄境", "玉兰研"),
    ("绯色", "山茶纪", "眉语", "朱砂"),
    ("丝沐", "柏木", "清芷", "发之语"),
    ("岚屿", "雾里", "桂枝", "松烟"),
    ("小满", "鹿呦", "棉朵", "月芽"),
    ("麦田里", "山果", "咔滋", "老街坊"),
    ("木与石", "暖居", "白瓷", "半亩"),
    ("跃川", "疾风", "山行", "极步"),
    ("声屿", "极光", "弦外", "方寸"),
)
_PRODUCTS = (
    ("保湿面霜50g", "氨基酸洁面乳120g", "烟酰胺精华30ml", "修护面膜10片", "防晒乳50ml", "玻尿酸爽肤水200ml",
     "眼霜20g", "卸妆油150ml", "身体乳300ml", "维C精华20ml", "旅行护肤套装"),
    ("丝绒口红", "气垫粉底15g", "九色眼影盘", "极细眼线笔", "浓密睫毛膏", "修容盘", "定妆散粉8g", "水光唇釉",
     "眉笔", "腮红", "化妆刷十支装"),
    ("控油洗发水500ml", "柔顺护发素500ml", "发膜300g", "护发精油80ml", "免洗喷雾150ml", "生姜洗发水400ml",
     "蓬松干发喷雾", "头皮精华60ml", "造型发蜡80g", "染发膏", "洗护套装"),
    ("木质淡香水50ml", "花果香水30ml", "固体香膏15g", "车载香薰", "无火香薰120ml", "香氛蜡烛200g", "衣物香氛喷雾",
     "茉莉淡香精10ml", "雪松香水100ml", "香氛礼盒", "随身走珠香"),
    ("婴儿纸尿裤L52片", "宽口径奶瓶240ml", "婴儿湿巾80抽", "儿童保温杯", "宝宝辅食碗", "孕妇护肤油", "待产包",
     "婴儿连体衣", "安抚奶嘴", "儿童牙膏", "婴儿抚触油"),
    ("每日坚果750g", "冻干草莓50g", "手撕牛肉干200g", "芝士脆片", "黑芝麻丸", "海苔夹心脆", "桂花酸梅汤", "雪花酥",
     "燕麦饼干", "辣味小鱼仔", "咖啡冻干粉24颗"),
    ("四件套床品", "记忆枕", "陶瓷餐具套装", "香柏木收纳盒", "珊瑚绒毛毯", "硅藻泥地垫", "玻璃水壶1.5L", "真空收纳袋",
     "北欧台灯", "竹纤维毛巾", "不粘炒锅"),
    ("速干短袖", "缓震跑鞋", "运动长裤", "防风夹克", "瑜伽垫", "训练短裤", "登山双肩包", "篮球护膝", "保暖抓绒衣",
     "骑行手套", "徒步鞋"),
    ("降噪蓝牙耳机", "机械键盘", "无线鼠标", "快充移动电源", "智能手环", "平板支架", "游戏手柄", "便携音箱", "编织数据线",
     "运动相机", "显示器挂灯"),
)  # fmt: skip
_PRICE_FACTOR = (1.0, 0.9, 0.7, 1.1, 1.0, 0.45, 0.9, 1.4, 1.8)
_BAND_PRICE = (29.0, 79.0, 399.0)


@dataclass(frozen=True)
class Catalogue:
    """One row per item; item number ``i`` is of category ``i // ITEMS_PER_CATEGORY``."""

    sku: pa.Array
    title: pa.Array
    brand: pa.Array
    category: pa.Array
    category_title: pa.Array
    category_code: Ints
    price: Ints
    """List price in cents."""
    choice: Floats
    """[category, price band, item in category]: cumulated chance that this buyer takes this item."""

    @property
    def size(self) -> int:
        """Number of items."""
        return len(self.price)

    def pick(self, category: Ints, band: Ints, draw: Floats) -> Ints:
        """An item number per row, for a category, a price band and a draw in [0, 1)."""
        cumulative = self.choice[category, band]
        return category * ITEMS_PER_CATEGORY + (cumulative < draw[:, None]).sum(axis=1)

    def platform_ids(self, first: int, step: int) -> pa.Array:
        """The items' own ids on one platform, as text."""
        return pa.array([str(first + step * number) for number in range(self.size)])


@cache
def catalogue() -> Catalogue:
    """The merchant's items; they are the same in every sample."""
    rng = np.random.default_rng(618)
    titles, brands, codes, prices, tiers = [], [], [], [], []
    for code, (names, products) in enumerate(zip(_BRANDS, _PRODUCTS, strict=True)):
        for number in range(ITEMS_PER_CATEGORY):
            brand_number = (number + 2 * (number // len(products))) % len(names)
            tier = (0, 1, 1, 2)[brand_number]
            spread = float(rng.uniform(0.7, 1.9))
            yuan = _BAND_PRICE[tier] * _PRICE_FACTOR[code] * spread
            titles.append(names[brand_number] + products[number % len(products)])
            brands.append(names[brand_number])
            codes.append(code)
            tiers.append(tier)
            prices.append(int(yuan) * 100 + 90)
    category_code = np.array(codes, dtype=np.int64)
    popularity = rng.lognormal(0, 0.7, len(titles))
    distance = np.abs(np.array(tiers)[None, :] - np.arange(len(BANDS))[:, None])
    weight = (popularity[None, :] * np.exp(-1.6 * distance)).reshape(
        len(BANDS), len(CATEGORIES), ITEMS_PER_CATEGORY
    )
    cumulative = np.cumsum(weight, axis=2) / weight.sum(axis=2, keepdims=True)
    cumulative[:, :, -1] = 1.0
    return Catalogue(
        sku=pa.array([f"DL-{number + 1:04d}" for number in range(len(titles))]),
        title=pa.array(titles),
        brand=pa.array(brands),
        category=pa.array(CATEGORIES).take(pa.array(category_code)),
        category_title=pa.array(CATEGORY_TITLES).take(pa.array(category_code)),
        category_code=category_code,
        price=np.array(prices, dtype=np.int64),
        choice=cumulative.transpose(1, 0, 2),
    )
