"""The macro behind the public name arangodb_dataset."""

load(":arangodb_dataset.bzl", "SEEDING_SUFFIX", "arangodb_seeding", _arangodb_dataset = "arangodb_dataset")
load(":exec_properties.bzl", "checked_exec_properties")
load(":topology.bzl", "split_topology")

# What both targets of a dataset have.
_COMMON = ["compatible_with", "exec_compatible_with", "restricted_to", "target_compatible_with", "testonly"]

def arangodb_dataset(name, tags = [], visibility = None, exec_properties = None, **kwargs):
    """Seeds a deployment once, in a build action, for the `dataset` of any number of tests.

        arangodb_dataset(
            name = "people",
            files = {"people.jsonl": "people"},
            script = "people.py",
        )

        arangodb_test(
            name = "people_test",
            srcs = ["people_test.py"],
            dataset = ":people",
        )

    Building it writes `<name>.tar`: the data directories of the stopped servers, and who made them.

    Args:
      name: name of the target.
      tags: tags of the target.
      visibility: visibility of the target.
      exec_properties: what a farm selects workers by for the action that seeds, as of arangodb_test.
      **kwargs: script, dump, dump_database, files, data, deps, env, server, timeout_s, the attributes of arangodb_test
        about what counts as a failure but leaks and case_attempts, and about how the run is watched, and the topology
        attributes of arangodb_deployment or `deployment`.
    """
    given, others = split_topology(kwargs)
    exec_properties = checked_exec_properties(name, exec_properties, given, others.get("deployment"))
    common = {name: value for name, value in others.items() if name in _COMMON}
    arangodb_seeding(
        name = name + SEEDING_SUFFIX,
        given = sorted(given),
        tags = tags + ["manual"],
        visibility = ["//visibility:private"],
        **dict(others, **given)
    )
    _arangodb_dataset(
        name = name,
        exec_properties = exec_properties,
        seeding = ":" + name + SEEDING_SUFFIX,
        tags = tags,
        visibility = visibility,
        **common
    )
