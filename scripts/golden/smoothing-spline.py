"""Golden values of smoothing splines: test/golden/smoothing-spline.json.

Needs Debian's python3-scipy and python3-mpmath. Usage: /usr/bin/python3 scripts/golden/smoothing-spline.py

`scipy` comes from scipy.interpolate.make_smoothing_spline (five knots and more). `exact` is computed with 60 digits in
another way than the project's: as the thin-plate form u(t) = a + b t + sum_i c_i |t - t_i|^3 / 12 with the constraints
sum c_i = sum c_i t_i = 0, a dense linear system (Green & Silverman 1993, section 7.3, in one dimension). It continues as a
straight line outside the knots; the last four points lie there, and have no `scipy` value.
"""
import json
import pathlib

import mpmath
import numpy
from scipy.interpolate import make_smoothing_spline

SIZES = [3, 5, 20, 100]
LAMBDAS = [0.0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1.0, 1e2]
INSIDE = 16
OUTPUTS = 3
mpmath.mp.dps = 60


def knot_sets(n, random):
    yield "chebyshev", numpy.sort(numpy.sin(numpy.pi * (n - 1 - 2 * numpy.arange(n)) / (2 * (n - 1))))
    uniform = numpy.sort(random.uniform(-1, 1, n))
    yield "random", uniform
    # a fifth of the knots has a neighbour at a tiny distance
    close = max(1, n // 5)
    twins = uniform[:close] + numpy.geomspace(1e-8, 1e-4, close)
    yield "tiny gaps", numpy.sort(numpy.concatenate([uniform[: n - close], twins])) if n > 3 else numpy.array(
        [uniform[0], uniform[0] + 1e-7, uniform[2]]
    )


def exact(knots, values, smoothing, points):
    t = [mpmath.mpf(float(x)) for x in knots]
    n = len(t)
    system = mpmath.zeros(n + 2, n + 2)
    for i in range(n):
        for j in range(n):
            system[i, j] = abs(t[i] - t[j]) ** 3 / 12
        system[i, i] += mpmath.mpf(smoothing)
        system[i, n] = system[n, i] = 1
        system[i, n + 1] = system[n + 1, i] = t[i]
    factors, pivots = mpmath.mp.LU_decomp(system)
    columns = []
    for column in values.T:
        right = mpmath.matrix([mpmath.mpf(float(y)) for y in column] + [0, 0])
        solution = mpmath.mp.U_solve(factors, mpmath.mp.L_solve(factors, right, pivots))
        columns.append(
            [
                float(
                    solution[n]
                    + solution[n + 1] * mpmath.mpf(float(z))
                    + sum(solution[i] * abs(mpmath.mpf(float(z)) - t[i]) ** 3 for i in range(n)) / 12
                )
                for z in points
            ]
        )
    return [list(row) for row in zip(*columns)]


def main():
    random = numpy.random.RandomState(2402)
    knots_of = []
    for n in SIZES:
        for kind, knots in knot_sets(n, random):
            inside = numpy.sort(random.uniform(knots[0], knots[-1], INSIDE))
            outside = [knots[0] - 0.5, knots[0] - 1e-3, knots[-1] + 1e-3, knots[-1] + 0.5]
            points = numpy.concatenate([inside, outside])
            values = numpy.stack(
                [random.standard_normal(n), numpy.sin(3 * knots) + 2, numpy.where(knots > 0.1, 1.0, -1.0)], axis=1
            )
            cases = []
            for smoothing in LAMBDAS:
                case = {"lambda": smoothing, "exact": exact(knots, values, smoothing, points)}
                if n >= 5:
                    case["scipy"] = [
                        list(row)
                        for row in zip(
                            *[make_smoothing_spline(knots, column, lam=smoothing)(inside) for column in values.T]
                        )
                    ]
                cases.append(case)
            knots_of.append(
                {
                    "n": n,
                    "kind": kind,
                    "knots": knots.tolist(),
                    "values": values.tolist(),
                    "points": points.tolist(),
                    "cases": cases,
                }
            )
    target = pathlib.Path(__file__).parents[2] / "test" / "golden" / "smoothing-spline.json"
    target.write_text(json.dumps(knots_of) + "\n")


main()
