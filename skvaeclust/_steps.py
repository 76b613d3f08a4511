"""The clusterer inside a pipeline, search or labelled model; the steps before it."""

from contextlib import contextmanager
from itertools import pairwise

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skvaeclust._words import shown

RESAMPLE = "use half_sample_agreement or cluster_stability"  # for any clusterer
NEEDED = ("latent_means_", "latent_variances_", "weights_")
# Attributes of an estimator in which scikit-learn keeps callbacks and their state.
CALLBACKS = {
    "_callback_fit_ctx",
    "_parent_callback_ctx",
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
}


@contextmanager
def all_or_nothing(estimator):
    """Restore the attributes of an estimator if a fit fails or is interrupted.

    Otherwise, the networks of one fit could be combined with the scaling of another.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        callbacks = {k: v for k, v in vars(estimator).items() if k in CALLBACKS}
        vars(estimator).clear()
        vars(estimator).update(before | callbacks)
        raise


def require_estimator(estimator, *needed):
    """Raise an error for a class, or an object with none of the needed methods."""
    if isinstance(estimator, type):
        raise TypeError(
            f"estimator must be an object, got the class {estimator.__name__}. Pass "
            f"{estimator.__name__}()."
        )
    if not any(hasattr(estimator, name) for name in needed):
        raise TypeError(
            "estimator must be a clusterer such as VAEClustering(4), got "
            f"{type(estimator).__name__}: {shown(estimator)}."
        )


def clusterer_prefix(estimator):
    """Return the prefix of the parameters of the clusterer inside an estimator."""
    if hasattr(estimator, "steps"):
        name, step = estimator.steps[-1]
        return f"{name}__{clusterer_prefix(step)}"
    inner = getattr(estimator, "estimator", None)
    return "" if inner is None else f"estimator__{clusterer_prefix(inner)}"


def last_step(estimator):
    """Return the last step of a pipeline or of the best model of a search."""
    model = getattr(estimator, "best_estimator_", estimator)
    return model.steps[-1][1] if hasattr(model, "steps") else model


def takes_fields(estimator):
    """Check whether a clusterer, or all steps of a Pipeline, take unflattened fields.

    Of the transformers before the last step, only augmenters do.
    """
    before = [step for _, step in getattr(estimator, "steps", ())[:-1]]
    augment = (
        step in (None, "passthrough") or hasattr(step, "augment") for step in before
    )
    return hasattr(last_step(estimator), "field_shape") and all(augment)


def takes_rows(clusterer):
    """Check whether rows are enough for a clusterer that also takes fields."""
    network = getattr(clusterer, "network", None)
    kind = getattr(network, "input_kind", network)
    return kind in ("auto", "dense", "scores") and clusterer.augmenter is None


def is_labelled_model(estimator):
    """Check whether an estimator is a fitted FieldClustering."""
    return hasattr(estimator, "transformer_") and hasattr(estimator, "estimator_")


def _chain(estimator):
    """List fitted estimators, each the clusterer inside the one before."""
    chain = [estimator]
    while True:
        model = chain[-1]
        inner = model.estimator_ if is_labelled_model(model) else last_step(model)
        if inner is model:
            return chain
        chain.append(inner)


def clusterer_name(estimator):
    """Return the name of the class of the clusterer inside an estimator."""
    return type(last_step(getattr(estimator, "estimator_", estimator))).__name__


def labelled_model(estimator):
    """Return the fitted FieldClustering that an estimator is or contains, or None."""
    return next(filter(is_labelled_model, _chain(estimator)), None)


def count_clusters(estimator):
    """Return the number of clusters of a fitted estimator; None if it is unknown."""
    model = last_step(estimator)
    check_is_fitted(model)
    sizes = (getattr(model, name, None) for name in ("weights_", "cluster_centers_"))
    return next((len(found) for found in sizes if found is not None), None)


def final_step(estimator, needed=NEEDED, otherwise=None):
    """Return the fitted clusterer of a pipeline, a search or a FieldClustering.

    Parameters
    ----------
    estimator : fitted estimator
    needed : tuple of str
        Attributes that the clusterer must have; otherwise, an error is raised.
    otherwise : str or None
        Advice of the error for clusterers without the attributes.

    Returns
    -------
    model : estimator
        The innermost estimator that has the attributes.
    """
    chain = _chain(estimator)
    for model in reversed(chain):
        if all(hasattr(model, name) for name in needed):
            return model
    check_is_fitted(chain[-1])
    missing = [name for name in needed if not hasattr(chain[-1], name)]
    raise TypeError(
        f"{type(chain[-1]).__name__} has no {', '.join(missing)}. Pass a fitted "
        "VAEClustering, or a Pipeline, a search or a FieldClustering of it."
        + (f" For other clusterers, {otherwise}." if otherwise else "")
    )


def unfold_rows(estimator, rows):
    """Return flat rows as fields of the ``field_shape`` that was fitted, if any."""
    layout = getattr(last_step(estimator), "_layout", None)
    shape = getattr(layout, "field_shape", None)
    flat = shape is not None and np.ndim(rows) == 2
    return np.reshape(rows, (-1, *shape)) if flat else rows


def _steps_before(estimator):
    """List the transformers before the clusterer."""
    steps = []
    for model, _ in pairwise(_chain(estimator)):
        pipeline = getattr(model, "best_estimator_", model)
        if is_labelled_model(model):
            steps.append(model.transformer_)
        elif len(getattr(pipeline, "steps", ())) > 1:
            steps.append(pipeline[:-1])
    return steps


def labelled_parts(estimator):
    """Return the FieldTransformer of an estimator, and the estimator of its rows."""
    for model in _chain(estimator):
        pipeline = getattr(model, "best_estimator_", model)
        if is_labelled_model(model):
            return model.transformer_, model.estimator_
        if hasattr(pipeline, "steps") and hasattr(pipeline.steps[0][1], "grid_"):
            return pipeline.steps[0][1], pipeline[1:]
    raise TypeError(
        "Expected a fitted FieldClustering, or a Pipeline that starts with "
        f"a FieldTransformer, got {type(estimator).__name__}."
    )


def as_final_step_sees(estimator, X):
    """Transform X with the steps before the clusterer.

    Samples of labelled fields without any value are left out.
    """
    for steps in _steps_before(estimator):
        X = steps.transform(X)
        if hasattr(steps, "grid_"):
            X = np.asarray(X)
            X = X[~np.isnan(X.reshape(len(X), -1)).all(axis=1)]
    return X


def in_units_of_data(estimator, fields):
    """Invert the steps before the clusterer, for fields that it returned."""
    for steps in reversed(_steps_before(estimator)):
        fields = steps.inverse_transform(fields)
    return fields
