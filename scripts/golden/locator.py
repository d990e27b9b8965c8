"""Golden data of the error locator, by the published rule as it stands: monomials, one pseudo-inverse for P and Q together.

    python3 scripts/golden/locator.py > test/golden/locator.json

The answers are smooth functions of the worker's node plus noise, with E of them replaced.
"""
import json

import numpy as np

rng = np.random.default_rng(7)
cases = []
for K, E, N, lost in [(2, 1, 6, 0), (4, 1, 10, 0), (4, 1, 12, 2), (8, 2, 20, 0), (5, 2, 16, 1), (3, 3, 20, 4)]:
    for attack in ('shift', 'flip'):
        beta = np.cos(np.arange(N) * np.pi / (N - 1))
        survivors = np.sort(rng.permutation(N)[:N - lost])
        t = beta[survivors]
        y = np.stack([np.sin(3 * t + j) + 0.5 * t * j + 0.02 * rng.standard_normal(len(t)) for j in range(4)], 1) * 5
        liars = rng.permutation(len(t))[:E]
        y[liars] = -y[liars] if attack == 'flip' else y[liars] + 8 * rng.standard_normal((E, 4))
        y = np.round(y, 6)
        degree = K + E - 1
        powers = np.vander(t, degree + 1, increasing=True)
        size, votes = [], np.zeros(len(t), int)
        for j in range(4):
            system = np.hstack([powers, -y[:, j, None] * powers[:, 1:]])
            solution = np.linalg.pinv(system) @ y[:, j]
            Q = powers @ np.concatenate([[1], solution[degree + 1:]])
            votes[np.argsort(np.abs(Q), kind='stable')[:E]] += 1
        cases.append(dict(K=K, E=E, N=N, survivors=survivors.tolist(), answers=y.tolist(), votes=votes.tolist()))
print('[\n ' + ',\n '.join(json.dumps(c) for c in cases) + '\n]')
