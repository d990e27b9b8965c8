"""ParM parity models for the addition code with other networks and long schedules, on a GPU if there is one.

    python3 scripts/train/parity_long.py --base lenet5-fashion --parity resnet20 --epochs 150
    python3 scripts/train/parity_long.py --base resnet18-cifar10 --parity resnet18 --targets clean --epochs 300

As parity.py: the query is the sum of k images, the loss the squared error to the sum of the base model's logits,
standardised during training, Adam 1e-3 with cosine decay, weight decay 1e-5, groups drawn anew every epoch, images
shifted and flipped (--pad, --flip). --targets own: the logits of the images as they were shifted; clean: of the images
as they are (the rule of the ParM authors' scripts). A base model resnet18-<dataset> is trained first, with SGD.

The last 5,000 training images (--holdout) are not trained on; the curve in the log is theirs. The test set is read
once, at the end. LeNet5 and ResNet-20 are exported to models/parity; of ResNet-18 only the numbers are kept.
"""
import argparse
import math
import os
import time

import torch
import torch.nn.functional as F

import accelerator as a
import common as c
import resnet18 as r18
import resnet20 as r20

STATS = {'mnist': ((0.1307,), (0.3081,)), 'fashion': ((0.2860,), (0.3530,)), 'cifar10': (c.CIFAR_MEAN, c.CIFAR_STD)}
AUGMENT = {'mnist': (0, False), 'fashion': (0, True), 'cifar10': (4, True)}


def network(name, dataset, mean_by=1.0, std_by=1.0):
    mean, std = ([v * by for v in values] for values, by in zip(STATS[dataset], (mean_by, std_by)))
    if name == 'lenet5':
        return c.LeNet5(mean[0], std[0])
    if name == 'resnet20':
        return r20.ResNet20(mean, std, bn=True).to(memory_format=torch.channels_last)
    return r18.ResNet18(mean, std).to(memory_format=torch.channels_last)


