"""`dengta up` as an operator sees it: trains, seeds, starts, tells the address and the customers, stops clean."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from dengta.settings import ROOT

PATIENCE = 300.0


def free_ports() -> list[int]:
    probes = [socket.socket() for _ in range(4)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def up(tmp_path: Path):
    """A running demo on free ports, and the address it listens on."""
    port, actions_port, phone_port, desk_port = free_ports()
    settings = {
        "DENGTA_PORT": str(port),
        "DENGTA_ACTIONS_PORT": str(actions_port),
        "DENGTA_WECHAT_DEMO_PORT": str(phone_port),
        "DENGTA_DESK_PORT": str(desk_port),
        "DENGTA_DATA_DIR": str(tmp_path),
        "DENGTA_SECRET": "",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "dengta", "up"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.communicate()


def test_up_tells_how_to_log_in_and_leaves_nothing_running(up, tmp_path):
    process, address = up
    shown = []
    for line in process.stdout:
        shown.append(line)
        if "Ctrl-C" in line:
            break
    assert process.poll() is None, process.stderr.read()
    assert any(f"{address}/webhooks/web/" in line for line in shown)
    assert sum("1990000" in line for line in shown) >= 10
    with urllib.request.urlopen(f"{address}/webhooks/web/", timeout=30) as page:
        assert page.status == 200
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) == 4  # the assistant, its actions, the desk, the phone that plays WeChat
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert not [child for child in children if child.is_running()]
    assert (tmp_path / "secret").exists()
