"""Regime index: against earthkit-meteo, and time and memory for large data.

``python benchmarks/regime_index.py peer`` needs earthkit-meteo 1.2.1 (``pip install
earthkit-meteo==1.2.1``). It computes the index of the pressure that is part of the
package by both libraries, and prints the largest difference.

``python benchmarks/regime_index.py size`` computes the index of 40 years of daily data
and of 400 forecasts with 15 lead times and 51 members, lazily with dask, on synthetic
fields of 18 x 48 points.
"""

import argparse
import resource
import time

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.cluster import KMeans

from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.xarray import FieldClustering

DAYS = pd.date_range("1980-01-01", "2019-12-31")
STARTS = pd.date_range("2000-01-01", periods=400, freq="3D")
GRID = {
    "lat": ("lat", np.arange(30, 75, 2.5), {"units": "degrees_north"}),
    "lon": ("lon", np.arange(-80, 40, 2.5), {"units": "degrees_east"}),
}


def compare_with_peer():
    """Print the largest difference from the index of earthkit-meteo."""
    from earthkit.meteo.regimes import ConstantPatterns
    from earthkit.meteo.regimes.array import project, regime_index

    data = load_north_atlantic_slp(as_xarray=True)
    clusterer = KMeans(4, n_init=10, random_state=0)
    model = FieldClustering(clusterer, climatology="month", weights="coslat").fit(data)
    months = data.slp.groupby("time.month")
    anomalies = (months - months.mean()).transpose("time", "lat", "lon").values
    labels = model.labels_.values
    means = np.stack([anomalies[labels == k].mean(axis=0) for k in range(4)])
    lat, lon = data.lat.values, data.lon.values
    grid = {
        "area": [lat[0], lon[0], lat[-1], lon[-1]],
        "grid": [abs(lat[1] - lat[0]), abs(lon[1] - lon[0])],
    }
    patterns = ConstantPatterns([*"ABCD"], means, grid=grid)
    area = np.cos(np.deg2rad(lat))[:, None] * np.ones(len(lon))
    projections = project(anomalies, patterns, area)
    expected = regime_index(projections, projections.mean(axis=0), projections.std(0))
    found = model.regime_index(data).values
    print(f"days: {len(found)}; largest index: {np.abs(found).max():.2f}")
    print(f"largest difference: {np.abs(found - expected).max():.1e}")


def random_fields(*axes, chunk):
    """Make lazy fields with the given axes, a dict of coordinates."""
    import dask.array as da

    coords = dict(axes)
    shape = [len(values) for values in coords.values()] + [18, 48]

    def block(block_info):
        start, stop = block_info[None]["array-location"][0]
        rng = np.random.default_rng(start)
        noise = rng.standard_normal((stop - start, *shape[1:]), dtype="f4")
        return 5500 + 100 * noise

    sizes = [chunk] * (shape[0] // chunk) + [shape[0] % chunk]
    chunks = (tuple(filter(None, sizes)), *((size,) for size in shape[1:]))
    values = da.map_blocks(block, chunks=chunks, dtype="f4", meta=np.empty(0, "f4"))
    dims = [*coords, "lat", "lon"]
    return xr.DataArray(values, coords | GRID, dims, "z", {"units": "m"})


def measure_size():
    """Print time and memory of a fit and of the indices of large data."""
    record = random_fields(("time", DAYS), chunk=500)
    leads = pd.to_timedelta(np.arange(15), unit="D")
    axes = ("time", STARTS), ("lead", leads), ("member", np.arange(51))
    forecasts = random_fields(*axes, chunk=5)
    model = FieldClustering(
        KMeans(4, n_init=1, random_state=0),
        climatology="dayofyear",
        scale="season",
        weights="coslat",
        n_components=15,
    )
    tasks = {
        "fit, 40 years": lambda: model.fit(record),
        "index, 40 years": lambda: model.regime_index(record).compute(),
        "index, 306,000 forecasts": lambda: model.regime_index(forecasts).compute(),
    }
    for name, task in tasks.items():
        clock, cpu = time.perf_counter(), time.process_time()
        task()
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{name}: {clock:.0f} s, CPU {cpu:.0f} s, maximum {memory:.2f} GB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["peer", "size"])
    {"peer": compare_with_peer, "size": measure_size}[parser.parse_args().part]()
