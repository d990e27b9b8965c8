"""Golden cases of the checkpoint import: networks with random weights, and what PyTorch computes with them.

    /usr/bin/python3 scripts/golden/import.py test/models/import/golden
    /usr/bin/python3 scripts/golden/import.py --full FOLDER    # every architecture at full size (about 590 MB)
    IMPORT_CASES=FOLDER npx vitest run test/models/import/architectures.test.ts

Needs Debian's python3-torch (1.13) and python3-torchvision (0.14). A case is <name>.pth or <name>.safetensors and
<name>.json: architecture, mean, std, input (base64 of float32), outputs of PyTorch in float32. Every parameter and every
statistic of batch normalisation is drawn at random, so that no factor is 1 and no term is 0.
"""
import base64
import json
import math
import os
import struct
import sys
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

torch.manual_seed(20240607)
torch.set_num_threads(1)


# ------------------------------------------------------------ networks, with the names of the published state dicts

def conv_bn(inputs, outputs, size, stride):
    return nn.Sequential(OrderedDict(
        conv=nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), bn=nn.BatchNorm2d(outputs)))


class RepBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.rbr_dense = conv_bn(inputs, outputs, 3, stride)
        self.rbr_1x1 = conv_bn(inputs, outputs, 1, stride)
        self.rbr_identity = nn.BatchNorm2d(inputs) if inputs == outputs and stride == 1 else None

    def forward(self, x):
        y = self.rbr_dense(x) + self.rbr_1x1(x)
        return F.relu(y if self.rbr_identity is None else y + self.rbr_identity(x))


class RepVGG(nn.Module):
    def __init__(self, widths, depths, classes=10):
        super().__init__()
        self.stage0 = RepBlock(3, widths[0], 1)
        inputs = widths[0]
        for stage, (width, depth) in enumerate(zip(widths[1:], depths), 1):
            blocks = []
            for i in range(depth):
                blocks.append(RepBlock(inputs, width, 2 if stage > 1 and i == 0 else 1))
                inputs = width
            setattr(self, f'stage{stage}', nn.Sequential(*blocks))
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        for stage in (self.stage0, self.stage1, self.stage2, self.stage3, self.stage4):
            x = stage(x)
        return self.linear(x.mean((2, 3)))


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, projection):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.pad = (outputs - inputs) // 2
        self.stride = stride
        self.downsample = None
        if projection and (stride > 1 or inputs != outputs):
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.downsample is not None:
            return F.relu(y + self.downsample(x))
        return F.relu(y + F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.pad, self.pad)))


class ResNet(nn.Module):
    def __init__(self, widths, depth, projection, last):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        inputs = widths[0]
        for layer, width in enumerate(widths, 1):
            blocks = []
            for i in range(depth):
                blocks.append(ResBlock(inputs, width, 2 if layer > 1 and i == 0 else 1, projection))
                inputs = width
            setattr(self, f'layer{layer}', nn.Sequential(*blocks))
        self.last = last
        setattr(self, last, nn.Linear(inputs, 10))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return getattr(self, self.last)(x.mean((2, 3)))


