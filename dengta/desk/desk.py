"""What the endpoints of one desk process work with."""
from dataclasses import dataclass
from typing import Optional

from dengta.backends import Backends
from dengta.conversation.history import History
from dengta.conversation.log import MessageLog
from dengta.database import Transactions
from dengta.desk.events import Events
from dengta.desk.sessions import Sessions
from dengta.desk.sign_on import SignOn
from dengta.handoff.copilot.copilot import Copilot
from dengta.handoff.copilot.use import Uses
from dengta.handoff.queue import Queue
from dengta.handoff.summary.summaries import Summaries
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.vault import Vault


@dataclass(frozen=True)
class Desk:
    """The records of conversations and of the desk, the queue of those who wait, and a lender's systems.

    `sign_on` is there if the lender has an identity provider.
    """

    database: Transactions
    vault: Vault
    sessions: Sessions
    queue: Queue
    messages: MessageLog
    history: History
    backends: Backends
    summaries: Summaries
    tickets: Tickets
    copilot: Copilot
    uses: Uses
    events: Events
    sign_on: Optional[SignOn] = None
