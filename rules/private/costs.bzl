"""What a test target costs, computed from its topology: size, timeout, and tags about processors and memory.

Bazel runs as many tests side by side as their declared costs fit the machine; a test is one processor to it unless the
target says otherwise, however many servers it starts. All numbers here are defaults; docs/costs.md tells their origin.
"""

load(":topology.bzl", "CLUSTER_DEFAULTS")

# Two processors carry a cluster of seven servers; beyond eight, one more for each four.
_CLUSTER_CPUS = 2
_SERVERS_OF_A_CPU = 4

# Resident memory in MiB of a server that has little to do, and of the runner with the test process.
_SERVER_MB = 150
_RUNNER_MB = 150

# A sanitizer build needs that much more.
_SANITIZER_MEMORY = 3
_SANITIZER_CPUS = 2

_TIMEOUT_OF_SIZE = {"enormous": "eternal", "large": "long", "medium": "moderate", "small": "short"}
_NEXT_TIMEOUT = {"eternal": "eternal", "long": "eternal", "moderate": "long", "short": "moderate"}

def _number(given, name, default):
    """What a BUILD file sets, if it can be read now: a select() cannot, and counts as the default."""
    value = given.get(name)
    return value if type(value) == "int" and value > 0 else default

def _number_of_servers(given, deployment):
    if given.get("mode") != "cluster" and not deployment:
        return 1
    servers = 0
    for role, default in CLUSTER_DEFAULTS.items():
        servers += _number(given, role, default)
    return servers

def _has_tag(tags, prefix):
    return bool([tag for tag in tags if tag.startswith(prefix)])

def costs_of(given, deployment = None, sanitizer = False, upgrade = False, size = None, timeout = None, tags = None):
    """Size, timeout and tags of a test target; what is given stays as it is.

    Args:
      given: (dict) the topology attributes that are set.
      deployment: label of a shared topology. What it says is unknown while BUILD files are loaded: it counts as
        a cluster of default size.
      sanitizer: (bool) whether the target is meant for a sanitizer build.
      upgrade: (bool) whether every server is started three times over.
      size: the size that the BUILD file sets.
      timeout: the timeout that the BUILD file sets.
      tags: (list of string) the tags that the BUILD file sets.

    Returns:
      (dict) size, timeout (None: that of the size) and tags, as attributes of a test rule.
    """
    servers = _number_of_servers(given, deployment)
    is_cluster = servers > 1
    tags = list(tags or [])
    own_size = size or ("large" if is_cluster or upgrade else "medium")
    if sanitizer and not timeout:
        timeout = _NEXT_TIMEOUT[_TIMEOUT_OF_SIZE[own_size]] if own_size in _TIMEOUT_OF_SIZE else None

    cpus = max(_CLUSTER_CPUS, (servers + _SERVERS_OF_A_CPU - 1) // _SERVERS_OF_A_CPU) if is_cluster else 1
    if sanitizer:
        cpus *= _SANITIZER_CPUS
    if cpus > 1 and not _has_tag(tags, "cpu:") and not _has_tag(tags, "resources:cpu:"):
        tags.append("cpu:%d" % cpus)

    memory_mb = _number(given, "memory_mb", servers * _SERVER_MB * (_SANITIZER_MEMORY if sanitizer else 1))
    if not _has_tag(tags, "resources:memory:"):
        tags.append("resources:memory:%d" % (memory_mb + _RUNNER_MB))
    return {"size": own_size, "tags": tags, "timeout": timeout}
