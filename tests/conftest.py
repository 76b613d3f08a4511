"""Fixtures that several test files use."""

import warnings

import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

from skvaeclust import VAEClustering
from skvaeclust.datasets import make_idealized_circulations


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
