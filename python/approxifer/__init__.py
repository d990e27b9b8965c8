"""The Python side of approxifer: schemes of your own, results and exported batches.

Needs NumPy and nothing else. ``docs/how-to/own-method.md`` of approxifer is the tutorial.
"""

from .results import Batches, load_batches, load_run
from .scheme import Batch, DecodeFailure, serve

__all__ = ["Batch", "Batches", "DecodeFailure", "load_batches", "load_run", "serve"]
