"""ParM parity models (Kosaian et al., SOSP 2019).

    python3 scripts/train/parity.py --base lenet5-mnist --k 2
    python3 scripts/train/parity.py --base lenet5-mnist --k 2 --row 1
    python3 scripts/train/parity.py --base lenet5-mnist --k 2 --code concatenation
    python3 scripts/train/parity.py --base resnet20-cifar10 --k 12

Addition code: the parity query is sum_i c_i x_i over the k images of a group, in the [0, 1] input
space of the base model, c_i = (i + 1) ** row. The parity model has the base model's architecture; its
normalisation is that of the sum (mean * sum c_i, deviation * sqrt(sum c_i ** 2)). Concatenation code:
the k images, each scaled down, are the tiles of one image (src/codecs/tiles.ts); c_i = 1, and the
normalisation is the base model's. It is trained
with the mean squared error against sum_i c_i f(x_i), f the base model's logits, Adam 1e-3 (cosine
decay), weight decay 1e-5; the groups are drawn anew every epoch. The targets are standardised
during training (one mean per class, one common deviation) and the last layer takes that back.

With --holdout 5000 the last 5,000 training images serve as test set and nothing is exported.
"""
import argparse
import math
import os
import sys

import torch
import torch.nn.functional as F

import common as c
import resnet20 as r20

# pad: largest shift in pixels of the augmentation; bank: variants of each image for which the base
# model's logits are computed beforehand; samples: parity queries an epoch.
BASES = {
    'lenet5-mnist': dict(dataset='mnist', batch=128, epochs=30, samples=30000, pad=0, flip=False, bank=1, init='base'),
    'lenet5-fashion': dict(dataset='fashion', batch=128, epochs=30, samples=30000, pad=0, flip=False, bank=1, init='base'),
    'resnet20-cifar10': dict(dataset='cifar10', batch=128, epochs=8, samples=25000, pad=4, flip=True, bank=3, init='base'),
}


class Bank:
    """Training images with a fixed set of random shifts and flips of each, and the base model's logits on those.

    Variant 0 is the image as it is.
    """

    def __init__(self, x, base, pad, flip, variants, seed, cache):
        n = len(x)
        g = torch.Generator().manual_seed(seed)
        self.size = x.shape[-1]
        self.shift = torch.randint(0, 2 * pad + 1, (variants, n, 2), generator=g)
        self.flip = torch.rand(variants, n, generator=g) < (0.5 if flip else 0.0)
        self.shift[0], self.flip[0] = pad, False
        p = F.pad(x, (pad,) * 4)
        self.both = torch.stack([p, p.flip(-1)]) if flip else p[None]
        self.windows = self.both.unfold(3, self.size, 1).unfold(4, self.size, 1)  # a view
        self.variants = variants
        if os.path.exists(cache):
            self.logits = torch.load(cache)
        else:
            self.logits = torch.empty(variants, n, 10)
            for v in range(variants):
                for i in torch.arange(n).split(500):
                    with torch.no_grad():
                        self.logits[v, i] = base(self.images(torch.full_like(i, v), i).float() / 255)
            torch.save(self.logits, cache)

    def images(self, v, i):
        s = self.shift[v, i]
        f = self.flip[v, i].long()
        return self.windows[f, i, :, s[:, 0], s[:, 1]]


def area_weights(size, parts):
    """[parts, size], row i the shares of the pixels that the i-th of equal parts of a line covers."""
    scale = size / parts
    part, pixel = torch.arange(parts, dtype=torch.float64)[:, None], torch.arange(size, dtype=torch.float64)
    covered = torch.minimum(pixel + 1, (part + 1) * scale) - torch.maximum(pixel, part * scale)
    return (covered.clamp(min=0) / scale).float()


