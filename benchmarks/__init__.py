"""Speed measured against peers; `python -m benchmarks` runs everything."""

import os

# Read by NumPy, qulacs and Numba when they are first imported: everything here uses one core.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
