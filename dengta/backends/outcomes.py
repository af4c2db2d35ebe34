"""How every backend call ends: exactly one of four outcomes, so an outage is never spoken as "no records"."""
from dataclasses import dataclass
from typing import Generic, TypeVar, Union

T = TypeVar("T")


@dataclass(frozen=True)
class Found(Generic[T]):
    """The call succeeded. A list may be empty: the customer then really has none."""

    value: T


@dataclass(frozen=True)
class NotFound:
    """The thing asked for does not exist, or does not belong to this customer (both look the same)."""


@dataclass(frozen=True)
class Denied:
    """It exists but may not be done; `reason` is a code such as `already_redeemed`, never text for customers."""

    reason: str


@dataclass(frozen=True)
class Unavailable:
    """The backend could not answer; `cause` names the failure without customer data."""

    cause: str


Outcome = Union[Found[T], NotFound, Denied, Unavailable]
