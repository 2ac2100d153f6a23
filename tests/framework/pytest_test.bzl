"""pytest_test: Armadillo's own unit tests, under plain pytest, without servers.

    load("//tests/framework:pytest_test.bzl", "pytest_test")

    pytest_test(
        name = "outcome_test",
        srcs = ["outcome_test.py"],
        deps = ["//runner:armadillo"],
    )

The network is blocked (a loopback of its own is there) unless the tag `requires-network` is set. The workspace's
root is on the import path. `--test_filter` is pytest's -k, or node ids when it holds "::".
"""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "PythonPackagesInfo")
load("//rules/private:launcher.bzl", "python_runfiles", "write_launcher")
load("//rules/private:paths.bzl", "paths")

def _pytest_test_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    imports = [paths.runfiles_path(ctx, packages.site_packages), ctx.workspace_name]
    imports += depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps]).to_list()
    launcher = write_launcher(
        ctx,
        interpreter = packages.interpreter,
        imports = imports,
        arguments = ["$R/" + paths.runfiles_path(ctx, ctx.file._main)] +
                    ["$R/" + paths.runfiles_path(ctx, src) for src in ctx.files.srcs],
        env = {
            name: ctx.expand_location(value, ctx.attr.data)
            for name, value in ctx.attr.env.items()
        },
    )
    files = [ctx.file._main, ctx.file._settings, packages.site_packages, packages.marker] + ctx.files.srcs
    execution = {} if "requires-network" in ctx.attr.tags else {"block-network": ""}
    return [
        DefaultInfo(
            executable = launcher,
            runfiles = python_runfiles(ctx, files, ctx.attr.deps + ctx.attr.data),
        ),
        testing.ExecutionInfo(execution),
    ]

_pytest_test = rule(
    implementation = _pytest_test_impl,
    attrs = {
        "data": attr.label_list(allow_files = True, doc = "Files and programs that the tests use."),
        "deps": attr.label_list(providers = [PyInfo], doc = "Libraries that the tests import."),
        "env": attr.string_dict(doc = "Environment variables; $(rootpath label) is expanded for labels in data."),
        "srcs": attr.label_list(allow_files = [".py"], mandatory = True, allow_empty = False, doc = "Test files."),
        "_main": attr.label(default = "//tests/framework:pytest_main.py", allow_single_file = True),
        "_packages": attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
        "_settings": attr.label(default = "//:pyproject.toml", allow_single_file = True),
    },
    doc = "Test files under plain pytest.",
    test = True,
)

# What is tested here knows nothing of Bazel: .ci/run does it once, with one version.
_WITHOUT_BAZEL = ["tests/framework/runner/", "tests/framework/standin/"]

def pytest_test(name, size = "small", tags = [], **kwargs):
    """Runs test files under plain pytest.

    Args:
      name: name of the target.
      size: size of the test; small (one minute) unless said otherwise.
      tags: tags of the target; "any_bazel" (.ci/run runs it with one version) is added below folders whose tests know nothing of Bazel.
      **kwargs: srcs, deps, data, env and the attributes that all tests have.
    """
    package = native.package_name() + "/"
    if [folder for folder in _WITHOUT_BAZEL if package.startswith(folder)]:
        tags = tags + ["any_bazel"]
    _pytest_test(name = name, size = size, tags = tags, **kwargs)
