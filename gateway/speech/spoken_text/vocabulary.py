"""The words that figures and symbols are said with, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.language import Language


@dataclass(frozen=True, slots=True)
class Currency:
    """One of it, several, and the same of its hundredth."""

    one: str
    many: str
    cent: str
    cents: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``units`` maps what is written behind a number to one of it and several; ``signs`` a symbol to its name."""

    to: str
    decimal: str
    minus: str
    plus: str
    over: str
    times: tuple[str, str]
    hundredth_joiner: str
    currencies: Mapping[str, Currency]
    units: Mapping[str, tuple[str, str]]
    signs: Mapping[str, str]
    halves: Mapping[str, str]


_CURRENCY_CODES = {
    "CHF": "franc", "SFr": "franc", "sFr": "franc", "Fr": "franc", "Fr.": "franc", "SFr.": "franc", "sFr.": "franc",
    "Frs": "franc", "Frs.": "franc", "fr.": "franc", "Franken": "franc", "francs": "franc", "franc": "franc",
    "franchi": "franc", "franco": "franc", "EUR": "euro", "€": "euro", "Euro": "euro", "euro": "euro",
    "euros": "euro", "USD": "dollar", "$": "dollar", "GBP": "pound", "£": "pound",
}  # fmt: skip
"""What stands for a currency in all four languages; the longest comes first where they are searched for."""


def _currencies(**currencies: Currency) -> dict[str, Currency]:
    return {code: currencies[name] for code, name in _CURRENCY_CODES.items()}


def _units(table: str) -> dict[str, tuple[str, str]]:
    """Return the units of a table with lines such as ``mg = Milligramm | Milligramm``."""
    units = {}
    for line in table.strip().splitlines():
        written, _, said = line.partition(" = ")
        one, _, many = said.partition(" | ")
        units[written.strip()] = (one.strip(), (many or one).strip())
    return units


