"""A suite of equal targets, for the measurement of how many of them run in a minute."""

load("//rules:defs.bzl", "arangodb_test")

_TARGETS = 16

def many_targets(name, **topology):
    """Makes the targets `<name>_0` and so on, and a suite of them.

    Args:
      name: name of the suite.
      **topology: topology attributes of each target.
    """
    names = ["%s_%d" % (name, number) for number in range(_TARGETS)]
    for target in names:
        arangodb_test(
            name = target,
            srcs = ["test_one_document.py"],
            tags = ["manual"],
            **topology
        )
    native.test_suite(name = name, tags = ["manual"], tests = names)
