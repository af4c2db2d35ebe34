"""A process that supervises one fake service: what `dengta up` is, without Rasa."""

import asyncio
import os
import sys
from pathlib import Path

from dengta.progress import say
from dengta.supervisor import Launch, Service, ServiceFailed, run_services


def main() -> None:
    """Run until stopped; say `ready` once, and the reason of a failure on standard error."""
    service = Service("fake", "tests.project.fake_service", f"http://127.0.0.1:{os.environ['FAKE_PORT']}/ready")
    launch = Launch(Path(os.environ["FAKE_LOGS"]), backoff=0.05)
    try:
        asyncio.run(run_services([service], launch, lambda: say("ready")))
    except ServiceFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
