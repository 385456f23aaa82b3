"""What has to be said about a licence before a model is fetched."""

from __future__ import annotations

from gateway.speech.manifest import Model


def needs_acceptance(model: Model) -> bool:
    """Whether somebody has to accept the licence: it forbids commercial use, or the hub wants it to be accepted."""
    return model.gated or not model.commercial_use


def licence_notice(model: Model) -> str:
    """Return what the licence of ``model`` means for whoever runs a gateway, in whole sentences."""
    notice = f"The licence of {model.name} ({model.source}) is: {model.licence}."
    if not model.commercial_use:
        notice += (
            " It forbids commercial use of the model and of the speech that it makes; answering a practice's telephone"
            " is commercial use. Use it to try things out, or with a commercial licence of your own."
        )
    if model.gated:
        notice += (
            " The model hub gives it to accounts that have accepted that licence on the model's page;"
            " HF_TOKEN has to be a token of such an account."
        )
    return notice
