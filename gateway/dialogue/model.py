"""The values that pass between understanding, deciding and phrasing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.actions.kinds import ActionKind
from gateway.dialogue.calendar_steps import NOT_ASKED, CalendarState, CalendarStep, SlotChoice
from gateway.dialogue.withdrawal_steps import Request, TakesBack, Withdrawing
from gateway.language import Language
from gateway.practice.profile import PracticeProfile


class FactName(StrEnum):
    """What can be known about a caller's request. Values are canonical strings; the comment gives the form."""

    NAME = "name"  # "Anna Keller"
    DATE_OF_BIRTH = "date_of_birth"  # ISO 8601 date
    PHONE = "phone"  # E.164
    PATIENT_STATUS = "patient_status"  # "new" or "known"
    REASON = "reason"  # a service's id from the profile, or the caller's words
    PREFERRED_DATE = "preferred_date"  # ISO 8601 date, or an interval "2026-11-23/2026-11-27"
    PREFERRED_TIME = "preferred_time"  # "15:30", or an interval "08:00/12:00"
    PRACTITIONER = "practitioner"  # a person's id from the profile, or "any"
    PAIN = "pain"  # "yes" or "no"
    EXISTING_DATE = "existing_date"  # ISO 8601 date of the appointment to move or cancel
    EXISTING_TIME = "existing_time"  # "15:30"
    MESSAGE = "message"  # the caller's words for a callback
    RELATION = "relation"  # for whom the caller calls: "daughter", "husband", … (lexicons.relatives), or "self"
    PATIENT_NAME = "patient_name"  # the patient's name, where that is not the caller


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: ``value`` in its canonical form, ``words`` what the caller said for it, ``confidence`` 0 to 1."""

    name: FactName
    value: str
    words: str
    confidence: float
    confirmed: bool = False


class Intent(StrEnum):
    """What the caller wants."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    CALLBACK = "callback"
    EMERGENCY = "emergency"
    EMERGENCY_QUESTION = "emergency_question"
    """The caller asks whether it is an emergency."""
    EMERGENCY_NUMBER = "emergency_number"
    """The caller asks how the emergency service is reached."""
    OPEN_QUESTION = "open_question"
    """A question that only the practice answers: prices, bills, insurance, results."""
    OPENING_HOURS = "opening_hours"
    ADDRESS = "address"
    HUMAN = "human"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    REFUSE_RECORDING = "refuse_recording"
    CHANGE_LANGUAGE = "change_language"


class Expectation(StrEnum):
    """What kind of answer is awaited; the conversation chooses its endpointing by it."""

    OPEN = "open"
    MESSAGE = "message"
    YES_NO = "yes_no"
    CONFIRMATION = "confirmation"
    """A yes to everything that was read back, or what is wrong with it."""
    NAME = "name"
    SPELLING = "spelling"
    PHONE = "phone"
    DATE = "date"
    BIRTH_DATE = "birth_date"
    TIME = "time"
    KEYS = "keys"
    """A date or a time that is typed, since words were not understood."""
    CHOICE = "choice"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """What the caller did: words that were recognised, or keys that were pressed (``keys``), or neither (silence).

    ``text`` is "" and ``keys`` is "" when the caller said nothing in time or nothing was understood.
    """

    text: str
    language: Language
    confidence: float = 1.0
    keys: str = ""
    span: tuple[int, int] | None = field(default=None, compare=False)
    """Where it was said: first and last position in the call, in samples at 8 kHz; None where that is not known."""


