"""French words, Swiss numbers ("septante", "huitante", "nonante") beside those of France."""

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

_CARDINALS = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "huitante": 80,
    "octante": 80, "nonante": 90, "dixsept": 17, "dixhuit": 18, "dixneuf": 19,
}  # fmt: skip

_DATE_TAGS = {
    "today": "aujourd hui|aujourdhui|ce jour",
    "tomorrow": "demain",
    "overmorrow": "apres demain",
    "yesterday": "hier|avant hier",
    "wd=0": "lundi|lundis",
    "wd=1": "mardi|mardis",
    "wd=2": "mercredi|mercredis",
    "wd=3": "jeudi|jeudis",
    "wd=4": "vendredi|vendredis",
    "wd=5": "samedi|samedis",
    "wd=6": "dimanche|dimanches",
    "month=1": "janvier",
    "month=2": "fevrier",
    "month=3": "mars",
    "month=4": "avril",
    "month=5": "mai",
    "month=6": "juin",
    "month=7": "juillet",
    "month=8": "aout",
    "month=9": "septembre",
    "month=10": "octobre",
    "month=11": "novembre",
    "month=12": "decembre",
    "this": "ce|cet|cette|ces",
    "coming": "qui vient|qui viennent",
    "next": "prochain|prochaine|prochains|prochaines|suivant|suivante|d apres",
    "last": "dernier|derniere|derniers|dernieres|passe|passee",
    "day": "jour|jours",
    "week": "semaine|semaines",
    "weekend": "week end|weekend|fin de semaine|fin de la semaine",
    "hence=1": "en huit",
    "hence=2": "en quinze",
    "months": "mois",
    "year": "an|ans|annee|annees",
    "in": "dans|en|au mois de|au mois d|d ici",
    "on": "au",
    "the": "le|l",
    "of": "la|les|de|du|d|des|de la",
    "from": "a partir de|a partir du|a partir d|des le|des la|a compter de|a compter du|au plus tot",
    "since": "depuis|depuis le",
    "ago": "il y a",
    "before": "avant|avant le",
    "after": "apres|apres le",
    "until": "jusqu au|jusqu a|jusque|au plus tard|jusqu en",
    "between": "entre",
    "and": "et",
    "or": "ou|ou bien",
    "move": "deplacer|reporter|avancer|changer|decaler",
    "not": "pas|impossible|difficile|sauf|excepte|plutot que|ni",
    "ask": "pourquoi pas|sinon|pas seulement",
    "begin": "debut|au debut|au debut de|au debut du",
    "middle": "mi|milieu|au milieu|courant",
    "end": "fin|en fin|a la fin|a la fin de|a la fin du",
    "few": "quelques",
    "clock": "heure|heures|h|minutes",
    "ok": "a|vers|serait|seraient|c est|si|s il|vous|nous|merci|oui|matin|apres midi|l apres midi|midi"
    "|soir|possible|irait|parfait|mais|pour|par|exemple|conviendrait|plutot|peut|etre|bien|ce serait"
    "|libre|alors",
    "can": "ca|cela|je|c|n|ne|est|va|peux|suis|marche|convient|me|m|on|j|y|il|serai|serais|pourrai",
}

