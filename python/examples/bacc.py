"""BACC (Jahani-Nezhad & Maddah-Ali 2022) as a scheme of one's own: Berrut's interpolant on Chebyshev nodes, in NumPy."""

import numpy as np

import approxifer


def berrut(nodes, points):
    """[points, nodes]: the weights of Berrut's first rational interpolant; signs alternate along the sorted nodes."""
    signs = np.empty(len(nodes))
    signs[np.argsort(nodes)] = (-1.0) ** np.arange(len(nodes))
    difference = points[:, None] - nodes[None, :]
    hit = np.abs(difference) < 1e-15
    weights = signs / np.where(hit, 1.0, difference)
    weights[hit.any(axis=1)] = hit[hit.any(axis=1)]
    return weights / weights.sum(axis=1, keepdims=True)


class Bacc:
    def nodes(self, K, N):
        return np.cos((2 * np.arange(K) + 1) * np.pi / (2 * K)), np.cos(np.arange(N) * np.pi / (N - 1))

    def encoding_matrix(self, K, N):
        alpha, beta = self.nodes(K, N)
        return berrut(alpha, beta)

    def decode(self, answers, survivors, batch):
        alpha, beta = self.nodes(batch.K, batch.N)
        return berrut(beta[survivors], alpha) @ answers


if __name__ == "__main__":
    approxifer.serve(Bacc)
