"""Where the sample's people live, and the words their names are made of."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from orchestration.sample.text import Floats

_CITIES = (
    ("广东省", 11.5, (("广州市", "天河区"), ("深圳市", "南山区"), ("佛山市", "顺德区"))),
    ("江苏省", 8.5, (("南京市", "鼓楼区"), ("苏州市", "姑苏区"), ("无锡市", "梁溪区"))),
    ("浙江省", 8.5, (("杭州市", "西湖区"), ("宁波市", "鄞州区"), ("温州市", "鹿城区"))),
    ("山东省", 7.0, (("济南市", "历下区"), ("青岛市", "市南区"))),
    ("上海市", 6.5, (("上海市", "徐汇区"), ("上海市", "浦东新区"))),
    ("北京市", 6.0, (("北京市", "朝阳区"), ("北京市", "海淀区"))),
    ("四川省", 6.0, (("成都市", "武侯区"), ("绵阳市", "涪城区"))),
    ("河南省", 6.0, (("郑州市", "金水区"), ("洛阳市", "西工区"))),
    ("湖北省", 5.0, (("武汉市", "洪山区"), ("宜昌市", "西陵区"))),
    ("湖南省", 4.5, (("长沙市", "岳麓区"), ("株洲市", "天元区"))),
    ("福建省", 4.5, (("福州市", "鼓楼区"), ("厦门市", "思明区"))),
    ("安徽省", 4.0, (("合肥市", "蜀山区"), ("芜湖市", "镜湖区"))),
    ("河北省", 4.0, (("石家庄市", "长安区"), ("唐山市", "路北区"))),
    ("辽宁省", 3.5, (("沈阳市", "和平区"), ("大连市", "中山区"))),
    ("重庆市", 3.5, (("重庆市", "渝中区"),)),
    ("陕西省", 3.0, (("西安市", "雁塔区"),)),
    ("江西省", 2.5, (("南昌市", "东湖区"),)),
    ("广西壮族自治区", 2.0, (("南宁市", "青秀区"),)),
    ("云南省", 2.0, (("昆明市", "五华区"),)),
    ("黑龙江省", 1.5, (("哈尔滨市", "南岗区"),)),
)
_NORTH = frozenset({"山东省", "北京市", "河南省", "河北省", "辽宁省", "陕西省", "黑龙江省"})
_ROWS = [
    (province, city, district, weight / len(cities))
    for province, weight, cities in _CITIES
    for city, district in cities
]

PROVINCES = pa.array([row[0] for row in _ROWS])
CITIES = pa.array([row[1] for row in _ROWS])
IS_NORTH = np.array([row[0] in _NORTH for row in _ROWS])
DISTRICTS = pa.array([row[2] for row in _ROWS])

SURNAMES = pa.array(list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"))
PINYIN = pa.array(
    [
        *("wang", "li", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu"),
        *("xu", "sun", "hu", "zhu", "gao", "lin", "he", "guo", "ma", "luo"),
    ]
)
GIVEN = {
    "female": pa.array(list("娜静敏丽艳娟霞婷雪倩玲蕾")),
    "male": pa.array(list("伟强磊军勇杰涛明超鹏浩宇")),
}
NICK_FIRST = pa.array(list("小大阿老月星云风雨雪晴夏秋冬春南北西东青"))
NICK_LAST = pa.array(list("花草猫鱼鹿叶果豆糖茶米橙桃梨竹松海山河光"))
MAIL_DOMAINS = pa.array(["qq.com", "163.com", "126.com", "outlook.com", "gmail.com"])


@cache
def city_chances() -> Floats:
    """Cumulated chance of each city row."""
    weights = np.array([row[3] for row in _ROWS])
    return np.cumsum(weights) / weights.sum()
