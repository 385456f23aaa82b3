"""What a call was about, in the words of its summary, by the action that it led to."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.actions.kinds import ActionKind
from gateway.dialogue.text import word_set
from gateway.language import Language

ABOUT: Mapping[Language, Mapping[str, str]] = {
    "de": {
        ActionKind.APPOINTMENT_REQUESTED: "Terminwunsch",
        ActionKind.APPOINTMENT_MOVE_REQUESTED: "Verschiebung eines Termins",
        ActionKind.APPOINTMENT_CANCEL_REQUESTED: "Absage eines Termins",
        ActionKind.CALLBACK_REQUESTED: "Bitte um Rückruf",
        ActionKind.EMERGENCY_FLAGGED: "Notfall gemeldet",
        ActionKind.TRANSFER_REQUESTED: "Wollte mit jemandem sprechen",
        ActionKind.ACTION_WITHDRAWN: "Auftrag zurückgezogen",
        ActionKind.TRANSFER_ENDED: "Weiterleitung beendet",
        ActionKind.MESSAGE_RECORDED: "Nachricht aufgezeichnet",
        ActionKind.CALL_ENDED: "Anruf beendet",
        "": "Anruf ohne Auftrag",
    },
    "fr": {
        ActionKind.APPOINTMENT_REQUESTED: "Demande de rendez-vous",
        ActionKind.APPOINTMENT_MOVE_REQUESTED: "Déplacement d'un rendez-vous",
        ActionKind.APPOINTMENT_CANCEL_REQUESTED: "Annulation d'un rendez-vous",
        ActionKind.CALLBACK_REQUESTED: "Demande de rappel",
        ActionKind.EMERGENCY_FLAGGED: "Urgence signalée",
        ActionKind.TRANSFER_REQUESTED: "Voulait parler à quelqu'un",
        ActionKind.ACTION_WITHDRAWN: "Demande retirée",
        ActionKind.TRANSFER_ENDED: "Transfert terminé",
        ActionKind.MESSAGE_RECORDED: "Message enregistré",
        ActionKind.CALL_ENDED: "Appel terminé",
        "": "Appel sans demande",
    },
    "it": {
        ActionKind.APPOINTMENT_REQUESTED: "Richiesta di appuntamento",
        ActionKind.APPOINTMENT_MOVE_REQUESTED: "Spostamento di un appuntamento",
        ActionKind.APPOINTMENT_CANCEL_REQUESTED: "Disdetta di un appuntamento",
        ActionKind.CALLBACK_REQUESTED: "Richiesta di essere richiamati",
        ActionKind.EMERGENCY_FLAGGED: "Emergenza segnalata",
        ActionKind.TRANSFER_REQUESTED: "Voleva parlare con qualcuno",
        ActionKind.ACTION_WITHDRAWN: "Richiesta ritirata",
        ActionKind.TRANSFER_ENDED: "Trasferimento terminato",
        ActionKind.MESSAGE_RECORDED: "Messaggio registrato",
        ActionKind.CALL_ENDED: "Chiamata terminata",
        "": "Chiamata senza richiesta",
    },
    "en": {
        ActionKind.APPOINTMENT_REQUESTED: "Appointment wanted",
        ActionKind.APPOINTMENT_MOVE_REQUESTED: "Appointment to be moved",
        ActionKind.APPOINTMENT_CANCEL_REQUESTED: "Appointment cancelled by the caller",
        ActionKind.CALLBACK_REQUESTED: "Callback wanted",
        ActionKind.EMERGENCY_FLAGGED: "Emergency flagged",
        ActionKind.TRANSFER_REQUESTED: "Wanted to speak with somebody",
        ActionKind.ACTION_WITHDRAWN: "Request withdrawn",
        ActionKind.TRANSFER_ENDED: "Transfer ended",
        ActionKind.MESSAGE_RECORDED: "Message recorded",
        ActionKind.CALL_ENDED: "Call ended",
        "": "Call without a request",
    },
}
"""By action kind; "" is a call that led to none."""

NARRATION: Mapping[Language, frozenset[str]] = {
    "de": word_set(
        "patient patientin anrufer anruferin person herr frau er möchte will wünscht wünschte bittet bat fragt fragte "
        "ruft rief meldet meldete hat hatte war wurde wird einen termin telefonnummer nummer telefon erreichbar "
        "rückruf wegen name neu neue neuer bekannt kommen sagt sagte gibt gab"
    ),
    "fr": word_set(
        "patient patiente appelant appelante personne monsieur madame souhaite souhaitait veut voulait demande "
        "demandait appelle rendez-vous rendez téléphone numéro joignable rappel pour nom nouveau nouvelle connu dit"
    ),
    "it": word_set(
        "paziente chiamante persona signor signora desidera desiderava vuole voleva chiede chiedeva chiama "
        "appuntamento telefono numero raggiungibile richiamata per nome nuovo nuova noto dice"
    ),
    "en": word_set(
        "patient caller person mr ms mrs wants wanted would like asks asked calls called an appointment telephone "
        "phone number reachable callback about name new known says said he she they his her their is was be"
    ),
}
"""Words by which a call is told, beside those of the call itself."""
