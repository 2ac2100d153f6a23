"""Loads the files of an arangodb_dataset (`dump`, `files`) before its own script runs."""

from __future__ import annotations

import os

from armadillo.handles.deployment import Deployment
from armadillo.scenario.dataset_sources import load_sources


async def seed(arango: Deployment) -> None:
    """The deployment holds what the files say."""
    await load_sources(arango, os.environ)
