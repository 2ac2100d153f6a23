"""aql_test: a query's result is what a file says. A test rule of our own, made of Armadillo's public parts."""

load("@armadillo//rules:defs.bzl", "ArangodbRunnerInfo", "ON_DEPLOYMENT_ATTRIBUTES", "run_on_deployment")

# Both are found beside the program, which is begun in the runfiles' root of the workspace.
_PROGRAM = """\
#!/bin/sh
exec {interpreter} -I -S {check} {query} {expected}
"""

def _aql_test_impl(ctx):
    files = [ctx.file._check, ctx.file.query, ctx.file.expected]
    program = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(program, _PROGRAM.format(
        check = ctx.file._check.short_path,
        expected = ctx.file.expected.short_path,
        interpreter = ctx.attr._arangodb_runner[ArangodbRunnerInfo].interpreter,
        query = ctx.file.query.short_path,
    ), is_executable = True)
    return run_on_deployment(ctx, program = program, runfiles = ctx.runfiles(files = files))

aql_test = rule(
    implementation = _aql_test_impl,
    attrs = dict(
        ON_DEPLOYMENT_ATTRIBUTES,
        expected = attr.label(allow_single_file = [".json"], mandatory = True, doc = "The result, as JSON."),
        query = attr.label(allow_single_file = [".aql"], mandatory = True, doc = "The query."),
        _check = attr.label(default = "//rules:check_query.py", allow_single_file = True),
    ),
    doc = "Runs a query against a deployment of ArangoDB and compares its result.",
    test = True,
)
