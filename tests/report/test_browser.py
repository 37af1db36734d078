"""The page in a real browser: it opens without an error, and every figure is there."""

import re
import shutil
import subprocess

import pytest
from support.made_up_records import several

from longlag.report.provenance import Provenance
from longlag.report.study.page import Section, write_page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")

#: Run at the end of the page: what a person would notice, as attributes of the document.
LOOK = """<script>
const figures = [...document.querySelectorAll("svg")];
const seen = figures.filter(each => each.getBoundingClientRect().height > 100);
const root = document.documentElement;
root.dataset.figures = figures.length;
root.dataset.seen = seen.length;
root.dataset.empty = seen.filter(each => !each.querySelector("path")).length;
root.dataset.overflow = root.scrollWidth > root.clientWidth;
root.dataset.loaded = performance.getEntriesByType("resource").length;
</script>"""


def opened(page, folder, width, *options):
    """What the browser makes of the page, and what it writes to its console."""
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",  # the browser refuses to run as the superuser with one
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--user-data-dir={folder}",
            f"--window-size={width},900",
            "--dump-dom",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    sections = [Section(experiment, records) for experiment, records in several()]
    write_page(path, sections, Provenance("1.2.3", "a machine", "2030-05-01"))
    text = path.read_text("utf-8")
    path.write_text(text.replace("</body>", f"{LOOK}</body>"), "utf-8")
    return path


# The narrowest window of headless Chromium is 500 pixels, which counts as a telephone here too.
@pytest.mark.parametrize("width", [1200, 500])
def test_the_page_opens(page, tmp_path, width):
    document, console = opened(page, tmp_path, width)
    assert console == []
    found = dict(re.findall(r'data-(\w+)="(\w+)"', document[: document.index("<head")]))
    # Nine learning curves and three, and two distributions and an overview for either width.
    assert found["figures"] == str(9 + 3 + 2 * 3)
    assert found["seen"] == str(9 + 3 + 3)
    assert found["empty"] == "0"
    assert found["overflow"] == "false"
    assert found["loaded"] == "0"


def test_a_console_error_would_be_noticed(tmp_path):
    broken = tmp_path / "broken.html"
    broken.write_text("<!doctype html><script>console.error('broken')</script>", "utf-8")
    _, console = opened(broken, tmp_path / "profile", 500)
    assert any("broken" in line for line in console)
