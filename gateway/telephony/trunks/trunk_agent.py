"""One trunk while the gateway runs: its servers, its registration and its pings, sans I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import SipUri, host_port
from gateway.telephony.network.transport import Hop
from gateway.telephony.signalling import Signalling
from gateway.telephony.trunks.registration import Account, Registration, RegistrationState
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_monitor import Reachability, TrunkMonitor
from gateway.telephony.trunks.trunk_state import TrunkState

OnTrunkChanged = Callable[["TrunkAgent"], None]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TrunkAgent:
    """Registers and pings on behalf of ``trunk``. ``changed`` is called when anything of its state changes.

    ``warning`` is told with its state.
    """

    def __init__(
        self,
        trunk: Trunk,
        signalling: Signalling,
        *,
        changed: OnTrunkChanged = lambda agent: None,
        clock: Callable[[], datetime] = _utc_now,
        warning: str | None = None,
    ) -> None:
        self.trunk = trunk
        self.warning = warning
        self.hops: tuple[Hop, ...] = ()
        """The trunk's servers, in the order of preference."""
        self._changed = changed
        self._clock = clock
        self._since = clock()
        self._problem: str | None = None
        self._was_up = False
        self._stopped = False
        self.registration: Registration | None = None
        profile = trunk.profile
        if profile.registration is not None and trunk.registrar is not None:
            self.registration = Registration(
                signalling,
                Account(
                    domain=SipUri(trunk.registrar.host, port=trunk.registrar.port, scheme=trunk.registrar.scheme),
                    address=_address_of_record(trunk),
                    contact_user=trunk.contact_user,
                    expires_s=profile.registration.expires_s,
                    credentials=trunk.credentials,
                ),
                changed=self._note_change,
            )
        interval_s = profile.options_interval_s if trunk.servers else 0
        self.monitor = TrunkMonitor(
            signalling, _address_of_record(trunk), interval_s, servers=trunk.servers, changed=self._note_change
        )
        self._was_up = self.is_up
        self._told = self.state(0)

    @property
    def is_up(self) -> bool:
        """Whether nothing is known that keeps calls from coming or going."""
        if self.registration is not None and self.registration.state is not RegistrationState.REGISTERED:
            return False
        if self.trunk.servers and not self.hops:
            return False
        return self.monitor.reachability is not Reachability.DOWN

    def start(self, now: float) -> None:
        """Begin to register; it goes on once the servers are known."""
        if self.registration is not None:
            self.registration.start(now)

    def stop(self, now: float) -> None:
        """Give the registration back and ask nobody any more."""
        self._stopped = True
        self.monitor.stop()
        if self.registration is not None:
            self.registration.stop(now)

    def set_hops(self, hops: Sequence[Hop], now: float) -> None:
        """Note where the trunk's servers are now."""
        if self._stopped:
            return
        self.hops, self._problem = tuple(hops), None
        self.monitor.set_hops(hops, now)
        if self.registration is not None:
            self.registration.set_hops(hops, now)
        self._note_change()

    def location_failed(self, problem: str) -> None:
        """Note that the servers could not be looked up; those known before stay."""
        self._problem = problem
        self._note_change()

    def hops_for_call(self) -> tuple[Hop, ...]:
        """Return where a call can go out, the best first: where we are registered, then who responds, then the rest."""
        registered = self.registration.hop if self.registration is not None else None
        return tuple(sorted(self.hops, key=lambda hop: (self.monitor.is_down(hop), hop != registered)))

    def routes_for_call(self) -> tuple[NameAddress, ...]:
        """Return the Route of a call that goes out (RFC 3608); empty unless the registrar named one."""
        return self.registration.service_route if self.registration is not None else ()

    def state(self, calls: int) -> TrunkState:
        """Return how the trunk is; ``calls`` are those that it has now."""
        registration = self.registration
        active = next(iter(self.hops_for_call()), None)
        errors = (self._problem, registration.error if registration else None, self.monitor.error)
        return TrunkState(
            id=self.trunk.id,
            up=self.is_up,
            registration=registration.state if registration else None,
            reachability=self.monitor.reachability,
            server=f"{host_port(active.host, active.port)} {active.transport}" if active else None,
            error=next((error for error in errors if error is not None), None),
            since=self._since,
            calls=calls,
            max_calls=self.trunk.profile.max_calls,
            warning=self.warning,
        )

    def _note_change(self) -> None:
        if self._stopped:
            return
        up = self.is_up
        if up != self._was_up:
            self._was_up = up
            self._since = self._clock()
        state = self.state(0)
        if state != self._told:
            self._told = state
            self._changed(self)


def _address_of_record(trunk: Trunk) -> NameAddress:
    return NameAddress(SipUri(trunk.domain or "gateway.invalid", trunk.profile.username))
