"""French callers' turns, as recognition writes them."""

from __future__ import annotations

import pytest
from dialogue_helpers import read, values

from gateway.dialogue.model import FactName, Intent, Question, Task

INTENTS = [
    ("Bonjour, je voudrais prendre rendez-vous.", Intent.BOOK),
    ("Je voudrais un rendez-vous, s'il vous plaît.", Intent.BOOK),
    ("J'aimerais prendre un rendez-vous pour un détartrage.", Intent.BOOK),
    ("Je souhaiterais fixer un rendez-vous.", Intent.BOOK),
    ("J'ai besoin d'un rendez-vous.", Intent.BOOK),
    ("Est-ce que je peux avoir un rendez vous demain?", Intent.BOOK),
    ("Rendez-vous, s'il vous plaît.", Intent.BOOK),
    ("Un rdv chez le dentiste.", Intent.BOOK),
    ("Je voudrais voir le dentiste. Je voudrais venir la semaine prochaine.", Intent.BOOK),
    ("Je voudrais déplacer mon rendez-vous.", Intent.MOVE),
    ("Je dois reporter mon rendez-vous.", Intent.MOVE),
    ("Est-ce qu'on peut décaler le rendez-vous?", Intent.MOVE),
    ("J'aimerais changer la date de mon rendez-vous.", Intent.MOVE),
    ("Je voudrais deplasser mon rendez-vous.", Intent.MOVE),
    ("Je voudrais modifier mon rendez-vous.", Intent.MOVE),
    ("Je voudrais annuler mon rendez-vous.", Intent.CANCEL),
    ("Je dois annuler.", Intent.CANCEL),
    ("Je ne peux pas venir demain.", Intent.CANCEL),
    ("J'ai un empêchement.", Intent.CANCEL),
    ("Il faut décommander mon rendez-vous.", Intent.CANCEL),
    ("Pouvez-vous me rappeler?", Intent.CALLBACK),
    ("Je voudrais qu'on me rappelle.", Intent.CALLBACK),
    ("Rappelez-moi s'il vous plaît.", Intent.CALLBACK),
    ("Est-ce que quelqu'un peut me recontacter?", Intent.CALLBACK),
    ("C'est une urgence!", Intent.EMERGENCY),
    ("J'ai eu un accident.", Intent.EMERGENCY),
    ("Ça saigne beaucoup.", Intent.EMERGENCY),
    ("Ça n'arrête pas de saigner.", Intent.EMERGENCY),
    ("J'ai de la peine à respirer.", Intent.EMERGENCY),
    ("La douleur est insupportable.", Intent.EMERGENCY),
    ("Ma joue est très enflée.", Intent.EMERGENCY),
    ("Au secours!", Intent.EMERGENCY),
    ("Quels sont vos horaires d'ouverture?", Intent.OPENING_HOURS),
    ("Quand êtes-vous ouverts?", Intent.OPENING_HOURS),
    ("Vous êtes ouverts le samedi?", Intent.OPENING_HOURS),
    ("Jusqu'à quelle heure êtes-vous ouvert?", Intent.OPENING_HOURS),
    ("Quels sont vos horaires?", Intent.OPENING_HOURS),
    ("Quelle est votre adresse?", Intent.ADDRESS),
    ("Où êtes-vous?", Intent.ADDRESS),
    ("Où se trouve le cabinet?", Intent.ADDRESS),
    ("Comment venir chez vous?", Intent.ADDRESS),
    ("Est-ce qu'il y a un parking?", Intent.ADDRESS),
    ("Je voudrais parler à quelqu'un.", Intent.HUMAN),
    ("Je veux parler à un humain.", Intent.HUMAN),
    ("Passez-moi la réception, s'il vous plaît.", Intent.HUMAN),
    ("Je voudrais parler à la secrétaire.", Intent.HUMAN),
    ("Je ne parle pas à un robot.", Intent.HUMAN),
    ("Je voudrais parler au docteur Meier.", Intent.HUMAN),
    ("Pouvez-vous répéter?", Intent.REPEAT),
    ("Comment?", Intent.REPEAT),
    ("Pardon?", Intent.REPEAT),
    ("Je n'ai pas compris.", Intent.REPEAT),
    ("Encore une fois s'il vous plaît.", Intent.REPEAT),
    ("Au revoir.", Intent.GOODBYE),
    ("Bonne journée!", Intent.GOODBYE),
    ("C'est tout, merci.", Intent.GOODBYE),
    ("Je ne veux pas être enregistré.", Intent.REFUSE_RECORDING),
    ("Pas d'enregistrement, s'il vous plaît.", Intent.REFUSE_RECORDING),
    ("Arrêtez l'enregistrement.", Intent.REFUSE_RECORDING),
    ("Parlez-vous allemand?", Intent.CHANGE_LANGUAGE),
    ("En anglais, s'il vous plaît.", Intent.CHANGE_LANGUAGE),
    ("Combien coûte un détartrage?", Intent.OPEN_QUESTION),
    ("J'ai une question sur ma facture.", Intent.OPEN_QUESTION),
    ("Ce n'est pas une urgence.", None),
    ("J'ai déjà un rendez-vous mardi.", None),
    ("Mardi à trois heures.", None),
    ("Je m'appelle Claire Dubois.", None),
    ("Euh.", None),
]

