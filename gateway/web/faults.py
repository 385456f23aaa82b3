"""What can be wrong with a visit to the staff's page."""

from __future__ import annotations


class StaffFault(Exception):
    """Something is wrong: ``status`` of the answer, and ``wording``, the name of the sentence that is shown."""

    status = 400
    wording = "fault.title"


class BadForm(StaffFault):
    """A form is not one of the page's own, or has become old."""

    status = 403
    wording = "fault.form"


class EmptyValue(StaffFault):
    """Something has to be entered."""

    status = 422
    wording = "fault.value"


class NotFound(StaffFault):
    """There is no such call, action or file."""

    status = 404
    wording = "fault.not_found"


class SignInNeeded(Exception):
    """Nobody is signed in."""
