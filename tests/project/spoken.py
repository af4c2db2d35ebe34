"""What the code says: which responses it names, and which values it passes to each."""
import ast
from dataclasses import dataclass
from functools import cache
from typing import Iterator, Optional

from dengta.settings import ROOT

_FOLDERS = ("actions", "dengta/dialogue")
_METADATA = "utter_action"  # Rasa's key for the response behind a bot message, no response itself


@dataclass(frozen=True)
class Saying:
    """One call of `say` or `phrase`: the responses it may name, a prefix ending in `*` for a computed name."""

    names: frozenset[str]
    values: frozenset[str]
    place: str


@cache
def sayings() -> tuple[Saying, ...]:
    """Return every saying in the actions and in what they share."""
    return tuple(saying for path, tree in _modules() for saying in _Reader(path, tree).sayings())


@cache
def named() -> frozenset[str]:
    """Return every response name or prefix that stands anywhere in the code, said or handed on."""
    return frozenset(name for _, tree in _modules() for name in _names(tree))


@cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted(path for folder in _FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


@cache
def _functions() -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    for path, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.setdefault(node.name, []).append(node)
                found.setdefault(f"{path}:{node.name}", []).append(node)
    return found


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the response names below a node; a formatted name ends in `*` where its computed part begins."""
    if isinstance(node, ast.JoinedStr):
        first = node.values[0]
        if isinstance(first, ast.Constant) and str(first.value).startswith("utter_"):
            yield f"{first.value}*"
        return
    if isinstance(node, ast.Constant) and str(node.value).startswith("utter_") and node.value != _METADATA:
        yield str(node.value)
    for child in ast.iter_child_nodes(node):
        yield from _names(child)


class _Reader:
    def __init__(self, path: str, tree: ast.Module) -> None:
        self._path, self._tree = path, tree

    def sayings(self) -> Iterator[Saying]:
        for function in ast.walk(self._tree):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                        if call.func.attr in ("say", "phrase") and call.args:
                            yield self._saying(function, call)

    def _saying(self, function: ast.AST, call: ast.Call) -> Saying:
        names = frozenset(self._resolve(function, call.args[0]))
        values: set[str] = set()
        for keyword in call.keywords:
            values |= {keyword.arg} if keyword.arg else self._keys(function, keyword.value)
        return Saying(names, frozenset(values - {"buttons"}), f"{self._path}:{call.lineno}")

    def _resolve(self, function: ast.AST, node: ast.AST) -> Iterator[str]:
        yield from _names(node)
        if isinstance(node, ast.Name):
            for value in self._assigned(function, node.id) or self._assigned(self._tree, node.id):
                yield from self._resolve(function, value)
        if isinstance(node, ast.Attribute):  # self.introduction
            for _, tree in _modules():
                for value in self._assigned(tree, node.attr):
                    yield from _names(value)
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            for called in self._called(call):
                yield from _names(called)

    def _keys(self, function: ast.AST, node: ast.AST) -> set[str]:
        """Return the keys of a mapping: a literal, a variable, or what a function returns."""
        if isinstance(node, ast.Dict):
            keys: set[str] = set()
            for key, value in zip(node.keys, node.values):
                keys |= {key.value} if isinstance(key, ast.Constant) else self._keys(function, value)
            return keys
        if isinstance(node, ast.DictComp):
            source = node.generators[0].iter
            assert isinstance(source, ast.Tuple), f"{self._path}:{node.lineno} builds names that cannot be read here"
            return {element.value for element in source.elts if isinstance(element, ast.Constant)}
        if isinstance(node, ast.Name):
            return set().union(*(self._keys(function, value) for value in self._assigned(function, node.id)))
        assert isinstance(node, ast.Call), f"{self._path}:{node.lineno} passes values that cannot be read here"
        returned = [
            (called, each.value)
            for called in self._called(node)
            for each in ast.walk(called)
            if isinstance(each, ast.Return) and each.value is not None
        ]
        return set().union(*(self._keys(called, value) for called, value in returned))

    def _called(self, call: ast.Call) -> list[ast.AST]:
        name: Optional[str] = getattr(call.func, "id", None)
        return _functions().get(f"{self._path}:{name}") or _functions().get(str(name), [])

    def _assigned(self, scope: ast.AST, name: str) -> list[ast.AST]:
        return [
            node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
