"""What answering machines, networks and queues say, as patterns (``gateway.dialogue.patterns``), in four languages.

Only what a machine says to a listener: "hinterlassen Sie eine Nachricht" is one, "kann ich eine Nachricht hinterlassen"
is what a patient asks.
"""

from __future__ import annotations

VOICEMAIL_REQUESTS = (
    "hinterlassen|hinterlasse|sprechen sie ... nachricht|mitteilung",
    "nachricht nach dem",
    "sprechen sie ... nach dem",
    "=laissez|laissez_nous|laissez_moi|laisser ... message apres",
    "=laissez|laissez_nous|laissez_moi ... message",
    "veuillez laisser ... message",
    "=lasciate|lasci|lascia ... messaggio",
    "leave a|your|me|us ... message after|and|with",
    "please leave ... message",
    "record your message",
)
"""The machine asks for a message."""
VOICEMAIL_SIGNALS = (
    "nach|noch dem signalton|piepton|pfeifton|signal|ton|piep|beep",
    "apres le|ce bip|signal|bip_sonore|signal_sonore|top",
    "dopo il|lo segnale|bip|beep|segnale_acustico",
    "after|at the tone|beep|signal",
)
"""The machine announces its signal."""
VOICEMAIL_GREETINGS = (
    "sie sind verbunden|verbunden_mit ... mailbox|combox|anrufbeantworter",
    "mailbox|combox|anrufbeantworter|sprachbox von",
    "vous etes ... repondeur|messagerie|combox",
    "boite|messagerie vocale ... de",
    "risponde ... segreteria",
    "segreteria telefonica di",
    "you have|ve reached ... voicemail|voice_mail|mailbox|answering_machine",
    "the voicemail|voice_mail|mailbox of",
)
"""The machine introduces itself."""
ANNOUNCEMENTS = (
    "kein anschluss unter dieser nummer",
    "die|diese gewahlte|gewunschte|angerufene|von_ihnen_gewahlte ... nummer|rufnummer ... nicht",
    "die von ihnen gewahlte ... nicht",
    "gewunschte|angerufene teilnehmer|gesprachspartner|person ... nicht",
    "dieser anruf kann nicht",
    "numero que vous avez ... compose|demande ... pas|plus",
    "numero compose|demande ... pas|plus",
    "votre correspondant ... pas",
    "le correspondant ... demande ... pas",
    "utente ... chiamato|selezionato|desiderato ... non",
    "numero selezionato|chiamato|composto|da_lei ... non",
    "number you have|ve ... dialed|dialled|called|reached ... not|no",
    "person|subscriber|customer you are|re ... calling|trying ... not|unavailable",
    "call cannot|can_not|can_t be completed",
)
"""The network says that nobody can be reached."""
QUEUES = (
    "alle unsere|mitarbeiter|leitungen|plaetze|mitarbeitenden ... besetzt|gesprach|belegt",
    "bitte bleiben sie ... apparat|leitung|linie|dran",
    "ihr anruf ist ... wichtig",
    "sie werden ... verbunden|bedient",
    "toutes nos lignes ... occupe*",
    "tous nos conseillers|collaborateurs|operateurs ... occupe*",
    "veuillez|merci_de patienter",
    "veuillez|merci_de rester ... ligne",
    "ne quittez pas",
    "votre appel est ... important",
    "tutti|tutte ... operatori|linee ... occupat*",
    "rimanere|resti|restate|attendere in linea",
    "la|vi preghiamo di attendere|rimanere",
    "your call is ... important",
    "all ... agents|operators|representatives|lines ... busy",
    "please stay|remain|hold on the line",
    "please hold",
)
"""A queue asks to wait."""
MUSIC = (
    "musik|musique|musica|music|applaus|applause$",
    "untertitel|untertitelung|sous_titres|sous_titrage|sottotitoli|subtitles",
)
"""What recognition makes of music."""
