"""A learned code (Kosaian, Rashmi, Venkataraman 2018, 2020): an encoder network turns k queries into a parity query.

    python3 scripts/train/learned_code.py --base lenet5-mnist --k 2 --loss kl
    python3 scripts/train/learned_code.py --base invnet-mnist --k 2 --decoder subtraction

The encoder is the authors' convolutional one: the k images are the channels, 3x3 convolutions of 20 k channels with
dilations 1, 1, 2, 4, 8, 1 see all of them, a 1x1 convolution makes the parity image. The unchanged base model answers it.
Decoder `network`: a perceptron on the k + 1 answers (logits, the lost one zero), hidden layers of k + 1 and k times the
classes, gives all k; its loss (`mse`, or `kl` of the softmax) counts the lost one only, each one lost in turn. Decoder
`subtraction` is Coded-InvNet's (Dinh and Lee 2021): the parity's answer should be the mean of the k, the loss is the squared
error to it. Adam 1e-3, weight decay 1e-5, groups drawn anew every epoch; the base model's weights are fixed.

The last 5,000 training images (--holdout) are not trained on: choose by them. The test set is read once, at the end.
"""
import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import accelerator as a
import common as c

FOLDER = os.path.join(c.MODELS, 'learned')
DILATIONS = (1, 1, 2, 4, 8, 1)


class Encoder(nn.Module):
    """Images [n, k, h, w] of one channel -> [n, 1, h, w]."""

    def __init__(self, k, per_query=20):
        super().__init__()
        self.k, width = k, per_query * k
        sizes = [k] + [width] * len(DILATIONS)
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, padding=d, dilation=d)
                                   for i, o, d in zip(sizes, sizes[1:], DILATIONS))
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        for conv in self.convs:
            x = F.relu(conv(x))
        return self.last(x)


class Decoder(nn.Module):
    """Answers [n, k + 1, classes], the lost one zero -> [n, k, classes]. `scale`: the spread of the base model's logits."""

    def __init__(self, k, classes, scale):
        super().__init__()
        self.k, self.classes, self.scale = k, classes, scale
        self.fc1 = nn.Linear((k + 1) * classes, (k + 1) * classes)
        self.fc2 = nn.Linear((k + 1) * classes, k * classes)
        self.fc3 = nn.Linear(k * classes, k * classes)

    def forward(self, x):
        x = F.relu(self.fc2(F.relu(self.fc1(x.flatten(1) / self.scale))))
        return self.fc3(x).reshape(-1, self.k, self.classes) * self.scale


def lose_each(own, parity):
    """Answers [n, k, classes] and [n, classes] -> [n * k, k + 1, classes]: row i of a group has answer i zero."""
    n, k, classes = own.shape
    all_there = torch.cat([own, parity[:, None]], 1)[:, None].expand(n, k, k + 1, classes)
    mask = torch.cat([1 - torch.eye(k, device=own.device), torch.ones(k, 1, device=own.device)], 1)
    return (all_there * mask[None, :, :, None]).reshape(n * k, k + 1, classes)


def reconstruct(decoder, own, parity):
    """The k answers [n, k, classes], each as if it alone had been lost."""
    n, k, classes = own.shape
    if decoder is None:
        return k * parity[:, None] - (own.sum(1, keepdim=True) - own)
    out = decoder(lose_each(own, parity)).reshape(n, k, k, classes)
    return out.diagonal(dim1=1, dim2=2).transpose(1, 2)


@torch.no_grad()
def degraded(encoder, decoder, base, own, x, y, k):
    n = len(x) // k * k
    groups = x[:n].reshape(-1, k, *x.shape[2:])
    parity = torch.cat([base(encoder(g.float() / 255)).float() for g in groups.split(500)])
    own = own[:n].reshape(-1, k, own.shape[1])
    return a.single_erasures(reconstruct(decoder, own, parity), own, y[:n].reshape(-1, k))


