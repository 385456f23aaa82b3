"""Trunks as an operator describes them: read from a trunks file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pjsua2_phone import Pjsua2Phone

from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_file import load_trunks


def trunk(folder: Path, *, password: str = "", **profile: Any) -> Trunk:
    """Return the trunk that ``profile`` (keys of the trunks file) describes; anybody on this machine may call by it.

    Nobody pings, unless the profile wants it. ``password`` is that of the profile's ``username``.
    """
    file = folder / "trunks.yaml"
    described = {"id": "peer", "allowed": ["127.0.0.0/8"], "options_interval_s": 0, **profile}
    if password:
        described["password_env"] = "PEER_PASSWORD"
    file.write_text(yaml.safe_dump({"trunks": [described]}))
    (loaded,) = load_trunks(file, {"PEER_PASSWORD": password}).trunks
    return loaded


def trunk_to(phone: Pjsua2Phone, **profile: Any) -> Trunk:
    """Return a trunk whose server is a telephone that has started."""
    return trunk(phone.folder, servers=[f"sip:127.0.0.1:{phone.sip_port}"], **profile)
