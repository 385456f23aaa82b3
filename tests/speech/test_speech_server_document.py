"""The examples of docs/speech-server.md are run as they stand there."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest
from speech_fakes import FakeEngines, served, tone

from gateway.audio import write_wav

DOCUMENT = Path(__file__).parents[2] / "docs" / "speech-server.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl.")
async def test_every_example_is_answered(tmp_path: Path) -> None:
    (tmp_path / "utterance.wav").write_bytes(write_wav(tone(500, 8000)))
    (tmp_path / "utterance.raw").write_bytes(tone(500, 8000).to_bytes())
    assert len(EXAMPLES) == 3
    async with served(FakeEngines().load) as (url, service):
        await service.settled.wait()
        for example in EXAMPLES:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-euxc", example),
                cwd=tmp_path,
                env={**os.environ, "SPEECH": url, "no_proxy": "127.0.0.1"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            output, _ = await asyncio.wait_for(process.communicate(), 30)
            assert process.returncode == 0, output.decode()
    assert (tmp_path / "answer.wav").read_bytes().startswith(b"RIFF")
    assert len((tmp_path / "answer.raw").read_bytes()) == 8000  # one word: half a second at 8 kHz
