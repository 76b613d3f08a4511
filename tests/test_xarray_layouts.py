"""Tests of labelled fields in the layouts of real files: right, or a clear error."""

import layouts as models
import layouts_observed as observed
import layouts_ocean as ocean
import layouts_products as products
import numpy as np
import pytest
import xarray as xr
from layouts import KINDS
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans

from skvaeclust import VAEClustering
from skvaeclust.augmentation import RotationAugmenter
from skvaeclust.inspection import ClusterMapsDisplay
from skvaeclust.xarray import FieldClustering, FieldTransformer

LAYOUTS = [
    models.cmip6_psl,
    models.cmip6_tas,
    models.cmip6_zg,
    models.cmip6_tos,
    models.cordex,
    models.orca,
    models.cesm_pop,
    models.mom6,
    models.gfdl_averages,
    models.wrf,
    models.roms,
    models.mitgcm,
    models.hycom,
    observed.era5_old,
    observed.era5_new,
    observed.era5_new_level,
    observed.cfgrib,
    observed.cfgrib_step,
    observed.ncep,
    observed.narr,
    observed.glorys,
    observed.altimetry,
    observed.ghrsst,
    observed.oisst,
    observed.globcurrent,
    observed.oscar,
    observed.iridl,
    observed.stations,
    observed.profiles,
    observed.icon,
    observed.icon_undecoded,
    observed.mpas,
    observed.fesom,
    observed.healpix,
    observed.hindcast_s2s,
    products.imerg,
    products.hadisst,
    products.ice_polar,
    products.godas,
    products.climatology_of_months,
    products.weatherbench,
    products.hf_radar,
    products.soda,
    products.ocean_colour,
    products.geostationary,
    products.merra2,
    products.forecast_thredds,
    products.argo_gridded,
    products.wave_spectra,
    products.cam_se,
    products.ugrid,
    products.adcirc,
    products.healpix_located,
    products.gaussian_reduced,
    products.stacked,
    products.seas5_monthly,
    products.nmme,
    products.before_1678,
    products.ensemble_of_models,
    ocean.fvcom,
    ocean.swot,
    ocean.en4,
    ocean.tao,
]
REFUSED = [
    observed.era5_expver,
    products.hadisst_ice,
    products.e_obs,
    products.swath,
]


def each(layouts):
    """Parametrize a test over layouts."""
    return pytest.mark.parametrize("make", layouts, ids=lambda make: make.__name__)


def forms(layout):
    """Return the fields as each type that is accepted, by name."""
    data = layout.data[layout.variables]
    arrays = [layout.data[name] for name in layout.variables]
    found = {"list": arrays, "dataset": data, "dask": data.chunk({layout.dim: 7})}
    if len(arrays) == 1:
        found |= {"array": arrays[0], "dask array": arrays[0].chunk({layout.dim: 10})}
    return found


def expected_rows(layout, groups=None):
    """Compute rows from plain arrays: anomalies, area weights, one scale, no land.

    Parameters
    ----------
    layout : FileLayout
    groups : ndarray of shape (n_samples,), default=None
        Months, whose means are subtracted. By default, the mean is.
    """
    arrays = [
        layout.data[name].transpose(layout.dim, ...).values.astype(float)
        for name in layout.variables
    ]
    fields = np.stack(arrays, axis=1)
    area = np.ones(fields.shape[2:])
    if layout.latitude is not None:
        area = area * np.cos(np.deg2rad(layout.latitude))
    rows = fields.reshape(len(fields), -1)
    area = np.tile(area.ravel(), fields.shape[1])
    valid = ~np.isnan(rows).all(axis=0)
    rows, area = rows[:, valid], area[valid]
    groups = np.zeros(len(rows)) if groups is None else groups
    for group in np.unique(groups):
        rows[groups == group] -= rows[groups == group].mean(axis=0)
    return rows / rows.std() * np.sqrt(area / area.mean())


def weights(layout):
    return None if layout.latitude is None else "coslat"


def fit(layout, X):
    clusterer = KMeans(2, n_init=3, random_state=0)
    model = FieldClustering(
        clusterer, dim=layout.dim, climatology="mean", weights=weights(layout)
    )
    return model.fit(X)


