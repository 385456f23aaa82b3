"""Names as callers give and spell them."""

import pytest

from gateway.dialogue.normalise import find_name, find_spelling, spell_out

# Language, words, the name when it is asked for, the name when it is not.
NAMES = """
de | mein Name ist Anna Keller | Anna Keller | Anna Keller
de | Mein Name ist. Stefan Hofmann. | Stefan Hofmann | Stefan Hofmann
de | Mein Name ist. Ich möchte einen Termin. | |
de | Keller, Anna Keller | Anna Keller |
de | ich heisse anna keller | Anna Keller | Anna Keller
de | hier ist Anna Keller, ich möchte einen Termin | Anna Keller | Anna Keller
de | Anna Keller am Apparat | Anna Keller | Anna Keller
de | Hier spricht Frau Müller-Meier. | Müller-Meier | Müller-Meier
de | Grüezi, mein Name ist Beat Zgraggen und ich brauche einen Termin | Beat Zgraggen | Beat Zgraggen
de | ich bin Hans von der Mühll | Hans von der Mühll | Hans von der Mühll
de | Ich heisse Keller mit Doppel L | Keller | Keller
de | Anna Keller | Anna Keller |
de | ja, also Anna Keller | Anna Keller |
de | das wäre Keller | Keller |
de | von der mühll | von der Mühll |
de | Herr Dr. Meier | Meier |
de | mcdonald | McDonald |
de | Anna Keller, guten Tag | Anna Keller |
de | Keller, K E L L E R | Keller |
de | KELLER | Keller |
de | ja | |
de | nein danke | |
de | ich weiss nicht | |
de | drei Uhr | |
de | 079 123 45 67 | |
de | morgen um drei | |
de | Einen Termin bitte | |
de | Zahnschmerzen | |
de | ich bin Patient bei Ihnen | |
de | Ich bin am Dienstag verhindert | |
de | ich hätte gern einen Termin | |
fr | je m'appelle Jean de Weck | Jean de Weck | Jean de Weck
fr | C'est Anna Keller | Anna Keller | Anna Keller
fr | Marie-Claude Dubois à l'appareil | Marie-Claude Dubois | Marie-Claude Dubois
fr | bonjour, je m'appelle Élodie Rochat, j'aimerais un rendez-vous | Élodie Rochat | Élodie Rochat
fr | oui, Dupont | Dupont |
fr | Madame Favre | Favre |
fr | jean-pierre dupont | Jean-Pierre Dupont |
fr | je ne sais pas | |
fr | je suis malade | |
fr | d'accord | |
fr | c'est la deuxième fois | |
fr | Le Roy | Le Roy |
fr | c'est pour un rendez-vous | |
it | mi chiamo Marco Di Stefano | Marco Di Stefano | Marco Di Stefano
it | sono Lucia Bernasconi | Lucia Bernasconi | Lucia Bernasconi
it | parla la signora Rossi | Rossi | Rossi
it | Buongiorno, sono Giulia Ferrari, vorrei un appuntamento | Giulia Ferrari | Giulia Ferrari
it | marco de luca | Marco De Luca |
it | D'Angelo | D'Angelo |
it | sì | |
it | è la seconda volta | |
it | non lo so | |
it | sono malato | |
en | my name is Sarah O'Brien | Sarah O'Brien | Sarah O'Brien
en | this is Anna Keller speaking | Anna Keller | Anna Keller
en | Anna Keller speaking | Anna Keller | Anna Keller
en | it's John McDonald | John McDonald | John McDonald
en | I'm Anna | Anna | Anna
en | smith | Smith |
en | Mrs Smith | Smith |
en | John Smith please | John Smith |
en | yes | |
en | I don't know | |
en | this is urgent | |
en | I'm new | |
en | I'm calling about an appointment | |
"""


def _names():
    for line in NAMES.strip().splitlines():
        language, words, asked, unasked = (part.strip() for part in line.split("|"))
        yield pytest.param(language, words, asked, unasked, id=f"{language}: {words}")


@pytest.mark.parametrize(("language", "words", "asked", "unasked"), list(_names()))
def test_names_are_found_without_what_surrounds_them(language, words, asked, unasked):
    for expected, name in ((True, asked), (False, unasked)):
        found = find_name(words, language, expected=expected)
        assert (found.value if found else "") == name
        if found:
            assert words[found.start : found.end] == found.words


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("de", "K E double L E R", "Keller"),
        ("de", "K E Doppel L E R", "Keller"),
        ("de", "Em Ü zwei L E R", "Müller"),
        ("de", "K wie Kaiser, E wie Emil, L wie Ludwig, L wie Ludwig, E wie Emil, R wie Richard", "Keller"),
        ("de", "K-E-L-L-E-R", "Keller"),
        ("de", "K.E.L.L.E.R.", "Keller"),
        ("de", "Ka E El El E Er", "Keller"),
        ("de", "Kah, E, Ell, Ell, E, Err", "Keller"),
        ("de", "Kaiser Emil Ludwig Ludwig Emil Richard", "Keller"),
        ("de", "KELLER", "Keller"),
        ("de", "Keller, K E L L E R", "Keller"),
        ("de", "M U Umlaut L L E R", "Müller"),
        ("de", "W E B E R Bindestrich M E I E R", "Weber-Meier"),
        ("de", "M E Ypsilon E R", "Meyer"),
        ("de", "ja er ist es", None),
        ("de", "Anna Martha", None),
        ("de", "079 123 45 67", None),
        ("fr", "M comme Marie, A comme Anatole, R comme Raoul", "Mar"),
        ("fr", "D U P O N T", "Dupont"),
        ("fr", "K E deux L E R", "Keller"),
        ("fr", "double vé E B E R", "Weber"),
        ("fr", "E accent aigu L O D I E", "Élodie"),
        ("fr", "dé u pé o enne té", "Dupont"),
        ("fr", "R O i grec", "Roy"),
        ("fr", "deux L", None),
        ("fr", "je suis là", None),
        ("it", "M come Milano, A come Ancona, R come Roma", "Mar"),
        ("it", "R O doppia esse I", "Rossi"),
        ("it", "Roma Otranto Savona Savona Imola", "Rossi"),
        ("it", "bi e erre enne a", "Berna"),
        ("it", "è a Roma", None),
        ("en", "S as in Sierra, M for Mike, I, T, H", "Smith"),
        ("en", "double u e b b", "Webb"),
        ("en", "sierra mike india tango hotel", "Smith"),
        ("en", "oh I see you", None),
        ("en", "I am a", None),
    ],
)
def test_spelt_names_are_read(language, words, expected):
    found = find_spelling(words, language)
    assert (found and found.value) == expected


def test_names_are_spelt_out_with_the_names_of_signs():
    assert spell_out("Keller", "de") == "K, E, L, L, E, R"
    assert spell_out("Müller-O'X", "de") == "M, Ü, L, L, E, R, Bindestrich, O, Apostroph, X"
