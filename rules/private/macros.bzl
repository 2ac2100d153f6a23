"""The macros behind the public names: they know which attributes a BUILD file sets, and choose what rules cannot."""

load(":arangodb_binary_test.bzl", _arangodb_binary_test = "arangodb_binary_test")
load(":arangodb_deployment.bzl", _arangodb_deployment = "arangodb_deployment")
load(":arangodb_test.bzl", _arangodb_test = "arangodb_test")
load(":costs.bzl", "costs_of")
load(":exec_properties.bzl", "checked_exec_properties")
load(":ide_test.bzl", _ide_test = "py_test")
load(":topology.bzl", "split_topology")

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

def arangodb_test(
        name,
        size = None,
        timeout = None,
        tags = None,
        deployment = None,
        sanitizer = False,
        exec_properties = None,
        ide_target = False,
        **kwargs):
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
      timeout: timeout of the test; unless set, that of the size.
      tags: tags of the target; those about processors and memory are computed from the topology unless tags `cpu:N`
        and `resources:memory:N` are there.
      deployment: label of an arangodb_deployment, instead of the topology attributes.
      sanitizer: whether the target is meant for a sanitizer build: it then gets the next longer timeout, twice the
        processors and three times the memory.
      exec_properties: what a farm selects workers by; none unless set. Strings as everywhere in Bazel, and for one kind of
        deployment a dict: `{"OSFamily": "linux", "cluster": {"pool": "large"}}`. Kinds are single_server, cluster, lab
        (`network = "lab"`) and sanitizer; the later wins.
      ide_target: whether there is a target `<name>.ide`, too, which plug-ins of IDEs know as a Python test. It is tagged
        `manual`.
      **kwargs: srcs, deps, data, env, pytest_args, server, dataset, timings, what counts as a failure beside failed cases (leaks,
        log_errors, allowed_log_lines, allowed_sanitizer_reports, case_timeout_s, case_attempts), how the run is watched
        (monitor_interval_ms, monitor_findings, memory_growth_limit_mb, memory_growth_window_s, stuck_after_probes,
        cpu_spin_percent, cpu_spin_s), the topology attributes of arangodb_deployment, and the attributes that all tests have.
    """
    given, others = split_topology(kwargs)
    shared = deployment or kwargs.get("dataset")
    exec_properties = checked_exec_properties(name, exec_properties, given, shared, sanitizer)
    costs = costs_of(given, shared, sanitizer, bool(kwargs.get("upgrade_to")), size, timeout, tags)
    _arangodb_test(
        name = name,
        deployment = deployment,
        exec_properties = exec_properties,
        given = sorted(given),
        **dict(dict(others, **given), **costs)
    )
    if ide_target:
        _ide_test(
            name = name + ".ide",
            srcs = kwargs.get("srcs"),
            deps = kwargs.get("deps"),
            exec_properties = exec_properties,
            size = costs["size"],
            tags = costs["tags"] + ["manual"],
            test = name,
            testonly = kwargs.get("testonly"),
            timeout = costs["timeout"],
            visibility = kwargs.get("visibility"),
        )

def arangodb_binary_test(
        name,
        test,
        size = None,
        timeout = None,
        tags = None,
        deployment = None,
        sanitizer = False,
        exec_properties = None,
        **kwargs):
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
      timeout: timeout of the test; unless set, that of the size.
      tags: tags of the target; those about processors and memory are computed from the topology unless tags `cpu:N`
        and `resources:memory:N` are there.
      deployment: label of an arangodb_deployment, instead of the topology attributes.
      sanitizer: whether the target is meant for a sanitizer build: it then gets the next longer timeout, twice the
        processors and three times the memory.
      exec_properties: what a farm selects workers by; none unless set. Strings as everywhere in Bazel, and for one kind of
        deployment a dict: `{"OSFamily": "linux", "cluster": {"pool": "large"}}`. Kinds are single_server, cluster, lab
        (`network = "lab"`) and sanitizer; the later wins.
      **kwargs: args, data, env, server, dataset, the attributes of arangodb_test about what counts as a failure but leaks and
        case_attempts, and about how the run is watched, the topology attributes of arangodb_deployment, and the
        attributes that all tests have.
    """
    given, others = split_topology(kwargs)
    shared = deployment or kwargs.get("dataset")
    exec_properties = checked_exec_properties(name, exec_properties, given, shared, sanitizer)
    costs = costs_of(given, shared, sanitizer, False, size, timeout, tags)
    _arangodb_binary_test(
        name = name,
        test = test,
        deployment = deployment,
        exec_properties = exec_properties,
        given = sorted(given),
        **dict(dict(others, **given), **costs)
    )
