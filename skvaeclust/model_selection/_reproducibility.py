"""Agreement between clusterings of two halves of the data."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.parallel import delayed

from skvaeclust._agreement import rand_index
from skvaeclust._limits import checked
from skvaeclust._resampling._halves import (
    PARAMETERS,
    check,
    choose_surrogates,
    draw_halves,
    rank_level,
    rank_p_value,
)
from skvaeclust._resampling._jobs import Jobs
from skvaeclust._resampling._refits import as_rows, make_surrogate, refit
from skvaeclust._resampling._surrogates import SURROGATES

OWNER = "half_sample_agreement"


@dataclass(frozen=True)
class HalfSampleAgreement:
    """Result of :func:`half_sample_agreement`. ``print`` shows it as a sentence.

    Attributes
    ----------
    agreements : ndarray of shape (n_splits,)
        Adjusted Rand index of the predictions of two halves.
    surrogate_agreements : ndarray of shape (n_surrogates, n_splits)
        The same for surrogates.
    surrogates : str
        Kind of surrogates.
    agreement : float
        Mean of ``agreements``.
    level : float
        Mean agreement that 5 % of data without clusters exceed; NaN without surrogates.
    p_value : float
        Fraction of the data sets (X and the surrogates) whose mean agreement is at
        least that of X; NaN without surrogates.
    summary : str
        Sentence with the result.
    """

    agreements: np.ndarray
    surrogate_agreements: np.ndarray
    surrogates: str

    @property
    def agreement(self):
        """Mean agreement of two halves of X."""
        return float(np.mean(self.agreements))

    @property
    def level(self):
        """Mean agreement that 5 % of data without clusters exceed."""
        return float(rank_level(self.surrogate_agreements.mean(axis=1)))

    @property
    def p_value(self):
        """Rank p-value of the mean agreement."""
        means = self.surrogate_agreements.mean(axis=1)
        return float(rank_p_value(self.agreement, means))

    @property
    def summary(self):
        """Sentence with the result."""
        n = len(self.surrogate_agreements)
        mean = f"Two halves agree with an adjusted Rand index of {self.agreement:.2f}"
        if not n:
            return f"{mean}, not compared with data without clusters (n_surrogates=0)."
        return (
            f"{mean}. Data without clusters have {self.surrogate_agreements.mean():.2f}"
            f", and 5 % of them more than {self.level:.2f}: p = {self.p_value:.2g} "
            f"against {n} {self.surrogates} surrogates."
        )

    __str__ = summary.fget

    def to_frame(self):
        """Return a table of all splits.

        Returns
        -------
        frame : pandas.DataFrame
            One row per "data" ("X", "surrogate 0" and so on) and "split", with
            "agreement".
        """
        import pandas as pd

        values = np.array([self.agreements, *self.surrogate_agreements])
        names = [f"surrogate {i}" for i in range(len(values) - 1)]
        index = pd.MultiIndex.from_product(
            [["X", *names], range(values.shape[1])], names=["data", "split"]
        )
        return pd.DataFrame({"agreement": values.ravel()}, index)


def _split(estimator, X, dim, rows, first):
    """Fit both halves; return the labels of all samples by each fit."""
    return [refit(estimator, X, dim, rows, half) for half in (first, ~first)]


def _surrogate_agreements(estimator, X, dim, generator, seed, halves):
    """Return the agreement for each split of a surrogate."""
    made, rows = make_surrogate(estimator, X, dim, generator, seed, OWNER)
    return [rand_index(*_split(estimator, made, dim, rows, half)) for half in halves]


@checked(PARAMETERS)
def half_sample_agreement(
    estimator,
    X,
    *,
    groups=None,
    n_splits=3,
    surrogates="auto",
    n_surrogates=19,
    n_jobs=None,
    random_state=None,
    verbose=False,
):
    """Compare the clusters found in two halves of the samples.

    The estimator is fitted to each half, and both fits predict all samples. Samples
    that have no cluster (-1) in one of the fits are left out. The same is done for
    surrogates: random data that resemble X, but have no clusters.

    Parameters
    ----------
    estimator : clusterer, Pipeline or FieldClustering
        Estimator to clone and fit. If it has no ``predict``, the samples of the other
        half get the cluster with the nearest mean.
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples, in order of time. Labelled data are split along the dimension
        ``dim`` of :class:`~skvaeclust.xarray.FieldClustering`.
    groups : array-like or DataArray of shape (n_samples,), default=None
        Samples of the same group are in the same half. For a time series, use for
        example the year: consecutive days are similar, so halves of single days are not
        independent. Default: each sample is a group.
    n_splits : int, default=3
        Number of random splits of X, and of each surrogate.
    surrogates : {"auto", "gaussian", "unimodal", "phase"}, default="auto"
        Data without clusters to compare with; see :func:`choose_n_clusters`. "auto" is
        "phase" if ``groups`` are given or consecutive samples of the same cluster are
        similar, and "gaussian" for independent samples. With ``groups``, only "phase"
        is allowed, because the other surrogates have no memory.
    n_surrogates : int, default=19
        Number of surrogates, 0 or at least 19. Those of labelled fields are made from
        the anomalies that are clustered.
    n_jobs : int or None, default=None
        Number of parallel jobs (joblib).
    random_state : int, RandomState instance or None, default=None
        Seed of splits and surrogates. The estimator keeps its own ``random_state``.
    verbose : bool, default=False
        Whether to print the progress and the time left.

    Returns
    -------
    result : HalfSampleAgreement
        ``print`` shows a sentence; ``to_frame()`` is a table of all splits.

    Raises
    ------
    ValueError
        If there are fewer than two groups, a half has too few samples for the clusters,
        no cluster is found, or a parameter is invalid.

    See Also
    --------
    cluster_stability : Which clusters, points and samples are reproduced.
    choose_n_clusters : Choose the number of clusters.

    Notes
    -----
    The cost is ``2 * n_splits * (1 + n_surrogates)`` fits to halves. An agreement well
    above 0 does not mean that there are clusters: all halves of an elongated cloud are
    cut across its longest axis. The p-value is the fraction of all data sets, X and the
    surrogates, whose mean agreement is at least that of X. With 19 surrogates, it is at
    most 0.05 if none of them reaches the agreement of X.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.model_selection import half_sample_agreement
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> result = half_sample_agreement(
    ...     KMeans(3, n_init=3, random_state=0), X.reshape(90, -1), random_state=0
    ... )
    >>> bool(result.agreement > 0.9), result.p_value
    (True, 0.05)
    """
    has_groups = groups is not None
    estimator, X, dim, groups = check(estimator, X, groups, surrogates, n_surrogates)
    rng = check_random_state(random_state)
    seeds = rng.randint(2**31 - 1, size=n_surrogates)
    n_halves = n_splits * (1 + n_surrogates)
    drawn = draw_halves(estimator, groups, n_halves, rng)
    halves = [drawn[i : i + n_splits] for i in range(0, n_halves, n_splits)]
    rows, _ = as_rows(estimator, X, dim, OWNER)
    given = None if hasattr(estimator, "predict") else rows
    jobs = Jobs(OWNER, n_jobs, verbose, n_halves)
    labels = jobs.run(
        [delayed(_split)(estimator, X, dim, given, first) for first in halves[0]]
    )
    if np.max(labels) < 0:
        raise ValueError(f"estimator={estimator} found no cluster in X.")
    if n_surrogates:
        surrogates = choose_surrogates(surrogates, rows, labels[0][0], has_groups)
    found = jobs.run(
        [
            delayed(_surrogate_agreements)(
                estimator, X, dim, SURROGATES[surrogates], *own
            )
            for own in zip(seeds, halves[1:], strict=True)
        ],
        weight=n_splits,
    )
    return HalfSampleAgreement(
        np.array([rand_index(*pair) for pair in labels]),
        np.array(found).reshape(n_surrogates, n_splits),
        surrogates,
    )
