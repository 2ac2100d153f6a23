"""The attributes of a deployment, the laws between them, and the Deployment message that they become.

`deployment_from` is a pure function of the attributes' values: analysis tests and the rules use the same one.
"""

load(":messages.bzl", "messages")
load(":server_options.bzl", "OWNED_OPTIONS", "option_name")

MODES = ["single_server", "cluster"]
FAULTS = ["clock", "disk", "network"]
NETWORKS = ["auto", "lab", "leases", "host"]
REQUIREMENTS = ["enterprise", "failure_points", "maintainer_build", "real_arangodb", "sanitizer", "v8"]
COMPARISONS = [">=", "<=", "==", "<", ">"]

CLUSTER_DEFAULTS = {"agents": 3, "coordinators": 1, "dbservers": 3}
_CLUSTER_ONLY = [
    "agent_args",
    "agents",
    "coordinator_args",
    "coordinators",
    "dbserver_args",
    "dbservers",
    "force_one_shard",
    "replication_factor",
    "write_concern",
]
_START_TIMEOUT_S = {"cluster": 120, "single_server": 60}
_STOP_TIMEOUT_S = 60

TOPOLOGY_ATTRIBUTES = {
    "agent_args": attr.string_list(doc = "Options of the agents."),
    "agents": attr.int(doc = "Number of agents: odd, so that a majority is clear. A cluster has 3 unless set."),
    "args_of": attr.string_list_dict(doc = 'Options of one server by its name: {"dbserver-2": ["--log.level=debug"]}.'),
    "authentication": attr.bool(default = True, doc = "JWT and root login, with secrets made anew for each run."),
    "coordinator_args": attr.string_list(doc = "Options of the coordinators."),
    "coordinators": attr.int(doc = "Number of coordinators. A cluster has 1 unless set."),
    "dbserver_args": attr.string_list(doc = "Options of the dbservers."),
    "dbservers": attr.int(doc = "Number of dbservers. A cluster has 3 unless set."),
    "faults": attr.string_list(
        doc = 'What is prepared for faults before servers start: "network" (link proxies where there is no lab), ' +
              '"disk" (servers start below a supervisor of their file operations), "clock" (servers start with a ' +
              "clock of their own). All other faults need no preparation.",
    ),
    "force_one_shard": attr.bool(doc = "All collections of a database have one shard, on one dbserver."),
    "memory_mb": attr.int(doc = "Memory in MiB that all servers together take for the machine's; 0: the real one."),
    "mode": attr.string(default = "single_server", doc = '"single_server" or "cluster".'),
    "network": attr.string(
        default = "auto",
        doc = '"auto": the lab where the machine allows it, else "leases". "lab": namespaces of the run\'s own, in ' +
              'which every server has its own network; else the run fails. "leases": leased 127.x.y.z addresses ' +
              'inside Bazel\'s network sandbox. "host": leased addresses, and the outside can be reached.',
    ),
    "replication_factor": attr.int(doc = "Default for new collections; 0 leaves the server's own, which is 1."),
    "requires": attr.string_list(
        doc = "What the server must have, else the cases are skipped with the reason: " +
              ", ".join(REQUIREMENTS) + ", version>=3.12.4 (and <=, ==, <, >).",
    ),
    "server_args": attr.string_list(doc = "Options of every server; one word each, the last one wins."),
    "server_env": attr.string_dict(doc = "Environment variables of every server."),
    "start_timeout_s": attr.int(doc = "Seconds until all servers are ready; 60, and 120 for a cluster, unless set."),
    "stop_timeout_s": attr.int(doc = "Seconds for each role to stop; 60 unless set."),
    "write_concern": attr.int(doc = "Default for new collections; 0 leaves the server's own, which is 1."),
}

def server_names(counts):
    """Names of all servers, as `args_of` and the runner know them.

    Args:
      counts: (dict) number of servers by role name.

    Returns:
      (list of string) for example ["agent-1", "dbserver-1", "coordinator-1"].
    """
    return [
        "%s-%d" % (role, number + 1)
        for role in ["single", "agent", "dbserver", "coordinator"]
        for number in range(counts.get(role, 0))
    ]

def _counts(values):
    if values["mode"] != "cluster":
        return {"single": 1}
    return {role: values[role + "s"] for role in ["agent", "dbserver", "coordinator"]}

def _check_numbers(label, values, given):
    errors = []
    for name in ["agents", "dbservers", "coordinators"]:
        if values[name] < 1:
            errors.append(messages.too_few(label, name, values[name]))
    if values["agents"] > 0 and values["agents"] % 2 == 0:
        errors.append(messages.even_agents(label, values["agents"]))
    for name in ["replication_factor", "write_concern"]:
        if name in given and values[name] < 1:
            errors.append(messages.too_few(label, name, values[name]))
    replication = values["replication_factor"]
    if replication > values["dbservers"]:
        errors.append(messages.too_many_replicas(label, replication, values["dbservers"]))
    if values["write_concern"] > max(replication, 1):
        errors.append(messages.write_concern_too_high(label, values["write_concern"], replication))
    return errors

def _check_words(label, values):
    errors = []
    if values["mode"] not in MODES:
        errors.append(messages.unknown_word(label, "mode", values["mode"], MODES))
    if values["network"] not in NETWORKS:
        errors.append(messages.unknown_word(label, "network", values["network"], NETWORKS))
    for word in values["faults"]:
        if word not in FAULTS:
            errors.append(messages.unknown_fault_family(label, word, FAULTS))
    for word in values["requires"]:
        if word not in REQUIREMENTS and not _is_version(word):
            errors.append(messages.unknown_word(label, "requires", word, REQUIREMENTS + ["version>=X.Y[.Z]"]))
    return errors

