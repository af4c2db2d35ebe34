"""The conversation databases of tests/conversation serve the requests for people too."""
from tests.conversation.conftest import database_url, engine, log, vault  # noqa: F401
