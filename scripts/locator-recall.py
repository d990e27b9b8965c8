"""Recall of ApproxIFER's published locator in an implementation that shares nothing with src/: NumPy and PyTorch.

    /usr/bin/python3 scripts/locator-recall.py [--epochs 3] [--seed 5]

K = 8, E = 2, N = 20, 500 trials on MNIST's test images: monomials with Q(0) = 1, one pseudo-inverse for P and Q, votes over all
N workers. The base model is models/lenet5-mnist.onnx or, with --epochs, a LeNet5 trained for that long (Adam, no augmentation).
Prints its test accuracy, the root mean square of the workers' outputs and the recall at sigma = 10, at a sigma of 1.75 times
that root mean square, and for flipped signs.
"""
import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'train'))
import common as c  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

K, E, N, TRIALS = 8, 2, 20, 500
DEGREE = K + E - 1
ALPHA = np.cos((2 * np.arange(K) + 1) * np.pi / (2 * K))
BETA = np.cos(np.arange(N) * np.pi / (N - 1))
POWERS = np.vander(BETA, DEGREE + 1, increasing=True)


def trained(x, y, epochs, seed):
    torch.manual_seed(seed)
    model = c.LeNet5(*c.STATS['mnist'])
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(128):
            adam.zero_grad()
            F.cross_entropy(model(x[i].float() / 255), y[i]).backward()
            adam.step()
    return model.eval()


def located(answers):
    votes = np.zeros(N, int)
    for y in answers.T:
        solution = np.linalg.pinv(np.hstack([POWERS, -y[:, None] * POWERS[:, 1:]])) @ y
        Q = 1 + POWERS[:, 1:] @ solution[DEGREE + 1:]
        votes[np.argsort(np.abs(Q), kind='stable')[:E]] += 1
    return np.argsort(-votes, kind='stable')[:E]


@torch.no_grad()
def recalls(model, x, seed):
    rng = np.random.default_rng(seed)
    weights = (-1.0) ** np.arange(K) / (BETA[:, None] - ALPHA)
    encode = weights / weights.sum(1, keepdims=True)
    found, squares = np.zeros(3), 0
    for _ in range(TRIALS):
        points = x[torch.from_numpy(rng.choice(len(x), K, replace=False))].reshape(K, -1).numpy() / 255
        coded = torch.from_numpy((encode @ points).astype(np.float32)).reshape(N, 1, 28, 28)
        truth = model(coded).numpy().astype(float)
        squares += (truth ** 2).mean() / TRIALS
        liars = rng.choice(N, E, replace=False)
        noise = rng.standard_normal((E, truth.shape[1]))
        for at, lie in enumerate((truth[liars] + 10 * noise,
                                  truth[liars] + 1.75 * np.sqrt((truth ** 2).mean()) * noise, -truth[liars])):
            answers = truth.copy()
            answers[liars] = lie
            found[at] += len(set(located(answers)) & set(liars)) / (E * TRIALS)
    return squares ** 0.5, found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--epochs', type=int)
    p.add_argument('--seed', type=int, default=5)
    p.add_argument('--data', help='folder of MNIST')
    args = p.parse_args()
    c.setup(1)
    x_train, y_train, x, y = c.load_idx_dataset('mnist', args.data)
    model = trained(x_train, y_train, args.epochs, 1) if args.epochs else \
        c.import_lenet5(os.path.join(c.MODELS, 'lenet5-mnist.onnx')).eval()
    size, (fixed, relative, flipped) = recalls(model, x, args.seed)
    print(f'accuracy {c.accuracy(c.predict(model, x), y):.4f}  root mean square {size:.2f}  '
          f'recall: sigma 10 {fixed:.3f}  sigma {1.75 * size:.1f} {relative:.3f}  sign flip {flipped:.3f}')


if __name__ == '__main__':
    main()
