"""How callers take back what they asked for: "doch keinen Rückruf", "annulez ma demande", "lasci stare"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dialogue.model import Task
from gateway.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawals:
    """Patterns of one language (see ``gateway.dialogue.patterns``)."""

    unnamed: tuple[str, ...]
    """Something is not wanted any more; what it is may stand beside it, as one of ``names``."""
    named: Mapping[Task, tuple[str, ...]]
    """This is not wanted any more."""
    names: Mapping[Task, tuple[str, ...]]
    everything: tuple[str, ...]
    """All that was asked for is meant."""


_DE_APPOINTMENT = (
    "=doch ... kein|keinen termin",
    "brauche|mochte|will|bruche|wott ... kein|keinen termin =mehr|meh",
    "termin ... =wieder|doch streichen|loschen|absagen|stornieren|annullieren|zuruckziehen",
    "streichen|loschen|vergessen|stornieren|annullieren ... termin =wieder|doch",
    "=doch nicht|nid|nod kommen|vorbeikommen|cho",
)
_FR_APPOINTMENT = (
    "finalement ... pas|plus =de|d|le|ce|un|du|mon rendez|rdv",
    "finalement ... aucun|besoin ... rendez|rdv",
    "pas|plus =de|d|le|ce|un|du|mon rendez|rdv ... finalement",
    "plus besoin ... rendez|rdv",
)
_IT_APPOINTMENT = (
    "niente appuntamento",
    "non ... =piu ... appuntamento",
    "appuntamento ... non ... =piu",
    "non ... bisogno|serve|occorre ... appuntamento",
    "alla_fine|ripensandoci non|niente ... appuntamento",
)
_EN_APPOINTMENT = (
    "don_t|not ... need|want ... appointment ... =anymore|any_more|after_all",
    "no appointment ... after_all",
    "forget|scrap|drop|skip ... appointment",
    "appointment ... not ... needed|necessary",
)

WITHDRAWALS: Mapping[Language, Withdrawals] = {
    "de": Withdrawals(
        unnamed=(
            "streichen|loschen|vergessen|annullieren|stornieren|lassen sie =das|es|alles|dies$",
            "streichen|loschen|vergessen|annullieren|stornieren|lassen|nehmen|ziehen sie =das|es|alles|dies "
            "=wieder|bitte|doch|halt|lieber|zuruck|besser|einfach|sein",
            "vergessed|vergassed|striched|strichet|lond sie =das|es|s",
            "=das|es|alles =wieder|doch|bitte streichen|loschen|annullieren|stornieren",
            "=das|es|alles streichen|annullieren|stornieren$",
            "ruckgangig",
            "zuruckziehen|zurucknehmen",
            "ziehe|nehme ... zuruck$",
            "streichen|streiche|loschen|annullieren|stornieren|vergessen ... anfrage|wunsch|terminwunsch|auftrag",
            "brauche|mochte|will|bruche|wott =das|es ... =doch nicht|nid|nod",
            "brauche|bruche =das|es ... nicht|nid|nod =mehr|meh",
            "hat|het sich erledigt",
        ),
        named={
            Task.CALLBACK: (
                "=doch ... kein|keine|keinen ruckruf|ruckruefe",
                "brauche|mochte|will|wunsche|bruche|wott ... kein|keinen ruckruf",
                "kein|keinen ruckruf =mehr|notig|bitte",
                "ruckruf ... streichen|loschen|absagen|stornieren|annullieren|vergessen|lassen",
                "streichen|loschen|vergessen|stornieren|annullieren|lassen ... ruckruf",
                "ruckruf ... nicht =mehr|notig",
                "ruckruf =doch nicht",
                "mussen|brauchen|muend|bruched ... nicht|nid|nod ... zuruckrufen|zuruckzurufen|anrufen|zrugglute",
                "=doch|lieber nicht zuruckrufen",
                "rufen ... =doch|lieber nicht ... zuruck|an",
            ),
            Task.BOOK: _DE_APPOINTMENT,
            Task.MOVE: (
                *_DE_APPOINTMENT,
                "=doch nicht verschieb|verleg*",
                "termin ... =doch lassen|behalten|belassen|stehen",
                "=bleibt|bleiben ... =beim|bei ... alten|bisherigen",
            ),
            Task.CANCEL: (
                "=doch nicht absag|stornier|abmeld*",
                "absage|abmeldung ... streichen|vergessen|annullieren",
                "streichen|vergessen|annullieren ... absage|abmeldung",
                "=komme|kann|chume =doch$",
                "=doch kommen$",
                "termin ... =doch behalten|wahrnehmen|lassen|stehen",
            ),
        },
        names={
            Task.CALLBACK: ("ruckruf|zuruckruf*",),
            Task.BOOK: ("termin|terminwunsch|terminanfrage",),
            Task.MOVE: ("termin|verschiebung|terminverschiebung",),
            Task.CANCEL: ("absage|abmeldung|terminabsage",),
        },
        everything=("beide|beides", "alle|alles", "=beidi"),
    ),
    "fr": Withdrawals(
        unnamed=(
            "annulez|annuler|oubliez|oublier|laissez|supprimez|supprimer|retirez|retirer =ca|cela|tout",
            "annulez|oubliez|supprimez|retirez =le|la$",
            "=le|la|l annuler|supprimer|retirer$",
            "=laissez|laisser|laissons tomber",
            "annul|supprim|retir|oubli* ... demande|requete",
            "plus besoin|la_peine$",
            "=finalement =non|pas$",
            "change d avis",
        ),
        named={
            Task.CALLBACK: (
                "finalement ... pas|plus|aucun ... rappel*",
                "pas|plus besoin|la_peine ... rappel*",
                "annul|supprim|oubli|retir* ... =rappel",
                "rappel ... plus|pas necessaire|utile|besoin|la_peine",
                "ne me rappelez pas|plus",
                "pas ... rappel* ... finalement",
            ),
            Task.BOOK: _FR_APPOINTMENT,
            Task.MOVE: (
                *_FR_APPOINTMENT,
                "finalement ... pas ... deplac|chang|report*",
                "finalement ... gard|laiss|maint* ... rendez|rdv|date",
            ),
            Task.CANCEL: (
                "finalement ... pas ... annul*",
                "=retir|oubli|annul* ... annulation",
                "viens|viendrai|peux ... venir|finalement|quand_meme ... finalement|quand_meme",
                "finalement ... gard|maint* ... rendez|rdv",
            ),
        },
        names={
            Task.CALLBACK: ("=rappel|rappeler|rappelez|rappelle",),
            Task.BOOK: ("rendez|rdv",),
            Task.MOVE: ("rendez|rdv|deplacement|report",),
            Task.CANCEL: ("annulation",),
        },
        everything=("les =deux", "=tout|tous|toutes"),
    ),
    "it": Withdrawals(
        unnamed=(
            "lasci|lasciamo|lasciate|lascia stare|perdere",
            "annulli|annullare|cancelli|cancellare|dimentichi|dimenticare|ritiri|tolga =tutto|pure|questo|quello",
            "=lo|la annulli|cancelli|tolga|ritiri|dimentichi",
            "annullarl|cancellarl|ritirarl*",
            "annull|cancell|ritir|dimentic* ... richiesta|domanda",
            "non mi serve|occorre =piu",
            "non =serve|occorre =piu",
            "non ho =piu bisogno",
            "=ho ripensato",
            "cambiato idea",
        ),
        named={
            Task.CALLBACK: (
                "non ... bisogno|serve|occorre|voglio|desidero ... richiam*",
                "non mi richiami|richiamate|richiamare",
                "non ... richiam* ... =piu",
                "annull|cancell|lasci|dimentic|tolg* ... richiamata",
                "niente richiamata",
                "richiamata ... non ... serve|occorre|necessaria",
            ),
            Task.BOOK: _IT_APPOINTMENT,
            Task.MOVE: (
                *_IT_APPOINTMENT,
                "non ... spost* ... =piu",
                "=piu spost*",
                "teniamo|tengo|mantengo|manteniamo|lasciamo ... appuntamento",
            ),
            Task.CANCEL: (
                "non ... annull|cancell|disd* ... =piu",
                "=piu annull|cancell|disd*",
                "annull|cancell|ritir|dimentic* ... disdetta",
                "=vengo|verro|posso ... lo_stesso|comunque",
                "tengo|mantengo ... appuntamento",
            ),
        },
        names={
            Task.CALLBACK: ("richiamata|richiam*",),
            Task.BOOK: ("appuntamento",),
            Task.MOVE: ("appuntamento|spostamento",),
            Task.CANCEL: ("disdetta",),
        },
        everything=("=tutti|tutte =e due", "entramb*", "=tutto"),
    ),
    "en": Withdrawals(
        unnamed=(
            "forget =it|that|everything",
            "forget about =it|that",
            "cancel|scrap|drop|delete|scratch|undo|withdraw|remove|ignore =that|it|this|everything$",
            "cancel|scrap|drop|delete|scratch|undo|withdraw|remove|ignore =that|it|this|everything "
            "=please|again|then|for|after",
            "never mind =that|it|about|then",
            "take =it|that|this back",
            "changed my mind",
            "don_t need =it|that|this ... =anymore|any|after",
            "withdraw|cancel|scrap|drop|forget|delete ... request",
        ),
        named={
            Task.CALLBACK: (
                "don_t|not|no ... need|have|want|bother ... call|ring ... back",
                "no need ... call|callback|ring|phone",
                "don_t|not ... need|want ... callback",
                "=don_t call|ring ... back",
                "cancel|forget|drop|scrap|skip|delete ... callback",
                "cancel|forget|drop|scrap|skip|delete ... call back",
                "no callback",
                "no call back",
            ),
            Task.BOOK: _EN_APPOINTMENT,
            Task.MOVE: (
                *_EN_APPOINTMENT,
                "don_t|not ... move|reschedule|change ... =after|anymore",
                "keep|leave ... appointment|date ... =is|was|after",
            ),
            Task.CANCEL: (
                "don_t|not ... cancel ... =after|anymore",
                "=keep ... appointment",
                "can|will|ll ... come|make_it =after",
            ),
        },
        names={
            Task.CALLBACK: ("callback", "call back"),
            Task.BOOK: ("appointment|booking",),
            Task.MOVE: ("appointment|booking|rescheduling",),
            Task.CANCEL: ("cancellation",),
        },
        everything=("both", "=all|everything"),
    ),
}
