"""arangodb_upgrade_test: tests that upgrade their deployment while they watch."""

load(":macros.bzl", "arangodb_test")

def arangodb_upgrade_test(name, from_server, to_server, by_dump = False, **kwargs):
    """Runs pytest files against a deployment of one server, which the fixture `upgrade` brings to another.

        arangodb_upgrade_test(
            name = "rolling_upgrade_test",
            srcs = ["test_rolling_upgrade.py"],
            from_server = "@arangodb_3_12//:server",
            mode = "cluster",
            replication_factor = 2,
            to_server = "@arangodb_4_0//:server",
        )

    An upgrade that ArangoDB does not allow (a skipped minor version, a downgrade) fails before any server is started,
    unless the data come over by a dump. The versions are what the two binaries say, so this is no error of the build.

    Args:
      name: name of the target.
      from_server: label of the arangodb_server that the deployment starts with.
      to_server: label of the arangodb_server that it is upgraded to.
      by_dump: whether the test brings the data over by `upgrade.by_dump()`: any two versions will do then; the first server
        needs an arangodump, the second an arangorestore.
      **kwargs: all that arangodb_test takes, but `server`.
    """
    arangodb_test(name = name, server = from_server, upgrade_by_dump = by_dump, upgrade_to = to_server, **kwargs)
