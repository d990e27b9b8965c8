"""Golden vectors for the kriging codec, from its NumPy reference.

python3 scripts/golden/kriging.py FOLDER > test/golden/kriging.json
FOLDER holds kriging_reference.py and test_vector.json (a vector that came with the reference; it is passed through).
"""
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location("kriging_reference", folder / "kriging_reference.py")
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)


def network(D, m, rng, roughness):
    """A random function of D inputs: smooth for small `roughness`, piecewise for large."""
    inner, outer = rng.normal(size=(D, 30)) * roughness, rng.normal(size=(30, m))
    return lambda X: np.maximum(np.tanh(X @ inner), -0.2) @ outer


def case(name, seed, K, N, S, m, D=6, c=0.5, roughness=1.0, noise=0.0, dense=False, duplicates=0, attacked=0):
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(K, D)), 4)
    if duplicates:
        X[-duplicates:] = X[0]
    G = reference.gram(X)
    order = reference.path_order(reference.pair_dist(G))
    if dense:  # any encoding matrix with rows summing to one
        E = rng.normal(size=(N, K))
        E = np.round(E + (1 - E.sum(1, keepdims=True)) / K, 6)
    else:
        E = reference.encoder(N, K, c)
    survivors = np.sort(rng.choice(N, N - S, replace=False))
    f = network(D, m, rng, roughness)
    Y = np.round(f(E @ X[order]) + noise * rng.normal(size=(N, m)), 6)[survivors]
    ordered = reference.gram(X[order])
    decoded, (kernel, nugget), _ = reference.decode(E[survivors], ordered, Y)
    rows = np.sort(rng.choice(N - S, attacked, replace=False))
    lies = Y.copy()
    lies[rows] = np.round(-Y[rows] + rng.normal(size=(attacked, m)), 6)
    return {
        "name": name, "K": K, "N": N, "c": c, "X": X.tolist(), "order": [int(k) for k in order],
        **({"E": E.tolist()} if dense else {}), "survivors": survivors.tolist(), "Y": Y.tolist(),
        "kernel": list(kernel), "nugget": nugget, "decoded": decoded.tolist(),
        "attacked": rows.tolist(), "lies": lies[rows].tolist(),
        "located": [int(i) for i in reference.locate(E[survivors], ordered, lies)],
    }  # fmt: skip


placements = [
    {"K": K, "N": N, "c": c, "E": reference.encoder(N, K, c).tolist()}
    for K, N, c in [(8, 12, 0), (8, 12, 0.5), (8, 12, 1), (5, 5, 0.5), (3, 20, 0.25), (6, 4, 0.5), (2, 9, 1)]
]
cases = [
    case("smooth outputs", 1, K=8, N=20, S=3, m=5, roughness=0.2, attacked=2),
    case("rough outputs", 2, K=8, N=20, S=3, m=5, roughness=3, attacked=2),
    case("noisy answers", 3, K=6, N=18, S=2, m=3, noise=0.3, attacked=3),
    case("copies of the queries", 4, K=6, N=18, S=4, m=4, c=0, attacked=2),
    case("widest placement", 5, K=7, N=20, S=5, m=4, c=1, attacked=1),
    case("more outputs than answers", 6, K=6, N=16, S=4, m=40, attacked=2),
    case("dense encoding", 7, K=6, N=20, S=4, m=4, dense=True, attacked=2),
    case("two queries", 8, K=2, N=8, S=2, m=3, attacked=1),
    case("uncoded", 9, K=9, N=9, S=3, m=3),
    case("fewer workers than queries", 10, K=9, N=6, S=1, m=3),
    case("some equal queries", 11, K=8, N=20, S=3, m=4, duplicates=2, attacked=2),
    case("three answers", 12, K=6, N=12, S=9, m=2),
    case("one output", 13, K=10, N=30, S=9, m=1, attacked=3),
    case("many answers", 14, K=10, N=50, S=15, m=10, D=20, roughness=0.5, attacked=6),
    case("linear outputs", 15, K=8, N=24, S=6, m=3, roughness=0.01, attacked=2),
]
given = json.loads((folder / "test_vector.json").read_text())
json.dump({"placements": placements, "cases": cases, "given": given}, sys.stdout, separators=(",", ":"))
