"""Stability of clusters, maps and labels over half samples."""

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.parallel import delayed

from skvaeclust._agreement import jaccard_indices, match_clusters
from skvaeclust._limits import checked
from skvaeclust._resampling._halves import (
    PARAMETERS,
    check,
    choose_surrogates,
    draw_halves,
)
from skvaeclust._resampling._jobs import Jobs
from skvaeclust._resampling._labelled import label_samples
from skvaeclust._resampling._refits import (
    as_rows,
    fit_quietly,
    label_all,
    make_surrogate,
    means_by_cluster,
    refit,
)
from skvaeclust._resampling._surrogates import SURROGATES
from skvaeclust._threads import on_one_thread
from skvaeclust.model_selection._stability_result import ClusterStability

OWNER = "cluster_stability"
SPLITS = 2  # halves of each surrogate


def _compare(reference, labels, half, n_clusters):
    """Match a refit with the full fit on its half; compare both on the other half.

    Parameters
    ----------
    reference, labels : ndarray of int of shape (n_samples,)
        Labels of the full fit and of the refit.
    half : ndarray of bool of shape (n_samples,)
        Samples of the refit.
    n_clusters : int
        Number of clusters of the full fit.

    Returns
    -------
    labels : ndarray of int of shape (n_samples,)
        Labels of the refit with the numbers of the full fit; -1 without a partner.
    similarity : ndarray of shape (n_clusters,)
        Jaccard index of each cluster and its partner; NaN if both are empty.
    """
    n_labels = labels.max(initial=-1) + 1
    matched = match_clusters(reference[half], labels[half], n_clusters, n_labels)
    labels = matched[labels]
    indices = jaccard_indices(reference[~half], labels[~half], n_clusters, n_clusters)
    return labels, np.diag(indices)


def _surrogate_similarity(estimator, X, dim, generator, seed, halves):
    """Return the mean Jaccard index for a surrogate and some of its halves."""
    made, rows = make_surrogate(estimator, X, dim, generator, seed, OWNER)
    model = fit_quietly(clone(estimator), made)
    reference = label_all(model, made, rows, np.ones(len(halves[0]), dtype=bool))
    if reference.max() < 0:
        return 0.0  # the estimator found no cluster
    similarity = [
        _compare(
            reference,
            refit(estimator, made, dim, rows, half),
            half,
            reference.max() + 1,
        )[1]
        for half in halves
    ]
    return float(np.nanmean(similarity))


def _mean_anomalies(rows, labels, n_clusters):
    """Average the rows of each cluster, and subtract the mean of all rows."""
    return means_by_cluster(rows, labels, n_clusters) - np.nanmean(rows, axis=0)


class _Maps:
    """Mean anomalies of the full fit, and statistics of those of the refits."""

    def __init__(self, rows, labels, n_clusters):
        self.rows, self.n_clusters = rows, n_clusters
        self.full = _mean_anomalies(rows, labels, n_clusters)
        self.squares, self.same = np.zeros((2, *self.full.shape))
        self.correlations = []

    def add(self, labels, half, ratio):
        """Add a refit. ``ratio`` is that of the groups in its half and outside."""
        own = _mean_anomalies(self.rows[half], labels[half], self.n_clusters)
        with np.errstate(invalid="ignore"):
            norms = np.linalg.norm(own, axis=1) * np.linalg.norm(self.full, axis=1)
            self.correlations.append((own * self.full).sum(axis=1) / norms)
        missing = np.isnan(own)
        self.squares += np.where(missing, 0, ratio * np.square(own - self.full))
        self.same += ~missing & (np.sign(own) == np.sign(self.full))

    def statistics(self):
        """Return correlations, standard errors and the agreement in sign."""
        correlations = np.array(self.correlations)
        n_maps = np.sum(~np.isnan(correlations), axis=0)[:, None]
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(self.squares / n_maps)
        agreement = np.where(np.isnan(self.full), np.nan, self.same / len(correlations))
        return correlations, errors, agreement


@on_one_thread
def _summarize(reference, refits, halves, rows, groups):
    """Compute the statistics of refits, by name of the attribute of the result."""
    n_clusters = reference.max() + 1
    maps, similarity = _Maps(rows, reference, n_clusters), []
    same, n_left_out = np.zeros((2, len(reference)))
    for labels, half in zip(refits, halves, strict=True):
        labels, indices = _compare(reference, labels, half, n_clusters)
        similarity.append(indices)
        n_left_out += ~half
        same += ~half & (labels == reference)
        n_groups = len(np.unique(groups[half])), len(np.unique(groups[~half]))
        maps.add(labels, half, n_groups[0] / n_groups[1])
    correlations, errors, agreement = maps.statistics()
    with np.errstate(invalid="ignore"):
        samples = np.where(reference < 0, np.nan, same / n_left_out)
    return {
        "similarities": np.array(similarity),
        "map_correlations": correlations,
        "maps": maps.full,
        "standard_error": errors,
        "sign_agreement": agreement,
        "samples": samples,
    }


