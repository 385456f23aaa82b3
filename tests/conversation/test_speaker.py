"""What was said, what of it was heard, and that the voice stops at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import numpy as np
import pytest
from conversation_fakes import FakeLeg, FakeSynthesiser, until

from gateway.audio import Pcm
from gateway.conversation import speaker
from gateway.conversation.speaker import Utterance
from gateway.conversation.spoken import words_heard
from gateway.language import Language
from gateway.media.leg import Heard, PlaybackOutcome
from gateway.speech.interface import SpeechError


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


class Voice(FakeSynthesiser):
    """Fails at the sentences in ``broken``, each as often as it says there, after ``words`` words."""

    def __init__(self, broken: dict[str, int], words: int = 0) -> None:
        super().__init__()
        self._broken = broken
        self._words = words

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        failing = self._broken.get(text, 0) > 0
        self._broken[text] = self._broken.get(text, 0) - 1
        self.said.append(text)
        for index, _ in enumerate(text.split()):
            if failing and index == self._words:
                raise SpeechError("no voice")
            yield Pcm(np.ones(800, np.int16), 8000)


async def test_a_sentence_that_cannot_be_synthesised_does_not_end_the_others_and_does_not_count_as_heard() -> None:
    leg, voice = FakeLeg(), Voice({"Zwei.": 9})
    spoken = await Utterance(leg, voice, ["Eins.", "Zwei.", "Drei."], "de").say()
    assert voice.said == ["Eins.", "Zwei.", "Drei."]
    assert spoken.complete
    assert spoken.heard_text == "Eins. Drei."
    assert spoken.sentences_heard == 1
    assert spoken.unheard == ("Zwei.", "Drei.")
    assert not spoken.voiceless


async def test_a_sentence_whose_synthesis_breaks_off_is_said_once_more_from_its_beginning() -> None:
    leg, voice = FakeLeg(), Voice({"Am Dienstag um zehn Uhr.": 1}, words=2)
    spoken = await Utterance(leg, voice, ["Am Dienstag um zehn Uhr.", "Stimmt das?"], "de").say()
    assert voice.said == ["Am Dienstag um zehn Uhr.", "Am Dienstag um zehn Uhr.", "Stimmt das?"]
    assert spoken.sentences_heard == 2
    assert spoken.heard_text == "Am Dienstag um zehn Uhr. Stimmt das?"


async def test_a_sentence_whose_synthesis_breaks_off_twice_is_not_taken_as_heard() -> None:
    leg, voice = FakeLeg(), Voice({"Am Dienstag um zehn Uhr bei Doktor Meier.": 9}, words=5)
    spoken = await Utterance(
        leg, voice, ["Gut.", "Am Dienstag um zehn Uhr bei Doktor Meier.", "Stimmt das?"], "de"
    ).say()
    assert voice.said.count("Am Dienstag um zehn Uhr bei Doktor Meier.") == 2
    assert spoken.sentences_heard == 1
    assert spoken.heard_text == "Gut. Am Stimmt das?", "half a second of speech is a word"


async def test_a_caller_to_whom_nothing_can_be_said_hears_a_tone_and_that_is_told() -> None:
    leg, voice = FakeLeg(), FakeSynthesiser()
    voice.fails = True
    spoken = await Utterance(leg, voice, ["Eins.", "Zwei."], "de").say()
    assert spoken.voiceless
    assert spoken.sentences_heard == 0
    assert spoken.heard_text == ""
    assert len(leg.playbacks) == 3
    assert leg.playbacks[-1].samples > 2 * 8000


async def come(*sentences: str, then: Awaitable[object] | None = None) -> AsyncIterator[str]:
    for sentence in sentences:
        yield sentence
    if then is not None:
        await then


async def test_sentences_are_said_as_they_come() -> None:
    leg, voice = FakeLeg(), FakeSynthesiser()
    leg.hold = True
    more: asyncio.Queue[str] = asyncio.Queue()

    async def source() -> AsyncIterator[str]:
        while (sentence := await more.get()) != "":
            yield sentence

    saying = asyncio.create_task(Utterance(leg, voice, source(), "de").say())
    for number, sentence in enumerate(("Eins.", "Zwei.", "Drei."), start=1):
        more.put_nowait(sentence)
        await until(lambda number=number: len(leg.playbacks) == number)
        leg.playbacks[-1].end()
    more.put_nowait("")
    spoken = await saying
    assert spoken.complete
    assert spoken.text == spoken.heard_text == "Eins. Zwei. Drei."
    assert spoken.sentences_heard == 3


async def test_only_one_sentence_is_synthesised_ahead_however_many_have_come() -> None:
    leg, voice = FakeLeg(), FakeSynthesiser()
    leg.hold = True
    saying = asyncio.create_task(Utterance(leg, voice, come("Eins.", "Zwei.", "Drei.", "Vier."), "de").say())
    await until(lambda: len(leg.playbacks) == 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert voice.said == ["Eins.", "Zwei."]
    leg.playbacks[0].end(PlaybackOutcome.BARGE_IN, 0.0)
    leg.playbacks[1].end(PlaybackOutcome.BARGE_IN, 0.0)
    spoken = await saying
    assert spoken.unheard == ("Eins.", "Zwei.", "Drei.", "Vier.")


async def test_an_interruption_ends_the_wait_for_a_sentence_that_does_not_come_and_closes_its_source() -> None:
    leg = FakeLeg()
    leg.hold = True
    closed = asyncio.Event()

    async def source() -> AsyncIterator[str]:
        try:
            yield "Eins zwei."
            await asyncio.Event().wait()
        finally:
            closed.set()

    saying = asyncio.create_task(Utterance(leg, FakeSynthesiser(), source(), "de").say())
    await until(lambda: len(leg.playbacks) == 1)
    leg.playbacks[0].end(PlaybackOutcome.BARGE_IN, 0.5)
    spoken = await saying
    assert spoken.outcome is PlaybackOutcome.BARGE_IN
    assert spoken.heard_text == "Eins"
    assert closed.is_set()


async def test_stop_ends_the_wait_for_the_first_sentence_at_once() -> None:
    leg = FakeLeg()
    utterance = Utterance(leg, FakeSynthesiser(), come(then=asyncio.Event().wait()), "de")
    saying = asyncio.create_task(utterance.say())
    await asyncio.sleep(0)
    await utterance.stop()
    spoken = await asyncio.wait_for(saying, 1)
    assert (spoken.text, spoken.start, spoken.unheard) == ("", None, ())
    assert leg.playbacks == []


async def test_a_source_that_falls_silent_ends_the_speech_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker, "SENTENCE_WITHIN_S", 0.02)
    leg = FakeLeg()
    spoken = await Utterance(leg, FakeSynthesiser(), come("Eins.", then=asyncio.Event().wait()), "de").say()
    assert spoken.complete
    assert spoken.heard_text == "Eins."


async def test_the_error_of_a_source_is_raised_once_what_came_before_it_was_heard() -> None:
    leg = FakeLeg()
    leg.hold = True
    fails = asyncio.get_running_loop().create_future()
    fails.set_exception(ValueError("rubbish"))
    saying = asyncio.create_task(Utterance(leg, FakeSynthesiser(), come("Eins.", then=fails), "de").say())
    await until(lambda: len(leg.playbacks) == 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not saying.done()
    leg.playbacks[0].end()
    with pytest.raises(ValueError, match="rubbish"):
        await saying


async def test_a_stop_while_a_sentence_is_being_handed_over_stops_that_one_too() -> None:
    leg = FakeLeg()
    leg.hold = True
    handing = asyncio.Event()

    class Slow(FakeSynthesiser):
        async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
            handing.set()
            await asyncio.sleep(0)
            yield Pcm(np.ones(800, np.int16), 8000)

    utterance = Utterance(leg, Slow(), ["Eins zwei."], "de")
    saying = asyncio.create_task(utterance.say())
    await handing.wait()
    await utterance.stop()
    spoken = await asyncio.wait_for(saying, 1)
    assert spoken.outcome is PlaybackOutcome.STOPPED
    assert spoken.sentences_heard == 0


LONG = "Wir haben von Montag bis Freitag geöffnet, am Samstag nur nach Vereinbarung, und am Sonntag nie."


@pytest.mark.parametrize(
    ("sentence", "share", "resumed"),
    [
        ("Was kann ich für Sie tun?", 0.9, "Was kann ich für Sie tun?"),
        (LONG, 0.2, LONG),
        (LONG, 0.5, "am Samstag nur nach Vereinbarung, und am Sonntag nie."),
        (LONG, 0.8, "und am Sonntag nie."),
        (LONG.replace("Montag", "8"), 0.8, LONG.replace("Montag", "8")),
    ],
)
async def test_after_a_false_alarm_a_long_sentence_is_gone_on_with_from_its_last_phrase(
    sentence: str, share: float, resumed: str
) -> None:
    leg = FakeLeg()
    leg.hold = True
    saying = asyncio.create_task(Utterance(leg, FakeSynthesiser(), ["Ja.", sentence, "Danke."], "de").say())
    await until(lambda: len(leg.playbacks) == 2)
    leg.playbacks[0].end()
    await until(lambda: len(leg.playbacks) == 3)
    leg.playbacks[1].end(PlaybackOutcome.BARGE_IN, share)
    leg.playbacks[2].end(PlaybackOutcome.BARGE_IN, 0.0)
    spoken = await saying
    assert spoken.sentences_heard == 1
    assert spoken.unheard == (sentence, "Danke.")
    assert spoken.resume == (resumed, "Danke.")
