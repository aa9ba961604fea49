"""Documents agree with the code, and with themselves."""

import re
from pathlib import Path

import pytest

from orchestration.docs import FOLDER, pages
from orchestration.settings import KNOWN

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("name", pages())
def test_made_pages_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run: make docs"


def test_the_readme_lists_every_setting() -> None:
    listed = set(
        re.findall(
            r"^\| `DOUBLELOOP_(\w+)` \|",
            (ROOT / "README.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    assert listed == set(KNOWN)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(document: Path) -> None:
    links = re.findall(
        r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")
    )
    assert not [link for link in links if not (document.parent / link).exists()]


def test_make_help_and_readme_name_the_same_targets() -> None:
    targets = set(
        re.findall(
            r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named - {"help"} <= targets
