"""What the recipes that want a GPU share: device, schedule by steps or seconds, augmentation, ONNX models as bases."""
import math
import time

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

import common as c

DEVICE = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
if DEVICE.type == 'cuda':
    torch.backends.cudnn.benchmark = True


class Schedule:
    """A cosine learning rate over a number of steps, or until `seconds` after `begun` where those end first."""

    def __init__(self, lr, steps, seconds=None, warmup=0.0, begun=None):
        self.lr, self.steps, self.warmup = lr, steps, warmup
        self.step, self.spent, self.since = 0, 0.0, time.time()
        self.seconds = seconds and max(1.0, seconds - (self.since - begun if begun else 0.0))

    def elapsed(self):
        return self.spent + time.time() - self.since

    def progress(self):
        by_time = self.elapsed() / self.seconds if self.seconds else 0.0
        return min(1.0, max(self.step / self.steps, by_time))

    def next(self, optimizer):
        """Sets the learning rate of the next step; false when training is over."""
        p = self.progress()
        if p >= 1:
            return False
        rise = min(1.0, p / self.warmup) if self.warmup else 1.0
        for group in optimizer.param_groups:
            group['lr'] = self.lr * rise * 0.5 * (1 + math.cos(math.pi * p))
        self.step += 1
        return True

    def state(self):
        return dict(step=self.step, spent=self.elapsed())

    def resume(self, state):
        self.step, self.spent, self.since = state['step'], state['spent'], time.time()


def adam(parameters, lr, weight_decay):
    fused = dict(fused=True) if DEVICE.type == 'cuda' else {}
    return torch.optim.Adam(parameters, lr=lr, weight_decay=weight_decay, **fused)


def bf16(enabled):
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=enabled)


def augmented(x, pad, flip):
    """Images [n, channels, h, w] shifted by up to `pad` pixels and flipped, each on its own."""
    n, _, h, w = x.shape
    if pad:
        s = torch.randint(0, 2 * pad + 1, (n, 2), device=x.device)
        windows = F.pad(x, (pad,) * 4).unfold(2, h, 1).unfold(3, w, 1)
        x = windows[torch.arange(n, device=x.device), :, s[:, 0], s[:, 1]]
    if flip:
        x = torch.where((torch.rand(n, device=x.device) < 0.5)[:, None, None, None], x.flip(-1), x)
    return x


def load(dataset, data, holdout):
    """Training, held-out and test images (uint8) and labels, on the device."""
    loader = c.load_cifar10(data) if dataset == 'cifar10' else c.load_idx_dataset(dataset, data)
    xtr, ytr, xte, yte = (t.to(DEVICE) for t in loader)
    n = len(xtr) - holdout
    return (xtr[:n], ytr[:n]), (xtr[n:], ytr[n:]), (xte, yte)


@torch.no_grad()
def logits(model, x, batch=1000):
    """Of uint8 images (or sums of them); a network is in evaluation mode afterwards."""
    if isinstance(model, nn.Module):
        model.eval()
    return torch.cat([model(b.float() / 255).float() for b in x.split(batch)])


class OnnxNet(nn.Module):
    """The classifier in an ONNX file of models/, for PyTorch: gradients flow to its input, its weights are fixed."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.nodes = list(graph.node)
        self.input, self.output = graph.input[0].name, graph.output[0].name
        self.ints = {}
        self.names = {}
        for i, t in enumerate(graph.initializer):
            a = numpy_helper.to_array(t)
            if a.dtype == np.int64:
                self.ints[t.name] = a.tolist()
            else:
                self.names[t.name] = f't{i}'
                self.register_buffer(f't{i}', torch.from_numpy(a.copy()))

    def forward(self, x):
        v = {self.input: x}

        def get(name):
            return getattr(self, self.names[name]) if name in self.names else v[name]

        for n in self.nodes:
            a = {p.name: onnx.helper.get_attribute_value(p) for p in n.attribute}
            v[n.output[0]] = getattr(self, n.op_type.lower())(n, a, get)
        return v[self.output]

    def sub(self, n, a, get):
        return get(n.input[0]) - get(n.input[1])

    def div(self, n, a, get):
        return get(n.input[0]) / get(n.input[1])

    def add(self, n, a, get):
        return get(n.input[0]) + get(n.input[1])

    def relu(self, n, a, get):
        return F.relu(get(n.input[0]))

    def elu(self, n, a, get):
        return F.elu(get(n.input[0]), a.get('alpha', 1.0))

    def conv(self, n, a, get):
        top, left, bottom, right = a['pads']
        assert (top, left) == (bottom, right)
        return F.conv2d(get(n.input[0]), get(n.input[1]), get(n.input[2]), tuple(a['strides']), (top, left),
                        tuple(a.get('dilations', [1, 1])), a.get('group', 1))

    def gemm(self, n, a, get):
        return F.linear(get(n.input[0]), get(n.input[1]) if a['transB'] else get(n.input[1]).t(), get(n.input[2]))

    def maxpool(self, n, a, get):
        return F.max_pool2d(get(n.input[0]), tuple(a['kernel_shape']), tuple(a['strides']))

    def flatten(self, n, a, get):
        return get(n.input[0]).flatten(1)

    def pad(self, n, a, get):
        p = self.ints[n.input[1]]
        half = len(p) // 2
        return F.pad(get(n.input[0]), [q for d in reversed(range(half)) for q in (p[d], p[half + d])])

    def slice(self, n, a, get):
        starts, ends, axes, steps = (self.ints[i] for i in n.input[1:])
        x = get(n.input[0])
        index = [slice(None)] * x.dim()
        for s, e, d, k in zip(starts, ends, axes, steps):
            index[d] = slice(s, e, k)
        return x[tuple(index)]

    def reducemean(self, n, a, get):
        return get(n.input[0]).mean(tuple(a['axes']), keepdim=bool(a['keepdims']))

    def globalaveragepool(self, n, a, get):
        return get(n.input[0]).mean((2, 3), keepdim=True)

    def reshape(self, n, a, get):
        return get(n.input[0]).reshape([-1 if d < 0 else d for d in self.ints[n.input[1]]])

    def spacetodepth(self, n, a, get):
        return squeeze(get(n.input[0]), a['blocksize'])


def squeeze(x, by):
    """[n, channels, h, w] as [n, by * by * channels, h / by, w / by]: ONNX's SpaceToDepth."""
    n, ch, h, w = x.shape
    x = x.reshape(n, ch, h // by, by, w // by, by).permute(0, 3, 5, 1, 2, 4)
    return x.reshape(n, ch * by * by, h // by, w // by)


def unsqueeze(x, by):
    """The inverse of squeeze: ONNX's DepthToSpace (mode DCR)."""
    n, ch, h, w = x.shape
    x = x.reshape(n, by, by, ch // (by * by), h, w).permute(0, 3, 4, 1, 5, 2)
    return x.reshape(n, ch // (by * by), h * by, w * by)


def single_erasures(reconstructed, own, label):
    """Accuracies over groups [n, k]: each answer lost once, reconstructed from the others and the parity."""
    guess, base = reconstructed.argmax(-1), own.argmax(-1)
    share = lambda p, q: round((p == q).float().mean().item(), 6)
    return dict(groups=len(label), predictions=label.numel(), degradedAccuracy=share(guess, label),
                baseAccuracy=share(base, label), agreementWithBase=share(guess, base),
                mse=round(F.mse_loss(reconstructed, own).item(), 6))
