"""Settings shared by all tests."""
import os

from hypothesis import settings

from dengta import database

# No deadlines: a slow machine is not a fault. In CI the same examples every time: it judges the change, not the draw.
settings.register_profile("dengta", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("dengta")

database.CALL_TIMEOUT = 15.0  # a machine that stands still for some seconds is no outage of the database
