"""German words, with what Swiss callers say in Swiss German and recognisers write down."""

from __future__ import annotations

from gateway.dialogue.normalise.dialect_de import (
    DATE_WORDS,
    TIME_WORDS,
    dialect_cardinals,
    dialect_ordinals,
    hours_for_dates,
    hours_for_times,
)
from gateway.dialogue.normalise.lexicon import (
    Lexicon,
    NameWords,
    NumberWords,
    PhoneWords,
    SpellingWords,
    SpokenWords,
    by_phrase,
    phrases,
    words,
)

_UNITS = ("null", "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun")
_UNITS_IN_COMPOUNDS = ("ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun")
_TEENS = ("zehn", "elf", "zwolf", "dreizehn", "vierzehn", "funfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn")
_TENS = {
    20: "zwanzig",
    30: "dreissig",
    40: "vierzig",
    50: "funfzig",
    60: "sechzig",
    70: "siebzig",
    80: "achtzig",
    90: "neunzig",
}
_ORDINAL_STEMS = {1: "erst", 2: "zweit", 3: "dritt", 7: "siebt", 8: "acht"}
_ORDINAL_ENDINGS = ("e", "en", "er", "em", "es")
_WEEKDAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_DAYPARTS = {
    "morgen": "morning",
    "vormittag": "morning",
    "mittag": "noonish",
    "nachmittag": "afternoon",
    "abend": "evening",
}


def _cardinals() -> dict[str, int]:
    found = {word: value for value, word in enumerate(_UNITS + _TEENS)}
    for tens, word in _TENS.items():
        found[word] = tens
        for unit, unit_word in enumerate(_UNITS_IN_COMPOUNDS, start=1):
            found[f"{unit_word}und{word}"] = tens + unit
    for word, value in list(found.items()):
        for plain, variant in (("funf", "fuenf"), ("zwolf", "zwoelf"), ("zwei", "zwo"), ("dreissig", "dreizig")):
            if plain in word:
                found[word.replace(plain, variant)] = value
    return found


def _ordinals() -> dict[str, int]:
    cardinals = _cardinals()
    found = {}
    for word, value in cardinals.items():
        if value == 0 or value > 31:
            continue
        stem = _ORDINAL_STEMS.get(value) or word + ("t" if value < 20 else "st")
        for ending in _ORDINAL_ENDINGS:
            found[stem + ending] = value
    for ending in _ORDINAL_ENDINGS:
        found["zwot" + ending] = 2
        found["siebent" + ending] = 7
    return found


_DATE_TAGS = {
    "today": "heute|hut|heut|heutige|heutigen",
    "tomorrow": "morgen|morn",
    "overmorrow": "ubermorgen|uber morgen|ubermorn",
    "yesterday": "gestern|vorgestern",
    "wd=0": "montag|montags|mantig",
    "wd=1": "dienstag|dienstags|zischtig",
    "wd=2": "mittwoch|mittwochs|mittwuch",
    "wd=3": "donnerstag|donnerstags|donnschtig|dunnschtig|donstag",
    "wd=4": "freitag|freitags|fritig",
    "wd=5": "samstag|samstags|sonnabend|samschtig",
    "wd=6": "sonntag|sonntags|sunntig",
    "month=1": "januar|janner|jenner",
    "month=2": "februar|feber",
    "month=3": "marz|maerz",
    "month=4": "april",
    "month=5": "mai",
    "month=6": "juni|juno",
    "month=7": "juli",
    "month=8": "august",
    "month=9": "september",
    "month=10": "oktober|october",
    "month=11": "november",
    "month=12": "dezember|december",
    "this": "dieser|diese|diesen|dieses|diesem",
    "coming": "kommende|kommenden|kommender|kommendes|kommendem",
    "next": "nachste|nachsten|nachster|nachstes|nachstem|naechste|naechsten|naechster",
    "overnext": "ubernachste|ubernachsten|ubernachster|ubernachstes|uber nachste|uber nachsten",
    "last": "letzte|letzten|letzter|letztes|letztem|vergangene|vergangenen|vorige|vorigen|voriger",
    "day": "tag|tage|tagen",
    "week": "woche|wochen",
    "weekend": "wochenende|wochenend",
    "months": "monat|monate|monaten|monats",
    "year": "jahr|jahre|jahren|jahres",
    "calendarweek": "kalenderwoche|kw",
    "in": "in|im|innert|innerhalb|uber",
    "on": "am|den|dem",
    "the": "der|die|das",
    "of": "von|vom|des|an|auf",
    "from": "ab|ab dem|ab den|fruhestens",
    "since": "seit|seit dem|schon seit",
    "ago": "vor",
    "after": "nach|nach dem",
    "until": "bis|bis zum|bis am|bis spatestens|spatestens",
    "between": "zwischen",
    "and": "und",
    "or": "oder",
    "move": "verschieben|verlegen|umbuchen|andern",
    "not": "nicht|kein|keine|keinen|schlecht|ungunstig|unmoglich|ausser|statt|anstatt",
    "ask": "warum nicht|wieso nicht|weshalb nicht|wenn nicht|nicht nur",
    "begin": "anfang|anfangs|beginn",
    "middle": "mitte",
    "end": "ende",
    "few": "paar|wenigen|wenige|einigen",
    "clock": "uhr|minuten|stunden",
    "n=001": "ein|eine|einem|einen|einer",
    "ok": "um|gegen|war|wars|gienge|gingen|passe|passte|hatte|hatten|haben|kame|konnten|bitte|gern|gerne"
    "|ja|genau|also|nachmittag|nachmittags|vormittag|vormittags|abend|abends|mittag|mittags|morgens"
    "|fruh|vormittag|wenn|weil|da|dann|aber|sind|wurde|wurden|mochte|will|vielleicht|am besten|noch"
    "|lieber|etwas|halb|viertel|einen termin|frei|moglich|gut|am morgen|jeden morgen|am fruhen morgen",
    "can": "geht|gehts|gehen|ginge|passt|passen|kann|konnen|konnte|habe|bin|hab|ist|ware|ich|es|leider|mir"
    "|uns|wir|sicher",
}

