"""Result of the choice of the number of clusters, as a sentence and a table."""

from dataclasses import dataclass, field

import numpy as np

from skvaeclust.model_selection._rule import FULL_ISOLATION, nearly_most_distinct


@dataclass
class NumberOfClusters:
    """Result of :func:`choose_n_clusters`. ``print`` shows it as a sentence.

    Attributes
    ----------
    n_clusters : int
        Number of clusters; 1 if there are none.
    estimator : estimator or None
        Model with this number of clusters, fitted to X; None if it is 1.
    candidates : ndarray of shape (n_candidates,)
        Numbers of clusters that were tried, in increasing order.
    scores : dict of ndarray of shape (n_candidates,)
        Scores of the fits to X: those of :func:`classifiability_scorer`, "gain"
        (difference in "elbo" from the previous candidate) and "converged".
    surrogate_scores : dict of ndarray of shape (n_surrogates, n_candidates)
        The same for the fits to surrogates; empty if no candidate was distinct enough
        for surrogates to be used.
    p_values : ndarray of shape (n_candidates,)
        p-value of each candidate, adjusted for the number of candidates; NaN without
        surrogates.
    surrogates : str
        Kind of surrogates.
    min_distinctness : float
        Minimum distinctness of clusters.
    summary : str
        Sentence with the result and the reason.

    See Also
    --------
    skvaeclust.inspection.NumberOfClustersDisplay : Plot of the scores.
    """

    n_clusters: int
    estimator: object = field(repr=False)
    candidates: np.ndarray
    scores: dict = field(repr=False)
    surrogate_scores: dict = field(repr=False)
    p_values: np.ndarray
    surrogates: str
    min_distinctness: float

    @property
    def summary(self):
        """Sentence with the result and the reason."""
        distinct = self.scores["distinctness"]
        best = int(np.argmax(distinct))
        top = f"{distinct[best]:.2f} with {self.candidates[best]}"
        if distinct[best] < self.min_distinctness:
            return (
                f"No clusters: the maximum distinctness, {top}, is below "
                f"{self.min_distinctness:g}, since {self._weakness(best)}."
            )
        p = self.p_values.min()
        against = (
            f"p {'< 0.001' if p < 0.001 else f'= {p:.2g}'} against "
            f"{len(self.surrogate_scores['distinctness'])} {self.surrogates} surrogates"
        )
        if self.n_clusters > 1:
            return f"{self.n_clusters} clusters; {self._others()}{against}."
        return (
            f"No clusters: the maximum distinctness, {top}, is not significantly "
            f"higher than in data without clusters: {against}."
        )

    __str__ = summary.fget

    def _others(self):
        """Describe the candidates with nearly the same distinctness, or its absence."""
        near = nearly_most_distinct(self.scores["distinctness"])
        equal = self.candidates[near & (self.candidates != self.n_clusters)]
        if equal.size:
            return f"{' and '.join(map(str, equal))} would be nearly as distinct; "
        others = self.candidates[self.candidates != self.n_clusters]
        if not others.size:
            return ""
        nearest = others[np.abs(others - self.n_clusters) <= 1]
        names = " and ".join(map(str, nearest if nearest.size else others))
        verb = "is" if len(nearest) == 1 else "are"
        return f"{names} {verb} less distinct; "

    def _weakness(self, best):
        """Describe which factors of the distinctness are low."""
        agreement = self.scores["agreement"][best]
        isolation = self.scores["isolation"][best]
        if isolation == 0:
            return "a cluster is too small"
        reasons = []
        if not agreement >= self.min_distinctness:
            reasons.append(
                f"the starts lead to different clusters (agreement {agreement:.2f})"
            )
        if isolation < FULL_ISOLATION:
            reasons.append(
                "the clusters are not well separated from each other (isolation "
                f"{isolation:.2f})"
            )
        return " and ".join(reasons)

    def band(self, name):
        """Return the range of a score over the surrogates.

        Parameters
        ----------
        name : str
            A key of ``surrogate_scores``.

        Returns
        -------
        low, high : ndarray of shape (n_candidates,)
            Minimum and maximum; NaN without surrogates.
        """
        values = self.surrogate_scores[name]
        if len(values) == 0:
            return np.full((2, len(self.candidates)), np.nan)
        return values.min(axis=0), values.max(axis=0)

    def to_frame(self):
        """Return a table of all scores.

        Returns
        -------
        frame : pandas.DataFrame
            One row per candidate: its scores, the range over the surrogates (columns
            that end in "_low" and "_high") and the p-value.
        """
        import pandas as pd

        columns = dict(self.scores)
        for name in ("distinctness", "isolation", "agreement", "gain"):
            columns[f"{name}_low"], columns[f"{name}_high"] = self.band(name)
        columns["p_value"] = self.p_values
        return pd.DataFrame(columns, pd.Index(self.candidates, name="n_clusters"))
