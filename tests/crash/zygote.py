"""Loads the real assistant once and forks processes that serve it, so that a killed one is back in a moment.

`python -m tests.crash.zygote` reads one port a line on standard input, forks a process that serves there, and answers
with its process id. Everything in the forked process is the real thing: model, stores, channels, web server.
"""
import os
import signal
import sys
from typing import Any

from dengta import logs
from dengta.channels import connections
from dengta.channels.server import bind, build, keep_text_out_of_logs, load_agent, prepare, read_yaml
from dengta.settings import settings
from dengta.stores import stores


def main() -> None:
    """Fork until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    logs.configure()
    keep_text_out_of_logs()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    prepare(settings())
    agent = load_agent(settings(), read_yaml("endpoints.yml"))
    answers.write("loaded\n")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _serve(agent, int(line))
        answers.write(f"{child}\n")


def _serve(agent: Any, port: int) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stores().engine.dispose(close=False)  # the connections are the parent's
    connections.serve(build(settings(), agent), bind("127.0.0.1", port))
    os._exit(0)


if __name__ == "__main__":
    main()