_TIME_TAGS = {
    "clock": "uhr|h",
    "halfto": "halb|halbi|unhalb|umhalb",
    "quarter": "viertel|viertu",
    "to": "vor",
    "past": "nach",
    "at": "um|auf|so um|punkt",
    "the": "die",
    "approx": "gegen|circa|ca|zirka|ungefahr|etwa|so gegen|so circa|so um die",
    "before": "bis um|bis spatestens|spatestens|spatestens um",
    "from": "von|fruhestens|fruhestens um|erst um|erst ab|ab",
    "between": "zwischen",
    "until": "bis",
    "and": "und",
    "or": "oder",
    "not": "nicht|kein|keine|ausser|statt",
    "noon": "mittag um zwolf|zwolf uhr mittags",
    "midnight": "mitternacht",
    "part=morning": "am morgen|am vormittag|morgens|vormittags|vormittag|morgen fruh|heute morgen|in der fruh|morge"
    "|am morge|morgen vormittag|jeden morgen|den vormittag|der vormittag|morgen am morgen",
    "part=noonish": "am mittag|mittags|uber mittag|uber den mittag|mittag|in der mittagspause|mittagszeit|zu mittag",
    "part=afternoon": "am nachmittag|nachmittags|nachmittag|den nachmittag|namittag|am namittag|zmittag",
    "part=evening": "am abend|abends|abend|heute abend|feierabend|nach feierabend",
    "part=early": "frueh am morgen|fruh am morgen|ganz fruh|moglichst fruh am morgen|am fruhen morgen",
    "part=late": "spater nachmittag|am spaten nachmittag|spaten nachmittag|spatnachmittag|gegen abend",
    "min": "minuten|minute",
    "fill": "ja|also|ah|ahm|bitte|gern|gerne|genau|ware|gut|so|das|dann|vielleicht|lieber",
    "unit": "tag|tage|tagen|woche|wochen|monat|monate|monaten|jahr|jahre|jahren|stunde|stunden|franken|prozent|mal"
    "|zahn|zahne|zahnen|leute|kinder|kindern|personen|termine|terminen|termin|januar|februar|marz|april|mai|juni"
    "|juli|august|september|oktober|november|dezember|uhrzeit|wochentage|plomben|kronen|implantate",
    "n=1": "ein|eins|eis",
}


def _with_compounds(tags: dict[str, str], *, dates: bool) -> dict[str, str]:
    months = {tag.removeprefix("month="): names for tag, names in _DATE_TAGS.items() if tag.startswith("month=")}
    table = by_phrase(DATE_WORDS if dates else TIME_WORDS) | by_phrase(tags)
    table |= hours_for_dates(months) if dates else hours_for_times(months)
    for number, weekday in enumerate(_WEEKDAYS):
        for part, tag in _DAYPARTS.items():
            table[f"{weekday}{part}"] = f"wd={number}" if dates else f"part={tag}"
            if not dates:
                table[f"{weekday} {part}"] = f"part={tag}"
    return table


