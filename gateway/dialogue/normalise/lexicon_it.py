"""Italian words."""

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
    "zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici", "dodici",
    "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove",
)  # fmt: skip
_TENS = ("venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta")
_WEEKDAYS = ("lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica")


def _cardinals() -> dict[str, int]:
    found = {word: value for value, word in enumerate(_BELOW_TWENTY)}
    for tens, word in zip(range(20, 100, 10), _TENS, strict=True):
        found[word] = tens
        for unit in range(1, 10):
            unit_word = _BELOW_TWENTY[unit]
            stem = word[:-1] if unit in (1, 8) else word
            found[stem + unit_word] = tens + unit
        found[word[:-1] + "un"] = tens + 1
    return found | {"diciasette": 17, "dicianove": 19, "dicisette": 17}


_DATE_TAGS = {
    "today": "oggi|oggigiorno",
    "tomorrow": "domani|l indomani",
    "overmorrow": "dopodomani|dopo domani",
    "yesterday": "ieri|l altro ieri|altro ieri",
    "wd=0": "lunedi",
    "wd=1": "martedi",
    "wd=2": "mercoledi",
    "wd=3": "giovedi",
    "wd=4": "venerdi",
    "wd=5": "sabato|sabati",
    "wd=6": "domenica|domeniche",
    "month=1": "gennaio",
    "month=2": "febbraio",
    "month=3": "marzo",
    "month=4": "aprile",
    "month=5": "maggio",
    "month=6": "giugno",
    "month=7": "luglio",
    "month=8": "agosto",
    "month=9": "settembre",
    "month=10": "ottobre",
    "month=11": "novembre",
    "month=12": "dicembre",
    "this": "questo|questa|quest|questi|queste",
    "coming": "che viene|entrante|che vengono",
    "next": "prossimo|prossima|prossimi|prossime|seguente|successivo|successiva",
    "last": "scorso|scorsa|scorsi|scorse|passato|passata|ultimo|ultima",
    "day": "giorno|giorni",
    "week": "settimana|settimane",
    "weekend": "fine settimana|weekend|week end",
    "months": "mese|mesi",
    "year": "anno|anni",
    "in": "fra|tra|in|nel|nei|nelle|nella|nel mese di|nel corso di",
    "to": "a",
    "on": "per|al",
    "the": "il|l",
    "of": "la|lo|i|gli|di|del|dell|della|dei|d|degli",
    "since": "da|dal|dalla|dall|da ieri",
    "from": "a partire da|a partire dal|a partire dall|non prima di|non prima del",
    "ago": "orsono|fa",
    "before": "prima di|prima del|prima dell|entro il",
    "after": "dopo|dopo il|dopo l",
    "until": "fino a|fino al|fino all|al piu tardi|sino al|all|entro",
    "onwards": "in poi|in avanti",
    "between": "tra il|fra il|tra l|fra l",
    "and": "e|ed",
    "or": "o|oppure",
    "move": "spostare|spostarlo|rinviare|cambiare|anticipare",
    "not": "non|impossibile|difficile|tranne|eccetto|salvo|invece di|ne",
    "ask": "perche non|se non|non solo",
    "begin": "inizio|all inizio|all inizio di|inizi|agli inizi|ad inizio|a inizio|all inizio del|all inizio della",
    "middle": "meta|a meta|verso meta|alla meta",
    "end": "fine|alla fine|alla fine di|a fine|alla fine del|alla fine della",
    "few": "pochi|qualche|alcuni",
    "clock": "ore|ora|minuti",
    "n=001": "un|una",
    "ok": "alle|verso|andrebbe|sarebbe|se|favore|grazie|si|mattina|mattino|pomeriggio|sera|mezzogiorno"
    "|possibile|bene|benissimo|perfetto|ma|vorrei|avrei|magari|come|anche|quando|libero|allora",
    "can": "va|vanno|posso|mi|ci|potrei|sono|ho|riesco",
}

