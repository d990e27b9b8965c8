"""What must hold of the scheme whatever it is compared with. Run it by: python3 test_my_method.py, or pytest"""

from types import SimpleNamespace

import numpy as np

from my_method import MyMethod

K, N, m = 8, 40, 10
scheme = MyMethod()
batch = SimpleNamespace(K=K, N=N, m=m, E=0, seed=1, queries=None)
survivors = np.arange(0, N, 2)


def test_encoding_matrix():
    A = scheme.encoding_matrix(K, N)
    assert A.shape == (N, K) and np.isfinite(A).all()


def test_workers_that_all_answer_the_same_are_decoded_to_that():
    same = np.tile(np.arange(m, dtype=float), (len(survivors), 1))
    decoded = scheme.decode(same, survivors, batch)
    assert decoded.shape == (K, m)
    assert np.allclose(decoded, same[:K])


def test_the_same_request_has_the_same_answer():
    answers = np.random.default_rng(1).normal(size=(len(survivors), m))
    assert np.array_equal(scheme.decode(answers, survivors, batch), scheme.decode(answers, survivors, batch))


if __name__ == "__main__":
    for name, check in list(globals().items()):
        if name.startswith("test_"):
            check()
    print("ok")
