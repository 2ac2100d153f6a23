"""The table of what the rules refuse: wrong attributes, and what the error must say about them."""

load("//rules:defs.bzl", "arangodb_binary_test", "arangodb_dataset", "arangodb_deployment", "arangodb_server", "arangodb_test", "arangodb_upgrade_test")
load(":analysis_test.bzl", "refused_test")
load(":foreign_rule.bzl", "named_like_target_test")

# Name -> (attributes of an arangodb_deployment, texts of the law and the fix).
_DEPLOYMENTS = {
    "agent_args_without_cluster": ({"agent_args": ["--x=1"]}, ["agent_args", "mode = \"cluster\""]),
    "cluster_numbers_without_cluster": ({"dbservers": 2}, ["dbservers is set with mode", "remove dbservers"]),
    "even_agents": ({"agents": 4, "mode": "cluster"}, ["agents = 4", "odd number", "agents = 3 or agents = 5"]),
    "negative_memory": ({"memory_mb": -1}, ["memory_mb = -1", "at least 1"]),
    "no_agents": ({"agents": 0, "mode": "cluster"}, ["agents = 0", "at least 1"]),
    "no_coordinators": ({"coordinators": 0, "mode": "cluster"}, ["coordinators = 0"]),
    "no_dbservers": ({"dbservers": 0, "mode": "cluster"}, ["dbservers = 0"]),
    "option_of_an_attribute": (
        {"mode": "cluster", "server_args": ["--cluster.default-replication-factor=2"]},
        ["server_args has --cluster.default-replication-factor=2", "set the attribute `replication_factor`"],
    ),
    "option_of_one_server": (
        {"args_of": {"single-1": ["--server.authentication", "false"]}},
        ["args_of[\"single-1\"] has --server.authentication", "`authentication`"],
    ),
    "option_of_the_runner": (
        {"server_args": ["--server.endpoint=tcp://0.0.0.0:8529"]},
        ["--server.endpoint", "belongs to the runner"],
    ),
    "replication_above_dbservers": (
        {"dbservers": 2, "mode": "cluster", "replication_factor": 3},
        ["replication_factor = 3 with dbservers = 2", "dbservers = 3"],
    ),
    "unknown_fault_family": ({"faults": ["disc"]}, ["faults has \"disc\"", "\"disk\"", "before servers start"]),
    "unknown_mode": ({"mode": "active_failover"}, ["mode has \"active_failover\"", "\"single_server\", \"cluster\""]),
    "unknown_network": ({"network": "bridge"}, ["network has \"bridge\"", "\"leases\""]),
    "unknown_requirement": ({"requires": ["gpu"]}, ["requires has \"gpu\"", "version>=X.Y"]),
    "unknown_server": (
        {"args_of": {"dbserver-4": ["--x=1"]}, "mode": "cluster"},
        ["\"dbserver-4\"", "\"dbserver-3\", \"coordinator-1\""],
    ),
    "version_without_a_number": ({"requires": ["version>=new"]}, ["requires has \"version>=new\""]),
    "write_concern_above_replication": (
        {"mode": "cluster", "replication_factor": 2, "write_concern": 3},
        ["write_concern = 3 with replication_factor = 2", "write_concern = 2"],
    ),
    "write_concern_alone": (
        {"mode": "cluster", "write_concern": 2},
        ["write_concern = 2", "default of 1", "replication_factor = 2"],
    ),
    "zero_start_timeout": ({"start_timeout_s": 0}, ["start_timeout_s = 0"]),
}

# Name -> (attributes of an arangodb_test, texts).
_TESTS = {
    "dataset_of_another_kind": (
        {"dataset": ":example_dataset", "mode": "cluster", "srcs": ["example_test.py"]},
        [
            "the test has agent-1, agent-2",
            "its dataset //tests/framework/rules:example_dataset has single-1",
            "remove mode, agents",
        ],
    ),
    "deployment_and_topology": (
        {"agents": 3, "deployment": ":cluster_by_default", "srcs": ["example_test.py"]},
        ["deployment is set together with agents", "remove deployment"],
    ),
    "allowance_with_a_bad_day": (
        {"allowed_log_lines": {"refused": "until tomorrow: known"}, "srcs": ["example_test.py"]},
        ["allowed_log_lines", "until tomorrow: known", "until YYYY-MM-DD: "],
    ),
    "allowance_without_reason": (
        {"allowed_sanitizer_reports": {"leak": ""}, "srcs": ["example_test.py"]},
        ["allowed_sanitizer_reports", "a pattern and a reason"],
    ),
    "no_case_attempts": ({"case_attempts": 0, "srcs": ["example_test.py"]}, ["case_attempts = 0", "at least 1"]),
    "negative_case_timeout": ({"case_timeout_s": -1, "srcs": ["example_test.py"]}, ["case_timeout_s = -1", "at least 0"]),
    "no_srcs": ({"srcs": []}, ["srcs is empty", "test_x.py"]),
    "src_is_no_python": ({"srcs": ["example.txt"]}, ["example.txt", "`data`"]),
    "src_without_test_name": ({"srcs": ["helper.py"]}, ["helper.py", "test_*.py or *_test.py"]),
    "dump_to_nowhere": (
        {"srcs": ["example_test.py"], "upgrade_by_dump": True},
        ["upgrade_to is not", "arangodb_upgrade_test"],
    ),
    "unknown_consequence": ({"leaks": "maybe", "srcs": ["example_test.py"]}, ["leaks has \"maybe\"", "\"warn\""]),
}

