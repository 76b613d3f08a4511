"""The clusterer of a FieldClustering: its fit, and its results in one pass."""

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils.validation import check_is_fitted

from skvaeclust._components import blocks
from skvaeclust._coordinates._orientation import refuse_upper
from skvaeclust._steps import last_step, require_estimator
from skvaeclust._warnings import raising_interrupts
from skvaeclust._words import shown
from skvaeclust.xarray._results import (
    PER_SAMPLE,
    label_columns,
    own_centers,
    squared_distances,
)

METHODS = {  # results, and the methods of the clusterer that return them
    "label": "predict",
    "probability": "predict_proba",
    "position": "transform",
    "score": "score_samples",
}


def check_clusterer(estimator):
    """Check that an estimator clusters samples without y, and takes oriented fields."""
    require_estimator(estimator, "predict", "fit_predict")
    if is_classifier(estimator) or is_regressor(estimator):
        raise TypeError(
            "estimator must be a clusterer such as VAEClustering(4), which needs no y; "
            f"got {shown(estimator)}."
        )
    refuse_upper(getattr(last_step(estimator), "augmenter", None))


def fit_clone(estimator, X, keep_interrupted):
    """Fit a clone of an estimator.

    Parameters
    ----------
    estimator : estimator
    X : array-like
    keep_interrupted : bool
        Whether to return the best model so far if the user interrupts (Ctrl-C) and the
        estimator keeps it. Otherwise, the interrupt is raised.

    Returns
    -------
    fitted : estimator
    """
    if keep_interrupted:
        return clone(estimator).fit(X)
    with raising_interrupts():
        return clone(estimator).fit(X)


def has_data(features):
    """Return which samples have data; the features of the others are NaN."""
    rows = features.reshape(len(features), -1)
    return ~np.concatenate([np.isnan(rows[part]).all(axis=1) for part in blocks(rows)])


def evaluate(model, X, *names):
    """Compute several results of a model.

    Parameters
    ----------
    model : FieldClustering
    X : DataArray, Dataset or list of DataArrays
    *names : str
        "label", "probability", "position", "score" or "distance".

    Returns
    -------
    results : dict of DataArray
        Labels are -1 for samples without any value; other results are NaN.
    """
    check_is_fitted(model, "estimator_")
    transformer = model.transformer_
    data = transformer.align(X)
    functions = [_function(model, name) for name in names]
    n_columns = [_n_columns(model, name) for name in names]
    absent = np.concatenate(
        [
            np.full(n, -1.0 if name == "label" else np.nan)
            for name, n in zip(names, n_columns, strict=True)
        ]
    )

    def columns(features):
        present = has_data(features)
        if present.all():
            return np.column_stack([function(features) for function in functions])
        found = np.tile(absent, (len(features), 1))
        if present.any():
            found[present] = columns(features[present])
        return found

    values = transformer.apply(data, columns, (sum(n_columns),))
    dims = transformer.grid_.sample_dims(data)
    return label_columns(values, names, n_columns, data, dims, model._clusters)


def _function(model, name):
    """Return the function of the features that computes a result."""
    if name == "distance":
        return lambda features: _distances(model, features)
    return getattr(model.estimator_, METHODS[name])


def _n_columns(model, name):
    """Return the number of columns of a result."""
    if name == "position":
        return len(model.estimator_.get_feature_names_out())
    return 1 if name in PER_SAMPLE else model._n_clusters


def _distances(model, features):
    """Return the squared distance to the centre of each cluster."""
    centers = own_centers(model.estimator_)
    centers = model._feature_means if centers is None else centers
    if hasattr(model.estimator_, "latent_means_"):
        features = model.estimator_.transform(features)
        centers = model.estimator_.latent_means_
    return squared_distances(features, centers)