@checked(PARAMETERS)
def cluster_stability(
    estimator,
    X,
    *,
    groups=None,
    n_splits=25,
    surrogates="auto",
    n_surrogates=19,
    n_jobs=None,
    random_state=None,
    verbose=False,
):
    r"""Test which clusters, points and labels are reproduced by half of the samples.

    The estimator is fitted to all samples and to random halves. The clusters of each
    half are matched one to one with those of all samples, and compared on the samples
    that were left out.

    Parameters
    ----------
    estimator : clusterer, Pipeline or FieldClustering
        Estimator to clone and fit. If it has no ``predict``, the samples that were left
        out get the cluster with the nearest mean.
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples, in order of time. For labelled X, another estimator than
        :class:`~skvaeclust.xarray.FieldClustering` is put into one along the first
        dimension.
    groups : array-like or DataArray of shape (n_samples,), default=None
        Samples of the same group are in the same half, for example those of a year or
        a cruise. Default: each sample is a group, which requires that samples are
        independent.
    n_splits : int, default=25
        Number of halves.
    surrogates : {"auto", "gaussian", "unimodal", "phase"}, default="auto"
        Data without clusters to compare with; see :func:`choose_n_clusters`. "auto" is
        "phase" if ``groups`` are given or consecutive samples of the same cluster are
        similar, and "gaussian" for independent samples. With ``groups``, only "phase"
        is allowed.
    n_surrogates : int, default=19
        Number of surrogates, 0 or at least 19. Two halves of each are compared.
    n_jobs : int or None, default=None
        Number of parallel jobs (joblib).
    random_state : int, RandomState instance or None, default=None
        Seed of halves and surrogates. The estimator keeps its own ``random_state``.
    verbose : bool, default=False
        Whether to print the progress and the time left.

    Returns
    -------
    result : ClusterStability
        ``print`` shows a sentence; ``to_frame()`` is a table of the clusters.

    Raises
    ------
    ValueError
        If there are fewer than two groups, a half has too few samples for the clusters,
        no cluster is found, or a parameter is invalid.

    See Also
    --------
    half_sample_agreement : Agreement of two halves, with a p-value.
    choose_n_clusters : Choose the number of clusters.

    Notes
    -----
    The cost is ``1 + n_surrogates`` fits to all samples, and
    ``n_splits + 2 * n_surrogates`` fits to halves.

    Let A be a cluster, and B its partner in a refit. Clusters are matched so that the
    sum of the Jaccard indices over the samples of the refit is largest. The similarity
    is the Jaccard index of A and B over the samples that were left out,

    .. math:: J = \frac{|A \cap B|}{|A \cup B|}.

    A cluster is *found* if J > 1/2. At most one cluster of a partition can satisfy
    this; otherwise, the cluster is dissolved in the sense of [1]_. According to the
    documentation of the method of [1]_ in the R package fpc, a stable cluster has a
    mean J of at least 0.75, and a cluster with less than 0.6 should not be trusted.

    The clusters of data without clusters can be stable as well: an elongated cloud is
    always cut across its longest axis. Therefore, the mean J over all clusters is
    compared with surrogates. The level is exceeded by at most 5 % of data sets without
    clusters: with 19 surrogates, it is their maximum. Consecutive samples are similar
    if the lag-one autocorrelation of deviations from the mean of the cluster exceeds
    0.1.

    The map of a cluster is the mean of its samples minus the mean of all samples. For
    labelled fields, these are the anomalies that are clustered, in the units of X. With
    maps :math:`m_s` of S halves, m of all samples, and :math:`g_s` and :math:`h_s`
    groups inside and outside the half, the standard error is that of the delete-d
    jackknife [2]_,

    .. math:: \sqrt{\frac{1}{S} \sum_s \frac{g_s}{h_s} (m_s - m)^2}.

    References
    ----------
    .. [1] C. Hennig, "Cluster-wise assessment of cluster stability", Computational
       Statistics and Data Analysis 52, 2007. :doi:`10.1016/j.csda.2006.11.025`
    .. [2] J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation",
       Annals of Statistics 17, 1989. :doi:`10.1214/aos/1176347263`

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.model_selection import cluster_stability
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> result = cluster_stability(
    ...     KMeans(3, n_init=3, random_state=0), X.reshape(90, -1), random_state=0
    ... )
    >>> bool(result.similarity.min() > 0.9 > result.level)
    True
    """
    has_groups = groups is not None
    estimator, X, dim, groups = check(estimator, X, groups, surrogates, n_surrogates)
    rng = check_random_state(random_state)
    seeds = rng.randint(2**31 - 1, size=n_surrogates)
    n_halves = n_splits + SPLITS * n_surrogates
    halves = draw_halves(estimator, groups, n_halves, rng)
    rows, as_maps = as_rows(estimator, X, dim, OWNER)
    jobs = Jobs(OWNER, n_jobs, verbose, n_splits + n_surrogates)
    model = clone(estimator).fit(X)
    reference = label_all(model, X, rows, np.ones(len(rows), dtype=bool))
    if reference.max() < 0:
        raise ValueError(f"estimator={estimator} found no cluster in X.")
    kind = choose_surrogates(surrogates, rows, reference, has_groups)
    given = None if hasattr(model, "predict") else rows
    of_surrogates = np.array_split(halves[n_splits:], max(1, n_surrogates))
    found = jobs.run(
        [delayed(refit)(estimator, X, dim, given, half) for half in halves[:n_splits]]
        + [
            delayed(_surrogate_similarity)(estimator, X, dim, SURROGATES[kind], *own)
            for own in zip(seeds, of_surrogates, strict=False)
        ]
    )
    statistics = _summarize(
        reference, found[:n_splits], halves[:n_splits], rows, groups
    )
    for name in ("maps", "standard_error", "sign_agreement"):
        in_units = name != "sign_agreement"
        statistics[name] = as_maps(statistics[name], in_units=in_units)
    statistics["samples"] = label_samples(statistics["samples"], X, dim)
    return ClusterStability(
        estimator=model,
        labels=label_samples(reference, X, dim),
        **statistics,
        surrogates=kind,
        surrogate_similarity=np.array(found[n_splits:]),
    )
