"""A decoder that is optimised in PyTorch: kernel regression over the nodes, its kernel fitted to exported batches.

    python3 torch_decoder.py train BATCHES     # fits it, writes decoder.npy
    python3 torch_decoder.py                   # serves it; approxifer starts this

docs/tutorials/torch-decoder.md goes through it.
"""

import sys
from pathlib import Path

import numpy as np
import torch

import approxifer

WEIGHTS = Path(__file__).with_name("decoder.npy")


def nodes(K, N):
    """Where queries and workers lie: Chebyshev points of the first and of the second kind."""
    alpha = torch.cos((2 * torch.arange(K, dtype=torch.float64) + 1) * torch.pi / (2 * K))
    beta = torch.cos(torch.arange(N, dtype=torch.float64) * torch.pi / (N - 1))
    return alpha, beta


class Decoder(torch.nn.Module):
    """Kriging of the answers over the nodes, with a straight line as mean and a Matérn kernel (5/2) on warped nodes."""

    def __init__(self):
        super().__init__()
        # logarithms of length and nugget, and how much of the node's angle there is in its place
        self.theta = torch.nn.Parameter(torch.tensor([-0.5, -4.0, 0.0], dtype=torch.float64))

    def kernel(self, s, t):
        length, _, warp = self.theta
        share = torch.sigmoid(warp)
        place = lambda x: share * (torch.pi / 2 - torch.arccos(x)) + (1 - share) * x
        r = (5**0.5) * (place(s)[:, None] - place(t)[None, :]).abs() / length.exp()
        return (1 + r + r**2 / 3) * torch.exp(-r)

    def forward(self, K, N, survivors):
        """[K, n]: the decoding matrix of a survivor set."""
        alpha, beta = nodes(K, N)
        came = beta[survivors]
        n = len(survivors)
        line = lambda x: torch.stack([torch.ones_like(x), x], dim=1)
        inner = self.kernel(came, came) + self.theta[1].exp() * torch.eye(n, dtype=torch.float64)
        system = torch.cat(
            [
                torch.cat([inner, line(came)], dim=1),
                torch.cat([line(came).T, torch.zeros(2, 2, dtype=torch.float64)], dim=1),
            ]
        )
        right = torch.cat([self.kernel(came, alpha), line(alpha).T])
        return torch.linalg.solve(system, right)[:n].T


def train(folder, steps=60):
    """Fits the decoder to what workers answered in exported trials, by the error that the table reports."""
    batches = approxifer.load_batches(folder)
    decoder = Decoder()
    optimiser = torch.optim.Adam(decoder.parameters(), lr=0.1)
    rng = np.random.default_rng(1)
    for step in range(steps):
        loss = 0
        for _ in range(8):
            cell = batches.cells[rng.integers(len(batches.cells))]
            t = rng.integers(len(batches.trials))
            survivors = torch.from_numpy(np.flatnonzero(batches.survivors(cell)[t, 0]))
            answers = torch.from_numpy(batches.received(cell)[t, 0].copy())
            truth = torch.from_numpy(batches.truth(cell)[t].copy())
            outputs = decoder(cell["K"], cell["N"], survivors) @ answers[survivors]
            loss = loss + ((outputs - truth) ** 2).sum(dim=1).mean() / 8
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 10 == 0 or step == steps - 1:
            print(f"step {step}: mse {loss.item():.4g}, theta {np.round(decoder.theta.detach().numpy(), 3)}")
    np.save(WEIGHTS, decoder.theta.detach().numpy())


class TorchDecoder:
    """NeRCC0's code, decoded by the fitted decoder."""

    def __init__(self):
        torch.set_num_threads(1)
        self.decoder = Decoder()
        self.decoder.load_state_dict({"theta": torch.from_numpy(np.load(WEIGHTS))})

    def encoding_matrix(self, K, N):
        return approxifer.nercc(K, N).encoding_matrix()

    def decode(self, answers, survivors, batch):
        with torch.no_grad():
            weights = self.decoder(batch.K, batch.N, torch.from_numpy(survivors.astype(np.int64)))
            return weights.numpy() @ answers


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        train(*sys.argv[2:3], *map(int, sys.argv[3:4]))
    else:
        approxifer.serve(TorchDecoder)
