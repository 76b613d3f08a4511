"""How many clusters there are, if any: a comparison with data without clusters."""

import warnings
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples

from skvaeclust.model_selection._classifiability import (
    agreements_with_others,
    classifiability_scores,
    distinctness,
    final_step,
)
from skvaeclust.model_selection._result import NumberOfClusters
from skvaeclust.model_selection._rule import (
    LEAST_SURROGATES,
    choose_number,
    is_clear,
    n_tested,
    p_values,
    rounds,
)
from skvaeclust.model_selection._surrogates import (
    gaussian_surrogates,
    phase_randomized_surrogates,
)

MODELS_TOGETHER = 10  # in one task: restarts of one or more data sets
SURROGATES = {"gaussian": gaussian_surrogates, "phase": phase_randomized_surrogates}


def _check_candidates(n_clusters, n_samples):
    """The numbers of clusters to try, increasing."""
    candidates = sorted(set(n_clusters))
    if not candidates or candidates[-1] < 2:
        raise ValueError(
            f"n_clusters={n_clusters!r} must hold a number of clusters >= 2."
        )
    for number in candidates:
        check_scalar(number, "n_clusters", Integral, min_val=1)
    if candidates[-1] > n_samples:
        raise ValueError(
            f"n_clusters={n_clusters!r} goes up to {candidates[-1]}, but X has "
            f"{n_samples} samples."
        )
    return np.array(candidates)


def _check_estimator(estimator):
    """Name of the parameter n_clusters; restarts are needed."""
    params = estimator.get_params()
    prefix = f"{estimator.steps[-1][0]}__" if hasattr(estimator, "steps") else ""
    if f"{prefix}n_clusters" not in params:
        raise TypeError(
            f"{estimator} has no parameter {prefix}n_clusters. Pass a VAEClustering, "
            "or a Pipeline that ends in one."
        )
    if params.get(f"{prefix}n_init") == 1:
        raise ValueError(
            "n_init=1 leaves the agreement between restarts unknown. Pass an estimator "
            "with n_init >= 2, better 3 or more."
        )
    return f"{prefix}n_clusters"


def _check_level(alpha, n_surrogates):
    check_scalar(
        alpha, "alpha", Real, min_val=0, max_val=1, include_boundaries="neither"
    )
    check_scalar(n_surrogates, "n_surrogates", Integral, min_val=LEAST_SURROGATES)


def _seeds(rng, n_data_sets, n_candidates):
    """Seeds of the data sets, and of the fits to them."""
    largest = np.iinfo(np.int32).max
    draw_seeds = rng.randint(largest, size=n_data_sets)
    return draw_seeds, rng.randint(largest, size=(n_data_sets, n_candidates))


def _set_seeds(estimator, seed):
    """Set every random_state of an estimator and its parts."""
    rng = np.random.RandomState(seed)
    names = sorted(
        name
        for name in estimator.get_params()
        if name == "random_state" or name.endswith("__random_state")
    )
    return estimator.set_params(
        **{name: rng.randint(np.iinfo(np.int32).max) for name in names}
    )


@dataclass(frozen=True)
class _Judged:
    """A fitted model as it is judged: scores, labels, and those of all restarts."""

    scores: dict
    labels: np.ndarray
    restart_labels: np.ndarray


def _judge(estimator, X):
    """Judge a model that is fitted to X."""
    final = final_step(estimator)
    if not hasattr(final, "restart_labels_"):
        raise TypeError(
            f"{type(final).__name__} has no restart_labels_, whose agreement counts. "
            "Pass a VAEClustering, or a Pipeline that ends in one."
        )
    scores = classifiability_scores(estimator, X)
    scores["converged"] = getattr(final, "converged_", True)
    return _Judged(scores, final.labels_, final.restart_labels_)


def confirmation(labels, trainings):
    """Adjusted Rand index that two other trainings reach, or the only other one.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
    trainings : sequence of ndarray of shape (n_samples,)
        Labels of all trainings, among them the one that gave `labels`.

    Returns
    -------
    agreement : float
    """
    return agreements_with_others(labels, trainings)[-2:][0]


def _scores(models, min_share):
    """Scores of models of one data set, with increasing numbers of clusters.

    Trainings with the next number may confirm the clusters too: one cluster too many
    often stays empty. With a cluster that is too small, distinctness is 0.
    """
    for i, model in enumerate(models):
        trainings = np.concatenate([near.restart_labels for near in models[i : i + 2]])
        scores = model.scores | {"agreement": confirmation(model.labels, trainings)}
        parts = [scores[name] for name in ("separation", "data_separation")]
        large = scores["smallest_share"] >= min_share
        scores["distinctness"] = (
            distinctness(*parts, scores["agreement"]) if large else 0.0
        )
        yield scores


