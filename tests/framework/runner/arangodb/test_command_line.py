"""arangod's command lines, word for word, for every role and version family."""

from __future__ import annotations

import pytest
from armadillo.arangodb.command_line import command_line
from armadillo.arangodb.installation import Installation
from armadillo.model.deployment import Deployment
from armadillo.model.distribution import Layout, ServerFacts
from armadillo.model.role import Role

from tests.framework.runner.support.plans import (
    ARANGODB_3_11,
    ARANGODB_3_12,
    ARANGODB_3_12_WITHOUT_V8,
    ARANGODB_4,
    cluster,
    installation,
    plan,
    single,
)

AGENTS = [plan(Role.AGENT, number, host=number) for number in (1, 2, 3)]
FAMILIES = (ARANGODB_3_11, ARANGODB_3_12, ARANGODB_3_12_WITHOUT_V8, ARANGODB_4)

COMMON = """\
/opt/usr/sbin/arangod
--configuration none
--server.endpoint tcp://127.0.0.{host}:8529
--database.directory /data/{name}/data
--temp.path /data/{name}/tmp
--log.file /outputs/servers/{name}/1/arangod.log
--log.ids true
--log.process true
--log.role true
--log.thread true
--log.force-direct false
--log.level info
--log.level crash=info
--server.descriptors-minimum 0
--http.trusted-origin all
--server.authentication true
--server.jwt-secret-keyfile /private/jwt
"""
JAVASCRIPT = """\
--javascript.app-path /data/{name}/apps
--javascript.copy-installation false
--javascript.startup-directory /opt/usr/share/arangodb3/js
"""
AGENT = """\
--agency.activate true
--agency.size 3
--agency.supervision true
--agency.wait-for-sync false
--agency.my-address tcp://127.0.0.{host}:8529
--agency.endpoint tcp://127.0.0.1:8529
--agency.endpoint tcp://127.0.0.2:8529
--agency.endpoint tcp://127.0.0.3:8529
"""
MEMBER = """\
--cluster.my-role {role}
--cluster.my-address tcp://127.0.0.{host}:8529
--cluster.agency-endpoint tcp://127.0.0.1:8529
--cluster.agency-endpoint tcp://127.0.0.2:8529
--cluster.agency-endpoint tcp://127.0.0.3:8529
--cluster.create-waits-for-sync-replication false
"""
ROLE_PART = {Role.SINGLE: "", Role.AGENT: AGENT, Role.DBSERVER: MEMBER, Role.COORDINATOR: MEMBER}

REJECTED_BY_4 = (
    "--server.jwt-secret ",
    "--agency.pool-size",
    "--arangosearch.threads",
    "--log.performance",
    "--log.use-local-time",
    "--log.use-microtime",
    "--network.protocol",
    "--rocksdb.exclusive-writes",
    "--http.redirect-root-to",
    "--http.permanently-redirect-root",
    "--web-interface",
    "--query.allow-collections-in-expressions",
    "--server.allow-use-database",
)
"""Options with which arangod 4.x refuses to start (exit code 3), from its incompatible changes."""


def lines(
    facts: ServerFacts,
    role: Role,
    deployment: Deployment,
    *,
    host: int = 7,
    user_args: tuple[str, ...] = (),
    extra_args: tuple[str, ...] = (),
    where: Installation | None = None,
) -> str:
    """The command line, one option a line."""
    words = command_line(
        plan(role, host=host, args=user_args).incarnation(1),
        deployment=deployment,
        installation=where or installation(facts),
        agents=AGENTS,
        jwt_secret_path="/private/jwt",
        extra_args=extra_args,
    )
    text = words[0]
    for word in words[1:]:
        text += f"\n{word}" if word.startswith("--") else f" {word}"
    return text + "\n"


def deployment_of(role: Role) -> Deployment:
    """The deployment in which a role comes up, with authentication."""
    return single(authentication=True) if role is Role.SINGLE else cluster(authentication=True)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("facts", FAMILIES, ids=["3.11", "3.12", "3.12-without-v8", "4"])
def test_the_command_line_of_each_role_and_version(facts: ServerFacts, role: Role) -> None:
    """Nothing more and nothing less than this goes to arangod; JavaScript options only where there is V8."""
    has_javascript = facts in (ARANGODB_3_11, ARANGODB_3_12)
    wanted = COMMON + (JAVASCRIPT if has_javascript else "") + ROLE_PART[role]
    name = f"{role.server_prefix}-1"
    role_name = "PRIMARY" if role is Role.DBSERVER else "COORDINATOR"
    assert lines(facts, role, deployment_of(role)) == wanted.format(host=7, name=name, role=role_name)


