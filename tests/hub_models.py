"""Small models in the manifest's place, for the tests of this folder."""

import hashlib

from gateway.speech.manifest import Model, ModelFile

REVISION = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = bytes(range(256)) * 700
CONTENT = {"config.json": b'{"a": 1}', "model.bin": WEIGHTS, "NOTICE": b"words"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def git_blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def small_model(**changes):
    """A model whose notice is known by the hub's checksum only."""
    files = (
        ModelFile("config.json", len(CONTENT["config.json"]), sha256(CONTENT["config.json"])),
        ModelFile("model.bin", len(WEIGHTS), sha256(WEIGHTS)),
        ModelFile("NOTICE"),
    )
    values = {
        "name": "small",
        "purpose": "recognition",
        "description": "for tests",
        "licence": "MIT",
        "source": "some/small",
        "revision": REVISION,
        "packages": (),
        "files": files,
        "folder": "whisper/small",
    }
    return Model(**{**values, **changes})


def put(folder, content=CONTENT):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder
