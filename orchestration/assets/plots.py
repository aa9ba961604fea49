"""Pictures for the run's metadata: RFM grid, lift of a lookalike, lifecycle flows, bars.

Belongs here: drawing of frames that are ready. No reading, no arithmetic beyond what a scale needs.
Labels are English: a server need not have a font for Chinese, and a box is worse than a code.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd
from numpy.typing import NDArray

INK = "#1f2933"
QUIET = "#8a94a0"
STRONG = "#0b6e99"
WARM = "#c8553d"
SCORES = (1, 2, 3, 4, 5)
# Chinese names of the eight segments -> the code of high and low (R, F, M).
CODES: Mapping[str, str] = {
    "重要价值": "111", "重要发展": "101", "重要保持": "011", "重要挽留": "001",
    "一般价值": "110", "一般发展": "100", "一般保持": "010", "一般挽留": "000",
}  # fmt: skip


def rfm_grid(frame: pd.DataFrame) -> bytes:
    """PNG: people per recency x frequency score, the segment's name and mean money in each cell.

    ``frame``: r_score, f_score, monetary, rfm_segment; one row per person.
    """

    def draw(axes: Any) -> None:
        cells = frame.groupby(["r_score", "f_score"])
        people, money = _grid(cells.size()), _grid(cells["monetary"].mean())
        names = {
            key: _latin(str(name)).replace("_", " ")
            for key, name in cells["rfm_segment"].first().items()
        }
        axes.imshow(people, cmap="Blues", origin="lower", aspect="auto", vmin=0.0)
        for row, column in product(range(5), range(5)):
            count = int(people[row, column])
            name = names.get((row + 1, column + 1), "")
            text = f"{name}\n{count:,} people\nmean {money[row, column]:,.0f}" if count else "0"
            shade = "white" if count > 0.6 * people.max() else INK if count else QUIET
            axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=8)
        axes.set_xticks(range(5), [str(score) for score in SCORES])
        axes.set_yticks(range(5), [str(score) for score in SCORES])
        axes.set_xlabel("frequency score (5 buys most often)")
        axes.set_ylabel("recency score (5 bought last)")
        axes.set_title(f"RFM: {len(frame):,} people", loc="left")

    return _png(draw, (9.0, 5.6))


def lift_curve(
    evaluations: pd.DataFrame, engine: str | None = None, title: str = "Lookalike"
) -> bytes:
    """PNG: lift by tier with its 95 % interval for ``engine``, the other engines as quiet lines.

    ``evaluations``: engine, tier, auc, lift, lift_low, lift_high, tiers in order. Default engine:
    the one with the highest AUC.
    """
    chosen = engine or str(
        evaluations.sort_values(["auc", "engine"], ascending=[False, True])["engine"].iloc[0]
    )

    def draw(axes: Any) -> None:
        tiers = list(dict.fromkeys(evaluations["tier"]))
        positions = range(len(tiers))
        highest_other = 0.0
        for name, rows in evaluations.groupby("engine", sort=True):
            values = rows.set_index("tier")["lift"].reindex(tiers)
            if name == chosen:
                continue
            highest_other = max(highest_other, float(values.max()))
            axes.plot(
                positions, values, color=QUIET, linewidth=0.9, alpha=0.6, label="other engines"
            )
        own = evaluations[evaluations["engine"] == chosen].set_index("tier").reindex(tiers)
        spread = [own["lift"] - own["lift_low"], own["lift_high"] - own["lift"]]
        axes.errorbar(
            positions,
            own["lift"],
            yerr=spread,
            color=STRONG,
            marker="o",
            capsize=4,
            linewidth=2,
            label=f"{chosen}, 95 %",
        )
        for position, value in zip(positions, own["lift"], strict=True):
            axes.annotate(
                f"{value:.1f}",
                (position, value),
                xytext=(8, 6),
                textcoords="offset points",
                color=STRONG,
            )
        axes.axhline(1.0, color=WARM, linewidth=1, linestyle="--", label="chance")
        axes.set_xticks(list(positions), [str(tier) for tier in tiers])
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("tier (nested)")
        axes.set_ylabel("lift over chance, held-out seed")
        axes.set_title(f"{_latin(title)}: AUC {own['auc'].iloc[0]:.3f}", loc="left")
        handles, labels = axes.get_legend_handles_labels()
        unique = dict(zip(labels, handles, strict=True))
        axes.legend(unique.values(), unique.keys(), frameon=False, fontsize=8)

    return _png(draw, (7.0, 4.2))


def lifecycle_flow(flows: pd.DataFrame) -> bytes:
    """PNG: people from stage (rows) to stage (columns); ``from_stage``, ``to_stage``, ``people``."""
    return flow_map(flows, "from_stage", "to_stage", _STAGES, "Lifecycle flows")


def flow_map(flows: pd.DataFrame, start: str, end: str, order: Sequence[str], title: str) -> bytes:
    """PNG: heat map of ``people`` from ``start`` (rows) to ``end`` (columns), names in ``order``."""
    found = {*flows[start], *flows[end]}
    names = [name for name in order if name in found]
    names += sorted(found - set(order))

    def draw(axes: Any) -> None:
        table = flows.pivot_table(index=start, columns=end, values="people", aggfunc="sum")
        table = table.reindex(index=names, columns=names).fillna(0.0)
        share = table.div(table.sum(axis=1).replace(0.0, 1.0), axis=0)
        cells, shades = table.to_numpy(), share.to_numpy()
        if len(names):
            axes.imshow(shades, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
        for row, column in product(range(len(names)), repeat=2):
            people = int(cells[row, column])
            if people:
                dark = shades[row, column] > 0.55
                axes.text(
                    column,
                    row,
                    f"{people:,}",
                    ha="center",
                    va="center",
                    color="white" if dark else INK,
                    fontsize=8,
                )
        labels = [_latin(str(name)).replace("_", " ") for name in names]
        axes.set_xticks(range(len(names)), labels, rotation=35, ha="right")
        axes.set_yticks(range(len(names)), labels)
        axes.set_xlabel("to")
        axes.set_ylabel("from")
        moved = int(table.to_numpy().sum())
        axes.set_title(
            f"{_latin(title)}: {moved:,} people, shade is the share of the row", loc="left"
        )

    return _png(draw, (8.4, 5.6))


def bars(labels: Sequence[str], values: Sequence[float], title: str, unit: str = "") -> bytes:
    """PNG: horizontal bars, the first label on top."""

    def draw(axes: Any) -> None:
        shown = [_latin(str(label)).replace("_", " ") for label in labels]
        axes.barh(range(len(shown)), list(values), color=STRONG, height=0.62)
        axes.set_yticks(range(len(shown)), shown)
        axes.invert_yaxis()
        for position, value in enumerate(values):
            text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
            axes.annotate(f" {text}{unit}", (value, position), va="center", color=INK, fontsize=8)
        axes.margins(x=0.15)
        axes.set_title(_latin(title), loc="left")

    return _png(draw, (7.4, 1.2 + 0.36 * max(len(labels), 1)))


def precision_and_recall(groups: pd.DataFrame, title: str) -> bytes:
    """PNG: two points per row; ``label``, ``precision``, ``recall`` (0 to 1), the first row on top."""

    def draw(axes: Any) -> None:
        places = range(len(groups))
        for name, color in (("precision", STRONG), ("recall", WARM)):
            axes.scatter(groups[name], places, color=color, label=name, s=34, zorder=3)
        axes.set_yticks(places, [_latin(str(label)) for label in groups["label"]])
        axes.invert_yaxis()
        axes.set_xlim(-0.02, 1.02)
        axes.grid(axis="x", color=INK, alpha=0.15)
        axes.legend(loc="lower left", frameon=False, fontsize=8)
        axes.set_title(_latin(title), loc="left")

    return _png(draw, (7.4, 1.4 + 0.3 * max(len(groups), 1)))


def difference_bars(features: pd.DataFrame, title: str, count: int = 10) -> bytes:
    """PNG: how the seed differs from the base; ``feature``, ``standardised_difference``, largest first."""
    top = features.head(count)

    def draw(axes: Any) -> None:
        values = top["standardised_difference"].to_list()
        axes.barh(
            range(len(values)),
            values,
            color=[STRONG if value > 0 else WARM for value in values],
            height=0.62,
        )
        axes.set_yticks(range(len(values)), [_latin(str(name)) for name in top["feature"]])
        axes.invert_yaxis()
        axes.axvline(0.0, color=INK, linewidth=0.8)
        axes.set_xlabel("difference of seed and base, standard deviations")
        axes.set_title(_latin(title), loc="left")

    return _png(draw, (7.4, 1.4 + 0.34 * max(len(top), 1)))


def _png(draw: Callable[[Any], None], size: tuple[float, float]) -> bytes:
    # A Figure of its own, not pyplot: nothing global, and safe in any thread.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=110, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    draw(axes)
    axes.title.set_fontsize(11)
    buffer = io.BytesIO()
    # Without a date and a version the same data gives the same bytes.
    canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _grid(values: pd.Series) -> NDArray[Any]:
    """5 x 5, recency down, frequency across; 0 where nobody is."""
    cells = pd.MultiIndex.from_product([SCORES, SCORES])
    return values.astype("float64").reindex(cells).fillna(0.0).to_numpy().reshape(5, 5)


def _latin(text: str) -> str:
    """Segment codes for Chinese segment names; other text that no basic font has becomes ``?``."""
    for name, code in CODES.items():
        text = text.replace(name, code)
    return text.encode("latin-1", errors="replace").decode("latin-1")


_STAGES = (
    "not_known",
    "potential",
    "new_visitor",
    "new_customer",
    "active",
    "loyal",
    "sleeping",
    "churn_warning",
    "lost",
)
