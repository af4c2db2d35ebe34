"""The command line: `python -m dengta up | train | seed | keys … | audit … | erase … | agents …`."""
import argparse
import sys
from importlib import import_module
from typing import Any, Optional


def main() -> Optional[str]:
    """Run one command; return one sentence for standard error (and exit status 1) if it cannot be done."""
    if sys.version_info[:2] != (3, 10):
        return f"Dengta needs Python 3.10 and this is {sys.version.split()[0]}; `make run` uses the right one."
    chosen = vars(_parser().parse_args())
    from dengta.app import CannotStart
    from dengta.desk.agents import AgentRefused
    from dengta.privacy.anchors import AnchorsUnusable
    from dengta.privacy.audit import Broken
    from dengta.privacy.rotation import KeyInUse
    from dengta.settings import SettingsError
    from dengta.supervisor import ServiceFailed
    from dengta.training import TrainingFailed

    refusals = (
        AgentRefused, AnchorsUnusable, Broken, CannotStart, KeyInUse, ServiceFailed, SettingsError, TrainingFailed
    )
    command = getattr(import_module(chosen.pop("module")), chosen.pop("function"))
    try:
        command(**chosen)
    except refusals as error:
        return str(error)
    except KeyboardInterrupt:
        return "Stopped."
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dengta", description="Dengta, a customer-service assistant.")
    commands = _choices(parser)
    _add(commands, "up", "start everything and run until Ctrl-C", "dengta.app", "up")
    _add(commands, "train", "train the model if its sources changed", "dengta.app", "train")
    _add(commands, "seed", "make the databases ready", "dengta.app", "seed")
    keys = _choices(commands.add_parser("keys", help="the keys that seal personal data"))
    _add(keys, "create", "make the master key file", "dengta.commands", "create_keys")
    _add(keys, "list", "show the data keys and how much each one seals", "dengta.commands", "list_keys")
    _add(keys, "rotate", "make a new data key and seal everything anew with it", "dengta.commands", "rotate_keys")
    retire = _add(keys, "retire", "destroy a data key that seals nothing any more", "dengta.commands", "retire_key")
    retire.add_argument("key_id", type=int, metavar="id")
    _add(keys, "rewrap", "wrap the data keys with the first key of the master file", "dengta.commands", "rewrap_keys")
    audit = _choices(commands.add_parser("audit", help="the audit trail"))
    _add(audit, "anchor", "note outside the database how far the trail goes", "dengta.commands", "anchor_trail")
    _add(audit, "verify", "check that no entry was changed or is missing", "dengta.commands", "verify_trail")
    erase = _add(commands, "erase", "erase what was kept of a customer or a conversation", "dengta.commands", "erase")
    whose = erase.add_mutually_exclusive_group(required=True)
    whose.add_argument("--customer", metavar="id")
    whose.add_argument("--conversation", metavar="id")
    agents = _choices(commands.add_parser("agents", help="who works at the desk"))
    add = _add(agents, "add", "add an agent and show their password", "dengta.commands", "add_agent")
    add.add_argument("agent_id", metavar="id")
    add.add_argument("--name", required=True)
    add.add_argument("--role", required=True, metavar="agent|lead|quality|admin")
    add.add_argument("--group", action="append", default=[], metavar="id", help="a skill group; once for each")
    add.add_argument("--capacity", type=int, default=5, metavar="n", help="conversations at the same time, default 5")
    _add(agents, "list", "show who works at the desk", "dengta.commands", "list_agents")
    for name, does in (
        ("reset", "give an agent another password"),
        ("disable", "keep an agent from logging in"),
        ("enable", "let an agent log in again"),
    ):
        _add(agents, name, does, "dengta.commands", f"{name}_agent").add_argument("agent_id", metavar="id")
    return parser


def _choices(parser: argparse.ArgumentParser) -> Any:
    return parser.add_subparsers(required=True, metavar="command")


def _add(commands: Any, name: str, does: str, module: str, function: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does)
    parser.set_defaults(module=module, function=function)
    return parser


if __name__ == "__main__":
    sys.exit(main())
