"""The macros behind the public names: they know which attributes a BUILD file sets, and choose what rules cannot."""

load(":arangodb_binary_test.bzl", _arangodb_binary_test = "arangodb_binary_test")
load(":arangodb_deployment.bzl", _arangodb_deployment = "arangodb_deployment")
load(":arangodb_test.bzl", _arangodb_test = "arangodb_test")
load(":topology.bzl", "split_topology")

# Bazel counts a test as one processor; a cluster's servers would starve each other beside another cluster.
_CLUSTER_CPUS = 2

def arangodb_deployment(name, **kwargs):
    """Describes a topology once, for the `deployment` of several arangodb_test targets.

        arangodb_deployment(
            name = "three_replicas",
            mode = "cluster",
            dbservers = 3,
            replication_factor = 3,
            write_concern = 2,
        )

    Building it writes the Deployment message as JSON.

    Args:
      name: name of the target.
      **kwargs: mode, agents, dbservers, coordinators, replication_factor, write_concern, force_one_shard,
        authentication, server_args, agent_args, dbserver_args, coordinator_args, args_of, server_env, memory_mb,
        start_timeout_s, stop_timeout_s, requires, network, faults, and the attributes that all rules have.
    """
    given, others = split_topology(kwargs)
    _arangodb_deployment(name = name, given = sorted(given), **dict(others, **given))

def _costs(size, tags, is_cluster):
    """Size and tags of a test, as far as they are not set."""
    tags = list(tags or [])
    if is_cluster and not [tag for tag in tags if tag.startswith("cpu:")]:
        tags.append("cpu:%d" % _CLUSTER_CPUS)
    return {"size": size or ("large" if is_cluster else "medium"), "tags": tags}

def arangodb_test(name, size = None, tags = None, deployment = None, **kwargs):
    """Runs pytest files against a deployment of ArangoDB.

        arangodb_test(
            name = "failover_test",
            srcs = ["test_failover.py"],
            mode = "cluster",
            dbservers = 3,
            replication_factor = 2,
        )

    Args:
      name: name of the target.
      size: size of the test; unless set, medium (5 minutes) for a single server and large (15 minutes) else.
      tags: tags of the target; a cluster counts as two processors unless a tag `cpu:N` is there.
      deployment: label of an arangodb_deployment, instead of the topology attributes.
      **kwargs: srcs, deps, data, env, pytest_args, server, timings, what counts as a failure beside failed cases (leaks,
        log_errors, allowed_log_lines, allowed_sanitizer_reports, case_timeout_s, case_attempts), how the run is watched
        (monitor_interval_ms, monitor_findings, memory_growth_limit_mb, memory_growth_window_s, stuck_after_probes,
        cpu_spin_percent, cpu_spin_s), the topology attributes of arangodb_deployment, and the attributes that all tests have.
    """
    given, others = split_topology(kwargs)
    _arangodb_test(
        name = name,
        deployment = deployment,
        given = sorted(given),
        **dict(_costs(size, tags, bool(deployment) or given.get("mode") == "cluster"), **dict(others, **given))
    )

def arangodb_binary_test(name, test, size = None, tags = None, deployment = None, **kwargs):
    """Runs a program in any language against a deployment of ArangoDB.

        arangodb_binary_test(
            name = "driver_test",
            mode = "cluster",
            test = ":driver_gtest",
        )

    The program finds the deployment in its environment (ARANGO_ENDPOINTS, ARANGO_USERNAME, ARMADILLO_DEPLOYMENT ...: see
    docs/any_language.md). Exit code 0 is a pass; the cases of the file that it writes to XML_OUTPUT_FILE become those of
    this target. `armadilloctl` on its PATH stops, kills and starts servers, and injects faults.

    Args:
      name: name of the target.
      test: label of the program; one that is a test by itself should be tagged `manual`.
      size: size of the test; unless set, medium (5 minutes) for a single server and large (15 minutes) else.
      tags: tags of the target; a cluster counts as two processors unless a tag `cpu:N` is there.
      deployment: label of an arangodb_deployment, instead of the topology attributes.
      **kwargs: args, data, env, server, the attributes of arangodb_test about what counts as a failure but leaks and
        case_attempts, and about how the run is watched, the topology attributes of arangodb_deployment, and the
        attributes that all tests have.
    """
    given, others = split_topology(kwargs)
    _arangodb_binary_test(
        name = name,
        test = test,
        deployment = deployment,
        given = sorted(given),
        **dict(_costs(size, tags, bool(deployment) or given.get("mode") == "cluster"), **dict(others, **given))
    )
