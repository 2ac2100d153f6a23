"""The texts about upgrades with which analysis ends; built as those in messages.bzl."""

load(":messages.bzl", "words")

def _no_dump_tool(label, server, tool, purpose):
    return words.text(
        label,
        "by_dump is set, and the server %s has no %s" % (server, tool),
        "%s by the %s of this distribution" % (purpose, tool),
        [
            "put it into `tools` of %s" % server,
            "or upgrade in place, without by_dump, where the versions allow it",
        ],
    )

def _by_dump_to_nowhere(label):
    return words.text(label, "upgrade_by_dump is set, and upgrade_to is not", "a server that the dump is brought to", [
        "use arangodb_upgrade_test with from_server, to_server and by_dump = True",
    ])

upgrade_messages = struct(
    by_dump_to_nowhere = _by_dump_to_nowhere,
    no_dump_tool = _no_dump_tool,
)
