"""Checks of what displays hold and of their parameters, before a figure is made."""

from inspect import signature

import numpy as np

from skvaeclust._arguments import as_numbers, refuse_text
from skvaeclust._labels import is_labelled
from skvaeclust._words import shown

MOST_MAPS = 100
MOST_POINTS = 10_000_000  # of all maps, for memory
RESULTS = {  # attributes of displays: what they need, and the function that returns it
    ("FrequencyDisplay", "table"): (("frequency", "low", "high"), "frequencies"),
    ("ResidenceTimesDisplay", "table"): (("observed", "survival"), "residence_times"),
    ("TransitionsDisplay", "tests"): (("q_value", "ratio"), "preferred_transitions"),
    ("LifeCyclesDisplay", "cycles"): (("bounds", "index"), "life_cycles"),
    ("ForecastSkillDisplay", "skill"): (("reliability",), "forecast_skill"),
    ("ReliabilityDisplay", "reliability"): (
        ("frequency",),
        "ForecastSkill.reliability",
    ),
}


def check_parameters(plot, params):
    """Check the names of parameters of a plot method."""
    known = [name for name in signature(plot).parameters if name != "self"]
    unknown = [name for name in params if name not in known]
    if unknown:
        raise TypeError(
            f"plot has no parameter {unknown[0]!r}. Expected {', '.join(known)}."
        )


def check_display(display):
    """Check the attributes of a display."""
    name = type(display).__name__
    for attribute, value in vars(display).items():
        if (name, attribute) in RESULTS and value is not None:
            check_result(value, attribute, *RESULTS[name, attribute])
        elif attribute == "fields":
            _check_fields(value)
        elif attribute == "significant" and value is not None:
            values = np.asarray(value)
            if not np.isin(values[values == values], [0, 1]).all():
                raise ValueError("significant must be True or False at every point.")
        elif attribute in ("ratios", "probabilities"):
            _check_matrix(value, attribute, square=name != "ProbabilitiesDisplay")
        elif attribute == "curve" and not (len(value) and isinstance(value[0], dict)):
            raise TypeError(f"curve must be history_ of a model, got {shown(value)}.")
    if name == "LatentSpaceDisplay":
        _check_positions(display)
    elif name == "TransitionsDisplay":
        _check_probabilities(display.probabilities)
    elif name == "ResidenceTimesDisplay" and display.n_clusters is not None:
        n = 1 + max(display.table.index.get_level_values("cluster"), default=-1)
        if display.n_clusters < n:
            raise ValueError(
                f"n_clusters={display.n_clusters} must be at least {n}, the number of "
                "clusters in the table."
            )


def check_result(value, name, needed, function):
    """Check that a value is the result of a function."""
    if not all(hasattr(value, attribute) for attribute in needed):
        raise TypeError(f"{name} must be a result of {function}, got {shown(value)}.")


def check_weights(weights, fields):
    """Return fractions of samples as an array, one per map of plain fields."""
    weights = as_numbers(weights, "weights")
    if weights.ndim != 1 or not ((weights >= 0) & (weights <= 1 + 1e-9)).all():
        raise ValueError(
            "weights must be fractions from 0 to 1, one per cluster, got "
            f"{shown(weights.tolist())}."
        )
    shape = () if is_labelled(fields) else np.shape(fields)
    if len(shape) == 4 and len(weights) != shape[0]:
        raise ValueError(f"weights must have {shape[0]} values, got {len(weights)}.")
    return weights


def _check_fields(fields):
    """Check fields that are not too many, nor too large for the memory."""
    refuse_text(fields, "fields", "an array or labelled fields")
    shape = np.shape(fields)
    if len(shape) != 4:
        got = f"the shape {shape}" if shape else shown(fields)
        hint = " Reshape flat rows, or fit with field_shape." if len(shape) == 2 else ""
        raise ValueError(
            "fields must have the shape (n_maps, channels, height, width) or be "
            f"labelled, got {got}.{hint}"
        )
    kind = np.asarray(fields).dtype.kind
    if kind not in "biufc":  # complex ones are refused with a reason
        raise ValueError(f"fields must be numbers, got the type kind {kind!r}.")
    if shape[0] > MOST_MAPS or np.prod(shape) > MOST_POINTS or shape[1] == 0:
        raise ValueError(
            f"fields must be at most {MOST_MAPS} maps with at least one channel and "
            f"{MOST_POINTS:g} values in all, got the shape {shape}. Select some, or "
            "average over neighbouring points, for example by coarsen of xarray."
        )
    if np.isinf(fields).any():
        raise ValueError("fields must be finite or NaN, got infinite values.")


def _check_matrix(values, name, *, square):
    if hasattr(values, "data_vars"):
        raise ValueError(f"{name} must be an array, got a Dataset.")
    shape = as_numbers(values, name).shape
    if square and (len(shape) != 2 or shape[0] != shape[1]):
        raise ValueError(f"{name} must be a square matrix, got the shape {shape}.")


def _check_probabilities(values):
    values = np.asarray(values, dtype=float)
    if ((values < 0) | (values > 1 + 1e-9)).any():
        raise ValueError(
            "probabilities must be between 0 and 1, got "
            f"{np.nanmin(values):g} to {np.nanmax(values):g}. "
            "transition_probabilities computes them from counts."
        )


def _check_positions(display):
    arrays = {
        name: as_numbers(getattr(display, name), name)
        for name in ("Z", "labels", "means", "variances")
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    Z, labels, means = (shapes[name] for name in ("Z", "labels", "means"))
    plane = len(Z) == len(means) == 2 and Z[1] == means[1]
    if not plane or labels != Z[:1] or shapes["variances"] != means:
        raise ValueError(
            "Z must have the shape (n_samples, latent_dim), labels (n_samples,), means "
            f"and variances (n_clusters, latent_dim); got {shapes}."
        )
