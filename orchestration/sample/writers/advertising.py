"""Daily advertising spend: ``taobao.wanxiangtai.report`` and ``douyin.qianchuan.plan``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.sample.files import UTF8_BOM, CsvFormat, Folder
from orchestration.sample.period import DAY, HOUR, Period
from orchestration.sample.text import (
    Ints,
    Text,
    csv_lines,
    joined,
    money,
    sliced,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import QIANCHUAN_PLAN, WANXIANGTAI_REPORT

WANXIANGTAI = CsvFormat(WANXIANGTAI_REPORT, UTF8_BOM)
QIANCHUAN = CsvFormat(QIANCHUAN_PLAN, UTF8_BOM)

TAOBAO_PLANS = ("关键词推广-护肤爆款", "人群推广-老客召回", "货品全站推广-秋冬上新")
TAOBAO_SCENES = ("关键词推广", "人群推广", "货品全站推广")
DOUYIN_PLANS = ("直播间引流-美妆专场", "短视频带货-运动户外", "商品卡推广-日常")
_CENTS_PER_PERSON_DAY = (2.4, 1.1, 1.7)
_CENTS_PER_CLICK = 110.0


@dataclass(frozen=True)
class Spend:
    """One row per day and plan. Money in cents."""

    day: Ints
    plan: Ints
    cost: Ints
    impressions: Ints
    clicks: Ints
    orders: Ints
    sales: Ints

    @property
    def midnight(self) -> Ints:
        """Seconds of the period at which the day begins."""
        return self.day * DAY


def make_spend(rng: np.random.Generator, period: Period, people: int) -> Spend:
    """Spend that follows the season; clicks and sales follow the spend."""
    day, plan = (grid.ravel() for grid in np.indices((period.days, 3)))
    size = len(day)
    season = period.season[day] * period.days
    mean = people * np.array(_CENTS_PER_PERSON_DAY)[plan] * season**0.7
    cost = np.rint(mean * rng.lognormal(-0.02, 0.2, size)).astype(np.int64) + 100
    clicks = np.rint(cost / (_CENTS_PER_CLICK * rng.uniform(0.8, 1.25, size))).astype(np.int64) + 1
    orders = rng.binomial(clicks, 0.035)
    return Spend(
        day=day,
        plan=plan,
        cost=cost,
        impressions=np.rint(clicks * rng.uniform(22, 40, size)).astype(np.int64),
        clicks=clicks,
        orders=orders,
        sales=np.rint(orders * rng.uniform(9_000, 18_000, size)).astype(np.int64),
    )


def write(folder: Folder, period: Period, taobao: Spend, douyin: Spend) -> None:
    """Write one report per platform and month."""
    exported = period.epoch + period.close + 6 * HOUR
    for first, last in period.months:
        label = f"{period.date(first):%Y%m}"
        folder.append_csv(
            f"taobao/万相台_计划报表_{label}.csv",
            WANXIANGTAI,
            _wanxiangtai_lines(period, _days(taobao, first, last)),
            exported,
        )
        folder.append_csv(
            f"douyin/千川推广计划_{label}.csv",
            QIANCHUAN,
            _qianchuan_lines(period, _days(douyin, first, last)),
            exported,
        )


def _days(spend: Spend, first: int, last: int) -> Spend:
    chosen = (spend.day >= first) & (spend.day < last)
    return Spend(**{name: column[chosen] for name, column in vars(spend).items()})


def _ratio(top: Ints, bottom: Ints, places: int) -> pa.Array:
    """A non-negative ratio with ``places`` decimals; empty when it would divide by zero."""
    scale = 10**places
    value = np.rint(top / np.maximum(bottom, 1) * scale).astype(np.int64)
    fraction = joined(whole(value % scale + scale))
    text = joined(whole(value // scale), ".", sliced(fraction, 1))
    return where(bottom > 0, text)


def _wanxiangtai_lines(period: Period, spend: Spend) -> pa.Array:
    direct = spend.sales * 6 // 10
    cells: dict[str, Text] = {
        "日期": period.days_text(spend.midnight),
        "场景ID": whole(spend.plan + 371),
        "场景名字": take(pa.array(TAOBAO_SCENES), spend.plan),
        "计划ID": whole(spend.plan + 60_021_001),
        "计划名字": take(pa.array(TAOBAO_PLANS), spend.plan),
        "主体ID": whole(spend.plan + 710_000_000_001),
        "主体类型": "商品",
        "主体名称": take(pa.array(TAOBAO_PLANS), spend.plan),
        "展现量": whole(spend.impressions),
        "点击量": whole(spend.clicks),
        "花费": money(spend.cost),
        "点击率": _ratio(spend.clicks, spend.impressions, 5),
        "平均点击花费": _ratio(spend.cost, spend.clicks * 100, 4),
        "千次展现花费": _ratio(spend.cost * 10, spend.impressions, 4),
        "直接成交金额": money(direct),
        "间接成交金额": money(spend.sales - direct),
        "总成交金额": money(spend.sales),
        "总成交笔数": whole(spend.orders),
        "点击转化率": _ratio(spend.orders, spend.clicks, 5),
        "投入产出比": _ratio(spend.sales, spend.cost, 2),
        "总成交成本": _ratio(spend.cost, spend.orders * 100, 2),
        "总购物车数": whole(spend.orders * 3),
        "收藏宝贝数": whole(spend.orders * 2),
        "引导访问量": whole(spend.clicks),
        "成交人数": whole(spend.orders),
    }
    return csv_lines(WANXIANGTAI_REPORT, cells, len(spend.day))


def _qianchuan_lines(period: Period, spend: Spend) -> pa.Array:
    cells: dict[str, Text] = {
        "推广类型": "标准推广",
        "账户名称": "双环官方",
        "账户ID": "1729001234567890",
        "计划ID": whole(spend.plan + 1_790_000_000_001),
        "计划名称": take(pa.array(DOUYIN_PLANS), spend.plan),
        "抖音号ID": "69012345678",
        "抖音号名称": "双环旗舰店",
        "日期": period.days_text(spend.midnight),
        "消耗(元)": money(spend.cost, commas=True),
        "展示次数": whole(spend.impressions),
        "点击率(%)": joined(_ratio(spend.clicks * 100, spend.impressions, 2), "%"),
        "点击次数": whole(spend.clicks),
        "转化数": whole(spend.orders),
        "转化率(%)": joined(_ratio(spend.orders * 100, spend.clicks, 2), "%"),
        "转化成本(元)": where(spend.orders > 0, _ratio(spend.cost, spend.orders * 100, 2), "-"),
        "7日总支付ROI": _ratio(spend.sales, spend.cost, 2),
        "直接成交订单数": whole(spend.orders),
        "直接成交金额(元)": money(spend.sales, commas=True),
        "直接支付ROI": _ratio(spend.sales, spend.cost, 2),
        "播放数": whole(spend.impressions),
        "广告类型": "通投广告",
    }
    return csv_lines(QIANCHUAN_PLAN, cells, len(spend.day))
