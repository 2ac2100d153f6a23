"""Tests of what is computed while BUILD files are loaded: costs, the combinations of a matrix, the targets it makes."""

load("//rules/private:costs.bzl", "costs_of")
load("//rules/private:test_matrix.bzl", "matrix_cells", "parameters_text", "topology_errors")

def _value_test_impl(ctx):
    problems = ["expected: %s\nfound:    %s" % (ctx.attr.expected, ctx.attr.found)]
    passed = ctx.attr.found == ctx.attr.expected
    if ctx.attr.missing:
        problems = ["expected the text to say: %s\nfound: %s" % (text, ctx.attr.found) for text in ctx.attr.missing]
        passed = False
    return [AnalysisTestResultInfo(success = passed, message = "as expected" if passed else "\n".join(problems))]

_value_test = rule(
    implementation = _value_test_impl,
    attrs = {
        "expected": attr.string(),
        "found": attr.string(),
        "missing": attr.string_list(),
    },
    analysis_test = True,
)

def equal_test(name, found, expected):
    """Passes when two values are equal.

    Args:
      name: name of the test.
      found: (any JSON value) what was computed.
      expected: (any JSON value) what it should be.
    """
    _value_test(name = name, found = json.encode(found), expected = json.encode(expected))

def says_test(name, found, says):
    """Passes when a text holds all others.

    Args:
      name: name of the test.
      found: (string) the text.
      says: (list of string) what must stand in it.
    """
    _value_test(
        name = name,
        expected = found,
        found = found,
        missing = [text for text in says if text not in found],
    )

# Name -> (arguments of costs_of, size, timeout, tags).
_COSTS = {
    "costs_of_a_single_server": ({"given": {}}, "medium", None, ["resources:memory:300"]),
    "costs_of_a_cluster": (
        {"given": {"mode": "cluster"}},
        "large",
        None,
        ["cpu:2", "resources:memory:1200"],
    ),
    "costs_of_a_large_cluster": (
        {"given": {"agents": 5, "coordinators": 3, "dbservers": 5, "mode": "cluster"}},
        "large",
        None,
        ["cpu:4", "resources:memory:2100"],
    ),
    "costs_of_a_sanitizer_build": (
        {"given": {}, "sanitizer": True},
        "medium",
        "long",
        ["cpu:2", "resources:memory:600"],
    ),
    "costs_of_an_upgrade": ({"given": {}, "upgrade": True}, "large", None, ["resources:memory:300"]),
    "costs_of_limited_memory": ({"given": {"memory_mb": 512}}, "medium", None, ["resources:memory:662"]),
    "costs_that_are_set": (
        {
            "given": {"mode": "cluster"},
            "sanitizer": True,
            "size": "enormous",
            "tags": ["mine", "cpu:1", "resources:memory:10"],
            "timeout": "short",
        },
        "enormous",
        "short",
        ["mine", "cpu:1", "resources:memory:10"],
    ),
}

# Name -> (arguments of matrix_cells beside the label, texts of its errors).
_BAD_MATRICES = {
    "matrix_key_with_a_dot": (
        {"servers": ["3.12"]},
        ["servers has the key \"3.12\"", "write a version as 3_12"],
    ),
    "matrix_with_exclusion_of_other_depth": (
        {"exclude": ["old"], "servers": ["old", "new"], "topologies": ["single"]},
        ["exclude has \"old\", which fits no combination", "2 parts", "\"old.single\", \"new.single\""],
    ),
    "matrix_with_nothing": ({}, ["//x:suite", "servers, topologies and parameters are empty"]),
    "matrix_with_nothing_left": ({"exclude": ["*"], "servers": ["old"]}, ["leaves no combination of: \"old\""]),
    "matrix_with_unknown_exclusion": (
        {"exclude": ["3_11.*"], "servers": ["3_12"], "topologies": ["single", "cluster"]},
        ["exclude has \"3_11.*\"", "\"3_12.single\", \"3_12.cluster\""],
    ),
}

def _cells(**given):
    given = dict({name: [] for name in ["servers", "topologies", "parameters", "exclude"]}, **given)
    return matrix_cells("//x:suite", **given)

def computed_values(name):
    """The tests of costs and of combinations.

    Args:
      name: name of the suite of these tests.
    """
    tests = []
    for case, (arguments, size, timeout, tags) in _COSTS.items():
        equal_test(case + "_test", costs_of(**arguments), {"size": size, "tags": tags, "timeout": timeout})
        tests.append(case + "_test")
    for case, (arguments, says) in _BAD_MATRICES.items():
        says_test(case + "_test", "".join(_cells(**arguments).errors), says)
        tests.append(case + "_test")

    says_test(
        "matrix_topology_without_a_meaning_test",
        "".join(topology_errors("//x:suite", {
            "cluster": {"dataset": ":people", "mode": "cluster", "size": "small"},
            "shared": ":shared",
        })),
        ["//x:suite", "topologies[\"cluster\"] sets \"size\"", "the same for all targets"],
    )
    tests.append("matrix_topology_without_a_meaning_test")
    says_test(
        "matrix_parameter_like_a_label_test",
        parameters_text({"count": 3, "path": "$(nothing)"}),
        ["\"count\":3", "\"path\":\"\\u0024(nothing)\""],
    )
    tests.append("matrix_parameter_like_a_label_test")
    found = _cells(
        servers = ["3_12", "4_0"],
        topologies = ["single", "cluster"],
        parameters = ["few", "many"],
        exclude = ["3_12.*.many", "*.single.few"],
    )
    equal_test(
        "matrix_cells_test",
        [cell["name"] for cell in found.cells],
        ["3_12.cluster.few", "4_0.single.many", "4_0.cluster.few", "4_0.cluster.many"],
    )
    native.test_suite(name = name, tests = tests + ["matrix_cells_test"])

def matrix_test(name, prefix, expected):
    """Passes when macros of this package have made exactly these targets: of a matrix, one for each cell, and one suite.

    Args:
      name: name of the test.
      prefix: name of the matrix, or what stands before the first dot of all names.
      expected: (dict) target -> attributes that it must have.
    """
    rules = native.existing_rules()
    found = {
        target: {
            attribute: str(rules[target].get(attribute))
            for attribute in expected.get(target, {})
        }
        for target in rules
        if target == prefix or target.startswith(prefix + ".")
    }
    equal_test(name, found, expected)
