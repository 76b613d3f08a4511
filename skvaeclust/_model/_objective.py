"""Terms of the evidence lower bound, on tensors."""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F

LARGEST_EXPONENT = 80.0  # keeps exp finite in float32
N_CODES = 4  # clusters decoded for each sample, the most probable ones


@dataclass
class LossTerms:
    """Terms of the negative ELBO: one value per sample, or means over samples.

    For a stack of R models, all terms have a leading axis of length R.
    """

    reconstruction: torch.Tensor
    categorical: torch.Tensor
    latent: torch.Tensor
    balance: torch.Tensor

    def total(self, gammas):
        """Sum the terms, each times its multiplier (1 for the reconstruction)."""
        return (
            self.reconstruction
            + gammas.categorical * self.categorical
            + gammas.latent * self.latent
            + gammas.balance * self.balance
        )

    def supervised(self, gammas):
        """Sum the terms that do not depend on q(k|x), each times its multiplier."""
        return self.reconstruction + gammas.latent * self.latent

    def per_sample(self):
        """Stack the terms that are defined per sample, shape (3, n)."""
        return torch.stack([self.reconstruction, self.categorical, self.latent])

    def mean(self):
        """Average the terms over a batch; the balance has one value per batch."""
        return LossTerms(*self.per_sample().mean(-1), self.balance)

    def as_tensor(self):
        """Stack the terms of a batch, shape (4,)."""
        return torch.stack([getattr(self, f.name) for f in fields(self)]).detach()


@dataclass(frozen=True)
class Gammas:
    """Multipliers of the terms; in training, one value per model."""

    categorical: float | torch.Tensor
    latent: float | torch.Tensor
    balance: float | torch.Tensor


def gaussian_kl(mean, log_var, prior_mean, prior_log_var):
    r"""Compute the KL divergence of diagonal Gaussians over the last axis.

    .. math:: \tfrac12 \sum_j \ln\frac{s_j^2}{\sigma_j^2} - 1
              + \frac{\sigma_j^2 + (\mu_j - m_j)^2}{s_j^2}
    """
    ratio = (log_var - prior_log_var).clamp(max=LARGEST_EXPONENT).exp()
    distance = (mean - prior_mean).square() * (-prior_log_var).exp()
    return 0.5 * (ratio - 1 - (log_var - prior_log_var) + distance).sum(-1)


def uniform_kl(log_q):
    """Compute the KL divergence of a categorical distribution from the uniform one."""
    return (log_q.exp() * log_q).sum(-1) + math.log(log_q.shape[-1])


def balance(log_q):
    """Compute KL(qbar || p) of the batch mean of q(k|x) and the uniform p(k)."""
    return uniform_kl(log_q.logsumexp(-2) - math.log(log_q.shape[-2]))


def gumbel_softmax(log_q, temperature, random):
    """Sample relaxed one-hot vectors from q(k|x), shape (n, K)."""
    noise = random.exponential(log_q.shape).log()
    return F.softmax((log_q - noise) / temperature, dim=-1)


def elbo_terms(model, x, log_q, e, weights, random=None):
    r"""Compute the terms of every sample, averaged over codes with weights.

    .. math:: \sum_s w_s \frac{|x - \hat x(z_s)|^2}{2}, \qquad
              \sum_s w_s \mathrm{KL}(q(z|x,e_s) \,\|\, p(z|e_s))

    The total variance of x is 1, and so is the variance of p(x|z). For a stack of
    models, all shapes have a leading axis.

    Parameters
    ----------
    model : MixtureVAE
    x : Tensor of shape (n, ...)
    log_q : Tensor of shape (n, K)
    e : Tensor of shape (n or 1, S, K)
        Codes of the clusters: S = K one-hot codes, or one relaxed sample (S = 1).
    weights : Tensor of shape (n, S)
    random : Streams or None
        Random numbers to sample z; None takes the mean of z.

    Returns
    -------
    LossTerms
        One value per sample, except for the balance, which is a scalar.
    """
    mean, log_var = model.encode(x, e)
    z = mean
    if random is not None:
        z = mean + (0.5 * log_var).exp() * random.normal(mean.shape)
    axis = e.ndim - 2  # of the codes
    residual = (model.decode(z) - x.unsqueeze(axis)).flatten(axis + 1)
    return LossTerms(
        reconstruction=0.5 * (weights * residual.square().sum(-1)).sum(-1),
        categorical=uniform_kl(log_q),
        latent=(weights * gaussian_kl(mean, log_var, *model.prior(e))).sum(-1),
        balance=balance(log_q),
    )


def enumerated_terms(model, x, random=None, n_codes=None):
    """Compute the terms with the expectation over k, weighted by q(k|x).

    Parameters
    ----------
    model : MixtureVAE
    x : Tensor of shape (n, ...)
    random : Streams or None
        Random numbers to sample z; None takes the mean of z.
    n_codes : int or None
        Number of most probable clusters that the expectation is taken over, with
        q(k|x) renormalised on them. None takes all clusters, which is exact.
    """
    log_q = model.log_assignment(x)
    if n_codes is None or n_codes >= log_q.shape[-1]:
        return elbo_terms(model, x, log_q, model.all_codes(), log_q.exp(), random)
    largest, clusters = log_q.topk(n_codes, dim=-1)
    e = model.codes[clusters]
    return elbo_terms(model, x, log_q, e, largest.softmax(-1), random)


def sampled_terms(model, x, temperature, random):
    """Compute the terms with one Gumbel-softmax sample of k per sample of x."""
    log_q = model.log_assignment(x)
    e = gumbel_softmax(log_q, temperature, random)[..., None, :]
    return elbo_terms(model, x, log_q, e, torch.ones_like(e[..., 0]), random)


def supervised_terms(model, x, labels, random):
    r"""Compute the terms with given labels in place of q(k|x), and its cross-entropy.

    Parameters
    ----------
    model : MixtureVAE
    x : Tensor of shape (n, ...)
    labels : Tensor of int of shape (n,)
    random : Streams

    Returns
    -------
    terms : LossTerms
    cross_entropy : Tensor of shape (n,)
        :math:`-\ln q(k|x)` of the given label k.
    """
    log_q = model.log_assignment(x)
    e = model.codes[labels].unsqueeze(-2)
    terms = elbo_terms(model, x, log_q, e, torch.ones_like(e[..., 0]), random)
    return terms, -log_q.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
