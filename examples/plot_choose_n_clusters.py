"""
How many clusters are there, if any?
====================================

A clustering method returns as many clusters as requested. We choose their number for
three data sets: coastal circulations with four known regimes, Gaussian data without
clusters, and pressure over the North Atlantic, for which the number is unknown.

To run it on your own fields, replace ``X`` by an array of shape (n_samples, channels,
height, width), or transform fields with coordinates as in the last section.
"""

# %%
# The method
# ----------
# Models with each number of clusters are fitted to the data and to surrogates, random
# data with the same covariance but without clusters. Clusters are distinct if starts of
# different kinds agree on them, and if a cluster is harder to cut in two than to
# separate from the others in a graph of nearest neighbours.

import os
from pathlib import Path

from skvaeclust.datasets import load_north_atlantic_slp, make_coastal_circulations
from skvaeclust.inspection import NumberOfClustersDisplay
from skvaeclust.model_selection import choose_n_clusters, gaussian_surrogates
from skvaeclust.xarray import FieldTransformer

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)


def choose(X, title, name):
    """Choose the number of clusters, print the table and save the plot."""
    result = choose_n_clusters(
        X,
        n_clusters=[2, 3] if quick else range(2, 7),
        n_surrogates=4 if quick else 8,
        n_jobs=2,
        random_state=0,
    )
    print(f"{title}: {result}")
    columns = ["distinctness", "distinctness_high", "isolation", "agreement", "p_value"]
    print(result.to_frame()[columns].round(2))
    display = NumberOfClustersDisplay(result).plot()
    found = "none" if result.n_clusters == 1 else result.n_clusters
    display.figure_.suptitle(f"{title}: {found}", fontsize=9)
    display.figure_.savefig(output / name, dpi=300)


# %%
# Four regimes of a coastal sea
# -----------------------------
# 164 velocity fields, with land. Two clusters merge regimes, so they are easy to cut in
# two. Five clusters divide a regime into parts that are hard to separate. Three are
# about as distinct as four, because two regimes are similar. The result is the largest
# number of clusters that is nearly as distinct as the best one.

X = make_coastal_circulations(freedom=0.0, random_state=0).data
if quick:
    X = X[:, :, ::2, ::2]
choose(X, "coastal circulations", "number_coastal.png")

# %%
# A cloud without clusters
# ------------------------
# Gaussian data with the mean and the covariance of the same fields. The result is one
# cluster; the printed sentence gives the reason.

cloud = gaussian_surrogates(X, random_state=1)[0]
choose(cloud, "Gaussian cloud", "number_none.png")

# %%
# Winter weather of the North Atlantic
# ------------------------------------
# Anomalies of sea level pressure from the mean of the calendar month, weighted by area.
# Successive days are similar, so every sixth day is used.

transformer = FieldTransformer(climatology="month", weights="coslat")
pressure = transformer.fit_transform(load_north_atlantic_slp(as_xarray=True))
choose(pressure[::6], "North Atlantic", "number_atlantic.png")

# %%
# For these data, no number of clusters is distinct. The regimes of :ref:`the main
# tutorial <sphx_glr_auto_examples_plot_north_atlantic.py>` summarise a continuum.
