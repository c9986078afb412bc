"""The arithmetic of months, done here and nowhere else, so that every end of validity is counted the same way."""

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """Answer the same day that many months later (or earlier), or the last day of that month if it is shorter.

    2020-02-29 and 24 months give 2022-02-28; 2024-03-31 and -1 months give 2024-02-29.

    Raises:
        ValueError: the answer would lie outside the years 1 to 9999.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= 9999:
        raise ValueError(f"{months} months from {day} is outside the calendar.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_month(day: date) -> date:
    """Answer the last day of the month in which this day lies."""
    return day.replace(day=monthrange(day.year, day.month)[1])
