"""
Regimes in a forecast
=====================

Regimes are learned from past winters. How probable is each of them in an ensemble
forecast, day by day, and which member represents it?

To run it on your own forecast, replace ``ensemble`` by an array on the grid of the past
days. It may have any other dimensions.
"""

# %%
# Past winters
# ------------
# Sea level pressure of nine years, as anomalies from the mean of each calendar month,
# on twenty principal components.

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import ClusterMapsDisplay
from skvaeclust.xarray import FieldClustering

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

data = load_north_atlantic_slp(as_xarray=True)
clusterer = VAEClustering(
    4,
    augmenter=PCScaledNoiseAugmenter(2),
    max_epochs=8 if quick else 50,
    random_state=0,
)
model = FieldClustering(
    clusterer, climatology="month", weights="coslat", n_components=20
).fit(data.sel(time=slice(None, "2009")))

# %%
# An ensemble
# -----------
# The package has no forecast, so we construct one. Five members start as the analysis
# of January 2010 and drift within ten days to the same days of other years.

n_leads = 10


def january(year):
    """Return the first days of a year by lead time."""
    days = data.slp.sel(time=str(year)).isel(time=slice(n_leads))
    return days.rename(time="lead").assign_coords(lead=range(n_leads))


drift = xr.DataArray(np.linspace(0, 1, n_leads), dims="lead")
members = [
    (1 - drift) * january(2010) + drift * january(year) for year in range(2003, 2008)
]
dates = data.time.sel(time="2010").values[:n_leads]
ensemble = xr.concat(members, "member").assign_coords(valid_time=("lead", dates))
ensemble = ensemble.rename("slp")
print(dict(ensemble.sizes))

# %%
# The forecast
# ------------
# Dimensions that are not on the grid are dimensions of the samples. The probability of
# a regime is the mean over members. Its representative is the member in this regime
# that is closest to its centre, -1 if there is none.

forecast = model.forecast(ensemble)
print(forecast.probability.round(2).to_pandas())
print(forecast.representative.to_pandas())

# %%
# The regimes, and their probabilities by lead time.

maps = ClusterMapsDisplay.from_estimator(model, anomalies=True)
maps.figure_.savefig(output / "forecast_regimes.png", dpi=300)

# sphinx_gallery_thumbnail_number = 2
plt.rc("font", size=8)
figure, ax = plt.subplots(figsize=(6.7, 2.4), layout="constrained")
bottom = np.zeros(n_leads)
colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]  # as in the maps
for k, color in enumerate(colors):
    height = forecast.probability.sel(cluster=k).values
    ax.bar(range(n_leads), height, 0.8, bottom, color=color, label=f"cluster {k}")
    bottom += height
ax.set(xlabel="lead time (days)", ylabel="probability", ylim=(0, 1), xlim=(-0.5, 9.5))
ax.set_xticks(range(n_leads))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
figure.savefig(output / "forecast.png", dpi=300)
