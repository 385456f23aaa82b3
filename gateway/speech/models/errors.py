"""What can be wrong with a model.

    ModelStoreError           a model is missing or damaged, or cannot be fetched
      ModelMissing            it is not there, or not what the manifest says
      LicenceNotAccepted      its licence has to be accepted first
      HubError                the hub did not give it
        HubUnreachable        no answer came: no network, offline mode, a deadline
        HubDenied             the hub wants a token, or the account has not been given access
        HubContradicts        the hub does not have what the manifest names

Each message is one sentence that says what to do.
"""

from __future__ import annotations


class ModelStoreError(Exception):
    """A model is missing or damaged, or cannot be fetched."""


class ModelMissing(ModelStoreError):
    """A model is not there, or is not what the manifest says."""


class LicenceNotAccepted(ModelStoreError):
    """A model is not fetched before its licence is accepted."""


class HubError(ModelStoreError):
    """The hub did not give a model."""


class HubUnreachable(HubError):
    """No answer of the hub came in time, or none may be asked for."""


class HubDenied(HubError):
    """The hub gives the model only to accounts that it knows and that have accepted the licence there."""


class HubContradicts(HubError):
    """The hub has not got what the manifest names, or has something else under its name."""
