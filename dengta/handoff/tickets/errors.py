"""Why a ticket was not opened or changed. After each of these nothing was; none carries what customers wrote."""
from collections.abc import Collection


class TicketError(Exception):
    """The parent of them all."""


class TicketNotFoundError(TicketError):
    """There is no ticket of this number."""


class TicketChangedError(TicketError):
    """Somebody else changed the ticket since it was read; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the ticket is at version {version} by now")
        self.version = version


class TransitionRefusedError(TicketError):
    """This kind of ticket does not go from its present state to the one asked for."""

    def __init__(self, kind: str, present: str, to: str) -> None:
        super().__init__(f"{kind}: {present} does not lead to {to}")
        self.present = present
        self.to = to


class InvalidTicketError(TicketError):
    """What was given cannot be taken: `problem` is `missing`, `unknown`, `too_long`, `in_the_past` or `not_allowed`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class RemediesMissingError(TicketError):
    """An answer of this kind must name these `remedies` too."""

    def __init__(self, remedies: Collection[str]) -> None:
        super().__init__(", ".join(sorted(remedies)))
        self.remedies = tuple(sorted(remedies))


class ExtensionRefusedError(TicketError):
    """A deadline stays as it is.

    `reason` is `not_extendable`, `out_of_order`, `too_late` (it has passed), `not_approver` or `own_ticket`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
