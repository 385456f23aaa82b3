"""A pjsua2 telephone in a process of its own: commands as lines of JSON on stdin, events as lines of JSON on stdout.

pjsua2's wheel aborts the interpreter when a media port is freed, so nothing of it may live in the tests' own process.
The program's argument holds the configuration. Each command has ``do`` and ``token``, and is answered by an event
``answer`` with the same token.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Any

import pjsua2 as pj

TRANSPORTS = {"UDP": pj.PJSIP_TRANSPORT_UDP, "TCP": pj.PJSIP_TRANSPORT_TCP, "TLS": pj.PJSIP_TRANSPORT_TLS}


# The library prints to stdout before it can be told not to, so events have the pipe for themselves.
_EVENTS = os.dup(1)
os.dup2(2, 1)


def tell(event: str, **fields: Any) -> None:
    """Print one event."""
    os.write(_EVENTS, json.dumps({"event": event, **fields}).encode() + b"\n")


class Phone:
    """The endpoint, its one account and all its calls."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.calls: dict[int, PhoneCall] = {}
        # Never freed: see the module's docstring.
        self.kept: list[Any] = []
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        configuration = pj.EpConfig()
        configuration.uaConfig.threadCnt = 0
        configuration.uaConfig.mainThreadOnly = True
        configuration.uaConfig.maxCalls = 4
        configuration.logConfig.level = 5
        configuration.logConfig.consoleLevel = 0
        configuration.logConfig.filename = options["log"]
        configuration.medConfig.clockRate = configuration.medConfig.sndClockRate = options.get("rate", 8000)
        configuration.medConfig.ecTailLen = 0
        configuration.medConfig.noVad = True
        self.endpoint.libInit(configuration)
        self.endpoint.audDevManager().setNullDev()
        self._create_transport()
        self.endpoint.libStart()
        for codec in self.endpoint.codecEnum2():
            wanted = codec.codecId in options.get("codecs", ("PCMA/8000/1", "PCMU/8000/1"))
            self.endpoint.codecSetPriority(codec.codecId, 200 if wanted else 0)
        self.player = pj.AudioMediaPlayer()
        self.player.createPlayer(options["microphone"])
        self.account = PhoneAccount(self)
        self.account.create(self._account_configuration())

    def _create_transport(self) -> None:
        options = self.options
        transport = pj.TransportConfig()
        transport.port = 0
        transport.boundAddress = "127.0.0.1"
        transport.publicAddress = "127.0.0.1"
        if options["transport"] == "TLS":
            tls = transport.tlsConfig
            tls.CaListFile = options["authority"]
            tls.certFile = options["certificate"]
            tls.privKeyFile = options["key"]
            tls.verifyServer = True
            tls.method = pj.PJSIP_TLSV1_2_METHOD
        self.transport = self.endpoint.transportCreate(TRANSPORTS[options["transport"]], transport)

    def _account_configuration(self) -> pj.AccountConfig:
        options = self.options
        configuration = pj.AccountConfig()
        configuration.idUri = options["id"]
        configuration.sipConfig.transportId = self.transport
        configuration.mediaConfig.transportConfig.port = 28_000
        configuration.mediaConfig.transportConfig.portRange = 1_000
        configuration.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        configuration.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
        configuration.callConfig.prackUse = {
            "off": pj.PJSUA_100REL_NOT_USED,
            "supported": pj.PJSUA_100REL_OPTIONAL,
            "required": pj.PJSUA_100REL_MANDATORY,
        }[options.get("reliable_provisional", "off")]
        configuration.callConfig.timerUse = {
            "off": pj.PJSUA_SIP_TIMER_INACTIVE,
            "supported": pj.PJSUA_SIP_TIMER_OPTIONAL,
            "required": pj.PJSUA_SIP_TIMER_REQUIRED,
            "always": pj.PJSUA_SIP_TIMER_ALWAYS,
        }[options.get("session_timer", "off")]
        configuration.callConfig.timerSessExpiresSec = options.get("session_expires_s", 1800)
        configuration.callConfig.timerMinSESec = options.get("min_se_s", 90)
        configuration.mediaConfig.srtpUse = {
            "off": pj.PJMEDIA_SRTP_DISABLED,
            "preferred": pj.PJMEDIA_SRTP_OPTIONAL,
            "required": pj.PJMEDIA_SRTP_MANDATORY,
        }[options.get("srtp", "off")]
        configuration.mediaConfig.srtpSecureSignaling = 0
        configuration.mediaConfig.rtcpMuxEnabled = options.get("rtcp_mux", False)
        if "registrar" in options:
            configuration.regConfig.registrarUri = options["registrar"]
            credentials = pj.AuthCredInfo("digest", "*", options["username"], 0, options["password"])
            configuration.sipConfig.authCreds.append(credentials)
        if "proxy" in options:
            configuration.sipConfig.proxies.append(options["proxy"])
        return configuration

    @property
    def port(self) -> int:
        """The port that SIP is listened for on."""
        information = self.endpoint.transportGetInfo(self.transport)
        return int(information.localName.rpartition(":")[2])

    def run(self) -> None:
        """Serve until stdin ends."""
        unfinished = b""
        while True:
            ready, _, _ = select.select([0], [], [], 0)
            if ready:
                data = os.read(0, 65_536)
                if not data:
                    return
                *lines, unfinished = (unfinished + data).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
            self.endpoint.libHandleEvents(10)

    def hang_up_all(self) -> None:
        """End every call and give the other side a moment to agree."""
        self.endpoint.hangupAllCalls()
        deadline = time.monotonic() + 1
        while self.calls and time.monotonic() < deadline:
            self.endpoint.libHandleEvents(10)

    def _obey(self, command: dict[str, Any]) -> None:
        token, action = command.pop("token"), command.pop("do")
        try:
            result = getattr(self, f"do_{action}")(**command)
        except pj.Error as error:
            tell("answer", token=token, error=f"{error.title}: {error.reason}")
        else:
            tell("answer", token=token, result=result)

    # The commands:

    def do_dial(self, uri: str) -> int:
        """Call ``uri`` and return the call's number."""
        call = PhoneCall(self)
        call.makeCall(uri, pj.CallOpParam(True))
        self.calls[call.getId()] = call
        return call.getId()

    def do_answer(self, call: int, status: int = 200) -> None:
        """Answer a call that came in."""
        parameters = pj.CallOpParam()
        parameters.statusCode = status
        self.calls[call].answer(parameters)

    def do_hang_up(self, call: int) -> None:
        """End a call."""
        self.calls[call].hangup(pj.CallOpParam())

    def do_hold(self, call: int) -> None:
        """Put a call on hold by a re-INVITE."""
        self.calls[call].setHold(pj.CallOpParam())

    def do_resume(self, call: int) -> None:
        """Take a call back by a re-INVITE."""
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[call].reinvite(parameters)

    def do_update(self, call: int) -> None:
        """Send an UPDATE with an offer."""
        self.calls[call].update(pj.CallOpParam(True))

    def do_codecs(self, call: int, codecs: list[str]) -> None:
        """Offer only ``codecs`` from now on, and re-INVITE."""
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, 200 if codec.codecId in codecs else 0)
        self.calls[call].reinvite(pj.CallOpParam(True))

    def do_press(self, call: int, digits: str) -> None:
        """Send keys as RFC 4733 events."""
        self.calls[call].dialDtmf(digits)

    def do_press_by_info(self, call: int, digits: str) -> None:
        """Send keys in INFO requests."""
        parameters = pj.CallSendDtmfParam()
        parameters.method = pj.PJSUA_DTMF_METHOD_SIP_INFO
        parameters.digits = digits
        self.calls[call].sendDtmf(parameters)

    def do_transfer_to_call(self, call: int, other: int) -> None:
        """Send REFER with Replaces: the peer of ``call`` takes over this telephone's place in ``other``."""
        self.calls[call].xferReplaces(self.calls[other], pj.CallOpParam(True))

    def do_codec(self, call: int) -> str:
        """Return the codec in use."""
        return str(self.calls[call].getStreamInfo(0).codecName)


