import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.language import LANGUAGES
from gateway.speech.spoken_text import LONGEST_SENTENCE, LONGEST_WORD, sentences, spoken


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("de", "Unter 079 123 45 67.", "Unter 0 7 9, 1 2 3, 4 5, 6 7."),
        ("de", "Unter +41791234567.", "Unter 0 7 9, 1 2 3, 4 5, 6 7."),
        ("de", "Unter 0041 44 123 45 67", "Unter 0 4 4, 1 2 3, 4 5, 6 7"),
        ("fr", "au +33 1 42 68 53 00", "au plus 3 3, 1, 4 2, 6 8, 5 3, 0 0"),
        ("it", "allo 091/123 45 67", "allo 0 9 1, 1 2 3, 4 5, 6 7"),
        ("en", "on (044) 123-45-67", "on 0 4 4, 1 2 3, 4 5, 6 7"),
        ("de", "am 26.11.2026 um 15.30 Uhr", "am 26. November 2026 um 15.30 Uhr"),
        ("de", "am 1.3. um 9 Uhr", "am 1. März um 9 Uhr"),
        ("de", "am 31.2.", "am 31.2."),
        ("fr", "le 1.12.2026 à 15h30", "le 1er décembre 2026 à 15h30"),
        ("it", "il 1.12. alle 15:30", "il 1º dicembre alle 15:30"),
        ("en", "on 2026-11-26 at 15:30", "on 26 November 2026 at 3:30 p.m."),
        ("en", "at 8:00, 08:15, 12:00 or 00:05", "at 8 a.m., 8:15 a.m., 12 p.m. or 12:05 a.m."),
        ("en", "at 3:30 p.m.", "at 3:30 p.m."),
        ("de", "Dr. med. dent. Keller", "Doktor Keller"),
        ("de", "bei Dr. Müller", "bei Doktor Müller"),
        ("fr", "le Dr Favre et Mme Rey", "le docteur Favre et madame Rey"),
        ("it", "la dott.ssa Bianchi e il dott. Rossi", "la dottoressa Bianchi e il dottor Rossi"),
        ("en", "Dr. Keller", "doctor Keller"),
        ("de", "Strasse, Grüsse, dreissig, grosse Kasse", "Straße, Grüße, dreißig, große Kasse"),
        ("fr", "poisson & <b>lait</b>", "poisson et lait"),
        ("de", "Rufen Sie 144 an.", "Rufen Sie 144 an."),
        ("de", "CHF 120.50 für 12345678 Stück", "CHF 120.50 für 12345678 Stück"),
    ],
)
def test_text_is_written_out_where_the_engine_would_misread_it(language, written, read):
    assert spoken(written, language) == read


@pytest.mark.parametrize(
    "text", ['<speed level="500">schnell</speed>', "a < b > c", "<volume level='0'>", "</pitch", "<<b>b>"]
)
def test_no_markup_reaches_the_engine(text):
    assert not re.search(r"[<>]", spoken(text, "de"))


@pytest.mark.parametrize("text", ["", " \n", "...", "😀", "\x00\x07", "<b></b>"])
def test_a_text_without_words_is_empty(text):
    assert spoken(text, "de") == ""
    assert sentences(spoken(text, "de"), "de") == []


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_whatever_comes_in_is_one_line_of_bounded_words(text, language):
    line = spoken(text, language)
    assert not re.search(r"[<>\x00-\x1f]", line)
    assert all(len(word) <= LONGEST_WORD for word in line.split())


@given(st.text("ab .,;!?19", max_size=900))
def test_sentences_lose_no_word_and_are_bounded(text):
    line = spoken(text, "de")
    parts = sentences(line, "de")
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", line)
    assert all(0 < len(part) <= LONGEST_SENTENCE + 1 for part in parts)


def test_sentences_end_where_a_reader_would_pause():
    assert sentences("Guten Tag, hier ist die Praxis. Was kann ich tun? Gern!", "de") == [
        "Guten Tag, hier ist die Praxis.",
        "Was kann ich tun?",
        "Gern!",
    ]
    assert sentences("Am 3. Dezember um 9 Uhr, passt das?", "de") == ["Am 3. Dezember um 9 Uhr, passt das?"]
    assert sentences("Monday at 3 p.m. or later.", "en") == ["Monday at 3 p.m. or later."]
