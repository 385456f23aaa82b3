"""YAML with the line of each value, so that an error can name it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from gateway.caller.errors import CallerInputError


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a YAML file: a mapping, a list or a scalar (its text), and where it stands."""

    node: yaml.Node
    path: Path

    @property
    def line(self) -> int:
        """The line in the file, counted from 1."""
        return int(self.node.start_mark.line) + 1

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    def error(self, problem: str) -> CallerInputError:
        """Return an error that names this value's file and line."""
        return CallerInputError(f"{self.path}:{self.line}: {problem}")

    def mapping(self, what: str, allowed: Iterable[str]) -> dict[str, Value]:
        """Return the entries of a mapping whose keys are all ``allowed``; raise ``CallerInputError``."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"{what} must be a mapping")
        names = tuple(allowed)
        entries: dict[str, Value] = {}
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            where = Value(key_node, self.path)
            if key not in names:
                raise where.error(f"{key!r} is unknown in {what}; known are {', '.join(names)}")
            if key in entries:
                raise where.error(f"{key!r} stands twice in {what}")
            entries[key] = Value(value_node, self.path)
        return entries

    def items(self, what: str) -> tuple[Value, ...]:
        """Return the items of a list; raise ``CallerInputError``."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"{what} must be a list")
        return tuple(Value(item, self.path) for item in self.node.value)

    def text(self, what: str) -> str:
        """Return a scalar's text, which is not empty; raise ``CallerInputError``."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.error(f"{what} must be a text")
        return str(self.node.value).strip()

    def whole_number(self, what: str, lowest: int, highest: int) -> int:
        """Return a whole number within these bounds; raise ``CallerInputError``."""
        text = self.text(what)
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise self.error(f"{what} must be a whole number from {lowest} to {highest}, not {text!r}")
        return int(text)

    def true(self, what: str) -> None:
        """Raise ``CallerInputError`` unless this is ``true``."""
        if self.text(what) != "true":
            raise self.error(f"{what} must be true")


def read_document(path: Path) -> Value:
    """Return the document in ``path``; raise ``CallerInputError`` when it cannot be read or is no YAML."""
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise CallerInputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CallerInputError(f"{path} is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CallerInputError(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise CallerInputError(f"{path} is not YAML: {error}") from error
    if node is None:
        raise CallerInputError(f"{path} is empty")
    return Value(node, path)
