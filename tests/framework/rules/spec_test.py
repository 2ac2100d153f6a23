"""The spec that the rule writes is the one that the runner reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

from armadillo.model.deployment import Mode
from armadillo.model.role import Role
from armadillo.model.spec import TestSpec, read_spec
from armadillo_api.v1 import deployment_pb2
from google.protobuf import json_format

SPEC = Path("tests/framework/rules/example.spec.json")
PROGRAM_SPEC = Path("tests/framework/rules/program.spec.json")


def spec() -> TestSpec:
    """The spec of the target `example`, as the runner sees it."""
    return read_spec(str(SPEC))


def test_it_is_a_test_spec_message() -> None:
    """Every field of the JSON file is one of the message, with its type."""
    message = json_format.ParseDict(json.loads(SPEC.read_text(encoding="utf-8")), deployment_pb2.TestSpec())

    assert message.target == "//tests/framework/rules:example"
    assert message.deployment.mode == deployment_pb2.CLUSTER


def test_the_runner_reads_what_the_rule_wrote() -> None:
    """Attributes of the BUILD file arrive in the runner's model."""
    assert spec().target == "//tests/framework/rules:example"
    assert spec().deployment.mode is Mode.CLUSTER
    assert spec().pytest_args == ("-k=kept",)
    assert spec().test_env == {"EXAMPLE": "tests/framework/rules/example.txt"}


def test_paths_are_runfiles_paths_of_this_workspace() -> None:
    """No path is absolute, and each begins with the workspace's name in the runfiles."""
    workspace = os.environ["TEST_WORKSPACE"]

    assert spec().srcs == (f"{workspace}/tests/framework/rules/example_test.py",)
    assert spec().timings == f"{workspace}/tests/framework/rules/timings.json"
    assert spec().imports[0] == workspace
    assert spec().server.facts == f"{workspace}/tools/arangod_standin/server.facts.json"


def test_a_program_is_named_in_place_of_test_files() -> None:
    """By its runfiles path; policies of pytest alone have their defaults."""
    program = read_spec(str(PROGRAM_SPEC))

    assert program.program == f"{os.environ['TEST_WORKSPACE']}/tests/framework/rules/program.sh"
    assert (program.srcs, program.test_env) == ((), {"EXAMPLE": "tests/framework/rules/example.txt"})
    assert program.policy == spec().policy
    assert json_format.ParseDict(json.loads(PROGRAM_SPEC.read_text(encoding="utf-8")), deployment_pb2.TestSpec())


def test_an_upgrade_has_both_servers() -> None:
    """The distribution to start with and the one to upgrade to; every other test has no second one."""
    path = SPEC.with_name("upgrade_example.spec.json")
    json_format.ParseDict(json.loads(path.read_text(encoding="utf-8")), deployment_pb2.TestSpec())
    upgrade = read_spec(str(path))

    assert upgrade.server.label == "//tools/arangod_standin:server"
    assert upgrade.upgrade_to is not None
    assert upgrade.upgrade_to.label == "//tools/arangod_standin:server_4_0"
    assert upgrade.upgrade_by_dump
    # arangorestore writes right after it has made a collection
    waits = "--cluster.create-waits-for-sync-replication=true"
    assert upgrade.deployment.args_of("coordinator-1", Role.COORDINATOR) == (waits, "--log.level=debug")
    assert upgrade.deployment.args_of("dbserver-1", Role.DBSERVER) == ()
    assert spec().upgrade_to is None
    assert not spec().upgrade_by_dump


def test_a_dataset_is_named_by_its_archive() -> None:
    """By its runfiles path; a test without one starts from nothing."""
    path = SPEC.with_name("starts_from_a_dataset.spec.json")
    json_format.ParseDict(json.loads(path.read_text(encoding="utf-8")), deployment_pb2.TestSpec())

    assert read_spec(str(path)).dataset == f"{os.environ['TEST_WORKSPACE']}/tests/framework/rules/example_dataset.tar"
    assert spec().dataset == ""
