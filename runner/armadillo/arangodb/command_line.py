"""arangod's command line for each role and version family.

Sources: the option tables of ArangoDB's documentation for 3.11, 3.12 and 4.x, and the command lines of its own test
frameworks. `--configuration none` keeps any configuration file of the machine out. A value's `@NAME@` is replaced by an
environment variable (operations/administration/configuration), so a literal at sign is doubled.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model.deployment import Deployment
from ..model.role import Role
from .installation import Installation
from .server_plan import Incarnation, ServerPlan

FIRST_VERSION_WITHOUT_V8 = (4, 0, 0)


def command_line(
    incarnation: Incarnation,
    *,
    deployment: Deployment,
    installation: Installation,
    agents: Sequence[ServerPlan],
    jwt_secret_path: str,
    extra_args: Sequence[str] = (),
) -> list[str]:
    """The words of the command that starts one incarnation; later options win over earlier ones in arangod."""
    plan = incarnation.plan
    options = [
        *_common(incarnation),
        *_authentication(deployment, jwt_secret_path),
        *_javascript(incarnation, installation),
        *_role(plan, deployment, agents),
    ]
    return [
        installation.executable,
        "--configuration",
        "none",
        *_words(options),
        *plan.user_args,
        *extra_args,
    ]


Options = list[tuple[str, str]]


def _words(options: Options) -> list[str]:
    return [word for name, value in options for word in (f"--{name}", value.replace("@", "@@"))]


def _common(incarnation: Incarnation) -> Options:
    return [
        ("server.endpoint", incarnation.plan.arangod_endpoint),
        ("database.directory", incarnation.database_directory),
        ("temp.path", incarnation.temp_directory),
        ("log.file", incarnation.log_path),
        ("log.ids", "true"),
        ("log.process", "true"),
        ("log.role", "true"),
        ("log.thread", "true"),
        ("log.force-direct", "false"),
        ("log.level", "info"),
        ("log.level", "crash=info"),
        ("server.descriptors-minimum", "0"),
        ("http.trusted-origin", "all"),
    ]


def _authentication(deployment: Deployment, jwt_secret_path: str) -> Options:
    if not deployment.authentication:
        return [("server.authentication", "false")]
    # The keyfile, not --server.jwt-secret: that one is gone in 4.x.
    return [("server.authentication", "true"), ("server.jwt-secret-keyfile", jwt_secret_path)]


def _javascript(incarnation: Incarnation, installation: Installation) -> Options:
    facts = installation.facts
    if not facts.has_v8 or facts.version_numbers >= FIRST_VERSION_WITHOUT_V8:
        return []
    options = [("javascript.app-path", incarnation.apps_directory), ("javascript.copy-installation", "false")]
    if installation.javascript_directory:
        options.append(("javascript.startup-directory", installation.javascript_directory))
    if installation.enterprise_javascript_directory:
        options.append(("javascript.module-directory", installation.enterprise_javascript_directory))
    return options


def _role(plan: ServerPlan, deployment: Deployment, agents: Sequence[ServerPlan]) -> Options:
    if plan.role is Role.SINGLE:
        return []
    if plan.role is Role.AGENT:
        return [
            ("agency.activate", "true"),
            ("agency.size", str(len(agents))),
            ("agency.supervision", "true"),
            ("agency.wait-for-sync", "false"),
            ("agency.my-address", plan.advertised_endpoint),
            *(("agency.endpoint", agent.advertised_endpoint) for agent in agents),
        ]
    options = [
        # "PRIMARY" is what every upstream runner passes; "DBSERVER" is its alias in newer versions.
        ("cluster.my-role", "PRIMARY" if plan.role is Role.DBSERVER else "COORDINATOR"),
        # What the others connect to need not be where it listens: behind a proxy, as behind a container's port mapping.
        ("cluster.my-address", plan.advertised_endpoint),
        *(("cluster.agency-endpoint", agent.advertised_endpoint) for agent in agents),
        ("cluster.create-waits-for-sync-replication", "false"),
    ]
    if deployment.replication_factor:
        options.append(("cluster.default-replication-factor", str(deployment.replication_factor)))
    if deployment.write_concern:
        options.append(("cluster.write-concern", str(deployment.write_concern)))
    if deployment.force_one_shard:
        options.append(("cluster.force-one-shard", "true"))
    return options
