"""Choice of the number of clusters by comparison with data without clusters."""

from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.parallel import delayed

from skvaeclust._fields import refuse_other_types
from skvaeclust._labels import MAX_CLUSTERS, is_labelled
from skvaeclust._limits import FRACTION, MAX_RESAMPLES, checked, count
from skvaeclust._random_init import RandomInit
from skvaeclust._resampling._jobs import Jobs
from skvaeclust._resampling._labelled import match, n_samples, surrogate
from skvaeclust._resampling._refits import fit_quietly
from skvaeclust._resampling._surrogates import SURROGATES
from skvaeclust._steps import (
    NEEDED,
    RESAMPLE,
    clusterer_prefix,
    final_step,
    require_estimator,
)
from skvaeclust._warnings import warn
from skvaeclust._words import shown
from skvaeclust.model_selection._classifiability import scores_of
from skvaeclust.model_selection._result import NumberOfClusters
from skvaeclust.model_selection._rule import (
    ALPHA,
    FIRST_SURROGATES,
    MIN_DISTINCTNESS,
    choose_number,
    evidence,
    is_clear,
    p_values,
    rounds,
)


def default_estimator():
    """Return the estimator that is used if none is given."""
    from skvaeclust import PCScaledNoiseAugmenter, VAEClustering

    return VAEClustering(augmenter=PCScaledNoiseAugmenter(2))


def _check_candidates(n_clusters, n_samples):
    """Return the numbers of clusters to try, in increasing order."""
    try:
        numbers = None if isinstance(n_clusters, str) else n_clusters
        candidates = [*islice(numbers, MAX_CLUSTERS + 1)]
    except TypeError:
        raise TypeError(
            f"n_clusters={shown(n_clusters)} must be the numbers to try, for "
            "example [3] or range(2, 7)."
        ) from None
    largest = min(n_samples, MAX_CLUSTERS)
    for number in candidates:
        if not count(1, largest).is_satisfied_by(number):
            raise ValueError(
                f"n_clusters={shown(n_clusters)} must contain integers from 1 to "
                f"{largest}, got {shown(number)}. X has {n_samples} samples."
            )
    candidates = sorted(set(candidates))
    if not candidates or candidates[-1] < 2:
        raise ValueError(f"n_clusters={shown(n_clusters)} must contain a number >= 2.")
    return np.array(candidates)


def _check_estimator(estimator):
    """Check an estimator; return the name of its parameter n_clusters."""
    params, prefix = estimator.get_params(), clusterer_prefix(estimator)
    if f"{prefix}n_clusters" not in params:
        raise TypeError(
            f"estimator={estimator} has no parameter {prefix}n_clusters. Pass a "
            "VAEClustering, or a Pipeline or FieldClustering of one."
        )
    init = params.get(f"{prefix}init")
    is_random = isinstance(init, RandomInit) or str(init) == "random"
    if is_random and params[f"{prefix}n_init"] == 1:
        raise ValueError(
            "The agreement between restarts needs at least two. Pass an estimator with "
            f"n_init >= 2 or init='auto'; got n_init=1 and init={init!r}."
        )
    return f"{prefix}n_clusters"


def _set_seeds(estimator, seed):
    """Set each ``random_state`` of an estimator and its components."""
    rng = np.random.RandomState(seed)
    names = sorted(
        name
        for name in estimator.get_params()
        if name == "random_state" or name.endswith("__random_state")
    )
    return estimator.set_params(
        **{name: rng.randint(np.iinfo(np.int32).max) for name in names}
    )


def _scores(estimator, X):
    """Return the scores of a model fitted to X, by name."""
    final = final_step(estimator, (*NEEDED, "restart_agreement_"), RESAMPLE)
    scores = scores_of(estimator, X)
    return scores | {"converged": getattr(final, "converged_", True)}


@dataclass(frozen=True)
class _Plan:
    """Data, candidates and seeds of all fits. Data set 0 is X, others surrogates."""

    estimator: object
    X: object
    dim: str | None
    parameter: str
    candidates: np.ndarray
    surrogates: object
    surrogate_seeds: np.ndarray
    fit_seeds: np.ndarray

    def fit(self, i, candidates):
        """Fit candidates to data set i; return scores, and the models if it is X.

        Consecutive fits have the same data and seed, so that principal components,
        graph and t-SNE are computed once.
        """
        X = self.X
        if i:
            seed = self.surrogate_seeds[i]
            X = surrogate(self.estimator, X, self.dim, self.surrogates, seed)
        models, scores = [], []
        for number in candidates:
            model = clone(self.estimator).set_params(**{self.parameter: int(number)})
            _set_seeds(model, self.fit_seeds[i])
            # Empty clusters and different starts are expected for large numbers.
            fit_quietly(model, X)
            scores.append(_scores(model, X))
            models.append(model)
        return scores, models if i == 0 else None

    def fit_all(self, numbers, jobs):
        """Fit all candidates to data sets in parallel.

        A job is a candidate for X, and all candidates for a surrogate.

        Parameters
        ----------
        numbers : sequence of int
            Either 0 or some surrogates.
        jobs : Jobs

        Returns
        -------
        fits : list of tuple of list
            Scores and models (None for surrogates) of each data set.
        """
        if numbers[0] == 0:
            each = jobs.run([delayed(self.fit)(0, [k]) for k in self.candidates])
            scores, models = zip(*each, strict=True)
            return [([*chain(*scores)], [*chain(*models)])]
        n = len(self.candidates)
        return jobs.run([delayed(self.fit)(i, self.candidates) for i in numbers], n)


