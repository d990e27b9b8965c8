"""Results of runs, and exported batches, as NumPy arrays."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any, Dict, List, Set, Union

import numpy as np

PathLike = Union[str, Path]
_KEYS = ("experiment", "model", "dataset", "output", "scheme", "order", "stragglers", "attack", "options")


def load_run(folder: PathLike) -> List[Dict[str, Any]]:
    """The rows of ``trials.csv``: a dict a cell and trial, numbers as floats, NaN where a metric is undefined."""
    with open(Path(folder) / "trials.csv", newline="", encoding="utf-8") as file:
        return [
            {key: value if key in _KEYS else float(value) if value else float("nan") for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


class Batches:
    """What ``approxifer export`` wrote. Every array has the trial as its first axis, in the order of ``trials``."""

    def __init__(self, folder: PathLike) -> None:
        self.folder = Path(folder)
        with open(self.folder / "index.json", encoding="utf-8") as file:
            self.index: Dict[str, Any] = json.load(file)
        if self.index["format"] != 1:
            raise ValueError(f"{folder}: exported in format {self.index['format']}; this package reads format 1")
        self._checked: Set[str] = set()
        self.trials: List[int] = self.index["trials"]
        self.cells: List[Dict[str, Any]] = self.index["cells"]
        """A dict a cell: its name, the name of its code, the key columns of results."""
        self.codes: List[Dict[str, Any]] = self.index["codes"]

    def cell(self, scheme: str, **keys: Any) -> Dict[str, Any]:
        """The one cell of a scheme whose key columns are as given, such as ``S="40"``."""
        found = [c for c in self.cells if c["scheme"] == scheme and all(str(c[k]) == str(v) for k, v in keys.items())]
        if len(found) != 1:
            names = sorted({c["scheme"] for c in self.cells})
            raise KeyError(f"{len(found)} cells of {scheme!r} with {keys}; the schemes are {names}")
        return found[0]

    def _load(self, *name: str) -> np.ndarray:
        file, key = self.folder.joinpath(*name), "/".join(name)
        array = np.load(file, mmap_mode="r")
        if key not in self._checked:
            digest = hashlib.sha256()
            with open(file, "rb") as content:
                while piece := content.read(1 << 20):
                    digest.update(piece)
            if digest.hexdigest() != self.index["files_sha256"][key]:
                raise ValueError(f"{file}: is not what was exported; export the run again")
            self._checked.add(key)
        return array

    def indices(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, K]: which points of the data set the queries are."""
        return self._load(f"K{cell['K']}", "indices.npy")

    def labels(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, K]"""
        return self._load(f"K{cell['K']}", "labels.npy")

    def queries(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, K, ...] float32"""
        return self._load(f"K{cell['K']}", "queries.npy")

    def truth(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, K, m]: the model's outputs at the queries, on the scale that the cell decodes."""
        return self._load(f"K{cell['K']}", f"truth-{cell['output']}.npy")

    def matrix(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, N, K]: encoding matrices."""
        return self._load(cell["code"], "matrix.npy")

    def points(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, N, ...] float32: coded points."""
        return self._load(cell["code"], "points.npy")

    def answers(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, N, m]: what honest workers answer."""
        return self._load(cell["code"], f"answers-{cell['output']}.npy")

    def received(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, P, N, m]: the answers as the master got them, under each pattern, lies included."""
        if f"{cell['name']}/received.npy" in self.index["files_sha256"]:
            return self._load(cell["name"], "received.npy")
        answers = self.answers(cell)
        return np.broadcast_to(answers[:, None], (len(answers), self.index["patterns"], *answers.shape[1:]))

    def survivors(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, P, N] bool: who answered in time."""
        return self._load(cell["name"], "survivors.npy").astype(bool)

    def liars(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, P, N] bool: who lied."""
        return self._load(cell["name"], "liars.npy").astype(bool)

    def decoded(self, cell: Dict[str, Any]) -> np.ndarray:
        """[T, P, K, m]: what the scheme decoded; NaN where it failed."""
        return self._load(cell["name"], "decoded.npy")

    def save_decoded(self, folder: PathLike, cell: Dict[str, Any], outputs: np.ndarray) -> Path:
        """Keeps what a decoder of your own made of this cell's answers, for ``approxifer import-decoded``."""
        shape = self.decoded(cell).shape
        outputs = np.ascontiguousarray(outputs, dtype="<f8")
        if outputs.shape != shape:
            raise ValueError(f"outputs have shape {outputs.shape}; right is {shape}: trials, patterns, queries, outputs")
        Path(folder).mkdir(parents=True, exist_ok=True)
        file = Path(folder) / f"{cell['name']}.npy"
        np.save(file, outputs)
        return file


def load_batches(folder: PathLike) -> Batches:
    """What ``approxifer export`` wrote into a folder."""
    return Batches(folder)
