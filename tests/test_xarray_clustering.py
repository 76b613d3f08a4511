"""Tests of FieldClustering: labels, maps, files, dask arrays and forecasts."""

import os
from pathlib import Path

import cartopy.crs as ccrs
import cftime
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline

from skvaeclust import VAEClustering
from skvaeclust.composites import is_unassigned
from skvaeclust.inspection import ClusterMapsDisplay, MapGrid
from skvaeclust.xarray import FieldClustering, FieldTransformer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# Clusters


CLUSTERERS = [
    KMeans(2, n_init=3, random_state=0),
    GaussianMixture(2, covariance_type="diag", reg_covar=1e-3, random_state=0),
    VAEClustering(2, max_epochs=16, random_state=0),
    make_pipeline(PCA(3), KMeans(2, n_init=3, random_state=0)),
    AgglomerativeClustering(2),
]


@pytest.fixture(scope="module", params=CLUSTERERS, ids=lambda e: type(e).__name__)
def fitted(request, currents):
    return FieldClustering(request.param, weights="coslat").fit(currents)


def test_labels_are_labelled(fitted, currents):
    labels = fitted.labels_
    assert labels.dims == ("time",)
    assert_array_equal(labels.time, currents.time)
    same = labels.values == currents.kind.values
    assert same.all() or not same.any()
    assert fitted.fit_predict(currents).identical(labels)


def test_means_and_centres_are_fields_in_units_of_the_data(fitted, currents):
    means, centers = fitted.cluster_means_, fitted.cluster_centers_
    for k in range(2):
        members = currents.u[fitted.labels_.values == k]
        assert_allclose(means.u[k], members.mean("time"))
    assert centers.u.dims == ("cluster", "lat", "lon")
    assert centers.u.units == "m s-1"
    assert xr.corr(centers.u, means.u) > 0.95
    assert np.isnan(centers.u[:, 0, :2]).all()


def test_methods_are_those_of_the_clusterer(fitted, currents):
    for name in ("predict", "predict_proba", "transform"):
        assert hasattr(fitted, name) == hasattr(fitted.estimator_, name)
    if hasattr(fitted, "predict"):
        assert_array_equal(fitted.predict(currents), fitted.labels_)
    if hasattr(fitted, "predict_proba"):
        probability = fitted.predict_proba(currents)
        assert probability.dims == ("time", "cluster")
        assert_allclose(probability.sum("cluster"), 1)
    if hasattr(fitted, "transform"):
        assert fitted.transform(currents).dims == ("time", "component")


def test_dask_arrays_are_predicted_lazily(fitted, currents):
    if not hasattr(fitted, "predict"):
        with pytest.raises(AttributeError):
            fitted.predict(currents)
        return
    labels = fitted.predict(currents.chunk(time=25))
    assert labels.chunks is not None
    assert_array_equal(labels.compute(), fitted.labels_)


@pytest.mark.parametrize("lazy", [False, True])
def test_fractions_and_means_are_those_of_the_samples_passed(currents, lazy):
    model = FieldClustering(KMeans(2, n_init=3, random_state=0)).fit(currents)
    fit, later = currents, currents.isel(time=slice(0, 25)).copy(deep=True)
    later[{"time": 3}] = np.nan
    for data in (fit, later):
        found = model.to_dataset(data.chunk(time=7) if lazy else data)
        assert (found.u_mean.chunks is not None) == lazy
        labels = model.predict(data)
        n = int((labels >= 0).sum())
        for k in range(2):
            assert_allclose(found.fraction[k], (labels == k).sum() / n)
            mean = data.where(labels == k).mean("time")
            xr.testing.assert_allclose(found.u_mean[k].drop_vars("cluster"), mean.u)
    xr.testing.assert_allclose(model.to_dataset(fit).u_mean, model.to_dataset().u_mean)