@pytest.mark.parametrize("role", list(Role))
def test_nothing_that_4_rejects_is_passed_to_it(role: Role) -> None:
    """arangod 4.x ends with 3 for options that it has dropped; javascript.* it would ignore, and gets none."""
    deployment = cluster(authentication=True, replication_factor=2, write_concern=2, force_one_shard=True)
    text = lines(ARANGODB_4, role, deployment)
    assert not [option for option in (*REJECTED_BY_4, "--javascript", "--ssl.") if option in text]


def test_defaults_of_collections_go_to_dbservers_and_coordinators_only() -> None:
    """What the deployment sets is passed, what it leaves at 0 stays arangod's own default."""
    wanted = "--cluster.default-replication-factor 3\n--cluster.write-concern 2\n--cluster.force-one-shard true\n"
    deployment = cluster(replication_factor=3, write_concern=2, force_one_shard=True)
    for role in (Role.DBSERVER, Role.COORDINATOR):
        assert lines(ARANGODB_3_12, role, deployment).endswith(wanted)
    for role in (Role.DBSERVER, Role.COORDINATOR):
        text = lines(ARANGODB_3_12, role, cluster())
        assert "replication-factor" not in text
        assert "write-concern" not in text
        assert "one-shard" not in text
    assert "--cluster." not in lines(ARANGODB_3_12, Role.AGENT, deployment)


def test_without_authentication_there_is_no_secret() -> None:
    """It is switched off by name: arangod's default is on."""
    text = lines(ARANGODB_3_12, Role.SINGLE, single())
    assert "--server.authentication false\n" in text
    assert "jwt" not in text


def test_the_users_options_stand_last_and_later_ones_after_earlier_ones() -> None:
    """arangod takes the last of equal options: the user overrides us, and a verb overrides the BUILD file."""
    text = lines(ARANGODB_3_12, Role.SINGLE, single(), user_args=("--log.level", "debug"), extra_args=("--x", "1"))
    assert text.endswith("\n--log.level debug\n--x 1\n")


def test_an_at_sign_in_our_values_is_doubled_and_the_users_are_left_alone() -> None:
    """arangod replaces @NAME@ by an environment variable: a path must not be taken for one, a user may want it."""
    words = command_line(
        plan(Role.SINGLE, args=("--database.password", "@ROOT_PASSWORD@")).incarnation(1),
        deployment=single(authentication=True),
        installation=installation(ARANGODB_3_12, javascript_directory="/b@r/js"),
        agents=[],
        jwt_secret_path="/tmp/a@b@c/jwt",
    )
    assert words[words.index("--server.jwt-secret-keyfile") + 1] == "/tmp/a@@b@@c/jwt"
    assert words[words.index("--javascript.startup-directory") + 1] == "/b@@r/js"
    assert words[-2:] == ["--database.password", "@ROOT_PASSWORD@"]


def test_a_source_build_brings_the_enterprise_modules_of_its_tree(tmp_path_factory: pytest.TempPathFactory) -> None:
    """`enterprise/js` is passed where the source tree has it, and nothing where it has not."""
    top = tmp_path_factory.mktemp("sources")
    where = installation(ARANGODB_3_12, layout=Layout.BUILD_DIRECTORY, top_directory=str(top))
    assert "module-directory" not in lines(ARANGODB_3_12, Role.SINGLE, single(), where=where)
    (top / "enterprise" / "js").mkdir(parents=True)
    text = lines(ARANGODB_3_12, Role.SINGLE, single(), where=where)
    assert f"--javascript.module-directory {top}/enterprise/js\n" in text


def test_each_incarnation_has_a_log_of_its_own_and_the_same_data() -> None:
    """A restart goes on with its data and never overwrites the evidence of the one before."""
    first, second = (
        command_line(
            plan(Role.SINGLE).incarnation(number),
            deployment=single(),
            installation=installation(ARANGODB_3_12),
            agents=[],
            jwt_secret_path="",
        )
        for number in (1, 2)
    )
    differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    assert differing == [("/outputs/servers/single-1/1/arangod.log", "/outputs/servers/single-1/2/arangod.log")]
