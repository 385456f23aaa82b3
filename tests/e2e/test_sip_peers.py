"""Independent SIP implementations call the gateway."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from pathlib import Path

import numpy as np
import pytest
from e2e_support import read_stereo, spoken_seconds, stories
from gateway_process import ROOT, Gateway

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, resample, write_wav
from gateway.media.codecs.g711 import encode
from gateway.media.parameters import Codec
from gateway.records.model import CallStory
from gateway.speech.fallback import InProcessSynthesiser

INSTALL = "run tools/install_test_peers.sh"


def program(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"{name} is missing; {INSTALL}"
    return path


async def speech(text: str, *, before_s: float, after_s: float) -> Pcm:
    """Return German speech at 8 kHz with silence around it."""
    chunks = [chunk async for chunk in InProcessSynthesiser().synthesise(text, "de", "de-DE")]
    spoken = resample(Pcm(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate), TELEPHONE_RATE)
    before, after = (np.zeros(round(seconds * TELEPHONE_RATE), np.int16) for seconds in (before_s, after_s))
    return Pcm(np.concatenate([before, spoken.samples, after]), TELEPHONE_RATE)


async def run(command: list[str], folder: Path, within_s: float) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=within_s,
        check=False,
    )


def sipp_errors(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.glob("*errors.log"))[-3000:]


def heard_by_baresip(folder: Path) -> Pcm:
    (heard,) = folder.glob("dump-*-dec.wav")
    return read_wav(heard.read_bytes())


async def new_stories(gateway: Gateway, known: set[str], count: int) -> list[CallStory]:
    """Return the calls that are not in ``known`` once there are ``count`` and all are over."""
    async with asyncio.timeout(15):
        while True:
            new = [story for story in await stories(gateway) if story.summary.id not in known]
            if len(new) >= count and all(story.summary.ended_at for story in new):
                return new
            await asyncio.sleep(0.2)


async def known_ids(gateway: Gateway) -> set[str]:
    return {story.summary.id for story in await stories(gateway)}


async def test_sipp_calls_with_its_built_in_scenario(gateway: Gateway, tmp_path: Path) -> None:
    known = await known_ids(gateway)
    command = [program("sipp"), f"127.0.0.1:{gateway.sip_port}", "-sn", "uac", "-s", "assistant", "-i", "127.0.0.1"]
    command += ["-mi", "127.0.0.1", "-m", "5", "-r", "5", "-d", "1000", "-nostdin", "-trace_err", "-timeout", "30s"]
    finished = await run([*command, "-timeout_error"], tmp_path, 40)
    assert finished.returncode == 0, finished.stdout[-3000:]
    new = await new_stories(gateway, known, 5)
    assert [story.summary.end_reason for story in new] == ["caller"] * 5


@pytest.mark.crowd
@pytest.mark.timeout(180)
async def test_twenty_sipp_callers_with_sound_are_served_at_once(gateway: Gateway, tmp_path: Path) -> None:
    known = await known_ids(gateway)
    sound = await speech("Guten Tag, ich möchte gerne wissen, wann Sie geöffnet haben.", before_s=1, after_s=25)
    (tmp_path / "caller.alaw").write_bytes(encode(Codec.PCMA, sound.samples).tobytes())
    shutil.copy(ROOT / "sip-test-configs" / "call_with_rtp.xml", tmp_path)
    command = [program("sipp"), f"127.0.0.1:{gateway.sip_port}", "-s", "assistant", "-sf", "call_with_rtp.xml"]
    command += ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-m", "20", "-l", "20", "-r", "20", "-d", "20000"]
    command += ["-nostdin", "-trace_err", "-timeout", "60s", "-timeout_error"]
    finished = await run(command, tmp_path, 90)
    assert finished.returncode == 0, sipp_errors(tmp_path) or finished.stdout[-3000:]

    new = await new_stories(gateway, known, 20)
    assert len(new) == 20
    assert {story.summary.end_reason for story in new} == {"caller"}
    assert _most_at_once(new) == 20
    for story in new:
        assert story.summary.recording_path is not None
        recording = read_stereo(story.summary.recording_path)
        assert recording.seconds == pytest.approx(20, abs=2)
        assert spoken_seconds(recording.left) > 0.8 * spoken_seconds(sound.samples)
        assert spoken_seconds(recording.right) > 3
        assert [turn for turn in story.turns if turn.speaker == "caller" and turn.text], "nobody was understood"


def _most_at_once(calls: list[CallStory]) -> int:
    starts = [story.summary.answered_at for story in calls]
    return max(
        sum(1 for other in calls if other.summary.answered_at <= start <= other.summary.ended_at) for start in starts
    )


BARESIP_CONFIG = """
poll_method         epoll
sip_listen          127.0.0.1:{sip_port}
call_local_timeout  30
call_max_calls      1
audio_path          {folder}
audio_source        aufile,{folder}/caller.wav
audio_player        none,none
audio_alert         none,none
ausrc_format        s16
ausrc_srate         8000
ausrc_channels      1
auplay_format       s16
auenc_format        s16
audec_format        s16
rtp_ports           29000-29100
snd_path            {folder}
module_path         /usr/lib/baresip/modules
module              g711.so
module              g722.so
module              aufile.so
module              sndfile.so
module_tmp          account.so
module_app          menu.so
"""


@pytest.mark.parametrize(("codec", "rate"), [("PCMA/8000/1", 8_000), ("G722/16000/1", 16_000)])
async def test_baresip_calls_hears_the_greeting_and_is_understood(
    gateway: Gateway, tmp_path: Path, codec: str, rate: int
) -> None:
    known = await known_ids(gateway)
    sip_port = _port_for_baresip()
    sound = await speech("Guten Tag, wann haben Sie geöffnet?", before_s=15, after_s=30)
    (tmp_path / "caller.wav").write_bytes(write_wav(sound))
    (tmp_path / "config").write_text(BARESIP_CONFIG.format(sip_port=sip_port, folder=tmp_path))
    (tmp_path / "accounts").write_text(f"<sip:baresip@127.0.0.1:{sip_port}>;regint=0;audio_codecs={codec}\n")
    (tmp_path / "contacts").write_text("")
    command = [program("baresip"), "-4", "-f", str(tmp_path), "-e", f"/dial {gateway.uri}", "-t", "28"]
    finished = await run(command, tmp_path, 60)
    assert "Call established" in finished.stdout, finished.stdout[-3000:]

    (story,) = await new_stories(gateway, known, 1)
    assert story.summary.end_reason == "caller"
    assert [turn.speaker for turn in story.turns][:3] == ["gateway", "caller", "gateway"]
    heard = heard_by_baresip(tmp_path)
    assert heard.rate == rate
    greeting = resample(heard, TELEPHONE_RATE)
    assert spoken_seconds(greeting.samples[: 15 * TELEPHONE_RATE]) > 2, "the greeting"
    assert spoken_seconds(greeting.samples[17 * TELEPHONE_RATE :]) > 1, "the answer"


def _port_for_baresip() -> int:
    """Return a port that is free for UDP and TCP, out of reach of those that the system gives away meanwhile."""
    for port in range(15_060, 16_060, 10):
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams, socket.socket() as streams:
            try:
                datagrams.bind(("", port))
                streams.bind(("", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
