"""Random numbers for training, from local generators."""

import torch


class Stream:
    """Stream of random tensors from one seed."""

    def __init__(self, seed, device="cpu"):
        self.generator = torch.Generator(device).manual_seed(seed)
        self._where = {"generator": self.generator, "device": self.generator.device}

    def normal(self, shape):
        return torch.randn(shape, dtype=torch.float32, **self._where)

    def exponential(self, shape):
        empty = torch.empty(shape, dtype=torch.float32, device=self.generator.device)
        return empty.exponential_(generator=self.generator)

    def permutation(self, n):
        return torch.randperm(n, **self._where)


class Streams(list):
    """Streams of a stack: each model gets the same numbers as when trained alone."""

    def normal(self, shape):
        return torch.stack([stream.normal(shape[1:]) for stream in self])

    def exponential(self, shape):
        return torch.stack([stream.exponential(shape[1:]) for stream in self])
