"""An invertible classifier for Coded-InvNet (Dinh and Lee 2021) on MNIST, and the exact inverse as an encoder.

    python3 scripts/train/invnet.py

An i-ResNet (Behrmann et al. 2019): residual blocks x + g(x), each convolution of g scaled to a spectral norm of at most 0.9
(power iteration on the convolution itself), ELU between; 28 x 28 pixels are squeezed to 4 x 14 x 14, then to 16 x 7 x 7; a
linear layer on all 784 features gives the logits. No dimension is lost, so every block is inverted by x <- y - g(x). The
logits are linear in the features: the parity query f^-1(mean of f(x_i)) has the mean of the k logits as its answer, and a
lost answer is k times the parity's less the others. Cross-entropy, Adam 2e-3 with cosine decay, shifts up to 2 pixels.

Writes models/invnet-mnist.onnx and, for --inverse k, models/learned/invnet-mnist-k<k>-inverse-encoder.onnx: features,
their mean and --iterations fixed-point steps a block in one graph. learned_code.py trains an encoder in its place.
"""
import argparse
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import accelerator as a
import common as c
import learned_code

NAME = 'invnet-mnist'
MEAN, STD = 0.5, 0.5


class BoundedConv(nn.Module):
    """A convolution whose operator on h x w maps has a norm of at most `bound`."""

    def __init__(self, cin, cout, size, map_size, bound=0.9):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, size, padding=size // 2)
        self.bound, self.pad = bound, size // 2
        self.register_buffer('u', F.normalize(torch.randn(1, cin * map_size ** 2)).reshape(1, cin, map_size, map_size))

    @torch.no_grad()
    def iterate(self, times):
        for _ in range(times):
            v = F.conv2d(self.u, self.conv.weight, padding=self.pad)
            u = F.conv_transpose2d(v / v.norm(), self.conv.weight, padding=self.pad)
            self.u.copy_(u / u.norm())

    def weight(self):
        norm = F.conv2d(self.u, self.conv.weight, padding=self.pad).norm()
        return self.conv.weight * torch.clamp(self.bound / norm, max=1.0)

    def forward(self, x):
        if self.training:
            self.iterate(1)
        return F.conv2d(x, self.weight(), self.conv.bias, padding=self.pad)


class Block(nn.Module):
    def __init__(self, channels, hidden, map_size):
        super().__init__()
        self.convs = nn.ModuleList([BoundedConv(channels, hidden, 3, map_size), BoundedConv(hidden, hidden, 1, map_size),
                                    BoundedConv(hidden, channels, 3, map_size)])

    def branch(self, x):
        first, middle, last = self.convs
        return last(F.elu(middle(F.elu(first(F.elu(x))))))

    def forward(self, x):
        return x + self.branch(x)

    def inverse(self, y, iterations):
        x = y
        for _ in range(iterations):
            x = y - self.branch(x)
        return x


class InvNet(nn.Module):
    """pixels / 255 [n, 1, 28, 28] -> logits [n, 10]."""

    def __init__(self, blocks=(4, 6), hidden=(32, 96)):
        super().__init__()
        self.stages = nn.ModuleList(
            nn.ModuleList(Block(4 ** (s + 1), hidden[s], 14 >> s) for _ in range(blocks[s])) for s in range(2))
        self.linear = nn.Linear(784, 10)

    def features(self, x):
        x = (x - MEAN) / STD
        for stage in self.stages:
            x = a.squeeze(x, 2)
            for block in stage:
                x = block(x)
        return x

    def forward(self, x):
        return self.linear(self.features(x).flatten(1))

    def inverse(self, features, iterations):
        x = features
        for stage in reversed(self.stages):
            for block in reversed(stage):
                x = block.inverse(x, iterations)
            x = a.unsqueeze(x, 2)
        return x * STD + MEAN


