"""The record of a machine names what a figure depends on, and nothing private."""

import json
import os
import platform
from importlib import metadata

from optae.storage import environment
from optae.storage.environment import LIBRARIES


def test_facts_are_plain_json():
    facts = environment.environment()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["python"] == platform.python_version() and facts["cores"] == os.cpu_count()


def test_versions_are_those_that_are_installed():
    versions = environment.environment()["versions"]
    assert set(versions) <= set(LIBRARIES)
    assert all(versions[name] == metadata.version(name) for name in versions)


def test_a_missing_library_is_left_out(monkeypatch):
    monkeypatch.setattr(environment, "LIBRARIES", ("numpy", "no-such-library"))
    assert set(environment._versions.__wrapped__()) == {"numpy"}


def test_without_proc_the_processor_has_a_name_too(monkeypatch):
    monkeypatch.setattr(environment, "Path", lambda path: (_ for _ in ()).throw(OSError(path)))
    assert environment._processor.__wrapped__() == platform.processor() or platform.machine()


def test_no_private_facts_are_recorded():
    text = json.dumps(environment.environment())
    assert os.path.expanduser("~") not in text and platform.node() not in text.split('"')
