"""What is said of a tick that takes too long."""

from __future__ import annotations

import threading

from gateway.media.worker.tick_watchdog import TickWatchdog


def busy_place(watchdog: TickWatchdog, began: float, look_at: float) -> None:
    """Begin a tick on a thread of its own and let this one look at it meanwhile."""
    began_tick, looked = threading.Event(), threading.Event()

    def clock_thread() -> None:
        watchdog.tick_begins(began)
        began_tick.set()
        looked.wait(10)

    thread = threading.Thread(target=clock_thread, name="media clock")
    thread.start()
    began_tick.wait(10)
    watchdog.look(look_at)
    looked.set()
    thread.join()


def test_a_stall_is_told_with_the_place_where_the_clock_was() -> None:
    told: list[str] = []
    watchdog = TickWatchdog(told.append)
    busy_place(watchdog, 10.0, 10.05)
    watchdog.tick_ends(10.25)
    (sentence,) = told
    assert sentence.startswith("a tick took 250 ms; it was in ")
    assert "threading.wait" in sentence


def test_a_stall_that_no_thread_could_look_into_is_told_too() -> None:
    told: list[str] = []
    watchdog = TickWatchdog(told.append)
    busy_place(watchdog, 10.0, 10.05)
    watchdog.tick_ends(10.09)
    watchdog.tick_begins(11.0)
    watchdog.tick_ends(11.3)
    assert told == ["a tick took 300 ms; it was in a place that no other thread could see"]


def test_ticks_of_usual_length_are_not_told() -> None:
    told: list[str] = []
    watchdog = TickWatchdog(told.append)
    for number in range(100):
        watchdog.tick_begins(number)
        watchdog.look(number + 0.09)
        watchdog.tick_ends(number + 0.09)
        watchdog.overslept(number + 0.5, 0.09)
    assert told == []


def test_many_stalls_are_told_once_in_ten_seconds_with_their_number() -> None:
    told: list[str] = []
    watchdog = TickWatchdog(told.append)
    for number in range(25):
        watchdog.overslept(float(number), 0.2)
    assert told == [
        "the clock was not run for 200 ms: the machine had no time for it",
        "the clock was not run for 200 ms: the machine had no time for it (9 more since the last report)",
        "the clock was not run for 200 ms: the machine had no time for it (9 more since the last report)",
    ]


def test_the_watching_thread_looks_by_itself_and_ends() -> None:
    told: list[str] = []
    now = [0.0]
    looked = threading.Event()

    def clock() -> float:
        looked.set()
        return now[0]

    watchdog = TickWatchdog(told.append, clock)
    watchdog.tick_begins(0.0)
    now[0] = 1.0
    watchdog.start()
    assert looked.wait(10)
    watchdog.stop()
    watchdog.tick_ends(1.0)
    assert told[0].startswith("a tick took 1000 ms; it was in ")
    assert watchdog.native_id is not None