@pytest.mark.parametrize("engine", ["netcdf4", "zarr"])
def test_results_are_written_and_read(fitted, currents, tmp_path, engine):
    results = fitted.to_dataset(currents if hasattr(fitted, "predict") else None)
    assert results.label.flag_meanings == "cluster_0 cluster_1"
    assert results.attrs["Conventions"].startswith("CF-1")
    if engine == "zarr":
        results.to_zarr(tmp_path / "results.zarr", consolidated=False)
        back = xr.open_zarr(tmp_path / "results.zarr", consolidated=False)
    else:
        results.to_netcdf(tmp_path / "results.nc", engine=engine)
        back = xr.open_dataset(tmp_path / "results.nc", engine=engine)
    xr.testing.assert_equal(back.load(), results)
    assert back.u_mean.attrs == results.u_mean.attrs
    assert_array_equal(back.label.flag_values, results.label.flag_values)


def test_forecast(currents):
    model = FieldClustering(KMeans(2, n_init=3, random_state=0)).fit(currents)
    members = [currents.isel(time=slice(i, i + 8)) for i in range(5)]
    ensemble = xr.concat(
        [m.drop_vars(["time", "kind"]).rename(time="lead") for m in members], "member"
    ).assign_coords(member=[10, 11, 12, 13, 14], lead=np.arange(8))
    found = model.forecast(ensemble)
    labels = found.label.transpose("member", "lead").values
    for i in range(5):
        assert_array_equal(labels[i], model.labels_[i : i + 8])
    share = found.probability.sel(cluster=1).values
    assert_allclose(share, (labels == 1).mean(axis=0))
    for lead in range(8):
        for k in range(2):
            chosen = int(found.representative.sel(cluster=k)[lead])
            inside = np.flatnonzero(labels[:, lead] == k) + 10
            assert chosen in inside if len(inside) else chosen == -1
    with pytest.raises(ValueError, match=r"member_dim must be .* got 'run'"):
        model.forecast(ensemble, "run")


def test_lead_times_are_added_to_the_date(currents):
    model = FieldClustering(KMeans(2, n_init=3, random_state=0), climatology="month")
    model.fit(currents)
    start = currents.isel(time=[0, 10]).time
    leads = pd.to_timedelta(np.arange(40), unit="D")
    runs = [
        currents.sel(time=slice(t, None)).isel(time=slice(0, 40)).drop_vars(["kind"])
        for t in start.values
    ]
    runs = [run.assign_coords(time=leads).rename(time="lead") for run in runs]
    hindcast = xr.concat(runs, start.drop_vars("kind"))
    labels = model.predict(hindcast)
    assert_array_equal(labels.sel(time=start[1]), model.labels_[10:50])


def test_a_single_field(currents):
    model = FieldClustering(KMeans(2, n_init=3, random_state=0)).fit(currents)
    label = model.predict(currents.isel(time=3))
    assert label.dims == ()
    assert label == model.labels_[3]


def test_data_larger_than_memory_are_fitted_on_components(currents):
    params = {"n_components": 4, "climatology": "month"}
    clusterer = KMeans(2, n_init=3, random_state=0)
    here = FieldClustering(clusterer, **params).fit(currents)
    there = FieldClustering(clusterer, **params).fit(currents.chunk(time=15))
    assert_array_equal(here.labels_, there.labels_)


def test_samples_without_a_cluster(currents):
    mixture = GaussianMixture(2, random_state=0)
    model = FieldClustering(mixture, n_components=3).fit(currents)
    score = model.score_samples(currents)
    assert score.dims == ("time",)
    far = currents.copy(deep=True)
    far["u"][dict(time=slice(0, 5))] *= 100
    without = is_unassigned(model, far, X_train=currents)
    assert without.time.equals(currents.time)
    assert without[:5].all()
    assert without.mean() < 0.3
    assert not hasattr(FieldClustering(KMeans(2)), "score_samples")


