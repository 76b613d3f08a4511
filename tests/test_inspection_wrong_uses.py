"""Errors of displays, which name the parameter."""

import numpy as np
import pytest
import xarray as xr

from skvaeclust.inspection import (
    FieldMapsDisplay,
    FrequencyDisplay,
    LatentSpaceDisplay,
    MapGrid,
    ProbabilitiesDisplay,
)

pytest.importorskip("matplotlib")
FIELDS = np.random.default_rng(0).standard_normal((2, 2, 6, 8))
PLANE = np.zeros((4, 2)), np.array([0, 0, 1, 1]), np.zeros((2, 2)), np.ones((2, 2))
PROBABILITIES = xr.Dataset({"p": (("time", "cluster"), [[0.5, 0.5]])})


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: FieldMapsDisplay(FIELDS).plot(arrows=3), "arrows=3 must be two"),
        (lambda: FieldMapsDisplay(FIELDS).plot(n_columns=0), "n_columns=0 must be"),
        (lambda: FieldMapsDisplay(FIELDS).plot(n_columns="a"), "n_columns=.a. must be"),
        (lambda: FieldMapsDisplay(FIELDS).plot(projection="x"), "projection='x' must"),
        (lambda: FieldMapsDisplay(FIELDS, "ab").plot(), "titles='ab' must be 2"),
        (lambda: FieldMapsDisplay(FIELDS, 3).plot(), "titles=3 must be 2"),
        (lambda: FieldMapsDisplay(FIELDS, grid={}).plot(), "grid={} must be a MapGrid"),
        (
            lambda: FieldMapsDisplay(FIELDS, grid=MapGrid(units=3)).plot(),
            "units=3 must",
        ),
        (lambda: MapGrid(coastline="yes"), "coastline='yes' must be True, False or"),
        (lambda: MapGrid(y=[0, 300], xy_units="degrees"), "y must be latitudes"),
        (lambda: LatentSpaceDisplay(*PLANE).plot(dims=3), "dims=3 must be two"),
        (lambda: ProbabilitiesDisplay(PROBABILITIES).plot(), "probabilities must be"),
        (
            lambda: FrequencyDisplay.from_labels([0, 1, 0], by=[0, 1, 1], n_columns=0),
            "n_columns=0 must be an integer >= 1",
        ),
    ],
)
def test_errors_name_the_parameter(draw, message):
    with pytest.raises((TypeError, ValueError), match=message):
        draw()
