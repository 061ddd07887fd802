"""Classification: circuits behind an encoder that tell classes apart (VQC)."""

from qrl.tasks.classification.csv_file import read_csv
from qrl.tasks.classification.data import DATA_SETS, data_set
from qrl.tasks.classification.encoders import ENCODERS, encode, encoder_circuit
from qrl.tasks.classification.instances import HINT, IDS, bundled, make
from qrl.tasks.classification.optimizers import compare_optimizers
from qrl.tasks.classification.own_data import classifier, upload_again
from qrl.tasks.classification.task import VariationalClassifier

__all__ = [
    "DATA_SETS",
    "ENCODERS",
    "HINT",
    "IDS",
    "VariationalClassifier",
    "bundled",
    "classifier",
    "compare_optimizers",
    "data_set",
    "encode",
    "encoder_circuit",
    "make",
    "read_csv",
    "upload_again",
]
