"""English words."""

from __future__ import annotations

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

_BELOW_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip

_DATE_TAGS = {
    "today": "today|tonight",
    "tomorrow": "tomorrow",
    "overmorrow": "day after tomorrow|the day after tomorrow",
    "yesterday": "yesterday|the day before yesterday|day before yesterday",
    "wd=0": "monday|mondays",
    "wd=1": "tuesday|tuesdays",
    "wd=2": "wednesday|wednesdays",
    "wd=3": "thursday|thursdays",
    "wd=4": "friday|fridays",
    "wd=5": "saturday|saturdays",
    "wd=6": "sunday|sundays",
    "month=1": "january",
    "month=2": "february",
    "month=3": "march",
    "month=4": "april",
    "month=5": "may",
    "month=6": "june",
    "month=7": "july",
    "month=8": "august",
    "month=9": "september",
    "month=10": "october",
    "month=11": "november",
    "month=12": "december",
    "this": "this|these",
    "coming": "coming|upcoming|this coming",
    "next": "next|following",
    "weekafternext": "week after next|the week after next",
    "last": "last|past|previous",
    "day": "day|days",
    "week": "week|weeks|week s|weeks time",
    "weekend": "weekend|week end",
    "fortnight": "fortnight|fortnight s",
    "months": "month|months",
    "year": "year|years",
    "in": "in|within|over|during",
    "on": "on|for",
    "the": "the",
    "of": "of",
    "from": "starting|starting on|starting from|beginning|as of|not before",
    "fromto": "from",
    "since": "since",
    "ago": "ago",
    "before": "before",
    "after": "after",
    "to": "to",
    "until": "until|till|through|by|up to|no later than|at the latest",
    "onwards": "onwards|onward|on wards",
    "between": "between",
    "and": "and",
    "or": "or",
    "move": "move|reschedule|change|shift|postpone",
    "not": "not|impossible|difficult|bad|except"
    "|instead of|rather than|no|doesn t|don t|can t|won t|wouldn t|isn t|couldn t|cannot",
    "ask": "why not|if not|not only",
    "begin": "beginning of|start of|early|early in|the beginning of|the start of|at the beginning of|at the start of",
    "middle": "middle of|mid|the middle of|in the middle of",
    "end": "end of|late|late in|the end of|at the end of",
    "few": "few|couple of",
    "now": "now",
    "clock": "o clock|hours|minutes|pm|hour",
    "n=001": "a|an",
    "ok": "s|if|please|at|morning|afternoon|evening|noon|works|work|around|about|suits|fine|good|possible"
    "|we|but|could|ll|d|be|perhaps|maybe|thanks|thank|yes|then|because|when|there|better|best|you"
    "|around|my|half|quarter|free|am",
    "can": "does|can|i|is|will|do|it|that|m|would|make",
}

_TIME_TAGS = {
    "clock": "o clock|oclock|hours|hundred hours",
    "halfpast": "half past|half|half after",
    "quarter": "quarter|a quarter",
    "past": "past",
    "at": "at",
    "approx": "around|about|approximately|at about|at around|roughly|ish",
    "before": "before|by|no later than|not after|not later than",
    "after": "after|not before|no earlier than|any time after|anytime after|later than|starting at",
    "from": "from",
    "between": "between",
    "until": "until|till|to",
    "and": "and",
    "or": "or",
    "not": "not|except",
    "ask": "why not|if not",
    "noon": "noon|midday|mid day|twelve noon|12 noon",
    "midnight": "midnight",
    "am": "am|a . m .|a . m|a m",
    "pm": "pm|p . m .|p . m|p m",
    "part=morning": "in the morning|morning|mornings|in the mornings|the morning|this morning",
    "part=noonish": "lunchtime|at lunchtime|lunch time|at lunch|over lunch|during lunch|around lunch",
    "part=afternoon": "in the afternoon|afternoon|afternoons|in the afternoons|the afternoon|this afternoon",
    "part=evening": "in the evening|evening|evenings|this evening|tonight|after work|at night",
    "part=early": "early morning|early in the morning|first thing|first thing in the morning",
    "part=late": "late afternoon|late in the afternoon|end of the day",
    "min": "minutes|minute",
    "fill": "yes|well|um|uh|please|thanks|maybe|perhaps|let|s|say|ok|okay|so|would|be|fine|good",
    "unit": "day|days|week|weeks|month|months|year|years|hour|francs|percent|times|tooth|teeth|people|children|kids"
    "|persons|january|february|march|april|may|june|july|august|september|october|november|december|of|crowns"
    "|fillings|appointments|o",
}


def _with_weekday_parts(tags: dict[str, str]) -> dict[str, str]:
    table = by_phrase(tags)
    table["good morning"] = table["good afternoon"] = table["good evening"] = "x"
    return table


