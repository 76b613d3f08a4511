"""
Weather regimes of the North Atlantic winter
============================================

The sea level pressure of 902 winter days is classified into four regimes. What are
they, how reliable are they, how long do they last, and which regime follows which?

To run it on your own data, replace ``data`` by fields with coordinates.
"""

# %%
# Data and model
# --------------
# Regimes are patterns of anomalies, so the mean of each calendar month is subtracted.
# Every grid point is weighted by its area. A latent space of two dimensions can be
# plotted. Two noisy copies of each day are generated anew in every epoch.

import os
from pathlib import Path

import xarray as xr
from sklearn.cluster import KMeans

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import (
    ClusterMapsDisplay,
    FrequencyDisplay,
    LatentSpaceDisplay,
    ResidenceTimesDisplay,
    TimelineDisplay,
    TransitionsDisplay,
)
from skvaeclust.model_selection import half_sample_agreement
from skvaeclust.sequences import persistence, smooth_probabilities
from skvaeclust.xarray import FieldClustering

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

data = load_north_atlantic_slp(as_xarray=True)
params = {"latent_dim": 2, "max_epochs": 8 if quick else 50, "random_state": 0}
anomalies = {"climatology": "month", "weights": "coslat"}
model = VAEClustering(4, augmenter=PCScaledNoiseAugmenter(n_copies=2), **params)
model = FieldClustering(model, **anomalies).fit(data)

# %%
# Known regimes
# -------------
# Most studies describe four regimes (Vautard 1990, Michelangeli et al. 1995, Cassou
# 2008), each with high pressure at one place and low pressure at another. A cluster is
# named after the regime with the largest difference of pressure, if it exceeds 10 hPa.

regimes = {  # degrees north and east of high and low pressure
    "NAO+": ((40, -25), (65, -20)),
    "NAO-": ((65, -40), (40, -25)),
    "Scandinavian blocking": ((62, 10), (65, -40)),
    "Atlantic ridge": ((52, -25), (62, 10)),
}
means = model.cluster_means_.slp - data.slp.mean("time")


def pressure(lat, lon):
    """Return the mean anomaly of each cluster at the nearest grid point."""
    return means.sel(lat=lat, lon=lon, method="nearest", drop=True)


index = xr.Dataset({k: pressure(*a) - pressure(*b) for k, (a, b) in regimes.items()})
print(index.to_dataframe().round(1).T.to_string())
index = index.to_dataarray("regime")
names = index.idxmax("regime").where(index.max("regime") > 10, "Atlantic trough")

# %%
# Three of the four are found. k-means also finds the trough west of the British Isles.
# Dots mark points where the mean of pressure and geostrophic wind does not differ
# significantly from that of all days (false discovery rate 5 %, blocks of 20 days).

wind = load_north_atlantic_slp(geostrophic_wind=True, as_xarray=True)
style = {"channel": 0, "arrows": (1, 2), "alpha": 0.05, "names": names}
maps = ClusterMapsDisplay.from_estimator(
    model, data, fields=data.assign(wind.data_vars), anomalies=True, **style
)
maps.figure_.savefig(output / "regimes.png", dpi=300)

# %%
# How reliable are they?
# ----------------------
# The model is fitted to each half of the winters, and both fits predict all days. An
# adjusted Rand index well below 1 means that the regimes summarise a continuum. In
# latent space, ellipses show one standard deviation; grey points are copies.

winter = data.time.dt.year + (data.time.dt.month == 12)
k_means = FieldClustering(KMeans(4, n_init=20, random_state=0), **anomalies)
splits = {
    "n_splits": 1 if quick else 3,
    "n_surrogates": 0,
    "n_jobs": 2,
    "random_state": 0,
}
for method in (model, k_means):
    print(half_sample_agreement(method, data, groups=winter, **splits))
latent = LatentSpaceDisplay.from_estimator(model, data, names=names)
latent.figure_.savefig(output / "latent_space.png", dpi=300)

# %%
# Regimes in time
# ---------------
# A hidden Markov chain makes regimes more persistent without smoothing the fields.

smooth = smooth_probabilities(model.predict_proba(data)).argmax("cluster")
for labels in (model.labels_, smooth):
    print(persistence(labels, random_state=0).round(2).to_string())
days = {"labels": model.labels_, "names": names}
for name, display in {
    "timeline": TimelineDisplay.from_labels(**days),
    "frequencies": FrequencyDisplay.from_labels(**days, by="winter"),
    "transitions": TransitionsDisplay.from_labels(**days, random_state=0),
    "residence_times": ResidenceTimesDisplay.from_labels(**days),
}.items():
    display.figure_.savefig(output / f"{name}.png", dpi=300)
