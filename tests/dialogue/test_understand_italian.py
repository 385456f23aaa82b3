"""Italian callers' turns, as recognition writes them."""

from __future__ import annotations

import pytest
from dialogue_helpers import read, values

from gateway.dialogue.model import FactName, Intent, Question, Task

INTENTS = [
    ("Buongiorno, vorrei prendere un appuntamento.", Intent.BOOK),
    ("Vorrei fissare un appuntamento.", Intent.BOOK),
    ("Ho bisogno di un appuntamento.", Intent.BOOK),
    ("Posso avere un appuntamento domani?", Intent.BOOK),
    ("Vorrei prenotare una visita.", Intent.BOOK),
    ("Appuntamento, per favore.", Intent.BOOK),
    ("Vorrei un apuntamento. Vorrei un appuntamento.", Intent.BOOK),
    ("Vorrei spostare il mio appuntamento.", Intent.MOVE),
    ("Devo rinviare l'appuntamento.", Intent.MOVE),
    ("Possiamo cambiare la data dell'appuntamento?", Intent.MOVE),
    ("Devo posticipare il mio appuntamento.", Intent.MOVE),
    ("Vorrei annullare il mio appuntamento.", Intent.CANCEL),
    ("Devo disdire l'appuntamento.", Intent.CANCEL),
    ("Domani non posso venire.", Intent.CANCEL),
    ("Vorrei cancellare l'appuntamento di lunedì.", Intent.CANCEL),
    ("Mi può richiamare?", Intent.CALLBACK),
    ("Vorrei essere richiamato.", Intent.CALLBACK),
    ("Potete richiamarmi?", Intent.CALLBACK),
    ("È un'emergenza!", Intent.EMERGENCY),
    ("È urgente, è un'urgenza.", Intent.EMERGENCY),
    ("Ho avuto un incidente.", Intent.EMERGENCY),
    ("Sanguina molto.", Intent.EMERGENCY),
    ("Non smette di sanguinare.", Intent.EMERGENCY),
    ("Non riesco a respirare.", Intent.EMERGENCY),
    ("Il dolore è insopportabile.", Intent.EMERGENCY),
    ("Ho la guancia molto gonfia.", Intent.EMERGENCY),
    ("Aiuto!", Intent.EMERGENCY),
    ("Quali sono gli orari di apertura?", Intent.OPENING_HOURS),
    ("Quando siete aperti?", Intent.OPENING_HOURS),
    ("Siete aperti il sabato?", Intent.OPENING_HOURS),
    ("A che ora chiudete?", Intent.OPENING_HOURS),
    ("Qual è il vostro indirizzo?", Intent.ADDRESS),
    ("Dove siete?", Intent.ADDRESS),
    ("Dove si trova lo studio?", Intent.ADDRESS),
    ("Come arrivo da voi?", Intent.ADDRESS),
    ("C'è un parcheggio?", Intent.ADDRESS),
    ("Vorrei parlare con una persona.", Intent.HUMAN),
    ("Posso parlare con qualcuno?", Intent.HUMAN),
    ("Mi passi la segreteria, per favore.", Intent.HUMAN),
    ("Non voglio parlare con un robot.", Intent.HUMAN),
    ("Vorrei parlare con la dottoressa Meier.", Intent.HUMAN),
    ("Può ripetere?", Intent.REPEAT),
    ("Non ho capito.", Intent.REPEAT),
    ("Come?", Intent.REPEAT),
    ("Scusi?", Intent.REPEAT),
    ("Arrivederci.", Intent.GOODBYE),
    ("Buona giornata!", Intent.GOODBYE),
    ("È tutto, grazie.", Intent.GOODBYE),
    ("Non voglio essere registrato.", Intent.REFUSE_RECORDING),
    ("Senza registrazione, per favore.", Intent.REFUSE_RECORDING),
    ("Parla tedesco?", Intent.CHANGE_LANGUAGE),
    ("In inglese, per favore.", Intent.CHANGE_LANGUAGE),
    ("Quanto costa una pulizia?", Intent.OPEN_QUESTION),
    ("Ho una domanda sulla fattura.", Intent.OPEN_QUESTION),
    ("Non è un'emergenza.", None),
    ("Ho già un appuntamento martedì.", None),
    ("Martedì alle tre.", None),
    ("Mi chiamo Marco Rossi.", None),
    ("Ehm.", None),
]

ANSWERS = [
    ("Sì.", True),
    ("Si.", True),
    ("Sì, grazie.", True),
    ("Sì, esatto.", True),
    ("Esatto.", True),
    ("Va bene.", True),
    ("Certo.", True),
    ("Giusto.", True),
    ("Corretto.", True),
    ("D'accordo.", True),
    ("Volentieri.", True),
    ("Perfetto.", True),
    ("È giusto.", True),
    ("Tutto giusto.", True),
    ("Molto volentieri.", True),
    ("Nessun problema.", True),
    ("Ok.", True),
    ("No.", False),
    ("No, grazie.", False),
    ("Non va bene.", False),
    ("Non è giusto.", False),
    ("Non è corretto.", False),
    ("No, è sbagliato.", False),
    ("È sbagliato.", False),
    ("Per niente.", False),
    ("Assolutamente no.", False),
    ("Non proprio.", False),
    ("No, mai.", False),
    ("Martedì.", None),
    ("Vorrei un appuntamento.", None),
    ("Forse.", None),
    ("Rossi.", None),
]

