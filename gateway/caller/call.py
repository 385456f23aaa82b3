"""Places one call with what was asked for: lines, WAV files or a script."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gateway.caller.conversation_log import ConversationLine
from gateway.caller.engines import open_recogniser
from gateway.caller.errors import CallerInputError
from gateway.caller.hearing import Hearing
from gateway.caller.options import CallOptions, CallReport
from gateway.caller.script import load_script
from gateway.caller.steps import PlayWav, PressKeys, Say, Script, Turn
from gateway.caller.telephone import Dialling, Speaking, Telephone, caller_uri
from gateway.caller.turn_taking import TurnTaking
from gateway.caller.voice import FAREWELLS, make_sounds
from gateway.language import LANGUAGES, Language
from gateway.speech.fallback import InProcessSynthesiser
from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.uri import SipUri, parse_uri
from gateway.telephony.network.network_address import is_ip_address, resolve, route_address

_RESOLVE_WITHIN_S = 5.0


async def place_call(options: CallOptions, *, on_line: Callable[[ConversationLine], None]) -> CallReport:
    """Call ``options.to``, hold the conversation and return how it went.

    ``on_line`` gets each line of the conversation as soon as it and all before it are known.

    Raises:
        CallerInputError: the call cannot be placed as asked; one sentence that says what to change.

    """
    script = script_of(options)
    if script.needs_transcripts and not options.transcribe:
        raise CallerInputError("the script has lines with `when`, which need what was said to be recognised")
    local_address = await local_address_toward(options.to)
    caller_uri(script.from_number, local_address)
    _check_folder(options.save)
    sounds = await make_sounds(script.turns, InProcessSynthesiser(), script.language, script.voice)
    dialling = Dialling(
        to=options.to,
        from_number=script.from_number,
        codecs=options.codecs,
        answer_within_s=options.answer_within_s,
        longest_s=options.longest_s,
        reply_after_ms=options.reply_after_ms,
        save=options.save,
        presses_keys=any(isinstance(move, PressKeys) for turn in script.turns for move in turn.moves),
    )
    endpoint = options.recognition_endpoint if options.transcribe else None
    async with open_recogniser(endpoint, options.recognition_token) as recogniser:
        speaking = Speaking(
            part=TurnTaking(script.turns, options.patience),
            sounds=sounds,
            farewell=FAREWELLS[script.language],
            ears=Hearing(recogniser),
            on_line=on_line,
        )
        return await Telephone(dialling, speaking, local_address).call()


def script_of(options: CallOptions) -> Script:
    """Return the caller's part; raise ``CallerInputError`` when there is none or it cannot be used."""
    given = options.script
    if given is not None and (options.say or options.wav):
        raise CallerInputError("a script holds all that is said, so it cannot go with further lines or WAV files")
    if isinstance(given, Path):
        given = load_script(given)
    if given is None:
        moves: list[Say | PlayWav] = [
            *(Say(line.strip()) for line in options.say),
            *(PlayWav(path) for path in options.wav),
        ]
        if not moves:
            raise CallerInputError("there is nothing to say; give lines, WAV files or a script")
        given = Script(tuple(Turn((move,)) for move in moves), language=_language(options.language))
    return replace(given, voice=given.voice or options.voice, from_number=given.from_number or options.number)


def _language(text: str) -> Language:
    for language in LANGUAGES:
        if text == language:
            return language
    raise CallerInputError(f"the language must be one of {', '.join(LANGUAGES)}, not {text!r}")


async def local_address_toward(target: str) -> str:
    """Return the address that this machine has toward ``target``, a SIP URI; raise ``CallerInputError``."""
    try:
        uri = parse_uri(target)
    except ValueError as error:
        raise CallerInputError(f"{target!r} cannot be called: {error}") from error
    if not isinstance(uri, SipUri):
        raise CallerInputError(f"{target!r} cannot be called: a SIP URI such as sip:assistant@127.0.0.1 is needed")
    try:
        known = is_ip_address(uri.host)
        return route_address(
            uri.host if known else await resolve(uri.host, uri.port or 5060, socket.AF_UNSPEC, _RESOLVE_WITHIN_S)
        )
    except OSError as error:
        raise CallerInputError(f"the host {uri.host} cannot be found: {error.strerror or error}") from error
    except TelephonyError as error:
        raise CallerInputError(f"{target!r} cannot be called: {error}") from error


def _check_folder(save: Path | None) -> None:
    if save is not None and not save.absolute().parent.is_dir():
        raise CallerInputError(f"the recording cannot be saved: there is no folder {save.absolute().parent}")
