"""Emergencies as Italian-speaking callers tell them; an apostrophe separates words in patterns."""

from gateway.dialogue.lexicons.emergencies.emergency_patterns import EmergencyPatterns
from gateway.dialogue.text import word_set

_TOOTH = "=dente|denti|dentino|incisivo|canino|molare"
_BROKEN = "=rotto|rotta|rotti|spezzato|spezzati|scheggiato|spaccato|fratturato|spacato|rompersi"
_OUT = "=saltato|espulso|strappato|caduto|saltati|caduti|perso|uscito|via|fuori"
_BLEEDING = "sanguin*"
_SWOLLEN = "=gonfio|gonfia|gonfie|gonfiato|gonfiata|gonfi|gonfiando|gonfiarsi|gonfio"
_SWELLING = "=gonfiore|gonfiori|tumefazione"
_FEVER = "febbre|febre|febbri|temperatura|brividi"
_PAIN = "=dolore|dolori|male|mal"
_PARTS_OF_PROSTHESES = "=corona|capsula|ponte|protesi|dentiera|otturazione|piombatura|apparecchio|bite|faccetta"

EMERGENCY = EmergencyPatterns(
    signs=(
        "=emergenza|emergenze|emergensa|emergienza|urgenza|urgenze|urgensa",
        "=incidente|infortunio|incidenti|incidenta|incidente",
        "=caduto|caduta|cascato|cascata ... =faccia|viso|bocca|mento|denti|testa|scale|bici|bicicletta|monopattino|"
        "terra",
        "=fatto|avuto una =brutta_caduta|caduta",
        "=colpo|pugno|pallone|palla|pallonata|gomitata|botta|calcio|gomito ... =faccia|viso|bocca|denti|dente|"
        "mascella|mento",
        f"{_TOOTH} ... {_OUT}",
        f"=perso|perduto|saltato|caduto|strappato un|il|due|i|mio {_TOOTH}",
        f"{_BROKEN} ... un|il|due|i|mio|davanti {_TOOTH}",
        f"{_BROKEN} {_TOOTH}",
        f"{_TOOTH} ... {_BROKEN}",
        f"{_BLEEDING} ... molto|tanto|forte|smette|ferma|fermarsi|ancora|continua|continuamente|tantissimo|ore|"
        "abbondante",
        f"=smette|ferma|fermare|smettere|continua|continuo|fermo|molto|tanto ... {_BLEEDING}",
        "=perdo|perde|perso|perdendo|esce ... =molto|tanto|tantissimo|troppo sangue",
        "=sangue ... =ferma|dappertutto|smette|tanto|molto|ovunque",
        "=molto|tanto|tantissimo|troppo sangue",
        "emorragi|emoragi*",
        "=svenuto|svenuta|svenire|svenendo|incosciente|sviene|svengo",
        "=perso|perde|perdita|perduto ... =conoscenza|sensi|coscienza",
        "=non risponde|reagisce ... =piu|a",
        "=non|fatica|difficolta|difficile|appena|male|impossibile|fatico ... respir|inghiott|deglut|ingoi*",
        "respir|inghiott|deglut|ingoi* ... =male|fatica|appena|difficile|piu|difficolta",
        "=manca|mancanza ... =aria|respiro|fiato",
        "soffoc*",
        f"=molto|tanto|completamente|tutto|tutta|veramente|tantissimo|davvero|enormemente {_SWOLLEN}",
        f"=faccia|viso|occhio|collo|gola ... {_SWOLLEN}|gonfiore",
        f"{_SWOLLEN} ... =faccia|viso|occhio|collo|gola|peggiora",
        f"=forte|grande|grosso|enorme {_SWELLING}",
        f"{_SWELLING} ... =aumenta|peggiora|cresce|espande|estende|occhio|collo|gola|aumentando|scende|allarga|"
        "allargando",
        "=ascesso|acesso|ascessi|assesso|ascesso",
        "insopportabil|insoportabil|intollerabil|lancinant|atroc*",
        "=terribile|terribili|tremendo|tremendi|fortissimo|fortissimi|estremo|pazzesco|pazzeschi|bestiale|orribile|"
        "fortissima ... =dolore|dolori|male|mal",
        "=molto|davvero|estremamente|incredibilmente =forte|forti|intenso|intensi =dolore|dolori|male|mal",
        "=dolore|dolori|male|mal ... =molto|davvero|estremamente =forte|forti|intenso|intensi",
        "=dolore|dolori|mal|male ... =fortissimo|fortissimi|fortissima",
        "=intenso|intensi|estremo =dolore|dolori",
        "=dolore|dolori =intenso|intensi",
        "=dolore|dolori|male ... =terribile|terribili|tremendo|tremendi|fortissimo|fortissimi|pazzesco|bestiale|"
        "orribile|cane|morire|impazzire|estremo",
        "=non ... =resisto|sopporto|reggo|sopportare|resistere|sopportabile ... =piu|dolore|male",
        "=non ce_la faccio piu",
        "=piango|urla|urlo|morendo|impazzisco|impazzendo|muoio|impazzire|grida|piange ... =dolore|male|dal_dolore|"
        "dolori",
        "=ambulanza|ambulanze|soccorsi",
        "=mascella|mandibola ... =rotta|bloccata|slogata|fratturata|lussata|incastrata",
        "=bocca ... =bloccata",
        "=shock|reazione|choc anafilattico|allergica|anafilattica",
        "^=aiuto$",
        "^=aiuto aiuto|mi|mio|mia|per|per_favore|ho|sto",
        "^=aiutatemi|aiutateci",
        "=bisogno|serve ... =aiuto ... =subito|urgente|immediatamente|urgentemente|presto",
        "=subito|urgente aiuto",
    ),
    strong_pain=(
        "=forte|forti|gran|grande =dolore|dolori|male|mal",
        "=dolore|dolori|mal|male ... =forte|forti",
        "=molto|tanto|davvero|tantissimo male",
    ),
    questions=(
        "=se e|fosse|si_tratta ... =emergenza|urgenza",
        "=puo essere|trattarsi ... =emergenza|urgenza",
        "=quando e ... =emergenza|urgenza",
    ),
    marked_questions=("=e|sarebbe =un|una|gia|forse|questa|questo ... =emergenza|urgenza$", "=e =emergenza|urgenza$"),
    pairs=(
        ((_SWOLLEN, _SWELLING), (_FEVER,)),
        (("=pus|infetto|infettato|infezione|infetta",), (_FEVER, _SWOLLEN, _SWELLING)),
        ((_FEVER,), ("=dolore|dolori|pus|infezione", "=mal|male di|ai|al denti|dente|dentisti")),
    ),
    denials=(
        "=non|nessun|nessuna|senza|ne|niente ... =emergenza|urgenza|incidente|infortunio|gonfiore|febbre|ascesso|"
        "temperatura|emorragia|pus|infezione|sangue",
        f"=non|niente|poco|appena|meno|piu ... {_SWOLLEN}",
        f"=non|poco ... {_BLEEDING} ... =piu|molto|tanto",
        f"=non {_BLEEDING}",
        f"=non ha|sta piu {_BLEEDING}",
        f"=smesso|finito di {_BLEEDING}",
        f"{_BLEEDING} ... =smesso|poco|fermato|spazzolo|lavo|spazzolino|filo",
        f"=gengiva|gengive ... {_BLEEDING}",
        f"{_BLEEDING} ... =gengiva|gengive",
        f"=lavo|spazzolo|spazzolino|filo ... {_BLEEDING}",
        "=non|niente ... insopportabil|terribil|tremend|forte|fortissim|grav|atroc*",
        "=nessun|senza|niente|alcun =dolore|dolori",
        "=non ho|ha|sento|provo|abbiamo|c_e ... =dolore|dolori|male",
        "=in caso di emergenza|urgenza",
        "=caso di emergenza|urgenza",
        "=per le|un|l|una|eventuali|la|ogni emergenze|emergenza|urgenze|urgenza|eventualita",
        "=se|qualora|quando ... =emergenza|urgenza|incidente|gonfia|sanguina|peggiora",
        "=contatto|persona|contatti|tessera ... =emergenza|emergenze",
        "=senza|nessuna urgenza",
        "=assicurazione ... =infortunio|infortuni|incidente|incidenti",
        "=incidente|infortunio ... =assicurazione|fattura|autostrada|strada|ritardo|avvocato|suva|denuncia|sinistro|"
        "coperto|traffico|modulo",
        "=fattura|autostrada|strada|traffico|ritardo|suva|denuncia|modulo|causa_di_un|coda ... =incidente|infortunio",
        "=vecchio incidente|infortunio",
        "=dente|denti|dentino =da_latte|di_latte ... =caduto|perso|dondola|via|caduti",
        "=perso|caduto ... =dente|dentino =da_latte|di_latte",
        f"{_PARTS_OF_PROSTHESES} ... =caduto|caduta|rotta|rotto|persa|perso|saltata|staccata|via|fuori|spezzato|"
        "spezzata|scheggiata",
        f"=caduta|caduto|rotta|rotto|persa|perso|saltata|staccata|scheggiata ... {_PARTS_OF_PROSTHESES}",
        "=respiro|respirare|respira|deglutisco bene|normalmente|tranquillamente",
        "respir|inghiott|deglut|ingoi* ... =pastiglia|pastiglie|pillola|pillole|compressa|compresse|medicine",
        "=aghi|ago|puntura|punture|iniezione|iniezioni ... =svengo|svenire|svenuto|svenuta|sviene",
        "=svengo|svenire|svenuto|svenuta|sviene ... =aghi|ago|puntura|punture|iniezione|iniezioni|sangue",
        "=paura|temo|evitare|preoccupato|preoccupata|prevenire ... =ascesso|emergenza|infezione|incidente|"
        "insopportabile",
        "=dente|denti ... =fuori posto|uso",
        "=tirare|togliere|levare via|fuori|il|un ... =dente|denti",
        "=dente|denti ... =togliere|tirare|levare via|fuori",
        "=non resisto|faccio ... =appuntamento|venire",
    ),
    past_times=(
        "=anno|mese scorso|passato",
        "=estate|inverno|primavera|autunno|settimane scorsa|scorso|fa",
        "=anni|anno|mesi|mese|settimane fa",
        "=tempo fa",
        "=da_bambino|da_bambina|da_piccolo|da_piccola|in_passato|infanzia|una_volta|anni_addietro|da_giovane",
    ),
    past_events=(
        "=incidente|infortunio|emergenza",
        "=ascesso|emorragia",
        "=caduto|caduta|perso|saltato",
        _BROKEN,
        "=gonfio|gonfia|svenuto|svenuta|sanguinato|sanguinava|gonfiato",
    ),
    breaks=word_set("adesso ora oggi ieri ma e poi appena improvvisamente ancora questa stamattina"),
    negators=word_set("non nessun nessuna senza niente ne"),
    clause_starts=word_set("e ho ha sono ma perche sta mi mio mia"),
    number=(
        "=numero|telefono|numeri ... =emergenza|emergenze|urgenza|urgenze|guardia|picchetto|pronto_soccorso",
        "=emergenza|emergenze|urgenza|urgenze|guardia|picchetto ... =numero|raggiungibile|telefono",
        "=avete|c_e|esiste|offrite|fate|ha|avreste ... =servizio|dentista|guardia|medico ... =emergenza|emergenze|"
        "urgenza|urgenze|guardia|picchetto",
        "=chi|dove|quale|quando|come|che|qual ... =servizio|dentista|guardia|medico ... =emergenza|emergenze|"
        "urgenza|urgenze|guardia|picchetto|turno",
        "=chi|dove|cosa|che|come ... =chiamo|chiamare|fare|faccio|vado|andare|rivolgo|devo|"
        "rivolgermi ... =emergenza|emergenze|urgenza|urgenze",
        "=in_caso_di emergenza|urgenza ... =chi|dove|cosa|che|come",
        "=avete|c_e|esiste|fate un|il servizio_di emergenza|urgenza|guardia",
    ),
)