_TIME_TAGS = {
    "clock": "heure|heures|h",
    "andhalf": "et demie|et demi|trente pile",
    "andquarter": "et quart|et un quart|un quart",
    "lessquarter": "moins le quart|moins quart|moins un quart",
    "less": "moins",
    "at": "a",
    "the": "les",
    "approx": "vers|vers les|environ|aux alentours de|autour de|a peu pres a|sur les|aux environs de",
    "before": "avant|jusqu a|au plus tard a|avant les",
    "after": "apres|a partir de|des|pas avant|au plus tot a|apres les|plus tard que",
    "from": "de|depuis",
    "between": "entre",
    "until": "jusqu",
    "and": "et",
    "or": "ou",
    "not": "pas|sauf|ni",
    "ask": "pourquoi pas",
    "noon": "midi",
    "midnight": "minuit",
    "part=morning": "le matin|du matin|matin|dans la matinee|en matinee|la matinee|matinee|au matin|de bonne heure",
    "part=noonish": "a l heure de midi|pendant midi|entre midi et deux|sur le midi|pause de midi",
    "part=afternoon": "apres midi|l apres midi|de l apres midi|dans l apres midi|cet apres midi|en apres midi"
    "|d apres midi",
    "part=evening": "le soir|du soir|soir|en soiree|ce soir|dans la soiree|en fin de journee|fin de journee",
    "part=early": "tot le matin|en debut de matinee|debut de matinee|tot dans la matinee",
    "part=late": "fin d apres midi|en fin d apres midi|tard dans l apres midi",
    "min": "minute|minutes",
    "fill": "oui|alors|euh|bien|s il|vous|plait|merci|d|accord|ce|serait|plutot|parfait",
    "unit": "jour|jours|semaine|semaines|mois|an|ans|annees|francs|fois|pour|dent|dents|personnes|enfants"
    "|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|rendez",
}

_NOT_NAMES = words(
    """
    oui non si je j tu il elle on nous vous ils elles me moi m te toi se lui leur y en c ce cet cette ces ca cela ceci
    mon ma mes ton ta tes son sa ses notre nos votre vos un une l la le les du des au aux a dans sur sous pour par
    avec sans chez vers entre depuis pendant jusque et ou mais donc car ni que qu qui quoi dont quand comment pourquoi
    combien quel quelle quels quelles ne n pas plus jamais rien aussi tres trop bien mal ici la maintenant aujourd
    hui demain hier apres avant deja encore toujours souvent bientot alors euh hm ah oh ben bon bonne ok okay d accord
    voila exact exactement juste faux correct certainement volontiers merci s svp plait bonjour bonsoir salut allo
    madame monsieur mademoiselle au revoir adieu suis es est sommes etes sont etais etait serait sera ai as avons avez
    ont avais avait aurais aurait vais va allons allez vont aller peux peut pouvez pourrais pourrait dois doit faut
    voudrais veux veut vouloir souhaite souhaiterais aimerais aime sais savoir appelle appeler telephone parle parler
    epelle epeler comprends compris crois pense rendez rendezvous vous dent dents dentiste douleur douleurs carie
    plombage couronne controle detartrage hygieniste hygiene urgence cabinet docteur medecin patient patiente nouveau
    nouvelle nouveaux heure heures semaine semaines jour jours mois an ans annee lundi mardi mercredi jeudi vendredi
    samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre matin midi
    soir numero nom prenom famille date naissance adresse rue assurance question questions moment seconde minute minutes
    idee mari femme fils fille enfant mere pere personne quelqu tout tous toute toutes peu beaucoup autre autres meme
    deplacer annuler reporter prendre fixer changer confirmer faire fait premier premiere plutot peut etre environ
    probleme pardon desole desolee excusez repeter repetez lentement francais allemand italien anglais humain
    quelque chose zero double accent lettre mot point virgule tiret prochain prochaine dernier derniere fois
    deuxieme troisieme connu connue deja client cliente appareil telephone bouche gencive gencives
    """
)

