"""What happens between the steps: doubts, echoes, deadlines, and those who no longer want to know."""

from collections import defaultdict

import pytest
from whisper_fakes import CERTAIN, DOUBTED, NOISE, ScriptedModel, babble, said

from gateway.speech.engines.features import waveform
from gateway.speech.engines.whisper_batch import Batch, Utterance
from gateway.speech.interface import RecognitionHints
from gateway.speech.job import Job

LOOP = "und dann und dann " * 12


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def run(model, *jobs, most=16, decode_again=True, clock=None, stages=None):
    utterances = [Utterance(job, waveform(job.pcm), job.hints.language or job.hints.languages[0]) for job in jobs]
    measured = [] if stages is None else stages
    batch = Batch(
        model,
        utterances,
        most,
        decode_again=decode_again,
        clock=clock or Clock(),
        measure=lambda stage, _: measured.append(stage),
    )
    return batch.run()


def job(seconds=1, deadline=100.0, is_wanted=lambda: True, **hints):
    return Job(babble(seconds), RecognitionHints(**hints), deadline, is_wanted)


def steps(model):
    return [name for name, _ in model.steps]


def test_one_encoding_serves_language_and_text_and_certain_text_is_decoded_once():
    model = ScriptedModel({1: {"greedy": said("guten Tag")}})
    stages = []
    (transcript,) = run(model, job(), stages=stages)
    assert (transcript.text, transcript.language) == ("guten Tag", "de")
    assert steps(model) == ["encode", "languages", "greedy"]
    assert stages == ["encode", "language", "decode"]


def test_no_language_is_looked_for_where_all_are_known():
    model = ScriptedModel({1: {"greedy": said("buongiorno")}})
    (transcript,) = run(model, job(language="it"))
    assert (transcript.language, transcript.languages) == ("it", {"it": 1.0})
    assert steps(model) == ["encode", "greedy"]


def test_the_language_is_the_likeliest_of_those_allowed():
    model = ScriptedModel({1: {"greedy": said("ja")}}, {1: {"en": 0.9, "fr": 0.06, "de": 0.03}})
    (transcript,) = run(model, job(languages=("de", "fr")))
    assert transcript.language == "fr"
    assert transcript.languages == pytest.approx({"fr": 2 / 3, "de": 1 / 3})


def test_doubtful_text_is_searched_for_again_and_the_likelier_one_taken():
    model = ScriptedModel({1: {"greedy": said("guter Tee", DOUBTED), "beam": said("guten Tag", CERTAIN)}})
    assert run(model, job())[0].text == "guten Tag"
    model = ScriptedModel({1: {"greedy": said("guten Tag", DOUBTED), "beam": said("guter Tee", DOUBTED - 0.1)}})
    assert run(model, job())[0].text == "guten Tag"
    assert "samples" not in steps(model)


def test_only_the_doubtful_ones_of_a_batch_are_searched_for_again():
    model = ScriptedModel(
        {
            1: {"greedy": said("eins")},
            2: {"greedy": said("zwo", DOUBTED), "beam": said("zwei")},
            3: {"greedy": said("drei")},
        }
    )
    assert [each.text for each in run(model, job(1), job(2), job(3))] == ["eins", "zwei", "drei"]
    assert model.steps[-1] == ("beam", (2,))


def test_a_loop_is_left_by_samples_where_the_beam_goes_round_too():
    script = {"greedy": said(LOOP), "beam": said(LOOP), "samples": said("und dann", DOUBTED)}
    model = ScriptedModel({9: script})
    assert run(model, job(9))[0].text == "und dann"
    assert steps(model)[-3:] == ["greedy", "beam", "samples"]


def test_what_loops_in_every_attempt_is_no_text():
    model = ScriptedModel({9: {kind: said(LOOP) for kind in ("greedy", "beam", "samples")}})
    assert run(model, job(9))[0].text == ""
    assert steps(model).count("samples") == 2


@pytest.mark.parametrize(
    "text",
    [said("I don't know", NOISE), said("I don't know", DOUBTED, no_speech=0.8), said("", DOUBTED)],
)
def test_noise_and_silence_are_not_searched_for_sentences(text):
    model = ScriptedModel({1: {"greedy": text}})
    assert run(model, job())[0].text == ""
    assert steps(model)[-1] == "greedy"


def test_there_is_no_second_search_where_it_could_not_end_before_the_deadline():
    clock = Clock()
    model = ScriptedModel({1: {"greedy": said("guter Tee", DOUBTED), "beam": said("guten Tag")}})

    def work(step):
        clock.now += 1.0 if step == "greedy" else 0.0

    model.after = work
    assert run(model, job(deadline=4.9), clock=clock)[0].text == "guter Tee"
    assert "beam" not in steps(model)
    model.steps.clear()
    clock.now = 0.0
    assert run(model, job(deadline=5.1), clock=clock)[0].text == "guten Tag"


