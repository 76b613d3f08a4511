"""Tests on real fields: labels are those of arrays; the example of the README."""

import ast
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skvaeclust import VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.xarray import FieldClustering


def globcurrent():
    """Open the daily currents of the Agulhas region in the folder SKVAECLUST_DATA."""
    name = "globcurrent_agulhas_daily_2002.nc"
    path = Path(os.environ.get("SKVAECLUST_DATA", "")) / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the folder SKVAECLUST_DATA")
    return xr.open_dataset(path, engine="netcdf4").isel(time=slice(None, None, 3))


def north_atlantic():
    """Load every eighth day of the pressure that comes with the package."""
    data = load_north_atlantic_slp(as_xarray=True).isel(time=slice(None, None, 8))
    return data.rename(lat="latitude")


@pytest.mark.parametrize("load", [north_atlantic, globcurrent])
@pytest.mark.parametrize(
    "clusterer",
    [
        KMeans(4, n_init=2, random_state=0),
        GaussianMixture(3, covariance_type="diag", reg_covar=1e-2, random_state=0),
        VAEClustering(4, max_epochs=3, n_init=1, random_state=0),
    ],
    ids=lambda clusterer: type(clusterer).__name__,
)
def test_labels_of_real_fields_are_those_of_arrays(load, clusterer):
    data = load()
    arrays = [data[name].values for name in data.data_vars]
    X = np.stack(arrays, axis=1)  # (samples, channels, latitude, longitude)
    if not isinstance(clusterer, VAEClustering):
        rows = X.reshape(len(X), -1)
        X = rows[:, ~np.isnan(rows).all(axis=0)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        plain = clone(clusterer).fit(X)
        model = FieldClustering(clusterer, scale=None).fit(data)
    assert_array_equal(model.labels_, plain.predict(X))
    assert_array_equal(model.predict(data), plain.predict(X))
    if hasattr(plain, "predict_proba"):
        assert_allclose(model.predict_proba(data), plain.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("load", [north_atlantic, globcurrent])
def test_weighted_labels_of_real_fields_are_those_of_weighted_arrays(load):
    data = load()
    months = data.time.dt.month.values
    rows = []
    for name in data.data_vars:
        values = data[name].values.astype(float)
        for month in np.unique(months):
            values[months == month] -= values[months == month].mean(axis=0)
        area = np.cos(np.deg2rad(data.latitude.values))[:, None]
        rows.append((values * np.sqrt(area)).reshape(len(values), -1))
    rows = np.hstack(rows)
    rows = rows[:, ~np.isnan(rows).all(axis=0)]
    clusterer = KMeans(4, n_init=3, random_state=0)
    model = FieldClustering(clusterer, climatology="month", weights="coslat").fit(data)
    assert_array_equal(model.labels_, clone(clusterer).fit(rows).labels_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_five_lines_of_the_readme(tmp_path, monkeypatch):
    """From open_dataset to a saved map."""
    readme = Path(__file__).parents[1] / "README.md"
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    code = next(block for block in blocks if "open_dataset" in block)
    statements = ast.parse(code).body
    assert sum(not isinstance(s, ast.Import | ast.ImportFrom) for s in statements) == 5
    monkeypatch.chdir(tmp_path)
    north_atlantic().to_netcdf("pressure.nc")
    exec(code, {})
    with xr.open_dataset("regimes.nc") as results:
        assert results.label.sizes == {"time": 113}
        assert {"probability", "slp_center", "slp_mean"} <= {*results.data_vars}
    assert Path("regimes.png").stat().st_size > 10_000
