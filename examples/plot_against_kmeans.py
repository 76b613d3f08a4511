"""
Where k-means fails
===================

Eddies, waves and currents near a coast are the same regime wherever they are along the
shore. The samples of a regime lie on a curved manifold then, and k-means cuts it into
pieces. The model follows it.
"""

# %%
# The data
# --------
# 200 synthetic fields of currents, m/s, of four regimes: a buoyant current along the
# coast, a coastal-trapped wave, cyclonic eddies and anticyclonic intrusions. Their
# positions along the shore vary.

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skvaeclust import VAEClustering
from skvaeclust.datasets import make_coastal_circulations

output = Path("output")
output.mkdir(exist_ok=True)

flow = make_coastal_circulations(200, random_state=1)
X, regimes = flow.data, flow.target

# %%
# Both methods
# ------------
# The adjusted Rand index compares the clusters with the regimes: 1 is perfect
# agreement, 0 is the expected value for random labels.

rows = np.nan_to_num(X.reshape(len(X), -1))  # k-means accepts no land
found = {
    "k-means": KMeans(4, n_init=10, random_state=0).fit_predict(rows),
    "VAEClustering": VAEClustering(4, random_state=0).fit_predict(X),
}
scores = {name: adjusted_rand_score(regimes, labels) for name, labels in found.items()}
for name, score in scores.items():
    print(f"{name}: adjusted Rand index {score:.2f}")

# %%
# Each row shows five members of a cluster. They are evenly spaced after sorting by
# regime, so that each regime appears in proportion. Shading is the speed; frames and
# letters show the regime. k-means mixes regimes, and divides the intrusions by their
# position.

speed = np.hypot(X[:, 0], X[:, 1])
colours = ["#0A4D8C", "#C75000", "#30A67E", "#EA9FC9"]
letters = [name.split()[-1][0].upper() for name in flow.target_names]
with plt.rc_context({"font.size": 8}):
    fig = plt.figure(figsize=(6.7, 3.2), layout="constrained")
    parts = fig.subfigures(1, 2, wspace=0.04)
    for part, (name, labels) in zip(parts, found.items(), strict=True):
        part.suptitle(f"{name}: adjusted Rand index {scores[name]:.2f}")
        largest_first = np.argsort(-np.bincount(labels))
        for k, axes in zip(largest_first, part.subplots(4, 5), strict=True):
            members = np.flatnonzero(labels == k)
            members = members[np.argsort(regimes[members], kind="stable")]
            shown = members[np.linspace(0, len(members) - 1, 7)[1:-1].astype(int)]
            axes[0].set_ylabel(f"{len(members)} fields")
            for ax, i in zip(axes, shown, strict=True):
                ax.imshow(speed[i], origin="lower", cmap="GnBu", vmin=0, vmax=0.6)
                ax.set(xticks=[], yticks=[], facecolor="0.8")
                ax.spines[:].set(color=colours[regimes[i]], linewidth=2)
                ax.text(3, 57, letters[regimes[i]], va="top", fontsize=6)
    handles = [plt.Line2D([], [], color=c, linewidth=2) for c in colours]
    names = list(map("{}: {}".format, letters, flow.target_names))
    look = {"ncols": 4, "handlelength": 1, "columnspacing": 1.5, "frameon": False}
    fig.legend(handles, names, loc="outside lower center", **look)
fig.savefig(output / "against_kmeans.png", dpi=300)
