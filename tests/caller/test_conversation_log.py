from hypothesis import given
from hypothesis import strategies as st

from gateway.caller.conversation_log import ConversationLine, ConversationLog, Speaker, format_line


def test_a_line_is_printed_with_its_time_and_speaker():
    assert format_line(ConversationLine(3_249, Speaker.OTHER_SIDE, "Guten Tag")) == "00:03.2  gateway  Guten Tag"
    assert format_line(ConversationLine(754_000, Speaker.CALLER, "Ja")) == "12:34.0  caller   Ja"


def test_an_open_line_holds_back_what_came_after_it():
    printed: list[str] = []
    log = ConversationLog(lambda line: printed.append(line.text))
    greeting = log.open(100, Speaker.OTHER_SIDE)
    log.add(3000, Speaker.CALLER, "Guten Tag")
    assert printed == []
    log.close(greeting, "Praxis Beispiel")
    assert printed == ["Praxis Beispiel", "Guten Tag"]


@given(st.permutations(range(6)))
def test_lines_come_in_the_order_in_which_they_began_whenever_they_are_known(order):
    printed: list[int] = []
    log = ConversationLog(lambda line: printed.append(line.at_ms))
    numbers = [log.open(at, Speaker.OTHER_SIDE) for at in range(6)]
    for index in order:
        log.close(numbers[index], "x")
    assert printed == list(range(6))
    assert [line.at_ms for line in log.lines] == printed
