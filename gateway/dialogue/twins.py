"""Surnames that sound like others and are written in another way, so that they are spelled when they are read back."""

from __future__ import annotations

from gateway.dialogue.text import fold

# The name with the asterisk is so much more frequent than the others that hearing it is enough.
_TWINS = (
    "meier meyer maier mayer meyr maire",
    "schmid schmidt schmitt schmied",
    "müller* mueller muller miller",
    "frei frey",
    "weiss* weis wyss wiss",
    "hofmann* hoffmann hofman",
    "baumann* bauman",
    "fischer* vischer",
    "kunz* kuntz",
    "roth* rot",
    "widmer* wittmer wiedmer",
    "lüthi lüthy lüti",
    "suter* sutter sauter",
    "marti* marty",
    "jäggi* jaeggi jeggi",
    "bachmann* bachman",
    "kaufmann* kauffmann",
    "graf* graff",
    "bühler* buehler büeler buhler",
    "ammann* aman amann",
    "berger* perger",
    "zürcher* zurcher zuercher",
    "köhler* kehler koehler koller",
    "beyeler* beieler",
    "bieri* biery",
    "thommen* tommen",
    "christen* kristen",
    "favre* faivre fabre",
    "blanc* blanck blank",
    "dupont* dupond",
    "perret* perez péret",
    "renaud* renault",
    "nicolet* nicollet",
    "rossi* rosi",
    "ferrari* ferrara ferrario",
    "smith* smyth",
    "clark clarke",
    "thomson thompson",
    "philips phillips",
    "stewart stuart",
)
_WITH_TWINS = frozenset(fold(name) for row in _TWINS for name in row.split() if not name.endswith("*"))


def surname_of(name: str) -> str:
    """Return the last word of a name."""
    return name.rsplit(maxsplit=1)[-1]


def has_twins(name: str) -> bool:
    """Tell whether the surname of ``name`` sounds like another one that is written otherwise."""
    return any(fold(part) in _WITH_TWINS for part in surname_of(name).split("-"))
