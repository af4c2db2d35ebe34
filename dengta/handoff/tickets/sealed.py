"""What is sealed in the tables of tickets, for the rotation of data keys."""
from dengta.handoff.tickets import history, lookup
from dengta.handoff.tickets.tables import ticket, ticket_history
from dengta.privacy.rotation import SealedColumn

COLUMNS = (
    SealedColumn(
        ticket, [ticket.c.ticket_no], ticket.c.description, lambda row: lookup.place("description", row.ticket_no)
    ),
    SealedColumn(
        ticket, [ticket.c.ticket_no], ticket.c.authorisation, lambda row: lookup.place("authorisation", row.ticket_no)
    ),
    SealedColumn(
        ticket_history,
        [ticket_history.c.ticket_no, ticket_history.c.version],
        ticket_history.c.texts,
        lambda row: history.place(row.ticket_no, row.version),
    ),
)
