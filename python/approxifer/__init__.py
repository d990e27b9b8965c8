"""The Python side of approxifer: schemes of your own, results, exported batches, and its codecs.

Needs NumPy and nothing else. ``docs/how-to/own-method.md`` of approxifer is the tutorial.
"""

from .codecs import Codec, approxifer, bacc, kriging, nercc
from .results import Batches, load_batches, load_run
from .scheme import Batch, DecodeFailure, serve

__all__ = [
    "Batch",
    "Batches",
    "Codec",
    "DecodeFailure",
    "approxifer",
    "bacc",
    "kriging",
    "load_batches",
    "load_run",
    "nercc",
    "serve",
]
