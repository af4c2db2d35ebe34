"""The documents name what exists: files, settings, commands, and the columns a lender's views must give."""
import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from dengta.backends.sql.tables import metadata
from dengta.settings import ROOT

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MADE_BY_RUNNING = re.compile(r"var/|models/")
MADE_UP = {"dengta/backends/core/"}  # the example of an adapter of one's own
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}
TABLES = [table for table in metadata.sorted_tables if table.name != "demo_book"]


def quoted(document: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", document.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_named_in_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", text)
    paths = {name for name in quoted(document) if name.split("/")[0] in FOLDERS and re.fullmatch(r"[\w./-]+", name)}
    named = {name for name in paths - MADE_UP if not MADE_BY_RUNNING.match(name)}
    missing = [name for name in sorted(named) if not (ROOT / name).exists()]
    missing += [link for pair in linked for link in pair if link and not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_and_commands_named_in_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    known = set(re.findall(r"^(DENGTA_\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    assert {name for name in re.findall(r"DENGTA_[A-Z_]+", text) if not name.startswith("DENGTA_TEST_")} <= known
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.M)) <= targets


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_views_of_a_lender_are_described_column_by_column(table: Table) -> None:
    text = (ROOT / "docs/connecting-a-lender.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{table.name}` \| (.+) \|$", text, re.M)
    assert row, "no row for this view"
    columns = re.findall(r"`(\w+)`([^,]*)", re.sub(r"\([^)]*\)", "", row[1]))
    assert {name: "?" in kind for name, kind in columns} == {c.name: bool(c.nullable) for c in table.columns}
