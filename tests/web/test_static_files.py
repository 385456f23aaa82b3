"""The files that the page is made of."""

from __future__ import annotations

import hashlib
import re

from staff_page import StaffPage

from gateway.web.rendering import static_files

WAVESURFER = "079f3b142f37737f975b03ea8fd18652a316dc2120a2629aeca0844a0c08f2b1"


def test_the_foreign_file_is_the_one_that_was_looked_at() -> None:
    body = static_files()["vendor/wavesurfer.esm.js"].body
    assert hashlib.sha256(body).hexdigest() == WAVESURFER


def test_no_file_asks_for_anything_from_elsewhere() -> None:
    for name, file in static_files().items():
        if not name.startswith("vendor/"):
            links = re.findall(rb"https?://[^\s\"']+", file.body)
            assert [link for link in links if b"www.w3.org" not in link] == [], name


async def test_a_file_may_be_kept_for_good_under_its_address_and_is_not_found_under_another(
    visited: StaffPage,
) -> None:
    file = static_files()["page.css"]
    answer = await visited.browser.get(file.url)
    assert (answer.content, answer.headers["content-type"]) == (file.body, "text/css; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert (await visited.browser.get("/static/000000000000/page.css")).status_code == 404
    assert (await visited.browser.get("/static/x/../../pages.py")).status_code == 404
