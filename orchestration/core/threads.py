"""One thread for small models: on a shared machine spinning OpenMP threads cost far more than they bring.

It also fixes the order of every floating point sum, so that the same inputs give the same scores on
machines with different numbers of cores.
"""

# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Within this context BLAS and OpenMP use one thread."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)
