"""Whether a request is let in, before a transaction or anything else is kept for it (RFC 3261 section 8.2.7)."""

from __future__ import annotations

import secrets
from collections.abc import Container
from contextlib import suppress

from gateway.telephony.admission.call_gate import CallGate
from gateway.telephony.admission.guarded_policy import GuardedPolicy
from gateway.telephony.admission.request_check import Refusal, check_request
from gateway.telephony.admission.request_policy import Admitted, Dropped
from gateway.telephony.admission.stateless_tag import stateless_tag
from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.message import Request
from gateway.telephony.messages.responses import create_response
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.dialog import DialogId, receiving_dialog_id
from gateway.telephony.sessions.refusal import Refused
from gateway.telephony.sessions.replaces import parse_replaces
from gateway.telephony.transactions.transaction_layer import TransactionLayer


class RequestScreen:
    """Lets requests in, refuses them statelessly, or drops them. ``dialogs`` are those that there are."""

    def __init__(
        self,
        gate: CallGate,
        policy: GuardedPolicy,
        transactions: TransactionLayer,
        *,
        dialogs: Container[DialogId],
        user_agent: str,
    ) -> None:
        self._gate = gate
        self._counters = gate.counters
        self._policy = policy
        self._transactions = transactions
        self._dialogs = dialogs
        self._user_agent = user_agent
        self._refusal_key = secrets.token_bytes(16)

    def judge(self, request: Request, source: Hop, now: float) -> Admitted | None:
        """Return how a request is admitted, or None when it was refused or dropped."""
        if request.method == "ACK" or self._transactions.knows(request):
            return Admitted()  # an ACK makes no state and gets no answer, whatever it belongs to
        if request.method == "CANCEL" or request.to_address.tag:
            return self._judge_stray(request, source, now)
        verdict = self._policy.judge(request, source, now)
        if isinstance(verdict, Admitted):
            refusal = check_request(request, merged=False, parameters=verdict.parameters)
            refusal = refusal or self._judge_new(request, verdict, source, now)
            if refusal is None:
                return verdict
            self._refuse(request, refusal, source)
        elif not isinstance(verdict, Dropped):
            self._refuse(request, verdict, source)
        return None

    def refuse_malformed(self, error: MalformedMessage, source: Hop, now: float) -> None:
        """Tell the sender of what cannot be read what is wrong, where it is owed that."""
        self._counters.malformed += 1
        request = error.request
        if not self._policy.owes_answer(source, now) or request is None or request.method == "ACK":
            return
        if "Via" in request.headers:
            self._refuse(request, Refusal(error.status, error.reason), source)

    def _judge_new(self, request: Request, admitted: Admitted, source: Hop, now: float) -> Refusal | None:
        if request.method == "INVITE":
            return self._gate.judge_call(admitted.trunk, source.host, now, takes_over=self._takes_over(request))
        if request.method == "OPTIONS":
            return self._gate.judge_options(admitted.trunk)
        return Refusal(481)

    def _takes_over(self, request: Request) -> bool:
        with suppress(Refused):  # what cannot be read is refused as soon as the call is looked at
            replaced = parse_replaces(request)
            return replaced is not None and replaced.dialog_id in self._dialogs
        return False

    def _judge_stray(self, request: Request, source: Hop, now: float) -> Admitted | None:
        """Admit what belongs to a call; the rest costs no memory, and is answered to trusted sources only."""
        if request.method == "CANCEL":
            known = self._transactions.find_invite(request) is not None
        else:
            known = receiving_dialog_id(request) in self._dialogs
        if known:
            return Admitted()
        if self._policy.owes_answer(source, now):
            self._counters.refused_stray += 1
            self._refuse(request, check_request(request, merged=False) or Refusal(481), source)
        else:
            self._counters.dropped_stray += 1
        return None

    def _refuse(self, request: Request, refusal: Refusal, source: Hop) -> None:
        hop = source  # also where not even Via can be read, but there is one to send back
        with suppress(MalformedMessage):
            request.stamp_source(source.host, source.port)
            host, port = request.top_via.response_address()
            hop = source if source.reliable else source._replace(host=host, port=port)
        tag = stateless_tag(self._refusal_key, request)
        headers = refusal.headers
        if self._policy.trusts(source.host):  # whoever has to prove first who he is learns not what answers
            headers = (*headers, ("Server", self._user_agent))
        response = create_response(request, refusal.status, refusal.reason, to_tag=tag, headers=headers)
        self._transactions.send_stateless(response, hop)
