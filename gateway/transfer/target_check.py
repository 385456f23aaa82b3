"""Whether the transfer targets of the profiles can be dialled by the trunks that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from gateway.practice.loader import ProfileError
from gateway.practice.profile import PracticeProfile, TransferTarget
from gateway.telephony.messages.uri import SipUri, TelUri, parse_uri
from gateway.telephony.network.transport import next_hop
from gateway.telephony.trunks.trunk_identity import dialled_number


def check_targets(profiles: Iterable[PracticeProfile], trunks: Collection[str]) -> None:
    """Raise ``ProfileError`` that names each target that cannot be dialled.

    That is one whose trunk is not in ``trunks``, whose URI is broken, or whose number the gateway answers itself.
    """
    profiles = tuple(profiles)
    own = {number for profile in profiles for number in profile.numbers}
    problems = tuple(
        f"The transfer target {target.id!r} of {profile.id} {problem}"
        for profile in profiles
        for target in profile.transfer_targets
        for problem in _problems(target, trunks, own)
    )
    if problems:
        raise ProfileError(problems)


def _problems(target: TransferTarget, trunks: Collection[str], own: Collection[str]) -> Iterator[str]:
    if target.trunk is not None and target.trunk not in trunks:
        yield f"names the trunk {target.trunk!r}; there are: {', '.join(sorted(trunks))}"
    try:
        uri = parse_uri(target.uri) if ":" in target.uri else TelUri(target.uri)
        if isinstance(uri, SipUri):
            next_hop(uri)
    except ValueError as error:
        yield f"cannot be called: {error}"
        return
    if dialled_number(uri) in own:
        yield f"calls {dialled_number(uri)}, which the gateway answers itself"
