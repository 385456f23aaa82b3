"""What was said, what of it was heard, and that the voice stops at once."""

import asyncio

import pytest
from conversation_fakes import FakeLeg, FakeSynthesiser, until

from gateway.conversation.speaker import Utterance, words_heard
from gateway.media.leg import Heard, PlaybackOutcome


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        (Heard(PlaybackOutcome.FINISHED, 0, 800, 800), "eins zwei drei vier"),
        (Heard(PlaybackOutcome.BARGE_IN, 0, 400, 800), "eins zwei"),
        (Heard(PlaybackOutcome.BARGE_IN, None, 0, 0), ""),
        (Heard(PlaybackOutcome.STOPPED, 0, 0, 800), ""),
        (Heard(PlaybackOutcome.LINE_LOST, 0, 800, 800), "eins zwei drei vier"),
    ],
)
def test_the_words_heard_follow_the_samples_sent(heard: Heard, words: str) -> None:
    assert words_heard("eins zwei drei vier", heard) == words


async def test_all_sentences_are_spoken_in_order() -> None:
    leg, synthesiser = FakeLeg(), FakeSynthesiser()
    spoken = await Utterance(leg, synthesiser, ["Guten Tag.", "Wie geht es?"], "de").say()
    assert synthesiser.said == ["Guten Tag.", "Wie geht es?"]
    assert spoken.complete
    assert spoken.heard_text == "Guten Tag. Wie geht es?"
    assert (spoken.start, spoken.end) == (0, 4000)
    assert spoken.unheard == ()


async def test_after_a_barge_in_the_rest_is_neither_synthesised_nor_heard() -> None:
    leg, synthesiser = FakeLeg(), FakeSynthesiser()
    leg.hold = True
    saying = asyncio.create_task(Utterance(leg, synthesiser, ["Eins zwei drei vier.", "Fünf.", "Sechs."], "de").say())
    await until(lambda: len(leg.playbacks) == 2)
    leg.playbacks[0].end(PlaybackOutcome.BARGE_IN, 0.5)
    leg.playbacks[1].end(PlaybackOutcome.BARGE_IN, 0.0)
    spoken = await saying
    assert spoken.outcome is PlaybackOutcome.BARGE_IN
    assert spoken.heard_text == "Eins zwei"
    assert spoken.unheard == ("Eins zwei drei vier.", "Fünf.", "Sechs.")
    assert synthesiser.said == ["Eins zwei drei vier.", "Fünf."]


async def test_the_announcement_cannot_be_interrupted_but_the_question_after_it_can() -> None:
    leg = FakeLeg()
    await Utterance(leg, FakeSynthesiser(), ["Grüezi.", "Wir nehmen auf.", "Was kann ich tun?"], "de").say(protected=2)
    assert [playback.barge_in for playback in leg.playbacks] == [False, False, True]


async def test_stop_ends_the_utterance_at_once() -> None:
    leg = FakeLeg()
    leg.hold = True
    utterance = Utterance(leg, FakeSynthesiser(), ["Eins zwei.", "Drei."], "de")
    saying = asyncio.create_task(utterance.say())
    await until(lambda: len(leg.playbacks) == 2)
    await utterance.stop()
    spoken = await saying
    assert spoken.outcome is PlaybackOutcome.STOPPED
    assert spoken.heard_text.startswith("Eins")
    assert spoken.unheard == ("Eins zwei.", "Drei.")


async def test_a_sentence_that_cannot_be_synthesised_does_not_end_the_others() -> None:
    leg, synthesiser = FakeLeg(), FakeSynthesiser()
    synthesiser.fails = True
    spoken = await Utterance(leg, synthesiser, ["Eins.", "Zwei."], "de").say()
    assert len(leg.playbacks) == 2
    assert spoken.complete
    assert spoken.heard_text == ""
