"""Emergencies as German-speaking callers tell them, in standard German and in dialect as recognition writes it."""

from gateway.dialogue.lexicons.emergencies.emergency_patterns import EmergencyPatterns
from gateway.dialogue.text import word_set

_ACCIDENTS = (
    "=unfall|umfall|unfahl|unfal|velounfall|fahrradunfall|sportunfall|verkehrsunfall|autounfall|skiunfall|"
    "arbeitsunfall|schulunfall|spielunfall|motorradunfall|badeunfall|trottiunfall"
)
_FALLS = "gesturzt|gestuerzt|gsturzt|hingefallen|umgekippt|anegheit|aneghit|umgheit"
_TEETH = (
    "zahn|zahne|zaehne|zan|zand|zah|frontzahn|schneidezahn|vorderzahn|eckzahn|backenzahn|stockzahn|zahnli|milchzahn"
)
_OUT = "ausgeschlagen|rausgeschlagen|herausgeschlagen|usgschlage|ausgschlage|ausgeschlage|rusgschlage"
_BROKEN = (
    "abgebrochen|gebrochen|zerbrochen|durchgebrochen|abgeschlagen|abbroche|abbrochen|broche|abgschlage|gespalten|"
    "angebrochen|abgesplittert"
)
_SWOLLEN = "geschwollen|gschwolle|angeschwollen|verschwollen|zugeschwollen|gschwulle|aufgeschwollen"
_SWELLING = f"{_SWOLLEN}|schwellung|schwellungen|schwellig|gschwullscht|geschwulst"
_BLEEDING = "=blute|blutet|bluten|blut|blutung|blutungen|bluted|blüetet|blüeted|blüete|nachblutung|geblutet|bluete"
_PAIN = "schmerz|schmerzen|zahnschmerzen|zahnweh|weh|schmarze|zahweh|schmerze"
_BREATHING = "atmen|schnaufen|schlucken|schnufe|schlucke|atme|schnuufe|schnaufe"
_FEVER = "fieber|fiber|fieberig|schuttelfrost|temperatur"
_ABSCESS = "abszess|abszes|abzess|abszesse|apzess"
_PARTS_OF_PROSTHESES = "krone|brucke|prothese|fullung|plombe|klammer|zahnspange|schiene|retainer|inlay|veneer|kroneli"