@pytest.mark.parametrize("name", ["predict_proba", "score_samples", "sample"])
def test_errors_name_the_clusterer_without_a_method(name):
    pipeline = make_pipeline(PCA(2), KMeans(2))
    for model in (FieldClustering(KMeans(2)), FieldClustering(pipeline)):
        with pytest.raises(AttributeError, match=rf"'{name}', because .* KMeans has"):
            getattr(model, name)
    assert FieldClustering.predict.__doc__.startswith("Predict the cluster")


def test_maps_of_a_pipeline_with_any_clusterer(currents):
    model = make_pipeline(FieldTransformer(), KMeans(2, n_init=3, random_state=0))
    labels = model.fit(currents).predict(currents)
    display = ClusterMapsDisplay.from_estimator(model, currents)
    assert_allclose(display.weights, np.bincount(labels) / len(labels))
    plt.close(display.figure_)
    with pytest.raises(TypeError, match=r"KMeans has no weights_.*clusterers, give X"):
        ClusterMapsDisplay.from_estimator(model)


def test_maps_have_coordinates_and_units(currents):
    model = FieldClustering(KMeans(2, n_init=3, random_state=0)).fit(currents)
    display = ClusterMapsDisplay.from_estimator(model)
    assert_array_equal(display.grid.x, currents.lon)
    assert display.grid.units == ["m s-1", "m s-1"]
    assert display.grid.xy_units == "degrees"
    assert display.colorbar_.ax.get_xlabel() == "speed (m s$^{-1}$)"
    assert_allclose(display.fields[:, 0], model.cluster_centers_.u)
    means = ClusterMapsDisplay.from_estimator(model, currents.isel(time=slice(30)))
    early = currents.isel(time=slice(30))
    expected = early.v[model.labels_[:30].values == 1].mean("time")
    assert_allclose(means.fields[1, 1], expected)
    assert_allclose(means.weights.sum(), 1)


def test_maps_of_anomalies(currents):
    """The climatology is subtracted, also from the samples of a map."""
    model = FieldClustering(
        KMeans(2, n_init=3, random_state=0), climatology="month", scale=None
    ).fit(currents)
    centers = ClusterMapsDisplay.from_estimator(model, anomalies=True)
    means = ClusterMapsDisplay.from_estimator(model, currents, anomalies=True)
    assert_allclose(means.fields, centers.fields, atol=1e-12)
    assert means.colorbar_.ax.get_xlabel() == "speed of the anomaly (m s$^{-1}$)"
    assert np.nanmean(np.abs(means.fields)) < np.abs(currents.u).mean()
    other = (3 * currents.u).rename("triple").assign_attrs(units="kn")
    tripled = ClusterMapsDisplay.from_estimator(
        model, currents, fields=other.transpose("lat", "time", "lon")
    )
    assert tripled.grid.units == ["kn"]
    expected = 3 * currents.u[model.labels_.values == 1].mean("time")
    assert_allclose(tripled.fields[1, 0], expected)
    array = np.stack([other.values], axis=1)
    same = ClusterMapsDisplay.from_estimator(model, currents, fields=array)
    assert_allclose(same.fields, tripled.fields)
    assert same.grid.units == ""


def test_maps_of_curvilinear_grids(currents):
    lat, lon = xr.broadcast(currents.lat, currents.lon)
    bent = currents.drop_vars(["lat", "lon"]).rename(lat="j", lon="i")
    bent = bent.assign_coords(
        nav_lat=(("j", "i"), lat.values + 0.01 * lon.values),
        nav_lon=(("j", "i"), lon.values),
    )
    model = FieldClustering(KMeans(2, n_init=3, random_state=0)).fit(bent)
    display = ClusterMapsDisplay.from_estimator(model)
    assert_array_equal(display.grid.y, bent.nav_lat)
    assert display.grid.xy_units == "degrees"