_VOCABULARIES: Mapping[Language, Vocabulary] = {
    "de": Vocabulary(
        to="bis",
        decimal="Komma",
        minus="minus",
        plus="plus",
        over="zu",
        times=("einmal", "mal"),
        hundredth_joiner="",
        currencies=_currencies(
            franc=Currency("ein Franken", "Franken", "ein Rappen", "Rappen"),
            euro=Currency("ein Euro", "Euro", "ein Cent", "Cent"),
            dollar=Currency("ein Dollar", "Dollar", "ein Cent", "Cent"),
            pound=Currency("ein Pfund", "Pfund", "ein Penny", "Pence"),
        ),
        units=_units("""
            µg = ein Mikrogramm | Mikrogramm
            mg = ein Milligramm | Milligramm
            g = ein Gramm | Gramm
            kg = ein Kilogramm | Kilogramm
            ml = ein Milliliter | Milliliter
            dl = ein Deziliter | Deziliter
            l = ein Liter | Liter
            mm = ein Millimeter | Millimeter
            cm = ein Zentimeter | Zentimeter
            m = ein Meter | Meter
            m² = ein Quadratmeter | Quadratmeter
            km = ein Kilometer | Kilometer
            km/h = ein Kilometer pro Stunde | Kilometer pro Stunde
            °C = ein Grad | Grad
            ° = ein Grad | Grad
            % = ein Prozent | Prozent
            ‰ = ein Promille | Promille
            h = eine Stunde | Stunden
            Std. = eine Stunde | Stunden
            Std = eine Stunde | Stunden
            min = eine Minute | Minuten
            Min. = eine Minute | Minuten
            Min = eine Minute | Minuten
            Sek. = eine Sekunde | Sekunden
            """),
        signs={
            "@": "ät", "&": "und", "+": "plus", "%": "Prozent", "#": "Raute", "*": "Stern", "=": "gleich",
            "/": "Schrägstrich", "€": "Euro", "$": "Dollar", "£": "Pfund", "°": "Grad", "_": "Unterstrich",
            ".": "Punkt", "-": "Bindestrich", "§": "Paragraf", "×": "mal", "½": "einhalb",
        },
        halves={"1/2": "einhalb", "1/4": "ein Viertel", "3/4": "drei Viertel", "1/3": "ein Drittel",
                "2/3": "zwei Drittel", "24/7": "vierundzwanzig sieben"},
    ),
    "fr": Vocabulary(
        to="à",
        decimal="virgule",
        minus="moins",
        plus="plus",
        over="sur",
        times=("une fois", "fois"),
        hundredth_joiner="",
        currencies=_currencies(
            franc=Currency("un franc", "francs", "un centime", "centimes"),
            euro=Currency("un euro", "euros", "un centime", "centimes"),
            dollar=Currency("un dollar", "dollars", "un cent", "cents"),
            pound=Currency("une livre", "livres", "un penny", "pence"),
        ),
        units=_units("""
            µg = un microgramme | microgrammes
            mg = un milligramme | milligrammes
            g = un gramme | grammes
            kg = un kilo | kilos
            ml = un millilitre | millilitres
            dl = un décilitre | décilitres
            l = un litre | litres
            mm = un millimètre | millimètres
            cm = un centimètre | centimètres
            m = un mètre | mètres
            m² = un mètre carré | mètres carrés
            km = un kilomètre | kilomètres
            km/h = un kilomètre à l'heure | kilomètres à l'heure
            °C = un degré | degrés
            ° = un degré | degrés
            % = un pour cent | pour cent
            ‰ = un pour mille | pour mille
            min = une minute | minutes
            min. = une minute | minutes
            sec. = une seconde | secondes
            """),
        signs={
            "@": "arobase", "&": "et", "+": "plus", "%": "pour cent", "#": "dièse", "*": "étoile", "=": "égale",
            "/": "barre oblique", "€": "euros", "$": "dollars", "£": "livres", "°": "degrés", "_": "tiret bas",
            ".": "point", "-": "tiret", "§": "paragraphe", "×": "fois", "½": "et demi",
        },
        halves={"1/2": "un demi", "1/4": "un quart", "3/4": "trois quarts", "1/3": "un tiers", "2/3": "deux tiers",
                "24/7": "vingt-quatre heures sur vingt-quatre"},
    ),
    "it": Vocabulary(
        to="a",
        decimal="virgola",
        minus="meno",
        plus="più",
        over="su",
        times=("una volta", "volte"),
        hundredth_joiner="e ",
        currencies=_currencies(
            franc=Currency("un franco", "franchi", "un centesimo", "centesimi"),
            euro=Currency("un euro", "euro", "un centesimo", "centesimi"),
            dollar=Currency("un dollaro", "dollari", "un centesimo", "centesimi"),
            pound=Currency("una sterlina", "sterline", "un penny", "pence"),
        ),
        units=_units("""
            µg = un microgrammo | microgrammi
            mg = un milligrammo | milligrammi
            g = un grammo | grammi
            kg = un chilo | chili
            ml = un millilitro | millilitri
            dl = un decilitro | decilitri
            l = un litro | litri
            mm = un millimetro | millimetri
            cm = un centimetro | centimetri
            m = un metro | metri
            m² = un metro quadrato | metri quadrati
            km = un chilometro | chilometri
            km/h = un chilometro all'ora | chilometri all'ora
            °C = un grado | gradi
            ° = un grado | gradi
            % = uno per cento | per cento
            ‰ = uno per mille | per mille
            h = un'ora | ore
            min = un minuto | minuti
            min. = un minuto | minuti
            sec. = un secondo | secondi
            """),
        signs={
            "@": "chiocciola", "&": "e", "+": "più", "%": "per cento", "#": "cancelletto", "*": "asterisco",
            "=": "uguale", "/": "barra", "€": "euro", "$": "dollari", "£": "sterline", "°": "gradi",
            "_": "trattino basso", ".": "punto", "-": "trattino", "§": "paragrafo", "×": "per", "½": "e mezzo",
        },
        halves={"1/2": "un mezzo", "1/4": "un quarto", "3/4": "tre quarti", "1/3": "un terzo", "2/3": "due terzi",
                "24/7": "ventiquattr'ore su ventiquattro"},
    ),
    "en": Vocabulary(
        to="to",
        decimal="point",
        minus="minus",
        plus="plus",
        over="over",
        times=("once", "times"),
        hundredth_joiner="",
        currencies=_currencies(
            franc=Currency("one franc", "francs", "one centime", "centimes"),
            euro=Currency("one euro", "euros", "one cent", "cents"),
            dollar=Currency("one dollar", "dollars", "one cent", "cents"),
            pound=Currency("one pound", "pounds", "one penny", "pence"),
        ),
        units=_units("""
            µg = one microgram | micrograms
            mg = one milligram | milligrams
            g = one gram | grams
            kg = one kilo | kilos
            ml = one millilitre | millilitres
            dl = one decilitre | decilitres
            l = one litre | litres
            mm = one millimetre | millimetres
            cm = one centimetre | centimetres
            m = one metre | metres
            m² = one square metre | square metres
            km = one kilometre | kilometres
            km/h = one kilometre per hour | kilometres per hour
            °C = one degree | degrees
            ° = one degree | degrees
            % = one percent | percent
            ‰ = one per mille | per mille
            h = one hour | hours
            hrs = one hour | hours
            min = one minute | minutes
            min. = one minute | minutes
            sec. = one second | seconds
            """),
        signs={
            "@": "at", "&": "and", "+": "plus", "%": "percent", "#": "hash", "*": "star", "=": "equals",
            "/": "slash", "€": "euros", "$": "dollars", "£": "pounds", "°": "degrees", "_": "underscore",
            ".": "dot", "-": "dash", "§": "section", "×": "times", "½": "and a half",
        },
        halves={"1/2": "a half", "1/4": "a quarter", "3/4": "three quarters", "1/3": "a third", "2/3": "two thirds",
                "24/7": "twenty-four seven"},
    ),
}  # fmt: skip


def vocabulary(language: Language) -> Vocabulary:
    """Return the words of ``language``."""
    return _VOCABULARIES[language]
