# The peer of `bench/peers.js`: the same experiment as one would write it in NumPy and PyTorch, vectorised, one thread.
# BACC, NeRCC0 and NeRCC on LeNet5 with the weights of an ONNX file; draws of its own, so its numbers agree in distribution.
# usage: python3 peer.py MODEL.onnx IMAGES LABELS TRIALS      (IDX files; prints the mean MSE of each scheme)
import gzip
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

K, N, S, LAMBDA = 20, 100, 40, 1e-7


def fields(data):
    """The fields of a protobuf message: (number, value); values are whole numbers or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
            continue
        size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
        yield tag >> 3, data[at : at + size]
        at += size


def initializers(path):
    """The float tensors of an ONNX file, by name (onnx.proto: ModelProto.graph 7, GraphProto.initializer 5)."""
    found = {}
    with open(path, 'rb') as file:
        model = file.read()
    for number, graph in fields(model):
        if number != 7:
            continue
        for number, tensor in fields(graph):
            if number != 5:
                continue
            shape, name, raw, kind = [], '', b'', 0
            for field, value in fields(tensor):
                if field == 1:
                    shape += [value] if isinstance(value, int) else list(value)
                elif field == 2:
                    kind = value
                elif field == 8:
                    name = value.decode()
                elif field == 9:
                    raw = value
            if kind == 1 and raw:
                found[name] = torch.from_numpy(np.frombuffer(raw, '<f4').reshape(shape).copy())
    return found


def idx(path, header):
    opened = gzip.open if path.endswith('.gz') else open
    with opened(path, 'rb') as file:
        file.read(header)
        return np.frombuffer(file.read(), np.uint8)


def spline(knots, points, smoothing):
    """The matrix [points, knots] of the natural cubic smoothing spline (Reinsch 1967)."""
    order = np.argsort(knots)
    t = knots[order]
    n, h = len(t), np.diff(t)
    Q, R = np.zeros((n, n - 2)), np.zeros((n - 2, n - 2))
    for i in range(n - 2):
        Q[i : i + 3, i] = 1 / h[i], -1 / h[i] - 1 / h[i + 1], 1 / h[i + 1]
        R[i, i] = (h[i] + h[i + 1]) / 3
        if i < n - 3:
            R[i, i + 1] = R[i + 1, i] = h[i + 1] / 6
    gamma = np.linalg.solve(R + smoothing * Q.T @ Q, Q.T)
    values = np.eye(n) - smoothing * Q @ gamma
    second = np.vstack([np.zeros(n), gamma, np.zeros(n)])
    i = np.clip(np.searchsorted(t, points) - 1, 0, n - 2)
    x = np.clip(points, t[0], t[-1])
    b = ((x - t[i]) / h[i])[:, None]
    a = 1 - b
    w = (h[i] ** 2 / 6)[:, None]
    out = a * values[i] + b * values[i + 1] + w * ((a**3 - a) * second[i] + (b**3 - b) * second[i + 1])
    for outside, end, step in ((points < t[0], 0, 1), (points > t[-1], n - 1, -1)):
        width = abs(t[end + step] - t[end])
        slope = (values[end + step] - values[end]) / width - width / 6 * second[end + step]
        out[outside] = values[end] - np.abs(points[outside] - t[end])[:, None] * slope
    matrix = np.zeros((len(points), n))
    matrix[:, order] = out
    return matrix


def berrut(knots, points, signs):
    with np.errstate(divide='ignore', invalid='ignore'):
        weights = signs / (points[:, None] - knots)
        matrix = weights / weights.sum(1, keepdims=True)
    hit = points[:, None] == knots
    matrix[hit.any(1)] = hit[hit.any(1)]
    return matrix


def main(model, images, labels, trials):
    torch.set_num_threads(1)
    weights = initializers(model)
    layers = {name: (weights[f'{name}.weight'], weights[f'{name}.bias']) for name in ('conv1', 'conv2', 'fc1', 'fc2', 'fc3')}
    layers.update({n: (w if w.shape[0] == b.shape[0] else w.T.contiguous(), b) for n, (w, b) in layers.items() if n[:2] == 'fc'})

    def infer(points):
        x = (F.pad(torch.from_numpy(points).view(-1, 1, 28, 28), (2, 2, 2, 2)) - weights['mean']) / weights['std']
        for name in ('conv1', 'conv2'):
            x = F.max_pool2d(F.relu(F.conv2d(x, *layers[name])), 2)
        x = F.relu(F.linear(x.flatten(1), *layers['fc1']))
        return F.linear(F.relu(F.linear(x, *layers['fc2'])), *layers['fc3']).numpy()

    pixels = idx(images, 16).reshape(-1, 784).astype(np.float32) / 255
    classes = idx(labels, 8)
    alpha = np.cos((2 * np.arange(K) + 1) * np.pi / (2 * K))
    beta = np.cos(np.arange(N) * np.pi / (N - 1))
    encoders = {
        'BACC': berrut(alpha, beta, (-1.0) ** np.arange(K)),
        'NeRCC0': spline(alpha, beta, 0),
        'NeRCC': spline(alpha, beta, LAMBDA),
    }
    random = np.random.default_rng(1)
    errors = {name: [] for name in encoders}
    right = {name: [] for name in encoders}
    with torch.no_grad():
        for _ in range(trials):
            drawn = random.choice(len(pixels), K, replace=False)
            X, y = pixels[drawn], classes[drawn]
            truth = infer(X)
            alive = np.sort(random.permutation(N)[S:])
            for name, encoder in encoders.items():
                answers = infer((encoder.astype(np.float32) @ X))[alive]
                if name == 'BACC':
                    decoder = berrut(beta[alive], alpha, (-1.0) ** np.arange(len(alive)))
                else:
                    decoder = spline(beta[alive], alpha, LAMBDA if name == 'NeRCC' else 0)
                decoded = decoder @ answers
                errors[name].append(((decoded - truth) ** 2).sum(1).mean())
                right[name].append((decoded.argmax(1) == y).mean())
    for name in encoders:
        print(name, np.mean(errors[name]), np.std(errors[name]) / np.sqrt(trials), np.mean(right[name]))


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
