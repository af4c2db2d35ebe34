"""What a connector of `credentials.yml` is: routes of its own over the conversations all channels share."""
from abc import ABC, abstractmethod
from typing import Any, Mapping, Optional

from sanic import Blueprint

from dengta.channels.assistant import Assistant


class Channel(ABC):
    """A connector. Rasa's `InputChannel` hands each message to the model; here it goes to the message log first."""

    @classmethod
    @abstractmethod
    def name(cls) -> str:
        """Return the channel's name, which is also its path below `/webhooks`."""

    @classmethod
    @abstractmethod
    def from_credentials(cls, credentials: Optional[Mapping[str, Any]]) -> Optional["Channel"]:
        """Build the channel from its entry in `credentials.yml`, None if it is switched off.

        Raises:
            SettingsError: something it needs is missing.
        """

    @abstractmethod
    def routes(self, assistant: Assistant) -> Blueprint:
        """Return the routes, to be mounted at `/webhooks/<name>`."""