class PhoneAccount(pj.Account):
    """Takes calls."""

    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self.phone = phone

    def onIncomingCall(self, parameters: pj.OnIncomingCallParam) -> None:  # noqa: N802 - pjsua2's name
        """Ring, and answer when told so in advance."""
        call = PhoneCall(self.phone, parameters.callId)
        self.phone.calls[call.getId()] = call
        information = call.getInfo()
        tell("incoming", call=call.getId(), caller=information.remoteUri)
        status = self.phone.options.get("answer_with")
        if status is not None:
            answer = pj.CallOpParam()
            answer.statusCode = status
            call.answer(answer)

    def onRegState(self, parameters: pj.OnRegStateParam) -> None:  # noqa: N802
        """Tell what became of a registration."""
        tell("registration", status=int(parameters.code), expires=parameters.expiration)


class PhoneCall(pj.Call):
    """Tells what happens to one call."""

    def __init__(self, phone: Phone, number: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, number)
        self.phone = phone
        self.recorder: pj.AudioMediaRecorder | None = None

    def onCallState(self, _parameters: pj.OnCallStateParam) -> None:  # noqa: N802
        """Tell the call's state."""
        information = self.getInfo()
        self.phone.calls[self.getId()] = self  # also one that a transfer began
        tell("state", call=self.getId(), state=information.stateText, status=int(information.lastStatusCode))
        if information.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.phone.kept.append(self.phone.calls.pop(self.getId(), None))

    def onCallMediaState(self, _parameters: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        """Connect microphone and recorder."""
        information = self.getInfo()  # what it holds is freed with it
        for index, media in enumerate(information.media):
            directions = {
                pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
                pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held by us",
                pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held by peer",
            }
            tell("media", call=self.getId(), status=directions.get(media.status, "none"))
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                sound = self.getAudioMedia(index)
                self.phone.kept.append(sound)
                if self.recorder is None:
                    self.recorder = pj.AudioMediaRecorder()
                    path = Path(self.phone.options["folder"]) / f"heard-{self.getId()}.wav"
                    self.recorder.createRecorder(str(path))
                    self.phone.kept.append(self.recorder)
                sound.startTransmit(self.recorder)
                self.phone.player.startTransmit(sound)

    def onCallTransferStatus(self, parameters: pj.OnCallTransferStatusParam) -> None:  # noqa: N802
        """Tell how far a transfer that this telephone asked for has come."""
        tell("transfer", call=self.getId(), status=int(parameters.statusCode), final=bool(parameters.finalNotify))

    def onCallReplaced(self, parameters: pj.OnCallReplacedParam) -> None:  # noqa: N802
        """Take the call that takes this one's place."""
        onward = PhoneCall(self.phone, parameters.newCallId)
        self.phone.calls[onward.getId()] = onward
        parameters.newCall = onward
        tell("replaced", call=self.getId(), by=onward.getId())

    def onDtmfDigit(self, parameters: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        """Tell a key."""
        tell("key", call=self.getId(), digit=parameters.digit)

    def onCallTransferRequest(self, parameters: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        """Tell that the gateway refers this telephone elsewhere, and go there."""
        tell("referred", call=self.getId(), target=parameters.dstUri)
        onward = PhoneCall(self.phone)
        parameters.newCall = onward
        self.phone.kept.append(onward)


def main() -> None:
    """Run one telephone."""
    phone = Phone(json.loads(sys.argv[1]))
    tell("ready", port=phone.port)
    phone.run()
    phone.hang_up_all()
    # Without the flag it waits a second for requests that might still come.
    phone.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
    # The interpreter's own end would free ports in an order that the library does not survive.
    os._exit(0)


if __name__ == "__main__":
    main()
