"""The clusterer inside a pipeline or search, and the steps before it."""

from sklearn.utils.validation import check_is_fitted

NEEDED = ("latent_means_", "latent_variances_", "weights_")


def last_step(estimator):
    """Return the last step of a pipeline or of the best model of a search."""
    model = getattr(estimator, "best_estimator_", estimator)
    return model.steps[-1][1] if hasattr(model, "steps") else model


def final_step(estimator, needed=NEEDED):
    """Return the fitted clusterer of a pipeline or search.

    Parameters
    ----------
    estimator : fitted estimator
    needed : tuple of str
        Attributes that the clusterer must have; otherwise, an error is raised.

    Returns
    -------
    model : estimator
    """
    model = last_step(estimator)
    missing = [name for name in needed if not hasattr(model, name)]
    if missing:
        check_is_fitted(model)
        inner = last_step(getattr(model, "estimator_", None))
        advice = (
            "Pass its attribute estimator_."
            if all(hasattr(inner, name) for name in needed)
            else "Pass a fitted VAEClustering, a Pipeline or a search of it."
        )
        raise TypeError(f"{type(model).__name__} has no {', '.join(missing)}. {advice}")
    return model


def _steps_before(estimator):
    pipeline = getattr(estimator, "best_estimator_", estimator)
    return pipeline[:-1] if len(getattr(pipeline, "steps", ())) > 1 else None


def as_final_step_sees(estimator, X):
    """Transform X with the steps before the clusterer."""
    steps = _steps_before(estimator)
    return X if steps is None else steps.transform(X)


def in_units_of_data(estimator, fields):
    """Invert the steps before the clusterer, for fields that it returned."""
    steps = _steps_before(estimator)
    return fields if steps is None else steps.inverse_transform(fields)