def test_maps_of_cartopy_take_degrees(currents):
    model = FieldClustering(KMeans(2, n_init=3, random_state=0)).fit(currents)
    projection = ccrs.LambertConformal(25, 45)
    _, axes = plt.subplots(1, 2, subplot_kw={"projection": projection})
    display = ClusterMapsDisplay.from_estimator(
        model, axes=axes, grid=MapGrid(coastline=False)
    )
    west, east, south, north = axes[0].get_extent(ccrs.PlateCarree())
    assert west < 0 < 50 < east
    assert south < 30 < 60 < north
    display.figure_.canvas.draw()
    own = ClusterMapsDisplay.from_estimator(
        model, projection=projection, grid=MapGrid(coastline=[[0, 30], [40, 60]])
    )
    own.figure_.canvas.draw()
    assert own.axes_[0].projection == projection


def test_parameters_can_be_set_and_cloned():
    model = FieldClustering(VAEClustering(3), n_components=5)
    assert clone(model).get_params().keys() == model.get_params().keys()
    model.set_params(estimator__n_clusters=4)
    assert model.estimator.n_clusters == 4


# Real data


def real(name):
    """Open a file of the folder SKVAECLUST_DATA."""
    path = Path(os.environ.get("SKVAECLUST_DATA", "")) / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the folder SKVAECLUST_DATA")
    return xr.open_dataset(path, engine="netcdf4")


@pytest.mark.parametrize(
    "name",
    [
        "globcurrent_agulhas_daily_2002.nc",
        "ncep_slp_north_atlantic_djf_2001_2010.nc",
    ],
)
def test_real_fields_to_regimes(name, tmp_path):
    data = real(name)
    transformer = FieldTransformer(climatology="dayofyear", weights="coslat")
    rows = transformer.fit_transform(data)
    back = transformer.inverse_transform(rows, time=data.time)
    for variable in data.data_vars:
        assert_allclose(back[variable], data[variable], atol=1e-10)
        assert back[variable].attrs == data[variable].attrs
    model = FieldClustering(
        KMeans(4, n_init=3, random_state=0), weights="coslat", n_components=15
    ).fit(data)
    results = model.to_dataset(data)
    results.to_netcdf(tmp_path / "regimes.nc", engine="netcdf4")
    read = xr.open_dataset(tmp_path / "regimes.nc", engine="netcdf4").load()
    xr.testing.assert_equal(read, results)


def test_calendars_of_cftime(currents):
    time = [cftime.DatetimeNoLeap(2001, 1 + i // 28, 1 + i % 28) for i in range(60)]
    odd = currents.drop_vars("kind").assign_coords(time=time)
    model = FieldClustering(
        KMeans(2, n_init=3, random_state=0), climatology="month", detrend=True
    ).fit(odd)
    assert_array_equal(model.labels_.time, odd.time)


def test_sample_and_attributes_of_the_clusterer(currents):
    model = FieldClustering(VAEClustering(2, max_epochs=8, n_init=1, random_state=0))
    assert not hasattr(model, "starts_")
    model.fit(currents)
    for name in ("starts_", "history_", "converged_", "latent_means_"):
        assert getattr(model, name) is getattr(model.estimator_, name)
    fields, labels = model.sample(5)
    assert fields.u.dims == ("sample", "lat", "lon")
    assert fields.u.attrs == currents.u.attrs
    assert labels.dims == ("sample",)
    rows, expected = model.estimator_.sample(5)
    assert_array_equal(labels, expected)
    assert fields.identical(model.transformer_.inverse_transform(rows))
    assert labels.long_name == model.labels_.long_name
    kmeans = FieldClustering(KMeans(2, random_state=0)).fit(currents)
    assert not hasattr(kmeans, "sample")
    assert not hasattr(kmeans, "starts_")


def test_reconstructions_of_fields(currents):
    clusterer = VAEClustering(2, max_epochs=8, n_init=1, random_state=0)
    model = FieldClustering(clusterer, climatology="month").fit(currents)
    X = model.transformer_.transform(currents)
    smooth = model.transformer_.inverse_transform(
        model.estimator_.reconstruct(X), time=currents.time
    )
    assert_array_equal(smooth.time, currents.time)
    assert float(np.square(smooth - currents).u.mean()) < 0.3 * float(currents.u.var())
