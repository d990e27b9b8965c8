"""ResNet-18 of He et al. with the 3x3 stem that is usual on small images; 11.2 million parameters."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.short = nn.Identity() if stride == 1 and cin == cout else nn.Sequential(
            nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.short(x))


class ResNet18(nn.Module):
    """Input [n, channels, h, w], pixels / 255; `mean` and `std`, one a channel, normalise it."""

    def __init__(self, mean, std, width=64):
        super().__init__()
        self.register_buffer('mean', torch.tensor(mean).reshape(1, -1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).reshape(1, -1, 1, 1), persistent=False)
        self.conv1 = nn.Conv2d(len(mean), width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        blocks, cin = [], width
        for i in range(4):
            for j in range(2):
                blocks.append(Block(cin, width << i, 2 if i and not j else 1))
                cin = width << i
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(cin, 10)

    def forward(self, x):
        x = ((x - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))
