"""The clusterer inside a pipeline or a finished search, and the steps before it."""

from sklearn.utils.validation import check_is_fitted

NEEDED = ("latent_means_", "latent_variances_", "weights_")


def final_step(estimator, needed=NEEDED):
    """Return the fitted clusterer inside a pipeline or a search, checked.

    Parameters
    ----------
    estimator : fitted estimator
    needed : tuple of str
        Attributes that it must have.

    Returns
    -------
    model : estimator
    """
    model = getattr(estimator, "best_estimator_", estimator)
    if hasattr(model, "steps"):
        model = model.steps[-1][1]
    missing = [name for name in needed if not hasattr(model, name)]
    if missing:
        check_is_fitted(model)
        raise TypeError(
            f"{type(model).__name__} has no {', '.join(missing)}. Pass a fitted "
            "VAEClustering, or a Pipeline or a search that ends in one."
        )
    return model


def _steps_before(estimator):
    pipeline = getattr(estimator, "best_estimator_", estimator)
    return pipeline[:-1] if len(getattr(pipeline, "steps", ())) > 1 else None


def as_final_step_sees(estimator, X):
    """Transform X by the steps before the clusterer."""
    steps = _steps_before(estimator)
    return X if steps is None else steps.transform(X)


def in_units_of_data(estimator, fields):
    """Transform fields of the clusterer back by the steps before it."""
    steps = _steps_before(estimator)
    return fields if steps is None else steps.inverse_transform(fields)