LEXICON = Lexicon(
    language="fr",
    numbers=NumberWords(
        cardinals=_CARDINALS,
        ordinals={"premier": 1, "premiere": 1, "1er": 1},
        ordinal_suffixes=words("er ere e eme ier"),
        hundred=words("cent cents"),
        thousand=words("mille mil"),
        joiners=words("et"),
        compound_parts=(),
        tens_then_unit=True,
        unit_and_tens=False,
        teens_after=frozenset({60, 80}),
    ),
    dates=by_phrase(_DATE_TAGS),
    times=by_phrase(_TIME_TAGS),
    phones=PhoneWords(
        zero=words("o"),
        plus=words("plus"),
        repeats={
            "double": 2,
            "deux fois": 2,
            "deux fois le": 2,
            "trois fois": 3,
            "trois fois le": 3,
            "triple": 3,
            "2 fois": 2,
            "2 fois le": 2,
            "3 fois": 3,
            "3 fois le": 3,
            "quatre fois le": 4,
        },
        fillers=words("et puis euh le ensuite encore alors"),
    ),
    names=NameWords(
        introductions=phrases(
            "je m appelle|mon nom est|mon nom c est|le nom est|le nom c est|nom est|ici|c est madame|c est monsieur|"
            "moi c est|mon nom de famille est|mon prenom est|au nom de|je me nomme|on m appelle|m appelle|ici c est"
        ),
        weak_introductions=phrases("je suis|c est|pour"),
        closings=phrases(
            "a l appareil|au telephone|au bout du fil|c est mon nom|a l appareil ici|a l appareil bonjour"
        ),
        fillers=phrases(
            "oui|alors|euh|eh bien|bien sur|bien|c est|ce serait|voila|bonjour|bonsoir|allo|merci|s il vous plait|non|"
            "d accord|oui bonjour|volontiers|mon nom|le nom|donc|et|ben|ok|pardon|un moment"
        ),
        titles=words("madame monsieur mademoiselle mme mr m dr docteur professeur maitre famille"),
        particles=words("de du des d la le van von der den del della di da dos el al ben st"),
        capital_particles=False,
        not_names=_NOT_NAMES,
    ),
    spelling=SpellingWords(
        letters={
            "ah": "a",
            "be": "b",
            "bee": "b",
            "ce": "c",
            "cee": "c",
            "de": "d",
            "dee": "d",
            "eu": "e",
            "euh": "e",
            "effe": "f",
            "ef": "f",
            "eff": "f",
            "ge": "g",
            "gee": "g",
            "ache": "h",
            "hache": "h",
            "ash": "h",
            "hi": "i",
            "ji": "j",
            "gi": "j",
            "ka": "k",
            "cas": "k",
            "ca": "k",
            "elle": "l",
            "el": "l",
            "ailes": "l",
            "aile": "l",
            "emme": "m",
            "aime": "m",
            "em": "m",
            "enne": "n",
            "haine": "n",
            "en": "n",
            "oh": "o",
            "au": "o",
            "eau": "o",
            "pe": "p",
            "pee": "p",
            "paix": "p",
            "cu": "q",
            "ku": "q",
            "erre": "r",
            "air": "r",
            "er": "r",
            "esse": "s",
            "es": "s",
            "te": "t",
            "the": "t",
            "ut": "u",
            "hu": "u",
            "ve": "v",
            "vee": "v",
            "double ve": "w",
            "double v": "w",
            "doublevé": "w",
            "doubleve": "w",
            "ixe": "x",
            "iks": "x",
            "ix": "x",
            "i grec": "y",
            "igrec": "y",
            "y grec": "y",
            "zede": "z",
            "zed": "z",
            "zedde": "z",
            "c cedille": "ç",
            "ce cedille": "ç",
            "tiret": "-",
            "trait d union": "-",
            "apostrophe": "'",
            "espace": " ",
            "nouveau mot": " ",
        },
        like=phrases("comme|comme dans|de|pour"),
        repeats={"deux": 2, "double": 2, "2": 2, "deux fois": 2, "trois": 3},
        accents={
            "accent aigu": "\u0301",
            "aigu": "\u0301",
            "accent grave": "\u0300",
            "grave": "\u0300",
            "accent circonflexe": "\u0302",
            "circonflexe": "\u0302",
            "trema": "\u0308",
            "cedille": "\u0327",
        },
        fillers=words("et puis majuscule minuscule ensuite alors lettre"),
        alphabet=words(
            "anatole arthur berthe celestin desire eugene emile francois gaston henri irma isidore joseph jean kleber"
            " louis louise marcel marie nicolas oscar pierre paul quintal raoul robert suzanne simon therese ursule"
            " victor william xavier yvonne zoe"
        ),
        ordinary=words("ah ce de en es elle air ai aime au eau the te ca cas er oh eu euh paix"),
    ),
    spoken=SpokenWords(
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ),
        signs={"-": "trait d'union", "'": "apostrophe", " ": "nouveau mot"},
        plus="plus",
    ),
)
