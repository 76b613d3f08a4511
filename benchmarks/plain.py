"""Training of the founding study, as a plain PyTorch script.

The networks are those of the package. Scaling, loss and loop are written out: 1000
epochs of three batches, Gumbel samples, Adam with a constant learning rate, one
restart, no stopping rule.
"""

import math

import numpy as np
import torch
from sklearn.decomposition import PCA

from skvaeclust import ConvNetworks, DenseNetworks

N_EPOCHS, N_BATCHES, N_COPIES, NOISE_SCALE = 1000, 3, 10, 0.25
GAMMA_CATEGORICAL, GAMMA_LATENT = 1 / 300, 1 / 30


def uniform_kl(log_q):
    """Compute the KL divergence from the uniform distribution."""
    return (log_q.exp() * log_q).sum(-1) + math.log(log_q.shape[-1])


class PlainTraining:
    """Samples with noisy copies, networks and optimizer of one model."""

    def __init__(
        self,
        X,
        n_clusters,
        seed=0,
        *,
        network="dense",
        latent_dim=2,
        gamma_balance=0,
        n_batches=N_BATCHES,
        n_copies=N_COPIES,
        device="cpu",
    ):
        torch.manual_seed(seed)
        rows = np.nan_to_num(X.reshape(len(X), -1))  # land is zero
        anomalies = rows - rows.mean(axis=0)
        anomalies = anomalies / np.sqrt(anomalies.var(axis=0, ddof=1).sum())
        pca = PCA(svd_solver="full").fit(anomalies)
        rank = np.count_nonzero(pca.explained_variance_ > 1e-20)
        scores = pca.transform(anomalies)[:, :rank]
        spread = np.sqrt(pca.explained_variance_[:rank])
        if network == "dense":
            description, x, factor = DenseNetworks(), scores, np.diag(spread)
        else:
            description, x = ConvNetworks(), anomalies.reshape(X.shape)
            factor = spread[:, None] * pca.components_[:rank]
        to = {"dtype": torch.float32, "device": device}
        self.x = torch.tensor(x, **to)
        self.factor = torch.tensor(NOISE_SCALE * factor, **to)
        networks = description.build(self.x.shape[1:], n_clusters, latent_dim)
        self.networks = networks.to(device).train()
        self.gamma_balance, self.n_batches = gamma_balance, n_batches
        self.n_copies = n_copies
        self.optimizer = torch.optim.Adam(networks.parameters(), lr=1e-3, fused=True)

    def loss(self, x):
        """Compute the objective with one Gumbel-softmax sample of k."""
        log_q = self.networks.assign(x).log_softmax(-1)
        noise = torch.empty_like(log_q).exponential_().log()
        e = (log_q - noise).softmax(-1)[:, None]
        mean, log_var = self.networks.encode(x, e)
        prior_mean, prior_log_var = self.networks.prior(e)
        z = mean + (0.5 * log_var).exp() * torch.randn_like(mean)
        error = (self.networks.decode(z[:, 0]) - x).flatten(1).square().sum(1)
        squares = (log_var.exp() + (mean - prior_mean).square()) / prior_log_var.exp()
        latent = 0.5 * (squares - 1 - log_var + prior_log_var).sum(-1)
        balance = uniform_kl(log_q.logsumexp(0) - math.log(len(x)))
        return (
            0.5 * error.mean()
            + GAMMA_CATEGORICAL * uniform_kl(log_q).mean()
            + GAMMA_LATENT * latent.mean()
            + self.gamma_balance * balance
        )

    def step(self, batch):
        """Take one step of the optimizer."""
        loss = self.loss(batch)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def augmented(self):
        """Return samples and new copies."""
        copies = self.x.repeat(self.n_copies, *[1] * (self.x.ndim - 1))
        eps = torch.randn(len(copies), len(self.factor), device=self.x.device)
        return torch.cat([self.x, copies + (eps @ self.factor).view_as(copies)])

    def run_epoch(self):
        """Train for one epoch on samples and new copies."""
        rows = self.augmented()
        order = torch.randperm(len(rows), device=rows.device)
        for batch in rows[order].chunk(self.n_batches):
            self.step(batch)

    @torch.no_grad()
    def labels(self):
        """Return the cluster of every sample."""
        logits = self.networks.eval().assign(self.x)
        self.networks.train()
        return logits.argmax(-1).cpu().numpy()
