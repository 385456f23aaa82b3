"""Reads a model from a YAML file; every fault becomes one sentence that names the file, the line and the key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.practice.references import KeyPath
from gateway.practice.yaml_tree import Problem, YamlTree, parse_yaml

TEXT_PATTERN = r"\S"
"""The pattern of a text that may not be empty."""

_Model = TypeVar("_Model", bound=BaseModel)


class YamlModelError(Exception):
    """A file cannot be used.

    ``problems`` are sentences like ``example.yaml:42: services[2].name.it: is missing``, one for each fault.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# By pydantic's name for the fault; filled with the value and with pydantic's own details.
_SENTENCES = {
    "literal_error": "{value!r} is not one of {expected}",
    "enum": "{value!r} is not one of {expected}",
    "too_short": "needs at least {min_length} entry",
    "greater_than": "has to be more than {gt}",
    "greater_than_equal": "has to be at least {ge}",
    "less_than_equal": "has to be at most {le}",
    "value_error": "{error}",
    "missing": "is missing",
    "model_type": "has to be a mapping of keys to values",
    "dict_type": "has to be a mapping of keys to values",
    "tuple_type": "has to be a list",
    "string_type": "has to be a text",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
    "date_type": "has to be a date such as 2026-12-24",
    "date_parsing": "has to be a date such as 2026-12-24",
    "date_from_datetime_parsing": "has to be a date such as 2026-12-24",
    "date_from_datetime_inexact": "has to be a date such as 2026-12-24",
}


def _no_faults(data: Mapping[str, object]) -> Iterable[tuple[KeyPath, str]]:
    del data
    return ()


@dataclass(frozen=True)
class YamlReader(Generic[_Model]):
    """How files of one kind are read."""

    model: type[_Model]
    noun: str
    """What such a file is called in sentences, such as "profile"."""
    error: type[YamlModelError]
    patterns: Mapping[str, str] = field(default_factory=dict)
    """What a text has to be, by the pattern that it did not match; "is not" stands before it."""
    references: Callable[[Mapping[str, object]], Iterable[tuple[KeyPath, str]]] = _no_faults
    """Finds in plain data what its parts say wrongly about each other. The model itself refuses it with the error type
    ``references``, which is then not told a second time."""

    def read(self, path: Path) -> _Model:
        """Return what the file at ``path`` holds; raise ``error`` with everything that is wrong with it."""
        tree = self._parse(path)
        problems = list(tree.problems)
        if tree.data is not None:
            model = self._validate(tree, problems)
            if model is not None and not problems:
                return model
        raise self._faults(path, problems)

    def check(self, path: Path, faults: Iterable[tuple[KeyPath, str]]) -> None:
        """Raise ``error`` when there are ``faults``, found after reading the file at ``path``, with their lines."""
        found = list(faults)
        if found:
            tree = self._parse(path)
            raise self._faults(path, [Problem(tree.line_of(key), key, sentence) for key, sentence in found])

    def _parse(self, path: Path) -> YamlTree:
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise self.error((f"{path.name}:{line}: the file is not UTF-8",)) from error
        except OSError as error:
            raise self.error((f"{path}: the {self.noun} cannot be read: {error.strerror}",)) from error
        return parse_yaml(text)

    def _faults(self, path: Path, problems: Iterable[Problem]) -> YamlModelError:
        return self.error(tuple(_line(path, problem) for problem in sorted(problems, key=lambda item: item.line)))

    def _validate(self, tree: YamlTree, problems: list[Problem]) -> _Model | None:
        """Return the model in ``tree``, or None after adding what is wrong to ``problems``."""
        known = {problem.path for problem in problems}
        if isinstance(tree.data, Mapping):
            for path, sentence in self.references(tree.data):
                problems.append(Problem(tree.line_of(path), path, sentence))
        try:
            return self.model.model_validate(tree.data)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                path = tuple(part for part in details["loc"] if part != "[key]")
                if path not in known and not _follows_from_another(details):
                    problems.append(Problem(tree.line_of(path), path, self._sentence(details, path)))
        return None

    def _sentence(self, details: Mapping[str, Any], path: KeyPath) -> str:
        """Return what is wrong with one value in plain words, from pydantic's account of it."""
        kind, value, context = details["type"], details["input"], details.get("ctx", {})
        if kind == "extra_forbidden":
            return self._unknown_key(path)
        if value is None or (kind == "string_pattern_mismatch" and context["pattern"] == TEXT_PATTERN):
            return "is empty"
        if kind == "string_pattern_mismatch":
            return f"{value!r} is not {self.patterns[context['pattern']]}"
        template = _SENTENCES.get(kind)
        return str(details["msg"]) if template is None else template.format(value=value, **context)

    def _unknown_key(self, path: KeyPath) -> str:
        """Return a sentence about a key that the schema does not have, with the one that was probably meant."""
        model = _model_at(self.model, path[:-1])
        known = list(model.model_fields) if model is not None else []
        similar = difflib.get_close_matches(str(path[-1]), known, n=1)
        if similar:
            return f"is not a known key; did you mean {similar[0]}?"
        return f"is not a known key; known here are: {', '.join(known)}"


def _follows_from_another(details: Mapping[str, Any]) -> bool:
    """Return whether a fault is only the echo of one that is reported by itself."""
    if details["type"] == "too_short":  # a list whose entries are wrong counts as empty
        return bool(details["input"])
    return bool(details["type"] == "references")  # these were looked for line by line


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """Return the model that describes what is at ``path``."""
    for part in path:
        if not isinstance(part, str) or part not in model.model_fields:
            continue  # an index of a list, or a key of a mapping whose values are of one kind
        inner = next(_models_in(model.model_fields[part].annotation), None)
        if inner is None:
            return None
        model = inner
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that are named in a type, such as ``Service`` in ``tuple[Service, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)


def _line(path: Path, problem: Problem) -> str:
    """Return a problem as ``example.yaml:42: services[2].name.it: is missing``."""
    key = ""
    for part in problem.path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return f"{path.name}:{problem.line}: {key or 'the file'}: {problem.sentence}"