ANSWERS = [
    ("Oui.", True),
    ("Oui, volontiers.", True),
    ("D'accord.", True),
    ("C'est ça.", True),
    ("C'est juste.", True),
    ("C'est correct.", True),
    ("Exactement.", True),
    ("Tout à fait.", True),
    ("Ça me convient.", True),
    ("Ça va.", True),
    ("Ça marche.", True),
    ("Parfait.", True),
    ("Très bien.", True),
    ("Bien sûr.", True),
    ("Volontiers.", True),
    ("Avec plaisir.", True),
    ("Pas de problème.", True),
    ("Euh oui.", True),
    ("Ouais.", True),
    ("Non.", False),
    ("Non merci.", False),
    ("Pas du tout.", False),
    ("Ce n'est pas correct.", False),
    ("Ce n'est pas ça.", False),
    ("Non, c'est faux.", False),
    ("C'est faux.", False),
    ("Ça ne me convient pas.", False),
    ("Pas tout à fait.", False),
    ("Je ne suis pas d'accord.", False),
    ("Non, jamais.", False),
    ("Mardi.", None),
    ("Je voudrais un rendez-vous.", None),
    ("Peut-être.", None),
    ("Dubois.", None),
]

FACTS = [
    ("Claire Dubois", Question.NAME, {"name": "Claire Dubois"}),
    ("Dubois.", Question.NAME, {"name": "Dubois"}),
    ("Je m'appelle Claire Dubois.", Question.HELP, {"name": "Claire Dubois"}),
    ("Le 3 mai 1985.", Question.DATE_OF_BIRTH, {"date_of_birth": "1985-05-03"}),
    ("Je suis née le 3 mai 1985.", Question.HELP, {"date_of_birth": "1985-05-03"}),
    ("Zéro sept neuf, quatre cent cinquante-six, douze, trente-quatre.", Question.PHONE, {"phone": "+41794561234"}),
    ("079 456 12 34", Question.PHONE, {"phone": "+41794561234"}),
    ("Oui, je suis déjà venue.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Oui.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Non.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("Non, c'est la première fois.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("Je suis une nouvelle patiente.", Question.HELP, {"patient_status": "new"}),
    ("Je suis déjà patiente chez vous.", Question.HELP, {"patient_status": "known"}),
    ("Pour un contrôle.", Question.REASON, {"reason": "check-up"}),
    ("Un controle", Question.REASON, {"reason": "check-up"}),
    ("Un détartrage.", Question.REASON, {"reason": "hygiene"}),
    ("Un detartrage", Question.REASON, {"reason": "hygiene"}),
    ("J'ai perdu un plombage.", Question.REASON, {"reason": "filling"}),
    ("Ma dent bouge.", Question.REASON, {"reason": "Ma dent bouge."}),
    ("J'ai mal aux dents.", Question.HELP, {"pain": "yes", "reason": "mal aux dents"}),
    ("Oui, un peu.", Question.PAIN, {"pain": "yes"}),
    ("Non, pas de douleurs.", Question.PAIN, {"pain": "no"}),
    ("Mardi.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Mardi prochain.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Le huit décembre.", Question.PREFERRED_DATE, {"preferred_date": "2026-12-08"}),
    ("Le plus vite possible.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-04"}),
    ("Peu importe.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-18"}),
    ("À quinze heures trente.", Question.PREFERRED_TIME, {"preferred_time": "15:30"}),
    ("N'importe quand.", Question.PREFERRED_TIME, {"preferred_time": "00:00/23:59"}),
    (
        "Mardi à quatorze heures pour un contrôle.",
        Question.HELP,
        {"preferred_date": "2026-11-24", "preferred_time": "14:00", "reason": "check-up"},
    ),
    ("Chez le docteur Meier.", Question.PREFERRED_DATE, {"practitioner": "sandra-meier"}),
    ("C'est au sujet de ma facture.", Question.MESSAGE, {"message": "C'est au sujet de ma facture."}),
    ("Pouvez-vous me rappeler au sujet de ma facture?", Question.HELP, {"message": "au sujet de ma facture?"}),
    ("D U B O I S", Question.SPELLING, {"name": "Dubois"}),
]


