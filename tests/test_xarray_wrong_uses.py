"""Wrong uses of labelled fields raise errors before any clusterer is fitted."""

import numpy as np
import pytest
import xarray as xr
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skvaeclust.xarray import FieldClustering, FieldSamples, FieldTransformer

DAYS = np.datetime64("2001-01-01", "ns") + np.arange(40) * np.timedelta64(1, "D")
COORDS = {"time": DAYS, "lat": [30.0, 40, 50], "lon": [0.0, 10, 20, 30]}


def field(name="slp", units="hPa", seed=0):
    values = np.random.default_rng(seed).normal(1000, 5, (40, 3, 4))
    return xr.DataArray(values, COORDS, name=name, attrs={"units": units})


@pytest.fixture(scope="module")
def model():
    kmeans = KMeans(2, n_init=1, random_state=0)
    return FieldClustering(kmeans, climatology="mean").fit(field())


def from_patterns(model, patterns, **params):
    return model.from_patterns(patterns, **{"reference": field()} | params)


WRONG = {
    "estimator must be a clusterer such .* got StandardScaler": lambda model: (
        FieldClustering(StandardScaler()).fit(field())
    ),
    "estimator must be a clusterer such .* got LogisticRegr": lambda model: (
        FieldClustering(LogisticRegression()).fit(field())
    ),
    r"got list of \['str'\]. Open the file first.*'a.nc'": lambda model: model.predict(
        ["a.nc", "b.nc"]
    ),
    "got dict. xarray.Dataset": lambda model: model.predict({"slp": field()}),
    "numbers, got 'slp' of type complex": lambda model: model.predict(field() + 0j),
    "numbers, got 'slp' of type <U": lambda model: model.predict(field().astype(str)),
    "numbers, got 'slp' of type bool": lambda model: model.predict(field() > 0),
    "at least 1 point along 'time', got 0": lambda model: model.predict(field()[:0]),
    "far from those of fit, .* units": lambda model: model.predict(100 * field()),
    r"far from those of fit.* sample 0 .*lat=30": lambda model: model.regime_index(
        field() - 273.15 * 3
    ),
    "reference must be an xarray": lambda model: from_patterns(
        model, model.cluster_means_, reference=np.ones(3)
    ),
    "patterns must be an xarray": lambda model: from_patterns(model, np.ones(3)),
    "patterns must have at least 1 cluster": lambda model: from_patterns(
        model, model.cluster_means_.isel(cluster=slice(0))
    ),
    "got inf in pattern 0": lambda model: from_patterns(
        model, model.cluster_anomalies_ * np.inf
    ),
    "anomalies='yes' must be True or False": lambda model: from_patterns(
        model, model.cluster_means_, anomalies="yes"
    ),
    "no parameter 'output'": lambda model: from_patterns(
        model, model.cluster_means_, output="rows"
    ),
    "no parameter 'weight'": lambda model: from_patterns(
        model, model.cluster_means_, weight="coslat"
    ),
    "X must be numbers, got the type complex": lambda model: (
        model.transformer_.inverse_transform(np.ones((2, 12)) * 1j)
    ),
    "dim='lat' must be the name of a new": lambda model: (
        model.transformer_.inverse_transform(np.ones((2, 12)), dim="lat")
    ),
    "dim=3 must be the name of a new": lambda model: (
        model.transformer_.inverse_transform(np.ones((2, 12)), dim=3)
    ),
    "weights must be numbers, got the type complex": lambda model: FieldTransformer(
        weights=np.ones((3, 4)) * 1j
    ).fit(field()),
    "weights must be finite and > 0.* got nan": lambda model: FieldTransformer(
        weights=np.ma.masked_equal(np.ones((3, 4)), 1)
    ).fit(field()),
    "fields must be a DataArray, .* got None": lambda model: FieldSamples(None),
    r"same number of samples along 'time', got \[40, 5\]": lambda model: FieldSamples(
        [field(), field("t")[:5]]
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_uses_are_named(model, message):
    with pytest.raises((TypeError, ValueError), match=message):
        WRONG[message](model)


@pytest.mark.parametrize("change", [lambda f: f + 30, lambda f: f[:1] - 20])
def test_other_climates_are_in_other_units_only_if_far(model, change):
    assert model.predict(change(field())).notnull().all()


def test_values_of_a_larger_unit_warn():
    anomalies = field() - 1000
    model = FieldClustering(KMeans(2, n_init=1, random_state=0)).fit(anomalies)
    with pytest.warns(UserWarning, match=r"All values are between .* of fit if they"):
        model.predict(anomalies / 100)
    assert (model.predict(anomalies * np.nan) == -1).all()


def test_variables_of_unknown_units_that_vary_much_more():
    other = 100 * field("t", "")
    with pytest.warns(UserWarning, match="'t' varies 100 times as much as 'slp'"):
        FieldTransformer(scale="common").fit([field(), other])
    FieldTransformer(scale="variable").fit([field(), other])
