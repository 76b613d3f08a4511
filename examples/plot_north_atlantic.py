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
from skvaeclust.model_selection import cluster_stability
from skvaeclust.sequences import persistence, smooth_probabilities
from skvaeclust.xarray import FieldClustering

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

data = load_north_atlantic_slp(as_xarray=True)
params = {"latent_dim": 2, "max_epochs": 8 if quick else 50, "random_state": 0}
anomalies = {"climatology": "month", "weights": "coslat"}
model = VAEClustering(4, augmenter=PCScaledNoiseAugmenter(n_copies=2), **params)
model = FieldClustering(model, **anomalies)

# %%
# The model is fitted to all winters and, to find what is reproducible, to random halves
# of them.

winter = data.time.dt.year + (data.time.dt.month == 12)
halves = {"n_splits": 2 if quick else 8, "n_surrogates": 0, "random_state": 0}
stability = cluster_stability(
    model, data, groups=winter, n_jobs=2, verbose=True, **halves
)
model = stability.estimator  # of all winters

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
#
# How reliable are they?
# ----------------------
# The Jaccard index compares each half with the fit to all winters, on the winters that
# were left out. Values well below 1 mean that the regimes summarise a continuum. Then
# the fit starts from k-means, whose clusters are about as reproducible.

print(stability)
print(stability.to_frame().round(2).to_string())
k_means = FieldClustering(KMeans(4, n_init=20, random_state=0), **anomalies)
print(cluster_stability(k_means, data, groups=winter, **halves))

# %%
# Dots mark points where the pressure anomaly of a regime has the other sign in any of
# these halves. A significance test would not do: the regimes were found in this
# pressure, so that their means differ by construction. Arrows are geostrophic wind. In
# latent space, ellipses show one standard deviation; grey points are copies.

wind = load_north_atlantic_slp(geostrophic_wind=True, as_xarray=True)
maps = ClusterMapsDisplay.from_estimator(
    model,
    data,
    fields=data.assign(wind.data_vars),
    anomalies=True,
    channel=0,
    arrows=(1, 2),
    names=names,
    significant=stability.sign_agreement > 0.99,
    stippling_label="sign of the pressure anomaly differs between half samples",
)
maps.figure_.savefig(output / "regimes.png", dpi=300)
latent = LatentSpaceDisplay.from_estimator(model, data, names=names)
latent.figure_.savefig(output / "latent_space.png", dpi=300)

# %%
# Regimes in time
# ---------------
# A hidden Markov chain makes regimes more persistent without smoothing the fields.

smooth = smooth_probabilities(model.predict_proba(data)).argmax("cluster")
for labels in (model.labels_, smooth):
    print(persistence(labels, random_state=0).round(2).T.to_string())
days = {"labels": model.labels_, "names": names}
for name, display in {
    "timeline": TimelineDisplay.from_labels(**days),
    "frequencies": FrequencyDisplay.from_labels(**days, by="winter"),
    "transitions": TransitionsDisplay.from_labels(**days, random_state=0),
    "residence_times": ResidenceTimesDisplay.from_labels(**days),
}.items():
    display.figure_.savefig(output / f"{name}.png", dpi=300)
