"""LeNet5 (61,706 parameters) on MNIST or Fashion-MNIST, exported as ONNX.

    python3 scripts/train/lenet5.py --dataset mnist
    python3 scripts/train/lenet5.py --dataset fashion

With --holdout 5000 the last 5,000 training images are kept apart, the accuracy on them is
logged every epoch and nothing is exported: that is how the recipe was chosen. Without it the
whole training set is used and the test set is read once, after the last epoch.
"""
import argparse
import math
import os

import torch
import torch.nn.functional as F

import common as c

RECIPES = {
    # degrees, scale, shift in pixels, horizontal flip
    'mnist': dict(degrees=10.0, scale=0.1, shift=1.5, flip=False, epochs=25),
    'fashion': dict(degrees=0.0, scale=0.05, shift=1.0, flip=True, epochs=30),
}


def augment(x, r):
    """A random affine map of each image, bilinear, zeros outside."""
    n = x.shape[0]
    u = lambda: torch.rand(n) * 2 - 1
    a = u() * (r['degrees'] * math.pi / 180)
    s = 1 + u() * r['scale']
    m = torch.ones(n)
    if r['flip']:
        m = torch.where(torch.rand(n) < 0.5, -m, m)
    theta = torch.stack([
        torch.stack([m * s * a.cos(), -s * a.sin(), u() * (r['shift'] / 14)], 1),
        torch.stack([m * s * a.sin(), s * a.cos(), u() * (r['shift'] / 14)], 1)], 1)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dataset', choices=['mnist', 'fashion'], default='mnist')
    p.add_argument('--data', help='folder with the four IDX files')
    p.add_argument('--epochs', type=int)
    p.add_argument('--batch', type=int, default=128)
    p.add_argument('--lr', type=float, default=3e-3)
    p.add_argument('--weight-decay', type=float, default=1e-2)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--holdout', type=int, default=0)
    p.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    args = p.parse_args()
    recipe = RECIPES[args.dataset]
    epochs = args.epochs or recipe['epochs']

    c.setup(args.seed)
    name = f'lenet5-{args.dataset}' + (f'-holdout{args.holdout}' if args.holdout else '')
    ckpt = os.path.join(c.CKPT, name + '.ckpt')
    xtr, ytr, xte, yte = c.load_idx_dataset(args.dataset, args.data)
    if args.holdout:
        xte, yte = xtr[-args.holdout:], ytr[-args.holdout:]
        xtr, ytr = xtr[:-args.holdout], ytr[:-args.holdout]

    model = c.LeNet5(*c.STATS[args.dataset])
    assert sum(q.numel() for q in model.parameters()) == 61706
    opt = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    steps = math.ceil(len(xtr) / args.batch)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, args.lr, total_steps=epochs * steps, pct_start=0.2)
    start, spent = 0, 0.0
    resume = os.path.exists(ckpt) and not args.restart
    log = c.Log(name, resume)
    if resume:
        s = torch.load(ckpt)
        model.load_state_dict(s['model'])
        opt.load_state_dict(s['opt'])
        sched.load_state_dict(s['sched'])
        torch.set_rng_state(s['rng'])
        start, spent = s['epoch'], s['spent']
    else:
        log(f'# {name}: {epochs} epochs, batch {args.batch}, AdamW lr {args.lr} (one cycle), '
            f'weight decay {args.weight_decay}, seed {args.seed}, {len(xtr)} images, augmentation {recipe}')

    for epoch in range(start, epochs):
        t = c.now()
        model.train()
        total = right = 0
        for idx in torch.randperm(len(xtr)).split(args.batch):
            x, y = augment(xtr[idx].float() / 255, recipe), ytr[idx]
            opt.zero_grad(set_to_none=True)
            out = model(x)
            loss = F.cross_entropy(out, y)
            loss.backward()
            opt.step()
            sched.step()
            total += loss.item() * len(y)
            right += (out.argmax(1) == y).sum().item()
        spent += c.now() - t
        line = f'epoch {epoch + 1:2d}  loss {total / len(xtr):.4f}  train {100 * right / len(xtr):.2f} %'
        if args.holdout:
            line += f'  held-out {100 * c.accuracy(c.predict(model, xte), yte):.2f} %'
        log(line + f'  {c.now() - t:.1f} s')
        c.save_checkpoint(ckpt, model=model.state_dict(), opt=opt.state_dict(), sched=sched.state_dict(),
                          rng=torch.get_rng_state(), epoch=epoch + 1, spent=spent)

    if args.holdout:
        return
    acc = c.accuracy(c.predict(model, xte), yte)
    torch.save(model.state_dict(), os.path.join(c.CKPT, name + '.pth'))
    path = os.path.join(c.MODELS, name + '.onnx')
    c.export_lenet5(model, path, name)
    again = c.predict(c.import_lenet5(path), xte)
    assert torch.equal(again.argmax(1), c.predict(model, xte).argmax(1))
    log(f'# test accuracy {100 * acc:.2f} % ({round(acc * len(yte))} of {len(yte)}), {spent:.0f} s of training')
    log(f'# sha256 {c.sha256(path)}')


if __name__ == '__main__':
    main()
