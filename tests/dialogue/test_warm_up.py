import datetime as dt
from pathlib import Path

from gateway.dialogue.warm_up import _TURNS, warm_up
from gateway.language import LANGUAGES
from gateway.practice.loader import load_profile

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")


def test_every_language_has_turns_to_warm_up_with() -> None:
    assert set(_TURNS) == set(LANGUAGES)


def test_warming_up_reads_patterns_that_a_first_caller_would_have_waited_for() -> None:
    from gateway.dialogue.patterns import _compile

    _compile.cache_clear()
    warm_up(PROFILE, dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC))
    assert _compile.cache_info().currsize > 100
