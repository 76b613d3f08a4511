"""
A study of coastal circulations, start to end
=============================================

From 164 events to regimes: how many there are, what they look like, how well they
describe events that the model has not seen, and what comes before and after them.

To run it on your own fields, replace ``record`` by an array of shape (n_times,
channels, height, width), NaN on land, and ``events`` by where in it your events are.
"""

# %%
# The data
# --------
# A record of near-shore currents, m/s, with 197 events of a week each. They are
# generated, and of four regimes, which the model is not told. The fields at the peaks
# of 164 events are for training, those of 33 for validation.

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import make_coastal_circulations
from skvaeclust.inspection import (
    ClusterMapsDisplay,
    FieldMapsDisplay,
    LatentSpaceDisplay,
    SeparationDisplay,
    core_members,
    ensemble_reconstruction,
    lead_lag_composites,
    reconstruction_errors,
)
from skvaeclust.model_selection import (
    all_samples_cv,
    classifiability_report,
    classifiability_scorer,
    select_classifiable,
)

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

flow = make_coastal_circulations(197, freedom=0.0, n_days=7, random_state=0)
record, events = flow.data, flow.peaks
X, unseen = record[events[:164]], record[events[164:]]
regimes = flow.target[events[:164]]
grid = {"x": flow.x, "y": flow.y, "units": "m/s"}

# %%
# How many clusters, in how many dimensions?
# ------------------------------------------
# Candidates are judged by their classifiability: clusters that stand apart, in latent
# space and in the data, and that other starts lead to. Among those, the rule takes the
# largest number of clusters, then the lowest latent dimension, then the largest
# separation. Three noisy copies are enough to compare.

search = GridSearchCV(
    VAEClustering(
        augmenter=PCScaledNoiseAugmenter(3),
        max_epochs=4 if quick else "auto",
        random_state=0,
    ),
    {
        "n_clusters": [4] if quick else [3, 4, 5],
        "latent_dim": [2, 3],
        "gamma_latent": [1 / 30] if quick else [1 / 60, 1 / 30],
    },
    scoring=classifiability_scorer,
    refit=select_classifiable,
    cv=all_samples_cv(X),
    n_jobs=2,
).fit(X)
chosen = search.best_params_
print("chosen:", ", ".join(f"{name} {value:.3g}" for name, value in chosen.items()))

# %%
# Without and with augmentation
# -----------------------------
# The chosen model, trained on the 164 fields alone, and with ten copies of each, to
# which noise along the principal components is added, anew in every epoch. Both start
# from the same partitions, of which the table ``starts_`` tells.

plain = VAEClustering(
    **chosen,
    max_epochs=4 if quick else "auto",
    random_state=0,
).fit(X)
model = clone(plain).set_params(augmenter=PCScaledNoiseAugmenter(10)).fit(X)

print(model.starts_.round(2).to_string())

for name, fitted in {"without augmentation": plain, "with augmentation": model}.items():
    report = classifiability_report(fitted)
    print(
        f"{name}: separation {np.nanmin(report.ratios):.1f}, agreement between "
        f"starts {fitted.restart_agreement_:.2f}, with the true regimes "
        f"{adjusted_rand_score(regimes, fitted.labels_):.2f}, "
        f"{core_members(fitted, X).mean():.0%} of events in the core of their cluster"
    )

# %%
# The latent space of both. Ellipses are one standard deviation of p(z|k), grey points
# are noisy copies.

fig, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
for ax, fitted, title in (
    (axes[0], plain, "without augmentation"),
    (axes[1], model, "with augmentation"),
):
    LatentSpaceDisplay.from_estimator(fitted, X, ax=ax)
    ax.set_title(title, loc="left")
fig.savefig(output / "coastal_latent_space.png", dpi=120)
SeparationDisplay.from_estimator(model).figure_.savefig(
    output / "coastal_separation.png", dpi=120
)

# %%
# The regimes
# -----------
# First the decoded centre of every cluster, then the mean over its members. Where an
# eddy or the nose of a current may lie anywhere along the shore, both are smoother than
# any single event.

decoded = ClusterMapsDisplay.from_estimator(model, **grid)
decoded.figure_.suptitle("decoded centres")
decoded.figure_.savefig(output / "coastal_centres.png", dpi=120)
means = ClusterMapsDisplay.from_estimator(model, X, **grid)
means.figure_.suptitle("means over members")
means.figure_.savefig(output / "coastal_means.png", dpi=120)

# %%
# Reconstruction of unseen events
# -------------------------------
# Root-mean-square errors, m/s, of the 33 events of the validation: by the mean over the
# members of their cluster, by means weighted with q(k|x), by the decoder, and by as
# many principal components as there are latent dimensions.

print(model.starts_.round(2).to_string())

for name, fitted in {"without augmentation": plain, "with augmentation": model}.items():
    print(f"{name}:")
    print(reconstruction_errors(fitted, unseen, X_train=X).round(3).to_string())

example = unseen[:1]
strip = FieldMapsDisplay(
    np.concatenate(
        [
            example,
            model.reconstruct(example),
            ensemble_reconstruction(model, example, X_train=X),
        ]
    ),
    ["an unseen event", "decoded", "mean of its cluster"],
    **grid,
).plot()
strip.figure_.savefig(output / "coastal_reconstruction.png", dpi=120)

# %%
# Before and after
# ----------------
# Mean fields from three days before the peak to three days after it, for each cluster,
# faded where the bootstrap interval of the mean (95 %) includes the mean of the record.

composites = lead_lag_composites(
    record,
    events[:164],
    model.labels_,
    lags=[-3, -1, 0, 1, 3],
    n_bootstrap=200 if quick else 1000,
    random_state=0,
)
evolution = composites.plot(lag_units="d", **grid)
evolution.figure_.savefig(output / "coastal_evolution.png", dpi=120)

if plt.get_backend().lower() != "agg":
    plt.show()
