"""The commands and their options; what they do stands in the modules beside this one.

Those are imported only when their command runs, so that ``--help`` answers at once and no command pays for another's
libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Answers a dental practice's telephone. Settings come from the environment and from .env.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="The models of recognition, synthesis and language.", no_args_is_help=True)
app.add_typer(models_app, name="models")
actions_app = typer.Typer(help="What goes to the practice's application.", no_args_is_help=True)
app.add_typer(actions_app, name="actions")
staff_app = typer.Typer(help="Who may sign in on the staff's page.", no_args_is_help=True)
app.add_typer(staff_app, name="staff")


@app.command()
def run() -> None:
    """Answer calls until Ctrl-C."""
    from gateway.cli.run import run_gateway

    raise typer.Exit(run_gateway())


@app.command()
def check() -> None:
    """Validate settings, practice profiles, trunks, models, ports and endpoints, and say what is wrong."""
    from gateway.cli.check import run_checks

    raise typer.Exit(run_checks())


@app.command()
def speech() -> None:
    """Serve recognition and synthesis over an OpenAI-compatible HTTP API."""
    from gateway.cli.speech import serve_speech

    raise typer.Exit(serve_speech())


@app.command()
def call(
    to: Annotated[str | None, typer.Option(help="SIP URI to call; the gateway on this machine if not given.")] = None,
    say: Annotated[list[str] | None, typer.Option(help="A line to speak; repeat it for more.")] = None,
    wav: Annotated[list[Path] | None, typer.Option(help="A WAV file to play as a line; repeat it for more.")] = None,
    script: Annotated[Path | None, typer.Option(help="A script (YAML) with the lines.")] = None,
    language: Annotated[str, typer.Option(help="Language of the lines: de, fr, it or en.")] = "de",
    voice: Annotated[str | None, typer.Option(help="Voice of the lines, such as de-DE:pitch=1.2.")] = None,
    number: Annotated[str | None, typer.Option("--from", help="The caller's number or SIP user name.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="WAV file for what was heard; a new one in DATA_DIR/heard if not given.")
    ] = None,
    reply_after_ms: Annotated[int, typer.Option(help="Silence after which the other side is done.", min=200)] = 900,
    longest_s: Annotated[int, typer.Option(help="Hang up after this many seconds.", min=1)] = 300,
    transcribe: Annotated[bool, typer.Option(help="Recognise what the other side says.")] = True,
) -> None:
    """Call a gateway and speak to it: lines are spoken whenever the other side stops talking."""
    from gateway.cli.call import run_call

    raise typer.Exit(
        run_call(
            to=to,
            say=say or [],
            wav=wav or [],
            script=script,
            language=language,
            voice=voice,
            number=number,
            save=save,
            reply_after_ms=reply_after_ms,
            longest_s=longest_s,
            transcribe=transcribe,
        )
    )


@app.command()
def rehearse(
    suite: Annotated[str, typer.Argument(help="The suite: its name, or a folder with scenarios.")] = "quick",
    calls: Annotated[int, typer.Option(help="Calls at a time.", min=1, max=50)] = 2,
    only: Annotated[str | None, typer.Option(help="Only scenarios whose names match this expression.")] = None,
    target: Annotated[
        str | None, typer.Option(help="SIP URI of a running gateway with DATA_DIR here; an own one if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides about all that is random in bad lines.")] = 1,
    repeat: Annotated[int, typer.Option(help="How often each scenario is held.", min=1, max=100)] = 1,
    pass_share: Annotated[float, typer.Option(help="The share that has to succeed.", min=0, max=1)] = 0.9,
    json_file: Annotated[Path | None, typer.Option("--json", help="File for the report as JSON.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder to keep the recordings of the patients in.")] = None,
) -> None:
    """Let simulated patients call a gateway, and report how well they were served."""
    from gateway.cli.rehearse import RehearsalOptions, run_rehearsal

    options = RehearsalOptions(
        suite=suite,
        calls=calls,
        only=only,
        target=target,
        seed=seed,
        repeat=repeat,
        pass_share=pass_share,
        json_file=json_file,
        keep=keep,
    )
    raise typer.Exit(run_rehearsal(options))


@app.command()
def smoke(
    url: Annotated[
        str, typer.Option(help="Address of the gateway's HTTP API; HTTP_TOKEN is sent where it is set.")
    ] = "http://127.0.0.1:8080",
    delivered: Annotated[
        bool, typer.Option("--delivered", help="Wait until the practice's application has taken the action.")
    ] = False,
) -> None:
    """Try a gateway after an update: hold a conversation over HTTP that asks for a call back, verify facts and action.

    The practice gets a real request to call back Anna Meier at a number that nobody has.
    """
    from gateway.cli.smoke import run_smoke

    raise typer.Exit(run_smoke(url, delivered=delivered))


@app.command()
def calls(
    call_id: Annotated[str | None, typer.Argument(help="A call's id, or the beginning of it.")] = None,
    limit: Annotated[int, typer.Option(help="How many calls to list.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the latest calls, or show one with its turns, facts, actions and events."""
    from gateway.cli.calls import show_calls

    raise typer.Exit(show_calls(call_id, limit=limit, as_json=as_json))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    verify: Annotated[bool, typer.Option("--verify", help="Compare a backup that is there with its manifest.")] = False,
) -> None:
    """Copy the database and the recordings, also while the gateway runs."""
    from gateway.cli.backup import back_up, verify_backup

    raise typer.Exit(verify_backup(to) if verify else back_up(to))


