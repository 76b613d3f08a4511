"""Base class of displays of labels in time."""

from skvaeclust._steps import last_step


class SequenceDisplay:
    """Base class of displays of labels in time, which define ``from_labels``."""

    @classmethod
    def from_estimator(cls, estimator, X, *, time=None, **params):
        """Draw the clusters that a fitted model predicts.

        Parameters
        ----------
        estimator : fitted clusterer, Pipeline or search that ends in one
            The model.
        X : array-like of shape (n_samples, ...) or labelled fields
            Samples in order of time.
        time : array-like of shape (n_samples,), default=None
            As for ``from_labels``.
        **params : dict
            Other parameters of ``from_labels``.

        Returns
        -------
        display : object
            The display, drawn.
        """
        model = last_step(estimator)
        if not hasattr(estimator, "predict"):
            raise TypeError(
                f"{type(model).__name__} has no method predict. Use from_labels with "
                "its labels_."
            )
        labels = estimator.predict(X)
        sizes = (
            getattr(model, name, None) for name in ("weights_", "cluster_centers_")
        )
        n_clusters = next((len(found) for found in sizes if found is not None), None)
        return cls.from_labels(labels, time=time, n_clusters=n_clusters, **params)
