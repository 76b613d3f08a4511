"""
From your own NetCDF file to regimes
====================================

Pressure over the North Atlantic, with its coordinates, from a NetCDF file to labelled
regimes, their maps and a file that others can read. The model is saved, loaded, and
used for a winter that it has not seen.

To run it on your own fields, replace ``pressure.nc`` by your file.
"""

# %%
# A file
# ------
# We write one from the pressure in the package, so that the example runs as it is.

import os
from pathlib import Path

import xarray as xr

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering, load, save
from skvaeclust.composites import is_unassigned
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import ClusterMapsDisplay, FrequencyDisplay
from skvaeclust.xarray import FieldClustering

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

slp = load_north_atlantic_slp()
degrees = {"lat": "degrees_north", "lon": "degrees_east"}
pressure = xr.DataArray(
    slp.data[:, 0],
    dims=["time", "lat", "lon"],
    coords={
        "time": slp.time,
        "lat": ("lat", slp.latitude, {"units": degrees["lat"]}),
        "lon": ("lon", slp.longitude, {"units": degrees["lon"]}),
    },
    name="slp",
    attrs={"units": "hPa", "long_name": "sea level pressure"},
)
pressure.to_netcdf(output / "pressure.nc")

# %%
# Five lines
# ----------
# The annual cycle is removed, each point counts for its area, and twenty principal
# components are kept. All of it is learnt from the nine winters that the model is
# fitted to. The results hold the cluster of every day, its probability, and maps of
# every cluster.

data = xr.open_dataset(output / "pressure.nc")
known, new = data.sel(time=slice(None, "2009")), data.sel(time=slice("2010", None))
clusterer = VAEClustering(
    4,
    augmenter=PCScaledNoiseAugmenter(2),
    max_epochs=8 if quick else 50,
    random_state=0,
)
model = FieldClustering(
    clusterer, climatology="dayofyear", weights="coslat", n_components=20
).fit(known)
results = model.to_dataset(known)
results.to_netcdf(output / "regimes.nc")
print(results)

# %%
# The maps have the coordinates, the units and the names of the data. ``anomalies``
# subtracts the climatology; averages of the days of each cluster would be
# ``ClusterMapsDisplay.from_estimator(model, known)``.

maps = ClusterMapsDisplay.from_estimator(model, anomalies=True, coastline=slp.coastline)
maps.figure_.savefig(output / "labelled_regimes.png", dpi=300)

# %%
# Labels have times, so the statistics need nothing else.

frequency = FrequencyDisplay.from_labels(results.label, by="month", random_state=0)
frequency.figure_.savefig(output / "labelled_frequencies.png", dpi=300)

# %%
# New days
# --------
# A saved model is read without pickle, and gives the same probabilities. Later data may
# have their axes in another direction: they are put in order by their coordinates.

save(model, output / "regimes.skv")
again = load(output / "regimes.skv")
labels = again.predict(new.isel(lat=slice(None, None, -1)))
print(labels.groupby(labels).count())
assert (again.predict_proba(known) == model.predict_proba(known)).all()

# %%
# Does a regime explain every day of the new winter? Days between regimes, and days with
# a score below the lowest 5 % of the known days, are without regime.

without = is_unassigned(again, new, X_train=known)
print(f"days without regime: {float(without.mean()):.0%}")
