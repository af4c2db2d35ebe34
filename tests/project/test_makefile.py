"""`make` explains itself."""

import re
import subprocess

from dengta.settings import ROOT


def test_make_lists_every_command_with_a_description():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    documented = dict(line.split(maxsplit=2)[1:] for line in shown.splitlines())
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(documented) == set(phony.group(1).split())
    assert {"run", "test", "train", "lint", "bench", "help"} <= set(documented)
