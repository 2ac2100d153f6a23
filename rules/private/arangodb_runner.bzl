"""What starts deployments, as a target: the runner with its interpreter, put together once for all tests."""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "ArangodbRunnerInfo", "PythonPackagesInfo")
load(":launcher.bzl", "python_runfiles")
load(":runner_launcher.bzl", "runner_launcher_template")

def _arangodb_runner_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    runfiles = python_runfiles(ctx, [packages.marker], [ctx.attr.archive])
    imports = ctx.attr.archive[PyInfo].imports.to_list()
    return [
        DefaultInfo(files = ctx.attr.archive[DefaultInfo].files, runfiles = runfiles),
        ArangodbRunnerInfo(
            imports = imports,
            interpreter = packages.interpreter,
            launcher = runner_launcher_template(ctx, packages.interpreter, imports),
            runfiles = runfiles,
        ),
    ]

arangodb_runner = rule(
    implementation = _arangodb_runner_impl,
    attrs = {
        "archive": attr.label(mandatory = True, providers = [PyInfo], doc = "The runner's Python."),
        "_packages": attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
    },
    doc = "The runner and its interpreter.",
    provides = [ArangodbRunnerInfo],
)