def _is_version(word):
    word = word.replace(" ", "")
    if not word.startswith("version"):
        return False
    for comparison in COMPARISONS:
        if word[len("version"):].startswith(comparison):
            numbers = word[len("version" + comparison):].split(".")
            return len(numbers) <= 3 and all([number.isdigit() for number in numbers])
    return False

def _check_options(label, values):
    errors = []
    lists = {name: values[name] for name in ["server_args", "agent_args", "dbserver_args", "coordinator_args"]}
    for server in sorted(values["args_of"]):
        lists['args_of["%s"]' % server] = values["args_of"][server]
    for place in lists:
        for word in lists[place]:
            name = option_name(word)
            if name in OWNED_OPTIONS:
                errors.append(messages.owned_option(label, place, word, OWNED_OPTIONS[name]))
    return errors

def _check_limits(label, values, given):
    return [
        messages.too_few(label, name, values[name])
        for name in ["memory_mb", "start_timeout_s", "stop_timeout_s"]
        if name in given and values[name] < 1
    ]

def check_topology(label, values, given):
    """All broken laws, as texts.

    Args:
      label: (Label) the target, for the texts.
      values: (dict) value of each topology attribute.
      given: (list of string) the attributes that the BUILD file sets.

    Returns:
      (list of string) empty when the deployment is possible.
    """
    errors = _check_words(label, values)
    if values["mode"] == "cluster":
        errors += _check_numbers(label, values, given)
    elif values["mode"] in MODES:
        errors += [messages.needs_cluster(label, name) for name in _CLUSTER_ONLY if name in given]
    errors += _check_limits(label, values, given)
    errors += _check_options(label, values)
    known = server_names(_counts(values))
    for server in sorted(values["args_of"]):
        if server not in known:
            errors.append(messages.unknown_server(label, server, known))
    return errors

def _with_defaults(values, given):
    values = dict(values)
    if values["mode"] == "cluster":
        for name, number in CLUSTER_DEFAULTS.items():
            if name not in given:
                values[name] = number
    return values

def deployment_from(label, values, given):
    """The Deployment message of a topology; fails with all broken laws.

    Args:
      label: (Label) the target, for the texts.
      values: (dict) value of each topology attribute.
      given: (list of string) the attributes that the BUILD file sets.

    Returns:
      (dict) armadillo_api.v1.Deployment with proto field names; what is not set is left out.
    """
    values = _with_defaults(values, given)
    errors = check_topology(label, values, given)
    if errors:
        fail("".join(errors))
    deployment = {
        "authentication": values["authentication"],
        "mode": values["mode"].upper(),
        "network": values["network"].upper(),
        "start_timeout_s": values["start_timeout_s"] or _START_TIMEOUT_S[values["mode"]],
        "stop_timeout_s": values["stop_timeout_s"] or _STOP_TIMEOUT_S,
    }
    if values["mode"] == "cluster":
        for name in ["agents", "dbservers", "coordinators", "replication_factor", "write_concern", "force_one_shard"]:
            if values[name]:
                deployment[name] = values[name]
    if values["faults"]:
        deployment["prepared_faults"] = sorted({word: True for word in values["faults"]})
    for name in ["requires", "server_args"]:
        if values[name]:
            deployment[name] = values[name]
    if values["server_env"]:
        deployment["env"] = values["server_env"]
    if values["memory_mb"]:
        deployment["memory_bytes"] = values["memory_mb"] * 1024 * 1024
    role_args = [
        {"args": values[role + "_args"], "role": role.upper()}
        for role in ["agent", "dbserver", "coordinator"]
        if values[role + "_args"]
    ]
    if role_args:
        deployment["role_args"] = role_args
    if values["args_of"]:
        deployment["named_server_args"] = [
            {"args": values["args_of"][server], "server": server}
            for server in sorted(values["args_of"])
        ]
    return deployment

def waiting_for_followers(deployment):
    """The deployment, with coordinators that answer the creation of a collection when its followers are in sync.

    The runner has them answer earlier. arangorestore writes right after it, and a write concern above 1 is not met then.

    Args:
      deployment: (dict) armadillo_api.v1.Deployment.

    Returns:
      (dict) another one; options that the target sets stand behind, and win.
    """
    if deployment["mode"] != "CLUSTER":
        return deployment
    args = ["--cluster.create-waits-for-sync-replication=true"]
    others = []
    for one in deployment.get("role_args", []):
        if one["role"] == "COORDINATOR":
            args += one["args"]
        else:
            others.append(one)
    return dict(deployment, role_args = others + [{"args": args, "role": "COORDINATOR"}])

def split_topology(kwargs):
    """Takes the topology attributes that are set out of a macro's arguments.

    Args:
      kwargs: (dict) the macro's arguments; None means not set.

    Returns:
      (tuple of two dicts) the topology attributes that are set, and the other arguments.
    """
    given = {name: value for name, value in kwargs.items() if name in TOPOLOGY_ATTRIBUTES and value != None}
    others = {name: value for name, value in kwargs.items() if name not in TOPOLOGY_ATTRIBUTES}
    return given, others
