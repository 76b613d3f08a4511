"""Samples that fit no cluster."""

from numbers import Real

import numpy as np
from sklearn.utils import check_scalar


def is_unassigned(estimator, X, *, X_train, min_probability=0.5, quantile=0.05):
    """Find samples that are between clusters or unlike all of them.

    Parameters
    ----------
    estimator : fitted estimator with ``predict_proba`` and ``score_samples``
        For example :class:`~skvaeclust.VAEClustering`, GaussianMixture, or a
        :class:`~skvaeclust.xarray.FieldClustering` of one.
    X : array-like of shape (n_samples, ...) or labelled fields
        Samples to examine.
    X_train : array-like of shape (n_train, ...) or labelled fields
        Training data, from which the threshold of the score is computed.
    min_probability : float, default=0.5
        A sample is between clusters if its largest probability is below this value.
    quantile : float, default=0.05
        A sample is unlike all clusters if its score is below this quantile of the
        scores of X_train.

    Returns
    -------
    unassigned : ndarray or DataArray of bool of shape (n_samples,)
        Whether either condition holds, or the sample has no value.
        ``np.where(unassigned, -1, labels)``, or ``xr.where`` for a DataArray, marks
        these samples as "no cluster" in the labels.

    Notes
    -----
    About the fraction ``quantile`` of the training data is below the threshold by
    construction. A larger fraction in new data means that they differ from the training
    data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from skvaeclust.composites import is_unassigned
    >>> X = np.random.default_rng(0).standard_normal((200, 2))
    >>> X[:100] += 9
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> is_unassigned(model, [[0.0, 0.0], [0.0, 9.0]], X_train=X).tolist()
    [False, True]
    """
    for name, value in (("min_probability", min_probability), ("quantile", quantile)):
        check_scalar(value, name, Real, min_val=0, max_val=1)
    scores = np.asarray(estimator.score_samples(X_train))
    threshold = np.quantile(scores[~np.isnan(scores)], quantile)
    assigned = np.asarray(estimator.predict_proba(X)).max(axis=-1) >= min_probability
    return ~((estimator.score_samples(X) >= threshold) & assigned)
