"""Golden values of src/metrics/distributions.ts from SciPy. Run: python3 scripts/golden/distributions.py > test/golden/distributions.json"""
import json

from scipy import special, stats


def quantile(confidence, d):
    """By the inverse beta function: `stats.t.isf` is good to 4e-9 only (SciPy 1.10)."""
    x = special.betaincinv(d / 2, 0.5, 1 - confidence)
    return float((d * (1 - x) / x) ** 0.5)


degrees = [1, 2, 3, 4.7, 9, 10.25, 49, 199, 199.5, 1999, 1e5]
points = [0.0, 1e-3, 0.3, 1.0, 1.96, 3.0, 5.5, 12.0, 40.0]
confidences = [0.5, 0.9, 0.95, 0.99, 0.9973, 0.999999]
json.dump(
    {
        "student_two_sided": [[t, d, float(2 * stats.t.sf(t, d))] for d in degrees for t in points],
        "normal_two_sided": [[z, float(2 * stats.norm.sf(z))] for z in points + [2.5 * 2**0.5, 3.6, 8.0, 20.0, 37.0]],
        "student_quantile": [[c, d, quantile(c, d)] for d in degrees for c in confidences],
        "normal_quantile": [[c, float(stats.norm.isf((1 - c) / 2))] for c in confidences],
        "welch": [
            [a, b, *map(float, stats.ttest_ind(a, b, equal_var=False))]
            for a, b in [
                ([1.0, 2.0, 4.0, 3.5], [2.0, 2.5, 8.0]),
                ([0.1, 0.11, 0.12, 0.1, 0.13], [0.5, 0.1]),
                ([1e6 + 1, 1e6 + 2, 1e6 + 4], [1e6, 1e6 + 0.5, 1e6 + 0.25]),
            ]
        ],
        "paired": [
            [a, b, float(stats.ttest_rel(a, b).confidence_interval(0.95).low), float(stats.ttest_rel(a, b).confidence_interval(0.95).high)]
            for a, b in [([1.0, 2.0, 4.0, 3.5], [2.0, 2.5, 8.0, 1.0]), ([0.1, 0.2, 0.4], [0.11, 0.19, 0.47])]
        ],
    },
    __import__("sys").stdout,
)
print()
