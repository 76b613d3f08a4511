"""Tests of the values of labelled fields: absent samples, fill values, constants."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from skvaeclust import VAEClustering
from skvaeclust.xarray import FieldClustering, FieldTransformer, _lazy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ABSENT = [0, 7, 8, 59]


@pytest.fixture
def pressure():
    """Pressure of two clusters of 60 days, with land at one point."""
    rng = np.random.default_rng(0)
    pattern = np.sin(np.arange(12.0)).reshape(3, 4)
    sign = rng.choice([-1, 1], 60)
    values = 1000 + 8 * sign[:, None, None] * pattern + rng.standard_normal((60, 3, 4))
    values[:, 0, 0] = np.nan
    coords = {
        "time": pd.date_range("2001-01-01", periods=60),
        "lat": [30.0, 40, 50],
        "lon": [0.0, 10, 20, 30],
    }
    return xr.DataArray(values, coords, name="slp", attrs={"units": "hPa"})


def mixture():
    return GaussianMixture(2, reg_covar=1.0, random_state=0)


@pytest.mark.parametrize(
    "clusterer",
    [
        KMeans(2, n_init=2, random_state=0),
        mixture(),
        AgglomerativeClustering(2),
        VAEClustering(2, n_init=1, max_epochs=20, random_state=0),
    ],
    ids=lambda clusterer: type(clusterer).__name__,
)
@pytest.mark.parametrize("params", [{}, {"n_components": 3, "climatology": "month"}])
def test_absent_samples_have_no_cluster(pressure, clusterer, params):
    gappy = pressure.copy(deep=True)
    gappy[ABSENT] = np.nan
    kept = pressure.drop_isel(time=ABSENT)
    model = FieldClustering(clusterer, **params).fit(gappy)
    without = FieldClustering(clusterer, **params).fit(kept)
    assert (model.labels_[ABSENT] == -1).all()
    assert_array_equal(model.labels_.drop_isel(time=ABSENT), without.labels_)
    assert_allclose(model.weights_, without.weights_)
    assert_allclose(model.weights_.sum(), 1)
    xr.testing.assert_allclose(model.cluster_means_, without.cluster_means_)
    xr.testing.assert_allclose(model.cluster_centers_, without.cluster_centers_)
    if hasattr(model, "predict"):
        assert_array_equal(model.predict(gappy), model.labels_)
        lazy = model.predict(gappy.chunk(time=4))
        assert_array_equal(lazy, model.labels_)
    for method in ("predict_proba", "transform", "score_samples"):
        if hasattr(model, method):
            found = getattr(model, method)(gappy)
            assert found[ABSENT].isnull().all()
            assert found.drop_isel(time=ABSENT).notnull().all()
    if hasattr(model, "score"):
        assert_allclose(model.score(gappy), without.score(kept))


@pytest.mark.parametrize("clusterer", [KMeans(2, random_state=0), mixture()])
def test_an_absent_member_does_not_fail_a_forecast(pressure, clusterer):
    model = FieldClustering(clusterer, n_components=3).fit(pressure)
    members = [pressure[:6] + shift for shift in (0, 0.1, -0.1)]
    ensemble = xr.concat(members, "member").assign_coords(member=[4, 5, 6])
    gappy = ensemble.copy(deep=True)
    gappy[2, 4:] = np.nan
    gappy[:, 5] = np.nan
    found, others = model.forecast(gappy), model.forecast(ensemble[:2])
    assert_allclose(found.probability[4], others.probability[4])
    assert found.probability[5].isnull().all()
    assert (found.representative[5] == -1).all()
    assert (found.label.sel(member=6)[4:] == -1).all()
    assert (found.representative != 6)[4:].all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [1e20, -9.96921e36, -999.0, -999.9, 9999.0, -32768.0])
def test_fill_values_in_some_samples_raise_errors(pressure, dtype, value):
    marked = pressure.astype(dtype).copy(deep=True)
    marked[[3, 9], 1, 2] = marked[9, 1, 3] = value
    message = (
        rf"{value:.6g} 3 times, in 2 samples, first in sample 3 .*lat=40.0, lon=20"
    )
    with pytest.raises(ValueError, match=message.replace("+", r"\+")):
        FieldTransformer().fit(marked)
    model = FieldClustering(KMeans(2, random_state=0)).fit(pressure)
    with pytest.raises(ValueError, match="looks like an undeclared fill value"):
        model.predict(marked)
    declared = FieldClustering(KMeans(2), fill_missing="climatology")
    declared.fit(marked.where(marked != value))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [1e20, 9.96921e36, -999.0])
def test_fill_values_in_all_samples_are_land(pressure, dtype, value):
    marked = pressure.astype(dtype).fillna(dtype(value))
    clusterer = FieldClustering(KMeans(2, random_state=0))
    with pytest.warns(UserWarning, match=r"at 1 point, .*, lat=30.0, lon=0"):
        model = clusterer.fit(marked)
    plain = FieldClustering(KMeans(2, random_state=0)).fit(pressure)
    assert adjusted_rand_score(model.labels_, plain.labels_) == 1
    assert model.cluster_means_.slp[:, 0, 0].isnull().all()
    assert_array_equal(model.predict(marked), model.labels_)
    absent = marked.copy(deep=True)
    absent[4] = absent[4].where(absent[4] == absent[4, 0, 0])
    with pytest.warns(UserWarning, match="occurs in every sample"):
        assert clusterer.fit(absent).labels_[4] == -1


@pytest.mark.parametrize(
    "values",
    [
        np.geomspace(1e13, 1e23, 120),  # no fill value: all are large
        np.arange(120.0) + 940,  # 999 is an ordinary value
        np.where(np.arange(120) % 7, 0.0, np.arange(120.0)),  # rain
        np.where(np.arange(120) % 7, 0.0, 1.0),
    ],
)
def test_ordinary_values_are_no_fill_values(values):
    data = xr.DataArray(values.reshape(20, 6), dims=["time", "x"], name="t")
    assert FieldTransformer(scale=None).fit(data).valid_.all()


def test_infinite_values_raise_errors(pressure):
    infinite = pressure.copy(deep=True)
    infinite[5, 2, 1] = np.inf
    message = "1 infinite value, first in sample 5 at .*lat=50.0, lon=10"
    with pytest.raises(ValueError, match=message):
        FieldTransformer().fit(infinite)
    with pytest.raises(ValueError, match="infinite"):
        FieldTransformer().fit(pressure).transform(infinite)


def test_messages_name_why_nothing_is_left_to_scale(pressure):
    constant = xr.full_like(pressure, 1013.25).where(pressure.notnull())
    with pytest.raises(ValueError, match="'slp' is constant: each point has the same"):
        FieldTransformer().fit(constant)
    with pytest.raises(ValueError, match="'slp' is constant"):
        FieldTransformer().fit(constant + np.arange(4.0))
    both = xr.Dataset({"slp": pressure, "mask": constant})
    FieldTransformer(scale="common").fit(both)
    with pytest.raises(ValueError, match="'mask' is constant"):
        FieldTransformer(scale="variable").fit(both)
    message = "climatology='month' with detrend=True, fitted to 2 samples"
    with pytest.raises(ValueError, match=message):
        FieldTransformer(climatology="month", detrend=True).fit(pressure[[0, 40]])


def test_sums_of_float32_are_in_float64():
    rng = np.random.default_rng(0)
    values = (1e5 + rng.standard_normal((4000, 3))).astype(np.float32)
    data = xr.DataArray(values, dims=["time", "x"], name="t")
    single = FieldTransformer(climatology="mean").fit(data)
    double = FieldTransformer(climatology="mean").fit(data.astype(float))
    assert_array_equal(single.transform(data), double.transform(data.astype(float)))
    assert_allclose(single.transform(data).mean(axis=0), 0, atol=1e-9)


@pytest.mark.parametrize("params", [{"detrend": True}, {"n_components": 3}])
def test_rows_do_not_depend_on_the_number_of_threads(params):
    values = np.random.default_rng(0).standard_normal((300, 40, 50))
    time = pd.date_range("2001-01-01", periods=300)
    data = xr.DataArray(values, {"time": time}, ["time", "y", "x"], "t")
    rows = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            rows.append(FieldTransformer(**params).fit_transform(data))
    assert_array_equal(*rows)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e20])
@pytest.mark.parametrize("chunks", [None, 7])
def test_messages_number_the_samples_of_all_batches(
    pressure, value, chunks, monkeypatch
):
    monkeypatch.setattr(_lazy, "BATCH", 60)  # 5 samples
    transformer = FieldTransformer().fit(pressure)
    wrong = pressure.copy(deep=True)
    wrong[41, 1, 2] = value
    wrong = wrong if chunks is None else wrong.chunk(time=chunks)
    with pytest.raises(ValueError, match=r"in sample 41 at .*lat=40.0, lon=20.0"):
        np.asarray(transformer.transform(wrong))
    members = wrong.expand_dims(member=2).transpose("time", "member", ...)
    with pytest.raises(ValueError, match=r"in sample 82 at"):
        np.asarray(transformer.transform(members))


@pytest.mark.parametrize("factor", [1e160, 1e-160])
def test_squares_beyond_floating_point_raise_errors(pressure, factor):
    with pytest.raises(ValueError, match=r"'slp' has values .* Change its units"):
        FieldTransformer().fit(pressure * factor)


def test_paths_are_to_be_opened():
    with pytest.raises(TypeError, match=r"got str\. Open .*open_dataset\('slp.nc'\)"):
        FieldTransformer().fit("slp.nc")
