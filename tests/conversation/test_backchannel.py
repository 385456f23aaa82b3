"""Signs of listening and requests for a moment, told from what deserves an answer."""

import pytest

from gateway.conversation.backchannel import asks_for_a_moment, is_backchannel


@pytest.mark.parametrize(
    "text",
    [
        "Mhm.",
        "Hm",
        "Aha",
        "Ja",
        "Ja ja.",
        "Jaja",
        "Jo",
        "Äbe",
        "Guet.",
        "Isch guet",
        "Genau.",
        "Ok",
        "Okay, gut.",
        "Alles klar, danke.",
        "Ach so",
        "Gern.",
        "Stimmt",
        "Oui oui.",
        "D'accord.",
        "Très bien.",
        "Ah bon",
        "Voilà",
        "Je vois.",
        "Sì sì.",
        "Certo",
        "Va bene.",
        "Ho capito.",
        "Yes, yes.",
        "I see.",
        "All right.",
        "Uh huh",
    ],
)
def test_a_sign_of_listening_is_one(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nein.",
        "Non",
        "No.",
        "Nei",
        "Ja, aber nicht Dienstag.",
        "Stopp",
        "Dienstag.",
        "Hilfe",
        "Ja, ich blute",
        "Halt",
        "Falsch",
        "Moment",
        "ja ja ja ja ja ja",
        "079",
        "Was?",
        "Comment?",
        "Aiuto",
        "Help",
        "Wie bitte?",
    ],
)
def test_what_brings_something_is_none(text: str) -> None:
    assert not is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "Moment.",
        "Einen Moment bitte.",
        "Moment, ich hole die Karte.",
        "Ich muss schnell nachschauen.",
        "Warten Sie kurz.",
        "Es Momentli bitte",
        "Un instant, s'il vous plaît.",
        "Attendez, je cherche mon agenda.",
        "Une seconde",
        "Un attimo.",
        "Un secondo per favore.",
        "Un momento per favore.",
        "Aspetti, cerco la tessera.",
        "One moment please.",
        "Just a second.",
        "Hold on.",
        "Let me check my calendar.",
    ],
)
def test_a_request_for_a_moment_is_understood(text: str) -> None:
    assert asks_for_a_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ja.",
        "Einen Moment, ich blute stark.",
        "Moment, das stimmt nicht.",
        "Im Moment habe ich Schmerzen.",
        "Die Nummer.",
        "Ich suche einen Termin am Dienstag.",
        "Un momento, non è giusto.",
        "One second, that's wrong.",
        "Attendez, ce n'est pas juste.",
        "Der zweite.",
        "One.",
        "The second one.",
        "The second.",
        "Il secondo.",
        "La seconde.",
        "A check-up.",
        "Check up please",
        "Un controllo.",
        "Controllo, per favore.",
        "Un contrôle.",
        "Eine Kontrolle bitte.",
    ],
)
def test_a_moment_with_something_to_say_is_a_turn(text: str) -> None:
    assert not asks_for_a_moment(text)