@pytest.mark.parametrize(("text", "intent"), INTENTS)
def test_intents_of_french_callers_are_found(text, intent):
    assert (read(text, "fr").intents or (None,))[0] == intent


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_yes_and_no_of_french_callers_are_found(text, answer):
    assert read(text, "fr", Question.READ_BACK).answer is answer


@pytest.mark.parametrize(("text", "asked", "expected"), FACTS)
def test_facts_of_french_callers_are_read(text, asked, expected):
    assert values(read(text, "fr", asked, Task.BOOK if asked is not Question.HELP else None)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Non, pas mardi, jeudi.", {"preferred_date": "2026-11-26"}),
        ("Non pas mardi mais jeudi", {"preferred_date": "2026-11-26"}),
        ("Jeudi, pas mardi.", {"preferred_date": "2026-11-26"}),
        ("Plutôt jeudi.", {"preferred_date": "2026-11-26"}),
        ("Mardi je ne peux pas, plutôt jeudi.", {"preferred_date": "2026-11-26"}),
        ("Non, pas à trois heures, à seize heures.", {"preferred_time": "16:00"}),
        ("Non, je m'appelle Dubois.", {"name": "Dubois"}),
    ],
)
def test_a_negated_value_is_dropped_and_the_right_one_taken(text, expected):
    assert values(read(text, "fr", Question.READ_BACK, Task.BOOK)) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Non, le numéro est faux.", FactName.PHONE),
        ("Le nom n'est pas juste.", FactName.NAME),
        ("L'heure n'est pas correcte.", FactName.PREFERRED_TIME),
    ],
)
def test_a_fact_that_is_called_wrong_by_name_is_found(text, name):
    assert name in read(text, "fr", Question.READ_BACK, Task.BOOK).rejected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Je voudrais déplacer mon rendez-vous de mardi à jeudi.",
            {"existing_date": "2026-11-24", "preferred_date": "2026-11-26"},
        ),
        (
            "Je dois déplacer mon rendez-vous du mardi au jeudi à quinze heures.",
            {"existing_date": "2026-11-24", "preferred_date": "2026-11-26", "preferred_time": "15:00"},
        ),
        ("Je dois annuler mon rendez-vous de lundi.", {"existing_date": "2026-11-23"}),
    ],
)
def test_dates_belong_to_the_old_or_to_the_new_appointment(text, expected):
    assert values(read(text, "fr")) == expected
