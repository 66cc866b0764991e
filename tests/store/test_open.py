"""Opening a store: its format file, what is refused, and a store that can only be read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wombat.errors import Absent, StoreDamaged, UsageFault
from wombat.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_store_says_its_format(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    with pytest.raises(Absent):
        open_store(address, project="shop", zone="local", create=False)
    assert not (tmp_path / "store").exists(), "reading makes nothing"
    store = open_store(address, project="shop", zone="local")
    form = json.loads((tmp_path / "store" / "wombat.json").read_bytes())
    assert store.zone == "local/shop"
    assert {k: v for k, v in form.items() if k != "id"} == {
        "v": 1,
        "hash": "blake3",
        "requires": [],
        "optional": [],
        "create": "atomic",
    }
    open_store(address, project="shop", zone="t", create=False)
    assert json.loads((tmp_path / "store" / "wombat.json").read_bytes()) == form


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"[]",
        b'{"v":1}',
        b'{"v":2,"hash":"blake3","requires":[],"create":"atomic"}',
        b'{"v":1,"hash":"sha256","requires":[],"create":"atomic"}',
        b'{"v":1,"hash":"blake3","requires":["encryption"],"create":"atomic"}',
        b'{"v":1,"hash":"blake3","requires":[],"create":"perhaps"}',
    ],
)
def test_other_formats_are_refused(tmp_path: Path, form: bytes) -> None:
    (tmp_path / "wombat.json").write_bytes(form)
    with pytest.raises(StoreDamaged) as caught:
        open_store(str(tmp_path), project="shop", zone="local")
    assert caught.value.code == "store-format"
    assert caught.value.exit_code == 14


def test_what_is_optional_is_ignored(tmp_path: Path) -> None:
    form = b'{"v":1,"hash":"blake3","requires":[],"optional":["x"],"create":"none","more":1}'
    (tmp_path / "wombat.json").write_bytes(form)
    store = open_store(str(tmp_path), project="shop", zone="local")
    assert store.space.atomic is False


def test_bad_zones(tmp_path: Path) -> None:
    for zone, project in (("prod", "shop"), ("t", "../x"), ("t", ""), ("t/a/b", "shop")):
        with pytest.raises(UsageFault):
            open_store(str(tmp_path), project=project, zone=zone)


def test_the_import_is_light() -> None:
    """No model library, no dataframes, no chunker before something is large enough to be cut."""
    code = "import sys, wombat.store; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pydantic", "yaml", "pandas", "polars", "pyarrow", "pyfastcdc", "click", "rich"}
    assert not heavy & set(done.stdout.split())
