"""Criterion for choosing one of several restarts (without torch)."""

import math
from dataclasses import replace

import numpy as np

from skvaeclust._agreement import mean_agreement

# Compared with other criteria in docs/benchmarks.rst, "Choosing a restart".
LATENT_FACTOR, ENTROPY_WEIGHT, AGREEMENT_WEIGHT = 3.0, 0.5, 0.5


def penalised_objective(terms, gammas, n_clusters):
    r"""Compute the objective of a restart, with penalties on z and uncertain labels.

    .. math:: L(3 \gamma_l) + \tfrac12 \mathrm{H}(q(k|x))

    The reconstruction dominates the objective, and a model with wrong clusters can
    reconstruct well by means of z or of uncertain q(k|x).

    Lower is better. ``terms`` are means over the samples, without noise, and ``gammas``
    the final multipliers.
    """
    entropy = math.log(n_clusters) - terms.categorical
    larger = replace(gammas, latent=LATENT_FACTOR * gammas.latent)
    return terms.total(larger) + ENTROPY_WEIGHT * entropy


def restart_criteria(objectives, agreement):
    r"""Compute the criterion for choosing a restart (lower is better).

    .. math:: L(3 \gamma_l) + \tfrac12 \mathrm{H}(q(k|x)) - \tfrac12 A

    where A is the mean adjusted Rand index with the other restarts.

    Parameters
    ----------
    objectives : array-like of shape (n_restarts,)
        The first two terms: output of `penalised_objective`; not finite if training
        diverged.
    agreement : ndarray of shape (n_restarts, n_restarts)
        Adjusted Rand index of all pairs, NaN on the diagonal. Starts that share a
        restart have a row each.

    Returns
    -------
    criteria : ndarray of shape (n_restarts,)
        Lower is better; infinite if training diverged.
    """
    means = mean_agreement(agreement)
    criteria = np.asarray(objectives, dtype=float) - AGREEMENT_WEIGHT * means
    return np.where(np.isfinite(criteria), criteria, np.inf)
