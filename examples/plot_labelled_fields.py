"""
From your own NetCDF file to regimes
====================================

We read pressure over the North Atlantic from a NetCDF file, find regimes, plot their
maps, and write the results to a file. The model is saved, loaded and applied to days
that it has not seen.

To run it on your own fields, replace ``pressure.nc`` by your file.
"""

# %%
# A file
# ------
# We write the pressure of the package to a file, so that the example runs unchanged.
# Latitude, longitude and time are recognised by their CF attributes or by their names.

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

load_north_atlantic_slp(as_xarray=True).to_netcdf(output / "pressure.nc")

# %%
# Five lines
# ----------
# The mean of each calendar month is subtracted, each point is weighted by its area, and
# twenty principal components are kept. All three are estimated from the data passed to
# ``fit``, the years 2001 to 2009. The results contain the cluster of every day, its
# probability, and maps of every cluster.

data = xr.open_dataset(output / "pressure.nc")
known, new = data.sel(time=slice(None, "2009")), data.sel(time=slice("2010", None))
clusterer = VAEClustering(
    4,
    augmenter=PCScaledNoiseAugmenter(2),
    max_epochs=8 if quick else 50,
    random_state=0,
)
model = FieldClustering(
    clusterer, climatology="month", weights="coslat", n_components=20
).fit(known)
results = model.to_dataset(known)
results.to_netcdf(output / "regimes.nc")
print(results)

# %%
# The maps have the coordinates, units and names of the data. ``anomalies`` subtracts
# the climatology. ``ClusterMapsDisplay.from_estimator(model, known)`` would plot means
# over the days of each cluster.

maps = ClusterMapsDisplay.from_estimator(model, anomalies=True)
maps.figure_.savefig(output / "labelled_regimes.png", dpi=300)

# %%
# Statistics in time need only the labels, whose coordinate is the time.

frequency = FrequencyDisplay.from_labels(results.label, by="month")
frequency.figure_.savefig(output / "labelled_frequencies.png", dpi=300)

# %%
# New days
# --------
# A saved model is loaded without pickle and gives the same probabilities. Later data
# may have axes of another direction: they are reordered by their coordinates.

save(model, output / "regimes.skv")
again = load(output / "regimes.skv")
labels = again.predict(new.isel(lat=slice(None, None, -1)))
print(labels.to_series().value_counts())
assert (again.predict_proba(known) == model.predict_proba(known)).all()

# %%
# Not every day belongs to a regime. Unassigned days are between regimes, or have a
# lower score than 95 % of the days that were left out of a fit.

unassigned = is_unassigned(again, new, X_train=known)
print(f"unassigned days: {float(unassigned.mean()):.0%}")
