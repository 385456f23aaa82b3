"""YAML as plain data together with the line of every key, so that a fault in a value can be shown where it stands.

Every scalar stays the text that was written: a postcode is not a number here, ``no`` is not false, and ``12:30`` is
not 750, as YAML 1.1 would have it. What a value means is the schema's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from gateway.practice.references import KeyPath

_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: ``line`` from 1, ``path`` of the key (empty for the whole file), ``sentence`` without either."""

    line: int
    path: KeyPath
    sentence: str


@dataclass(slots=True)
class YamlTree:
    """A document: ``data`` of dicts, lists, strings and None; the line of each path; what was wrong already."""

    data: object = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: KeyPath) -> int:
        """Return the line of ``path``, or of the nearest thing above it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse_yaml(text: str) -> YamlTree:
    """Return the one document in ``text``; faults in its syntax are among its ``problems``."""
    tree = YamlTree()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        reason = " ".join(part for part in (error.context, error.problem) if part)
        tree.problems.append(Problem(line, (), f"is not valid YAML: {reason}"))
        return tree
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        tree.problems.append(
            Problem(line, (), f"holds a character that YAML does not allow (number {error.character})")
        )
        return tree
    if node is None or node.tag == _NULL:
        tree.problems.append(Problem(1, (), "is empty"))
        return tree
    tree.lines[()] = node.start_mark.line + 1
    tree.data = _Builder(tree).value(node, (), ())
    return tree


class _Builder:
    """Turns nodes into data, noting lines and faults in ``tree``."""

    def __init__(self, tree: YamlTree) -> None:
        self._tree = tree

    def value(self, node: yaml.Node, path: KeyPath, above: tuple[yaml.Node, ...]) -> object:
        if any(node is parent for parent in above):
            self._problem(node, path, "refers to itself")
            return None
        above = (*above, node)
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path, above))
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*path, index), above) for index, item in enumerate(node.value)]
        return None if node.tag == _NULL else str(node.value)

    def _item(self, node: yaml.Node, path: KeyPath, above: tuple[yaml.Node, ...]) -> object:
        self._tree.lines[path] = node.start_mark.line + 1
        return self.value(node, path, above)

    def _entries(
        self, node: yaml.MappingNode, path: KeyPath, above: tuple[yaml.Node, ...]
    ) -> Iterator[tuple[str, object]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                self._problem(key_node, path, "has a key that is not a plain word")
                continue
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in seen:
                self._problem(key_node, (*path, key), f"stands on line {seen[key]} already")
                continue
            seen[key] = line
            self._tree.lines[(*path, key)] = line
            yield key, self.value(value_node, (*path, key), above)

    def _problem(self, node: yaml.Node, path: KeyPath, sentence: str) -> None:
        self._tree.problems.append(Problem(node.start_mark.line + 1, path, sentence))