@app.command()
def export(
    call: Annotated[str, typer.Argument(help="A call's id, or the beginning of it.")],
    to: Annotated[Path, typer.Argument(help="The ZIP file to write.")],
    without_audio: Annotated[bool, typer.Option("--without-audio", help="Leave the recording out.")] = False,
) -> None:
    """Write one call as an archive: record, transcript, facts, actions, and the recording, decrypted."""
    from gateway.cli.export import export as export_one

    raise typer.Exit(export_one(call, to, without_audio=without_audio))


@app.command()
def erase(
    phone: Annotated[str | None, typer.Option(help="The patient's number, in any Swiss spelling.")] = None,
    name: Annotated[str | None, typer.Option(help="The patient's name, or words of it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the calls of one patient with recordings, facts and delivered actions."""
    from gateway.cli.erase import erase_patient

    raise typer.Exit(erase_patient(phone, name, dry_run=dry_run, yes=yes))


@app.command()
def hold(
    call: Annotated[str, typer.Argument(help="A call's id, or the beginning of it.")],
    reason: Annotated[str, typer.Option(help="Why it has to be kept.")],
) -> None:
    """Let nothing of a call be deleted until it is released."""
    from gateway.cli.hold import hold_call

    raise typer.Exit(hold_call(call, reason))


@app.command()
def release(call: Annotated[str, typer.Argument(help="A call's id, or the beginning of it.")]) -> None:
    """End the hold on a call."""
    from gateway.cli.hold import release_call

    raise typer.Exit(release_call(call))


@app.command("recording-key")
def recording_key() -> None:
    """Print a new key for RECORDING_KEY_FILE."""
    from gateway.cli.export import print_new_key

    raise typer.Exit(print_new_key())


@app.command("sip-trace")
def sip_trace(
    call: Annotated[
        str | None, typer.Argument(help="A Call-ID or a call's id from `gateway calls`, or the beginning of it.")
    ] = None,
    latest: Annotated[bool, typer.Option("--latest", help="The call that began last.")] = False,
    messages: Annotated[bool, typer.Option("--messages", help="Print the messages whole.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    pcap: Annotated[Path | None, typer.Option(help="Write a capture file for Wireshark instead.")] = None,
    anonymise: Annotated[bool, typer.Option("--anonymise", help="Hide callers' numbers and names.")] = False,
    limit: Annotated[int, typer.Option(help="How many calls to list.", min=1, max=500)] = 50,
) -> None:
    """List the calls in the running gateway's SIP trace, or draw one as a ladder. Secrets are masked."""
    from gateway.cli.sip_trace import show_sip_trace

    raise typer.Exit(
        show_sip_trace(
            call,
            latest=latest,
            messages=messages,
            as_json=as_json,
            pcap=pcap,
            anonymise=anonymise,
            limit=limit,
        )
    )


@app.command()
def trunks(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show whether the running gateway's trunks are up; the exit code is 1 while one is down."""
    from gateway.cli.trunks import show_trunks

    raise typer.Exit(show_trunks(as_json=as_json))


@models_app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Show every model: what for, state, size, licence."""
    from gateway.cli.models import list_models as show

    raise typer.Exit(show(as_json))


@models_app.command("pull")
def pull_models(
    names: Annotated[list[str] | None, typer.Argument(help="Models to fetch; the embedded ones if not given.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Fetch every model of the manifest.")] = False,
    accept_licence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Accept the licence of this model; repeat it for more.")
    ] = None,
) -> None:
    """Fetch the models that are missing, and verify them."""
    from gateway.cli.models import pull

    raise typer.Exit(pull(names or [], everything, accept_licence or []))


@models_app.command("verify")
def verify_models(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models to hash; the embedded ones and all that are there if not given.")
    ] = None,
) -> None:
    """Compare the models with their checksums."""
    from gateway.cli.models import verify

    raise typer.Exit(verify(names or []))


@actions_app.command("list")
def list_actions(
    state: Annotated[
        str | None, typer.Option(help="Only those that are pending, delivering, delivered, failed or withdrawn.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many actions to list.", min=1)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the latest actions and where they stand, without names and numbers."""
    from gateway.cli.actions import list_actions

    raise typer.Exit(list_actions(state, limit=limit, as_json=as_json))


@actions_app.command("show")
def show_action(action_id: Annotated[str, typer.Argument(help="An action's id, or the beginning of it.")]) -> None:
    """Show one action, how its delivery went, and the body that is sent."""
    from gateway.cli.actions import show_action

    raise typer.Exit(show_action(action_id))


@actions_app.command("retry")
def retry_actions(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of failed actions, or beginnings of them.")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every action that failed.")] = False,
) -> None:
    """Send failed actions again; the running gateway takes them up at once."""
    from gateway.cli.actions import retry_actions

    raise typer.Exit(retry_actions(ids or [], all_dead=all_dead))


@actions_app.command("schema")
def actions_schema() -> None:
    """Print the JSON Schema of the actions."""
    from gateway.cli.actions import print_schema

    raise typer.Exit(print_schema())


def main() -> None:
    """Run the command line."""
    app()


@staff_app.command("add")
def add_staff(
    name: Annotated[str, typer.Argument(help="The user's name, as the page shows it.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from the input.")] = False,
) -> None:
    """Let somebody sign in, or give them another password."""
    from gateway.cli.staff import add_user

    raise typer.Exit(add_user(name, password_stdin=password_stdin))


@staff_app.command("remove")
def remove_staff(name: Annotated[str, typer.Argument(help="The user's name.")]) -> None:
    """Let somebody sign in no longer, and sign them out."""
    from gateway.cli.staff import remove_user

    raise typer.Exit(remove_user(name))


@staff_app.command("list")
def list_staff() -> None:
    """List who may sign in."""
    from gateway.cli.staff import list_users

    raise typer.Exit(list_users())