def _make_plan(X, estimator, n_clusters, surrogates, n_surrogates, random_state):
    """Check the parameters; choose a seed for each data set."""
    if X is None or hasattr(X, "get_params"):
        raise TypeError(
            f"X={X!r} must be an array of samples. Call choose_n_clusters(X, "
            "estimator), with the samples first."
        )
    if estimator is None:
        estimator = default_estimator()
    require_estimator(estimator, "get_params")
    if not is_labelled(X):
        refuse_other_types(X)
    estimator, X, dim = match(estimator, X)
    candidates = _check_candidates(n_clusters, n_samples(X, dim))
    parameter = _check_estimator(estimator)
    rng = check_random_state(random_state)
    seeds = rng.randint(np.iinfo(np.int32).max, size=(2, 1 + n_surrogates))
    generator = SURROGATES[surrogates]
    return _Plan(estimator, X, dim, parameter, candidates, generator, *seeds)


def _as_arrays(data_sets, min_fraction):
    """Stack scores by name as arrays of shape (n_data_sets, n_candidates).

    Distinctness and isolation are 0 if a cluster is too small.
    """
    arrays = {
        name: np.array([[scores[name] for scores in rows] for rows in data_sets])
        for name in data_sets[0][0]
    }
    small = arrays["smallest_fraction"] < min_fraction
    for name in ("distinctness", "isolation"):
        arrays[name] = np.where(small, 0.0, arrays[name])
    return arrays | {"gain": np.diff(arrays["elbo"], axis=1, prepend=np.nan)}


