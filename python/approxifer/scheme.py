"""A scheme of your own, served to ``approxifer run``."""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass
from typing import Any, BinaryIO, List, Mapping, Optional, Tuple

import numpy as np

from .wire import PROTOCOL, Arrays, Header, read_message, write_message


class DecodeFailure(Exception):
    """Raise this where nothing can be said from the answers: the trial of this scheme counts as failed, the run goes on."""


@dataclass(frozen=True)
class Batch:
    """What is known of a batch besides its answers."""

    K: int
    """Queries."""
    N: int
    """Workers."""
    m: int
    """Outputs of the model."""
    E: int
    """How many workers may lie."""
    seed: int
    """Begin random numbers with this one: the same request must have the same answer."""
    queries: Optional[np.ndarray] = None
    """[K, D] float32, where the scheme has ``needs_queries = True``."""


def serve(scheme: Any) -> None:
    """Answers what approxifer asks, until it has asked all.

    ``scheme`` is a class, which is called with the ``params:`` of the config, or an object, with

    - ``encoding_matrix(K, N)``: [N, K], row n makes the coded point of worker n out of the K queries; or in its place
      ``encode(queries, N)``: [N, D] coded points out of queries [K, D];
    - ``decode(answers, survivors, batch)``: [K, m], the outputs at the queries. ``answers`` is [n, m] float64, a row for each
      worker in ``survivors`` [n] (ascending); ``batch`` is a :class:`Batch`;
    - optionally ``locate(answers, survivors, batch)``: worker numbers to leave out, called before ``decode`` where E > 0;
    - optionally ``needs_queries = True``.

    What the script prints goes to stderr: stdout belongs to the messages.
    """
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _serve(scheme, source, sink)


def _serve(scheme: Any, source: BinaryIO, sink: BinaryIO) -> None:
    while True:
        message = read_message(source)
        if message is None:
            return
        header, arrays = message
        try:
            if header["type"] == "hello" and isinstance(scheme, type):
                scheme = scheme(**header.get("params", {}))
            reply, answer = _answer(scheme, header, arrays)
        except Exception as error:  # whatever it is, approxifer names it and ends the run
            traceback.print_exc()
            reply, answer = {"type": "error", "message": f"{type(error).__name__}: {error}"}, {}
        write_message(sink, {**reply, "id": header["id"]}, answer)


def _answer(scheme: Any, header: Mapping[str, Any], arrays: Arrays) -> Tuple[Header, Arrays]:
    kind = header["type"]
    if kind == "hello":
        if not callable(getattr(scheme, "decode", None)):
            raise TypeError("the scheme has no method decode(answers, survivors, batch)")
        if not hasattr(scheme, "encoding_matrix") and not hasattr(scheme, "encode"):
            raise TypeError("the scheme has neither encoding_matrix(K, N) nor encode(queries, N)")
        return {
            "type": "hello",
            "protocol": PROTOCOL,
            "name": type(scheme).__name__,
            "encodes": "matrix" if hasattr(scheme, "encoding_matrix") else "points",
            "wants": ["queries"] if getattr(scheme, "needs_queries", False) else [],
        }, {}
    if kind == "encode":
        matrix = scheme.encoding_matrix(header["K"], header["N"])
        return {"type": "encoded"}, {"matrix": np.asarray(matrix, dtype=np.float64)}
    if kind == "encode-points":
        points = scheme.encode(arrays["queries"], header["N"])
        return {"type": "encoded"}, {"points": np.asarray(points, dtype=np.float32)}
    if kind == "decode":
        return _decode(scheme, header, arrays)
    raise ValueError(f"approxifer asks for {kind!r}, which this version of the Python package does not know")


def _decode(scheme: Any, header: Mapping[str, Any], arrays: Arrays) -> Tuple[Header, Arrays]:
    answers, survivors = arrays["answers"], arrays["survivors"]
    K, N, m, E = (header[key] for key in ("K", "N", "m", "E"))
    locates = E > 0 and hasattr(scheme, "locate")
    outputs: List[np.ndarray] = []
    excluded = np.zeros((len(answers), N), dtype=np.uint8)
    failures = {}
    for r in range(len(answers)):
        batch = Batch(K, N, m, E, header["seeds"][r], arrays.get("queries"))
        try:
            came, workers = answers[r], survivors[r]
            if locates:
                liars = np.asarray(scheme.locate(came, workers, batch), dtype=np.int64)
                excluded[r, liars] = 1
                kept = ~np.isin(workers, liars)
                came, workers = came[kept], workers[kept]
            decoded = np.asarray(scheme.decode(came, workers, batch), dtype=np.float64)
            if decoded.shape != (K, m):
                raise ValueError(f"decode gave an array of shape {decoded.shape}; right is {(K, m)}, a row a query")
            outputs.append(decoded)
        except DecodeFailure as failure:
            failures[str(r)] = str(failure) or "it cannot be decoded"
            outputs.append(np.zeros((K, m)))
    return {"type": "decoded", "failures": failures}, {
        "outputs": np.stack(outputs),
        **({"excluded": excluded} if locates else {}),
    }
