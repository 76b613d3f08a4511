from . import augmentation as augmentation
from . import composites as composites
from . import datasets as datasets
from . import inspection as inspection
from . import model_selection as model_selection
from . import sequences as sequences
from . import verification as verification
from . import xarray as xarray
from ._model import ConvNetworks as ConvNetworks
from ._model import DenseNetworks as DenseNetworks
from ._persistence import load as load
from ._persistence import save as save
from ._random_init import RandomInit as RandomInit
from ._vae_clustering import VAEClustering as VAEClustering
from .augmentation import CutoutAugmenter as CutoutAugmenter
from .augmentation import IsotropicNoiseAugmenter as IsotropicNoiseAugmenter
from .augmentation import PCScaledNoiseAugmenter as PCScaledNoiseAugmenter
from .augmentation import PCUniformNoiseAugmenter as PCUniformNoiseAugmenter
from .augmentation import RotationAugmenter as RotationAugmenter
from .augmentation import ZoomAugmenter as ZoomAugmenter

__version__: str
