"""Which practice answers which call, where one gateway answers for several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gateway.practice.loader import ProfileError, load_profile
from gateway.practice.profile import PracticeProfile

_SUFFIXES = (".yaml", ".yml")


class PracticeDirectory:
    """The profiles, by the numbers that they answer. ``by_trunk`` has a profile's id for the calls of a trunk."""

    def __init__(self, profiles: Sequence[PracticeProfile], by_trunk: Mapping[str, str] | None = None) -> None:
        if not profiles:
            raise ValueError("a directory needs a profile")
        self.profiles = tuple(profiles)
        self._by_id = {profile.id: profile for profile in self.profiles}
        self._by_number = {number: profile for profile in self.profiles for number in profile.numbers}
        self._by_trunk = dict(by_trunk or {})
        for trunk, practice in self._by_trunk.items():
            if practice not in self._by_id:
                known = ", ".join(self._by_id)
                raise ProfileError((f"The trunk {trunk} names the practice {practice!r}; there are: {known}",))

    def profile_for(self, called_numbers: Iterable[str], trunk: str | None = None) -> PracticeProfile | None:
        """Return who answers a call to ``called_numbers`` (E.164, the most likely first) by ``trunk``.

        The first number that a practice has decides; where none does, the trunk; and where that names nobody, a gateway
        for one practice takes the call. None: nobody is known by these numbers.
        """
        for number in called_numbers:
            if number in self._by_number:
                return self._by_number[number]
        if trunk in self._by_trunk:
            return self._by_id[self._by_trunk[trunk]]
        return self.profiles[0] if len(self.profiles) == 1 else None


def load_profiles(paths: Iterable[Path]) -> tuple[PracticeProfile, ...]:
    """Return the profiles in the files at ``paths``; a folder stands for all its YAML files.

    Raises ``ProfileError`` with everything that is wrong with any of them, a number or an id of two practices included.
    """
    problems: list[str] = []
    files: list[Path] = []
    for path in paths:
        try:
            found = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES) if path.is_dir() else [path]
        except OSError as error:
            problems.append(f"{path}: the folder cannot be read: {error.strerror}")
            continue
        if not found:
            problems.append(f"{path}: the folder holds no profile (*.yaml)")
        files += found
    loaded: list[tuple[Path, PracticeProfile]] = []
    for file in dict.fromkeys(files):
        try:
            loaded.append((file, load_profile(file)))
        except ProfileError as error:
            problems += error.problems
    problems += _conflicts(loaded)
    if problems:
        raise ProfileError(tuple(problems))
    return tuple(profile for _, profile in loaded)


def _conflicts(loaded: Iterable[tuple[Path, PracticeProfile]]) -> list[str]:
    """Return a sentence for each id and each number that stands in two files."""
    problems: list[str] = []
    ids: dict[str, Path] = {}
    numbers: dict[str, Path] = {}
    for file, profile in loaded:
        if profile.id in ids:
            problems.append(f"{file.name}: id: {profile.id!r} is the id of {ids[profile.id].name} already")
        ids.setdefault(profile.id, file)
        for number in profile.numbers:
            if number in numbers:
                problems.append(f"{file.name}: numbers: {number} is a number of {numbers[number].name} already")
            numbers.setdefault(number, file)
    return problems