def same_partition(labels, other):
    return len({*zip(labels.tolist(), other.tolist(), strict=True)}) == 2


@each(LAYOUTS)
def test_every_form_equals_plain_arrays(make):
    layout = make()
    rows = expected_rows(layout)
    for form, X in forms(layout).items():
        model = fit(layout, X)
        found = np.asarray(model.transformer_.transform(X))
        assert_allclose(found, rows, atol=1e-5, err_msg=form)
        assert same_partition(model.labels_.values, KINDS), form
        assert_array_equal(model.predict(X), model.labels_, err_msg=form)
        if layout.dim in layout.data.coords:
            given = layout.data[layout.dim]
            for labels in (model.labels_, model.predict(X)):
                assert labels[layout.dim].to_index().equals(given.to_index())


@each(LAYOUTS)
def test_whole_files_are_right_or_refused(make):
    layout = make()
    if layout.error:
        with pytest.raises(ValueError, match=f"(?s){layout.error}"):
            fit(layout, layout.data)
        return
    model = fit(layout, layout.data)
    found = model.transformer_.transform(layout.data)
    assert_allclose(found, expected_rows(layout), atol=1e-5)


@each(REFUSED)
def test_files_that_need_a_decision_are_refused(make):
    layout = make()
    for X in forms(layout).values():
        with pytest.raises(ValueError, match=f"(?s){layout.error}"):
            fit(layout, X)


@each(LAYOUTS)
def test_dates_are_those_of_the_samples(make):
    layout = make()
    transformer = FieldTransformer(
        dim=layout.dim, climatology="month", weights=weights(layout)
    )
    for form, X in forms(layout).items():
        if make is observed.hindcast_s2s:
            start, lead = layout.data[layout.dim], layout.data.forecast_period
            months = (start + lead).dt.month.values
        elif layout.dates is None:
            with pytest.raises(ValueError, match=r"dates|times"):
                transformer.fit(X)
            continue
        else:
            months = layout.data[layout.dates].dt.month.values
        rows = np.asarray(transformer.fit_transform(X))
        assert_allclose(rows, expected_rows(layout, months), atol=1e-5, err_msg=form)


def test_scalar_coordinates_differ_between_variables():
    layout = observed.cfgrib()
    heights = {"u10": 10.0, "v10": 2.0}
    arrays = [
        layout.data[name].assign_coords(heightAboveGround=height)
        for name, height in heights.items()
    ]
    model = fit(layout, arrays)
    rows = model.transformer_.transform(arrays)
    assert_allclose(rows, expected_rows(layout), atol=1e-5)
    assert "heightAboveGround" not in model.cluster_centers_.coords


def test_longitudes_of_two_conventions():
    layout = models.cmip6_tos()
    model = fit(layout, layout.data)
    lon = layout.data.longitude
    shifted = layout.data.assign_coords(longitude=(lon + 180) % 360 - 180)
    assert_array_equal(model.predict(shifted), model.labels_)
    layout = observed.era5_old()
    model = fit(layout, layout.data)
    lon = (layout.data.longitude + 180) % 360 - 180
    shifted = layout.data.assign_coords(longitude=lon).sortby("longitude")
    turned = shifted.sortby("latitude")
    assert_array_equal(model.predict(turned), model.labels_)


def test_names_of_the_other_convention():
    """The new names of the CDS on a model of the old ones: the error names them."""
    layout = observed.era5_old()
    model = fit(layout, layout.data)
    names = {"time": "valid_time", "u10": "u", "v10": "v"}
    with pytest.raises(ValueError, match=r"'u10'.*'u', 'v'"):
        model.predict(layout.data.rename(names))


def test_merged_expver():
    data = observed.era5_expver().data
    one = data.sel(expver=1).combine_first(data.sel(expver=5))
    layout = observed.era5_old()
    expected = fit(layout, layout.data[["u10"]]).labels_
    assert_array_equal(fit(layout, one).labels_, expected)
    assert isinstance(one, xr.Dataset)


@pytest.mark.parametrize(
    "make", [models.orca, models.hycom, observed.oisst, observed.era5_new_level]
)
def test_one_level_is_drawn(make):
    layout = make()
    data = layout.data[layout.variables]
    model = fit(layout, data)
    centers = ClusterMapsDisplay.from_estimator(model)
    assert centers.fields.shape == (2, len(layout.variables), 4, 5)
    means = ClusterMapsDisplay.from_estimator(model, data)
    assert_allclose(means.fields, centers.fields, atol=1e-2)