@checked(
    {
        "surrogates": [StrOptions({*SURROGATES})],
        "n_surrogates": [count(FIRST_SURROGATES, MAX_RESAMPLES)],
        "min_distinctness": [FRACTION],
        "min_fraction": [FRACTION],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
)
def choose_n_clusters(
    X,
    estimator=None,
    n_clusters=range(2, 7),
    *,
    surrogates="gaussian",
    n_surrogates=8,
    min_distinctness=MIN_DISTINCTNESS,
    min_fraction=0.05,
    n_jobs=None,
    random_state=None,
    verbose=False,
):
    r"""Choose the number of clusters, or report that there are none.

    Models with each number of clusters are fitted to X and to surrogates: random data
    that resemble X but have no clusters. The clusters of X are accepted if they are
    distinct, and significantly more distinct than those found in surrogates.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples, flat or fields. Points that are NaN in every sample (land) are
        ignored.
    estimator : VAEClustering, Pipeline with one, or FieldClustering, default=None
        Estimator to clone and fit. Default: a VAEClustering with default parameters and
        two noisy copies per sample. For labelled X, it is put into a FieldClustering
        along the first dimension.
    n_clusters : iterable of int, default=range(2, 7)
        Numbers of clusters to try. Include 1 to compute the gain in the objective from
        the second cluster.
    surrogates : {"gaussian", "unimodal", "phase"}, default="gaussian"
        Data to compare with: :func:`gaussian_surrogates`; :func:`unimodal_surrogates`
        for data that are skewed, flat or heavy-tailed; or
        :func:`phase_randomized_surrogates` for autocorrelated time series.
    n_surrogates : int, default=8
        Maximum number of surrogates, at least 4. None are used if no number of clusters
        is distinct enough. After 4, 8, 16 and so on, the remaining ones are skipped if
        the smallest p-value is at most 0.01.
    min_distinctness : float, default=0.45
        Minimum distinctness of clusters, between 0 and 1. It prevents false alarms for
        data without clusters that do not resemble the surrogates, such as a bent sheet.
    min_fraction : float, default=0.05
        Minimum fraction of the samples in a cluster. If a cluster is smaller, the
        distinctness is 0.
    n_jobs : int or None, default=None
        Number of parallel jobs (joblib). None is 1 unless set by
        :func:`joblib.parallel_config`. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of surrogates and fits. It replaces each ``random_state`` of the estimator.
    verbose : bool, default=False
        Whether to print the progress, and the time left if all surrogates are needed.

    Returns
    -------
    result : NumberOfClusters
        Result with ``n_clusters``, ``estimator`` and ``to_frame()``. ``print`` shows a
        sentence with the reason.

    Raises
    ------
    ValueError
        If a parameter or X is invalid.
    TypeError
        If ``n_clusters`` is a single number, or the estimator has no parameter of this
        name or lacks the fitted attributes needed for the scores.

    Warns
    -----
    ConvergenceWarning
        If the fit with the chosen number has not converged.

    See Also
    --------
    skvaeclust.inspection.NumberOfClustersDisplay : Plot of the result.
    select_classifiable : Select other parameters as well, without surrogates.

    Notes
    -----
    The distinctness of the clusters of a model is

    .. math:: T = \max(A, 0)\, \min(I / 1.5, 1),

    where the agreement A is the mean adjusted Rand index with the partitions of all
    other starts, and the isolation I is the minimum over pairs of clusters i, j of

    .. math:: I_{ij} = \frac{\min(1 - \mu_i, 1 - \mu_j)}{w_{ij} (1/v_i + 1/v_j)}.

    The isolation compares the cuts within clusters with the cut between them, in the
    fuzzy graph of the six nearest neighbours on ten principal components:
    :math:`\mu_i` is the second eigenvalue of a random walk within cluster i,
    :math:`w_{ij}` the weight of the edges between i and j, and :math:`v_i` that of the
    edges of i [1]_. It is high if each cluster is hard to cut in two and the clusters
    are easy to separate.

    Neither factor is sufficient alone. In an elongated cloud or a bent sheet, different
    starts agree on two halves, but each half is as easy to cut again. In a round cloud,
    a cut may look isolated, but different starts find different cuts. With one
    cluster too few, a merged pair is easy to cut in two. With one too many, two parts
    of a cluster are hard to separate.

    The p-value of a number of clusters compares :math:`A I` with the maximum over all
    numbers in each surrogate, so that the probability of a false alarm does not grow
    with the number of candidates. Let m and s be the mean and the standard deviation of
    the logarithms of these n maxima. Then

    .. math::

        p = P\left(t_{n-1} \ge \frac{\ln(A I) - m}{s \sqrt{1 + 1/n}}\right),

    is the probability that another surrogate reaches this value, if the maxima are
    log-normal (prediction interval of Student's t). A rank test would need 19
    surrogates for a level of 5 %. Testing after the fourth surrogate and again after
    the eighth increases the rate of false alarms from 5 % to 5.5 %.

    If the smallest p-value is at most 0.05, the result is the largest number of
    clusters whose distinctness is at least ``min_distinctness`` and at least 95 % of
    the maximum. Otherwise, there are no clusters.

    References
    ----------
    .. [1] S. Oveis Gharan, L. Trevisan, "Partitioning into Expanders", Proceedings of
       the 25th ACM-SIAM Symposium on Discrete Algorithms, 2014. :arxiv:`1309.3223`

    Examples
    --------
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.model_selection import choose_n_clusters
    >>> X = make_idealized_circulations(20, height=8, width=9, random_state=0).data
    >>> result = choose_n_clusters(X, n_clusters=[2, 3, 4], random_state=0)
    >>> result.n_clusters
    3
    >>> result.estimator.cluster_centers_.shape
    (3, 2, 8, 9)
    """
    plan = _make_plan(X, estimator, n_clusters, surrogates, n_surrogates, random_state)
    rule = {"alpha": ALPHA, "min_distinctness": min_distinctness}
    n_fits = len(plan.candidates) * (1 + n_surrogates)
    jobs = Jobs("choose_n_clusters", n_jobs, verbose, n_fits)
    data_sets, models = [], None
    for numbers in ([0], *rounds(n_surrogates)):
        for scores, kept in plan.fit_all(numbers, jobs):
            models = models or kept
            data_sets.append(scores)
        arrays = _as_arrays(data_sets, min_fraction)
        distinct = arrays["distinctness"][0]
        observed, *surrogate = evidence(arrays["isolation"], arrays["agreement"])
        p = p_values(observed, np.array(surrogate))
        if is_clear(distinct, p, **rule):
            break
    chosen = choose_number(plan.candidates, distinct, p, **rule)
    position = None if chosen == 1 else list(plan.candidates).index(chosen)
    result = NumberOfClusters(
        n_clusters=chosen,
        estimator=None if position is None else models[position],
        candidates=plan.candidates,
        scores={name: values[0] for name, values in arrays.items()},
        surrogate_scores={name: values[1:] for name, values in arrays.items()},
        p_values=p,
        surrogates=surrogates,
        min_distinctness=float(min_distinctness),
    )
    if position is not None and not result.scores["converged"][position]:
        warn(
            f"The fit with n_clusters={chosen} has not converged. Increase max_epochs.",
            ConvergenceWarning,
        )
    return result
