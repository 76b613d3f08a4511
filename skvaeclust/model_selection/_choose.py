"""How many clusters there are, if any: a comparison with data without clusters."""

import warnings
from numbers import Integral, Real

import numpy as np
from scipy.stats import t as student_t
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples

from skvaeclust.model_selection._classifiability import (
    classifiability_scores,
    final_step,
)
from skvaeclust.model_selection._result import NumberOfClusters
from skvaeclust.model_selection._selection import nearly_most_distinct
from skvaeclust.model_selection._surrogates import (
    gaussian_surrogates,
    phase_randomized_surrogates,
)

MODELS_TOGETHER = 10  # in one task: restarts of one or more data sets
LEAST_SURROGATES = 2  # have a spread
CLEAR = 0.2  # a p-value below this times alpha needs no more surrogates
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


def _batches(numbers, size):
    """Numbers of data sets, so many in one task."""
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


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


def _score(estimator, X, min_share):
    """Scores of a model fitted to X; clusters that are too small are not distinct."""
    scores = classifiability_scores(estimator, X)
    if scores["smallest_share"] < min_share:
        scores["distinctness"] = 0.0
    converged = getattr(final_step(estimator), "converged_", True)
    return scores | {"converged": bool(converged)}


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


def _fit_and_score(estimator, X, params, numbers, seeds, draw, draw_seeds, min_share):
    """Scores of models of some data sets, and the model of X if it is among them.

    Parameters
    ----------
    estimator : estimator
    X : array-like of shape (n_samples, ...)
    params : dict
        To set in all of them.
    numbers : sequence of int
        Data sets: 0 is X, the others are surrogates.
    seeds, draw_seeds : ndarray of shape (n_data_sets,)
        Seeds of the models and of the surrogates.
    draw : callable
        Draws a surrogate.
    min_share : float

    Returns
    -------
    scores : list of dict
    model : estimator or None
    """
    data = [draw(X, random_state=draw_seeds[i])[0] if i > 0 else X for i in numbers]
    models = [
        _set_seeds(clone(estimator).set_params(**params), seeds[i]) for i in numbers
    ]
    with warnings.catch_warnings():
        # With too many clusters some stay empty: that is what is asked here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        _fit_together(models, data)
    scores = [_score(*pair, min_share) for pair in zip(models, data, strict=True)]
    return scores, models[0] if numbers[0] == 0 else None


def _as_arrays(results):
    """Arrays (n_data_sets, n_candidates) by name, with the gain of the objective.

    Parameters
    ----------
    results : list of list
        What `_fit_and_score` gives, for each batch of data sets and each candidate.
    """
    rows = [
        row for batch in results for row in zip(*(s for s, _ in batch), strict=True)
    ]
    arrays = {
        name: np.array([[score[name] for score in row] for row in rows])
        for name in rows[0][0]
    }
    gain = np.diff(arrays["elbo"], axis=1, prepend=np.nan)
    return arrays | {"gain": gain}


def p_values(observed, surrogates):
    r"""Probability that the best candidate of a surrogate is at least as distinct.

    Parameters
    ----------
    observed : ndarray of shape (n_candidates,)
        Distinctness in the samples.
    surrogates : ndarray of shape (n_surrogates, n_candidates)
        Distinctness in surrogates.

    Returns
    -------
    p_values : ndarray of shape (n_candidates,)
        That of one more draw from the normal distribution that the greatest
        distinctness of the surrogates comes from, whose mean and variance are
        estimated: of Student's t with n - 1 degrees of freedom.
    """
    best = surrogates.max(axis=1)
    spread = best.std(ddof=1) * np.sqrt(1 + 1 / len(best))
    spread = max(spread, np.finfo(float).tiny)
    return student_t.sf((observed - best.mean()) / spread, len(best) - 1)


def _eligible(distinct, least):
    """Which candidates are distinct, and nearly the most."""
    return (distinct >= least) & nearly_most_distinct(distinct)


def _rounds(n_surrogates):
    """Data sets of each round: X and two surrogates, then twice as many surrogates."""
    ends = [LEAST_SURROGATES]
    while ends[-1] < n_surrogates:
        ends.append(min(2 * ends[-1], n_surrogates))
    return np.split(np.arange(1 + n_surrogates), 1 + np.array(ends[:-1]))


