"""``gateway smoke`` as an operator runs it after an update."""

from __future__ import annotations

from gateway_process import Gateway, Receiver


def test_a_gateway_that_is_well_passes_and_its_action_arrives(gateway: Gateway, receiver: Receiver) -> None:
    done = gateway.command("smoke", "--url", f"http://127.0.0.1:{gateway.http_port}", "--delivered")
    assert done.returncode == 0, done.stdout + done.stderr
    steps = done.stdout.splitlines()
    assert all(step.startswith("ok  ") for step in steps)
    assert "action delivered" in steps[-1]
    wanted = [action for action in receiver.actions() if action["type"] == "callback.requested"]
    assert any(action["call"]["caller_number"] == "+41445550199" for action in wanted)


def test_where_nothing_answers_it_fails_with_one_sentence(gateway: Gateway) -> None:
    done = gateway.command("smoke", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "does not answer" in done.stderr