def tiled(groups):
    """Groups of images [n, k, channels, h, w] as images [n, channels, h, w], tiled as in src/codecs/tiles.ts."""
    n, k, channels, h, w = groups.shape
    columns = math.ceil(math.sqrt(k))
    down, across = area_weights(h, h // math.ceil(k / columns)), area_weights(w, w // columns)
    small = down @ groups @ across.T
    out = torch.zeros(n, channels, h, w)
    for i in range(k):
        top, left = i // columns * len(down), i % columns * len(across)
        out[:, :, top:top + len(down), left:left + len(across)] = small[:, i]
    return out


def parity_query(groups, coef, code):
    """uint8 images [n, k, channels, h, w] -> floats [n, channels, h, w]."""
    if code == 'concatenation':
        return tiled(groups.float() / 255)
    if all(v == 1 for v in coef):
        return groups.sum(1, dtype=torch.int32).float() / 255
    return (groups.float() * torch.tensor(coef).reshape(1, -1, 1, 1, 1)).sum(1) / 255


def degraded(parity, base_logits, x, y, coef, code, batch=250):
    """Accuracy of the reconstruction on consecutive groups, each single erasure scored."""
    k = len(coef)
    n = len(x) // k * k
    cf = torch.tensor(coef)
    groups = x[:n].reshape(-1, k, *x.shape[1:])
    with torch.no_grad():
        out = torch.cat([parity(parity_query(g, coef, code)) for g in groups.split(batch)])
    f = base_logits[:n].reshape(-1, k, 10)
    weighted = f * cf.reshape(1, k, 1)
    total = weighted.sum(1)
    lost = (out[:, None] - (total[:, None] - weighted)) / cf.reshape(1, k, 1)
    label = y[:n].reshape(-1, k)
    guess, own = lost.argmax(2), f.argmax(2)
    share = lambda a, b: round((a == b).sum().item() / n, 6)
    return dict(groups=len(groups), predictions=n, degradedAccuracy=share(guess, label), baseAccuracy=share(own, label),
                agreementWithBase=share(guess, own), mse=round(F.mse_loss(out, total).item(), 4),
                targetVariance=round(total.var(0, unbiased=False).mean().item(), 4))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--base', choices=list(BASES), required=True)
    p.add_argument('--base-onnx', help='the base model, if not models/<base>.onnx')
    p.add_argument('--k', type=int, required=True)
    p.add_argument('--row', type=int, default=0)
    p.add_argument('--code', choices=['addition', 'concatenation'], default='addition')
    p.add_argument('--data')
    p.add_argument('--epochs', type=int)
    p.add_argument('--samples', type=int)
    p.add_argument('--batch', type=int)
    p.add_argument('--bank', type=int)
    p.add_argument('--init', choices=['random', 'base'])
    p.add_argument('--lr', type=float, default=1e-3)
    p.add_argument('--weight-decay', type=float, default=1e-5)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--holdout', type=int, default=0)
    p.add_argument('--tag', default='')
    p.add_argument('--precision', choices=['bf16', 'f32'],
                   help='of the convolutions in training (bf16 for ResNet-20); weights and evaluation are float32')
    p.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    args = p.parse_args()
    if args.code == 'concatenation' and args.row:
        p.error('the concatenation code has one parity: --row must be 0')
    cfg = dict(BASES[args.base])
    for key in ('epochs', 'samples', 'batch', 'bank', 'init'):
        if getattr(args, key) is not None:
            cfg[key] = getattr(args, key)
    k, coef = args.k, [float((i + 1) ** args.row) for i in range(args.k)]
    lenet = args.base.startswith('lenet5')
    precision = args.precision or ('f32' if lenet else 'bf16')

    c.setup(args.seed)
    name = f'{args.base}-k{k}' + (f'-row{args.row}' if args.row else '') + \
        ('-concatenation' if args.code == 'concatenation' else '')
    run = 'parity-' + name + (f'-holdout{args.holdout}' if args.holdout else '') + args.tag
    ckpt = os.path.join(c.CKPT, run + '.ckpt')
    base_path = args.base_onnx or os.environ.get('TRAIN_BASE_' + args.base.replace('-', '_').upper()) or \
        os.path.join(c.MODELS, args.base + '.onnx')
    load = c.load_cifar10 if cfg['dataset'] == 'cifar10' else lambda d: c.load_idx_dataset(cfg['dataset'], d)
    xtr, ytr, xte, yte = load(args.data)
    if args.holdout:
        xte, yte = xtr[-args.holdout:], ytr[-args.holdout:]
        xtr = xtr[:-args.holdout]
    n = len(xtr)

    base = (c.import_lenet5 if lenet else r20.import_resnet20)(base_path).eval()
    base_sha = c.sha256(base_path)
    test_logits = c.predict(base, xte)
    bank = Bank(xtr, base, cfg['pad'], cfg['flip'], cfg['bank'], 7,
                os.path.join(c.CKPT, f'bank-{base_sha[:12]}-{n}-{cfg["bank"]}-{cfg["pad"]}.pt'))

    s1, s2 = sum(coef), math.sqrt(sum(v * v for v in coef))
    mean_by, std_by = (1, 1) if args.code == 'concatenation' else (s1, s2)
    if lenet:
        model = c.LeNet5(base.mean * mean_by, base.std * std_by)
        if cfg['init'] == 'base':
            model.load_state_dict(base.state_dict())
    else:
        model = r20.ResNet20([v * mean_by for v in base.mean.flatten().tolist()],
                             [v * std_by for v in base.std.flatten().tolist()], bn=True)
        if cfg['init'] == 'base':
            r20.start_from(base, model, xtr[:1000].float() / 255)
    model = model.to(memory_format=torch.channels_last)
    last = model.fc3 if lenet else model.linear
    t_mean = bank.logits.mean((0, 1)) * s1
    t_std = (bank.logits.var((0, 1)).mean().sqrt() * s2).item()
    if cfg['init'] == 'base':
        with torch.no_grad():
            b_std = bank.logits.var((0, 1)).mean().sqrt()
            last.weight /= b_std
            last.bias.copy_((last.bias - bank.logits.mean((0, 1))) / b_std)

    opt = torch.optim.Adam(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    groupings = max(1, round(cfg['samples'] * k / n))
    steps = groupings * math.ceil(n // k / cfg['batch'])
    epochs = cfg['epochs']
    total_steps, step = steps * epochs, 0
    start, spent = 0, 0.0
    resume = os.path.exists(ckpt) and not args.restart
    log = c.Log(run, resume)
    if resume:
        s = torch.load(ckpt)
        model.load_state_dict(s['model'])
        opt.load_state_dict(s['opt'])
        torch.set_rng_state(s['rng'])
        start, spent, step = s['epoch'], s['spent'], s['step']
        log(f'# resumed after epoch {start}, {epochs} epochs in all')
    else:
        log(f'# {run}: base {args.base} (sha256 {base_sha[:16]}), k {k}, {args.code}, coefficients {coef}, {epochs} epochs of '
            f'{groupings} groupings x {n // k} groups, batch {cfg["batch"]}, Adam lr {args.lr} (cosine), weight decay '
            f'{args.weight_decay}, seed {args.seed}, start: {cfg["init"]}, ' +
            (f'{cfg["bank"]} variants of each image, shifts up to {cfg["pad"]} px{" and flips" if cfg["flip"] else ""}'
             if cfg['bank'] > 1 else 'no augmentation') + f', {precision}')

    cf = torch.tensor(coef)
    replicas = c.Replicas(model, 1 if lenet else None)

    def loss(m, x, y):
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=precision == 'bf16'):
            out = m(x)
        return (F.mse_loss(out.float(), y),)

    for epoch in range(start, epochs):
        t = c.now()
        model.train()
        loss_sum = seen = 0
        for _ in range(groupings):
            for idx in torch.randperm(n)[:n // k * k].view(-1, k).split(cfg['batch']):
                b = len(idx)
                v = torch.randint(0, cfg['bank'], (b * k,))
                i = idx.reshape(-1)
                imgs = bank.images(v, i).reshape(b, k, *xtr.shape[1:])
                x = parity_query(imgs, coef, args.code)
                y = (bank.logits[v, i].reshape(b, k, 10) * cf.reshape(1, k, 1)).sum(1)
                y = (y - t_mean) / t_std
                opt.param_groups[0]['lr'] = args.lr * 0.5 * (1 + math.cos(math.pi * step / total_steps))
                value, _ = replicas.step(loss, x, y)
                opt.step()
                step += 1
                loss_sum += value * b
                seen += b
        if not math.isfinite(loss_sum):
            sys.exit('the loss is not finite')
        spent += c.now() - t
        line = f'epoch {epoch + 1:2d}  mse {loss_sum / seen * t_std ** 2:.4f}  of variance {t_std ** 2:.1f}'
        if args.holdout:
            model.eval()
            d = degraded(lambda x: model(x) * t_std + t_mean, test_logits, xte, yte, coef, args.code)
            line += f'  held-out mse {d["mse"]:.4f}  degraded {100 * d["degradedAccuracy"]:.2f} %'
        log(line + f'  {c.now() - t:.1f} s')
        c.save_checkpoint(ckpt, model=model.state_dict(), opt=opt.state_dict(), rng=torch.get_rng_state(),
                          epoch=epoch + 1, spent=spent, step=step)
    if args.holdout:
        return

    model.eval()
    with torch.no_grad():
        last.weight *= t_std
        last.bias.copy_(last.bias * t_std + t_mean)
    path = os.path.join(c.MODELS, 'parity', name + '.onnx')
    if lenet:
        c.export_lenet5(model, path, name)
        final = c.import_lenet5(path).eval()
    else:
        r20.export_resnet20(r20.folded(model), path, name)
        final = r20.import_resnet20(path)
    d = degraded(final, test_logits, xte, yte, coef, args.code)
    own = degraded(model, test_logits, xte, yte, coef, args.code)
    assert abs(own['degradedAccuracy'] - d['degradedAccuracy']) < 5e-4, (own, d)
    c.write_json(os.path.join(c.MODELS, 'parity', name + '.json'), dict(
        k=k, r=args.row + 1, code=args.code, row=args.row, coefficients=[int(v) for v in coef],
        base=args.base, baseSha256=base_sha, architecture='lenet5' if lenet else 'resnet20',
        seed=args.seed, epochs=epochs, trainSeconds=round(spent, 1), sha256=c.sha256(path), **d))
    log(f'# degraded accuracy {100 * d["degradedAccuracy"]:.2f} % (base on the same images {100 * d["baseAccuracy"]:.2f} %), '
        f'{d["groups"]} consecutive test groups, every single erasure; test mse {d["mse"]:.4f}; {spent:.0f} s of training')
    log(f'# sha256 {c.sha256(path)}')


if __name__ == '__main__':
    main()