def _fit_together(estimators, data):
    """Fit each estimator to its data: as one stack, where the estimator can."""
    final = estimators[0][-1] if hasattr(estimators[0], "steps") else estimators[0]
    if not hasattr(final, "_fit_together"):
        for estimator, X in zip(estimators, data, strict=True):
            estimator.fit(X)
    elif final is estimators[0]:
        final._fit_together(estimators, data)
    else:
        data = [
            pipeline[:-1].fit_transform(X) if len(pipeline) > 1 else X
            for pipeline, X in zip(estimators, data, strict=True)
        ]
        final._fit_together([pipeline[-1] for pipeline in estimators], data)


@dataclass(frozen=True)
class _Plan:
    """What is fitted to what: data set 0 is X, the others are surrogates.

    Seeds have shape (n_data_sets, n_candidates) for the fits, and (n_data_sets,) for
    the draws.
    """

    estimator: object
    X: object
    parameter: str
    candidates: np.ndarray
    draw: object
    seeds: np.ndarray
    draw_seeds: np.ndarray

    def fit(self, numbers, j):
        """Fit candidate j to some data sets; judge the models, and keep that of X."""
        draws = [
            self.draw(self.X, random_state=self.draw_seeds[i]) for i in numbers if i
        ]
        data = [self.X] * (0 in numbers) + [draw[0] for draw in draws]
        params = {self.parameter: int(self.candidates[j])}
        models = [
            _set_seeds(clone(self.estimator).set_params(**params), self.seeds[i, j])
            for i in numbers
        ]
        with warnings.catch_warnings():
            # With too many clusters some stay empty: that is what is asked here.
            warnings.simplefilter("ignore", ConvergenceWarning)
            _fit_together(models, data)
        judged = [_judge(*pair) for pair in zip(models, data, strict=True)]
        return judged, models[0] if 0 in numbers else None

    def fit_all(self, numbers, n_tried, n_jobs):
        """Fit the first candidates to data sets, a few in a task.

        Returns
        -------
        judged : list of tuple of _Judged
            For each data set, its models.
        models : tuple
            The models of X, if it is among the data sets.
        """
        n_init = self.parameter.replace("n_clusters", "n_init")
        n_restarts = self.estimator.get_params().get(n_init, 1)
        size = max(1, MODELS_TOGETHER // n_restarts)
        results = Parallel(n_jobs=n_jobs)(
            delayed(self.fit)(batch, j)
            for batch in np.array_split(numbers, -(-len(numbers) // size))
            for j in range(n_tried)
        )
        judged, models = zip(*results, strict=True)
        starts = range(0, len(judged), n_tried)
        batches = [zip(*judged[i : i + n_tried], strict=True) for i in starts]
        return [row for batch in batches for row in batch], models


def _as_arrays(data_sets, n_candidates, min_share):
    """Scores (n_data_sets, n_candidates) by name, with the gain of the objective.

    Parameters
    ----------
    data_sets : list of list of _Judged
        For each data set, models of the first candidates. For others, scores are NaN.
    n_candidates : int
    min_share : float
    """
    rows = [list(_scores(models, min_share)) for models in data_sets]
    shape = len(rows), n_candidates
    arrays = {name: np.full(shape, np.nan) for name in rows[0][0]}
    for i, j in np.ndindex(shape):
        for name, value in rows[i][j].items() if j < len(rows[i]) else ():
            arrays[name][i, j] = value
    return arrays | {"gain": np.diff(arrays["elbo"], axis=1, prepend=np.nan)}


def choose_n_clusters(
    estimator,
    X,
    n_clusters=range(2, 7),
    *,
    n_surrogates=8,
    kind="gaussian",
    alpha=0.05,
    min_distinctness=1.5,
    min_share=0.05,
    n_jobs=None,
    random_state=None,
):
    r"""Choose the number of clusters, or say that there are none.

    Fits the estimator with each number of clusters to X, and to surrogates: data with
    the same mean and covariance, but without clusters. Clusters count if they are more
    distinct than what the same estimator makes of surrogates.

    Parameters
    ----------
    estimator : VAEClustering, or Pipeline that ends in one
        With ``n_init`` of at least 2, better 3 or more. It is cloned, not changed.
    X : array-like of shape (n_samples, ...)
        The samples, flat or fields. Points that are NaN in every sample (land) are left
        out.
    n_clusters : iterable of int, default=range(2, 7)
        Numbers of clusters to try. 1 may be among them, to see what the objective gains
        with the second cluster.
    n_surrogates : int, default=8
        Largest number of surrogates, at least 2. After the second, the fourth, the
        eighth and so on the others are left out if the choice is clear: where no number
        of clusters is distinct enough, or, from the fourth on, where the p-value of the
        most distinct is at most ``alpha / 5``.
    kind : {"gaussian", "phase"}, default="gaussian"
        :func:`gaussian_surrogates`, or for time series, whose samples depend on those
        before, :func:`phase_randomized_surrogates`.
    alpha : float, default=0.05
        Level of the test: in Gaussian data, clusters are reported with at most this
        probability.
    min_distinctness : float, default=1.5
        Least distinctness of clusters. It guards against clouds that have no clusters
        and are not Gaussian either.
    min_share : float, default=0.05
        With a cluster that has a smaller share of the samples than this, distinctness
        is 0.
    n_jobs : int or None, default=None
        Number of fits at the same time, in the words of joblib. None is 1, or what
        :func:`joblib.parallel_config` says. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of surrogates and fits. It replaces every ``random_state`` of the
        estimator.

    Returns
    -------
    result : NumberOfClusters
        With ``n_clusters_``, ``estimator_``, ``to_frame()`` and ``plot()``.

    Warns
    -----
    ConvergenceWarning
        If fits to X have not converged.

    See Also
    --------
    select_classifiable : Chooses other parameters as well, without surrogates.

    Notes
    -----
    The distinctness of the clusters of a model is

    .. math:: T = \max(A, 0) \sqrt{r_z\, r_x}

    with the agreement A of the clusters with those of other trainings, and the least
    ratio :math:`d_{ij} / (s_i + s_j)` (see :func:`classifiability_report`) of p(z|k) in
    latent space, :math:`r_z`, and of the samples in the space that the clusterer sees,
    :math:`r_x`. A is the adjusted Rand index that two other trainings reach, with this
    number of clusters or the next: one cluster too many often stays empty, and the
    others are found again. No factor is enough alone. Networks pull apart in latent
    space what they cut; a cube cut in halves has a ratio of :math:`\sqrt 3` against
    1.32 of a Gaussian; restarts agree on a cut along a long first principal component.
    In a cloud, restarts disagree, or the parts are close.

    The p-value of a number of clusters compares its distinctness with the greatest of
    each surrogate over the numbers tried, so that the probability of a false alarm does
    not grow with them. Surrogates are tried with the numbers up to the largest that may
    be chosen, and the next: more clusters make them less distinct. With the mean m and
    the standard deviation s of these n values,

    .. math:: p = P\left(t_{n-1} \ge \frac{T - m}{s \sqrt{1 + 1/n}}\right),

    the probability that one more surrogate is at least as distinct, if their greatest
    distinctness is normally distributed (the prediction interval of Student's t; ranks
    would need 19 surrogates to get to 5 %).

    Looking after every doubling lets false alarms in Gaussian data rise from 5 % to
    5.4 % with the defaults (to 5.6 % with 32 surrogates).

    A cloud that is not Gaussian can have a low p-value without having clusters, which
    is why size counts as well. If the most distinct number has :math:`p \le \alpha`,
    there are clusters, and of the numbers whose distinctness is at least
    ``min_distinctness``, the largest is chosen that has at least 83 % of the greatest:
    one cluster too few is distinct too where two are close together, but one too many
    is not.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.model_selection import choose_n_clusters
    >>> def examine(X):
    ...     result = choose_n_clusters(VAEClustering(), X, range(2, 7), n_jobs=2)
    ...     result.plot()
    ...     return result.n_clusters_, result.to_frame()
    """
    candidates = _check_candidates(n_clusters, _num_samples(X))
    parameter = _check_estimator(estimator)
    _check_level(alpha, n_surrogates)
    if kind not in SURROGATES:
        raise ValueError(f"kind={kind!r} must be one of {list(SURROGATES)}.")
    rng = check_random_state(random_state)
    draw_seeds, seeds = _seeds(rng, 1 + n_surrogates, len(candidates))
    plan = _Plan(
        estimator, X, parameter, candidates, SURROGATES[kind], seeds, draw_seeds
    )
    rule = {"alpha": alpha, "least": min_distinctness}
    judged, models = plan.fit_all([0], len(candidates), n_jobs)
    arrays = _as_arrays(judged, len(candidates), min_share)
    scores = {name: values[0] for name, values in arrays.items()}
    distinct = scores["distinctness"]
    surrogates = []
    for numbers in rounds(n_surrogates):
        surrogates += plan.fit_all(numbers, n_tested(distinct), n_jobs)[0]
        surrogate_scores = _as_arrays(surrogates, len(candidates), min_share)
        p = p_values(distinct, surrogate_scores["distinctness"])
        if is_clear(distinct, p, len(surrogates), **rule):
            break
    scores["converged"] = scores["converged"].astype(bool)
    chosen = choose_number(candidates, distinct, p, **rule)
    if not scores["converged"].all():
        warnings.warn(
            "Fits to X have not converged with n_clusters="
            f"{candidates[~scores['converged']].tolist()}. Increase max_epochs.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return NumberOfClusters(
        n_clusters_=chosen,
        estimator_=None if chosen == 1 else models[list(candidates).index(chosen)],
        n_clusters=candidates,
        scores=scores,
        surrogate_scores=surrogate_scores,
        p_values=p,
        alpha=alpha,
        min_distinctness=float(min_distinctness),
    )
