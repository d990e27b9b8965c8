"""The CIFAR ResNet-20 of He et al. with option-A shortcuts: import from ONNX, training form, export."""
import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

import common as c


class Block(nn.Module):
    def __init__(self, cin, cout, stride, bn):
        super().__init__()
        self.stride, self.grow = stride, cout - cin
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=not bn)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=not bn)
        self.bn1 = nn.BatchNorm2d(cout) if bn else nn.Identity()
        self.bn2 = nn.BatchNorm2d(cout) if bn else nn.Identity()

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        if self.grow:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.grow // 2, self.grow // 2))
        return F.relu(y.add_(x), inplace=True)


class ResNet20(nn.Module):
    """bn=False: batch normalisation folded into the convolutions, as in the ONNX files."""

    def __init__(self, mean, std, bn):
        super().__init__()
        self.register_buffer('mean', torch.tensor(mean).reshape(1, -1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).reshape(1, -1, 1, 1), persistent=False)
        self.conv1 = nn.Conv2d(len(mean), 16, 3, 1, 1, bias=not bn)
        self.bn1 = nn.BatchNorm2d(16) if bn else nn.Identity()
        blocks, cin = [], 16
        for cout in (16, 32, 64):
            for i in range(3):
                blocks.append(Block(cin, cout, 2 if i == 0 and cout > 16 else 1, bn))
                cin = cout
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = ((x - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.linear(self.blocks(x).mean((2, 3)))

    def pairs(self):
        """(convolution, its batch normalisation), in the order of the network."""
        yield self.conv1, self.bn1
        for b in self.blocks:
            yield b.conv1, b.bn1
            yield b.conv2, b.bn2


def import_resnet20(path):
    g = onnx.load(path).graph
    t = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in g.initializer}
    convs = [n for n in g.node if n.op_type == 'Conv']
    gemm = [n for n in g.node if n.op_type == 'Gemm'][0]
    sub = [n for n in g.node if n.op_type == 'Sub'][0]
    div = [n for n in g.node if n.op_type == 'Div'][0]
    m = ResNet20(t[sub.input[1]].flatten().tolist(), t[div.input[1]].flatten().tolist(), bn=False)
    with torch.no_grad():
        pairs = list(m.pairs())
        assert len(pairs) == len(convs)
        for (conv, _), n in zip(pairs, convs):
            assert conv.weight.shape == t[n.input[1]].shape
            conv.weight.copy_(t[n.input[1]])
            conv.bias.copy_(t[n.input[2]])
        m.linear.weight.copy_(t[gemm.input[1]])
        m.linear.bias.copy_(t[gemm.input[2]])
    return m.to(memory_format=torch.channels_last).eval()


@torch.no_grad()
def start_from(base, model, images):
    """Give a batch-normalised model the function of a folded one.

    Each batch normalisation gets as statistics those of its convolution on `images`
    (floats in [0, 1]), and as scale and shift what undoes them.
    """
    seen = {}
    hooks = [conv.register_forward_hook(lambda m, i, o: seen.__setitem__(m, o.clone())) for conv, _ in base.pairs()]
    base(images)
    for h in hooks:
        h.remove()
    for (a, _), (b, bn) in zip(base.pairs(), model.pairs()):
        y = seen[a] - a.bias.reshape(1, -1, 1, 1)
        b.weight.copy_(a.weight)
        bn.running_mean.copy_(y.mean((0, 2, 3)))
        bn.running_var.copy_(y.var((0, 2, 3)))
        bn.weight.copy_((bn.running_var + bn.eps).sqrt())
        bn.bias.copy_(a.bias + bn.running_mean)
    model.linear.load_state_dict(base.linear.state_dict())


def folded(model):
    out = ResNet20(model.mean.flatten().tolist(), model.std.flatten().tolist(), bn=False)
    with torch.no_grad():
        for (a, bn), (b, _) in zip(model.pairs(), out.pairs()):
            s = bn.weight / (bn.running_var + bn.eps).sqrt()
            b.weight.copy_(a.weight * s.reshape(-1, 1, 1, 1))
            b.bias.copy_(bn.bias - bn.running_mean * s)
        out.linear.load_state_dict(model.linear.state_dict())
    return out.to(memory_format=torch.channels_last).eval()


def export_resnet20(m, path, name):
    """Write a folded model: 32 x 32 pixels in colour, 28 x 28 in grey."""
    channels = m.mean.numel()
    g = c.Graph(name, [channels] + [32 if channels == 3 else 28] * 2, 10)
    i64 = lambda n, v: g.init(n, np.array(v, np.int64))
    x = g.normalise('input', m.mean.flatten().numpy(), m.std.flatten().numpy())
    x = g.conv(x, 'conv1', m.conv1.weight, m.conv1.bias, 1, 1)
    for i, b in enumerate(m.blocks):
        n = f'block{i}'
        y = g.conv(x, n + '.conv1', b.conv1.weight, b.conv1.bias, b.stride, 1)
        y = g.conv(y, n + '.conv2', b.conv2.weight, b.conv2.bias, 1, 1, relu=False)
        if b.grow:
            h = b.grow // 2
            x = g.add('Slice', [x, i64(n + '.starts', [0, 0]), i64(n + '.ends', [32, 32]), i64(n + '.axes', [2, 3]),
                                i64(n + '.steps', [2, 2])], n + '.slice')
            x = g.add('Pad', [x, i64(n + '.pads', [0, h, 0, 0, 0, h, 0, 0])], n + '.pad', mode='constant')
        x = g.add('Relu', [g.add('Add', [x, y], n + '.add')], n + '.relu')
    x = g.add('ReduceMean', [x], 'pool', axes=[2, 3], keepdims=0)
    g.gemm(x, 'linear', m.linear, 'logits')
    g.save(path)
