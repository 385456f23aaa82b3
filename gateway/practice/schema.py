"""The profile's JSON Schema, by which editors check and complete a profile while it is written.

``python -m gateway.practice.schema > dialplan/practices/profile.schema.json`` writes it anew.
"""

from __future__ import annotations

import json
import sys

from gateway.practice.profile import PracticeProfile


def profile_schema() -> str:
    """Return the JSON Schema (2020-12) of a practice profile, as the text of its file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **PracticeProfile.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(profile_schema())
