"""The kinds of an experiment's fields, by role and group of the help, and the words that fields take."""

from functools import partial

from ..datasets import DATASETS
from ..engines import ENGINES
from ..engines.hardware import DEVICES, PRECISIONS
from ..evaluation.own import own_metrics
from ..methods.first_order.schedules import SCHEDULES
from ..model.activations import ACTIVATIONS
from ..model.binarization import BINARIZATIONS
from ..model.bottlenecks import BOTTLENECKS
from ..model.corruptions import CORRUPTIONS, corruption
from ..model.initializers import INITS
from ..model.losses import LOSSES
from ..registry import lookup
from . import warm_start
from .build import NETWORKS, SCALES
from .noise_regime import REGIMES
from .readers import one_of, parsed
from .schema import Vocabulary, fact

data = partial(fact, "problem", "data")
network = partial(fact, "problem", "network")
beginning = partial(fact, "problem", "method")
method = partial(fact, "method", "method")
seed = partial(fact, "seed", "method")
solving = partial(fact, "how", "method")
budget = partial(fact, "budget", "budget")
bottleneck = partial(fact, "problem", "variational")
variational = partial(fact, "how", "variational")
hardware = partial(fact, "how", "hardware")
noise = partial(fact, "problem", "noise")
regime = partial(fact, "how", "noise")
measuring = partial(fact, "how", "output")

a_dataset = Vocabulary(tuple(DATASETS), lambda name, text: None)  # or a file, which is read later
a_network = one_of(NETWORKS)
a_scale = one_of(SCALES)
an_activation = parsed("activation", ACTIVATIONS)
a_start = one_of(INITS)
a_run = Vocabulary((), lambda name, text: warm_start.versioned(text))
a_loss = Vocabulary(tuple(LOSSES), lambda name, text: lookup("loss", text, LOSSES))
metrics = Vocabulary((), lambda name, text: own_metrics(text.split(",")))
an_engine = Vocabulary(tuple(ENGINES), lambda name, text: text and one_of(ENGINES).check(name, text))
a_bottleneck = parsed("bottleneck", BOTTLENECKS)
a_precision = one_of(PRECISIONS)
a_schedule = parsed("schedule", SCHEDULES)
a_device = one_of(DEVICES)
a_noise = Vocabulary(tuple(CORRUPTIONS), lambda name, text: corruption(text))
a_regime = one_of(REGIMES)
a_binarization = one_of(BINARIZATIONS)
