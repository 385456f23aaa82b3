import shutil
import socket
import threading

import pytest
from hub_models import CONTENT, REVISION, WEIGHTS, put, small_model
from hub_server import HubServer, wait_until
from huggingface_hub import close_session, constants

from gateway.speech.manifest import ModelFile
from gateway.speech.models import download, pull
from gateway.speech.models.checking import State, Trust, check_folder, condition
from gateway.speech.models.errors import (
    HubContradicts,
    HubDenied,
    HubUnreachable,
    LicenceNotAccepted,
    ModelStoreError,
)
from gateway.speech.models.hub import ModelHub
from gateway.speech.models.places import home, record_file, work_folder
from gateway.speech.models.pull import progress_line, pull_hub_model

MODEL = small_model()


@pytest.fixture(autouse=True)
def quick(tmp_path, monkeypatch):
    """No token and no cache of this machine, and no second between attempts."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    monkeypatch.setattr(pull, "PROGRESS_EVERY_S", 0.01)
    yield
    close_session()


@pytest.fixture
def server():
    with HubServer().running() as running:
        yield running


class Place:
    """Pulls into a folder of its own and keeps what was said."""

    def __init__(self, folder, server):
        self.models, self.server, self.lines, self.asked = folder / "models", server, [], []

    def pull(self, model=MODEL, hub=None, consent=None):
        hub = hub or ModelHub(self.server.url, pause_s=0)
        return pull_hub_model(model, self.models, hub, consent or self.asked.append, self.lines.append)

    @property
    def part(self):
        work_folder(self.models, MODEL).mkdir(parents=True, exist_ok=True)
        return work_folder(self.models, MODEL) / "model.bin.part"

    def fails(self, error, match, model=MODEL, hub=None):
        with pytest.raises(error, match=match) as raised:
            self.pull(model, hub)
        assert "\n" not in str(raised.value)
        assert "secret" not in str(raised.value)
        assert not home(self.models, MODEL).exists()


@pytest.fixture
def place(tmp_path, server):
    return Place(tmp_path, server)


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_pulled_model_is_whole_verified_and_not_fetched_again(place, server):
    folder = place.pull()
    assert content_of(folder) == CONTENT
    now = condition(MODEL, place.models)
    assert (now.state, now.trust, now.folder) == (State.VERIFIED, Trust.HUB, folder)
    assert not work_folder(place.models, MODEL).exists()
    assert place.lines[-1] == f"small: ready in {folder}"
    assert place.asked == [MODEL]
    server.requests.clear()
    assert place.pull() == folder
    assert server.requests == []
    assert place.asked == [MODEL]


def test_the_hubs_checksum_is_kept_and_holds_the_file_later(place):
    folder = place.pull()
    (folder / "NOTICE").write_bytes(b"wurde")
    assert condition(MODEL, place.models).state is State.PRESENT
    assert "NOTICE" in check_folder(MODEL, place.models, folder)[0]


def test_a_download_that_breaks_goes_on_where_it_broke(place, server):
    server.cuts["model.bin"] = [100_000, 70_000]
    folder = place.pull()
    assert content_of(folder) == CONTENT
    ranges = [request[2] for request in server.gets("model.bin") if request[4] == "cdn"]
    assert ranges == [None, "bytes=100000-", "bytes=170000-"]


def test_what_an_earlier_run_left_is_gone_on_with(place, server):
    place.part.write_bytes(WEIGHTS[:90_000])
    put(work_folder(place.models, MODEL), {"config.json": CONTENT["config.json"], "stale.part": b"1"})
    folder = place.pull()
    assert content_of(folder) == CONTENT
    assert server.gets("config.json") == []
    assert server.gets("model.bin")[-1][2] == "bytes=90000-"


@pytest.mark.parametrize("left", [b"other bytes" * 9000, WEIGHTS + b"too long", b"x" * len(WEIGHTS)])
def test_what_an_earlier_run_left_and_is_wrong_is_fetched_anew(place, left):
    place.part.write_bytes(left)
    assert content_of(place.pull()) == CONTENT


def test_a_server_without_ranges_sends_it_all_again(place, server):
    server.ranges = False
    server.cuts["model.bin"] = [100_000]
    assert content_of(place.pull()) == CONTENT


def test_a_line_that_brings_nothing_is_given_up_and_says_how_to_go_on(place, server):
    server.cuts["model.bin"] = [1000] * 9
    place.fails(HubUnreachable, r"model.bin of small broke off 5 times .*pull small` again")
    assert len(server.cuts["model.bin"]) == 4
    assert place.part.read_bytes() == WEIGHTS[:5000]
    assert condition(MODEL, place.models).state is State.PARTIAL


def test_passing_faults_of_the_hub_are_tried_again(place, server):
    server.statuses["model.bin"] = [503, 429, 500]
    assert content_of(place.pull()) == CONTENT


def test_a_repository_that_was_renamed_is_followed(place, server, monkeypatch):
    server.needed_token = "hf_right"
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    server.cuts["model.bin"] = [100_000]
    assert content_of(place.pull(small_model(source="renamed/small"))) == CONTENT


def test_a_hub_that_is_busy_is_asked_again(place, server):
    server.first_statuses = [503, 429]
    assert content_of(place.pull(small_model(files=MODEL.files[:2]))) == {
        name: CONTENT[name] for name in ("config.json", "model.bin")
    }


def test_a_line_that_only_trickles_is_given_up(place, server, monkeypatch):
    monkeypatch.setattr(download, "WATCHED_S", 0.01)
    monkeypatch.setattr(download, "SLOWEST_BYTES_PER_S", 1e9)
    server.pause_s["model.bin"] = 0.02
    place.fails(HubUnreachable, r"it sent \d+ bytes in 0 s")


def test_a_hub_that_stops_sending_is_given_up_after_its_deadline(place, server, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.05)
    server.pause_s["model.bin"] = 30
    place.fails(HubUnreachable, "ReadTimeout")


def test_content_with_another_checksum_is_never_put_in_place(place, server):
    server.content["model.bin"] = WEIGHTS[::-1]
    place.fails(HubContradicts, "model.bin of some/small is not the file .*checksum differs")
    assert len([request for request in server.gets("model.bin") if request[4] == "cdn"]) == 2
    assert not place.part.exists()


def test_a_small_file_is_held_to_gits_checksum(place, server):
    server.content["NOTICE"] = b"sword"
    place.fails(HubContradicts, "NOTICE")


def test_a_file_that_is_longer_than_promised_is_refused(place, server):
    server.content["model.bin"] = WEIGHTS + b"more"
    place.fails(HubContradicts, f"sends {len(WEIGHTS) + 4} bytes")


def test_a_hub_that_has_another_file_than_the_manifest_is_not_asked_for_it(place, server):
    server.etags["model.bin"] = "0" * 64
    place.fails(HubContradicts, "has another model.bin in revision")
    assert server.gets("model.bin") == []


def test_a_hub_that_changes_its_word_is_not_believed(place, server):
    shutil.rmtree(place.pull())
    server.etags["NOTICE"] = "1" * 40
    place.fails(HubContradicts, "has another NOTICE")


def test_a_hub_without_checksums_will_do_where_the_manifest_has_them_all(place, server):
    server.etags = dict.fromkeys(CONTENT, "W/1")
    place.fails(HubContradicts, "gives no checksum for NOTICE")
    assert place.pull(small_model(files=MODEL.files[:2]))


def test_another_revision_than_the_pinned_one_is_refused(place, server):
    server.commit = REVISION[::-1]
    place.fails(HubContradicts, f"answers with revision {REVISION[::-1]}")


def test_a_gated_model_without_a_token_says_what_to_do(place, server):
    server.needed_token = "hf_right"
    place.fails(HubDenied, f"ask for it at {server.url}/some/small, then set HF_TOKEN")


def test_a_token_goes_to_the_hub_and_to_nobody_else(place, server, monkeypatch):
    server.needed_token = "hf_right"
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    place.pull()
    assert {request[3] for request in server.requests if request[4] == "hub"} == {"Bearer hf_right"}
    assert {request[3] for request in server.requests if request[4] == "cdn"} == {None}


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((403, "GatedRepo"), (HubDenied, "accept its licence at")),
        ((401, "GatedRepo"), (HubDenied, "accept its licence at")),
        ((403, ""), (HubDenied, "accept its licence at")),
        ((401, "RepoNotFound"), (HubDenied, "check that the token is valid")),
        ((404, "RepoNotFound"), (HubDenied, "check that the token is valid")),
        ((404, "RevisionNotFound"), (HubContradicts, f"no file .* in revision {REVISION}")),
        ((404, "EntryNotFound"), (HubContradicts, "has no file")),
        ((500, ""), (HubUnreachable, "answers 500 for some/small: try again later")),
    ],
)
def test_each_refusal_says_what_to_do(place, server, monkeypatch, refusal, expected):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.refusal = refusal
    place.fails(*expected)
    asked_for_a_file = sum(request[1] == "NOTICE" for request in server.requests)
    assert asked_for_a_file == (3 if refusal[0] == 500 else 1)


def test_a_refusal_of_the_file_itself_is_told_too(place, server):
    server.statuses["model.bin"] = [403]
    place.fails(HubDenied, "HF_TOKEN")


def test_without_a_network_one_sentence_says_so(place, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        place.fails(
            HubUnreachable, f"at http://{address} cannot be reached", hub=ModelHub(f"http://user:secret@{address}")
        )


def test_in_offline_mode_nothing_is_asked(place, server, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    place.fails(HubUnreachable, "HF_HUB_OFFLINE is set: unset it, or put the files")
    assert server.requests == []


def test_a_licence_that_is_refused_stops_it_before_anything_is_asked(place, server):
    def refuse(model):
        raise LicenceNotAccepted("no")

    with pytest.raises(LicenceNotAccepted):
        place.pull(consent=refuse)
    assert server.requests == []


def test_the_room_is_looked_at_first(place, server, monkeypatch):
    monkeypatch.setattr(pull.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    place.fails(ModelStoreError, r"needs 0.1 GB more in .* where 0.0 GB are free")
    assert server.gets("model.bin") == []


def test_only_what_is_damaged_is_fetched_and_other_files_stay(place, server):
    folder = place.pull()
    put(folder, {"model.bin": WEIGHTS[:-1], "mine.txt": b"mine"})
    server.requests.clear()
    assert place.pull() == folder
    assert content_of(folder) == {**CONTENT, "mine.txt": b"mine"}
    assert {request[1] for request in server.requests} == {"model.bin"}
    put(folder, {"model.bin": WEIGHTS[::-1]})
    place.pull()
    assert content_of(folder)["model.bin"] == WEIGHTS
    assert any("checksum differs); it is fetched" in line for line in place.lines)


def test_files_put_there_by_hand_are_verified_and_only_their_checksums_asked_for(place, server):
    folder = put(home(place.models, MODEL))
    assert place.pull() == folder
    assert [request[:2] for request in server.requests] == [("HEAD", "NOTICE")]
    assert condition(MODEL, place.models).state is State.VERIFIED
    assert place.asked == []


def test_files_put_there_by_hand_are_used_without_a_hub(place, server):
    server.refusal = (500, "")
    folder = put(home(place.models, MODEL))
    assert place.pull() == folder
    assert any("NOTICE" in line and "cannot be verified" in line for line in place.lines)
    assert condition(MODEL, place.models).state is State.PRESENT


def test_one_file_that_fails_stops_the_others_and_keeps_what_they_have(place, server):
    server.pause_s["model.bin"] = 0.001
    server.content["NOTICE"] = b"sword"
    place.fails(HubContradicts, "NOTICE")
    assert place.part.stat().st_size < len(WEIGHTS)


def test_who_pulls_at_the_same_time_waits_and_uses_what_the_other_fetched(place, server):
    server.pause_s["model.bin"] = 0.0005
    threads = [threading.Thread(target=place.pull) for _ in range(2)]
    threads[0].start()
    wait_until(lambda: server.gets("model.bin"))
    threads[1].start()
    for thread in threads:
        thread.join()
    assert len([request for request in server.gets("model.bin") if request[4] == "cdn"]) == 1
    assert "small: another process is fetching it; waiting" in place.lines


def test_a_place_that_cannot_be_written_is_one_sentence(place):
    place.models.write_text("in the way")
    with pytest.raises(ModelStoreError, match="small cannot be stored in"):
        place.pull()


def test_a_record_that_cannot_be_written_stops_it(place):
    record_file(place.models, MODEL).mkdir(parents=True)
    place.fails(ModelStoreError, "cannot be stored")


def test_an_unknown_size_is_no_hindrance(place):
    files = tuple(ModelFile(file.name) for file in MODEL.files)
    assert content_of(place.pull(small_model(files=files))) == CONTENT


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((5_000_000, 10_000_000, 0, 2.0), "5 of 10 MB"),
        ((5_000_000, 10_000_000, 4_000_000, 2.0), "5 of 10 MB, 2.0 MB/s, about 2 s left"),
        ((0, 3_090_000_000, 1, 0.0), "0 of 3090 MB"),
        ((90_000_000, 3_090_000_000, 50_000_000, 5.0), "90 of 3090 MB, 10.0 MB/s, about 5 min left"),
    ],
)
def test_progress_says_how_long_it_will_take(numbers, line):
    assert progress_line(*numbers) == line