@dataclass(frozen=True, slots=True)
class SecondWish:
    """An appointment that is wished for beside another matter.

    ``relation`` tells whom it is for (``FactName.RELATION``), None for the caller; ``facts`` were said about it.
    """

    relation: str | None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What the practice lets be answered: the ids of the profile's entries, the best first.

    ``words`` is how a language model worded it, once that was checked; without them the first entry's text is said.
    """

    entries: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """A caller's turn, read."""

    turn: CallerTurn
    language: Language
    intents: tuple[Intent, ...] = ()
    facts: tuple[Fact, ...] = ()
    answer: bool | None = None
    """Yes or no, when the caller said either."""
    wavers: bool = False
    """A second thought stands beside the yes ("ja, Moment, nein")."""
    corrects: bool = False
    """The caller takes something back ("nein, nicht Dienstag, Donnerstag")."""
    rejected: tuple[FactName, ...] = ()
    """Facts that the caller says are wrong, without saying the right ones ("die Telefonnummer stimmt nicht")."""
    requested_language: Language | None = None
    """The language that the caller asks for."""
    unknown: bool = False
    """The caller does not know ("keine Ahnung")."""
    partial_digits: str = ""
    """All digits of a telephone number that is not complete yet."""
    impossible: FactName | None = None
    """What a date was said for that cannot be: 31 February, a birth in the future."""
    speaks: Language | None = None
    """The language that the caller clearly speaks; None when the turn is too short to tell."""
    choice: SlotChoice | None = None
    """Which of the offered times the caller chooses by their order."""
    speaks_clearly: bool = False
    """The turn is so long that there is no doubt about ``speaks``."""
    known: KnownAnswer | None = None
    """The answer to an open question, where the practice's profile has one."""
    second_patient: str | None = None
    """Whom an appointment is wished for beside the caller or a first patient; a value of ``FactName.RELATION``."""
    days_asked_about: tuple[dt.date, ...] = ()
    """The days of whose opening hours the caller asks."""
    strong_pain: bool = False
    """The caller has strong pain, which is no emergency by itself."""
    takes_back: TakesBack | None = None
    """What was asked for in this call and is not wanted any more."""


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """An action that the practice shall get, with the confirmed facts that it rests on."""

    kind: ActionKind
    facts: tuple[Fact, ...]
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpeechAct:
    """One thing to say: the name of a wording and the values that fill it."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    reads: tuple[tuple[FactName, str], ...] = ()
    """Facts and values that the caller has had read back once all of it was heard."""
    variant: int = 0
    """Which of several wordings is said: 1 is that of the name with ``_2``."""


class Task(StrEnum):
    """What the dialogue is working on for the caller."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    CALLBACK = "callback"


class Question(StrEnum):
    """What the dialogue asked last; the value is part of the name of its wordings."""

    HELP = "help"
    REASON = "reason"
    PAIN = "pain"
    PREFERRED_DATE = "preferred_date"
    PREFERRED_TIME = "preferred_time"
    SLOT = "slot"
    """Which of the calendar's free times is taken."""
    CALENDAR = "calendar"
    """Nothing: the caller waits for the calendar's answer."""
    EXISTING_DATE = "existing_date"
    PATIENT_STATUS = "patient_status"
    NAME = "name"
    PATIENT_NAME = "patient_name"
    DATE_OF_BIRTH = "date_of_birth"
    SPELLING = "spelling"
    CALLER_NUMBER = "caller_number"
    PHONE = "phone"
    MESSAGE = "message"
    CONFIRM = "confirm"
    """Whether something that was hardly understood is right."""
    READ_BACK = "read_back"
    WHAT_IS_WRONG = "what_is_wrong"
    ANYTHING_ELSE = "anything_else"
    OFFER_CALLBACK = "offer_callback"
    OFFER_BOOKING = "offer_booking"
    """Whether the second wish of a turn shall be booked too."""
    WITHDRAW = "withdraw"
    """Whether a request of this call is the one that is not wanted any more."""
    EMERGENCY_REPEAT = "emergency_repeat"
    EMERGENCY_CONNECT = "emergency_connect"
    """Whether the caller, who asked whether it is an emergency, is put through to the emergency service."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Everything that the dialogue remembers between two turns. Values do not change; a turn makes a new state."""

    language: Language
    task: Task | None = None
    facts: tuple[Fact, ...] = ()
    asked: Question = Question.NOTHING
    said: tuple[SpeechAct, ...] = ()
    """What was said last, to be repeated on demand."""
    misses: tuple[tuple[Question, int], ...] = ()
    """How often the answer to each open question was not understood."""
    failures: int = 0
    """Questions that were given up."""
    apologies: int = 0
    """How often the caller was told that they were not understood."""
    silences: int = 0
    """Silent turns in a row."""
    partial_digits: str = ""
    """The part of a telephone number that was given so far."""
    spelling_asked: bool = False
    """Whether the caller has been asked to spell the name."""
    skipped: tuple[FactName, ...] = ()
    """Facts that the caller cannot or will not give."""
    confirming: tuple[FactName, ...] = ()
    """What ``Question.CONFIRM`` asks about."""
    keypad: bool = False
    """Whether the open question, for a date or a time, shall be answered by keys."""
    read_back: tuple[tuple[FactName, str], ...] = ()
    """Facts and values that were read back for the task at hand."""
    caller_number_refused: bool = False
    language_settled: bool = False
    """Whether the caller's language was taken over."""
    other_language: Language | None = None
    """A different language that the last turn was in; a second such turn switches to it."""
    message_span: tuple[int, int] | None = None
    """Where the caller's message was said, as ``CallerTurn.span``."""
    recording_refused: bool = False
    emergency_flagged: bool = False
    pain_answered: bool = False
    """Whether the caller was told who helps with strong pain."""
    transferring_to: str | None = None
    """The transfer target that the call is on its way to."""
    unreachable: tuple[str, ...] = ()
    """Transfer targets that nobody answered at in this call; they are not tried again."""
    second_wish: SecondWish | None = None
    """What is asked about once the task at hand is done."""
    finished: tuple[Task, ...] = ()
    """Tasks whose action was requested."""
    requests: tuple[Request, ...] = ()
    """What the practice was asked for and was not taken back, in order."""
    withdrawing: Withdrawing | None = None
    """What ``Question.WITHDRAW`` asks about."""
    calendar: CalendarState = NOT_ASKED
    hung_up: bool = False

    @property
    def expectation(self) -> Expectation:
        """The kind of answer that is awaited."""
        return Expectation.KEYS if self.keypad else EXPECTATIONS[self.asked]

    def fact(self, name: FactName) -> Fact | None:
        """Return what is known under ``name``."""
        return next((fact for fact in self.facts if fact.name is name), None)

    def missed(self, question: Question) -> int:
        """Return how often the answer to ``question`` was not understood."""
        return dict(self.misses).get(question, 0)


