"""The model hub: what it has of a model, and its answers in one sentence each.

huggingface_hub speaks to it, so HF_ENDPOINT, HF_TOKEN (or a token that `hf auth login` has kept), HF_HUB_OFFLINE,
HF_HUB_ETAG_TIMEOUT and HF_HUB_DOWNLOAD_TIMEOUT mean what its documentation says.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import httpx2
from huggingface_hub import constants, get_hf_file_metadata, get_token, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, not listed

from gateway.speech.manifest import Model
from gateway.speech.models.digests import Digest, digest_of_etag
from gateway.speech.models.errors import HubContradicts, HubDenied, HubError, HubUnreachable

UNAUTHORIZED, FORBIDDEN = 401, 403
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
QUESTIONS = 3
"""How often a file is asked for before a hub that is there but does not answer is given up."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub has it, for the pinned revision; ``digest`` and ``bytes`` are None where it does not say."""

    name: str
    url: str
    digest: Digest | None
    bytes: int | None


class ModelHub:
    """The hub at ``endpoint``; none: the one of HF_ENDPOINT, or the public one.

    ``pause_s``: how many seconds are let pass before it is asked again, the next time twice as many.
    """

    def __init__(self, endpoint: str | None = None, pause_s: float = 1.0) -> None:
        self._endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        # A mirror may want a password in its address; that is for no message.
        self._pause_s = pause_s
        self._shown = re.sub(r"//[^/@]*@", "//", self._endpoint)

    def locate(self, model: Model, name: str) -> HubFile:
        """Ask for one file of ``model``.

        Raises:
            HubError: the hub does not give it.

        """
        url = hf_hub_url(model.source, name, revision=model.revision, endpoint=self._endpoint)
        for question in range(QUESTIONS):
            try:
                told = get_hf_file_metadata(url, timeout=constants.HF_HUB_ETAG_TIMEOUT, endpoint=self._endpoint)
                break
            except (OfflineModeIsEnabled, httpx2.HTTPError, httpx2.InvalidURL) as error:
                if question == QUESTIONS - 1 or not _passes(error):
                    raise self.fault(error, model, name) from error
                time.sleep(self._pause_s * 2**question)
        if told.commit_hash not in {None, model.revision}:
            raise HubContradicts(
                f"The model hub answers with revision {told.commit_hash} of {model.source},"
                f" in place of {model.revision}."
            )
        return HubFile(name, url, digest_of_etag(told.etag), told.size)

    def headers(self) -> dict[str, str]:
        """Return the header fields of a request for a file, with the token where there is one."""
        # Compressed content has no ranges that a download could be resumed at.
        return {**build_hf_headers(), "Accept-Encoding": "identity"}

    def fault(self, error: Exception, model: Model, name: str) -> HubError:
        """Return what went wrong, in one sentence that says what to do; addresses with signatures stay out of it."""
        by_hand = f"or put the files of revision {model.revision} into {model.folder} of MODELS_DIR by hand"
        if isinstance(error, OfflineModeIsEnabled):
            return HubUnreachable(
                f"The model {model.name} cannot be fetched while HF_HUB_OFFLINE is set: unset it, {by_hand}."
            )
        if isinstance(error, (RevisionNotFoundError, RemoteEntryNotFoundError)):
            return HubContradicts(f"The model hub has no file {name} in revision {model.revision} of {model.source}.")
        if isinstance(error, HfHubHTTPError):
            return self._refusal(error, model, by_hand)
        return HubUnreachable(
            f"The model hub at {self._shown} cannot be reached ({type(error).__name__}):"
            f" check the network and HF_ENDPOINT, {by_hand}."
        )

    def _refusal(self, error: HfHubHTTPError, model: Model, by_hand: str) -> HubError:
        status = error.response.status_code
        page = f"{self._shown}/{model.source}"
        if not isinstance(error, RepositoryNotFoundError) and status not in {UNAUTHORIZED, FORBIDDEN}:
            return HubUnreachable(
                f"The model hub at {self._shown} answers {status} for {model.source}: try again later, {by_hand}."
            )
        if get_token() is None:
            return HubDenied(
                f"The model hub gives {model.source} only to accounts that have been given access:"
                f" ask for it at {page}, then set HF_TOKEN to a token of that account."
            )
        if isinstance(error, GatedRepoError) or status == FORBIDDEN:
            return HubDenied(
                f"The account of HF_TOKEN has no access to {model.source}: accept its licence at {page}"
                " (approval may take a while), and let the token read gated repositories."
            )
        return HubDenied(
            f"The model hub knows no {model.source} for this HF_TOKEN:"
            f" check that the token is valid, and that {page} opens."
        )


def _passes(error: Exception) -> bool:
    """Whether the same question may be answered a moment later; an address that nobody answers at stays silent."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in TRANSIENT_STATUSES
    return isinstance(error, (httpx2.ReadTimeout, httpx2.ReadError, httpx2.RemoteProtocolError))
