"""The Chinese New Year, by which people say when they pay: 年前, 春节, 除夕."""
from datetime import date

from borax.calendars.lunardate import LunarDate


def nearest_new_year(today: date) -> date:
    """Return the first day of a lunar year (春节) that is nearest to `today`.

    Raises:
        ValueError: beyond the lunar calendar of borax (1900 to 2100).
    """
    days: list[date] = [LunarDate(today.year + shift, 1, 1).to_solar_date() for shift in (-1, 0, 1)]
    return min(days, key=lambda day: abs(day - today))
