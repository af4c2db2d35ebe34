"""Column types: yuan kept as whole fen, rates as whole ten-thousandths, moments in UTC."""
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.types import TypeDecorator


class Yuan(TypeDecorator):
    """Decimal yuan with two places, kept as an integer number of fen."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Optional[Decimal], dialect: Any) -> Optional[int]:
        """Turn yuan into fen; a fraction of a fen is an error."""
        return None if value is None else _scaled(value, 2)

    def process_result_value(self, value: Optional[int], dialect: Any) -> Optional[Decimal]:
        """Turn fen into yuan with two places."""
        return None if value is None else Decimal(value).scaleb(-2)


class Rate(TypeDecorator):
    """A fraction with four places (0.1440), kept as an integer."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Optional[Decimal], dialect: Any) -> Optional[int]:
        """Turn the fraction into ten-thousandths; more places are an error."""
        return None if value is None else _scaled(value, 4)

    def process_result_value(self, value: Optional[int], dialect: Any) -> Optional[Decimal]:
        """Turn ten-thousandths into a fraction with four places."""
        return None if value is None else Decimal(value).scaleb(-4)


class Exact(TypeDecorator):
    """A Decimal kept as it is written, for values whose unit differs from row to row."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: Optional[Decimal], dialect: Any) -> Optional[str]:
        """Write the number out."""
        return None if value is None else str(value)

    def process_result_value(self, value: Optional[str], dialect: Any) -> Optional[Decimal]:
        """Read the number back with the same places."""
        return None if value is None else Decimal(value)


def _scaled(value: Decimal, places: int) -> int:
    scaled = value.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"a value has more than {places} decimal places")
    return int(scaled)