class LeNet5(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean[0], std[0]
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = (F.pad(x, (2, 2, 2, 2)) - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class TimmAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(n, t, d))


class TimmBlock(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn = TimmAttention(width, heads)
        self.mlp = nn.Sequential(OrderedDict(fc1=nn.Linear(width, inner), act=nn.GELU(), fc2=nn.Linear(inner, width)))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TimmViT(nn.Module):
    def __init__(self, image, patch, width, depth, heads, classes):
        super().__init__()
        tokens = (image // patch) ** 2 + 1
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, width))
        self.patch_embed = nn.Sequential(OrderedDict(proj=nn.Conv2d(3, width, patch, patch)))
        self.blocks = nn.Sequential(*[TimmBlock(width, heads, 4 * width) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


# ------------------------------------------------------------ cases

def perturb(model):
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith('running_var'):
                tensor.uniform_(0.5, 2)
            elif name.endswith('running_mean'):
                tensor.normal_(0, 0.3)
            elif tensor.is_floating_point() and tensor.dim() == 1 and name.endswith('weight'):
                tensor.uniform_(0.5, 1.5)
            elif tensor.is_floating_point() and tensor.dim() == 1:
                tensor.normal_(0, 0.3)
            elif tensor.is_floating_point():
                tensor.normal_(0, 1 / math.sqrt(max(1, tensor[0].numel())) if tensor.shape[0] > 1 else 0.5)
    return model.eval()


def save_safetensors(path, state):
    header, at = {}, 0
    for name, tensor in state.items():
        size = 4 * tensor.numel()
        header[name] = dict(dtype='F32', shape=list(tensor.shape), data_offsets=[at, at + size])
        at += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text)
        for tensor in state.values():
            f.write(tensor.contiguous().numpy().tobytes())


def case(folder, name, architecture, model, shape, mean, std, save, headSize=None):
    perturb(model)
    x = torch.rand(2, *shape)
    inside = isinstance(model, LeNet5)
    m, s = (torch.tensor(v).reshape(1, -1, 1, 1) for v in (mean, std))
    with torch.no_grad():
        y = model(x if inside else (x - m) / s)
    save(model.state_dict())
    text = dict(architecture=architecture, mean=mean, std=std, shape=list(shape),
                input=base64.b64encode(x.numpy().tobytes()).decode(), output=[[float(v) for v in row] for row in y])
    if headSize:
        text['headSize'] = headSize
    with open(os.path.join(folder, name + '.json'), 'w') as f:
        json.dump(text, f)
    print(name, 'outputs', tuple(y.shape), 'largest', float(y.abs().max()))


CIFAR = ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201])
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def small(folder):
    at = lambda name: os.path.join(folder, name)
    case(folder, 'repvgg', 'repvgg', RepVGG([8, 8, 12, 16, 24], [2, 2, 2, 1]), (3, 32, 32), *CIFAR,
         lambda state: torch.save(state, at('repvgg.pth')))
    # as akamaster saved them: the format before PyTorch 1.6, below state_dict, trained with DataParallel
    case(folder, 'resnet-a', 'resnet', ResNet([4, 8, 16], 2, False, 'linear'), (3, 32, 32), *IMAGENET,
         lambda state: torch.save(dict(epoch=3, best_prec1=91.5, state_dict=OrderedDict(
             ('module.' + name, tensor) for name, tensor in state.items())), at('resnet-a.pth'),
             _use_new_zipfile_serialization=False))
    case(folder, 'resnet-b', 'resnet', ResNet([6, 8, 16], 2, True, 'fc'), (3, 32, 32), *CIFAR,
         lambda state: torch.save(state, at('resnet-b.pth')))
    mnist = ([0.1307], [0.3081])
    case(folder, 'lenet5', 'lenet5', LeNet5(*mnist), (1, 28, 28), *mnist,
         lambda state: torch.save(state, at('lenet5.pth')))
    torchvision_vit = torchvision.models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=64, num_classes=7)
    case(folder, 'vit-torchvision', 'vit', torchvision_vit, (3, 32, 32), *IMAGENET,
         lambda state: torch.save(state, at('vit-torchvision.pth')), headSize=16)
    half = [0.5, 0.5, 0.5]
    case(folder, 'vit-timm', 'vit', TimmViT(24, 6, 24, 3, 3, 9), (3, 24, 24), half, half,
         lambda state: save_safetensors(at('vit-timm.safetensors'), state), headSize=8)
    readers(folder)


def readers(folder):
    """Storages that are shared, transposed views, other element types; and files that try to run something."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = OrderedDict(
        whole=base, transposed=base.t(), middle=base[1:3, 2:5], scalar=torch.tensor(2.5), half=base[0].half() / 8,
        double=base[0].double() / 3, bfloat16=base[0].bfloat16() / 8, counter=torch.tensor(7),
        parameter=nn.Parameter(base[3].clone()), empty=torch.zeros(0, 3))
    values = {name: tensor.float().flatten().tolist() for name, tensor in state.items() if name != 'counter'}
    for name, new in (('views-zip', True), ('views-legacy', False)):
        torch.save(state, os.path.join(folder, name + '.pth'), _use_new_zipfile_serialization=new)
    shapes = {name: list(state[name].shape) for name in values}
    with open(os.path.join(folder, 'views.values.json'), 'w') as f:
        json.dump(dict(values=values, shapes=shapes), f)

    class Harm:
        def __reduce__(self):
            return os.system, ('touch approxifer-pickle-was-run',)

    torch.save(dict(a=base, harm=Harm()), os.path.join(folder, 'harm-zip.pth'))
    torch.save(dict(a=base, harm=Harm()), os.path.join(folder, 'harm-legacy.pth'), _use_new_zipfile_serialization=False)


def full(folder):
    vit = torchvision.models.vit_b_16(weights=None)
    case(folder, 'vit-b-16', 'vit-b-16', vit, (3, 224, 224), *IMAGENET,
         lambda state: torch.save(state, os.path.join(folder, 'vit-b-16.pth')))
    for name, widths in (('repvgg-a0', [48, 48, 96, 192, 1280]), ('repvgg-a1', [64, 64, 128, 256, 1280]),
                         ('repvgg-a2', [64, 96, 192, 384, 1408])):
        case(folder, name, name, RepVGG(widths, [2, 4, 14, 1]), (3, 32, 32), *CIFAR,
             lambda state: torch.save(state, os.path.join(folder, name + '.pth')))
    for name, depth in (('resnet20', 3), ('resnet56', 9)):
        case(folder, name, name, ResNet([16, 32, 64], depth, False, 'linear'), (3, 32, 32), *IMAGENET,
             lambda state: torch.save(state, os.path.join(folder, name + '.pth')))
    half = [0.5, 0.5, 0.5]
    case(folder, 'vit-tiny-patch16-224', 'vit-tiny-patch16-224', TimmViT(224, 16, 192, 12, 3, 1000), (3, 224, 224), half,
         half, lambda state: save_safetensors(os.path.join(folder, 'vit-tiny-patch16-224.safetensors'), state))


if __name__ == '__main__':
    target = sys.argv[-1]
    os.makedirs(target, exist_ok=True)
    (full if '--full' in sys.argv else small)(target)
