"""Result of the verification of forecasts: scores, reliability, and a sentence."""

from dataclasses import dataclass, field

import numpy as np

from skvaeclust._arguments import check_indices
from skvaeclust.verification._blocks import interval, quantile_interval
from skvaeclust.verification._scores import observed_frequencies, skill

GRID = np.linspace(0, 1, 41)
MIN_FORECASTS = 20  # with at least, and at most, a probability
NAMES = {
    "brier_score": "Brier score",
    "reference_score": "Brier score of the reference",
    "skill": "Brier skill score",
    "skill_low": "lower limit of the skill",
    "skill_high": "upper limit of the skill",
    "horizon": "last lead time up to which the interval is above zero skill",
    "n_pairs": "pairs of forecast and truth",
    "n_without_truth": "forecasts without truth at their valid time",
    "n_without_forecast": "others that are missing, or have a single member",
    "n_without_reference": "others without a reference",
}


@dataclass(frozen=True)
class ForecastSkill:
    """Result of :func:`forecast_skill`. ``print`` shows a summary.

    Attributes
    ----------
    probabilities : ndarray of shape (n_starts, n_leads, n_clusters)
        Mean over members of the forecasts that are compared; NaN for others. Starts
        without any are left out.
    outcomes : ndarray of shape (n_starts, n_leads, n_clusters)
        1 for the cluster that occurred, 0 for others.

    See Also
    --------
    skvaeclust.inspection.ForecastSkillDisplay : Plot of the skill by lead time.
    skvaeclust.inspection.ReliabilityDisplay : Plot of the reliability.
    """

    _scores: object = field(repr=False)
    probabilities: np.ndarray = field(repr=False)
    outcomes: np.ndarray = field(repr=False)
    _weights: np.ndarray = field(repr=False)

    def to_dataset(self):
        """Return all scores as a Dataset.

        Returns
        -------
        scores : Dataset
            By lead time: "brier_score" and "reference_score" of all clusters, "skill"
            and its interval "skill_low" and "skill_high", and the numbers of pairs
            "n_pairs", "n_without_truth", "n_without_forecast" and
            "n_without_reference", each of which is counted once. "horizon": the last
            lead time up to which all intervals are above 0, NaN or NaT if there is
            none. Scores by cluster
            have names such as "cluster_skill", and are NaN for a cluster that did
            not occur. Settings are attributes.
        """
        return self._scores.copy()

    def reliability(self, leads=None, clusters=None):
        """Compute the observed frequency of clusters, given their probability.

        Parameters
        ----------
        leads : array-like of int, default=None
            Indices of lead times, each evaluated separately. Default: all.
        clusters : array-like of int, default=None
            Clusters whose forecasts are pooled. Default: all.

        Returns
        -------
        reliability : Dataset
            On the lead time and "probability", a grid: "frequency", "low" and "high",
            the observed frequency and its interval, and "fraction" of the forecasts
            closest to each probability. Frequencies are NaN for probabilities that
            fewer than 20 forecasts reach, or stay below.

        Notes
        -----
        The frequency is the isotonic regression of the outcomes on the probabilities
        [1]_, which needs no bins. Intervals are quantiles over the resamples of
        :func:`forecast_skill`, widened for the number of blocks. In simulations of
        reliable forecasts (100 to 1,600 starts), intervals of 95 % contain the true
        frequency in 94 to 96 % of cases.

        For reliable forecasts, the frequency is equal to the probability. The mean over
        few members is not reliable even if the ensemble is perfect: with five members,
        clusters occur that none of them has predicted.

        References
        ----------
        .. [1] T. Dimitriadis, T. Gneiting, A. I. Jordan, "Stable reliability diagrams
           for probabilistic classifiers", Proceedings of the National Academy of
           Sciences 118, e2016191118, 2021. :doi:`10.1073/pnas.2016191118`
        """
        import xarray as xr

        lead_dim = self._scores["n_pairs"].dims[0]
        n_leads, n_clusters = self.probabilities.shape[1:]
        leads = range(n_leads) if leads is None else leads
        clusters = range(n_clusters) if clusters is None else clusters
        leads = check_indices(leads, "leads", n_leads)
        clusters = check_indices(clusters, "clusters", n_clusters)
        attrs = self._scores.attrs
        n_blocks = attrs["n_starts"] / attrs["block_length"]
        frequency, low, high, fraction = np.full((4, len(leads), len(GRID)), np.nan)
        weights = np.vstack([np.ones_like(self._weights[:1]), self._weights])
        for i, lead in enumerate(leads):
            p = self.probabilities[:, lead, clusters]
            used = ~np.isnan(p).any(axis=1)
            if used.sum() * len(clusters) < MIN_FORECASTS:
                continue
            y = self.outcomes[used, lead][:, clusters].ravel()
            of_pairs = np.repeat(weights[:, used], len(clusters), axis=1)
            p = p[used].ravel()
            ends = np.sort(p)[[MIN_FORECASTS - 1, -MIN_FORECASTS]]
            inside = np.abs(GRID - ends.mean()) <= np.ptp(ends) / 2
            found = observed_frequencies(p, y, of_pairs, GRID[inside])
            limits = quantile_interval(
                found[0], found[1:], n_blocks, attrs["confidence_level"]
            )
            frequency[i, inside] = found[0]
            low[i, inside], high[i, inside] = np.clip(limits, 0, 1)
            nearest = np.round(p * (len(GRID) - 1)).astype(int)
            fraction[i] = np.bincount(nearest, minlength=len(GRID)) / len(p)
        dims = [lead_dim, "probability"]
        values = {
            "frequency": frequency,
            "low": low,
            "high": high,
            "fraction": fraction,
        }
        return xr.Dataset(
            {name: (dims, value) for name, value in values.items()},
            {"probability": GRID},
            attrs,
        ).assign_coords({lead_dim: self._scores[lead_dim][leads]})

    @property
    def summary(self):
        """Sentences with the skill, the horizon, and what was left out."""
        s = self._scores
        attrs = s.attrs
        against = {
            "climatology": "the climatology of the month",
            "persistence": "Markov persistence",
        }[attrs["reference"]]
        lead = s[s["n_pairs"].dims[0]]
        first = int(np.argmax(np.isfinite(s["skill"].values)))
        level = f"{100 * attrs['confidence_level']:g} %"
        skill = f"{s['skill'].values[first]:.2f} [{s['skill_low'].values[first]:.2f}, "
        skill += f"{s['skill_high'].values[first]:.2f}]"
        text = f"Skill against {against}: {skill} at {lead_text(lead[first])}; "
        if s["skill_low"].isnull().all():
            text += "no interval, since there are fewer than two blocks of starts"
        elif s["horizon"].isnull():
            text += f"the {level} interval is not above 0"
        else:
            text += f"the {level} interval is above 0 up to {lead_text(s['horizon'])}"
        text += f". {attrs['n_starts']} starts, "
        if attrs["fair"]:
            text += f"fair score of {attrs['n_members']} members."
        else:
            text += "one forecast each, so the score is not fair."
        left_out = [
            f"{int(s[name].sum())} {name[2:].replace('_', ' ')}"
            for name in ("n_without_truth", "n_without_forecast", "n_without_reference")
            if s[name].any()
        ]
        if left_out:
            text += f" Pairs that are left out: {', '.join(left_out)}."
        never = np.flatnonzero(np.isnan(s["cluster_skill"].values).all(axis=0))
        if never.size:
            names = ", ".join(str(s["cluster"].values[k]) for k in never)
            text += f" Never observed: {names}."
        return text

    __str__ = summary.fget


