"""Leaflet's files, made to live inside one page."""

from __future__ import annotations

import re

import pytest
from xstatic.pkg import leaflet

import maps
from maps.document import script_hash
from maps.leaflet import leaflet_assets


def test_script_is_leaflet_and_refers_to_nothing():
    script = leaflet_assets().script
    assert script.startswith("/* @preserve\n * Leaflet 1.9")
    assert "sourceMappingURL" not in script
    assert "</script" not in script.lower()
    assert "\r" not in script


def test_style_carries_its_images():
    style = leaflet_assets().style
    urls = re.findall(r"url\((.*?)\)", style)
    assert len(urls) == 3
    assert all(url.startswith("data:image/png;base64,iVBORw0KGgo") for url in urls)
    assert "http" not in style
    assert ".leaflet-tooltip" in style


def test_another_line_of_leaflet_is_refused(monkeypatch):
    monkeypatch.setattr(leaflet, "VERSION", "2.0.0")
    with pytest.raises(maps.MapsError, match=r"Leaflet 2\.0\.0 is installed"):
        leaflet_assets()


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(leaflet, "BASE_DIR", str(tmp_path))
    with pytest.raises(maps.MapsError, match=r"leaflet\.js is missing"):
        leaflet_assets()


def test_hash_of_an_empty_script():
    # The SHA-256 of nothing, as every reference gives it.
    assert script_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
