"""What must hold of the scheme whatever it is compared with. Run it by: python3 test_my_method.py"""

from types import SimpleNamespace

import numpy as np

from my_method import MyMethod

K, N, m = 8, 40, 10
scheme = MyMethod()
batch = SimpleNamespace(K=K, N=N, m=m, E=0, seed=1, queries=None)
A = scheme.encoding_matrix(K, N)
assert A.shape == (N, K) and np.isfinite(A).all()

# workers that all answer the same are decoded to that
survivors = np.arange(0, N, 2)
same = np.tile(np.arange(m, dtype=float), (len(survivors), 1))
decoded = scheme.decode(same, survivors, batch)
assert decoded.shape == (K, m)
assert np.allclose(decoded, same[:K])

# the same request has the same answer
answers = np.random.default_rng(1).normal(size=(len(survivors), m))
assert np.array_equal(scheme.decode(answers, survivors, batch), scheme.decode(answers, survivors, batch))
print("ok")
