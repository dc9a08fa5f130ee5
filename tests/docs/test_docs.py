"""The documentation: it builds without a warning, its links lead somewhere, and it leaves out no public name."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from sphinx.util.inventory import InventoryFile

import accessibility
import corridors
import maps

# Names that one package hands on from another are documented where they come from.
HANDED_ON = {"corridors.ToolkitError"}


@pytest.fixture(scope="module")
def built(project_root, tmp_path_factory):
    """Build from a copy of the sources' folder, so that nothing is left among them."""
    out = tmp_path_factory.mktemp("docs")
    # Pages that an earlier build wrote for names that are gone would not build.
    made_before = shutil.ignore_patterns("_build", "generated")
    shutil.copytree(project_root / "docs", out / "docs", ignore=made_before)
    (out / "data").mkdir()
    shutil.copy(project_root / "data" / "west-midlands.toml", out / "data")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-d",
        out / "trees",
        out / "docs",
        out / "html",
    ]
    done = subprocess.run(command, cwd=project_root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "html"


class Page(HTMLParser):
    """The links, the anchors and what would be fetched from elsewhere."""

    def __init__(self):
        super().__init__()
        self.links, self.anchors, self.fetched = [], set(), []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if "id" in known:
            self.anchors.add(known["id"])
        if tag == "a" and known.get("href"):
            self.links.append(known["href"])
        if tag in ("script", "img", "link", "iframe"):
            self.fetched.append(known.get("src") or known.get("href") or "")


def read(path):
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def test_every_link_inside_leads_somewhere(built):
    pages = {path.relative_to(built).as_posix(): read(path) for path in built.rglob("*.html")}
    assert len(pages) > 40
    broken = []
    for name, page in pages.items():
        for link in page.links:
            if re.match(r"(https?|mailto):", link):
                continue
            target, _, anchor = link.partition("#")
            path = (built / name).parent / target if target else built / name
            if not path.exists():
                broken.append((name, link))
            elif anchor and path.suffix == ".html":
                known = pages[path.resolve().relative_to(built.resolve()).as_posix()].anchors
                broken += [] if anchor in known else [(name, link)]
    assert broken == []


def test_the_pages_fetch_nothing_from_elsewhere(built):
    fetched = {address for path in built.rglob("*.html") for address in read(path).fetched}
    assert not [address for address in fetched if re.match(r"(https?:)?//", address)]


@pytest.mark.parametrize("package", [accessibility, corridors, maps], ids=lambda package: package.__name__)
def test_every_public_name_is_documented(built, package):
    with (built / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, path: path)
    known = {
        name
        for kind, names in getattr(inventory, "data", inventory).items()
        if kind.startswith("py:")
        for name in names
    }
    public = {f"{package.__name__}.{name}" for name in package.__all__ if not name.startswith("__")}
    assert public - HANDED_ON - known == set()
