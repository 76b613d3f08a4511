"""Conversion of rows in the units of X to the inputs of the networks, and back."""

from dataclasses import dataclass

import numpy as np

from skvaeclust._components import (
    blocks,
    leading_components,
    principal_components,
    unit_of,
)
from skvaeclust._fields import Layout
from skvaeclust._threads import on_one_thread

N_FOR_STARTS = 20  # minimum number of components that starts are found on
# Training anomalies are scaled to about 1; larger ones than these would overflow.
FARTHEST, LONGEST = 1e4, 1e150


def moments(rows):
    """Compute mean and total variance of rows, one block at a time.

    Returns
    -------
    mean : ndarray of shape (n_features,)
        In the unit of the rows divided by ``unit``.
    variance : float
        Summed over features, in the square of this unit.
    unit : float
    """
    unit = unit_of(rows)
    parts = blocks(rows)
    mean = sum((rows[part] / unit).sum(axis=0, dtype=float) for part in parts)
    mean = mean / len(rows)
    squares, largest = 0.0, 0.0
    for part in parts:
        block = rows[part].astype(float) / unit
        largest = np.maximum(largest, np.abs(block).max(axis=0))
        block -= mean
        squares = squares + np.square(block).sum(axis=0)
    variance = squares / (len(rows) - 1)
    if (variance <= (4 * np.finfo(np.float64).eps * largest) ** 2).all():
        raise ValueError(
            f"X is constant: all {len(rows)} samples are equal. Expected at least two "
            "different samples."
        )
    return mean, variance.sum(), unit


@dataclass
class Representation:
    """Conversion of rows to inputs of the networks: anomalies of total variance 1.

    Attributes
    ----------
    layout : Layout
        Layout of samples in arrays.
    mean : ndarray of shape (n_valid,)
        Mean of the samples, units of X.
    scale : float
        Square root of the total variance, units of X. One value for all channels, so
        that vectors keep their direction.
    components : ndarray of shape (n_components, n_valid) or None
        Principal components if the networks take scores; None if they take fields.
    """

    layout: Layout
    mean: np.ndarray
    scale: float
    components: np.ndarray | None

    @classmethod
    @on_one_thread
    def fit(cls, rows, layout, input_kind, n_clusters, copies=None):
        """Compute mean, scale and, for scores, the components (also of copies).

        The networks see the components that stand above the noise, but at least as many
        as there are clusters.

        Returns
        -------
        representation : Representation
        inputs : ndarray of shape (n_samples, ...)
            Inputs of the networks.
        scores : ndarray of shape (n_samples, n_components)
            Principal-component scores that starts are found on, in decreasing order of
            variance. There are at least 20 of them, if possible.
        """
        mean, variance, unit = moments(rows)
        seen = cls(layout, mean * unit, float(np.sqrt(variance)) * unit, None)
        if input_kind == "fields":
            anomalies, _ = seen._anomalies(rows)
            components = principal_components(anomalies)[1]
            return seen, seen.encode(rows), anomalies @ components.T
        spanning = rows if copies is None else np.concatenate([rows, copies])
        components, n_signal = leading_components(spanning)
        n_seen = max(n_signal, n_clusters)
        kept = components[: max(n_seen, N_FOR_STARTS)]
        seen.components = np.ascontiguousarray(kept)  # as when read from a file
        scores = seen.encode(rows)
        inputs = scores
        if n_seen < len(seen.components):
            seen.components = np.ascontiguousarray(components[:n_seen])
            inputs = seen.encode(rows)  # the same bits as in prediction
        # With fixed copies, components are not sorted by the variance of the samples.
        order = np.argsort(-scores.var(axis=0), kind="stable")
        return seen, inputs, scores[:, order]

    @property
    def input_kind(self):
        """Kind of input of the networks: "scores" or "fields"."""
        return "fields" if self.components is None else "scores"

    @property
    def n_components(self):
        """Number of components; None if the networks take fields."""
        return None if self.components is None else len(self.components)

    @property
    def mask(self):
        """A field with 1 at valid points and 0 on land; None without land."""
        if self.components is not None or self.layout.valid.all():
            return None
        return self.layout.valid.reshape(self.layout.field_shape).astype(np.float32)

    @on_one_thread
    def rotate(self, anomalies):
        """Convert anomalies (n, n_valid) to inputs of the networks, without scaling."""
        if self.components is not None:
            return anomalies @ self.components.T  # float64, as in prediction
        out = np.zeros((len(anomalies), len(self.layout.valid)), dtype=np.float32)
        out[:, self.layout.valid] = anomalies
        return out.reshape(-1, *self.layout.field_shape)

    @on_one_thread
    def encode(self, rows):
        """Convert rows (n, n_valid) in units of X to inputs of the networks."""
        return np.concatenate(
            [self.rotate(self._anomalies(rows[part])[0]) for part in blocks(rows)]
        )

    @on_one_thread
    def split(self, rows):
        """Convert rows to inputs of the networks and to what these do not see.

        Parameters
        ----------
        rows : ndarray of shape (n, n_valid)
            In the units of X.

        Returns
        -------
        inputs : ndarray of shape (n, n_components) or (n, channels, height, width)
        unexplained : ndarray of shape (n,)
            Squared norm of the part of the anomalies outside the components.
        """
        parts = blocks(rows)
        inputs, unexplained = [], np.zeros(len(rows))
        for part in parts:
            anomalies, excess = self._anomalies(rows[part])
            found = self.rotate(anomalies)
            if self.components is not None:
                norm = np.einsum("ij,ij->i", anomalies, anomalies)
                norm -= np.einsum("ij,ij->i", found, found)
                unexplained[part] = norm.clip(min=0)
            unexplained[part] += np.square(excess)
            inputs.append(found)
        return np.concatenate(inputs), unexplained

    def _anomalies(self, rows):
        """Compute scaled anomalies, and the distance by which each was shown.

        Extreme anomalies are shown, so that networks do not overflow.
        """
        with np.errstate(over="ignore"):
            anomalies = rows - self.mean
            anomalies /= self.scale  # in place, to save memory
        largest = max(anomalies.max(initial=0), -anomalies.min(initial=0))
        if largest <= FARTHEST:
            return anomalies, 0.0
        distance = np.abs(anomalies).max(axis=1, initial=0)
        far = distance > FARTHEST
        distance = distance.clip(max=LONGEST)
        clipped = anomalies[far].clip(-LONGEST, LONGEST)
        anomalies[far] = clipped / distance[far, None] * FARTHEST
        return anomalies, np.where(far, distance - FARTHEST, 0.0)

    @on_one_thread
    def decode(self, inputs):
        """Convert outputs of the networks to rows (n, n_valid) in units of X."""
        inputs = np.asarray(inputs, dtype=np.float64)
        if self.components is not None:
            anomalies = inputs @ self.components
        else:
            anomalies = inputs.reshape(len(inputs), -1)[:, self.layout.valid]
        return self.mean + self.scale * anomalies
