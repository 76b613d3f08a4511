"""Refits of an estimator to part of the samples, and their labels of all samples."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, clone

from skvaeclust._fields import Layout
from skvaeclust._labels import MAX_CLUSTERS, check_labels
from skvaeclust._resampling._labelled import anomalies, surrogate, take
from skvaeclust._steps import last_step
from skvaeclust._warnings import raising_interrupts


def as_rows(estimator, X, dim, owner):
    """Return X as rows, NaN without data, and a function that makes maps of rows.

    ``owner`` is the name of the public function, for error messages.
    """
    if dim is not None:
        return anomalies(estimator, X)
    layout, rows = Layout.fit(BaseEstimator(), X, owner=owner)
    return rows, lambda values, in_units=False: layout.write(values)


def make_surrogate(estimator, X, dim, generator, seed, owner):
    """Return a surrogate of X, and its rows if the estimator has no ``predict``."""
    made = surrogate(estimator, X, dim, generator, seed)
    if hasattr(estimator, "predict"):
        return made, None
    return made, as_rows(estimator, made, dim, owner)[0]


def fit_quietly(model, X):
    """Fit a model without its warnings; raise KeyboardInterrupt if interrupted.

    A partly trained model must not enter a comparison.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with raising_interrupts():
            return model.fit(X)


def means_by_cluster(rows, labels, n_clusters):
    """Average the rows of each cluster.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        NaN in samples without data, which are left out.
    labels : ndarray of int of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    means : ndarray of shape (n_clusters, n_features)
        NaN for a cluster without samples.
    """
    present = ~np.isnan(rows[:, 0])
    own = labels[present] == np.arange(n_clusters)[:, None]
    with np.errstate(invalid="ignore"):
        return own.astype(rows.dtype) @ rows[present] / own.sum(axis=1, keepdims=True)


def label_all(model, X, rows, fitted):
    """Return the labels of all samples by a model that was fitted to some of them.

    Parameters
    ----------
    model : fitted estimator
        Without ``predict``, each other sample has the label of the nearest mean.
    X : ndarray or labelled fields
    rows : ndarray of shape (n_samples, n_features) or None
        X as rows; None if the model has ``predict``.
    fitted : ndarray of bool of shape (n_samples,)

    Returns
    -------
    labels : ndarray of int of shape (n_samples,)
        -1 without a cluster.
    """
    name = f"Labels of {type(last_step(model)).__name__}"
    if hasattr(model, "predict"):
        return _integers(np.ravel(model.predict(X)), len(fitted), name)
    labels = np.full(len(rows), -1)
    own = np.ravel(last_step(model).labels_)
    labels[fitted] = _integers(own, np.count_nonzero(fitted), name)
    numbers = np.unique(labels[labels >= 0])
    others = np.flatnonzero(~fitted & ~np.isnan(rows[:, 0]))
    if numbers.size and others.size:
        centers = means_by_cluster(rows, labels, numbers[-1] + 1)[numbers]
        squares = np.square(centers).sum(axis=1) - 2 * rows[others] @ centers.T
        labels[others] = numbers[squares.argmin(axis=1)]
    return labels


def _integers(labels, n_samples, name):
    return check_labels(labels, n_samples, MAX_CLUSTERS, name=name)[0]


def refit(estimator, X, dim, rows, half):
    """Fit the estimator to half of the samples; return the labels of all samples."""
    model = fit_quietly(clone(estimator), take(X, dim, half))
    return label_all(model, X, rows, half)
