"""Emergencies as French-speaking callers tell them; an apostrophe separates words in patterns."""

from gateway.dialogue.lexicons.emergencies.emergency_patterns import EmergencyPatterns
from gateway.dialogue.text import word_set

_TOOTH = "=dent|dents|dans|incisive|canine|molaire|premolaire|dente"
_BROKEN = "=casse|cassee|cassees|cassé|brisee|brise|fendue|fendu|cassees|casser|cassait|fracturee|ebrechee"
_OUT = "arrachee|expulsee|sautee|tombee|deboitee|delogee|perdue|sortie|arrache|partie|tombe"
_BLEEDING = "saign|seign*"
_SWOLLEN = "=enfle|enflee|enfles|enflees|gonfle|gonflee|gonfles|gonflees|enfler|gonfler|enfles|tumefie|tumefiee"
_SWELLING = "=enflure|gonflement|enflures|tumefaction|boursouflure"
_FEVER = "fievre|fievres|fiebre|temperature|frissons"
_PAIN = "=mal|douleur|douleurs|rage"
_PARTS_OF_PROSTHESES = (
    "=couronne|pont|bridge|prothese|dentier|plombage|obturation|appareil|gouttiere|facette|bague|bagues"
)

EMERGENCY = EmergencyPatterns(
    signs=(
        "=urgence|urgences|urgense",
        "=accident|acsident|accidents|accidente|accidentee",
        "tombe|tombee|tombes ... =visage|bouche|menton|dents|tete|figure|face|velo|escaliers|escalier|trottinette",
        "=chute|chuter|chuté|chutee ... =velo|escalier|escaliers|visage|ski|trottinette|dent|dents|ce|hier|aujourd",
        "=fait|faire une chute",
        "=coup|choc|ballon|balle|coude|poing ... =visage|bouche|dent|dents|machoire|figure|face",
        f"{_TOOTH} ... {_OUT}",
        f"perdu|perd|pert une|ma|sa|deux {_TOOTH}",
        f"perdu|perd ... {_TOOTH} ... =choc|coup|chute|accident|tombant",
        f"arrache|casse|cassee|brise|fendu une|la|ma|sa|deux|les|mes {_TOOTH}",
        f"{_TOOTH} ... {_BROKEN}",
        f"{_BLEEDING} ... beaucoup|fort|abondamment|enormement|toujours|encore|sans_arret|arrete|arreter|heures|"
        "partout",
        f"{_BLEEDING}",
        "=perd|perds|perdu|perte|perdre ... =beaucoup|plein|trop ... =sang",
        "=sang ... =partout|beaucoup|coule|arrete|enormement|plein",
        "=beaucoup|plein|trop de sang",
        "arrete|arreter|arret ... =saigner|saignement|sang",
        "hemorragie|emoragie|hemoragie*",
        "=inconscient|inconsciente|evanoui|evanouie|evanouis",
        "=perdu|perd|perte|pert ... connaissance",
        "=tombe|tombee|tombes dans_les_pommes",
        "=malaise|syncope",
        "=pas|peine|plus|difficile|difficulte|difficultes|mal|impossible|difficilement ... =respirer|avaler|respire|"
        "deglutir|aval|avale",
        "=respire|respirer|avale|avaler ... =mal|pas|plus|difficile|difficilement|peine",
        "=manque|manquer d_air",
        "etouff*",
        f"=tres|fortement|completement|enormement|tout|toute|vraiment|super|bien {_SWOLLEN}",
        f"=grosse|enorme|forte|importante {_SWELLING}",
        f"{_SWELLING} ... =grandit|augmente|grossit|etend|propage|oeil|cou|gorge|descend|empire",
        f"=visage|oeil|cou|gorge ... {_SWOLLEN}",
        f"{_SWOLLEN} ... =oeil|cou|gorge|visage|fermer|ferme|propage|etend",
        "=abces|absces|absces|apces|abcès",
        "=insupportable|insupportables|intenable|intenables|intolerable|intolerables|atroce|atroces|insuportable|"
        "inssupportable",
        "=terrible|terribles|horrible|horribles|affreuse|affreuses|extreme|extremes|violente|violentes|enorme|"
        "enormes ... =douleur|douleurs|mal",
        "=douleur|douleurs|mal ... =terrible|terribles|horrible|horribles|affreuses|extremes|extreme|violentes|"
        "violente|fou|folle|chien|crever",
        "=mal a crever|mourir|hurler|en_crever|en_mourir|en_hurler",
        "=n_en peux|peut|pouvons plus",
        "=en peux|peut plus",
        "=peux|peut|supporte|supporter|arrive ... =plus|pas ... =supporter|tenir",
        "=supporte plus|pas ... =douleur|mal|douleurs",
        "=supporte|supporter plus",
        "=hurle|crie|pleure|meurs|fou|folle ... =de douleur|douleurs|mal",
        "=hurle|crie|pleure|meurs de_douleur|de_mal",
        "=ambulance|ambulances|samu|ambulancier|secouristes",
        "=tres|extremement|vraiment|super|incroyablement =forte|fortes|intense|intenses|vive|vives =douleur|douleurs",
        "=douleur|douleurs ... =tres|extremement|vraiment ... =forte|fortes|intense|intenses|vive|vives",
        "=intense|intenses|severe|severes|extreme|extremes =douleur|douleurs",
        "=douleur|douleurs =intense|intenses|severe|severes",
        "=extremement|atrocement|horriblement|terriblement mal",
        "=machoire ... =cassee|bloquée|deboitee|fracturee|luxee|casse|coincee|decrochee",
        "=choc|reaction anaphylactique|allergique",
        "=au secours",
        "^aidez moi|nous",
        "=besoin ... =aide ... =urgence|vite|immediatement|suite|urgent",
    ),
    strong_pain=(
        "=forte|fortes|grosse|grosses|vive|vives =douleur|douleurs",
        "=douleur|douleurs ... =forte|fortes|vive|vives",
        "=tres|vraiment|super|tellement mal",
        "rage de dents|dent",
    ),
    questions=(
        "=est ce que =c|cela|ca|ceci ... =est|serait|etait ... =urgence",
        "=est|serait|etait ce =une|un|vraiment|deja|bien ... =urgence",
        "=si c est|etait ... =urgence",
        "=suis je ... =urgence",
        "=a partir de quand ... =urgence",
    ),
    marked_questions=("=c|ca|cela est|serait ... =urgence$",),
    pairs=(
        ((_SWOLLEN, _SWELLING), (_FEVER,)),
        (("=pus|infecte|infectee|infection",), (_FEVER, _SWOLLEN, _SWELLING)),
        ((_FEVER,), ("=douleur|douleurs|pus|infection|rage", "=mal aux|a_la|a_une|dents|dent")),
    ),
    denials=(
        "=pas|aucun|aucune|sans|ni|plus ... =urgence|urgences|accident|enflure|fievre|abces|temperature|gonflement|"
        "saignement|pus|infection",
        f"=pas|plus|peu|guere ... {_SWOLLEN}",
        f"=pas|plus {_BLEEDING}",
        f"{_BLEEDING} =pas|plus|peu|un_peu|legerement|seulement|quand",
        f"{_BLEEDING} ... =arrete_de|s_est_arrete|s_est_arretee|est_termine|brossage|brosse|fil",
        f"=arrete|cesse|fini|termine de {_BLEEDING}",
        f"=gencive|gencives ... {_BLEEDING}",
        f"{_BLEEDING} ... =gencive|gencives",
        f"=brosse|brossage|fil|brosser ... {_BLEEDING}",
        "=pas|non ... =insupportable|insupportables|terrible|terribles|grave|si|tres|trop|atroce",
        "=pas|aucune|sans ... =douleur|douleurs",
        "=ai|a|ont plus ... =douleur|douleurs",
        "=pas ... =mal ... =respirer|avaler",
        "=en|de cas d|de ... urgence",
        "=cas d urgence",
        "=pour les|une|l|des urgences|urgence",
        "=si|s|quand ... =urgence|accident|enfle|gonfle|saigne|empire",
        "=urgence contact",
        "=contact|personne|contacts|carte ... urgence",
        "=pas|rien ... =urgent|presse",
        "=rien|pas ... =d|une|de_l|en urgence",
        "=assurance ... =accident|accidents",
        "=accident ... =assurance|facture|declaration|autoroute|route|retard|avocat|suva|sinistre|couvert",
        "=declaration|facture|autoroute|route|bouchon|bouchons|retard|suva|formulaire|cause_d_un ... =accident",
        "=ancien|vieil|vieux accident",
        "=par accident",
        "=dent|dents =de_lait ... tombee|tombe|tombees|bouge",
        "=perdu|perd|perdue ... =dent|dents =de_lait",
        f"{_PARTS_OF_PROSTHESES} ... {_OUT}|{_BROKEN.removeprefix('=')}|cassee|casse|perdue|perdu|tombe",
        f"=perdu|casse|cassee ... {_PARTS_OF_PROSTHESES}",
        f"{_BROKEN} ... {_PARTS_OF_PROSTHESES}",
        "=respire|respirer|avale|avaler bien|normalement",
        "=avaler|avale ... =comprime|comprimes|cachet|cachets|gelule|medicament|medicaments",
        "=piqure|piqures|aiguille|aiguilles ... =malaise|evanoui|evanouie|evanouir|connaissance",
        "=malaise|evanoui|evanouie|evanouis ... =piqure|piqures|aiguille|aiguilles|sang",
        "=peur|crains|eviter|inquiet|inquiete|prevenir ... =abces|urgence|infection|accident|insupportable",
        "=peux|peut|pourrai|arrive|puis plus|pas ... =venir|attendre|rendez|ce|demain|jeudi|lundi|mardi|mercredi|"
        "vendredi",
        "=dent|dents ... =arrachee|arrachees ... =faire|fait|doit|dois|fallait",
        "=arracher|faire_arracher|extraire une|la|ma|les dent|dents",
    ),
    past_times=(
        "=annee derniere|passee",
        "=ete|hiver|printemps|automne|mois dernier|passe",
        "=il_y_a ... =ans|an|mois|annees|semaines|longtemps",
        "=autrefois|jadis|enfance|petit|petite|enfant|a_l_epoque|dans_le_passe|longtemps|jeune|deja_eu|une_fois",
    ),
    past_events=(
        "=accident|urgence",
        "=abces|hemorragie",
        f"{_OUT}",
        _BROKEN,
        "=enfle|enflee|gonfle|gonflee|saigne|chute|tombe|tombee|evanoui|evanouie|perdu",
    ),
    breaks=word_set("maintenant aujourd hier mais et depuis soudain encore viens vient ce"),
    negators=word_set("pas aucun aucune sans ni plus non rien"),
    clause_starts=word_set("je j c il elle on mais ca mon ma"),
    number=(
        "=numero|telephone|numeros ... =urgence|urgences|garde|piquet",
        "=urgence|urgences|garde|piquet ... =numero|joindre|joignable|telephone",
        "=avez|a|existe|proposez|offrez|y_a|ont|est_ce_que ... =service|dentiste|medecin|cabinet|"
        "permanence ... =urgence|urgences|garde|piquet",
        "=qui|ou|quel|quelle|quand|comment|quels|quoi ... =service|dentiste|permanence ... =urgence|urgences|garde|"
        "piquet",
        "=qui|ou|quoi|que|comment ... =appeler|faire|appelle|aller|fais|adresser|contacter|faut ... =urgence|urgences",
        "=en_cas_d urgence ... =qui|ou|que|quel|quoi|comment",
        "=qui|medecin|dentiste est|de ... =garde",
    ),
)
