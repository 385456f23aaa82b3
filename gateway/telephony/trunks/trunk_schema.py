"""The trunks file's JSON Schema, by which editors check and complete the file while it is written.

``python -m gateway.telephony.trunks.trunk_schema > dialplan/trunks/trunks.schema.json`` writes it anew.
"""

from __future__ import annotations

import json
import sys

from gateway.telephony.trunks.trunk_profile import TrunksProfile


def trunks_schema() -> str:
    """Return the JSON Schema (2020-12) of a trunks file, as the text of its file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TrunksProfile.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(trunks_schema())