_TIME_TAGS = {
    "clock": "ore|ora",
    "andhalf": "e mezza|e mezzo|e trenta minuti",
    "andquarter": "e un quarto|e quarto",
    "and3q": "e tre quarti",
    "lessquarter": "meno un quarto|meno quarto",
    "less": "meno",
    "at": "alle|all|alle ore|per le|per l",
    "the": "le|l",
    "approx": "verso|verso le|verso l|circa|circa alle|intorno alle|attorno alle|sulle|intorno all|circa le"
    "|piu o meno alle",
    "before": "prima di|prima delle|prima dell|entro le|fino alle|non dopo le|entro|al piu tardi alle",
    "after": "dopo le|dopo l|dopo|a partire dalle|non prima delle|non prima dell|dalle ore",
    "from": "dalle|dall|da",
    "between": "tra|fra|tra le|fra le|tra l|fra l",
    "until": "fino",
    "and": "e|ed",
    "or": "o|oppure",
    "not": "non|tranne|salvo",
    "ask": "perche non|se non",
    "noon": "mezzogiorno|mezzo giorno|mezzodi",
    "midnight": "mezzanotte",
    "part=morning": "mattina|di mattina|la mattina|in mattinata|al mattino|mattino|del mattino|della mattina|mattinata"
    "|domattina|stamattina|domani mattina|nella mattinata|di mattino|questa mattina",
    "part=noonish": "a pranzo|pausa pranzo|nella pausa pranzo|in pausa pranzo|ora di pranzo",
    "part=afternoon": "pomeriggio|nel pomeriggio|del pomeriggio|di pomeriggio|il pomeriggio|al pomeriggio|dopo pranzo",
    "part=evening": "sera|di sera|la sera|alla sera|in serata|della sera|stasera|questa sera",
    "part=early": "mattina presto|di mattina presto|presto la mattina|prima mattina|la mattina presto|di prima mattina",
    "part=late": "tardo pomeriggio|nel tardo pomeriggio|tardi nel pomeriggio|fine pomeriggio|a fine pomeriggio",
    "min": "minuti|minuto",
    "fill": "si|allora|eh|ehm|bene|per favore|grazie|magari|sarebbe|va",
    "n=1": "una|un",
    "unit": "giorno|giorni|settimana|settimane|mese|mesi|anno|anni|franchi|volte|volta|denti|dente|persone"
    "|bambini|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre"
    "|dicembre|figli|figlie",
}


def _with_weekday_parts(tags: dict[str, str]) -> dict[str, str]:
    table = by_phrase(tags)
    for weekday in _WEEKDAYS:
        for word, tag in (("mattina", "morning"), ("pomeriggio", "afternoon"), ("sera", "evening")):
            table[f"{weekday} {word}"] = f"part={tag}"
    return table


_NOT_NAMES = words(
    """
    si no io tu lui lei noi voi loro mi ti ci vi me te se ne lo gli li le il la l i un uno una del dello della
    dei degli delle al allo alla ai agli alle dal dalla nel nella nei sul sulla a in con su per tra fra e ed o
    oppure ma pero perche che chi cui come quando dove quanto quale quali cosa non piu mai niente nulla anche molto
    poco troppo bene male qui qua la ora adesso oggi domani ieri dopo prima gia ancora sempre spesso presto allora ecco
    ehm eh ah oh mah beh ok okay va bene certo certamente esatto esattamente giusto sbagliato corretto volentieri
    grazie prego favore buongiorno buonasera buona sera buon giorno ciao salve pronto signora signor signore arrivederci
    sono sei e siamo siete era sarebbe sara ho hai ha abbiamo avete hanno avevo aveva avrei avrebbe vado vai va andiamo
    andare posso puo potete potrei potrebbe devo deve bisogna vorrei voglio vuole desidero desidererei so sapere
    chiamo chiama chiamare telefono telefonare parlo parla parlare capisco capito credo penso appuntamento appuntamenti
    dente denti dentista dolore dolori carie otturazione corona controllo igiene igienista pulizia urgenza emergenza
    studio dottore dottoressa medico paziente pazienti nuovo nuova nuovi ore ora settimana settimane giorno giorni mese
    anno lunedi martedi mercoledi giovedi venerdi sabato domenica gennaio febbraio marzo aprile maggio giugno luglio
    agosto settembre ottobre novembre dicembre mattina pomeriggio sera mezzogiorno numero nome cognome famiglia data
    nascita indirizzo via assicurazione domanda domande momento secondo minuto minuti idea marito moglie figlio figlia
    bambino madre padre persona qualcuno tutto tutti tutte altro altra altri stesso stessa spostare annullare disdire
    cancellare prendere fissare cambiare confermare fare fatto primo prima piuttosto forse circa problema scusi scusa
    ripetere ripeta lentamente italiano tedesco francese inglese umano qualcosa zero doppia lettera parola punto virgola
    trattino prossimo prossima scorso volta volte seconda terza ultimo bocca gengiva gengive male cliente questo
    questa quello quella """
)

