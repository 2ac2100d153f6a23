"""arangodb_test_matrix: the same tests on servers x topologies x parameters, one target for each combination."""

load(":macros.bzl", "arangodb_test")
load(":messages.bzl", "messages")
load(":topology.bzl", "split_topology")

_DIMENSIONS = ["servers", "topologies", "parameters"]

_BELONGS_TO_A_TOPOLOGY = ["dataset"]

def _is_key(text):
    return bool(text) and all([text[at].isalnum() or text[at] in "_-" for at in range(len(text))])

def _fits(pattern, keys):
    return all([part in ("*", key) for part, key in zip(pattern.split("."), keys)])

def _check(label, dimensions):
    errors = []
    for dimension, keys in dimensions:
        errors += [messages.bad_matrix_key(label, dimension, key) for key in keys if not _is_key(key)]
    if not dimensions:
        errors.append(messages.empty_matrix(label))
    return errors

def matrix_cells(label, servers, topologies, parameters, exclude):
    """The combinations that become targets; a pure function, for tests.

    Args:
      label: (string) the suite's name, for the texts.
      servers: (list of string) keys of the servers; empty: the dimension is not there.
      topologies: (list of string) the same for topologies.
      parameters: (list of string) the same for sets of parameters.
      exclude: (list of string) as of arangodb_test_matrix.

    Returns:
      (struct) `cells`, a list of dicts from dimension to key, each with its `name` ("3_12.cluster"), and `errors`.
    """
    given = dict(zip(_DIMENSIONS, [servers, topologies, parameters]))
    dimensions = [(dimension, given[dimension]) for dimension in _DIMENSIONS if given[dimension]]
    errors = _check(label, dimensions)
    if errors:
        return struct(cells = [], errors = errors)
    rows = [[]]
    for _, keys in dimensions:
        rows = [row + [key] for row in rows for key in keys]
    every = [".".join(row) for row in rows]
    excluded = {}
    for pattern in exclude:
        hit = [row for row in rows if len(pattern.split(".")) == len(dimensions) and _fits(pattern, row)]
        if not hit:
            errors.append(messages.exclusion_hits_nothing(label, pattern, len(dimensions), every))
        for row in hit:
            excluded[".".join(row)] = True
    wanted = [row for row in rows if ".".join(row) not in excluded]
    if not wanted and not errors:
        errors.append(messages.everything_excluded(label, exclude, every))
    return struct(
        cells = [
            dict(zip([dimension for dimension, _ in dimensions], row), name = ".".join(row))
            for row in wanted
        ],
        errors = errors,
    )

def topology_errors(label, topologies):
    """What is wrong with the topologies of a matrix; a pure function, for tests.

    Args:
      label: (string) the suite's name, for the texts.
      topologies: (dict) as of arangodb_test_matrix.

    Returns:
      (list of string)
    """
    errors = []
    for key, topology in topologies.items():
        others = {} if type(topology) == "string" else split_topology(topology)[1]
        unknown = sorted([name for name in others if name not in _BELONGS_TO_A_TOPOLOGY])
        if unknown:
            errors.append(messages.no_topology_attribute(label, key, unknown))
    return errors

def parameters_text(values):
    """Parameters as JSON without a dollar sign: `$(...)` in an environment variable would be taken for a label.

    Args:
      values: (dict) values by name.

    Returns:
      (string)
    """
    return json.encode(values).replace("$", "\\u0024")

def _attributes_of(topology):
    return {"deployment": topology} if type(topology) == "string" else topology

def arangodb_test_matrix(
        name,
        servers = {},
        topologies = {},
        parameters = {},
        exclude = [],
        sanitizer_servers = [],
        env = {},
        tags = None,
        visibility = None,
        **kwargs):
    """The same tests on every combination of servers, topologies and parameters, and a suite of all of them.

        arangodb_test_matrix(
            name = "documents_test",
            srcs = ["test_documents.py"],
            servers = {"3_12": "@arangodb_3_12//:server", "4_0": "@arangodb_4_0//:server"},
            topologies = {"single": {}, "cluster": {"mode": "cluster", "dbservers": 3}},
            exclude = ["4_0.single"],
        )

    makes the targets `documents_test.3_12.single`, `documents_test.3_12.cluster`, `documents_test.4_0.cluster` and the
    test_suite `documents_test`. A dimension that is left out has no part in the names.

    Args:
      name: name of the suite, and first part of each target's name.
      servers: (dict) key -> label of an arangodb_server.
      topologies: (dict) key -> topology attributes of arangodb_test as a dict, or the label of an arangodb_deployment. The
        dict may have a `dataset`, which is made for one topology.
      parameters: (dict) key -> dict from a parameter's name to its value; tests get it by the fixture `parameters`, and
        every process below them as JSON in the environment variable ARMADILLO_PARAMETERS.
      exclude: (list of string) combinations that are not made, as in the targets' names; a part may be `*`:
        "3_11.cluster", "*.single". One that fits no combination is an error.
      sanitizer_servers: (list of string) those keys of `servers` that are sanitizer builds: they get more time.
      env: environment variables of all targets.
      tags: tags of the targets.
      visibility: visibility of the targets and of the suite.
      **kwargs: all else that arangodb_test takes, for every target; a topology's own attributes win.
    """
    label = "//%s:%s" % (native.package_name(), name)
    found = matrix_cells(label, list(servers), list(topologies), list(parameters), exclude)
    errors = found.errors + topology_errors(label, topologies) + [
        messages.unknown_word(label, "sanitizer_servers", key, list(servers))
        for key in sanitizer_servers
        if key not in servers
    ]
    if errors:
        fail("".join(errors))
    tests = []
    for cell in found.cells:
        target = name + "." + cell["name"]
        attributes = dict(kwargs, **_attributes_of(topologies[cell["topologies"]] if "topologies" in cell else {}))
        if "servers" in cell:
            attributes["server"] = servers[cell["servers"]]
        if cell.get("servers") in sanitizer_servers:
            attributes["sanitizer"] = True
        own_env = dict(env)
        if "parameters" in cell:
            own_env["ARMADILLO_PARAMETERS"] = parameters_text(parameters[cell["parameters"]])
        arangodb_test(name = target, env = own_env, tags = tags, visibility = visibility, **attributes)
        tests.append(":" + target)
    native.test_suite(name = name, tests = tests, visibility = visibility)
