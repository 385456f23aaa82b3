"""Swiss German words as recognition writes them by ear, and what they are in standard German.

Only words that no other of the four languages has, so that they can be replaced before the language is known.
"""

from __future__ import annotations

from collections.abc import Mapping

_FORMS = {
    "nicht": "nöd nid ned",
    "ist": "isch",
    "war": "gsi gsii",
    "kann": "chan chani cha chani chann",
    "können": "chönd chönnd chönnt chönt chönne chönned chöi chöit",
    "kommen": "cho choo",
    "komme": "chum chume chumme",
    "muss": "mues muess",
    "möchte": "wott wett möcht wetti",
    "haben": "hend heit",
    "habe": "hani hanni",
    "hätte": "hetti hätti hett hät",
    "gern": "gärn",
    "offen": "offe offä",
    "nochmal": "nomal nomol",
    "zurück": "zrugg zrogg",
    "zurückrufen": "zrugglüte zruggglüte zrugglütte zruckglüte zrügglüte zrugglüt",
    "anrufen": "aalüte alüte aalütte",
    "ruft": "lütet lüted lüte",
    "verstanden": "verstande verschtande",
    "sagen": "säge sägä",
    "vorbeikommen": "verbicho verbiicho verbiichoo vorbicho vorbiicho",
    "kostet": "choschtet choscht koschtet",
    "abmelden": "abmälde abmäude",
    "verschieben": "verschiebe verschiebä",
    "ändern": "ändere",
    "neu": "nöi",
    "gleich": "glich gliich gliech",
    "schon": "scho",
    "etwas": "öppis öpis",
    "jemand": "öpper öpperem öppert öpert",
    "mensch": "mönsch mönsche",
    "reden": "rede schwätze schwätzä",
    "meine": "mini",
    "ihnen": "ihne",
}
DIALECT: Mapping[str, str] = {form: standard for standard, forms in _FORMS.items() for form in forms.split()}
"""Standard words by their dialect form, both in lower case."""
