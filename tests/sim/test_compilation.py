"""The cache of compiled functions: damaged files, no home, no place at all."""

import os
import subprocess
import sys

from equipoise import compilation

SCRIPT = """
import numba.core.caching as caching
from equipoise import compilation

def add_one(x):
    return x + 1

{setup}
function = compilation.compile_rule(add_one)
print(function(1), len(compilation.list_compiled_signatures(function)))
print(*compilation.cache_damages, *compilation.cache_places, sep="\\n")
"""
NOWHERE = """
caching.CacheImpl._locator_classes = [caching.CacheImpl._locator_classes[0]]
caching.config.CACHE_DIR = ""
"""


def run_script(folder, setup="", **variables):
    script = folder / "script.py"
    script.write_text(SCRIPT.format(setup=setup))
    ended = subprocess.run(
        [sys.executable, script],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


def test_damaged_cache_heals(tmp_path):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert run_script(tmp_path, **cache) == ["2 1", ""]
    (index,) = (tmp_path / "cache").rglob("*add_one*.nbi")
    (data,) = (tmp_path / "cache").rglob("*add_one*.nbc")
    whole = index.read_bytes()
    for path, content in ((index, b""), (index, whole[: len(whole) // 2]), (data, b"\x80torn")):
        path.write_bytes(content)
        first, remark = run_script(tmp_path, **cache)
        assert first == "2 1"
        assert "A damaged cache of the compiled model is replaced" in remark
        assert run_script(tmp_path, **cache) == ["2 1", ""]


def test_without_a_home_the_cache_is_in_a_private_temporary_folder(tmp_path):
    temporary = {"TMPDIR": str(tmp_path)}
    first, remark = run_script(tmp_path, NOWHERE, **temporary)
    assert first == "2 1"
    folder = tmp_path / f"equipoise-cache-{os.getuid()}"
    assert remark.startswith(f"The compiled model is kept in {folder}")
    assert folder.stat().st_mode & 0o777 == 0o700
    # A folder that others can write to might hold machine code of theirs.
    folder.chmod(0o777)
    remark = run_script(tmp_path, NOWHERE, **temporary)[1]
    assert f"kept in {folder}," not in remark
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name, "script.py"]


def test_without_any_folder_nothing_is_cached(monkeypatch):
    def fail(*_, **__):
        raise OSError("read-only")

    monkeypatch.setattr(compilation.tempfile, "gettempdir", fail)
    monkeypatch.setattr(compilation.tempfile, "mkdtemp", fail)
    monkeypatch.setattr(compilation, "HealingCache", _fail)
    monkeypatch.setattr(compilation, "cache_places", [])
    assert compilation.compile_rule(lambda x: x + 1)(1) == 2
    assert compilation.cache_places == [
        "The compiled model cannot be kept: no folder can be written."
    ]


def _fail(function):
    raise RuntimeError("no locator available")
