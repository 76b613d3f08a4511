"""Samples that belong to no cluster."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GroupKFold, check_cv
from sklearn.utils.parallel import delayed

from skvaeclust._arguments import check_number
from skvaeclust._labels import is_labelled
from skvaeclust._resampling._jobs import Jobs
from skvaeclust._resampling._labelled import match, n_samples, take
from skvaeclust._resampling._refits import fit_quietly
from skvaeclust._words import shown
from skvaeclust.composites._labelled import as_fields


def is_unassigned(
    estimator,
    X,
    *,
    X_train,
    groups=None,
    cv=5,
    min_robustness=1 / 3,
    quantile=0.05,
    n_jobs=None,
    verbose=False,
):
    r"""Find samples that are between clusters or unlike all of them.

    Parameters
    ----------
    estimator : fitted estimator with ``predict_proba`` and ``score_samples``
        For example :class:`~skvaeclust.VAEClustering`, GaussianMixture, or a
        :class:`~skvaeclust.xarray.FieldClustering` of one.
    X : array-like of shape (n_samples, ...) or labelled fields
        Samples to examine.
    X_train : array-like of shape (n_train, ...) or labelled fields
        Training data, from which the threshold of the score is computed.
    groups : array-like of shape (n_train,), default=None
        Groups of the training data, for example years. They are not split.
    cv : int or cross-validation splitter, default=5
        Splits of the training data; a number of splits is that of KFold or, with
        groups, of GroupKFold. For each, a clone of the estimator is fitted to one part
        and scores the other, which takes as long as this number of fits.
    min_robustness : float in [0, 1], default=1/3
        A sample is between clusters if its robustness is below this value.
    quantile : float in [0, 1], default=0.05
        A sample is unlike all clusters if its score is below this quantile of the
        scores of training data that were left out.
    n_jobs : int or None, default=None
        Number of parallel jobs (joblib).
    verbose : bool, default=False
        Whether to print the progress and the time left.

    Returns
    -------
    unassigned : ndarray or DataArray of bool of shape (n_samples,)
        Whether either condition holds, or the sample has no value.
        ``np.where(unassigned, -1, labels)``, or ``labels.where(~unassigned, -1)`` for a
        DataArray, marks these samples as "no cluster" in the labels.

    Notes
    -----
    The robustness is the largest probability on a scale from 0 (all clusters are
    equally probable) to 1 (certain), as in pyXpcm:

    .. math:: \frac{K \max_k p_k - 1}{K - 1}.

    The scores of fitted samples are too high to be compared with those of new ones.
    The threshold is therefore that of split conformal prediction [1]_: the score of
    rank :math:`\lfloor q (n + 1) \rfloor` among n samples that were not fitted. New
    samples from the same distribution are below it with a probability of about
    ``quantile``; among samples that were fitted there are fewer. To use samples that
    the estimator has not seen instead of new fits, pass them as ``X_train`` with
    ``FrozenEstimator(estimator)`` (:mod:`sklearn.frozen`).

    References
    ----------
    .. [1] J. Lei, M. G'Sell, A. Rinaldo, R. J. Tibshirani, L. Wasserman,
       "Distribution-free predictive inference for regression", Journal of the American
       Statistical Association 113, 2018. :doi:`10.1080/01621459.2017.1307116`

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from skvaeclust.composites import is_unassigned
    >>> X = np.random.default_rng(0).standard_normal((200, 2))
    >>> X[::2] += 9
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> is_unassigned(model, [[0.0, 0.0], [0.0, 9.0]], X_train=X).tolist()
    [False, True]
    """
    for name, value in (("min_robustness", min_robustness), ("quantile", quantile)):
        check_number(value, name, 0, 1)
    for name in ("predict_proba", "score_samples"):
        if not hasattr(estimator, name):
            raise TypeError(
                "estimator must have the methods predict_proba and score_samples, got "
                f"{shown(estimator)} without {name}."
            )
    if is_labelled(X):
        as_fields(X_train, name="X_train", load=False)  # refuses other types
    probabilities = np.asarray(estimator.predict_proba(X))
    scores = estimator.score_samples(X)
    left_out = _held_out_scores(estimator, X_train, groups, cv, n_jobs, verbose)
    threshold = _threshold(left_out, quantile)
    K = probabilities.shape[-1]
    robustness = (K * probabilities.max(axis=-1) - 1) / (K - 1) if K > 1 else 1.0
    unassigned = ~((scores >= threshold) & (robustness >= min_robustness))
    if hasattr(unassigned, "dims"):
        attrs = {"long_name": "sample belongs to no cluster"}
        unassigned = unassigned.rename("unassigned").assign_attrs(attrs)
    return unassigned


def _threshold(scores, quantile):
    """Return the score that new samples are below with a probability of `quantile`."""
    scores = np.sort(scores[~np.isnan(scores)])
    rank = int(quantile * (len(scores) + 1))
    return scores[min(rank, len(scores)) - 1] if rank > 0 else -np.inf


def _held_out_scores(estimator, X, groups, cv, n_jobs, verbose):
    """Score every sample by a clone that is fitted to other samples."""
    estimator, X, dim = match(estimator, X)
    X = np.asarray(X) if dim is None else X
    index = np.arange(n_samples(X, dim))
    if groups is not None and np.shape(groups) != index.shape:
        raise ValueError(
            f"groups must have one value per sample of X_train, {len(index)}, got the "
            f"shape {np.shape(groups)}."
        )
    if groups is not None and isinstance(cv, Integral):
        cv = GroupKFold(cv)
    parts = [train for train, _ in check_cv(cv).split(index, groups=groups)]
    jobs = Jobs("is_unassigned", n_jobs, verbose, len(parts))
    return np.concatenate(
        jobs.run(
            delayed(_score_left_out)(estimator, X, dim, np.isin(index, train))
            for train in parts
        )
    )


def _score_left_out(estimator, X, dim, train):
    frozen = isinstance(estimator, FrozenEstimator)
    model = estimator if frozen else fit_quietly(clone(estimator), take(X, dim, train))
    return np.ravel(model.score_samples(take(X, dim, ~train)))
