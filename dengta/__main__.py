"""The command line: `python -m dengta up | train | seed`."""
import argparse
import sys
from typing import Optional


def main() -> Optional[str]:
    """Run one command; return one sentence for standard error (and exit status 1) if it cannot be done."""
    if sys.version_info[:2] != (3, 10):
        return f"Dengta needs Python 3.10 and this is {sys.version.split()[0]}; `make run` uses the right one."
    parser = argparse.ArgumentParser(prog="python -m dengta", description="Dengta, a customer-service assistant.")
    parser.add_argument("command", choices=["up", "train", "seed"])
    command = parser.parse_args().command
    from dengta import app
    from dengta.settings import SettingsError
    from dengta.supervisor import ServiceFailed
    from dengta.training import TrainingFailed

    try:
        getattr(app, command)()
    except (app.CannotStart, ServiceFailed, SettingsError, TrainingFailed) as error:
        return str(error)
    except KeyboardInterrupt:
        return "Stopped."
    return None


if __name__ == "__main__":
    sys.exit(main())