EXPECTATIONS: dict[Question, Expectation] = {
    Question.HELP: Expectation.OPEN,
    Question.REASON: Expectation.OPEN,
    Question.PAIN: Expectation.YES_NO,
    Question.PREFERRED_DATE: Expectation.DATE,
    Question.PREFERRED_TIME: Expectation.TIME,
    Question.SLOT: Expectation.CHOICE,
    Question.CALENDAR: Expectation.NOTHING,
    Question.EXISTING_DATE: Expectation.DATE,
    Question.PATIENT_STATUS: Expectation.YES_NO,
    Question.NAME: Expectation.NAME,
    Question.PATIENT_NAME: Expectation.NAME,
    Question.DATE_OF_BIRTH: Expectation.BIRTH_DATE,
    Question.SPELLING: Expectation.SPELLING,
    Question.CALLER_NUMBER: Expectation.YES_NO,
    Question.PHONE: Expectation.PHONE,
    Question.MESSAGE: Expectation.MESSAGE,
    Question.CONFIRM: Expectation.YES_NO,
    Question.READ_BACK: Expectation.CONFIRMATION,
    Question.WHAT_IS_WRONG: Expectation.OPEN,
    Question.ANYTHING_ELSE: Expectation.YES_NO,
    Question.OFFER_CALLBACK: Expectation.YES_NO,
    Question.OFFER_BOOKING: Expectation.YES_NO,
    Question.WITHDRAW: Expectation.YES_NO,
    Question.EMERGENCY_REPEAT: Expectation.YES_NO,
    Question.EMERGENCY_CONNECT: Expectation.YES_NO,
    Question.NOTHING: Expectation.NOTHING,
}
"""The kind of answer that each question awaits."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the dialogue does next: what it says, what it knows, what the practice gets."""

    state: DialogueState
    acts: tuple[SpeechAct, ...]
    action: ActionRequest | None = None
    calendar: CalendarStep | None = None
    """What the practice's calendar is to be asked, or to book by ``action``; its answer makes the next decision."""
    withdraws: tuple[ActionRequest, ...] = ()
    """Actions of this call that are not wanted any more."""
    abandons: bool = False
    """The caller does not want the task at hand any more: nothing of it may reach the practice."""
    hang_up: bool = False
    """Hang up once everything was said."""
    stop_recording: bool = False
    """Stop the recording now and keep nothing of it."""
    transfer_target: str | None = None
    """The id of the transfer target from the profile that the call goes to once everything was said."""
    today: dt.date | None = None
    """The day on which it is said: the year is said of days that are far from it."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts that are known now."""
        return self.state.facts

    @property
    def expectation(self) -> Expectation:
        """The kind of answer that is awaited."""
        return self.state.expectation

    @property
    def language(self) -> Language:
        """The language to say it in."""
        return self.state.language


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """What surrounds a turn: the practice, the time, the line."""

    profile: PracticeProfile
    now: dt.datetime
    """The time in the practice's zone."""
    caller_number: str | None = None
    """E.164, when the line shows it."""
    can_transfer: bool = False
    calendar: bool = False
    """Whether the practice's calendar can be asked now."""
    recording: bool = True
    """Whether the call is recorded, unless the caller refuses."""
