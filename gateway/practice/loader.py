"""Reads a practice profile from YAML; every fault becomes one sentence that names the file, the line and the key."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from gateway.practice import profile as schema
from gateway.practice.profile import PracticeProfile
from gateway.practice.references import KeyPath, reference_problems
from gateway.practice.yaml_tree import Problem, YamlTree, parse_yaml


class ProfileError(Exception):
    """A profile cannot be used.

    ``problems`` are sentences like ``example.yaml:42: services[2].name.it: is missing``, one for each fault.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


_PATTERNS = {
    schema.E164_PATTERN: "a number in international form without spaces, such as +41441234567",
    schema.SHORT_OR_E164_PATTERN: "a number such as 144 or +41441234567, without spaces",
    schema.SLUG_PATTERN: "an id of small letters, digits and single hyphens, such as dental-hygiene",
    schema.SIP_URI_PATTERN: "a SIP address such as sip:reception@pbx.example",
}

# By pydantic's name for the fault; filled with the value and with pydantic's own details.
_SENTENCES = {
    "literal_error": "{value!r} is not one of {expected}",
    "too_short": "needs at least {min_length} entry",
    "greater_than": "has to be more than {gt}",
    "less_than_equal": "has to be at most {le}",
    "value_error": "{error}",
    "missing": "is missing",
    "model_type": "has to be a mapping of keys to values",
    "dict_type": "has to be a mapping of keys to values",
    "tuple_type": "has to be a list",
    "string_type": "has to be a text",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "date_type": "has to be a date such as 2026-12-24",
    "date_parsing": "has to be a date such as 2026-12-24",
    "date_from_datetime_parsing": "has to be a date such as 2026-12-24",
    "date_from_datetime_inexact": "has to be a date such as 2026-12-24",
}


def load_profile(path: Path) -> PracticeProfile:
    """Return the profile in the file at ``path``; raise ``ProfileError`` with everything that is wrong with it."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ProfileError((f"{path.name}:{line}: the file is not UTF-8",)) from error
    except OSError as error:
        raise ProfileError((f"{path}: the profile cannot be read: {error.strerror}",)) from error
    tree = parse_yaml(text)
    problems = list(tree.problems)
    if tree.data is not None:
        profile = _validate(tree, problems)
        if profile is not None and not problems:
            return profile
    raise ProfileError(tuple(_line(path, problem) for problem in sorted(problems, key=lambda problem: problem.line)))


def _validate(tree: YamlTree, problems: list[Problem]) -> PracticeProfile | None:
    """Return the profile in ``tree``, or None after adding what is wrong to ``problems``."""
    known = {problem.path for problem in problems}
    if isinstance(tree.data, Mapping):
        for path, sentence in reference_problems(tree.data):
            problems.append(Problem(tree.line_of(path), path, sentence))
    try:
        return PracticeProfile.model_validate(tree.data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            path = tuple(part for part in details["loc"] if part != "[key]")
            if path not in known and not _follows_from_another(details):
                problems.append(Problem(tree.line_of(path), path, _sentence(details, path)))
    return None


def _follows_from_another(details: Mapping[str, Any]) -> bool:
    """Return whether a fault is only the echo of one that is reported by itself."""
    if details["type"] == "too_short":  # a list whose entries are wrong counts as empty
        return bool(details["input"])
    return bool(details["type"] == "references")  # these were looked for line by line


def _sentence(details: Mapping[str, Any], path: KeyPath) -> str:
    """Return what is wrong with one value in plain words, from pydantic's account of it."""
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if value is None or (kind == "string_pattern_mismatch" and context["pattern"] == schema.TEXT_PATTERN):
        return "is empty"
    if kind == "string_pattern_mismatch":
        return f"{value!r} is not {_PATTERNS[context['pattern']]}"
    template = _SENTENCES.get(kind)
    return str(details["msg"]) if template is None else template.format(value=value, **context)


def _unknown_key(path: KeyPath) -> str:
    """Return a sentence about a key that the schema does not have, with the one that was probably meant."""
    model = _model_at(PracticeProfile, path[:-1])
    known = list(model.model_fields) if model is not None else []
    similar = difflib.get_close_matches(str(path[-1]), known, n=1)
    if similar:
        return f"is not a known key; did you mean {similar[0]}?"
    return f"is not a known key; known here are: {', '.join(known)}"


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