def export_encoder(encoder, path, name):
    """ONNX: `queries` [n, k, 28, 28] -> `parity` [n, 1, 28, 28]."""
    g = c.Graph(name, [encoder.k, 28, 28], 0)
    x = 'queries'
    for i, conv in enumerate([*encoder.convs, encoder.last]):
        last = conv is encoder.last
        x = g.conv(x, f'conv{i}', conv.weight, conv.bias, pad=conv.padding[0], dilation=conv.dilation[0],
                   relu=not last, out='parity' if last else None)
    g.save(path, inputs='queries', output=('parity', [1, 28, 28]))


def export_decoder(decoder, path, name):
    """ONNX: `answers` [n, k + 1, classes] -> `reconstructed` [n, k, classes]; the scale goes into the weights."""
    k, classes = decoder.k, decoder.classes
    with torch.no_grad():
        decoder.fc1.weight /= decoder.scale
        decoder.fc3.weight *= decoder.scale
        decoder.fc3.bias *= decoder.scale
    g = c.Graph(name, [k + 1, classes], 0)
    x = g.add('Flatten', ['answers'], 'flat', axis=1)
    x = g.add('Relu', [g.gemm(x, 'fc1', decoder.fc1)], 'fc1.relu')
    x = g.add('Relu', [g.gemm(x, 'fc2', decoder.fc2)], 'fc2.relu')
    x = g.gemm(x, 'fc3', decoder.fc3)
    g.add('Reshape', [x, g.init('shape', np.array([-1, k, classes], np.int64))], 'reconstructed')
    g.save(path, inputs='answers', output=('reconstructed', [k, classes]))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--base', choices=['lenet5-mnist', 'lenet5-fashion', 'invnet-mnist'], required=True)
    p.add_argument('--base-onnx', help='the base model, if not models/<base>.onnx')
    p.add_argument('--k', type=int, required=True)
    p.add_argument('--decoder', choices=['network', 'subtraction'], default='network')
    p.add_argument('--loss', choices=['mse', 'kl'], default='mse')
    p.add_argument('--epochs', type=int, default=200)
    p.add_argument('--batch', type=int, default=128)
    p.add_argument('--lr', type=float, default=1e-3)
    p.add_argument('--seconds', type=float, help='the learning rate reaches 0 then, if the epochs last longer')
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--holdout', type=int, default=5000)
    p.add_argument('--data')
    p.add_argument('--tag', default='')
    p.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    args = p.parse_args()
    if args.decoder == 'subtraction' and args.loss != 'mse':
        p.error('the subtraction decoder is trained with the squared error')
    begun = time.time()
    k, name = args.k, f'{args.base}-k{args.k}' + ('' if args.decoder == 'subtraction' else f'-{args.loss}') + args.tag

    c.setup(args.seed)
    ckpt = os.path.join(c.CKPT, f'learned-{name}.ckpt')
    resume = os.path.exists(ckpt) and not args.restart
    log = c.Log(f'learned-{name}', resume)
    (x, _), held, test = a.load(args.base.split('-')[-1], args.data, args.holdout)
    path = args.base_onnx or os.path.join(c.MODELS, args.base + '.onnx')
    base = a.OnnxNet(path).to(a.DEVICE).eval()
    own, held_logits = a.logits(base, x), a.logits(base, held[0])
    scale = own.var(0).mean().sqrt().item()
    n, classes = own.shape
    encoder = Encoder(k).to(a.DEVICE, memory_format=torch.channels_last)
    decoder = Decoder(k, classes, scale).to(a.DEVICE) if args.decoder == 'network' else None
    parameters = [*encoder.parameters(), *(decoder.parameters() if decoder else [])]
    per_epoch = math.ceil(n // k / args.batch)
    opt = a.adam(parameters, args.lr, 1e-5)
    schedule = a.Schedule(args.lr, per_epoch * args.epochs, args.seconds, begun=begun)
    start, saved = 0, time.time()
    if resume:
        s = torch.load(ckpt, map_location=a.DEVICE)
        encoder.load_state_dict(s['encoder'])
        if decoder:
            decoder.load_state_dict(s['decoder'])
        opt.load_state_dict(s['opt'])
        start = s['epoch']
        schedule.resume(s['schedule'])
        log(f'# resumed after epoch {start}')
    else:
        log(f'# {name}: encoder {sum(q.numel() for q in encoder.parameters())} parameters, decoder {args.decoder}, loss '
            f'{args.loss}, at most {args.epochs} epochs of {per_epoch} steps of {args.batch} groups, Adam lr {args.lr} '
            f'(cosine), weight decay 1e-5, seed {args.seed}, {n} training images, {a.DEVICE.type}')

    def loss_of(answers, parity):
        if decoder is None:
            return F.mse_loss(parity / scale, answers.mean(1) / scale)
        out = reconstruct(decoder, answers, parity)
        if args.loss == 'mse':
            return F.mse_loss(out / scale, answers / scale)
        return F.kl_div(F.log_softmax(out, -1), F.softmax(answers, -1), reduction='none').sum(-1).mean()

    running = True
    for epoch in range(start, args.epochs):
        total, seen = torch.zeros((), device=a.DEVICE), 0
        for i in torch.randperm(n, device=a.DEVICE)[:n // k * k].view(-1, k).split(args.batch):
            running = schedule.next(opt)
            if not running:
                break
            queries = (x[i.reshape(-1)].float() / 255).reshape(-1, k, *x.shape[2:])
            with a.bf16(a.DEVICE.type == 'cuda'):
                image = encoder(queries.contiguous(memory_format=torch.channels_last))
            loss = loss_of(own[i.reshape(-1)].reshape(-1, k, classes), base(image.float()))
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            total += loss.detach()
            seen += 1
        if seen:
            d = degraded(encoder, decoder, base, held_logits, *held, k) if args.holdout else None
            log(f'epoch {epoch + 1:3d}  loss {total.item() / seen:.5f}' + (
                f'  held-out mse {d["mse"]:.3f}  degraded {100 * d["degradedAccuracy"]:.2f} % of '
                f'{100 * d["baseAccuracy"]:.2f} %' if d else '') + f'  {schedule.elapsed():.0f} s')
        if not running or epoch + 1 == args.epochs:
            break
        if time.time() - saved > 60:
            saved = time.time()
            c.save_checkpoint(ckpt, encoder=encoder.state_dict(), decoder=decoder.state_dict() if decoder else None,
                              opt=opt.state_dict(), epoch=epoch + 1, schedule=schedule.state())

    held_out = degraded(encoder, decoder, base, held_logits, *held, k) if args.holdout else {}
    scores = degraded(encoder, decoder, base, a.logits(base, test[0]), *test, k)
    log(f'# held-out images: {100 * held_out.get("degradedAccuracy", math.nan):.2f} % of '
        f'{100 * held_out.get("baseAccuracy", math.nan):.2f} %')
    log(f'# degraded accuracy {100 * scores["degradedAccuracy"]:.2f} % (base on the same images '
        f'{100 * scores["baseAccuracy"]:.2f} %), {scores["groups"]} consecutive test groups, every single erasure; '
        f'{epoch + 1} epochs, {schedule.elapsed():.0f} s on {a.DEVICE.type}')
    files = {'encoder': os.path.join(FOLDER, name + '-encoder.onnx')}
    export_encoder(encoder.cpu(), files['encoder'], name + '-encoder')
    if decoder:
        files['decoder'] = os.path.join(FOLDER, name + '-decoder.onnx')
        export_decoder(decoder.cpu(), files['decoder'], name + '-decoder')
    c.write_json(os.path.join(FOLDER, name + '.json'), dict(
        k=k, r=1, decoder=args.decoder, loss=args.loss, base=args.base, baseSha256=c.sha256(path), seed=args.seed,
        epochs=epoch + 1, holdout=args.holdout, trainSeconds=round(schedule.elapsed(), 1),
        sha256={part: c.sha256(file) for part, file in files.items()}, heldOut=held_out, **scores))


if __name__ == '__main__':
    main()
