"""Analysis tests: what a target says when it is analysed, with the wrong attributes or the right ones.

    refused_test(name = "even_agents_test", target = ":even_agents", says = ["agents = 4", "an odd number"])
    deployment_test(name = "defaults_test", target = ":cluster", expected = {"agents": 3, ...})

The targets under test are tagged `manual`: `//...` would stop at them.
"""

load("//rules:defs.bzl", "ArangodbDeploymentInfo", "ArangodbTestInfo")

_refusal_allowed = analysis_test_transition(settings = {
    "//command_line_option:allow_analysis_failures": True,
})

def _result(problems):
    return [AnalysisTestResultInfo(success = not problems, message = "\n".join(problems) or "as expected")]

def _refused_test_impl(ctx):
    # A label with a transition arrives as a list.
    target = ctx.attr.target[0]
    if AnalysisFailureInfo not in target:
        return _result(["expected %s to be refused, but it was analysed without an error" % target.label])
    said = "\n".join([cause.message for cause in target[AnalysisFailureInfo].causes.to_list()])

    # What seeds a dataset speaks in the name of the dataset.
    wanted = [str(target.label).split("//")[-1].split(".seeding")[0]] + ctx.attr.says
    return _result([
        "expected the error to say: %s\nfound: %s" % (text, said)
        for text in wanted
        if text not in said
    ])

_refused_test = rule(
    implementation = _refused_test_impl,
    attrs = {
        "says": attr.string_list(mandatory = True),
        "target": attr.label(mandatory = True, cfg = _refusal_allowed),
    },
    analysis_test = True,
)

def refused_test(name, target, says):
    """Passes when the target is refused with these words, and its own name.

    Args:
      name: name of the test.
      target: label of the target under test.
      says: (list of string) texts that the error must hold: the broken law and the fix.
    """
    _refused_test(name = name, target = target, says = says)

def _deployment_test_impl(ctx):
    target = ctx.attr.target
    info = target[ArangodbTestInfo].deployment if ArangodbTestInfo in target else target[ArangodbDeploymentInfo]
    expected = json.decode(ctx.attr.expected)
    found = json.decode(json.encode(info.deployment))
    problems = [
        "%s: expected %r, found %r" % (name, expected.get(name), found.get(name))
        for name in sorted(dict(expected, **found))
        if expected.get(name) != found.get(name)
    ]
    if info.servers != ctx.attr.servers:
        problems.append("servers: expected %r, found %r" % (ctx.attr.servers, info.servers))
    return _result(problems)

_deployment_test = rule(
    implementation = _deployment_test_impl,
    attrs = {
        "expected": attr.string(mandatory = True),
        "servers": attr.string_list(mandatory = True),
        "target": attr.label(mandatory = True),
    },
    analysis_test = True,
)

def deployment_test(name, target, expected, servers):
    """Passes when a target's Deployment message and its servers are exactly these.

    Args:
      name: name of the test.
      target: label of an arangodb_deployment or an arangodb_test.
      expected: (dict) the message with proto field names.
      servers: (list of string) names of the servers.
    """
    _deployment_test(name = name, target = target, expected = json.encode(expected), servers = servers)