_NOT_NAMES = words(
    """
    ja nein doch ne nee jo joa ich du er sie es wir ihr mich mir uns euch ihm ihn ihnen mein meine meinen meiner dein
    deine sein seine ihre ihren unser unsere der die das den dem des ein eine einen einem einer eines kein keine keinen
    und oder aber denn weil dass wenn ob als wie was wer wo wann warum wieso welche welcher welches wem wen wohin woher
    nicht nichts nie noch schon nur auch sehr so zu zum zur am an im in ins auf aus bei beim mit nach seit vom
    um uber unter vor fur gegen ohne durch bis ab hier da dort dann jetzt heute morgen gestern ubermorgen gleich bald
    immer wieder mal einmal also ah ahm eh hm mhm aha oh ok okay gut genau richtig falsch stimmt klar sicher naturlich
    gerne gern bitte danke vielen dank hallo hoi gruezi grussgott guten tag abend morgen tschuss wiederhoren adieu
    bin bist ist sind seid war waren ware waren habe hab hast hat haben hatte hatten werde wird werden wurde wurden kann
    kannst konnen konnte konnten muss mussen mochte mochten will wollen wollte soll sollte darf durfen weiss wissen
    heisse heissen heisst nenne komme kommen kommt gehe gehen geht ging brauche brauchen braucht suche sage sagen rufe
    anrufen ruft telefoniere spreche sprechen spricht buchstabiere buchstabieren verstehe verstanden glaube denke
    termin termine terminen zahn zahne zahnen zahnarzt zahnarztin zahnschmerzen schmerz schmerzen weh loch plombe krone
    fullung kontrolle dentalhygiene reinigung hygiene notfall praxis doktor arzt arztin patient patientin patienten
    neu neue neuer neuen alt uhr woche wochen tage tagen monat jahr jahre montag dienstag mittwoch donnerstag freitag
    samstag sonntag januar februar marz april mai juni juli august september oktober november dezember
    vormittag nachmittag mittag nummer telefonnummer name namen vorname vornamen nachname familienname geburtsdatum
    geburtstag adresse strasse versicherung krankenkasse frage fragen moment sekunde minute minuten ahnung kollege
    mann frau sohn tochter kind kinder mutter vater person jemand niemand alle alles etwas viel mehr weniger anderer
    andere anderen anderes verschieben absagen abmelden vereinbaren machen gemacht buchen bestatigen andern geandert
    erst zuerst lieber eher vielleicht eigentlich ungefahr circa egal problem sorry entschuldigung wiederholen
    wiederholung langsamer lauter deutsch franzosisch italienisch englisch mensch mitarbeiter
    halb viertel null doppel grosses kleines buchstabe buchstaben wort punkt komma plus nachste nachsten letzte
    bekannt bestehend bestehender leider krank verhindert dabei daheim zuhause schlecht dringend kurz schnell
    """
)