# Name -> (attributes of a test rule that is made of our parts, texts).
_FOREIGN = {
    "program_with_the_name_of_its_target": ({}, ["has the name of the target", "ctx.label.name + \".sh\""]),
}

# Name -> (attributes of an arangodb_binary_test, texts).
_BINARY_TESTS = {
    "binary_in_a_shared_deployment_and_its_own": (
        {"agents": 3, "deployment": ":cluster_by_default", "test": "program.sh"},
        ["deployment is set together with agents"],
    ),
    "binary_that_is_a_group": (
        {"test": ":sources"},
        ["//tests/framework/rules:sources\" is nothing that can be run", "\"tests/framework/rules/BUILD.bazel\"", "one executable"],
    ),
    "binary_with_a_deployment": (
        {"test": ":example"},
        ["has a deployment of its own", "run //tests/framework/rules:example itself"],
    ),
    "binary_with_a_negative_timeout": (
        {"case_timeout_s": -1, "test": "program.sh"},
        ["case_timeout_s = -1", "at least 0"],
    ),
}

# Name -> (attributes of an arangodb_upgrade_test, texts).
_UPGRADES = {
    "upgrade_without_dump": (
        {
            "by_dump": True,
            "from_server": "//tools/arangod_standin:server_without_failover",
            "srcs": ["example_test.py"],
            "to_server": "//tools/arangod_standin:server_4_0",
        },
        ["//tools/arangod_standin:server_without_failover has no arangodump", "put it into `tools`", "upgrade in place"],
    ),
    "upgrade_without_restore": (
        {
            "by_dump": True,
            "from_server": "//tools/arangod_standin:server",
            "srcs": ["example_test.py"],
            "to_server": "//tools/arangod_standin:server_without_failover",
        },
        ["//tools/arangod_standin:server_without_failover has no arangorestore"],
    ),
}

# Name -> (attributes of an arangodb_dataset, texts). What refuses is the seeding behind it.
_DATASETS = {
    "dataset_of_another_format": (
        {"files": {"example.txt": "people"}},
        ["//tests/framework/rules:example.txt", "ends in .jsonl"],
    ),
    "dataset_of_nothing": ({}, ["script, files and dump are empty", "async def seed(arango)"]),
    "dataset_without_place": (
        {"files": {"example.jsonl": "shop/people/all"}},
        ["\"shop/people/all\"", "\"collection\" or \"database/collection\""],
    ),
    "dataset_without_restore": (
        {"dump": "example.txt", "server": "//tools/arangod_standin:server_without_failover"},
        ["//tools/arangod_standin:server_without_failover has no arangorestore", "put it into `tools`"],
    ),
}

_SERVERS = {
    "javascript_without_resources": (
        {"arangod": "example.txt", "javascript": "js"},
        ["javascript is set without resources"],
    ),
    "server_without_arangod": ({}, ["neither arangod nor missing is set"]),
    "unknown_layout": ({"arangod": "example.txt", "layout": "rpm"}, ["layout = \"rpm\"", "\"tarball\""]),
}

def refusals(name):
    """One wrong target and one test for each entry of the tables.

    Args:
      name: name of the suite of these tests.
    """
    tables = [
        (named_like_target_test, _FOREIGN),
        (arangodb_deployment, _DEPLOYMENTS),
        (arangodb_test, _TESTS),
        (arangodb_upgrade_test, _UPGRADES),
        (arangodb_binary_test, _BINARY_TESTS),
        (arangodb_server, _SERVERS),
    ]
    tests = []
    for wrong, (attributes, says) in _DATASETS.items():
        arangodb_dataset(name = wrong, tags = ["manual"], **attributes)
        refused_test(name = wrong + "_test", target = ":%s.seeding" % wrong, says = says)
        tests.append(wrong + "_test")
    for rule, table in tables:
        for wrong, (attributes, says) in table.items():
            rule(name = wrong, tags = ["manual"], **attributes)
            refused_test(name = wrong + "_test", target = ":" + wrong, says = says)
            tests.append(wrong + "_test")
    native.test_suite(name = name, tests = tests)
