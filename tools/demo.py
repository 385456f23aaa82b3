"""Start a gateway, let a scripted German patient book an appointment, and show what the practice gets.

Everything is real and on this machine: the gateway's processes, the call over SIP and RTP, and a receiver of actions in
place of the practice's application. Ends with 0 only if all of it is right.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway_process import PROFILE, ROOT, Gateway, Receiver, StartFailure

from gateway.caller.call import place_call
from gateway.caller.conversation_log import format_line
from gateway.caller.errors import CallerInputError
from gateway.caller.options import CallOptions, CallReport
from gateway.caller.script import load_script
from gateway.caller.steps import Script
from gateway.logs import configure_logging
from gateway.media.parameters import Codec
from gateway.practice.loader import load_profile
from gateway.practice.opening import opening_times
from gateway.records.journal import Journal
from gateway.records.model import CallStory

SCRIPT = ROOT / "tests" / "e2e" / "scripts" / "german_booking.yaml"
RESULT_WITHIN_S = 15


class DemonstrationFailure(Exception):
    """Something is missing or wrong; the message is one sentence."""


def main() -> int:
    """Run the demonstration and return the exit code."""
    configure_logging("warning", "auto", stream=sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="practice-gateway-demo-"))
    try:
        show(folder)
    except (DemonstrationFailure, StartFailure, CallerInputError) as failure:
        print(f"\nThe demonstration failed: {failure}\nLogs and data are in {folder}.", file=sys.stderr)
        return 1
    print(f"\nThe recording and the data of this demonstration are in {folder}; delete it when you like.")
    return 0


def show(folder: Path) -> None:
    """Hold the call and check everything that came of it; raise when something is missing or wrong."""
    receiver = Receiver(folder)
    try:
        settings = {"NEXTJS_ACTION_ENDPOINT": receiver.url, "NEXTJS_ACTION_SECRET": receiver.secret}
        gateway = Gateway(folder, settings)
        try:
            seconds = gateway.wait_until_healthy()
            print(f"The gateway is ready after {seconds:.1f} s: {gateway.uri}")
            script = read_script()
            report = hold_call(gateway, script)
            check_result(gateway, receiver, script, report)
        finally:
            code = gateway.stop()
        if code != 0:
            raise DemonstrationFailure(f"the gateway ended with code {code}.")
    finally:
        receiver.stop()


def read_script() -> Script:
    """Return the patient's part, with dates on which the practice is open."""
    practice = load_profile(PROFILE)
    today = dt.datetime.now(practice.zone).date()
    return load_script(SCRIPT, today=today, is_open=lambda day: bool(opening_times(practice, day)))


def hold_call(gateway: Gateway, script: Script) -> CallReport:
    """Let the patient call, printing the conversation as it goes."""
    print("A patient calls:\n")
    # A trunk's codec, and the one that the script's words were chosen for.
    options = CallOptions(to=gateway.uri, script=script, recognition_endpoint=gateway.speech_url, codecs=(Codec.PCMA,))
    report = asyncio.run(place_call(options, on_line=lambda line: print(format_line(line), flush=True)))
    if report.exit_code != 0:
        raise DemonstrationFailure(report.reason)
    return report


def check_result(gateway: Gateway, receiver: Receiver, script: Script, report: CallReport) -> None:
    """Show what came of the call; raise when something is missing or wrong."""
    story = wait_for_story(gateway, report)
    print(f"\n$ gateway calls {story.summary.id}")
    shown = gateway.command("calls", story.summary.id)
    print(shown.stdout, end="")
    if shown.returncode != 0:
        raise DemonstrationFailure(f"`gateway calls` ended with code {shown.returncode}: {shown.stderr.strip()}")
    recording = story.summary.recording_path
    if recording is None or not recording.exists():
        raise DemonstrationFailure("there is no recording.")
    print(f"\nThe recording (caller left, gateway right, {stereo_seconds(recording):.1f} s): {recording}")
    action = received_action(receiver, story)
    print("\nThe practice's application received, with a valid signature:\n")
    print(Path(receiver.log).read_text("utf-8").split("\n", 1)[1].rstrip())
    problems = list(differences(script, story, action))
    if problems:
        raise DemonstrationFailure(" ".join(problems))


def wait_for_story(gateway: Gateway, report: CallReport) -> CallStory:
    """Return the call from the database once it is over and its actions are delivered."""

    async def read() -> CallStory | None:
        journal = await Journal.open(gateway.database, read_only=True)
        try:
            summaries = [one for one in await journal.calls() if one.sip_call_id == report.sip_call_id]
            return await journal.call(summaries[0].id) if summaries else None
        finally:
            await journal.close()

    deadline = time.monotonic() + RESULT_WITHIN_S
    while time.monotonic() < deadline:
        story = asyncio.run(read())
        if story is not None and story.summary.ended_at and all(action.delivered_at for action in story.actions):
            return story
        time.sleep(0.2)
    raise DemonstrationFailure("the call or its action is not finished in the database.")


def stereo_seconds(path: Path) -> float:
    """Return how long a recording is; raise when it is not stereo."""
    with wave.open(str(path), "rb") as reader:
        if reader.getnchannels() != 2:
            raise DemonstrationFailure(f"the recording {path} is not stereo.")
        return reader.getnframes() / reader.getframerate()


def received_action(receiver: Receiver, story: CallStory) -> dict[str, Any]:
    """Return the one action that the call led to."""
    actions = [action for action in receiver.actions() if action["call"]["id"] == story.summary.id]
    if len(actions) != 1:
        raise DemonstrationFailure(f"{len(actions)} actions were received instead of one.")
    return actions[0]


def differences(script: Script, story: CallStory, action: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for everything that is not as the patient said."""
    if action["type"] != script.expect.action:
        yield f"The action is {action['type']}, not {script.expect.action}."
    known = {fact.name: fact for fact in story.current_facts}
    sent = {fact["name"]: fact["value"] for fact in action["facts"]}
    for name, value in script.expect.facts.items():
        fact = known.get(name)
        if fact is None or fact.value != value:
            yield f"The patient's {name} is {value}, but {fact.value if fact else 'nothing'} was noted."
        elif not fact.confirmed:
            yield f"The patient's {name} was not confirmed."
        elif sent.get(name) != value:
            yield f"The action's {name} is {sent.get(name)}, not {value}."


if __name__ == "__main__":
    sys.exit(main())