def test_one_of_several_levels_is_drawn():
    layout = models.cmip6_zg()
    data = layout.data[layout.variables]
    model = fit(layout, data)
    with pytest.raises(ValueError, match=r"fields=X\.isel\({'plev': 0}\)"):
        ClusterMapsDisplay.from_estimator(model)
    level = data.isel(plev=0)
    display = ClusterMapsDisplay.from_estimator(model, data, fields=level)
    assert_allclose(display.fields[:, 0], model.cluster_means_.zg[:, 0], rtol=1e-5)


# Forecasts


def observed_and_runs():
    """Make observations every 15 days, and perfect forecasts of 3 steps and 2 members.

    Returns
    -------
    model : FieldClustering
        Fitted to the observations, with a climatology of months.
    values : ndarray of shape (2, 8, 3, 4, 5)
        Members, starts, steps, latitude, longitude.
    expected : ndarray of shape (2, 8, 3)
    """
    time = np.datetime64("2001-01-05", "ns") + 15 * np.arange(24) * DAY
    obs = xr.Dataset(
        {"t2m": (("time", "lat", "lon"), models.values_of(4, 5))},
        {"time": time, "lat": models.SOUTH_NORTH, "lon": np.arange(5.0)},
    )
    season = 3 * np.cos(2 * np.pi * (obs.time.dt.month - 1) / 12)
    obs = obs + season.astype("f4")
    model = FieldClustering(
        KMeans(2, n_init=3, random_state=0), climatology="month", weights="coslat"
    ).fit(obs)
    index = 2 * np.arange(8)[:, None] + np.arange(3)
    expected = np.stack([model.labels_.values[index]] * 2)
    return model, np.stack([obs.t2m.values[index]] * 2), expected


DAY = np.timedelta64(1, "D").astype("m8[ns]")
STARTS = np.datetime64("2001-01-05", "ns") + 30 * np.arange(8) * DAY
STEPS = 15 * np.arange(3) * DAY
VALID = STARTS[:, None] + STEPS
FORECASTS = {
    "cfgrib": (
        ("number", "time", "step"),
        {
            "number": ("number", [0, 1], {"standard_name": "realization"}),
            "time": ("time", STARTS, {"standard_name": "forecast_reference_time"}),
            "step": ("step", STEPS, {"standard_name": "forecast_period"}),
            "surface": 0.0,
            "valid_time": (("time", "step"), VALID, {"standard_name": "time"}),
        },
    ),
    "cfgrib without valid_time": (
        ("number", "time", "step"),
        {"number": [0, 1], "time": STARTS, "step": STEPS},
    ),
    "climetlab": (
        ("realization", "forecast_time", "lead_time"),
        {
            "realization": [0, 1],
            "forecast_time": STARTS,
            "lead_time": STEPS,
            "valid_time": (("forecast_time", "lead_time"), VALID),
        },
    ),
    "CDS": (
        ("number", "forecast_reference_time", "forecast_period"),
        {
            "forecast_reference_time": (
                "forecast_reference_time",
                STARTS,
                {"standard_name": "forecast_reference_time"},
            ),
            "forecast_period": (
                "forecast_period",
                [0, 360, 720],
                {"standard_name": "forecast_period", "units": "hours"},
            ),
        },
    ),
    "WeatherBench": (
        ("number", "time", "prediction_timedelta"),
        {"time": STARTS, "prediction_timedelta": STEPS},
    ),
    "climpred": (
        ("member", "init", "lead"),
        {
            "member": ["a", "b"],
            "init": STARTS,
            "lead": ("lead", [0, 15, 30], {"units": "days"}),
        },
    ),
    "steps as numbers": (
        ("number", "time", "step"),
        {"time": STARTS, "step": [0, 360, 720]},
        r"'step'.*units",
    ),
    "SEAS5": (
        ("number", "forecast_reference_time", "forecastMonth"),
        {"forecast_reference_time": STARTS, "forecastMonth": [1, 2, 3]},
        r"'forecastMonth'",
    ),
    "NMME": (
        ("M", "S", "L"),
        {
            "S": ("S", STARTS, {"standard_name": "forecast_reference_time"}),
            "L": (
                "L",
                [0.5, 1.5, 2.5],
                {"standard_name": "forecast_period", "units": "months"},
            ),
        },
        r"'L'.*months",
    ),
    "years": (
        ("member", "start_year", "lead_month"),
        {"start_year": np.arange(8), "lead_month": [1, 2, 3]},
        r"dates|lead_month",
    ),
}