def _is_clear(distinct, p, n_surrogates, *, alpha, least):
    """Whether more surrogates will not change the choice, or hardly."""
    eligible = _eligible(distinct, least)
    enough = n_surrogates > LEAST_SURROGATES  # two may be alike by chance
    return not eligible.any() or (enough and p[eligible].max() <= CLEAR * alpha)


def choose_number(candidates, distinct, p, *, alpha, least):
    """The largest candidate that is distinct, beyond chance, and nearly the most.

    Parameters
    ----------
    candidates : ndarray of shape (n_candidates,)
        Numbers of clusters.
    distinct : ndarray of shape (n_candidates,)
        Distinctness.
    p : ndarray of shape (n_candidates,)
        p-values.
    alpha, least : float
        Largest p-value and least distinctness.

    Returns
    -------
    n_clusters : int
        1 where there is none.
    """
    passed = (p <= alpha) & _eligible(distinct, least)
    return int(candidates[passed].max(initial=1))


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
        of clusters is distinct enough, or, from the fourth on, where p-values are at
        most ``alpha / 5``.
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

    with the agreement A of the clusters with those of the other restarts (the upper
    quartile: what a quarter of them finds again is not chance), and the least ratio
    :math:`d_{ij} / (s_i + s_j)` (see :func:`classifiability_report`) of p(z|k) in
    latent space, :math:`r_z`, and of the samples in the space that the clusterer sees,
    :math:`r_x`. No factor is enough alone. Networks pull apart in latent space what
    they cut; a cube cut in halves has a ratio of :math:`\sqrt 3` against 1.32 of a
    Gaussian; restarts agree on a cut along a long first principal component. In a
    cloud, restarts disagree, or the parts are close.

    The p-value of a number of clusters compares its distinctness with the greatest of
    each surrogate over all numbers tried, so that the probability of a false alarm does
    not grow with them. With the mean m and the standard deviation s of these n values,

    .. math:: p = P\left(t_{n-1} \ge \frac{T - m}{s \sqrt{1 + 1/n}}\right),

    the probability that one more surrogate is at least as distinct, if their greatest
    distinctness is normally distributed (the prediction interval of Student's t; ranks
    would need 19 surrogates to get to 5 %).

    Looking after every doubling lets false alarms in Gaussian data rise from 5 % to
    5.4 % with the defaults (to 5.6 % with 32 surrogates).

    A cloud that is not Gaussian can have a low p-value without having clusters, which
    is why size counts as well. Of the numbers with :math:`p \le \alpha` whose
    distinctness is at least ``min_distinctness``, the largest is chosen that has at
    least 70 % of the greatest distinctness: one cluster too few is distinct
    too where two are close together, but one too many is not.

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
    n_init = estimator.get_params().get(parameter.replace("n_clusters", "n_init"), 1)

    def fit_and_score(batches):
        results = Parallel(n_jobs=n_jobs)(
            delayed(_fit_and_score)(
                estimator,
                X,
                {parameter: int(number)},
                numbers,
                seeds[:, j],
                SURROGATES[kind],
                draw_seeds,
                min_share,
            )
            for numbers in batches
            for j, number in enumerate(candidates)
        )
        n = len(candidates)
        return [results[i : i + n] for i in range(0, len(results), n)]

    rule = {"alpha": alpha, "least": min_distinctness}
    results = []
    for numbers in _rounds(n_surrogates):
        size = len(numbers) if 0 in numbers else max(1, MODELS_TOGETHER // n_init)
        results += fit_and_score(_batches(numbers, size))
        arrays = _as_arrays(results)
        distinct, surrogates = np.split(arrays["distinctness"], [1])
        p = p_values(distinct[0], surrogates)
        if _is_clear(distinct[0], p, len(surrogates), **rule):
            break
    models = [model for _, model in results[0]]
    chosen = choose_number(candidates, distinct[0], p, **rule)
    scores = {name: values[0] for name, values in arrays.items()}
    surrogate_scores = {name: values[1:] for name, values in arrays.items()}
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
