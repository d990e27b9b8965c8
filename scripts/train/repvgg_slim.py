"""repvgg-slim: a narrow RepVGG on CIFAR-10.

    python3 scripts/train/repvgg_slim.py

The structure is RepVGG's (Ding et al., CVPR 2021) in its training form: every block is the sum of a
3x3 convolution, a 1x1 convolution and, where the shape allows, the identity, each with its own batch
normalisation, then ReLU. The names in the state dict are those of chenyaofo/pytorch-cifar-models, so
one importer reads both. The result is a checkpoint: <ckpt>/repvgg-slim.pth with repvgg-slim.json
(widths, depths, mean, std, accuracy) and, as a reference for the importer, repvgg-slim-torch.onnx.

With --holdout 5000 the last 5,000 training images serve as test set and no file is written.
"""
import argparse
import math
import os
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F

import common as c

WIDTHS = [16, 16, 64, 128, 192]  # stage0 .. stage4
DEPTHS = [1, 2, 3, 1]  # blocks of stage1 .. stage4
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def conv_bn(cin, cout, k, stride):
    return nn.Sequential(OrderedDict(
        conv=nn.Conv2d(cin, cout, k, stride, k // 2, bias=False), bn=nn.BatchNorm2d(cout)))


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.rbr_identity = nn.BatchNorm2d(cin) if cin == cout and stride == 1 else None
        self.rbr_dense = conv_bn(cin, cout, 3, stride)
        self.rbr_1x1 = conv_bn(cin, cout, 1, stride)

    def forward(self, x):
        y = self.rbr_dense(x).add_(self.rbr_1x1(x))
        if self.rbr_identity is not None:
            y = y.add_(self.rbr_identity(x))
        return F.relu(y, inplace=True)

    def fused(self):
        conv = self.rbr_dense.conv
        weight = torch.zeros_like(conv.weight)
        bias = torch.zeros(conv.out_channels)
        one = torch.eye(conv.out_channels).reshape(conv.out_channels, -1, 1, 1)
        for w, bn in ((conv.weight, self.rbr_dense.bn), (self.rbr_1x1.conv.weight, self.rbr_1x1.bn),
                      (one, self.rbr_identity)):
            if bn is None:
                continue
            s = bn.weight / (bn.running_var + bn.eps).sqrt()
            weight += F.pad(w, (1, 1, 1, 1) if w.shape[-1] == 1 else (0,) * 4) * s.reshape(-1, 1, 1, 1)
            bias += bn.bias - bn.running_mean * s
        return weight, bias, conv.stride[0]


class RepVGG(nn.Module):
    """Input [n, 3, 32, 32], normalised with MEAN and STD."""

    def __init__(self, widths=WIDTHS, depths=DEPTHS, classes=10):
        super().__init__()
        self.stage0 = Block(3, widths[0], 1)
        cin = widths[0]
        for i, (w, d) in enumerate(zip(widths[1:], depths), 1):
            blocks = []
            for j in range(d):
                blocks.append(Block(cin, w, 2 if i > 1 and j == 0 else 1))
                cin = w
            setattr(self, f'stage{i}', nn.Sequential(*blocks))
        self.linear = nn.Linear(cin, classes)

    def blocks(self):
        return [self.stage0, *self.stage1, *self.stage2, *self.stage3, *self.stage4]

    def forward(self, x):
        for b in self.blocks():
            x = b(x)
        return self.linear(x.mean((2, 3)))


class Plain(nn.Module):
    """The fused form, with the normalisation: [n, 3, 32, 32], pixels / 255."""

    def __init__(self, m):
        super().__init__()
        self.register_buffer('mean', torch.tensor(MEAN).reshape(1, 3, 1, 1))
        self.register_buffer('std', torch.tensor(STD).reshape(1, 3, 1, 1))
        self.convs = nn.ModuleList()
        with torch.no_grad():
            for b in m.blocks():
                w, bias, stride = b.fused()
                conv = nn.Conv2d(w.shape[1], w.shape[0], 3, stride, 1)
                conv.weight.copy_(w)
                conv.bias.copy_(bias)
                self.convs.append(conv)
        self.linear = m.linear

    def forward(self, x):
        x = (x - self.mean) / self.std
        for conv in self.convs:
            x = F.relu(conv(x))
        return self.linear(x.mean((2, 3)))


def cost(widths=WIDTHS, depths=DEPTHS):
    """Multiply-adds and parameters of the fused form."""
    macs, params, cin, size = 0, 0, 3, 32
    layers = [(widths[0], 1)]
    for i, (w, d) in enumerate(zip(widths[1:], depths), 1):
        layers += [(w, 2 if i > 1 and j == 0 else 1) for j in range(d)]
    for w, stride in layers:
        size //= stride
        macs += size * size * 9 * cin * w
        params += 9 * cin * w + w
        cin = w
    return macs + 10 * cin, params + 10 * cin + 10


def normalised(x, size=32):
    mean = torch.tensor(MEAN).reshape(1, 3, 1, 1) * 255
    std = torch.tensor(STD).reshape(1, 3, 1, 1) * 255
    x = (x.float() - mean) / std
    if size != 32:
        x = F.interpolate(x, size=(size, size), mode='bilinear', align_corners=False)
    return x.contiguous(memory_format=torch.channels_last)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data')
    p.add_argument('--epochs', type=int, default=30)
    p.add_argument('--batch', type=int, default=128)
    p.add_argument('--lr', type=float, default=0.1)
    p.add_argument('--weight-decay', type=float, default=5e-4)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--holdout', type=int, default=0)
    p.add_argument('--small-epochs', type=int, default=10, help='first epochs on images scaled down to 24 x 24, to save time')
    p.add_argument('--precision', choices=['bf16', 'f32'], default='bf16',
                   help='of the convolutions in training; weights and evaluation are float32')
    p.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    args = p.parse_args()

    c.setup(args.seed)
    name = 'repvgg-slim' + (f'-holdout{args.holdout}' if args.holdout else '')
    ckpt = os.path.join(c.CKPT, name + '.ckpt')
    xtr, ytr, xte, yte = c.load_cifar10(args.data)
    if args.holdout:
        xte, yte = xtr[-args.holdout:], ytr[-args.holdout:]
        xtr, ytr = xtr[:-args.holdout], ytr[:-args.holdout]
    # Every 32 x 32 window of every image padded by 4, plain and flipped, as a view.
    padded = F.pad(xtr, (4,) * 4)
    windows = torch.stack([padded, padded.flip(-1)]).unfold(3, 32, 1).unfold(4, 32, 1)

    model = RepVGG().to(memory_format=torch.channels_last)
    opt = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, nesterov=True, weight_decay=args.weight_decay)
    steps = len(xtr) // args.batch
    total = steps * args.epochs
    warm = 2 * steps
    start, spent, step = 0, 0.0, 0
    resume = os.path.exists(ckpt) and not args.restart
    log = c.Log(name, resume)
    if resume:
        s = torch.load(ckpt)
        model.load_state_dict(s['model'])
        opt.load_state_dict(s['opt'])
        torch.set_rng_state(s['rng'])
        start, spent, step = s['epoch'], s['spent'], s['step']
        log(f'# resumed after epoch {start}, {args.epochs} epochs in all')
    else:
        macs, params = cost()
        log(f'# {name}: widths {WIDTHS}, depths {DEPTHS}, fused {macs / 1e6:.1f} M multiply-adds, {params} parameters, '
            f'{args.epochs} epochs, batch {args.batch}, SGD (Nesterov 0.9) lr {args.lr}, 2 epochs of warm-up then cosine, '
            f'weight decay {args.weight_decay}, seed {args.seed}, {len(xtr)} images, crops of pad 4 and flips, '
            f'the first {args.small_epochs} epochs on 24 x 24, {args.precision}')

    replicas = c.Replicas(model)

    def loss(m, x, y):
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=args.precision == 'bf16'):
            out = m(normalised(x, size))
        out = out.float()
        return F.cross_entropy(out, y), (out.argmax(1) == y).sum().item()

    for epoch in range(start, args.epochs):
        t = c.now()
        size = 24 if epoch < args.small_epochs else 32
        model.train()
        loss_sum = right = 0
        for idx in torch.randperm(len(xtr))[:steps * args.batch].split(args.batch):
            f = torch.randint(0, 2, (args.batch,))
            s = torch.randint(0, 9, (2, args.batch))
            x, y = windows[f, idx, :, s[0], s[1]], ytr[idx]
            opt.param_groups[0]['lr'] = args.lr * min(
                (step + 1) / warm, 0.5 * (1 + math.cos(math.pi * max(0, step - warm) / (total - warm))))
            value, parts = replicas.step(loss, x, y)
            opt.step()
            step += 1
            loss_sum += value
            right += sum(p[1] for p in parts)
        spent += c.now() - t
        line = f'epoch {epoch + 1:2d}  loss {loss_sum / steps:.4f}  train {100 * right / (steps * args.batch):.2f} %'
        if args.holdout:
            model.eval()
            with torch.no_grad():
                out = torch.cat([model(normalised(b)) for b in xte.split(500)])
            line += f'  held-out {100 * c.accuracy(out, yte):.2f} %'
        log(line + f'  {c.now() - t:.1f} s')
        c.save_checkpoint(ckpt, model=model.state_dict(), opt=opt.state_dict(), rng=torch.get_rng_state(),
                          epoch=epoch + 1, spent=spent, step=step)
    if args.holdout:
        return

    model.eval()
    plain = Plain(model).eval()
    with torch.no_grad():
        train_form = torch.cat([model(normalised(b)) for b in xte.split(500)])
    out = c.predict(plain, xte)
    gap = ((out - train_form).abs().max() / train_form.abs().max()).item()
    assert gap < 1e-4, gap
    acc = c.accuracy(out, yte)
    state = OrderedDict((k, v.contiguous().clone()) for k, v in model.state_dict().items())
    path = os.path.join(c.CKPT, 'repvgg-slim.pth')
    torch.save(state, path)
    macs, params = cost()
    c.write_json(os.path.join(c.CKPT, 'repvgg-slim.json'), dict(
        architecture='repvgg', widths=WIDTHS, depths=DEPTHS, classes=10, mean=MEAN, std=STD, multiplyAdds=macs,
        parametersFused=params, seed=args.seed, epochs=args.epochs, trainSeconds=round(spent, 1),
        testAccuracy=round(acc, 4), sha256=c.sha256(path)))
    torch.onnx.export(plain, torch.rand(2, 3, 32, 32), os.path.join(c.CKPT, 'repvgg-slim-torch.onnx'), opset_version=17,
                      input_names=['input'], output_names=['logits'],
                      dynamic_axes={'input': {0: 'n'}, 'logits': {0: 'n'}})
    log(f'# test accuracy {100 * acc:.2f} % ({round(acc * len(yte))} of {len(yte)}), {spent:.0f} s of training')
    log(f'# sha256 of repvgg-slim.pth {c.sha256(path)}')


if __name__ == '__main__':
    main()