@pytest.mark.parametrize("name", FORECASTS)
def test_forecasts_have_the_dates_they_are_valid_at(name):
    model, values, expected = observed_and_runs()
    dims, coords, *error = FORECASTS[name]
    coords = coords | {"lat": models.SOUTH_NORTH, "lon": np.arange(5.0)}
    runs = xr.Dataset({"t2m": ((*dims, "lat", "lon"), values)}, coords)
    for X in (runs, runs.t2m, runs.chunk({dims[1]: 3})):
        if error:
            with pytest.raises(ValueError, match=error[0]):
                np.asarray(model.predict(X))
            continue
        labels = model.predict(X)
        assert labels.dims == dims
        assert_array_equal(labels, expected)
        forecast = model.forecast(X, dims[0])
        assert_array_equal(forecast.label.transpose(*dims), expected)
        shares = forecast.probability.sel(cluster=1)
        assert_array_equal(shares.transpose(*dims[1:]), expected[0])


@pytest.mark.parametrize("name", ["cfgrib", "climetlab", "CDS"])
def test_one_run_and_one_lead_time(name):
    model, values, expected = observed_and_runs()
    dims, coords = FORECASTS[name]
    coords = coords | {"lat": models.SOUTH_NORTH, "lon": np.arange(5.0)}
    runs = xr.Dataset({"t2m": ((*dims, "lat", "lon"), values)}, coords)
    for lead in range(3):
        labels = model.predict(runs.isel({dims[2]: lead}))
        assert_array_equal(labels, expected[:, :, lead])
        labels = model.predict(runs.isel({dims[2]: [lead]}))
        assert_array_equal(labels, expected[:, :, [lead]])
    for run in range(8):
        labels = model.predict(runs.isel({dims[1]: run}))
        assert_array_equal(labels, expected[:, run])
        for lead in range(3):
            labels = model.predict(runs.isel({dims[1]: run, dims[2]: lead}))
            assert_array_equal(labels, expected[:, run, lead])


@pytest.mark.parametrize(
    "make", [observed.oscar, products.weatherbench, products.imerg]
)
def test_longitude_is_the_horizontal_axis_of_maps(make):
    layout = make()
    data = layout.data[layout.variables]
    model = fit(layout, data)
    display = ClusterMapsDisplay.from_estimator(model)
    name = layout.variables[0]
    centers = model.cluster_centers_[name].squeeze()
    assert_array_equal(display.grid.y, models.SOUTH_NORTH)
    assert display.grid.xy_units == "degrees"
    assert_array_equal(display.fields[:, 0], centers.values.swapaxes(1, 2))
    array = data[name].squeeze().values[:, None]
    means = ClusterMapsDisplay.from_estimator(model, data, fields=array)
    assert_allclose(means.fields, display.fields, atol=1e-2)


def test_angles_of_a_scan_are_no_latitude():
    layout = products.geostationary()
    with pytest.raises(ValueError, match="needs a latitude"):
        FieldTransformer(dim="t", weights="coslat").fit(layout.data.CMI)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_level_is_left_out_of_the_fields_of_networks():
    layout = observed.glorys()
    data = layout.data[layout.variables]
    options = {"max_epochs": 2, "n_init": 1, "random_state": 0, "network": "conv"}
    estimator = VAEClustering(2, augmenter=RotationAugmenter(1), **options)
    with_level = FieldClustering(estimator).fit(data)
    without = FieldClustering(estimator).fit(data.isel(depth=0))
    assert_array_equal(with_level.labels_, without.labels_)
    centers = with_level.cluster_centers_.uo
    assert set(centers.dims) == {"cluster", "depth", "latitude", "longitude"}
    assert_array_equal(centers.isel(depth=0), without.cluster_centers_.uo)
