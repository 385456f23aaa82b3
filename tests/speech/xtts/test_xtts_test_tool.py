import pytest
import xtts_test
from create_environment import SetUpError


def test_each_package_is_pinned_in_the_lock_with_checksums():
    lock = xtts_test.LOCK.read_text()
    for name in ("torch", *xtts_test.NEEDED):
        assert "--hash=sha256:" in xtts_test.requirement(lock, name)
    with pytest.raises(SetUpError, match="does not name nothing-like-it"):
        xtts_test.requirement(lock, "nothing-like-it")


def test_every_version_of_a_package_is_taken_with_its_marker():
    wanted = "a==1 ; x \\\n    --hash=sha256:1\na==2 ; y \\\n    --hash=sha256:2 \\\n    --hash=sha256:3"
    assert xtts_test.requirement(f"{wanted}\nab==1 \\\n    --hash=sha256:4\n", "a") == wanted


def test_without_a_pytorch_for_the_cpu_nothing_else_is_fetched_and_nothing_left_behind(tmp_path, monkeypatch):
    asked = []

    def install(pip, folder, *what):
        asked.append(what)
        return "ERROR: No matching distribution found for torch==9+cpu"

    monkeypatch.setattr(xtts_test, "install", install)
    assert xtts_test.packages(tmp_path) is None
    assert len(asked) == 1
    assert asked[0][0].endswith("+cpu")
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_an_installation_that_fails_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(xtts_test, "install", lambda *_: "ERROR: the network is unreachable")
    with pytest.raises(SetUpError, match="network is unreachable"):
        xtts_test.packages(tmp_path)