_NOT_NAMES = words(
    """
    yes no yeah yep nope i you he she it we they me him her us them my your his its our their mine yours this that
    these those a an the and or but because if when where what who which why how not never nothing also too very so to
    at in on of for from with without by about into over under after before until since here there now then today
    tomorrow yesterday again already always often soon well um uh hm oh ok okay right wrong correct sure certainly
    exactly please thanks thank hello hi hey good morning afternoon evening bye goodbye am is are was were be been have
    has had having do does did don t s ll ve re m d can could will would shall should must may might want wanted
    need know think believe understand understood call calling called speak speaking speaks say said spell spelling
    like love prefer appointment appointments tooth teeth dentist pain hurts hurt ache toothache cavity filling crown
    check checkup up cleaning hygienist hygiene emergency practice doctor patient patients new existing old clock
    hour hours week weeks day days month months year years monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december noon number phone
    telephone name names first last middle family surname birth date birthday address street insurance question
    questions moment second minute minutes idea husband wife son daughter child kid mother father person somebody
    someone anyone everybody everything something anything much many more less other another same move cancel
    reschedule book make made change confirm rather maybe perhaps around problem sorry pardon repeat slowly
    english german french italian human zero double letter word dot comma dash next registered fine great bad late
    early gum gums mouth one two three back just got get go going come coming let see again help urgent
    """
)

LEXICON = Lexicon(
    language="en",
    numbers=NumberWords(
        cardinals={word: value for value, word in enumerate(_BELOW_TWENTY)} | _TENS,
        ordinals={word: value for value, word in enumerate(_ORDINALS, start=1)} | {"thirtieth": 30, "twelveth": 12},
        ordinal_suffixes=words("st nd rd th"),
        hundred=words("hundred"),
        thousand=words("thousand"),
        joiners=words("and"),
        compound_parts=(),
        tens_then_unit=True,
        unit_and_tens=False,
    ),
    dates=by_phrase(_DATE_TAGS) | {"oh": "n=0"},
    times=_with_weekday_parts(_TIME_TAGS) | {"oh": "n=0"},
    phones=PhoneWords(
        zero=words("o oh nought naught"),
        plus=words("plus"),
        repeats={"double": 2, "triple": 3, "treble": 3, "two times": 2, "three times": 3, "twice": 2},
        fillers=words("and then um uh so again"),
    ),
    names=NameWords(
        introductions=phrases(
            "my name is|my name s|the name is|the name s|name is|i am called|my surname is|my last name is|"
            "my family name is|under the name|under the name of|in the name of|my full name is|speaking is|"
            "they call me|my name would be"
        ),
        weak_introductions=phrases("i am|i m|this is|it is|it s|for|here is"),
        closings=phrases("speaking|here|is my name|on the phone|is the name"),
        fillers=phrases(
            "yes|yeah|well|um|uh|hello|hi|good morning|good afternoon|good evening|sure|of course|certainly|"
            "please|thanks|thank you|no|it is|it s|that is|that s|that would be|my name|so|ok|okay|the name|sorry|and|"
            "it would be|right"
        ),
        titles=words("mr mrs ms miss mister missus dr doctor prof professor sir madam family"),
        particles=words("von van der den de del della di du da dos la le d of el al bin ben st"),
        capital_particles=False,
        not_names=_NOT_NAMES,
    ),
    spelling=SpellingWords(
        letters={
            "ay": "a",
            "bee": "b",
            "be": "b",
            "see": "c",
            "sea": "c",
            "cee": "c",
            "dee": "d",
            "ee": "e",
            "ef": "f",
            "eff": "f",
            "gee": "g",
            "jee": "g",
            "aitch": "h",
            "haitch": "h",
            "eye": "i",
            "jay": "j",
            "kay": "k",
            "okay": "k",
            "el": "l",
            "ell": "l",
            "em": "m",
            "en": "n",
            "oh": "o",
            "pee": "p",
            "pea": "p",
            "cue": "q",
            "queue": "q",
            "ar": "r",
            "are": "r",
            "es": "s",
            "ess": "s",
            "tee": "t",
            "tea": "t",
            "you": "u",
            "yu": "u",
            "vee": "v",
            "double u": "w",
            "double you": "w",
            "w": "w",
            "ex": "x",
            "why": "y",
            "wye": "y",
            "zed": "z",
            "zee": "z",
            "hyphen": "-",
            "dash": "-",
            "apostrophe": "'",
            "space": " ",
            "new word": " ",
        },
        like=phrases("for|as in|like|like in|as for|is for"),
        repeats={"double": 2, "two": 2, "twice": 2, "triple": 3, "2": 2},
        accents={
            "umlaut": "\u0308",
            "acute": "\u0301",
            "grave": "\u0300",
            "circumflex": "\u0302",
            "with an umlaut": "\u0308",
        },
        fillers=words("then and capital letter small again"),
        alphabet=words(
            "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar"
            " papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
        ),
        ordinary=words("see sea be you are why oh okay eye tea es en ex ah"),
    ),
    spoken=SpokenWords(
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        signs={"-": "hyphen", "'": "apostrophe", " ": "new word"},
        plus="plus",
    ),
)
