"""The page's texts: all of them, in four languages, and which language a browser gets."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter

import pytest
import yaml

from gateway.actions.kinds import ActionKind
from gateway.language import LANGUAGES
from gateway.records.model import ActionStatus
from gateway.web.wording import preferred_language, wording

USED = re.compile(r"""\b(?:t|words)\(\s*["']([a-z_]+\.[a-z_]+)["']""")


def texts(language: str) -> dict[str, str]:
    raw = yaml.safe_load(files("gateway.web.wording").joinpath(f"{language}.yaml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": text for section, entries in raw.items() for key, text in entries.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_values(language):
    german, own = texts("de"), texts(language)
    assert own.keys() == german.keys()
    for name, text in own.items():
        assert isinstance(text, str), name
        assert text.strip(), name
        values = {value for _, value, _, _ in Formatter().parse(text) if value is not None}
        assert values == {value for _, value, _, _ in Formatter().parse(german[name]) if value is not None}, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_spelling_is_swiss(language):
    assert not [name for name, text in texts(language).items() if "ß" in text]


def test_everything_that_the_pages_say_is_worded():
    used = set()
    for folder in ("gateway.web", "gateway.web.templates"):
        package, _, inside = folder.partition(".web")
        root = files(f"{package}.web").joinpath(inside.strip(".")) if inside else files(folder)
        for path in root.iterdir():
            if path.name.endswith((".py", ".html")):
                used |= set(USED.findall(path.read_text(encoding="utf-8")))
    assert len(used) > 60
    assert not used - texts("de").keys()


def test_every_kind_and_state_of_an_action_is_worded():
    german = texts("de")
    assert not {f"kind.{kind}" for kind in ActionKind} - german.keys()
    assert not {f"delivery.{state}" for state in ActionStatus} - german.keys()


def test_a_text_that_there_is_not_is_a_fault():
    with pytest.raises(KeyError):
        wording("de")("page.nonsense")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("IT", "it"),
        ("en;q=0.2, it;q=0.9", "it"),
        ("es, pt;q=0.9", "fr"),
        ("", "fr"),
        ("de;q=0", "fr"),
        ("de;q=much, en;q=0.1", "en"),
        (";;,,=;q=", "fr"),
        ("rm-CH, it-CH;q=0.8, de;q=0.7", "it"),
    ],
)
def test_the_language_is_the_first_of_ours_that_the_browser_asks_for(accepted, language):
    assert preferred_language(accepted, "fr") == language
