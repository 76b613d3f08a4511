"""Labelled fields as a sequence of samples."""

from skvaeclust._labels import is_labelled
from skvaeclust._words import shown


class FieldSamples:
    """Labelled fields as a sequence of samples, for searches of scikit-learn.

    scikit-learn takes the first axis of an array as that of the samples. Use this class
    for a Dataset, a list of DataArrays, or a DataArray whose first dimension is another
    one.

    Parameters
    ----------
    fields : DataArray, Dataset or list of DataArrays
        The fields.
    dim : str, default="time"
        Dimension of the samples.

    Attributes
    ----------
    shape : tuple of int
        (n_samples,).

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skvaeclust.datasets import load_north_atlantic_slp
    >>> from skvaeclust.xarray import FieldClustering, FieldSamples
    >>> data = load_north_atlantic_slp(as_xarray=True)
    >>> model = FieldClustering(KMeans(random_state=0), n_components=10)
    >>> search = GridSearchCV(model, {"estimator__n_clusters": [3, 4]}, cv=2)
    >>> search.fit(FieldSamples(data)).best_estimator_.labels_.dims
    ('time',)
    """

    def __init__(self, fields, dim="time"):
        arrays = fields if isinstance(fields, list | tuple) else [fields]
        if not is_labelled(fields):
            raise TypeError(
                "fields must be a DataArray, a Dataset or a list of DataArrays, got "
                f"{shown(fields)}."
            )
        for array in arrays:
            if dim not in array.dims:
                raise ValueError(
                    f"dim={dim!r} must be a dimension of the fields, got "
                    f"{[*array.dims]}."
                )
        sizes = [array.sizes[dim] for array in arrays]
        if len(set(sizes)) > 1:
            raise ValueError(
                f"fields must have the same number of samples along {dim!r}, got "
                f"{sizes}."
            )
        self.fields = fields
        self.dim = dim

    @property
    def shape(self):
        """Number of samples, as a tuple."""
        several = isinstance(self.fields, list | tuple)
        return ((self.fields[0] if several else self.fields).sizes[self.dim],)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        index = index[0] if isinstance(index, tuple) else index  # (index, ...)
        if isinstance(self.fields, list | tuple):
            fields = [array.isel({self.dim: index}) for array in self.fields]
        else:
            fields = self.fields.isel({self.dim: index})
        return FieldSamples(fields, self.dim)


def unwrap(X):
    """Return the fields of FieldSamples; anything else stays."""
    return X.fields if isinstance(X, FieldSamples) else X
