"""What callers take back of what they asked for, in four languages; what is done about it, and what is asked first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dialogue_helpers import PROFILE, context, fact, read

from gateway.actions.kinds import ActionKind
from gateway.dialogue.calendar_steps import NOT_ASKED, SlotQuery
from gateway.dialogue.decide import decide
from gateway.dialogue.model import (
    ActionRequest,
    CallerTurn,
    Decision,
    DialogueState,
    FactName,
    Question,
    Task,
)
from gateway.dialogue.phrase import phrase
from gateway.dialogue.tasks import ACTION_OF_TASK
from gateway.dialogue.understand import understand
from gateway.dialogue.withdrawal_steps import Request

APPOINTMENT = (Task.BOOK, Task.MOVE)


def a_request(task: Task, *facts) -> Request:
    return Request(task, ActionRequest(ACTION_OF_TASK[task], tuple(facts)))


EVERYTHING = tuple(a_request(task) for task in Task)


def after(*requests: Request, language="de", asked=Question.ANYTHING_ELSE, **changes) -> DialogueState:
    finished = tuple(request.task for request in requests)
    return DialogueState(language, asked=asked, requests=requests, finished=finished, **changes)


def say(state: DialogueState, text: str, **surroundings) -> Decision:
    around = context(**surroundings)
    return decide(state, understand(CallerTurn(text, state.language), state, around), around)


def names(decision: Decision) -> list[str]:
    return [act.name for act in decision.acts]


@pytest.mark.parametrize(
    ("language", "text", "tasks"),
    [
        ("de", "Ach, doch keinen Rückruf bitte.", (Task.CALLBACK,)),
        ("de", "Streichen Sie das wieder.", ()),
        ("de", "Streichen Sie den Rückruf wieder.", (Task.CALLBACK,)),
        ("de", "Vergessen Sie es.", ()),
        ("de", "Können Sie das wieder streichen?", ()),
        ("de", "Ich brauche doch keinen Termin.", APPOINTMENT),
        ("de", "Sie müssen mich doch nicht zurückrufen.", (Task.CALLBACK,)),
        ("de", "Nein, der Rückruf ist nicht mehr nötig.", (Task.CALLBACK,)),
        ("de", "Das hat sich erledigt.", ()),
        ("de", "Ich möchte den Termin doch nicht absagen.", (Task.CANCEL,)),
        ("de", "Ich komme doch.", (Task.CANCEL,)),
        ("de", "Machen Sie das bitte rückgängig.", ()),
        ("de", "Den Termin können Sie wieder streichen.", APPOINTMENT),
        ("de", "Ich ha s mer anderst überleit, vergessed Sie s.", ()),
        ("fr", "Annulez ma demande.", ()),
        ("fr", "Annulez ma demande de rappel.", (Task.CALLBACK,)),
        ("fr", "Finalement, je ne veux pas de rendez-vous.", APPOINTMENT),
        ("fr", "Laissez tomber.", ()),
        ("fr", "Ce n'est plus la peine de me rappeler.", (Task.CALLBACK,)),
        ("fr", "Oubliez ça.", ()),
        ("fr", "J'ai changé d'avis.", ()),
        ("fr", "Pouvez-vous l'annuler?", ()),
        ("fr", "Finalement, ne me rappelez pas.", (Task.CALLBACK,)),
        ("fr", "Finalement je ne veux pas annuler mon rendez-vous.", (Task.CANCEL,)),
        ("it", "Lasci stare.", ()),
        ("it", "Annulli la mia richiesta.", ()),
        ("it", "Non serve più che mi richiamiate.", (Task.CALLBACK,)),
        ("it", "Può annullarla?", ()),
        ("it", "Non voglio più l'appuntamento.", APPOINTMENT),
        ("it", "Ci ho ripensato.", ()),
        ("it", "Non mi richiami, per favore.", (Task.CALLBACK,)),
        ("it", "Alla fine non disdico più, vengo lo stesso.", (Task.CANCEL,)),
        ("en", "Cancel that please.", ()),
        ("en", "Actually, forget it.", ()),
        ("en", "I don't need a call back after all.", (Task.CALLBACK,)),
        ("en", "You don't need to call me back.", (Task.CALLBACK,)),
        ("en", "I don't want the appointment anymore.", APPOINTMENT),
        ("en", "I've changed my mind.", ()),
        ("en", "Please cancel the callback.", (Task.CALLBACK,)),
        ("en", "Please withdraw my request.", ()),
        ("en", "I don't want to cancel after all.", (Task.CANCEL,)),
        ("en", "No need to call back.", (Task.CALLBACK,)),
    ],
)
def test_what_is_not_wanted_any_more_is_heard(language, text, tasks):
    heard = read(text, language, Question.ANYTHING_ELSE, requests=EVERYTHING).takes_back
    assert heard is not None
    assert heard.tasks == tasks
    assert read(text, language, Question.HELP).takes_back is None, "nothing was asked for"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Danke, das war alles."),
        ("de", "Ich hätte gerne noch einen Rückruf."),
        ("de", "Ich habe noch keinen Termin."),
        ("de", "Wann rufen Sie zurück?"),
        ("fr", "Non merci, c'est tout."),
        ("fr", "Je voudrais annuler mon rendez-vous."),
        ("fr", "Rappelez-moi s'il vous plaît."),
        ("it", "No grazie, è tutto."),
        ("it", "Vorrei disdire un appuntamento."),
        ("en", "No thanks, that is all."),
        ("en", "Could you call me back?"),
        ("en", "I would like to cancel my appointment."),
    ],
)
def test_what_sounds_alike_takes_nothing_back(language, text):
    assert read(text, language, Question.ANYTHING_ELSE, requests=EVERYTHING).takes_back is None


@pytest.mark.parametrize(
    ("text", "language", "asked"),
    [
        ("Streichen Sie das bitte, lieber am Mittwoch.", "de", Question.PREFERRED_DATE),
        ("Ne me rappelez pas sur ce numéro.", "fr", Question.PHONE),
    ],
)
def test_a_detail_that_is_changed_takes_no_request_back(text, language, asked):
    task = Task.BOOK if asked is Question.PREFERRED_DATE else Task.CALLBACK
    assert read(text, language, asked, task=task).takes_back is None


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
@pytest.mark.parametrize("task", list(Task))
def test_the_only_request_is_withdrawn_and_the_caller_told(language, task):
    text = {"de": "Streichen Sie das wieder.", "fr": "Laissez tomber.", "it": "Lasci stare.", "en": "Forget it."}
    request = a_request(task)
    decision = say(after(request, language=language), text[language])
    assert decision.withdraws == (request.action,)
    assert names(decision) == [f"withdrawn_{task}", "ask_anything_else"]
    assert decision.state.requests == ()
    assert phrase(decision, language, PROFILE)


def test_the_request_that_is_named_is_withdrawn_and_the_other_stands():
    booked, call = a_request(Task.BOOK), a_request(Task.CALLBACK)
    decision = say(after(booked, call), "Ich brauche doch keinen Termin.")
    assert decision.withdraws == (booked.action,)
    assert decision.state.requests == (call,)


def test_where_several_may_be_meant_each_is_asked_about_the_latest_first():
    booked, call = a_request(Task.BOOK), a_request(Task.CALLBACK)
    asked = say(after(booked, call), "Streichen Sie das wieder.")
    assert asked.withdraws == ()
    assert names(asked) == ["about_callback", "ask_withdraw"]
    next_asked = say(asked.state, "Nein.")
    assert names(next_asked) == ["about_book", "ask_withdraw"]
    assert say(next_asked.state, "Ja.").withdraws == (booked.action,)
    kept = say(next_asked.state, "Nein.")
    assert (kept.withdraws, names(kept)) == ((), ["nothing_withdrawn", "ask_anything_else"])
    assert kept.state.requests == (booked, call)


@pytest.mark.parametrize(("answer", "left"), [("Den Termin.", 1), ("Den Rückruf.", 0), ("Beides.", None)])
def test_the_answer_may_name_which_is_meant(answer, left):
    requests = (a_request(Task.BOOK), a_request(Task.CALLBACK))
    asked = say(after(*requests), "Streichen Sie das wieder.")
    decision = say(asked.state, answer)
    assert decision.state.requests == (() if left is None else (requests[left],))


def test_half_a_yes_withdraws_nothing():
    asked = say(after(a_request(Task.BOOK), a_request(Task.CALLBACK)), "Streichen Sie das wieder.")
    assert say(asked.state, "Ja, Moment, nein, warten Sie.").withdraws == ()
    missed = say(asked.state, "Blaukraut Brautkleid.")
    assert (missed.withdraws, missed.state.asked) == ((), Question.WITHDRAW)


def test_two_requests_of_a_kind_are_told_apart_by_their_days():
    first = a_request(Task.BOOK, fact(FactName.PREFERRED_DATE, "2026-12-01"))
    second = a_request(Task.BOOK, fact(FactName.PREFERRED_DATE, "2026-12-08"))
    asked = say(after(first, second), "Ich brauche doch keinen Termin.")
    assert asked.acts[1].values == {"preferred_date": "2026-12-08"}
    named = say(after(first, second), "Den Termin am 1. Dezember können Sie wieder streichen.")
    assert named.withdraws == (first.action,)


def test_an_appointment_cancelled_without_a_date_may_be_the_one_just_asked_for():
    booked = a_request(Task.BOOK)
    asked = say(after(booked), "Ich möchte den Termin absagen.")
    assert names(asked) == ["about_book", "ask_withdraw"]
    assert say(asked.state, "Ja.").withdraws == (booked.action,)
    other = say(asked.state, "Nein.")
    assert (other.withdraws, other.state.task) == ((), Task.CANCEL)
    assert say(after(booked), "Ich möchte den Termin vom 3. Dezember absagen.").state.task is Task.CANCEL


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ach, vergessen Sie es."),
        ("de", "Nein, doch keinen Rückruf."),
        ("fr", "Laissez tomber."),
        ("it", "Lasciamo perdere."),
        ("en", "Forget it."),
    ],
)
def test_the_task_at_hand_is_left_and_nothing_of_it_reaches_the_practice(language, text):
    known = (fact(FactName.NAME, "Anna Keller"), fact(FactName.MESSAGE, "Die Rechnung"))
    state = DialogueState(language, task=Task.CALLBACK, asked=Question.READ_BACK, facts=known)
    decision = say(state, text)
    assert (decision.action, decision.withdraws, decision.abandons) == (None, (), True)
    assert names(decision) == ["abandoned", "ask_anything_else"]
    assert decision.state.task is None
    assert [one.name for one in decision.facts] == [FactName.NAME]


def test_a_request_is_withdrawn_in_the_middle_of_another_task_which_goes_on():
    call = a_request(Task.CALLBACK)
    state = replace(after(call), task=Task.BOOK, asked=Question.REASON)
    decision = say(state, "Den Rückruf brauche ich doch nicht, streichen Sie den Rückruf.")
    assert decision.withdraws == (call.action,)
    assert (decision.state.task, decision.state.asked) == (Task.BOOK, Question.REASON)


def test_what_is_wanted_instead_is_begun():
    call = a_request(Task.CALLBACK)
    decision = say(after(call), "Doch keinen Rückruf, ich möchte lieber einen Termin vereinbaren.")
    assert decision.withdraws == (call.action,)
    assert names(decision)[:2] == ["withdrawn_callback", "begin_book"]


def test_slots_that_are_looked_up_for_a_task_that_is_left_are_forgotten():
    query = SlotQuery(Task.BOOK, ())
    state = DialogueState(
        "de", task=Task.BOOK, asked=Question.CALENDAR, calendar=replace(NOT_ASKED, asked=query, pending=query)
    )
    decision = say(state, "Vergessen Sie es.")
    assert (decision.abandons, decision.state.calendar) == (True, NOT_ASKED)


def test_a_confirmed_task_becomes_a_request_that_can_be_withdrawn():
    facts = (fact(FactName.MESSAGE, "Die Rechnung"), fact(FactName.NAME, "Anna Keller"))
    phone = fact(FactName.PHONE, "+41791234567")
    read_back = tuple((one.name, one.value) for one in (*facts, phone))
    state = DialogueState(
        "de", task=Task.CALLBACK, asked=Question.READ_BACK, facts=(*facts, phone), read_back=read_back
    )
    done = say(state, "Ja, das stimmt.")
    assert done.action is not None
    assert done.action.kind is ActionKind.CALLBACK_REQUESTED
    assert say(done.state, "Ach, doch keinen Rückruf.").withdraws == (done.action,)