LEXICON = Lexicon(
    language="it",
    numbers=NumberWords(
        cardinals=_cardinals(),
        ordinals={"primo": 1},
        ordinal_suffixes=words("o a º ° mo esimo"),
        hundred=words("cento"),
        thousand=words("mille mila"),
        joiners=words("e"),
        compound_parts=("cento", "cent", "mille", "mila"),
        tens_then_unit=False,
        unit_and_tens=False,
    ),
    dates=by_phrase(_DATE_TAGS),
    times=_with_weekday_parts(_TIME_TAGS),
    phones=PhoneWords(
        zero=words("o"),
        plus=words("piu"),
        repeats={
            "doppio": 2,
            "doppia": 2,
            "due volte": 2,
            "due volte il": 2,
            "tre volte": 3,
            "tre volte il": 3,
            "triplo": 3,
            "2 volte": 2,
            "2 volte il": 2,
            "due volte lo": 2,
            "tre volte lo": 3,
            "quattro volte": 4,
        },
        fillers=words("e poi ehm eh il ancora allora di nuovo"),
    ),
    names=NameWords(
        introductions=phrases(
            "mi chiamo|il mio nome e|il nome e|nome e|qui e|qui parla|parla|il mio cognome e|mi chiama|a nome di|"
            "a nome|sono la signora|sono il signor|ci chiamiamo|io mi chiamo|al telefono"
        ),
        weak_introductions=phrases("sono|io sono|e|per|qui"),
        closings=phrases("al telefono|all apparecchio|e il mio nome|mi chiamo"),
        fillers=phrases(
            "si|allora|ehm|eh|beh|certo|ecco|buongiorno|buonasera|salve|pronto|grazie|per favore|no|il nome|"
            "il mio nome|sarebbe|dunque|va bene|volentieri|ok|e|scusi|buon giorno|buona sera"
        ),
        titles=words("signora signor signore signorina sig dottor dottore dottoressa dott famiglia professor"),
        particles=words("di de del della dello dei degli da dal dalla d lo la li le van von der el al ben"),
        capital_particles=True,
        not_names=_NOT_NAMES,
    ),
    spelling=SpellingWords(
        letters={
            "bi": "b",
            "ci": "c",
            "di": "d",
            "effe": "f",
            "gi": "g",
            "ge": "g",
            "acca": "h",
            "akka": "h",
            "i lunga": "j",
            "i lungo": "j",
            "jei": "j",
            "cappa": "k",
            "kappa": "k",
            "elle": "l",
            "emme": "m",
            "enne": "n",
            "pi": "p",
            "cu": "q",
            "qu": "q",
            "ku": "q",
            "erre": "r",
            "esse": "s",
            "ti": "t",
            "vu": "v",
            "vi": "v",
            "doppia vu": "w",
            "doppia v": "w",
            "doppio vu": "w",
            "vu doppia": "w",
            "ics": "x",
            "iks": "x",
            "ipsilon": "y",
            "i greca": "y",
            "ypsilon": "y",
            "zeta": "z",
            "zed": "z",
            "trattino": "-",
            "apostrofo": "'",
            "spazio": " ",
            "nuova parola": " ",
        },
        like=phrases("come|di|per|come in"),
        repeats={"doppia": 2, "double": 2, "due": 2, "doppio": 2, "2": 2, "due volte": 2, "tre": 3},
        accents={
            "accento": "\u0300",
            "accentata": "\u0300",
            "con l accento": "\u0300",
            "con accento": "\u0300",
            "dieresi": "\u0308",
            "accento acuto": "\u0301",
            "accento grave": "\u0300",
        },
        fillers=words("poi maiuscola minuscola ancora lettera"),
        alphabet=words(
            "ancona bari bologna como domodossola empoli firenze genova imola jolly kennedy livorno milano napoli"
            " otranto palermo padova quarto roma savona sassari torino udine venezia verona washington xilofono"
            " york yacht"
            " zurigo zara"
        ),
        ordinary=words("di ci vi ti gi elle"),
    ),
    spoken=SpokenWords(
        weekdays=("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
        months=(
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ),
        signs={"-": "trattino", "'": "apostrofo", " ": "nuova parola"},
        plus="più",
    ),
)