def test_nothing_is_decoded_again_where_that_is_switched_off():
    model = ScriptedModel({1: {"greedy": said("guter Tee", DOUBTED)}})
    assert run(model, job(), decode_again=False)[0].text == "guter Tee"


PROMPT = "Vorname und Nachname: Peter Müller, Ursula Schmid."


def test_a_prompt_that_is_echoed_over_noise_is_no_text():
    model = ScriptedModel({1: {"greedy": said("Peter Müller, Ursula Schmid."), "unprompted": said("I'm", NOISE)}})
    assert run(model, job(language="de", prompt=PROMPT))[0].text == ""


def test_a_name_of_the_prompt_that_was_said_stays():
    model = ScriptedModel({1: {"greedy": said("Ursula Schmid"), "unprompted": said("Ursola Schmitt")}})
    assert run(model, job(language="de", prompt=PROMPT))[0].text == "Ursula Schmid"


def test_what_was_really_said_takes_the_place_of_an_echo():
    model = ScriptedModel({1: {"greedy": said("Peter Müller"), "unprompted": said("Nein, danke.")}})
    assert run(model, job(language="de", prompt=PROMPT))[0].text == "Nein, danke."


def test_other_text_after_a_prompt_is_decoded_once():
    model = ScriptedModel({1: {"greedy": said("Anna Keller")}})
    assert run(model, job(language="de", prompt=PROMPT))[0].text == "Anna Keller"
    assert steps(model) == ["encode", "greedy"]


class Caller:
    """Wants to know until ``step`` is done."""

    def __init__(self, model, step):
        self.wanted = True
        before = model.after

        def after(name):
            before(name)
            if name == step:
                self.wanted = False

        model.after = after

    def __call__(self):
        return self.wanted


SCRIPT = {
    1: {"greedy": said("eins", DOUBTED), "beam": said("eins")},
    2: {"greedy": said("zwo", DOUBTED), "beam": said("zwei")},
}


@pytest.mark.parametrize("until", ["encode", "languages", "greedy", "beam"])
def test_the_engine_is_free_at_the_next_step_when_all_have_gone_on(until):
    model = ScriptedModel(SCRIPT)
    gone = Caller(model, until)
    run(model, job(1, is_wanted=gone, word_times=True), job(2, is_wanted=gone, word_times=True))
    order = ["encode", "languages", "greedy", "beam", "align de"]
    assert steps(model) == order[: order.index(until) + 1]


def test_those_who_have_gone_on_are_left_out_of_the_next_steps():
    model = ScriptedModel(SCRIPT)
    gone = Caller(model, "encode")
    transcripts = run(model, job(1, is_wanted=gone), job(2))
    assert transcripts[1].text == "zwei"
    assert model.steps[1:] == [("languages", (1, 2)), ("greedy", (2,)), ("beam", (2,))]


def test_nothing_is_even_encoded_for_those_who_went_on_while_it_waited():
    model = ScriptedModel(SCRIPT)
    (transcript,) = run(model, job(1, is_wanted=lambda: False))
    assert (transcript.text, model.steps) == ("", [])


def test_no_more_than_what_fits_is_encoded_together_and_each_gets_its_own_text():
    model = ScriptedModel({number: {"greedy": said(f"nummer {number}")} for number in range(1, 6)})
    transcripts = run(model, *(job(number) for number in range(1, 6)), most=2)
    assert [each.text for each in transcripts] == [f"nummer {number}" for number in range(1, 6)]
    assert [rows for name, rows in model.steps if name == "encode"] == [(1, 2), (3, 4), (5,)]


def test_words_have_times_only_where_they_are_asked_for_and_in_their_language():
    model = ScriptedModel(
        {1: {"greedy": said("guten Tag")}, 2: {"greedy": said("bonne journée")}, 3: {"greedy": said("ciao ciao")}},
        {2: {"fr": 1.0}, 3: {"it": 1.0}},
    )
    german, french, italian = run(model, job(1, word_times=True), job(2), job(3, word_times=True))
    assert [word.text for word in german.words] == ["w0", "w1"]
    assert (french.words, len(italian.words)) == ((), 2)
    assert [step for step in model.steps if step[0].startswith("align")] == [("align de", (1,)), ("align it", (3,))]


def test_words_of_the_second_window_count_from_the_beginning_of_the_utterance():
    model = ScriptedModel(defaultdict(lambda: {"greedy": said("ein Stück")}))
    (transcript,) = run(model, job(40, language="de", word_times=True))
    assert transcript.text == "ein Stück ein Stück"
    starts = [word.start_ms for word in transcript.words]
    assert starts == sorted(starts)
    assert starts[0] < 1000
    assert starts[2] > 20_000


def test_what_was_made_up_has_no_words():
    model = ScriptedModel({1: {"greedy": said("Untertitel der Amara.org-Community")}})
    (transcript,) = run(model, job(1, word_times=True))
    assert (transcript.text, transcript.words) == ("", ())
    assert "align de" not in steps(model)
