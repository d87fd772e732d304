"""Sums and elementary functions with the same bits on every processor."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import equipoise
from equipoise.portable_math import map_math, raise_to_power, solve_symmetric, sum_products

SOURCE = Path(equipoise.__file__).parent
# The derivation of constants that are written down; no run computes it.
OFFLINE = {"values.py"}
# Matrix products of whole numbers are exact.
WHOLE_NUMBERS = {"graphs.py", "communities.py", "generators.py"}
BLAS_NAMES = {"dot", "vdot", "inner", "matmul", "einsum", "tensordot", "linalg", "lstsq"}

RUN = """
import hashlib, sys
import equipoise
digest = hashlib.sha256()
small = "community.size=150 horizon=60 burn_in=14 network.count=10 seed=3".split()
for strategy in ("planner", "balanced", "mission_control"):
    words = [f"strategy={strategy}", "environment=everything", *small]
    record = equipoise.run(equipoise.compose(*words)).records[0]
    for column in record.columns().values():
        digest.update(column.tobytes())
print(digest.hexdigest())
"""
PROCESSORS = (
    {"OPENBLAS_CORETYPE": "SkylakeX"},
    {"OPENBLAS_CORETYPE": "Haswell"},
    {"OPENBLAS_CORETYPE": "Prescott"},
    {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512F AVX512_SKX AVX512_ICL AVX512_SPR"},
)


def _digest_of_runs(processor):
    command = [sys.executable, "-W", "ignore", "-c", RUN]
    environment = os.environ | processor
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_runs_have_the_same_bits_on_every_processor():
    digests = {_digest_of_runs(processor) for processor in PROCESSORS}
    assert len(digests) == 1


def _blas_uses(path):
    """Return the lines of a file that may call BLAS."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield node.lineno
        is_numpy = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if is_numpy and node.value.id == "np" and node.attr in BLAS_NAMES:
            yield node.lineno


def test_no_run_uses_blas():
    found = []
    for folder in ("", "consumers", "environment", "firm", "network"):
        files = SOURCE.glob("*.py") if not folder else SOURCE.joinpath(folder).rglob("*.py")
        for path in files:
            if path.name not in OFFLINE | WHOLE_NUMBERS:
                found += [f"{path.name}:{line}" for line in _blas_uses(path)]
    assert not found


def test_products_are_summed_over_the_last_axis():
    matrix = np.arange(6.0).reshape(2, 3)
    assert sum_products(matrix, np.array([1.0, 2.0, 3.0])).tolist() == [8.0, 26.0]


def test_functions_and_powers_keep_the_shape():
    values = np.array([[0.0, 1.0], [2.0, 3.0]])
    np.testing.assert_allclose(map_math(np.exp, values), np.exp(values), rtol=1e-15)
    np.testing.assert_allclose(raise_to_power(values + 1, -2.0), (values + 1) ** -2.0, rtol=1e-15)
    assert raise_to_power(np.asarray(0.5), np.arange(3)).tolist() == [1.0, 0.5, 0.25]


@pytest.mark.parametrize("size", [1, 3, 8])
def test_symmetric_equations_are_solved(size):
    rows = np.random.default_rng(size).standard_normal((size + 4, size))
    matrix, goal = rows.T @ rows, rows.sum(axis=0)
    solution = solve_symmetric(matrix, goal)
    np.testing.assert_allclose(solution, np.linalg.solve(matrix, goal), rtol=1e-9)


def test_a_variable_without_information_is_zero():
    matrix = np.diag([2.0, 0.0])
    assert solve_symmetric(matrix, np.array([4.0, 0.0])).tolist() == [2.0, 0.0]