def train_base(dataset, train, held, epochs, seconds, path, log):
    """A ResNet-18 classifier; read from `path` if it is there."""
    model = network('resnet18', dataset).to(a.DEVICE)
    if os.path.exists(path):
        model.load_state_dict(torch.load(path, map_location=a.DEVICE))
        return model.eval()
    (x, y), batch = train, 512
    steps = epochs * (len(x) // batch)
    opt = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = a.Schedule(0.2, steps, seconds, warmup=0.15)
    pad, flip = (4, True) if dataset == 'cifar10' else (2, dataset == 'fashion')
    for epoch in range(epochs):
        model.train()
        for i in torch.randperm(len(x), device=a.DEVICE).split(batch)[:len(x) // batch]:
            if not schedule.next(opt):
                break
            with a.bf16(True):
                out = model(a.augmented(x[i], pad, flip).float() / 255)
            loss = F.cross_entropy(out.float(), y[i])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        log(f'base epoch {epoch + 1:3d}  loss {loss.item():.4f}  held-out '
            f'{100 * c.accuracy(a.logits(model, held[0]), held[1]):.2f} %  {schedule.elapsed():.0f} s')
        if schedule.progress() >= 1:
            break
    c.save_checkpoint(path, **model.state_dict())
    return model.eval()


def degraded(parity, own, x, y, k):
    """Over consecutive groups of images, every single answer lost once. `own`: the base model's logits."""
    n = len(x) // k * k
    queries = x[:n].reshape(-1, k, *x.shape[1:]).sum(1, dtype=torch.int32)
    own, label = own[:n].reshape(-1, k, 10), y[:n].reshape(-1, k)
    out = a.logits(parity, queries)
    lost = out[:, None] - (own.sum(1, keepdim=True) - own)
    return dict(a.single_erasures(lost, own, label),
                targetVariance=round(own.sum(1).var(0, unbiased=False).mean().item(), 4))


def last_layer(model):
    return model.fc3 if isinstance(model, c.LeNet5) else model.linear


def start_from_base(model, path, x, logits):
    """Gives a parity model of the base model's architecture its function, of standardised logits."""
    if isinstance(model, c.LeNet5):
        model.load_state_dict(c.import_lenet5(path).state_dict())
    else:
        r20.start_from(r20.import_resnet20(path), model, x[:1000].cpu().float() / 255)
    last, spread = last_layer(model), logits.var(0).mean().sqrt().item()
    with torch.no_grad():
        last.weight /= spread
        last.bias.copy_((last.bias - logits.mean(0).cpu()) / spread)


def export(model, t_mean, t_std, path, name):
    """Writes the model with the standardisation of its targets taken back."""
    model = model.cpu().eval()
    last = last_layer(model)
    with torch.no_grad():
        last.weight *= t_std
        last.bias.copy_(last.bias * t_std + t_mean.cpu())
    if isinstance(model, c.LeNet5):
        c.export_lenet5(model, path, name)
    else:
        r20.export_resnet20(r20.folded(model), path, name)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--base', required=True, help='lenet5-mnist, resnet20-cifar10, resnet18-cifar10 and so on')
    p.add_argument('--base-onnx', help='the base model, if not models/<base>.onnx')
    p.add_argument('--parity', choices=['lenet5', 'resnet20', 'resnet18'], required=True)
    p.add_argument('--k', type=int, default=2)
    p.add_argument('--targets', choices=['own', 'clean'], default='own')
    p.add_argument('--pad', type=int, help='largest shift in pixels')
    p.add_argument('--flip', type=int, choices=[0, 1])
    p.add_argument('--epochs', type=int, default=300)
    p.add_argument('--samples', type=int, help='queries an epoch (the training images over k)')
    p.add_argument('--base-epochs', type=int, default=24)
    p.add_argument('--base-seconds', type=float, help='the same for the base model (0.4 of --seconds)')
    p.add_argument('--batch', type=int, default=256)
    p.add_argument('--lr', type=float, default=1e-3)
    p.add_argument('--seconds', type=float, help='the learning rate reaches 0 then, if the epochs last longer')
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--holdout', type=int, default=5000)
    p.add_argument('--every', type=int, default=1, help='epochs from one held-out score to the next')
    p.add_argument('--data')
    p.add_argument('--tag', default='')
    p.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    args = p.parse_args()
    begun = time.time()
    dataset = args.base.split('-')[-1]
    pad, flip = AUGMENT[dataset] if args.parity != 'lenet5' else (0, False)
    pad, flip = pad if args.pad is None else args.pad, flip if args.flip is None else bool(args.flip)
    k, name = args.k, f'{args.base}-k{args.k}-{args.parity}{args.tag}'

    c.setup(args.seed)
    ckpt = os.path.join(c.CKPT, f'parity-long-{name}.ckpt')
    resume = os.path.exists(ckpt) and not args.restart
    log = c.Log(f'parity-long-{name}', resume)
    train, held, test = a.load(dataset, args.data, args.holdout)
    (x, _), n = train, len(train[0])
    if args.base.startswith('resnet18'):
        base = train_base(dataset, train, held, args.base_epochs, args.base_seconds or (args.seconds and 0.4 * args.seconds),
                          os.path.join(c.CKPT, args.base + '.pt'), log)
        base_sha = None
    else:
        path = args.base_onnx or os.path.join(c.MODELS, args.base + '.onnx')
        base, base_sha = a.OnnxNet(path).to(a.DEVICE).eval(), c.sha256(path)
    clean, held_logits = a.logits(base, x), a.logits(base, held[0])

    t_mean, t_std = clean.mean(0) * k, (clean.var(0).mean() * k).sqrt().item()
    model = network(args.parity, dataset, k, math.sqrt(k))
    if args.parity == args.base.split('-')[0] != 'resnet18':
        start_from_base(model, path, x, clean)
    model = model.to(a.DEVICE)
    per_epoch = math.ceil((args.samples or n // k) / args.batch)
    opt = a.adam(model.parameters(), args.lr, 1e-5)
    schedule = a.Schedule(args.lr, per_epoch * args.epochs, args.seconds, begun=begun)
    start, saved = 0, time.time()
    if resume:
        s = torch.load(ckpt, map_location=a.DEVICE)
        model.load_state_dict(s['model'])
        opt.load_state_dict(s['opt'])
        start = s['epoch']
        schedule.resume(s['schedule'])
        log(f'# resumed after epoch {start}')
    else:
        log(f'# {name}: {sum(q.numel() for q in model.parameters())} parameters, at most {args.epochs} epochs of {per_epoch} '
            f'steps of {args.batch} groups, Adam lr {args.lr}, {args.targets} targets, shifts up to {pad} px'
            f'{" and flips" if flip else ""}, seed {args.seed}, {n} training images, {a.DEVICE.type}')

    mixed = args.parity == 'resnet18'
    running = True
    for epoch in range(start, args.epochs):
        model.train()
        total, seen, rows = torch.zeros((), device=a.DEVICE), 0, []
        while running and seen < per_epoch:
            if not rows:
                rows = list(torch.randperm(n, device=a.DEVICE)[:n // k * k].view(-1, k).split(args.batch))
            i = rows.pop()
            running = schedule.next(opt)
            if not running:
                break
            images = a.augmented(x[i.reshape(-1)], pad, flip)
            with torch.no_grad(), a.bf16(mixed):
                y = clean[i.reshape(-1)] if args.targets == 'clean' or not (pad or flip) else base(images.float() / 255)
            y = (y.float().reshape(-1, k, 10).sum(1) - t_mean) / t_std
            query = images.reshape(-1, k, *images.shape[1:]).sum(1, dtype=torch.int32).float() / 255
            with a.bf16(mixed):
                out = model(query)
            loss = F.mse_loss(out.float(), y)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            total += loss.detach()
            seen += 1
        if seen and (epoch % args.every == args.every - 1 or not running):
            model.eval()
            d = degraded(lambda q: model(q) * t_std + t_mean, held_logits, *held, k) if args.holdout else {}
            log(f'epoch {epoch + 1:3d}  mse {total.item() / seen * t_std ** 2:.4f}  of variance {t_std ** 2:.1f}' +
                (f'  held-out mse {d["mse"]:.4f}  degraded {100 * d["degradedAccuracy"]:.2f} %' if d else '') +
                f'  {schedule.elapsed():.0f} s')
        if not running or epoch + 1 == args.epochs:
            break
        if time.time() - saved > 60:
            saved = time.time()
            c.save_checkpoint(ckpt, model=model.state_dict(), opt=opt.state_dict(), epoch=epoch + 1,
                              schedule=schedule.state())

    model.eval()
    scores = degraded(lambda q: model(q) * t_std + t_mean, a.logits(base, test[0]), *test, k)
    log(f'# degraded accuracy {100 * scores["degradedAccuracy"]:.2f} % (base on the same images '
        f'{100 * scores["baseAccuracy"]:.2f} %), {scores["groups"]} consecutive test groups, every single erasure; '
        f'test mse {scores["mse"]:.4f}; {epoch + 1} epochs, {schedule.elapsed():.0f} s on {a.DEVICE.type}')
    folder = os.path.join(c.MODELS, 'parity')
    about = dict(k=k, r=1, code='addition', row=0, coefficients=[1] * k, base=args.base, baseSha256=base_sha,
                 architecture=args.parity, seed=args.seed, epochs=epoch + 1, holdout=args.holdout,
                 trainSeconds=round(schedule.elapsed(), 1))
    if args.parity != 'resnet18':
        path = os.path.join(folder, name + '.onnx')
        export(model, t_mean, t_std, path, name)
        again = degraded(a.OnnxNet(path).to(a.DEVICE), a.logits(base, test[0]), *test, k)
        assert abs(again['degradedAccuracy'] - scores['degradedAccuracy']) < 1e-2, (again, scores)
        about.update(sha256=c.sha256(path))
        c.write_json(os.path.join(folder, name + '.json'), dict(about, **again))
    log('# ' + repr(dict(about, **scores)))


if __name__ == '__main__':
    main()
