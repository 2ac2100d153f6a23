"""Tests of `exec_properties`: what a table by kind of deployment gives, and that every macro hands it on."""

load("//rules:defs.bzl", "arangodb_binary_test", "arangodb_dataset", "arangodb_test", "arangodb_upgrade_test")
load("//rules/private:exec_properties.bzl", "exec_properties_of", "exec_property_errors")
load(":value_test.bzl", "equal_test", "matrix_test", "says_test")

# A table of all kinds, and what a target gets of it: name -> (arguments of exec_properties_of beside the table, properties).
_POOLS = {
    "OSFamily": "linux",
    "cluster": {"pool": "large"},
    "lab": {"namespaces": "yes"},
    "sanitizer": {"memory": "much", "pool": "sanitizer"},
    "single_server": {"pool": "small"},
}
_EXEC_PROPERTIES = {
    "exec_properties_of_a_cluster": ({"given": {"mode": "cluster"}}, {"OSFamily": "linux", "pool": "large"}),
    "exec_properties_of_a_lab": (
        {"given": {"network": "lab"}},
        {"OSFamily": "linux", "namespaces": "yes", "pool": "small"},
    ),
    "exec_properties_of_a_sanitizer_build": (
        {"given": {"mode": "cluster"}, "sanitizer": True},
        {"OSFamily": "linux", "memory": "much", "pool": "sanitizer"},
    ),
    "exec_properties_of_a_shared_deployment": ({"deployment": ":shared"}, {"OSFamily": "linux", "pool": "large"}),
    "exec_properties_of_a_single_server": ({}, {"OSFamily": "linux", "pool": "small"}),
}

_COMMON = {"exec_properties": _POOLS, "tags": ["manual"]}

def exec_property_tests(name):
    """The tests of exec properties.

    Args:
      name: name of the suite of these tests.
    """
    tests = ["exec_properties_of_no_kind_test", "exec_properties_of_all_macros_test"]
    for case, (arguments, properties) in _EXEC_PROPERTIES.items():
        equal_test(case + "_test", exec_properties_of(_POOLS, **arguments), properties)
        tests.append(case + "_test")
    says_test(
        "exec_properties_of_no_kind_test",
        "".join(exec_property_errors("//x:suite", dict(_POOLS, clutser = {"pool": "large"}))),
        ["//x:suite", "\"clutser\"", "\"single_server\", \"cluster\""],
    )

    # Never run: only their attributes are looked at.
    arangodb_test(name = "pooled", srcs = ["example_test.py"], ide_target = True, mode = "cluster", **_COMMON)
    arangodb_binary_test(name = "pooled.program", test = "program.sh", **_COMMON)
    arangodb_upgrade_test(
        name = "pooled.upgrade",
        srcs = ["example_test.py"],
        from_server = "//tools/arangod_standin:server",
        to_server = "//tools/arangod_standin:server_4_0",
        **_COMMON
    )
    arangodb_dataset(name = "pooled.dataset", files = {"example.jsonl": "people"}, mode = "cluster", **_COMMON)
    large = {"exec_properties": '{"OSFamily": "linux", "pool": "large"}'}
    small = {"exec_properties": '{"OSFamily": "linux", "pool": "small"}'}
    matrix_test(
        name = "exec_properties_of_all_macros_test",
        expected = {
            "pooled": large,
            "pooled.dataset": large,
            "pooled.dataset.seeding": {},
            "pooled.ide": large,
            "pooled.program": small,
            "pooled.upgrade": small,
        },
        prefix = "pooled",
    )
    native.test_suite(name = name, tests = tests)
