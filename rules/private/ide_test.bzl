"""What IDEs know as a Python test: an arangodb_test under the name of a rule that stands in their tables.

The plug-ins look for the name of the rule's class, `py_test`, and run nothing but their generic runner for others. A
target of that class with the same sources costs an analysis of its own, so it is made for those alone who want it, and
tagged `manual`.
"""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "ArangodbTestInfo")
load(":run_on_deployment.bzl", "execution_requirements")

def _py_test_impl(ctx):
    test = ctx.attr.test
    info = test[ArangodbTestInfo]
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = launcher,
        target_file = test[DefaultInfo].files_to_run.executable,
        is_executable = True,
    )
    return [
        DefaultInfo(
            executable = launcher,
            files = depset([launcher]),
            runfiles = ctx.runfiles().merge(test[DefaultInfo].default_runfiles),
        ),
        test[PyInfo],
        info,
        testing.ExecutionInfo(execution_requirements(info.deployment)),
    ]

py_test = rule(
    implementation = _py_test_impl,
    attrs = {
        "deps": attr.label_list(providers = [PyInfo], doc = "As of the test, for IDEs to index."),
        "srcs": attr.label_list(allow_files = True, doc = "As of the test, by which IDEs find this target."),
        "test": attr.label(mandatory = True, providers = [ArangodbTestInfo, PyInfo], doc = "The arangodb_test."),
    },
    doc = "An arangodb_test under the name by which IDEs know Python tests.",
    test = True,
)