LEXICON = Lexicon(
    language="de",
    numbers=NumberWords(
        cardinals=dialect_cardinals() | _cardinals(),
        ordinals=dialect_ordinals() | _ordinals(),
        ordinal_suffixes=words("te ten ter tes tem ste sten ster"),
        hundred=words("hundert einhundert"),
        thousand=words("tausend eintausend"),
        joiners=words("und"),
        compound_parts=("hundert", "tausend"),
        tens_then_unit=False,
        unit_and_tens=True,
    ),
    dates=_with_compounds(_DATE_TAGS, dates=True),
    times=_with_compounds(_TIME_TAGS, dates=False),
    phones=PhoneWords(
        zero=words("o oh"),
        plus=words("plus"),
        repeats={
            "doppel": 2,
            "double": 2,
            "doppelt": 2,
            "doppelte": 2,
            "zweimal": 2,
            "zwei mal": 2,
            "zwei mal die": 2,
            "zweimal die": 2,
            "dreimal": 3,
            "drei mal": 3,
            "drei mal die": 3,
            "dreimal die": 3,
            "viermal die": 4,
            "viermal": 4,
        },
        fillers=words("und dann ah ahm eh also die nochmal nochmals wieder ja"),
    ),
    names=NameWords(
        introductions=phrases(
            "mein name ist|mein name ware|mein name lautet|der name ist|der name ware|name ist|ich heisse|ich heiss|"
            "wir heissen|heisse|hier ist|hier spricht|da ist|hier ist die|hier ist der|hier ware|am apparat ist|"
            "es spricht|"
            "mein nachname ist|mein familienname ist|der patient heisst|die patientin heisst|auf den namen|"
            "mi name isch|min name isch|i heisse|i bi d|i bi de|ich bi d|ich bi de|"
            "unter dem namen|ich bin die|ich bin der|da isch|do isch"
        ),
        weak_introductions=phrases("ich bin|hier|da|fur|bin"),
        closings=phrases("am apparat|am telefon|hier|spricht|ist mein name|heisse ich|mein name|ist der name"),
        fillers=phrases(
            "ja|also|ah|ahm|eh|ehm|das ware|das ist|der name ware|mein name|es ist|naja|gerne|gern|bitte|genau|gruezi|"
            "guten tag|guten morgen|guten abend|hallo|hoi|ja gerne|nein|doch|gruss gott|danke|ok|okay|gut|nochmal|"
            "mein vorname ist|vorname|nachname|und|moment|einen moment"
        ),
        titles=words("herr herrn frau fraulein dr doktor prof professor familie dipl med dent"),
        particles=words(
            "von vom van der den de del della di du da dos la le d zu zur zum ten ter el al bin ben st st."
        ),
        capital_particles=False,
        not_names=_NOT_NAMES,
    ),
    spelling=SpellingWords(
        letters={
            "ah": "a",
            "aa": "a",
            "be": "b",
            "beh": "b",
            "bee": "b",
            "ce": "c",
            "zeh": "c",
            "ceh": "c",
            "tse": "c",
            "de": "d",
            "deh": "d",
            "dee": "d",
            "eh": "e",
            "ee": "e",
            "ef": "f",
            "eff": "f",
            "ge": "g",
            "geh": "g",
            "gee": "g",
            "ha": "h",
            "hah": "h",
            "ih": "i",
            "ii": "i",
            "jot": "j",
            "jott": "j",
            "ka": "k",
            "kah": "k",
            "el": "l",
            "ell": "l",
            "elle": "l",
            "em": "m",
            "emm": "m",
            "en": "n",
            "enn": "n",
            "oh": "o",
            "pe": "p",
            "peh": "p",
            "pee": "p",
            "ku": "q",
            "kuh": "q",
            "er": "r",
            "err": "r",
            "es": "s",
            "ess": "s",
            "te": "t",
            "teh": "t",
            "tee": "t",
            "uh": "u",
            "fau": "v",
            "vau": "v",
            "we": "w",
            "weh": "w",
            "wee": "w",
            "ix": "x",
            "iks": "x",
            "ypsilon": "y",
            "ypsilonn": "y",
            "zet": "z",
            "zett": "z",
            "tset": "z",
            "ae": "ä",
            "oe": "ö",
            "ue": "ü",
            "eszett": "ss",
            "scharfes s": "ss",
            "bindestrich": "-",
            "strich": "-",
            "apostroph": "'",
            "leerzeichen": " ",
            "abstand": " ",
            "neues wort": " ",
        },
        like=phrases("wie|wie bei|wie in|von|fur"),
        repeats={
            "doppel": 2,
            "doppelt": 2,
            "doppeltes": 2,
            "double": 2,
            "zwei": 2,
            "zweimal": 2,
            "zwei mal": 2,
            "dreimal": 3,
            "zweimal das": 2,
            "2": 2,
            "2 mal": 2,
        },
        accents={
            "umlaut": "\u0308",
            "punkte": "\u0308",
            "akut": "\u0301",
            "accent aigu": "\u0301",
            "mit punkten": "\u0308",
        },
        fillers=words("und dann ahm also grosses kleines gross klein nochmal ja das buchstabe nochmals"),
        alphabet=words(
            "anton anna berta casar charlotte dora emil friedrich gustav heinrich ida julius jakob kaiser kaufmann"
            " konrad ludwig leopold martha marie nordpol niklaus otto paula peter quelle richard rosa samuel siegfried"
            " sophie theodor ulrich viktor wilhelm xanthippe xaver ypsilon yverdon zacharias zurich"
        ),
        ordinary=words("er es em en de be ha je we oh ah eh da da ii elle te"),
    ),
    spoken=SpokenWords(
        weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        months=(
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ),
        signs={"-": "Bindestrich", "'": "Apostroph", " ": "neues Wort"},
        plus="plus",
    ),
)
