"""The codecs of approxifer, with its numbers: thin calls of one ``approxifer codec-server`` behind them all."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .scheme import DecodeFailure
from .wire import PROTOCOL, Arrays, Header, read_message, write_message


def _command() -> List[str]:
    """The program of the approxifer that this package came with, or else the one on the path."""
    launcher = Path(__file__).resolve().parents[2] / "bin" / "approxifer.js"
    node, installed = shutil.which("node"), shutil.which("approxifer")
    if launcher.exists() and node:
        return [node, str(launcher)]
    if installed:
        return [installed]
    raise FileNotFoundError("there is no approxifer on the path; install it, or put its folder on PATH")


class _Server:
    """One process for all codecs, started when it is first asked, ended with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._asked = 0

    def ask(self, header: Header, arrays: Arrays) -> Tuple[Header, Arrays]:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            answer, values = self._exchange(header, arrays)
        if answer["type"] == "error":
            raise (DecodeFailure if answer["kind"] == "failure" else ValueError)(answer["message"])
        return answer, values

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [*_command(), "codec-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
        )
        atexit.register(self.close)
        hello, _ = self._exchange({"type": "hello", "protocol": PROTOCOL}, {})
        if hello.get("protocol") != PROTOCOL:
            raise RuntimeError(f"approxifer speaks protocol {hello.get('protocol')}, this package {PROTOCOL}")

    def _exchange(self, header: Header, arrays: Arrays) -> Tuple[Header, Arrays]:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        self._asked += 1
        try:
            write_message(process.stdin, {**header, "id": self._asked}, arrays)
            message = read_message(process.stdout)
        except BrokenPipeError:
            message = None
        if message is None or message[0].get("id") != self._asked:
            raise RuntimeError(f"approxifer codec-server ended with exit code {process.wait()}; what it said is above")
        return message

    def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process = None


_server = _Server()


class Codec:
    """A scheme of approxifer with K queries and N workers. Options are those of a config: ``lambdaEnc``, ``nodes``, ``order``, …"""

    def __init__(self, scheme: str, K: int, N: int, **options: Any) -> None:
        self.K = K
        self.N = N
        self._spec: Dict[str, Any] = {"scheme": scheme, "K": K, "N": N, "options": options}

    def _ask(self, kind: str, arrays: Arrays, **header: Any) -> Arrays:
        return _server.ask({"type": kind, **self._spec, **header}, arrays)[1]

    @staticmethod
    def _queries(queries: Optional[np.ndarray]) -> Arrays:
        return {} if queries is None else {"queries": np.asarray(queries, dtype=np.float32)}

    def encoding_matrix(self, queries: Optional[np.ndarray] = None) -> np.ndarray:
        """[N, K]: row n makes the coded point of worker n. The queries are needed with ``order="path"`` only."""
        return self._ask("encode", self._queries(queries))["matrix"]

    def encode(self, queries: np.ndarray) -> np.ndarray:
        """[N, ...] float32: the coded points of queries [K, ...], as approxifer computes them."""
        points = self._ask("encode", self._queries(queries))["points"]
        return points.reshape(self.N, *np.shape(queries)[1:])

    def decoding_matrix(self, survivors: Sequence[int]) -> np.ndarray:
        """[K, n]: a column for each of the workers that answered, ascending."""
        return self._ask("decoding-matrix", {"survivors": np.asarray(survivors, dtype=np.int32)})["matrix"]

    def decode(
        self,
        answers: np.ndarray,
        survivors: Sequence[int],
        E: int = 0,
        queries: Optional[np.ndarray] = None,
        seed: int = 0,
    ) -> np.ndarray:
        """[K, m] from answers [n, m] of the workers ``survivors`` [n], ascending. Liars are left out first where there is a locator.

        Raises :class:`DecodeFailure` where nothing can be said from the answers. The queries are needed for kriging and
        ``order="path"``.
        """
        return self._ask("decode", self._received(answers, survivors, queries), E=E, seed=seed)["outputs"]

    def locate(
        self, answers: np.ndarray, survivors: Sequence[int], E: int = 0, queries: Optional[np.ndarray] = None
    ) -> np.ndarray:
        """The workers that the locator takes for liars, ascending; it is told that at most E lie."""
        return self._ask("locate", self._received(answers, survivors, queries), E=E)["excluded"]

    def _received(self, answers: np.ndarray, survivors: Sequence[int], queries: Optional[np.ndarray]) -> Arrays:
        return {
            "answers": np.asarray(answers, dtype=np.float64),
            "survivors": np.asarray(survivors, dtype=np.int32),
            **self._queries(queries),
        }


def bacc(K: int, N: int, **options: Any) -> Codec:
    """BACC: Berrut's rational interpolation."""
    return Codec("bacc", K, N, **options)


def nercc(K: int, N: int, lambdaEnc: float = 0, lambdaDec: float = 0, **options: Any) -> Codec:
    """NeRCC: smoothing splines; without smoothing, NeRCC0."""
    return Codec("nercc", K, N, lambdaEnc=lambdaEnc, lambdaDec=lambdaDec, **options)


def approxifer(K: int, N: int, **options: Any) -> Codec:
    """ApproxIFER: BACC with a locator of Byzantine workers."""
    return Codec("approxifer", K, N, **options)


def kriging(K: int, N: int, **options: Any) -> Codec:
    """Kriging placement, decoder and locator; ``decode`` and ``encode`` look at the queries."""
    return Codec("kriging", K, N, **options)
