"""DenseNet121 as one would write it in PyTorch alone: what our training speed is held against."""

from __future__ import annotations

import torch
from torch import Tensor, nn

GROWTH = 32
# Huang et al. 2017, table 1.
LAYERS = (6, 12, 24, 16)


class DenseLayer(nn.Module):
    """BN, ReLU, 1 × 1 to four times the growth; BN, ReLU, 3 × 3; joined to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.grow = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 4 * GROWTH, 1, bias=False),
            nn.BatchNorm2d(4 * GROWTH),
            nn.ReLU(inplace=True),
            nn.Conv2d(4 * GROWTH, GROWTH, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.grow(x)], dim=1)


def plain_densenet121() -> nn.Module:
    """(N, 3, 256, 256) → logit (N, 1); random weights."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]
    channels = 64
    for block, count in enumerate(LAYERS):
        for _ in range(count):
            layers.append(DenseLayer(channels))
            channels += GROWTH
        layers += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        if block < len(LAYERS) - 1:
            layers += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
            channels //= 2
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1)]
    return nn.Sequential(*layers)
