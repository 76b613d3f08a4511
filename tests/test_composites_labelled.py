"""Tests of composites of labelled fields: types, alignment, units, displays."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture

from skvaeclust.composites import (
    cluster_means,
    cluster_significance,
    decoded_centers,
    ensemble_reconstruction,
    is_unassigned,
    lead_lag_composites,
)
from skvaeclust.inspection import ClusterMapsDisplay, FieldMapsDisplay
from skvaeclust.xarray import FieldClustering

DAYS = pd.date_range("2001-01-01", periods=60)


@pytest.fixture
def pressure():
    rng = np.random.default_rng(0)
    coords = {"time": DAYS, "lat": [30.0, 40, 50], "lon": [0.0, 10, 20, 30]}
    values = 1000 + rng.standard_normal((60, 3, 4))
    values[:, 0, 0] = np.nan
    return xr.DataArray(values, coords, name="slp", attrs={"units": "hPa"})


@pytest.fixture
def labels():
    values = np.random.default_rng(1).integers(-1, 3, 60)
    return xr.DataArray(values, {"time": DAYS}, name="label")


def test_means_keep_type_dimensions_and_units(pressure, labels):
    plain = cluster_means(pressure.values, labels.values, 4)
    means = cluster_means(pressure, labels, 4)
    assert means.dims == ("cluster", "lat", "lon")
    assert (means.name, means.units) == ("slp", "hPa")
    assert_array_equal(means, plain)
    assert_array_equal(means.cluster, range(4))
    xr.testing.assert_equal(means.lat, pressure.lat)
    last = cluster_means(pressure.transpose("lat", "lon", "time"), labels, 4)
    xr.testing.assert_allclose(last, means, rtol=1e-12)
    both = xr.Dataset(
        {"slp": pressure, "t": pressure.isel(lat=0) - 730, "area": pressure[0] * 0}
    )
    found = cluster_means(both, labels, 4, anomalies=True)
    assert found.t.dims == ("cluster", "lon")
    assert found.area.dims == ("lat", "lon")
    plain = cluster_means(pressure.values, labels.values, 4, anomalies=True)
    assert_array_equal(found.slp, plain)
    lazy = cluster_means(pressure.chunk(time=7), labels, 4)
    assert lazy.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), means, rtol=1e-12)
    xr.testing.assert_equal(cluster_means([pressure], labels, 4).slp, means)


def test_labels_are_aligned_by_their_coordinates(pressure, labels):
    expected = cluster_means(pressure.values[20:50], labels.values[20:50], 3)
    shuffled = labels.isel(time=np.random.default_rng(0).permutation(np.arange(20, 60)))
    found = cluster_means(pressure[:50], shuffled, 3)
    assert_allclose(found, expected)
    later = pressure.assign_coords(time=DAYS + pd.Timedelta("12h"))
    with pytest.raises(ValueError, match="no common value of 'time': X starts at 2001"):
        cluster_means(later, labels)
    dated = pressure.convert_calendar("standard", use_cftime=True)
    assert_array_equal(cluster_means(dated, labels), cluster_means(pressure, labels))
    with pytest.raises(ValueError, match="X must have different values of 'time'"):
        cluster_means(pressure.isel(time=[0, 0, 1]), labels)
    with pytest.raises(ValueError, match=r"60 values along 'time', .* got 59"):
        cluster_means(pressure, labels.values[:59])
    with pytest.raises(ValueError, match="dimension 'day', but X only has"):
        cluster_means(pressure, labels.rename(time="day"))
    with pytest.raises(ValueError, match="X has a dimension or coordinate 'cluster'"):
        cluster_means(pressure.rename(lat="cluster"), labels)
    dated = xr.Dataset({"slp": pressure, "onset": ("time", DAYS)})
    with pytest.raises(TypeError, match="Expected numbers, got 'onset'"):
        cluster_means(dated, labels)


def test_members_are_samples(pressure, labels):
    members = xr.concat([pressure, pressure + 1], "member")
    both = xr.concat([labels, labels], "member")
    found = cluster_means(members, both, 3)
    assert found.dims == ("cluster", "lat", "lon")
    assert_allclose(found, cluster_means(pressure.values, labels.values, 3) + 0.5)


def test_absent_samples_are_in_no_labelled_mean(pressure, labels):
    pressure[5], pressure[9, 1, 1] = np.nan, np.nan
    for anomalies in (False, True):
        params = {"n_clusters": 4, "anomalies": anomalies}
        expected = cluster_means(pressure.values, labels.values, **params)
        assert not np.isnan(expected[:3, 1, 2]).any()
        for given in (pressure, pressure.chunk(time=7)):
            found = cluster_means(given, labels, **params)
            assert_allclose(found, expected)


def test_composites_keep_type_dimensions_and_units(pressure, labels):
    lags = [-2, 0, 5]
    plain = lead_lag_composites(
        pressure.values[:, None], np.arange(60), labels.values, lags, time=DAYS
    )
    found = lead_lag_composites(pressure, labels.time, labels, lags)
    assert found.means.dims == ("cluster", "lag", "lat", "lon")
    assert found.means.units == "hPa"
    assert_array_equal(found.means.lag, lags)
    for name in ("means", "significant", "p_values"):
        assert_array_equal(getattr(found, name), getattr(plain, name)[:, :, 0])
    assert_array_equal(found.n_members, plain.n_members)
    wind = xr.Dataset({"u": pressure, "v": -pressure})
    vector = lead_lag_composites(wind, labels.time[10:20], labels, lags)
    assert_array_equal(vector.significant.u, vector.significant.v)
    stacked = np.stack([pressure.values, -pressure.values], axis=1)
    plain = lead_lag_composites(
        stacked, np.arange(10, 20), labels.values[10:20], lags, time=DAYS
    )
    assert_array_equal(vector.means.v, plain.means[:, :, 1])
    shorter = lead_lag_composites(pressure[5:], labels.time, labels, [0])
    assert shorter.n_members.sum() == (labels[5:] >= 0).sum()


def test_significance_is_labelled(pressure, labels):
    found = cluster_significance(pressure, labels, 4, alpha=0.9)
    assert found.dims == ("cluster", "lat", "lon")
    plain = cluster_significance(pressure.values[:, None], labels.values, 4, alpha=0.9)
    assert_array_equal(found, plain[:, 0])


def test_significance_uses_the_times_of_labelled_samples(pressure, labels):
    spells = [DAYS[i] + pd.Timedelta(days=99 * (i // 5)) for i in range(60)]
    labels[:12] = [0, 1, 2, 1, 0, 2, 0, 1, 2, 2, 1, 0]
    pressure, labels = (  # constant in each spell
        a[np.arange(60) // 5].assign_coords(time=spells) for a in (pressure, labels)
    )
    values = pressure.values[:, None]
    params = {"alpha": 0.8, "n_clusters": 3}
    expected = cluster_significance(values, labels.values, time=spells, **params)
    without = cluster_significance(values, labels.values, **params)
    assert (expected != without).any()
    assert_array_equal(cluster_significance(values, labels, **params), expected)
    order = np.random.default_rng(0).permutation(60)
    for given in (pressure, pressure[order]):
        found = cluster_significance(given, labels, **params)
        assert_array_equal(found, expected[:, 0])


def test_significance_of_several_sequences(pressure, labels):
    members = xr.concat([pressure, pressure + 1], "member").transpose("time", ...)
    both = xr.concat([labels, labels[::-1].assign_coords(time=DAYS)], "member")
    with pytest.warns(UserWarning, match="sequences along 'time' as independent"):
        found = cluster_significance(members, both.transpose("time", ...), 3, alpha=0.9)
    values = members.transpose("member", "time", ...).values.reshape(120, 1, 3, 4)
    time = [*DAYS, *(DAYS + pd.Timedelta(days=999))]
    expected = cluster_significance(
        values, both.values.ravel(), 3, time=time, alpha=0.9
    )
    assert_array_equal(found, expected[:, 0])


def test_tests_of_the_clustered_variable_warn(pressure):
    data = xr.Dataset({"slp": pressure, "other": pressure[::-1].values + 0 * pressure})
    model = FieldClustering(GaussianMixture(2, random_state=0)).fit(data.slp)
    assert model.labels_.clustered_variables == "slp"
    clustered = pytest.warns(UserWarning, match="slp was clustered.*cluster_stability")
    with clustered:
        cluster_significance(data, model.labels_)
    with clustered:
        cluster_significance(data.slp, model.predict(data.slp))
    with clustered:
        lead_lag_composites(data.slp, DAYS, model.labels_, [0])
    maps = ClusterMapsDisplay.from_estimator
    with clustered:
        maps(model, data.slp, fields=data, alpha=0.1)
    with pytest.warns(UserWarning, match="X was clustered"):
        maps(model, data.slp, alpha=0.1)
    # Warnings are errors in tests.
    cluster_significance(data.other, model.labels_)
    lead_lag_composites(data.other, DAYS, model.labels_, [0])
    order = np.random.default_rng(0).permutation(60)
    mixed = data.isel(time=order)
    display = maps(model, mixed.slp, fields=mixed.other, alpha=0.9)
    assert_array_equal(
        display.significant[:, 0],
        cluster_significance(data.other, model.labels_, alpha=0.9),
    )


def test_maps_with_given_significance(pressure):
    model = FieldClustering(GaussianMixture(2, random_state=0)).fit(pressure)
    both = xr.Dataset({"slp": pressure, "t": pressure - 730})
    mask = model.cluster_means_.slp > 1000
    display = ClusterMapsDisplay.from_estimator(
        model, pressure, fields=both, channel=0, significant=mask
    )
    assert_array_equal(display.significant[:, 0], mask)
    with pytest.raises(ValueError, match="Give either alpha or significant"):
        ClusterMapsDisplay.from_labels(both, model.labels_, alpha=0.1, significant=mask)


def test_anomalies_of_centers_without_a_climatology(pressure):
    model = FieldClustering(GaussianMixture(2, random_state=0)).fit(pressure)
    fields = ClusterMapsDisplay.from_estimator(model, anomalies=True).fields
    assert np.nanmax(np.abs(fields)) < 10  # hPa
    assert_allclose(np.tensordot(model.weights_, fields, axes=1)[0, 1:], 0, atol=1e-9)


def test_displays_need_no_grid(pressure, labels):
    display = ClusterMapsDisplay.from_labels(pressure, labels, alpha=0.1)
    assert np.shape(display.fields) == (3, 1, 3, 4)
    assert_array_equal(display.grid.x, pressure.lon)
    assert display.grid.units == ["hPa"]
    composites = lead_lag_composites(
        xr.Dataset({"u": pressure, "v": -pressure}), labels.time, labels, [-1, 0]
    )
    display = FieldMapsDisplay.from_composites(composites, lag_units="d")
    assert np.shape(display.fields) == (6, 2, 3, 4)
    assert_array_equal(display.fields[3, 1], composites.means.v[1, 1])
    display = FieldMapsDisplay(pressure[:2]).plot()
    assert np.shape(display.fields) == (2, 1, 3, 4)
    assert np.shape(FieldMapsDisplay(pressure[0]).fields) == (1, 1, 3, 4)


def test_functions_of_a_model_are_labelled(pressure):
    sign = np.random.default_rng(2).choice([-4, 4], 60)
    data = pressure + xr.DataArray(sign, {"time": DAYS}) * np.sin(pressure.lon)
    data = data.rename("slp").assign_attrs(units="hPa")
    data[7] = np.nan
    mixture = GaussianMixture(2, reg_covar=1.0, random_state=0)
    model = FieldClustering(mixture, climatology="mean").fit(data)
    for weighted in (False, True):
        fields = ensemble_reconstruction(model, data, X_train=data, weighted=weighted)
        assert fields.dims == data.dims
        assert (fields.name, fields.units) == ("slp", "hPa")
        assert fields[7].isnull().all()
        error = np.sqrt(((fields - data) ** 2).mean())
        assert 0.8 < error < 1.3
    several = ensemble_reconstruction(model, data.to_dataset(), X_train=[data])
    assert several.slp.dims == data.dims
    unassigned = is_unassigned(model, data, X_train=data)
    assert unassigned.dims == ("time",)
    assert unassigned.name == "unassigned"
    labels = model.labels_.where(~unassigned, -1)
    assert labels.attrs.keys() == model.labels_.attrs.keys()
    assert labels.name == "label"
    assert labels.dtype == int
    assert unassigned[7]
    assert 0 < unassigned.sum() < 8
    centers = decoded_centers(model)
    xr.testing.assert_equal(centers, model.cluster_centers_)
    anomalies = decoded_centers(model, anomalies=True)
    mean = (centers.slp * xr.DataArray(model.weights_, dims="cluster")).sum("cluster")
    assert_allclose(anomalies.slp, (centers.slp - mean).values)


def test_labels_of_pandas_are_aligned_by_date(pressure):
    days = pressure.indexes["time"]
    labels = pd.Series(np.arange(len(days)) % 3, days)
    expected = cluster_means(pressure, labels.to_numpy())
    xr.testing.assert_allclose(cluster_means(pressure, labels[::-1]), expected)


def test_masked_labels_of_labelled_fields(pressure):
    labels = np.arange(pressure.sizes["time"]) % 3
    masked = cluster_means(pressure, np.ma.masked_equal(labels, 2))
    assert masked.sizes["cluster"] == 2


def test_events_at_other_times_are_refused(pressure):
    days = pressure["time"].values[:2] + np.timedelta64(9999, "D")
    with pytest.raises(
        ValueError, match=r"events must be values of 'time' .* none of 2 is"
    ):
        lead_lag_composites(pressure, days, [0, 0], [0])


@pytest.mark.parametrize("lazy", [False, True])
def test_anomalies_are_named(currents, lazy):
    labels = np.arange(60) % 2
    data = currents.chunk(time=20) if lazy else currents
    means = cluster_means(data, labels)
    found = cluster_means(data, labels, anomalies=True)
    for name in ("u", "v"):
        quantity = means[name].attrs.get("long_name", name)
        assert found[name].attrs == means[name].attrs | {
            "long_name": f"{quantity} anomaly"
        }
        total = currents[name].mean("time").values
        assert_allclose(found[name], means[name].values - total, atol=1e-12)
    assert "anomal" not in str(currents.u.attrs)