def lead_text(lead):
    """Return a lead time as text."""
    value = np.asarray(lead)
    if value.dtype.kind == "m":
        hours = float(value / np.timedelta64(1, "h"))
        number, unit = (hours / 24, "day") if hours % 24 == 0 else (hours, "hour")
        return f"{number:g} {unit}{'s' * (number != 1)}"
    units = lead.attrs.get("units", "")
    return f"{value:g} {units.removesuffix('s') if value == 1 else units}".strip()


def score_table(errors, reference_errors, n_observed, n_pairs, weights, settings):
    """Return scores, skill and intervals, of all clusters and of each.

    Parameters
    ----------
    errors, reference_errors : ndarray of shape (n_starts, n_leads, n_clusters)
        Squared errors, 0 for pairs that are left out.
    n_observed : ndarray of shape (n_leads, n_clusters)
        How often each cluster occurred.
    n_pairs : ndarray of shape (n_leads,)
    weights : ndarray of shape (n_resamples, n_starts)
    settings : tuple of float
        Number of blocks, and confidence level.

    Returns
    -------
    table : dict of ndarray of shape (n_leads,) or (n_leads, n_clusters)
    """
    errors, reference_errors = (
        np.concatenate([e, e.sum(axis=-1, keepdims=True)], axis=-1)
        for e in (errors, reference_errors)
    )
    sums = errors.sum(axis=0), reference_errors.sum(axis=0)
    resampled = (
        (weights @ e.reshape(len(e), -1)).reshape(-1, *e.shape[1:])
        for e in (errors, reference_errors)
    )
    n = np.where(n_pairs > 0, n_pairs, np.nan)[:, None]
    value = skill(*sums)
    low, high = interval(value, skill(*resampled), *settings)
    occurred = np.append(n_observed > 0, np.ones((len(n), 1), dtype=bool), axis=1)
    found = {
        "brier_score": sums[0] / n,
        "reference_score": sums[1] / n,
        "skill": value,
        "skill_low": low,
        "skill_high": high,
    }
    found = {name: np.where(occurred, a, np.nan) for name, a in found.items()}
    of_all = {name: a[:, -1] for name, a in found.items()} | {"n_pairs": n_pairs}
    return of_all | {f"cluster_{name}": a[:, :-1] for name, a in found.items()}


