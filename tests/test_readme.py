"""The README knows every command, and leads to every document; no link between documents is dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from gateway.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
ELSEWHERE = re.compile(r"[a-z]+:")


def commands(group: TyperGroup, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def table() -> set[str]:
    """Return the commands of the README's table: "actions list`, `show`" are two of one group."""
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `gateway ")]
    named = set()
    for row in rows:
        first, *others = [name.removeprefix("gateway ").split(" [")[0] for name in re.findall(r"`([^`]+)`", row)]
        named.add(first)
        group = first.rpartition(" ")[0]
        named |= {f"{group} {name}".strip() for name in others}
    return named


def links(document: Path) -> set[Path]:
    """Return the files of this project that ``document`` leads to."""
    found = LINK.findall(document.read_text(encoding="utf-8"))
    return {(document.parent / target).resolve() for target in found if not ELSEWHERE.match(target)}


def test_the_table_holds_the_commands_that_there_are() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert table() == set(commands(group))


@pytest.mark.parametrize("document", [ROOT / "README.md", *DOCUMENTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_between_documents_is_dead(document: Path) -> None:
    assert [str(target) for target in links(document) if not target.exists()] == []


def test_every_document_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ahead = {ROOT / "README.md"}
    while ahead:
        document = ahead.pop()
        reached.add(document)
        found = links(document)
        found |= {child for folder in found if folder.is_dir() for child in folder.glob("*.md")}
        ahead |= {target for target in found if target.suffix == ".md" and target.is_file()} - reached
    assert [str(document.relative_to(ROOT)) for document in DOCUMENTS if document not in reached] == []
