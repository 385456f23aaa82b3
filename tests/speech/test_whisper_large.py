"""The real engine over a model of large-v3's shape, with cards whose memory runs out."""

import threading

import pytest
from whisper_fakes import CardLoader, babble, write_small_model

from gateway.speech.engines.batch_limit import FIRST_REST_S
from gateway.speech.engines.devices import Device
from gateway.speech.engines.whisper import WhisperEngine
from gateway.speech.engines.whisper_model import NoWhisperModel
from gateway.speech.engines.whisper_options import GPU_BATCH, WhisperOptions
from gateway.speech.interface import RecognitionHints, SpeechUnavailable
from gateway.speech.job import Job

pytestmark = pytest.mark.models

CARD = Device("cuda", 0)
CARDS = (CARD, Device("cuda", 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_small_model(tmp_path_factory.mktemp("large-v3-shape"))


def on_cards(folder, loader, cards=(CARD,), **more):
    options = WhisperOptions(largest_batch=8, decode_again=False, threads=1)
    return WhisperEngine(folder, options, devices=cards, compute_type=lambda *_: "int8_float16", load=loader, **more)


def jobs(count, seconds=0.5):
    return [Job(babble(seconds, seed), RecognitionHints(language="de")) for seed in range(count)]


def test_a_model_with_128_bands_is_recognised_by_itself_and_works_on_the_cpu(folder):
    engine = WhisperEngine(folder, WhisperOptions(device="cpu", threads=1))
    engine.warm_up()
    (transcript,) = engine.recognise([Job(babble(0.5), RecognitionHints(word_times=True))])
    assert set(transcript.languages) == {"de", "fr", "it", "en"}
    assert sum(transcript.languages.values()) == pytest.approx(1)
    assert engine.compute_types == ("int8",)
    assert (engine.batching.largest, engine.batching.window_s, engine.at_once) == (1, 0.0, 1)


def test_a_card_takes_a_batch_as_one_and_waits_a_moment_for_it(folder):
    loader = CardLoader()
    engine = on_cards(folder, loader)
    assert loader.loaded == [
        {"device": "cuda", "device_index": 0, "compute_type": "int8_float16", "intra_threads": 1, "inter_threads": 1}
    ]
    assert len(engine.recognise(jobs(5))) == 5
    assert [(name, shape[:2]) for name, shape in loader.batches] == [("cuda:0", (5, 128))]
    assert (engine.at_once, engine.largest_batch()) == (1, 8)
    assert engine.batching.window_s > 0
    assert WhisperOptions().largest_batch == 0
    assert GPU_BATCH > 1


def test_each_card_has_a_model_of_its_own_and_works_at_the_same_time(folder):
    loader = CardLoader()
    engine = on_cards(folder, loader, CARDS)
    assert [(each["device"], each["device_index"]) for each in loader.loaded] == [("cuda", 0), ("cuda", 1)]
    assert engine.at_once == 2
    both = threading.Barrier(2)
    encode = engine._workers[0].model.__class__.encode

    def together(model, waves):
        both.wait(10)
        return encode(model, waves)

    for worker in engine._workers:
        worker.model.encode = together.__get__(worker.model)
    threads = [threading.Thread(target=engine.recognise, args=(jobs(2),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(name for name, _ in loader.batches) == ["cuda:0", "cuda:1"]


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_batch_that_does_not_fit_is_done_in_halves_and_all_are_answered(folder):
    clock = Clock()
    loader = CardLoader(rows=2)
    engine = on_cards(folder, loader, clock=clock)
    assert len(engine.recognise(jobs(8))) == 8
    assert [shape[0] for _, shape in loader.batches] == [8, 4, 2, 2, 2, 2]
    assert (engine.largest_batch(), engine.out_of_memory) == (2, 2)
    loader.batches.clear()
    engine.recognise(jobs(4))
    assert [shape[0] for _, shape in loader.batches] == [2, 2]


def test_it_tries_larger_batches_again_once_memory_may_be_free(folder):
    clock = Clock()
    loader = CardLoader(rows=4)
    engine = on_cards(folder, loader, clock=clock)
    engine.recognise(jobs(8))
    assert engine.largest_batch() == 4
    clock.now += FIRST_REST_S
    loader.rows = 8
    loader.batches.clear()
    engine.recognise(jobs(8))
    assert [shape[0] for _, shape in loader.batches] == [8]
    assert engine.largest_batch() == 8


def test_a_card_that_does_not_even_hold_one_refuses_and_works_again_later(folder):
    loader = CardLoader(rows=0)
    engine = on_cards(folder, loader)
    with pytest.raises(SpeechUnavailable, match="out of memory"):
        engine.recognise(jobs(2))
    loader.rows = 1
    assert len(engine.recognise(jobs(2))) == 2


def test_another_fault_is_no_lack_of_memory_and_frees_the_card(folder):
    engine = on_cards(folder, CardLoader())
    model = engine._workers[0].model
    encode = model.encode

    def broken(_waves):
        raise RuntimeError("an illegal memory access was encountered")

    model.encode = broken
    with pytest.raises(RuntimeError, match="illegal"):
        engine.recognise(jobs(1))
    model.encode = encode
    assert len(engine.recognise(jobs(1))) == 1


def test_prompts_of_different_length_share_one_encoding(folder):
    loader = CardLoader()
    engine = on_cards(folder, loader)
    prompts = [None, "Dr. Keller", "Dr. Keller, Dr. Rossi, Dentalhygiene", "Dr. Keller"]
    hints = [RecognitionHints(language="de", prompt=prompt) for prompt in prompts]
    assert len(engine.recognise([Job(babble(0.5, seed), hint) for seed, hint in enumerate(hints)])) == 4
    assert [shape[0] for _, shape in loader.batches] == [4]


def test_a_folder_without_a_model_is_refused_in_one_sentence(tmp_path, folder):
    with pytest.raises(NoWhisperModel, match=r"no tokenizer\.json"):
        WhisperEngine(tmp_path, WhisperOptions(device="cpu"))
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    with pytest.raises(NoWhisperModel, match="cannot be loaded on cpu"):
        WhisperEngine(tmp_path, WhisperOptions(device="cpu"))
