"""A tiny service for the supervisor's tests: answers on FAKE_PORT, starts a grandchild, dies as FAKE_MODE says."""

import http.server
import os
import subprocess
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    """GET /ready answers 200, GET /die ends the process."""

    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        if os.environ["FAKE_MODE"] == "crash":
            self.wfile.flush()
            os._exit(3)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Write down the process ids of this start, then serve."""
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pids = Path(os.environ["FAKE_PIDS"])
    started_before = pids.exists()
    with pids.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {grandchild.pid}\n")
    if os.environ["FAKE_MODE"] == "refuse":
        sys.exit("The fake has no model.")
    if os.environ["FAKE_MODE"] == "crash" and started_before:
        sys.exit("The fake has lost its mind.")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["FAKE_PORT"])), Handler)
    server.serve_forever()


if __name__ == "__main__":
    main()
