"""The founding study's training as a plain PyTorch script would have it.

Networks, scaling and loss are the package's. The loop is written out: 1000 epochs of
three batches, Gumbel samples, Adam at a constant rate, one training, no rule to stop.
"""

import torch

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering, _training
from skvaeclust._objective import sampled_terms

N_EPOCHS, N_BATCHES, N_COPIES = 1000, 3, 10


class PlainTraining:
    """Samples and their noisy copies, networks and optimizer of one training."""

    def __init__(self, X, n_clusters, seed=0, **params):
        model = VAEClustering(
            n_clusters,
            augmenter=PCScaledNoiseAugmenter(N_COPIES),
            **{
                "init": "random",
                "latent_dim": 2,
                "assignment": "gumbel",
                "gamma_balance": 0,
                "annealing": 1,
                "batch_size": -(-(1 + N_COPIES) * len(X) // N_BATCHES),
            }
            | params,
        )
        self.problem, _ = model._make_problem(X)
        restart = _training.Restart(self.problem, seed)
        self.trainee = _training.prepare(0, restart)
        self.modules = self.trainee.model.train()
        self.optimizer = torch.optim.Adam(
            self.modules.parameters(), lr=1e-3, fused=True
        )
        x, _, self.factor = self.problem.data
        self.copies = x.repeat(N_COPIES, *[1] * (x.ndim - 1))
        self.rows = torch.cat([x, self.copies])

    def run_epoch(self):
        """One pass over samples and fresh copies."""
        random, gammas = self.trainee.stream, self.problem.settings.gammas
        rows, copies = self.rows, self.copies
        noise = random.normal((len(copies), len(self.factor)))
        noise = (noise @ self.factor.flatten(1)).view_as(copies)
        rows[-len(copies) :] = copies + noise
        for batch in rows[random.permutation(len(rows))].chunk(N_BATCHES):
            loss = sampled_terms(self.modules, batch, 1.0, random).mean().total(gammas)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def labels(self):
        """Return the cluster of every sample."""
        return _training.finish(self.trainee, self.problem).labels.numpy()
