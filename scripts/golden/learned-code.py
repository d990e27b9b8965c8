"""Golden data of the learned codes: encoder, base model and decoder in PyTorch, from the weights in the ONNX files.

    /usr/bin/python3 scripts/golden/learned-code.py > test/golden/learned-code.json

The first images of the MNIST test set in groups of k (for the Fashion-MNIST codes too: what is compared is the function).
For each query the answer that is reconstructed when its own is lost.
"""
import glob
import json
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'train'))
import accelerator as a  # noqa: E402
import common as c  # noqa: E402

_, _, images, _ = c.load_idx_dataset('mnist', None)
cases = []
for path in sorted(glob.glob(os.path.join(c.MODELS, 'learned', '*.json'))):
    with open(path) as file:
        sidecar = json.load(file)
    k = sidecar['k']
    net = lambda name: a.OnnxNet(os.path.join(c.MODELS, name)).eval()
    stem = 'learned/' + os.path.basename(path)[:-5]
    base, encoder = net(sidecar['base'] + '.onnx'), net(stem + '-encoder.onnx')
    with torch.no_grad():
        x = images[:2 * k].float() / 255
        own = base(x).reshape(2, k, -1)
        parity = base(encoder(x.reshape(2, k, 28, 28)))
        rows = []
        for lost in range(k):
            if sidecar['decoder'] == 'subtraction':
                others = sum(own[:, i] for i in range(k) if i != lost)
                rows.append(k * parity - others)
            else:
                answers = torch.cat([own, parity[:, None]], 1)
                answers[:, lost] = 0
                rows.append(net(stem + '-decoder.onnx')(answers)[:, lost])
    reconstructed = torch.stack(rows, 1)
    cases.append(dict(code=stem.split('/')[1], base=sidecar['base'], k=k,
                      reconstructed=[[[round(v, 4) for v in row] for row in group] for group in reconstructed.tolist()]))
print('[\n' + ',\n'.join(json.dumps(case) for case in cases) + '\n]')