def as_dataset(table, probabilities, lead_dim, attrs):
    """Return scores as a Dataset with the lead times and clusters of the forecasts."""
    import xarray as xr

    scores = xr.Dataset(attrs=attrs)
    for dim in (lead_dim, "cluster"):
        default = np.arange(probabilities.sizes[dim])
        coord = probabilities[dim] if dim in probabilities.coords else default
        scores = scores.assign_coords({dim: (dim, np.asarray(coord))})
        scores[dim].attrs.update(getattr(coord, "attrs", {}))
    for name, values in table.items():
        scores[name] = ([lead_dim, "cluster"][: values.ndim], values)
    for prefix in ("", "cluster_"):
        scores[f"{prefix}horizon"] = _horizon(scores[f"{prefix}skill_low"], lead_dim)
    for name in scores.data_vars:
        scores[name].attrs["long_name"] = NAMES[name.removeprefix("cluster_")]
        if not name.endswith("horizon"):
            scores[name].attrs["units"] = "1"
    return scores


def _horizon(low, lead_dim):
    """Return the last lead time up to which all known lower limits are above 0."""
    lead, values = low[lead_dim], low.values
    above = ~np.logical_or.accumulate(values <= 0) & ~np.isnan(values)
    last = len(above) - 1 - above[::-1].argmax(axis=0)
    missing = np.timedelta64("NaT") if lead.dtype.kind == "m" else np.nan
    horizon = np.where(above.any(axis=0), lead.values[last], missing)
    attrs = {name: lead.attrs[name] for name in ("units",) if name in lead.attrs}
    return low.isel({lead_dim: 0}, drop=True).copy(data=horizon).assign_attrs(attrs)
