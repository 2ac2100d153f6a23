"""arangod's options that a BUILD file must not set by hand, because an attribute or the runner sets them.

Both would end up on one command line, where the last one wins: the deployment would then not be the one that its
attributes, the spec and the reports say.
"""

# Option -> what sets it: an attribute's name, or "" for the runner itself.
OWNED_OPTIONS = {
    "agency.activate": "mode",
    "agency.endpoint": "",
    "agency.my-address": "",
    "agency.size": "agents",
    "cluster.agency-endpoint": "",
    "cluster.default-replication-factor": "replication_factor",
    "cluster.force-one-shard": "force_one_shard",
    "cluster.my-address": "",
    "cluster.my-advertised-endpoint": "",
    "cluster.my-role": "mode",
    "cluster.write-concern": "write_concern",
    "configuration": "",
    "database.directory": "",
    "javascript.app-path": "",
    "javascript.startup-directory": "server",
    "log.file": "",
    "server.authentication": "authentication",
    "server.endpoint": "",
    "server.jwt-secret": "authentication",
    "server.jwt-secret-folder": "authentication",
    "server.jwt-secret-keyfile": "authentication",
    "temp.path": "",
}

def option_name(word):
    """The name of the option that a word of a command line sets; "" when the word is a value.

    Args:
      word: (string) for example "--server.authentication=false".

    Returns:
      (string) for example "server.authentication".
    """
    if word == "-c":
        return "configuration"
    if not word.startswith("--"):
        return ""
    return word[2:].split("=")[0].strip()
