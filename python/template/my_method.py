"""A coding scheme of your own. approxifer starts this script and asks it; what it prints goes to stderr."""

import numpy as np


class MyMethod:
    """Polynomial regression: the queries are points of a curve, and so are the answers. Put your idea in its place."""

    def __init__(self, degree=14):
        # the params: of the config
        self.degree = degree

    def positions(self, K, N):
        """Where queries and workers lie on the curve, in [-1, 1]."""
        return np.cos((2 * np.arange(K) + 1) * np.pi / (2 * K)), np.cos((2 * np.arange(N) + 1) * np.pi / (2 * N))

    def encoding_matrix(self, K, N):
        """[N, K]: row n makes the coded point of worker n out of the K queries."""
        queries, workers = self.positions(K, N)
        return np.polynomial.chebyshev.chebvander(workers, K - 1) @ np.linalg.inv(
            np.polynomial.chebyshev.chebvander(queries, K - 1)
        )

    def decode(self, answers, survivors, batch):
        """[K, m]: the model's outputs at the queries. answers is [n, m], a row for each worker in survivors [n]."""
        queries, workers = self.positions(batch.K, batch.N)
        degree = min(self.degree, len(survivors) - 1)
        fit = np.linalg.pinv(np.polynomial.chebyshev.chebvander(workers[survivors], degree))
        return np.polynomial.chebyshev.chebvander(queries, degree) @ (fit @ answers)


if __name__ == "__main__":
    import approxifer

    approxifer.serve(MyMethod)
