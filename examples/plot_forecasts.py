"""
Regimes in a forecast
=====================

Regimes are learnt from past winters. How probable is each of them in an ensemble
forecast, day by day, and which member stands for it?

To run it on your own forecast, replace ``ensemble`` by an array with the grid of the
past days, and any other dimensions.
"""

# %%
# Past winters
# ------------
# Nine winters of sea level pressure, as anomalies from the annual cycle, on twenty
# principal components.

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import ClusterMapsDisplay
from skvaeclust.inspection._style import cluster_color
from skvaeclust.xarray import FieldClustering

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

slp = load_north_atlantic_slp()
pressure = xr.DataArray(
    slp.data[:, 0],
    dims=["time", "lat", "lon"],
    coords={"time": slp.time, "lat": slp.latitude, "lon": slp.longitude},
    name="slp",
    attrs={"units": "hPa", "long_name": "sea level pressure"},
)
past = pressure.sel(time=slice(None, "2009"))
later = pressure.sel(time=slice("2010", None))
clusterer = VAEClustering(
    4,
    augmenter=PCScaledNoiseAugmenter(2),
    max_epochs=8 if quick else 50,
    random_state=0,
)
model = FieldClustering(
    clusterer, climatology="dayofyear", weights="coslat", n_components=20
).fit(past)

# %%
# An ensemble
# -----------
# The package has no forecast, so we make one: five members, each of which starts as the
# analysis of January 2010 and drifts to the same days of other winters, within ten
# days.

n_leads = 10
drift = xr.DataArray(np.linspace(0, 1, n_leads), dims="lead")
truth = later.isel(time=slice(0, n_leads)).drop_vars("time").rename(time="lead")
members = [
    (1 - drift) * truth
    + drift
    * past.sel(time=slice(f"{year}-01-01", f"{year}-01-10"))
    .drop_vars("time")
    .rename(time="lead")
    for year in range(2003, 2008)
]
start = np.datetime64("2010-01-01")
ensemble = xr.concat(members, "member").assign_coords(
    lead=range(n_leads),
    valid_time=("lead", start + np.arange(n_leads)),
)
ensemble.name = "slp"
print(dict(ensemble.sizes))

# %%
# The forecast
# ------------
# Dimensions that the grid does not have are samples. The probability of a regime is the
# mean over the members of their probabilities; its representative is the member that is
# closest to its centre among those in it, -1 if there is none.

forecast = model.forecast(ensemble)
print(forecast.probability.round(2).to_pandas())
print(forecast.representative.to_pandas())

# %%
# The regimes, and their probabilities by lead time.

maps = ClusterMapsDisplay.from_estimator(model, anomalies=True, coastline=slp.coastline)
maps.figure_.savefig(output / "forecast_regimes.png", dpi=300)

# sphinx_gallery_thumbnail_number = 2
figure, ax = plt.subplots(figsize=(6.7, 2.4), layout="constrained")
bottom = np.zeros(n_leads)
for k, values in enumerate(forecast.probability.transpose("cluster", "lead").values):
    color = cluster_color(k)
    ax.bar(range(n_leads), values, 0.8, bottom, color=color, label=f"cluster {k}")
    bottom += values
ax.set(xlabel="lead time (days)", ylabel="probability", ylim=(0, 1))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
figure.savefig(output / "forecast.png", dpi=300)

if plt.get_backend().lower() != "agg":
    plt.show()
