"""What tests of races and of tuning share."""

import pytest

from optae.execution.jobs import run_job


@pytest.fixture
def here(monkeypatch):
    """Run cells in this process, one after another, and return those that were run."""
    ran = []

    def run(jobs, many, threads=1):
        for job in jobs:
            if job is not None:
                ran.append(job.cell)
                yield job, run_job(job)
            yield None

    monkeypatch.setattr("optae.execution.workers.run", run)
    return ran
