"""The Python side of approxifer: schemes of your own, results, exported batches, and its codecs with the same numbers.

Needs NumPy and nothing else. ``docs/how-to/own-method.md`` of approxifer is the tutorial.
"""

from .codecs import Codec, CodecServer
from .results import Batches, load_batches, load_run
from .scheme import Batch, DecodeFailure, serve

__all__ = ["Batch", "Batches", "Codec", "CodecServer", "DecodeFailure", "load_batches", "load_run", "serve"]
