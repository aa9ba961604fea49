"""Models between warehouse and store: read what they learn from, fit or load, score, record.

Belongs here: which rows a model reads and which table its scores go to. The mathematics is in
:mod:`orchestration.core`, the files of fitted models are those of :mod:`orchestration.core.artefacts`.
"""

from orchestration.modelling.record import ModelRecord, record_models, refused, write_models

__all__ = ["ModelRecord", "record_models", "refused", "write_models"]
