"""Messages between approxifer and Python: ``AXF1``, the length of the header, the header as JSON, the arrays it lists.

Lengths are unsigned 32-bit, everything is little-endian (docs/how-to/own-method.md).
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Dict, Mapping, Optional, Tuple

import numpy as np

MAGIC = b"AXF1"
PROTOCOL = 1
_DTYPES = {"f8": "<f8", "f4": "<f4", "i4": "<i4", "u1": "u1"}

Header = Dict[str, Any]
Arrays = Dict[str, np.ndarray]


def _read_fully(stream: BinaryIO, size: int) -> bytes:
    """Exactly ``size`` bytes; fewer only where the stream ends."""
    parts = []
    left = size
    while left > 0:
        part = stream.read(left)
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def read_message(stream: BinaryIO) -> Optional[Tuple[Header, Arrays]]:
    """The next message, or None where the stream has ended."""
    prefix = _read_fully(stream, 8)
    if not prefix:
        return None
    if prefix[:4] != MAGIC:
        raise ValueError(f"no message of approxifer begins with {prefix!r}")
    (length,) = struct.unpack("<I", prefix[4:])
    header: Header = json.loads(_read_fully(stream, length))
    arrays: Arrays = {}
    for entry in header.pop("arrays", []):
        dtype = np.dtype(_DTYPES[entry["dtype"]])
        shape = tuple(entry["shape"])
        count = 1
        for size in shape:
            count *= size
        data = _read_fully(stream, count * dtype.itemsize)
        arrays[entry["name"]] = np.frombuffer(data, dtype).reshape(shape)
    return header, arrays


def write_message(stream: BinaryIO, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a message. Arrays are float64, float32, int32 or uint8."""
    listed = []
    bodies = []
    for name, array in arrays.items():
        letter = array.dtype.kind + str(array.dtype.itemsize)
        if letter not in _DTYPES:
            raise TypeError(f"{name}: {array.dtype} cannot be sent; send float64, float32, int32 or uint8")
        listed.append({"name": name, "dtype": letter, "shape": list(array.shape)})
        bodies.append(np.ascontiguousarray(array, dtype=_DTYPES[letter]).tobytes())
    text = json.dumps({**header, "arrays": listed}).encode()
    stream.write(MAGIC + struct.pack("<I", len(text)) + text + b"".join(bodies))
    stream.flush()