EMERGENCY = EmergencyPatterns(
    signs=(
        "=notfall|notfal|notfahl|notfalltermin|notfallbehandlung|notfallpatient|notfallmassig|notarzt|notfau",
        "not fall",
        "brauche|bruche|benotige|mochte|will|verbinden ... notfalldienst|notdienst|pikett|pikettdienst",
        _ACCIDENTS,
        _FALLS,
        "auf|aufs|ufs|auf_das|auf_den|auf_die ... gesicht|mund|kinn|zahne|maul|nase ... gefallen|gfalle|gheit|geflogen|"
        "gfloge",
        "treppe ... gefallen|runtergefallen|abegheit|hinunter|runter|abe",
        "schlag|ball|ellbogen|faust|puck|stein ... gesicht|mund|zahn|zahne|kiefer|gsicht ... bekommen|gekriegt|ubercho|"
        "abbekommen|geschlagen",
        _OUT,
        f"{_TEETH} ... verloren|rausgefallen|herausgefallen|rausgeflogen|draussen|usegheit|usgfalle|raus_gefallen",
        f"{_TEETH} ... {_BROKEN}",
        f"{_BROKEN} ... {_TEETH}",
        f"{_TEETH} ... =ist_weg|wackelt_nach|ganz_locker_nach",
        f"{_BLEEDING} ... stark|viel|fest|ununterbrochen|massiv|heftig|stundenlang|durchgehend|wie_verruckt|immer_noch",
        f"stark|viel|fest|ununterbrochen|massiv|heftig|ganz_fest|immer_noch|immerno|dauernd ... {_BLEEDING}",
        f"starke|heftige|massive {_BLEEDING}",
        f"{_BLEEDING} und blutet|blüetet",
        f"nicht|nümm|nüm|nümme ... auf|uf|aufhoren|ufhore zu|z {_BLEEDING}",
        f"{_BLEEDING} ... nicht auf|uf|mehr_auf|stoppen|stillen|zu_stoppen|zu_stillen|weg|mehr_weg",
        f"{_BLEEDING} ... hort|hoert|hoort ... nicht",
        f"hort|hoert|hoort ... nicht ... {_BLEEDING}",
        "nachblutung",
        "ohnmachtig|ohnmacht|bewusstlos|bewusstlose|kollabiert|ohmachtig",
        "nicht ... bewusstsein|ansprechbar",
        "=reagiert ... nicht",
        "bewusstsein verloren",
        "atemnot|erstick*",
        f"nicht|kaum|schlecht|fast_nicht|nümm|nüm|nümme|chum|chuum ... {_BREATHING}",
        f"{_BREATHING} ... nicht|kaum|schwer|unmoglich",
        f"muhe|probleme|schwierigkeiten|problem|schwer ... {_BREATHING}",
        f"{_BREATHING} ... fallt ... schwer",
        "=atmet|schnauft|schluckt ... nicht|kaum|nümm",
        "=keine|kei|kaum|zu_wenig luft",
        "schluckbeschwerden|atembeschwerden",
        f"stark|fest|ganz|massiv|total|riesig|extrem|mega|dick|vollig|sehr|wahnsinnig {_SWOLLEN}",
        "starke|massive|grosse|riesige|extreme schwellung|schwellig",
        f"{_SWELLING} ... =grosser|schlimmer|zum_auge|zum_hals|am_hals|in_den_hals|breitet|breitet_sich|ausgebreitet|"
        "augen|auge|ganze_gesicht|hals_runter",
        "auge ... zugeschwollen|zu_geschwollen",
        f"ganze|halbe|ganzes|halbes gesicht ... {_SWOLLEN}|dick",
        f"gesicht|gsicht ... {_SWOLLEN}",
        _ABSCESS,
        "unertraglich|unertragliche|unertraglichen|unaushaltbar|unaushaltbare|unertraglig",
        "nicht|kaum|nümm|nüm|nümme|fast_nicht ... auszuhalten|aushalten|ushalte|uszhalte|ausgehalten",
        "halte|halt|haltet|halten ... nicht|kaum|nümm|nüm|nümme ... aus|us",
        "wahnsinnig|hollisch|extrem|brutal|heftig|schrecklich|furchtbar|unglaublich|riesig|horrend|"
        f"grauenhaft* ... {_PAIN}",
        f"sehr|so|ganz|extrem|wahnsinnig|unglaublich starke|starki|stark {_PAIN}",
        f"starksten|schlimmsten|schlimmste|stechende_starke {_PAIN}",
        "sterbe|umkomme|verruckt|wahnsinnig|durchdrehe|weine|schreit|schreie ... vor schmerzen|schmerz|schmarze",
        "schmerzen ... bringen ... um",
        "schmerzen ... machen ... verruckt|wahnsinnig",
        "krankenwagen|rettungswagen|ambulanz|sanitat|sanitater|ambulanzwagen",
        "kiefer|chiefer ... gebrochen|ausgerenkt|ausgekugelt|broche|usghankt",
        "mund ... nicht|nümm|nüm|nümme ... =offnen|auf|schliessen|zu|uf",
        "allergischer|anaphylaktischer schock",
        "^hilfe$",
        "^hilfe ich|mein|meine|bitte|es|er|sie|hilfe",
        "hilfe hilfe",
        "brauche|bruche|benotige ... sofort|dringend|schnell|sofortige hilfe",
    ),
    strong_pain=(
        f"=starke|starken|starki|schlimme|schlimmen|heftige|heftigen ... {_PAIN}",
        f"{_PAIN} ... =stark|schlimm|heftig|fest",
        "=tut|tuet ... =sehr|fest|stark|ganz|mega ... =weh",
        "=starke|schlimme|heftige zahnschmerzen|zahnweh",
    ),
    questions=(
        "=ist|isch|war|ware das|es|dies|sowas|so_etwas =ein|en|schon|denn|jetzt|wirklich|bereits|auch ... =notfall",
        "=gilt|zahlt das|es|dies|sowas|so_etwas ... =notfall",
        "=bin ich =ein|en|schon|jetzt ... =notfall",
        "=ob ... =notfall",
        "=wann ist|isch ... =notfall",
    ),
    marked_questions=("=das|es =ist|isch|ware =ein|en|schon|also ... =notfall$",),
    pairs=(
        ((_SWELLING, "dicke|dicki backe|wange|bagge"), (_FEVER,)),
        (("eiter|eitert|vereitert|eitrig|eiterige",), (_SWELLING, _FEVER, _PAIN)),
        ((_FEVER,), (_PAIN, "eiter|eitert")),
    ),
    denials=(
        "=kein|keine|keinen|keinem|kei|keis|ohne notfall|unfall|schwellung|fieber|abszess|blutung|blutungen|atemnot|"
        "schluckbeschwerden|temperatur|ohnmacht|blut|eiter",
        f"=kein|keine|keinen|kei ... =notfall|unfall|schwellung|fieber|fiber|abszess|atemnot|nachblutung|{_PAIN}",
        "=nicht ein|en|wirklich|notfallmassig|richtiger notfall|notfallmassig",
        "=nicht unbedingt|direkt|wirklich|gerade|akut|so|als|grad ein|en|einen|richtiger notfall",
        "=notfall ist es|das nicht|keiner|keine",
        f"=nicht|nicht_mehr|nicht_stark|nicht_sehr|kaum|fast_nicht|nicht_so|nicht_besonders {_SWOLLEN}",
        f"{_SWELLING} ... =nicht|keine|kein|weg|zuruckgegangen|besser|zuruck",
        "=nicht|nicht_so|nicht_sehr|nicht_mehr stark|viel|fest|heftig|schlimm|unertraglich",
        f"=nicht ... =stark|sehr|so|fest|extrem|viel|unertraglich|heftig ... {_BLEEDING}|{_PAIN}|{_SWOLLEN}",
        f"=nicht {_BLEEDING}|ohnmachtig|bewusstlos|gesturzt|{_OUT}|unertraglich|dringend",
        f"{_BLEEDING} ... =nicht mehr|stark|viel|fest|so",
        f"{_BLEEDING} =nicht|kaum|nümm|nüm|nümme",
        f"{_BLEEDING} =aufgehort|gestoppt|gestillt|vorbei",
        f"aufgehort|ufghort ... {_BLEEDING}",
        f"{_BLEEDING} ... aufgehort|ufghort",
        "zahnfleisch ... blutet|bluten|blutungen|blut ... putzen|zahneputzen|burste|zahnseide|immer|manchmal",
        "putzen|zahneputzen|zahnseide ... blutet|blute|bluten|blut",
        "zahnfleischbluten",
        "schmerzen ... =nicht ... =stark|unertraglich|extrem|heftig|schlimm",
        "=fur|fuer den|einen|ein notfall",
        "=im|in_einem|fur_jeden|beim notfall",
        "=falls|wenn ... notfall ... =ist|war|ware|wird|passiert|gibt|eintritt",
        "=falls|wenn ... ein|einen|einmal notfall",
        "notfall kontakt|nummer|kontakte|karte|ausweis|medikament",
        "unfallversicherung|unfallrechnung|unfallmeldung|unfallschein|unfallkasse|unfalldeckung|unfallnummer",
        f"{_ACCIDENTS} ... versicherung|rechnung|suva|schadennummer|meldung|gedeckt|versichert|formular|autobahn|stau|"
        "verspatung|gericht|anwalt",
        f"versicherung|rechnung|suva|autobahn|stau|strasse|zug|tram|bahn ... {_ACCIDENTS}",
        f"=nach|von|seit|vom|wegen alten|fruheren|alte|altem {_ACCIDENTS}",
        "milchzahn|milchzahne ... rausgefallen|verloren|herausgefallen|draussen|wackelt",
        f"{_PARTS_OF_PROSTHESES} ... {_BROKEN}|rausgefallen|verloren|herausgefallen|draussen",
        f"verloren|rausgefallen|herausgefallen ... {_PARTS_OF_PROSTHESES}",
        "=luft ... =zahn|zahne|zahnen|kalte|kalter|kalt",
        f"kann|konnen|chan ... gut|normal|problemlos ... {_BREATHING}",
        f"=kein|keine|keinerlei|ohne muhe|probleme|schwierigkeiten|problem ... {_BREATHING}",
        "tablette|tabletten|pille|pillen|kapsel|antibiotika ... nicht|kaum|schlecht ... schlucken",
        "spritze|spritzen|nadel|nadeln ... ohnmachtig|ohnmacht",
        "ohnmachtig|ohnmacht ... spritze|spritzen|nadel",
        "entfernt|gezogen|gezogene|ziehen|verloren|fehlt ... vor ... jahren",
        "nicht ... hilfe",
        "halt|halte|halten ... =den|einen|ihren|meinen termin ... nicht ... ein",
        "=ambulanz der|vom|des|im spital|uni|klinik|universitat|unispital",
        "=angst|sorge|befurchte|verhindern|vermeiden ... =abszess|abszesse|unfall|notfall|entzundung|geschwollen",
    ),
    past_times=(
        "=letztes|letzten|letztem|letzter|vorletztes|vergangenes|letscht|letschte jahr|monat|sommer|winter|"
        "fruhling|herbst|jahre",
        "vor ... =jahr|jahre|jahren|monaten|monat|wochen|jahr_en",
        "=fruher|damals|seinerzeit|als_kind|in_der_kindheit|kindheit|jugend|lange_her|schon_lange",
        "=hatten_wir_mal|hatte_ich_mal|hatte_ich_schon|hatte_mal|schon_einmal|schon_mal|einmal",
    ),
    past_events=(
        f"{_ACCIDENTS}|notfall",
        f"={_FALLS}|{_OUT}",
        f"={_BROKEN}|{_SWOLLEN}",
        f"={_BLEEDING.removeprefix('=')}",
        _ABSCESS,
        "ohnmachtig|bewusstlos",
    ),
    breaks=word_set("jetzt heute gestern vorhin gerade eben und aber nun jetz hut hute grad seither wieder plotzlich"),
    negators=word_set("kein keine keinen keinem kei nicht ohne"),
    clause_starts=word_set("ich wir er mein meine es sie aber mini habe hab ha bin ist isch"),
    number=(
        "notfallnummer|notrufnummer|notfalltelefon|pikettnummer|notdienstnummer|notfallnummern|notfallkontakt",
        "nummer|telefonnummer|telefon|nummern ... notfall|notfalldienst|notdienst|notarzt|notfallzahnarzt|pikett|"
        "pikettdienst|notfallpraxis",
        "notfall|notfalldienst|notdienst|notarzt|pikett ... =nummer|telefonnummer|erreichen|erreichbar|nummere",
        "haben|hat|gibt|habt|hend|git|bieten ... notfalldienst|notdienst|pikettdienst|wochenenddienst",
        "wer|welche|welcher|wo|was|wie|wann ... notfalldienst|notdienst|pikett|pikettdienst|pikettarzt",
        "was|wen|wo|wohin|wer|an_wen|wie ... =mache|machen|tun|rufe|anrufen|wende|gehe|kann|muss|ist ... =im|bei_einem|"
        "in_einem notfall",
        "wen|wer|wo|wohin|an_wen ... =im|bei_einem notfall",
    ),
)
