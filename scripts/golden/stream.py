"""Golden values of the random streams (src/util/random.ts, src/coded/streams.ts) from Python's standard library alone, for whoever redoes the
draws in another language. Run: python3 scripts/golden/stream.py > test/golden/stream.json"""
import hashlib
import json
import math
import struct

MASK = (1 << 64) - 1


class Stream:
    """xoroshiro128+ from the first 16 bytes of the SHA-256 of the keys as JSON without blanks."""

    def __init__(self, *keys):
        digest = hashlib.sha256(json.dumps(keys, separators=(",", ":")).encode()).digest()
        high0, low0, high1, low1 = struct.unpack("<4I", digest[:16])
        self.state = [high0 << 32 | low0, high1 << 32 | low1]

    def word(self):
        """The lower 32 bits of a step."""
        a, b = self.state
        rotate = lambda x, k: (x << k | x >> (64 - k)) & MASK
        b ^= a
        self.state = [rotate(a, 24) ^ b ^ (b << 16) & MASK, rotate(b, 37)]
        return (a + (b ^ a)) & 0xFFFFFFFF

    def integer(self, bound):
        limit = (1 << 32) - (1 << 32) % bound
        while True:
            word = self.word()
            if word < limit:
                return word % bound

    def uniform(self):
        """26 and 27 bits of two words."""
        high = self.word() & (1 << 26) - 1
        return high * 2.0**-26 + (self.word() & (1 << 27) - 1) * 2.0**-53

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())

    def sample(self, size, count):
        """The first places of a Fisher-Yates shuffle of 0 ... size-1."""
        moved, drawn = {}, []
        for i in range(count):
            j = i + self.integer(size - i)
            drawn.append(moved.get(j, j))
            moved[j] = moved.get(i, i)
        return drawn


keys = [[1, "report", 17, "batch"], [2, "report", 0, "stragglers", "uniform", 100], [7]]
batch = Stream(1, "report", 17, "batch").sample(10000, 20)
late = Stream(1, "report", 17, "stragglers", "uniform", 100).sample(100, 40)
second = Stream(1, "report", 17, "stragglers", "uniform", 100, "pattern", 1).sample(100, 40)
print(
    json.dumps(
        {
            "streams": [
                {
                    "keys": key,
                    "words": [stream.word() for stream in [Stream(*key)] for _ in range(8)],
                    "integers_below_10": [stream.integer(10) for stream in [Stream(*key)] for _ in range(8)],
                    "uniforms": [stream.uniform() for stream in [Stream(*key)] for _ in range(4)],
                    "normals": [stream.normal() for stream in [Stream(*key)] for _ in range(4)],
                }
                for key in keys
            ],
            "trial": {
                "seed": 1,
                "trial": 17,
                "images_of_10000": batch,
                "late_of_100": sorted(late),
                "late_of_100_in_pattern_1": sorted(second),
            },
        },
        indent=1,
    )
)
