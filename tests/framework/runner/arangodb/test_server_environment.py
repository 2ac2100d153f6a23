"""The environment of server processes."""

from __future__ import annotations

import pytest
from armadillo.arangodb.server_environment import server_environment
from armadillo.model.deployment import Deployment
from armadillo.model.role import Role

from tests.framework.runner.support.plans import ARANGODB_3_12, cluster, installation, single

GIB = 2**30


def environment(deployment: Deployment, role: Role, resource_directory: str = "", **inherited: str) -> dict[str, str]:
    """What a server of this role sees."""
    where = installation(ARANGODB_3_12, resource_directory=resource_directory)
    return server_environment(deployment, role, where, inherited, "/home-of-the-run")


def test_bazels_variables_do_not_reach_servers() -> None:
    """A helper in C++ must not think that it is a shard of the test, and no path of the sandbox leaks."""
    inherited = {
        "PATH": "/bin",
        "HOME": "/root",
        "TEST_TOTAL_SHARDS": "2",
        "GTEST_TOTAL_SHARDS": "2",
        "TEST_TMPDIR": "/x",
        "PYTHONPATH": "/y",
    }
    assert environment(single(), Role.SINGLE, **inherited) == {
        "PATH": "/bin",
        "HOME": "/home-of-the-run",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "GLIBCXX_FORCE_NEW": "1",
    }


def test_icu_and_time_zone_data_are_found_by_all_three_names() -> None:
    """Versions differ in the variable that they read; all of them are set where the distribution has the files."""
    env = environment(single(), Role.SINGLE, "/share")
    assert (env["ICU_DATA"], env["ICU_DATA_LEGACY"], env["TZ_DATA"]) == ("/share", "/share", "/share/tzdata")


@pytest.mark.parametrize(
    ("role", "percent_of_one"), [(Role.AGENT, 8 / 3), (Role.DBSERVER, 69 / 2), (Role.COORDINATOR, 23.0)]
)
def test_a_cluster_shares_its_memory_by_role(role: Role, percent_of_one: float) -> None:
    """8, 69 and 23 percent for agents, dbservers and coordinators, divided by their numbers."""
    env = environment(cluster(memory_bytes=8 * GIB), role)
    found = int(env["ARANGODB_OVERRIDE_DETECTED_TOTAL_MEMORY"])
    assert found == pytest.approx(8 * GIB * percent_of_one / 100, abs=2)


def test_all_servers_together_stay_within_the_budget() -> None:
    """The shares of all servers add up to the whole and not more; a single server has all of it."""
    deployment = cluster(memory_bytes=GIB)
    total = sum(
        int(environment(deployment, role)["ARANGODB_OVERRIDE_DETECTED_TOTAL_MEMORY"])
        for _, role in deployment.server_names()
    )
    assert 0.99 * GIB < total <= GIB
    one = environment(single(memory_bytes=GIB), Role.SINGLE)
    assert one["ARANGODB_OVERRIDE_DETECTED_TOTAL_MEMORY"] == str(GIB)


def test_without_a_budget_memory_detection_is_left_alone() -> None:
    """0 means: arangod looks at the machine itself."""
    assert "ARANGODB_OVERRIDE_DETECTED_TOTAL_MEMORY" not in environment(cluster(), Role.DBSERVER)


def test_the_users_variables_win() -> None:
    """`env` of the deployment stands last."""
    assert environment(single(env={"LANG": "C", "A": "1"}), Role.SINGLE)["LANG"] == "C"
