import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.models.digests import Digest, digest_of_etag, digest_of_file, digest_of_text

EMPTY = {
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "git-blob-sha1": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
}


@pytest.mark.parametrize("algorithm", EMPTY)
def test_an_empty_file_has_the_known_checksum(tmp_path, algorithm):
    path = tmp_path / "empty"
    path.touch()
    assert digest_of_file(path, algorithm) == Digest(algorithm, EMPTY[algorithm])


def test_a_files_checksum_is_the_one_that_git_and_sha256sum_give(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 5000)
    by_git = subprocess.run(["git", "hash-object", path], capture_output=True, text=True, check=True)
    assert digest_of_file(path, "git-blob-sha1").value == by_git.stdout.strip()
    by_tool = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert digest_of_file(path, "sha256").value == by_tool.stdout.split()[0]


@given(st.sampled_from([40, 64]).flatmap(lambda length: st.text("0123456789abcdef", min_size=length, max_size=length)))
def test_a_checksum_survives_being_written(value):
    digest = digest_of_etag(value)
    assert digest is not None
    assert digest_of_text(str(digest)) == digest


@pytest.mark.parametrize("etag", [None, "", "W/1", "A" * 64, "a" * 63, "g" * 40, "a" * 40 + "\n"])
def test_what_is_no_checksum_is_not_taken_for_one(etag):
    assert digest_of_etag(etag) is None


@pytest.mark.parametrize("text", ["", "sha256", "sha256:" + "a" * 40, "md5:" + "a" * 64, "sha256:x"])
def test_text_that_is_no_checksum_is_refused(text):
    with pytest.raises(ValueError, match="is no checksum"):
        digest_of_text(text)
