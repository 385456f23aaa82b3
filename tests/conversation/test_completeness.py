"""Whether the caller is likely to go on, by the words up to a pause: tables for four languages and Swiss German."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversation.completeness import Completeness, completeness_of, is_hesitation, is_unfinished
from gateway.dialogue.model import Expectation
from gateway.language import LANGUAGES, Language

UNFINISHED: dict[Language, str] = {
    "de": """
        Ich möchte
        Ich möchte gerne einen Termin und
        Guten Tag, mein Name ist
        Guten Tag, hier ist Frau
        Ich hätte gern
        Ich hätte gerne einen
        Ich rufe an wegen
        Es geht um
        Ich habe Schmerzen, weil
        Ich wollte fragen, ob
        Am Dienstag oder
        Lieber am
        Nicht am Dienstag, sondern
        Ich brauche einen Termin für
        Ich habe seit
        Und zwar
        Zum Beispiel
        I hätt gern
        Min Name isch
        I ha
        Ich kann nur zwischen
        Meine Nummer ist
        Ja, aber
        Nein, ich
        Ich möchte den Termin von Frau
        Am Montag, Dienstag,
        Ich bin, ehm
        Ehm
        Also, ähm
        Ich möchte einen Termin...
        Ich habe einen Termin am 3. –
    """,
    "fr": """
        Je voudrais
        Bonjour, je voudrais prendre rendez-vous pour
        Je m'appelle
        Bonjour, c'est Madame
        J'aimerais
        C'est pour mon fils et
        Je ne peux pas parce que
        Le mardi ou
        Mon numéro est le
        Mon nom est
        Il s'agit de
        J'ai mal à la
        Est-ce que
        Non, plutôt
        J'ai rendez-vous le
        Euh
        Oui, mais
        C'est
        Je suis
        Lundi, mardi,
    """,
    "it": """
        Vorrei
        Buongiorno, vorrei un appuntamento per
        Mi chiamo
        Il mio nome è
        Ho bisogno di
        È per mio figlio e
        Non posso perché
        Martedì o
        Il mio numero è
        Si tratta di
        Ho mal di
        Sono la signora
        No, piuttosto
        Ehm
        Sì, ma
        Lunedì, martedì,
        Allora
    """,
    "en": """
        I'd like
        I'd like to
        Hello, I would like to make an appointment for
        My name is
        I have a toothache and
        I can't come because
        On Tuesday or
        My number is
        It's about
        I was wondering
        I need to change my
        Um
        Yes, but
        No, rather
        Monday, Tuesday,
        I am calling about the
        This is Mrs.
    """,
}
WHOLE: dict[Language, str] = {
    "de": """
        Ich möchte einen Termin vereinbaren.
        Ich rufe Sie später an.
        Ich sage den Termin ab.
        Ich habe Zahnschmerzen.
        Nein, danke.
        Können Sie mich zurückrufen?
        Das ist richtig, oder?
        Guten Tag, hier ist Keller.
        Ich wünsche eine Kontrolle.
        Eine Dentalhygiene.
        Wann haben Sie offen?
        Ich möchte meinen Termin verschieben.
        Das weiss ich nicht.
        Ich bin neu.
        I bruche en Termin.
        Chönd Sie mir hälfe?
    """,
    "fr": """
        Je voudrais prendre rendez-vous.
        J'ai mal aux dents.
        Non, merci.
        Pouvez-vous me rappeler?
        Un contrôle.
        C'est pour un détartrage.
        Bonjour, Favre.
        Vous êtes ouverts le samedi?
        Et vous?
        Je ne sais pas.
    """,
    "it": """
        Vorrei prendere un appuntamento.
        Ho mal di denti.
        No, grazie.
        Può richiamarmi?
        Un controllo.
        È per un'igiene dentale.
        Buongiorno, sono Bernasconi.
        Siete aperti il sabato?
        Non lo so.
    """,
    "en": """
        I'd like to make an appointment.
        I have a toothache.
        No, thank you.
        Could you call me back?
        A check-up.
        Where is it?
        Hello, this is John Baker.
        Are you open on Saturdays?
        I don't know.
    """,
}


def rows(table: dict[Language, str]) -> list[tuple[Language, str]]:
    return [(language, line.strip()) for language, lines in table.items() for line in lines.strip().splitlines()]


@pytest.mark.parametrize(("language", "text"), rows(UNFINISHED))
@pytest.mark.parametrize("expectation", [Expectation.OPEN, Expectation.DATE, Expectation.YES_NO])
def test_a_sentence_that_breaks_off_is_unfinished(language: Language, text: str, expectation: Expectation) -> None:
    assert completeness_of(text, expectation, language) is Completeness.UNFINISHED


@pytest.mark.parametrize(("language", "text"), rows(WHOLE))
def test_a_whole_sentence_is_not_waited_for(language: Language, text: str) -> None:
    assert completeness_of(text, Expectation.OPEN, language) is not Completeness.UNFINISHED


C, U, UNKNOWN = Completeness.COMPLETE, Completeness.UNFINISHED, Completeness.UNKNOWN
ANSWERS: list[tuple[Expectation, Language, str, Completeness]] = [
    (Expectation.YES_NO, "de", "Ja.", C),
    (Expectation.YES_NO, "de", "Ja, genau.", C),
    (Expectation.YES_NO, "de", "Ja, das stimmt so.", C),
    (Expectation.YES_NO, "de", "Nein.", C),
    (Expectation.YES_NO, "de", "Nei.", C),
    (Expectation.YES_NO, "de", "Ja, aber", U),
    (Expectation.YES_NO, "de", "Ja, das stimmt, und ich möchte noch etwas sagen.", UNKNOWN),
    (Expectation.YES_NO, "de", "Vielleicht.", UNKNOWN),
    (Expectation.YES_NO, "fr", "Oui.", C),
    (Expectation.YES_NO, "fr", "Oui, c'est juste.", C),
    (Expectation.YES_NO, "fr", "Non.", C),
    (Expectation.YES_NO, "fr", "Oui, mais", U),
    (Expectation.YES_NO, "it", "Sì.", C),
    (Expectation.YES_NO, "it", "Sì, esatto.", C),
    (Expectation.YES_NO, "it", "No.", C),
    (Expectation.YES_NO, "en", "Yes.", C),
    (Expectation.YES_NO, "en", "Yes, that's right.", C),
    (Expectation.YES_NO, "en", "No.", C),
    (Expectation.YES_NO, "en", "Yes, but", U),
    (Expectation.CHOICE, "de", "Der erste.", C),
    (Expectation.CHOICE, "fr", "Le deuxième.", C),
    (Expectation.CHOICE, "de", "Der", U),
    (Expectation.CHOICE, "de", "Vielleicht passt mir der erste besser.", UNKNOWN),
    (Expectation.DATE, "de", "Am Dienstag, dem 8. Dezember.", C),
    (Expectation.DATE, "de", "Am achten Dezember.", C),
    (Expectation.DATE, "de", "Am Dienstag.", UNKNOWN),
    (Expectation.DATE, "de", "Nächste Woche.", UNKNOWN),
    (Expectation.DATE, "de", "Am", U),
    (Expectation.DATE, "de", "Am Dienstag, dem", U),
    (Expectation.DATE, "fr", "Le seize décembre.", C),
    (Expectation.DATE, "fr", "Mardi.", UNKNOWN),
    (Expectation.DATE, "fr", "Le mardi seize", UNKNOWN),
    (Expectation.DATE, "it", "Il sedici dicembre.", C),
    (Expectation.DATE, "it", "Martedì.", UNKNOWN),
    (Expectation.DATE, "it", "Il", U),
    (Expectation.DATE, "en", "December the sixteenth.", C),
    (Expectation.DATE, "en", "Tuesday.", UNKNOWN),
    (Expectation.DATE, "en", "On the", U),
    (Expectation.BIRTH_DATE, "de", "3. Mai 1975.", C),
    (Expectation.BIRTH_DATE, "de", "Dritter Mai neunzehnhundertfünfundsiebzig.", C),
    (Expectation.BIRTH_DATE, "de", "3. Mai.", U),
    (Expectation.BIRTH_DATE, "de", "Das weiss ich nicht.", UNKNOWN),
    (Expectation.BIRTH_DATE, "fr", "Le 3 mai 1975.", C),
    (Expectation.BIRTH_DATE, "fr", "Le 3 mai.", U),
    (Expectation.BIRTH_DATE, "it", "Il 3 maggio 1975.", C),
    (Expectation.BIRTH_DATE, "it", "Il 3 maggio.", U),
    (Expectation.BIRTH_DATE, "en", "May 3rd, 1975.", C),
    (Expectation.BIRTH_DATE, "en", "The third of May.", U),
    (Expectation.TIME, "de", "Um halb drei.", C),
    (Expectation.TIME, "de", "Um 14 Uhr 30.", C),
    (Expectation.TIME, "de", "Am Nachmittag.", C),
    (Expectation.TIME, "de", "Um", U),
    (Expectation.TIME, "fr", "À quatorze heures trente.", C),
    (Expectation.TIME, "fr", "À", U),
    (Expectation.TIME, "it", "Alle tre e mezza.", C),
    (Expectation.TIME, "it", "Alle", U),
    (Expectation.TIME, "en", "At half past two.", C),
    (Expectation.TIME, "en", "At", U),
    (Expectation.PHONE, "de", "079 123 45 67", C),
    (Expectation.PHONE, "de", "Null sieben neun, eins zwei drei, vier fünf, sechs sieben.", C),
    (Expectation.PHONE, "de", "079", U),
    (Expectation.PHONE, "de", "079 123", U),
    (Expectation.PHONE, "de", "079 123 45.", U),
    (Expectation.PHONE, "de", "+49 30 123456", UNKNOWN),
    (Expectation.PHONE, "de", "Das weiss ich nicht auswendig.", UNKNOWN),
    (Expectation.PHONE, "de", "Meine Nummer ist", U),
    (Expectation.PHONE, "fr", "zéro sept neuf, un deux trois, quatre cinq, six sept", C),
    (Expectation.PHONE, "fr", "zéro sept neuf", U),
    (Expectation.PHONE, "it", "zero sette nove, uno due tre", U),
    (Expectation.PHONE, "it", "079 123 45 67", C),
    (Expectation.PHONE, "en", "oh seven nine, one two three", U),
    (Expectation.PHONE, "en", "079 123 45 67", C),
    (Expectation.SPELLING, "de", "M", U),
    (Expectation.SPELLING, "de", "M E", U),
    (Expectation.SPELLING, "de", "M E I E R", UNKNOWN),
    (Expectation.SPELLING, "de", "M wie Martha, E wie", U),
    (Expectation.SPELLING, "fr", "F A", U),
    (Expectation.SPELLING, "fr", "F A V R E", UNKNOWN),
    (Expectation.SPELLING, "it", "R O", U),
    (Expectation.SPELLING, "it", "R O S S I", UNKNOWN),
    (Expectation.SPELLING, "en", "B A K E R", UNKNOWN),
    (Expectation.SPELLING, "en", "B A,", U),
    (Expectation.NAME, "de", "Anna Keller.", UNKNOWN),
    (Expectation.NAME, "de", "Keller.", U),
    (Expectation.NAME, "de", "Mein Name ist", U),
    (Expectation.NAME, "fr", "Pierre Favre.", UNKNOWN),
    (Expectation.NAME, "it", "Mi chiamo", U),
    (Expectation.NAME, "en", "My name is Mary", UNKNOWN),
    (Expectation.OPEN, "de", "Was kostet das?", C),
    (Expectation.OPEN, "de", "", UNKNOWN),
    (Expectation.PHONE, "de", "...", UNKNOWN),
]


@pytest.mark.parametrize(("expectation", "language", "text", "expected"), ANSWERS)
def test_an_answer_is_judged_by_what_was_asked(
    expectation: Expectation, language: Language, text: str, expected: Completeness
) -> None:
    assert completeness_of(text, expectation, language) is expected


@pytest.mark.parametrize(
    ("given", "text", "expected"),
    [("079123", "45 67", C), ("079123", "45", U), ("079123", "079 123 45 67", C), ("", "45 67", U)],
)
def test_digits_from_turns_before_count(given: str, text: str, expected: Completeness) -> None:
    assert completeness_of(text, Expectation.PHONE, "de", given) is expected


@pytest.mark.parametrize("text", ["Ehm", "äh", "Also", "Alors...", "allora,", "um", "Hm.", "euh", "Ähm, also"])
def test_what_only_fills_time_is_known(text: str) -> None:
    assert is_hesitation(text)


@pytest.mark.parametrize("text", ["", "Ja", "Ehm, Dienstag", "nein", "also gut"])
def test_words_are_no_hesitation(text: str) -> None:
    assert not is_hesitation(text)


@given(st.text(), st.sampled_from(list(Expectation)), st.sampled_from(LANGUAGES), st.text("0123456789+", max_size=12))
def test_any_text_is_judged(text: str, expectation: Expectation, language: Language, given_digits: str) -> None:
    assert isinstance(completeness_of(text, expectation, language, given_digits), Completeness)
    assert isinstance(is_unfinished(text, language), bool)
