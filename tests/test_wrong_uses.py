"""Common mistakes raise errors that name the value and what was expected."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from skvaeclust.composites import lead_lag_composites
from skvaeclust.model_selection import classifiability_report
from skvaeclust.sequences import life_cycles, persistence

X = np.random.default_rng(0).normal(size=(6, 1, 3, 3))
DAYS = np.datetime64("2000-01-01") + np.arange(6)


def read_number_of_clusters(result):
    from skvaeclust.inspection import NumberOfClustersDisplay

    NumberOfClustersDisplay(result)


def draw_composites(result):
    from skvaeclust.inspection import FieldMapsDisplay

    FieldMapsDisplay.from_composites(result)


def cluster_with(estimator, data):
    from skvaeclust.xarray import FieldClustering

    FieldClustering(estimator).fit(data)


def labelled():
    xr = pytest.importorskip("xarray")
    return xr.DataArray(X[:, 0], dims=("time", "y", "x"), coords={"time": DAYS})


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: persistence(["a", "b"]), ValueError, "return_inverse=True"),
        (lambda: persistence("labels.nc"), ValueError, "path .labels.nc.. Open"),
        (
            lambda: lead_lag_composites(X, DAYS, np.zeros(6, int), [0]),
            ValueError,
            r"dtype datetime64.* as time=",
        ),
        (
            lambda: life_cycles(X[:, 0, 0], time=DAYS, min_duration="five days"),
            ValueError,
            "min_duration='five days' must be a duration",
        ),
        (lambda: classifiability_report(X), TypeError, "VAEClustering.*got ndarray"),
        (
            lambda: read_number_of_clusters(KMeans(2)),
            TypeError,
            "choose_n_clusters, got KMeans",
        ),
        (lambda: draw_composites(X), TypeError, "lead_lag_composites, got ndarray"),
        (
            lambda: cluster_with(KMeans, labelled()),
            TypeError,
            r"the class KMeans. Pass KMeans\(\)",
        ),
        (lambda: cluster_with(KMeans(2), X), TypeError, "ndarray. Pass arrays to"),
    ],
)
def test_message_says_what_to_do(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
