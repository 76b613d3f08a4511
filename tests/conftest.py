"""Fixtures that several test files use."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from sklearn.exceptions import ConvergenceWarning

from skvaeclust import VAEClustering
from skvaeclust.datasets import make_idealized_circulations


@pytest.fixture(autouse=True)
def close_figures():
    """Close all figures that a test has drawn."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def circulations():
    """Small velocity fields (36, 2, 8, 9) of three patterns, and their labels."""
    return make_idealized_circulations(
        12, height=8, width=9, random_state=0, return_X_y=True
    )


@pytest.fixture(scope="session")
def X(circulations):
    """Small velocity fields (36, 2, 8, 9)."""
    return circulations[0]


@pytest.fixture(scope="session")
def quick():
    """Fit in a few epochs, without the warning that it did not converge."""

    def fit(X, n_clusters=3, **params):
        params = {"max_epochs": 4, "n_init": 1, "random_state": 0} | params
        model = VAEClustering(n_clusters, **params)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(X)

    return fit


@pytest.fixture
def threads():
    """Set the number of threads of torch, and reset it afterwards."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def make_currents():
    """Make labelled fields of two patterns, with a cycle and land."""

    def make(n_times=60, start="2001-01-01", seed=0):
        """Two patterns of u and v (m/s), a linear trend, an annual cycle and land."""
        rng = np.random.default_rng(seed)
        time = pd.date_range(start, periods=n_times)
        kind = rng.integers(0, 2, n_times)
        lat, lon = np.linspace(30, 60, 5), np.linspace(0, 50, 6)
        pattern = np.sin(np.deg2rad(6 * lon)) * np.cos(np.deg2rad(lat))[:, None]
        cycle = 0.3 * np.cos(2 * np.pi * time.day_of_year.to_numpy() / 365.25)
        data = {}
        for name, sign in (("u", 1), ("v", -1)):
            values = sign * np.where(kind, 1, -1)[:, None, None] * pattern
            values = (
                values + cycle[:, None, None] + 0.01 * rng.standard_normal(values.shape)
            )
            values[:, 0, :2] = np.nan
            attrs = {"units": "m s-1", "long_name": f"{name} current"}
            data[name] = (("time", "lat", "lon"), values, attrs)
        coords = {
            "time": time,
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        }
        return xr.Dataset(data, coords).assign(kind=("time", kind)).set_coords("kind")

    return make


@pytest.fixture(scope="session")
def currents(make_currents):
    """Sixty days of labelled fields u and v, m/s, and their patterns "kind"."""
    return make_currents()
