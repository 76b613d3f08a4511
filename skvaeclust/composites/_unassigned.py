"""Samples that no cluster explains."""

from numbers import Real

import numpy as np
from sklearn.utils import check_scalar


def is_unassigned(estimator, X, *, X_train, min_probability=0.5, quantile=0.05):
    """Find samples that no cluster explains.

    Parameters
    ----------
    estimator : fitted estimator with ``predict_proba`` and ``score_samples``
        Such as :class:`~skvaeclust.VAEClustering` or GaussianMixture, or a
        :class:`~skvaeclust.xarray.FieldClustering` of one.
    X : array-like of shape (n_samples, ...) or labelled fields
        The samples.
    X_train : array-like of shape (n_train, ...) or labelled fields
        The samples of the fit, for the threshold of the score.
    min_probability : float, default=0.5
        Samples whose most probable cluster has a smaller probability than this are
        between clusters.
    quantile : float, default=0.05
        Samples with a score below this quantile of the training samples are unlike all
        clusters.

    Returns
    -------
    without : ndarray or DataArray of bool of shape (n_samples,)
        Whether either holds. ``np.where(without, -1, labels)``, or ``xr.where`` of a
        DataArray, gives them the label -1, which :func:`frequencies` and the other
        statistics know; ``without.mean()`` is their fraction.

    Notes
    -----
    Of the training samples themselves, at least the fraction ``quantile`` is marked, by
    construction. A larger fraction of later samples says that they are unlike those of
    the fit.

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
    threshold = np.quantile(np.asarray(estimator.score_samples(X_train)), quantile)
    between = np.asarray(estimator.predict_proba(X)).max(axis=-1) < min_probability
    return (estimator.score_samples(X) < threshold) | between
