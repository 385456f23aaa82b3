"""Times, dates and numbers as people in Switzerland write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from gateway.audio import TELEPHONE_RATE


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return ``14:05``."""
    return f"{moment.astimezone(zone):%H:%M}"


def day(moment: datetime | date, zone: ZoneInfo | None = None) -> str:
    """Return ``24.11.2026``."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(zone).date()
    return f"{moment:%d.%m.%Y}"


def phone(number: str | None) -> str:
    """Return ``079 123 45 67`` for a Swiss number, ``+49 30 123456`` for another; what is no number as it is."""
    if number is None:
        return ""
    try:
        parsed = phonenumbers.parse(number, "CH")
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat
    swiss = parsed.country_code == 41
    return str(phonenumbers.format_number(parsed, style.NATIONAL if swiss else style.INTERNATIONAL))


def duration(seconds: float) -> str:
    """Return ``1:05`` for 65 seconds."""
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    return f"{minutes}:{rest:02}"


def position_s(sample: int | None) -> float | None:
    """Return the seconds from the beginning of a recording for a position in samples at 8 kHz."""
    return None if sample is None else round(sample / TELEPHONE_RATE, 2)


def midnight(of: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a day begins."""
    return datetime(of.year, of.month, of.day, tzinfo=zone)


def day_after(of: date) -> date:
    """Return the next day."""
    return of + timedelta(days=1)