FACTS = [
    ("Marco Rossi", Question.NAME, {"name": "Marco Rossi"}),
    ("Mi chiamo Marco Rossi.", Question.HELP, {"name": "Marco Rossi"}),
    ("Il 3 maggio 1985.", Question.DATE_OF_BIRTH, {"date_of_birth": "1985-05-03"}),
    ("Sono nato il 3 maggio 1985.", Question.HELP, {"date_of_birth": "1985-05-03"}),
    ("079 456 12 34", Question.PHONE, {"phone": "+41794561234"}),
    ("Zero sette nove, quattro cinque sei, dodici, trentaquattro.", Question.PHONE, {"phone": "+41794561234"}),
    ("Sì, sono già stato da voi.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Sì.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("No.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("No, è la prima volta.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("Sono un nuovo paziente.", Question.HELP, {"patient_status": "new"}),
    ("Per un controllo.", Question.REASON, {"reason": "check-up"}),
    ("Una pulizia dei denti.", Question.REASON, {"reason": "hygiene"}),
    ("Un'otturazione.", Question.REASON, {"reason": "filling"}),
    ("Un'oturazione.", Question.REASON, {"reason": "filling"}),
    ("Il mio dente si muove.", Question.REASON, {"reason": "Il mio dente si muove."}),
    ("Ho mal di denti.", Question.HELP, {"pain": "yes", "reason": "mal di denti"}),
    ("Sì, un po'.", Question.PAIN, {"pain": "yes"}),
    ("No, nessun dolore.", Question.PAIN, {"pain": "no"}),
    ("Martedì.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Martedì prossimo.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("L'otto dicembre.", Question.PREFERRED_DATE, {"preferred_date": "2026-12-08"}),
    ("Il prima possibile.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-04"}),
    ("È uguale.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-18"}),
    ("Alle quindici e trenta.", Question.PREFERRED_TIME, {"preferred_time": "15:30"}),
    ("Non importa.", Question.PREFERRED_TIME, {"preferred_time": "00:00/23:59"}),
    (
        "Martedì alle quattordici per un controllo.",
        Question.HELP,
        {"preferred_date": "2026-11-24", "preferred_time": "14:00", "reason": "check-up"},
    ),
    ("Con la dottoressa Meier.", Question.PREFERRED_DATE, {"practitioner": "sandra-meier"}),
    ("Riguarda la mia fattura.", Question.MESSAGE, {"message": "Riguarda la mia fattura."}),
    ("R O S S I", Question.SPELLING, {"name": "Rossi"}),
]


@pytest.mark.parametrize(("text", "intent"), INTENTS)
def test_intents_of_italian_callers_are_found(text, intent):
    assert (read(text, "it").intents or (None,))[0] == intent


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_yes_and_no_of_italian_callers_are_found(text, answer):
    assert read(text, "it", Question.READ_BACK).answer is answer


@pytest.mark.parametrize(("text", "asked", "expected"), FACTS)
def test_facts_of_italian_callers_are_read(text, asked, expected):
    assert values(read(text, "it", asked, Task.BOOK if asked is not Question.HELP else None)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No, non martedì, giovedì.", {"preferred_date": "2026-11-26"}),
        ("No non martedì ma giovedì", {"preferred_date": "2026-11-26"}),
        ("Giovedì, non martedì.", {"preferred_date": "2026-11-26"}),
        ("Martedì non posso, meglio giovedì.", {"preferred_date": "2026-11-26"}),
        ("No, non alle quindici, alle sedici.", {"preferred_time": "16:00"}),
        ("No, mi chiamo Bianchi.", {"name": "Bianchi"}),
    ],
)
def test_a_negated_value_is_dropped_and_the_right_one_taken(text, expected):
    assert values(read(text, "it", Question.READ_BACK, Task.BOOK)) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("No, il numero è sbagliato.", FactName.PHONE),
        ("Il cognome non è giusto.", FactName.NAME),
        ("L'orario non è corretto.", FactName.PREFERRED_TIME),
    ],
)
def test_a_fact_that_is_called_wrong_by_name_is_found(text, name):
    assert name in read(text, "it", Question.READ_BACK, Task.BOOK).rejected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Vorrei spostare il mio appuntamento di martedì a giovedì.",
            {"existing_date": "2026-11-24", "preferred_date": "2026-11-26"},
        ),
        ("Devo disdire l'appuntamento di lunedì.", {"existing_date": "2026-11-23"}),
    ],
)
def test_dates_belong_to_the_old_or_to_the_new_appointment(text, expected):
    assert values(read(text, "it")) == expected
