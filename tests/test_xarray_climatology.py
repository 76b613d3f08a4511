"""Tests of climatologies that the samples do not support."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from skvaeclust.inspection import ClusterMapsDisplay
from skvaeclust.xarray import FieldClustering

SEASONAL = pytest.mark.parametrize("climatology", ["month", "dayofyear"])


class Given(ClusterMixin, BaseEstimator):
    """Return given labels, whatever the samples."""

    def __init__(self, labels):
        self.labels = labels

    def fit(self, X, y=None):
        self.labels_ = np.asarray(self.labels)
        return self

    def predict(self, X):
        return self.labels_


def kmeans(climatology):
    return FieldClustering(KMeans(2, n_init=1, random_state=0), climatology=climatology)


@SEASONAL
def test_single_years_warn(make_currents, climatology):
    with pytest.warns(UserWarning, match="each month has samples of one year only"):
        kmeans(climatology).fit(make_currents(330))
    with pytest.warns(UserWarning, match="11 of 12 months have samples of one year"):
        kmeans(climatology).fit(make_currents(390))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kmeans(climatology).fit(make_currents(600))
        kmeans("mean").fit(make_currents(60))
        members = make_currents(60).isel(time=np.repeat(np.arange(30), 2))
        members = members.rename_dims(time="sample").drop_vars("kind")
        kmeans(climatology).set_params(dim="sample").fit(members)


def test_maps_of_vanishing_anomalies_warn(make_currents):
    data = make_currents(220)
    labels = data.time.dt.month % 2
    model = FieldClustering(Given(labels.values), climatology="month").fit(data)
    for X in (None, data):
        with pytest.warns(UserWarning, match="anomalies of all clusters are 0 up to"):
            ClusterMapsDisplay.from_estimator(model, X, anomalies=True)
    ClusterMapsDisplay.from_estimator(model, data)
    others = FieldClustering(Given(data.kind.values), climatology="month").fit(data)
    ClusterMapsDisplay.from_estimator(others, data, anomalies=True)


@SEASONAL
def test_months_beyond_the_climatology_are_masked(make_currents, climatology):
    two_years = make_currents(425)
    winter = two_years.sel(time=two_years.time.dt.month.isin([12, 1, 2]))
    model = kmeans(climatology).fit(winter)
    later = make_currents(60, "2004-02-10")
    message = r"mask them .*: X.where\(time.dt.month.isin\(\[1, 2, 12\]\)\)"
    with pytest.raises(ValueError, match=message):
        model.predict(later)
    known = later.time.dt.month.isin([1, 2, 12])
    labels = model.predict(later.where(known))
    assert ((labels >= 0) == known).all()
    index = model.regime_index(later.where(known))
    assert (index.notnull().all("cluster") == known).all()


def test_forecasts_beyond_the_climatology_are_masked(make_currents):
    winter = make_currents(59)
    model = FieldClustering(GaussianMixture(2, random_state=0), climatology="month")
    model.fit(winter)
    start = np.array(["2002-02-20", "2002-02-25"], "M8[ns]")
    forecast = winter.isel(time=0, drop=True)
    forecast = forecast.expand_dims(time=start, lead=np.arange(1, 8))
    valid_time = forecast.time + forecast.lead * np.timedelta64(1, "D")
    forecast = forecast.assign_coords(valid_time=valid_time)
    with pytest.raises(ValueError, match="Month 3 is not in the fitted climatology"):
        model.predict_proba(forecast)
    known = forecast.valid_time.dt.month.isin([1, 2])
    assert 0 < known.sum() < known.size
    found = model.predict_proba(forecast.where(known))
    assert (found.notnull().all("cluster") == known).all()
    assert found.valid_time.identical(forecast.valid_time)
