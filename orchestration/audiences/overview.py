"""All audiences at a glance, for documents and terminals."""

from __future__ import annotations

from orchestration.audiences.explaining import explain_audience
from orchestration.audiences.loading import AudienceSet


def describe(audiences: AudienceSet) -> str:
    """A Markdown table of all audiences, the highest priority first (ties: by name)."""
    rows = [
        "| audience | title | goal | loop | owner | priority | channels | who |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for item in sorted(audiences, key=lambda audience: (-audience.priority, audience.name)):
        channels = "all" if item.channels is None else ", ".join(item.channels) or "none"
        cells = (
            *(f"`{item.name}`", item.title, item.goal, item.loop, item.owner, str(item.priority)),
            *(channels, explain_audience(item)),
        )
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)
