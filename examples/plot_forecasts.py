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

import numpy as np
import xarray as xr

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import ClusterMapsDisplay, ProbabilitiesDisplay
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
display = ProbabilitiesDisplay.from_probabilities(forecast.probability)
display.ax_.set_xlabel("lead time (days)")
display.figure_.savefig(output / "forecast.png", dpi=300)