class InvGraph(c.Graph):
    """The blocks of an InvNet as ONNX nodes; each weight is stored once."""

    def weights(self, model):
        for s, stage in enumerate(model.stages):
            for b, block in enumerate(stage):
                for i, conv in enumerate(block.convs):
                    self.init(f's{s}.b{b}.{i}.weight', conv.weight().detach().numpy())
                    self.init(f's{s}.b{b}.{i}.bias', conv.conv.bias.detach().numpy())
        self.init('mean', np.float32(MEAN))
        self.init('std', np.float32(STD))

    def branch(self, x, block, name):
        for i, size in enumerate((3, 1, 3)):
            x = self.add('Elu', [x], f'{name}.elu{i}', alpha=1.0)
            at = f'{block}.{i}'
            x = self.add('Conv', [x, at + '.weight', at + '.bias'], f'{name}.conv{i}', dilations=[1, 1], group=1,
                         kernel_shape=[size, size], pads=[size // 2] * 4, strides=[1, 1])
        return x

    def features(self, model, x):
        x = self.add('Div', [self.add('Sub', [x, 'mean'], 'centred'), 'std'], 'normalised')
        for s, stage in enumerate(model.stages):
            x = self.add('SpaceToDepth', [x], f's{s}.squeeze', blocksize=2)
            for b in range(len(stage)):
                at = f's{s}.b{b}'
                x = self.add('Add', [x, self.branch(x, at, at)], at + '.sum')
        return x


def export_classifier(model, path):
    g = InvGraph(NAME, [1, 28, 28], 10)
    g.weights(model)
    x = g.add('Flatten', [g.features(model, 'input')], 'flat', axis=1)
    g.gemm(x, 'linear', model.linear, 'logits')
    g.save(path)


def export_inverse(model, k, iterations, path, name):
    """ONNX: `queries` [n, k, 28, 28] -> `parity` [n, 1, 28, 28], the inverse of their mean feature."""
    g = InvGraph(name, [k, 28, 28], 0)
    g.weights(model)
    i64 = lambda n, v: g.init(n, np.array(v, np.int64))
    x = g.add('Reshape', ['queries', i64('single', [-1, 1, 28, 28])], 'images')
    x = g.add('Reshape', [g.features(model, x), i64('grouped', [-1, k, 16, 7, 7])], 'groups')
    x = g.add('ReduceMean', [x], 'meanFeature', axes=[1], keepdims=0)
    for s in reversed(range(len(model.stages))):
        for b in reversed(range(len(model.stages[s]))):
            y = x
            for t in range(iterations):
                at = f's{s}.b{b}.t{t}'
                x = g.add('Sub', [y, g.branch(x, f's{s}.b{b}', at)], at + '.x')
        x = g.add('DepthToSpace', [x], f's{s}.unsqueeze', blocksize=2, mode='DCR')
    g.add('Add', [g.add('Mul', [x, 'std'], 'scaled'), 'mean'], 'parity')
    g.save(path, inputs='queries', output=('parity', [1, 28, 28]))


@torch.no_grad()
def degraded(model, x, y, k, iterations, batch=250):
    """With the exact encoder; and the largest error of a parity pixel's logits against the mean."""
    n = len(x) // k * k
    own = a.logits(model, x[:n]).reshape(-1, k, 10)
    parity = []
    for group in x[:n].reshape(-1, k, *x.shape[1:]).split(batch):
        f = model.features(group.reshape(-1, *x.shape[1:]).float() / 255)
        parity.append(model(model.inverse(f.reshape(-1, k, *f.shape[1:]).mean(1), iterations)))
    lost = learned_code.reconstruct(None, own, torch.cat(parity))
    return a.single_erasures(lost, own, y[:n].reshape(-1, k))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--epochs', type=int, default=60)
    p.add_argument('--batch', type=int, default=128)
    p.add_argument('--lr', type=float, default=2e-3)
    p.add_argument('--seconds', type=float, help='the learning rate reaches 0 then, if the epochs last longer')
    p.add_argument('--inverse', type=int, nargs='*', default=[2])
    p.add_argument('--iterations', type=int, default=12)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--holdout', type=int, default=5000)
    p.add_argument('--data')
    p.add_argument('--tag', default='')
    p.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    args = p.parse_args()
    c.setup(args.seed)
    name = NAME + args.tag
    ckpt = os.path.join(c.CKPT, name + '.ckpt')
    resume = os.path.exists(ckpt) and not args.restart
    log = c.Log(name, resume)
    (x, y), held, test = a.load('mnist', args.data, args.holdout)
    model = InvNet().to(a.DEVICE)
    steps = args.epochs * (len(x) // args.batch)
    opt = a.adam(model.parameters(), args.lr, 1e-5)
    schedule = a.Schedule(args.lr, steps, args.seconds, warmup=0.1)
    start = 0
    if resume:
        s = torch.load(ckpt, map_location=a.DEVICE)
        model.load_state_dict(s['model'])
        opt.load_state_dict(s['opt'])
        start = s['epoch']
        schedule.resume(s['schedule'])
        log(f'# resumed after epoch {start}')
    else:
        log(f'# {name}: {sum(q.numel() for q in model.parameters())} parameters, at most {args.epochs} epochs, batch '
            f'{args.batch}, Adam lr {args.lr} (cosine), weight decay 1e-5, seed {args.seed}, {len(x)} training images, '
            f'{a.DEVICE.type}')
    for epoch in range(start, args.epochs):
        model.train()
        for i in torch.randperm(len(x), device=a.DEVICE).split(args.batch)[:len(x) // args.batch]:
            if not schedule.next(opt):
                break
            loss = F.cross_entropy(model(a.augmented(x[i], 2, False).float() / 255), y[i])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        log(f'epoch {epoch + 1:3d}  loss {loss.item():.4f}' + (
            f'  held-out {100 * c.accuracy(a.logits(model, held[0]), held[1]):.2f} %' if args.holdout else '') +
            f'  {schedule.elapsed():.0f} s')
        if schedule.progress() >= 1:
            break
        c.save_checkpoint(ckpt, model=model.state_dict(), opt=opt.state_dict(), epoch=epoch + 1, schedule=schedule.state())
    model.eval()
    for stage in model.stages:
        for block in stage:
            for conv in block.convs:
                conv.iterate(50)
    log(f'# test accuracy {100 * c.accuracy(a.logits(model, test[0]), test[1]):.2f} %, {epoch + 1} epochs, '
        f'{schedule.elapsed():.0f} s on {a.DEVICE.type}')
    if args.holdout:
        for k in (2, 4, 10):
            for t in (1, 2, 4, 8, args.iterations):
                d = degraded(model, held[0][:2000], held[1][:2000], k, t)
                log(f'# held-out, exact inverse, k {k}, {t} iterations: degraded {100 * d["degradedAccuracy"]:.2f} % of '
                    f'{100 * d["baseAccuracy"]:.2f} %, mse {d["mse"]:.3g}')
    inverse = {k: degraded(model, *test, k, args.iterations) for k in args.inverse}
    model.cpu()
    path = os.path.join(c.MODELS, name + '.onnx')
    export_classifier(model, path)
    for k, scores in inverse.items():
        log(f'# test, exact inverse, k {k}: {scores}')
        part = f'{name}-k{k}-inverse'
        file = os.path.join(learned_code.FOLDER, part + '-encoder.onnx')
        export_inverse(model, k, args.iterations, file, part)
        c.write_json(os.path.join(learned_code.FOLDER, part + '.json'), dict(
            k=k, r=1, decoder='subtraction', loss='none', iterations=args.iterations, base=NAME, baseSha256=c.sha256(path),
            seed=args.seed, epochs=epoch + 1, sha256=dict(encoder=c.sha256(file)), **scores))


if __name__ == '__main__':
    main()
