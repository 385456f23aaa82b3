"""Named points in time."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.conversation.deadlines import Deadlines


def test_the_earliest_comes_first_and_each_comes_once() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("late", 3.0)
    deadlines.set("early", 1.0)
    assert deadlines.next == 1.0
    assert list(deadlines.due(0.9)) == []
    assert list(deadlines.due(3.0)) == ["early", "late"]
    assert deadlines.next is None


def test_what_is_cleared_or_set_anew_does_not_come_at_its_old_time() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("moved", 1.0)
    deadlines.set("moved", 5.0)
    deadlines.set("cleared", 1.0)
    deadlines.clear("cleared", "never set")
    assert "cleared" not in deadlines
    assert list(deadlines.due(4.0)) == []
    assert list(deadlines.due(5.0)) == ["moved"]


def test_what_is_set_while_the_due_ones_are_handled_comes_in_its_time() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("first", 1.0)
    handled = []
    for name in deadlines.due(2.0):
        handled.append(name)
        if name == "first":
            deadlines.set("second", 1.5)
            deadlines.set("third", 2.5)
    assert handled == ["first", "second"]
    assert deadlines.next == 2.5


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 100)), st.floats(0, 100))
def test_what_is_due_is_what_was_set_up_to_now_in_order(times: dict[str, float], now: float) -> None:
    deadlines: Deadlines[str] = Deadlines()
    for name, at in times.items():
        deadlines.set(name, at)
    due = list(deadlines.due(now))
    assert sorted(due) == sorted(name for name, at in times.items() if at <= now)
    assert [times[name] for name in due] == sorted(times[name] for name in due)
