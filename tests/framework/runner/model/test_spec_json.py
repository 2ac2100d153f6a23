"""The spec's JSON form: proto and model agree about every field."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from armadillo.errors import SpecError
from armadillo.model.deployment import (
    DEFAULT_START_TIMEOUT_S,
    DEFAULT_STOP_TIMEOUT_S,
    Deployment,
    deployment_from_json,
)
from armadillo.model.distribution import ServerDistribution, ServerFacts
from armadillo.model.policy import Allowance, Consequence, Policy
from armadillo.model.role import Role
from armadillo.model.spec import TestSpec, read_facts, read_spec
from armadillo.results.judgement import policy_of
from armadillo_api.v1 import deployment_pb2
from google.protobuf import json_format

ROLES = (Role.AGENT, Role.DBSERVER, Role.COORDINATOR)


def random_deployment(choice: random.Random) -> deployment_pb2.Deployment:
    """A cluster with something in every field; zeros and empty lists come up, too."""

    def words() -> list[str]:
        return [f"--option.{choice.randint(0, 9)}={choice.choice('aö@ =')}" for _ in range(choice.randint(0, 3))]

    return deployment_pb2.Deployment(
        mode=deployment_pb2.CLUSTER,
        agents=choice.choice((1, 3, 5)),
        dbservers=choice.randint(1, 5),
        coordinators=choice.randint(1, 3),
        replication_factor=choice.randint(0, 4),
        write_concern=choice.randint(0, 4),
        force_one_shard=choice.random() < 0.5,
        authentication=choice.random() < 0.5,
        server_args=words(),
        role_args=[
            deployment_pb2.RoleArgs(role=role.value, args=words())
            for role in choice.sample(ROLES, choice.randint(0, 3))
        ],
        named_server_args=[
            deployment_pb2.NamedServerArgs(server=f"dbserver-{number}", args=words())
            for number in range(1, choice.randint(1, 4))
        ],
        env={f"NAME_{number}": choice.choice(("", "x", "ü")) for number in range(choice.randint(0, 3))},
        memory_bytes=choice.choice((0, 2**40 + 1)),
        start_timeout_s=choice.choice((0.0, 0.5, 300.0)),
        stop_timeout_s=choice.choice((0.0, 7.25)),
        requires=choice.sample(["enterprise", "v8", "version>=3.12"], choice.randint(0, 3)),
        network=choice.choice(("AUTO", "LEASES", "HOST")),
    )


def write_json(path: Path, message: Any, with_defaults: bool) -> str:
    """Writes a message as the rules write it: proto field names, enum names."""
    text = json_format.MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=with_defaults
    )
    path.write_text(text, encoding="utf-8")
    return str(path)


def assert_equal(model: Deployment, proto: deployment_pb2.Deployment) -> None:
    """Compares field by field; a proto field that this does not know fails the comparison."""
    compared = {
        "mode": (model.mode.value, deployment_pb2.Mode.Name(proto.mode)),
        "agents": (model.counts[Role.AGENT], proto.agents),
        "dbservers": (model.counts[Role.DBSERVER], proto.dbservers),
        "coordinators": (model.counts[Role.COORDINATOR], proto.coordinators),
        "server_args": (model.server_args, tuple(proto.server_args)),
        "role_args": (
            {role.value: args for role, args in model.role_args.items()},
            {deployment_pb2.Role.Name(item.role): tuple(item.args) for item in proto.role_args},
        ),
        "named_server_args": (
            dict(model.named_server_args),
            {item.server: tuple(item.args) for item in proto.named_server_args},
        ),
        "env": (dict(model.env), dict(proto.env)),
        "start_timeout_s": (model.start_timeout_s, proto.start_timeout_s or DEFAULT_START_TIMEOUT_S),
        "stop_timeout_s": (model.stop_timeout_s, proto.stop_timeout_s or DEFAULT_STOP_TIMEOUT_S),
        "requires": (model.requires, tuple(proto.requires)),
        "prepared_faults": (model.prepared_faults, tuple(proto.prepared_faults)),
        "network": (
            model.network.value,
            deployment_pb2.Network.Name(proto.network) if proto.network else "AUTO",
        ),
    }
    for name in proto.DESCRIPTOR.fields_by_name:
        found, wanted = compared.get(name) or (getattr(model, name), getattr(proto, name))
        assert found == wanted, name


@pytest.mark.parametrize("with_defaults", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_a_deployment_reads_the_same_by_model_and_by_proto(tmp_path: Path, seed: int, with_defaults: bool) -> None:
    """Whatever a deployment asks for, the model has what json_format has, field by field."""
    wanted = deployment_pb2.TestSpec(target="//a:b", deployment=random_deployment(random.Random(seed)))
    read = read_spec(write_json(tmp_path / "spec.json", wanted, with_defaults))
    assert_equal(read.deployment, wanted.deployment)


def test_every_field_of_the_spec_is_read(tmp_path: Path) -> None:
    """Target, server, test files, imports, words for pytest and environment arrive unchanged."""
    wanted = deployment_pb2.TestSpec(
        target="//a/b:c",
        deployment=deployment_pb2.Deployment(mode=deployment_pb2.SINGLE_SERVER),
        server=deployment_pb2.ServerDistribution(
            label="//s:s",
            layout=deployment_pb2.TARBALL,
            executable="_main/arangod",
            tools={"arangosh": "_main/arangosh"},
            facts="_main/facts.json",
            javascript_directory="_main/js",
            resource_directory="_main/share",
            top_directory="_main/top",
            sanitizer_suppressions={"leak": "_main/lsan.txt"},
            symbolizer="_main/symbolizer",
        ),
        srcs=["_main/a/b/test_one.py", "_main/a/b/test_two.py"],
        imports=["_main", "_main/lib"],
        pytest_args=["-x"],
        test_env={"A": "1"},
        policy=deployment_pb2.Policy(
            leaks="warn",
            log_errors="ignore",
            allowed_log_lines=[deployment_pb2.Allowance(pattern="a.c", reason="known", until="2030-01-31")],
            allowed_sanitizer_reports=[deployment_pb2.Allowance(pattern="leak", reason="old")],
            case_timeout_s=1.5,
            monitor_interval_ms=100,
            monitor_findings="fail",
            memory_growth_limit_mb=5,
            memory_growth_window_s=60,
            stuck_after_probes=3,
            cpu_spin_percent=80,
            cpu_spin_s=20,
            case_attempts=3,
        ),
        timings="_main/a/b/timings.json",
        upgrade_by_dump=True,
        upgrade_to=deployment_pb2.ServerDistribution(label="//s:newer", facts="_main/newer.facts.json"),
    )
    read = read_spec(write_json(tmp_path / "spec.json", wanted, False))
    for name in wanted.DESCRIPTOR.fields_by_name:
        if name in ("deployment", "server", "policy", "upgrade_to"):
            continue
        found, sent = getattr(read, name), getattr(wanted, name)
        is_plain = isinstance(sent, (str, bool))
        assert found == (dict(sent) if name == "test_env" else sent if is_plain else tuple(sent)), name
    assert read.upgrade_to is not None
    assert (read.upgrade_to.label, read.upgrade_to.facts) == ("//s:newer", "_main/newer.facts.json")
    for name in wanted.server.DESCRIPTOR.fields_by_name:
        found, sent = getattr(read.server, name), getattr(wanted.server, name)
        assert (found.value if name == "layout" else found) == ("TARBALL" if name == "layout" else sent), name
    assert read.policy == Policy(
        leaks=Consequence.WARN,
        log_errors=Consequence.IGNORE,
        allowed_log_lines=(Allowance("a.c", "known", "2030-01-31"),),
        allowed_sanitizer_reports=(Allowance("leak", "old"),),
        case_timeout_s=1.5,
        monitor_interval_ms=100,
        monitor_findings=Consequence.FAIL,
        memory_growth_limit_mb=5,
        memory_growth_window_s=60,
        stuck_after_probes=3,
        cpu_spin_percent=80,
        cpu_spin_s=20,
        case_attempts=3,
    )
    assert read.policy == policy_of(wanted.policy)


def test_model_and_proto_have_the_same_fields() -> None:
    """A field that is added to the proto must be added to the model, and the other way round."""
    pairs: tuple[tuple[Any, Any, set[str]], ...] = (
        (ServerFacts, deployment_pb2.ServerFacts, {"raw"}),
        (ServerDistribution, deployment_pb2.ServerDistribution, set()),
        (TestSpec, deployment_pb2.TestSpec, set()),
        (Policy, deployment_pb2.Policy, set()),
        (Allowance, deployment_pb2.Allowance, set()),
    )
    for model, proto, left_out in pairs:
        assert set(model.__dataclass_fields__) == set(proto.DESCRIPTOR.fields_by_name) - left_out
    counts = {"agents", "dbservers", "coordinators"}
    fields = set(deployment_pb2.Deployment.DESCRIPTOR.fields_by_name)
    assert set(Deployment.__dataclass_fields__) == (fields - counts) | {"counts"}


def test_facts_are_read_from_json_of_the_proto(tmp_path: Path) -> None:
    """What the build action wrote about a binary arrives, fields unknown to the model are left out."""
    wanted = deployment_pb2.ServerFacts(
        path="a/arangod", is_arangod=True, version="3.12.5-1", edition="community", has_v8=True, raw={"license": "x"}
    )
    read = read_facts(write_json(tmp_path / "facts.json", wanted, False))
    assert (read.path, read.is_arangod, read.version, read.has_v8) == ("a/arangod", True, "3.12.5-1", True)
    assert read.version_numbers == (3, 12, 5)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "expected a TestSpec as JSON"),
        ("[]", "expected a TestSpec as JSON"),
        ("{}", "'target'"),
        ('{"target": "//a:b", "deployment": {"mode": "TRIANGLE"}}', "known are: SINGLE_SERVER, CLUSTER"),
        ('{"target": "//a:b", "deployment": {"network": "WIFI"}}', "known are: AUTO, LAB, LEASES, HOST"),
        ('{"target": "//a:b", "deployment": {"agents": "many", "mode": "CLUSTER"}}', "expected a TestSpec as JSON"),
        ('{"target": "//a:b", "server": {"layout": "ROUND"}}', "ROUND"),
        (
            '{"target": "//a:b", "deployment": {"role_args": [{"role": "KING", "args": []}]}}',
            "known are: SINGLE, AGENT",
        ),
    ],
)
def test_a_spec_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, content: str, expected: str) -> None:
    """Garbage in a spec is a SpecError that says what was found and what is known."""
    path = tmp_path / "spec.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read_spec(str(path))
    assert expected in str(caught.value)


def test_a_missing_spec_is_named() -> None:
    """The error for a spec that is not there has its path and the system's words."""
    with pytest.raises(SpecError, match=r"/no/such/spec\.json: No such file"):
        read_spec("/no/such/spec.json")


def test_servers_are_named_by_role_and_number_in_start_order() -> None:
    """Agents come before dbservers before coordinators; a single server is single-1."""
    cluster = deployment_from_json({"mode": "CLUSTER", "agents": 1, "dbservers": 2, "coordinators": 1})
    assert [name for name, _ in cluster.server_names()] == ["agent-1", "dbserver-1", "dbserver-2", "coordinator-1"]
    assert deployment_from_json({}).server_names() == [("single-1", Role.SINGLE)]


def test_options_of_a_server_come_from_all_then_role_then_name() -> None:
    """arangod takes the last of equal options, so the narrower ones stand last."""
    deployment = deployment_from_json(
        {
            "mode": "CLUSTER",
            "server_args": ["--a", "1"],
            "role_args": [{"role": "DBSERVER", "args": ["--a", "2"]}],
            "named_server_args": [{"server": "dbserver-2", "args": ["--a", "3"]}],
        }
    )
    assert deployment.args_of("dbserver-2", Role.DBSERVER) == ("--a", "1", "--a", "2", "--a", "3")
    assert deployment.args_of("dbserver-1", Role.DBSERVER) == ("--a", "1", "--a", "2")
    assert deployment.args_of("agent-1", Role.AGENT) == ("--a", "1")
