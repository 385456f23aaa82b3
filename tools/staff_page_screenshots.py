"""Takes the pictures of the staff's page in docs/images, on a gateway of its own with a day's invented calls.

    .venv/bin/python tools/staff_page_screenshots.py [FOLDER]

Needs Debian's chromium.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from gateway_process import ROOT, Gateway
from playwright.sync_api import Browser, sync_playwright
from staff_page_demo import PASSWORD, USER

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
SIZES = {"desktop": (1120, 860), "phone": (390, 844)}
PICTURES = (("desktop", "light"), ("phone", "light"), ("desktop", "dark"), ("phone", "dark"))


def main() -> None:
    """Write all pictures."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo = Path(__file__).with_name("staff_page_demo.py")
        subprocess.run([sys.executable, str(demo), str(folder / "data")], check=True)
        gateway = Gateway(folder)
        try:
            gateway.wait_until_healthy(60)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for size, scheme in PICTURES:
                    take(browser, f"http://127.0.0.1:{gateway.http_port}", size, scheme, target)
                browser.close()
        finally:
            gateway.stop()


def take(browser: Browser, url: str, size: str, scheme: str, target: Path) -> None:
    """Sign in, and take the first page and a call."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=url,
        locale="de-CH",
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    page.wait_for_selector("#work")
    page.screenshot(path=target / f"staff-today-{size}-{scheme}.png")
    page.goto("/calls?q=Keller")
    page.locator(".call a").first.click()
    page.wait_for_selector("#wave canvas", state="attached")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target / f"staff-call-{size}-{scheme}.png")
    context.close()


if __name__ == "__main__":
    main()
