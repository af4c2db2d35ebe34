"""`python -m tests.crash --kills 200`: kill processes at random under load and count what became of every message."""
import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.crash.run import crash


def main() -> int:
    """Print the counts; exit with 1 if anything was lost, doubled or out of order."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options.add_argument("--seed", type=int, default=None, help="repeat a run's choices")
    chosen = options.parse_args()
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(crash(chosen.kills, chosen.database, Path(folder), random.Random(seed)))
    sys.stdout.write(f"{report}\nseed {seed}\n")
    return 1 if report.verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
