"""An executable that is one Python module and its dependencies: for programs of our own, no toolchain is needed."""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "PythonPackagesInfo")
load(":launcher.bzl", "python_runfiles", "write_launcher")

def _python_program_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    imports = depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps]).to_list()
    launcher = write_launcher(
        ctx,
        interpreter = packages.interpreter,
        imports = imports,
        arguments = ["-m", ctx.attr.module],
        env = ctx.attr.env,
    )
    return [DefaultInfo(
        executable = launcher,
        files = depset([launcher]),
        runfiles = python_runfiles(ctx, [packages.marker], ctx.attr.deps + ctx.attr.data),
    )]

python_program = rule(
    implementation = _python_program_impl,
    attrs = {
        "data": attr.label_list(allow_files = True, doc = "Files that it reads."),
        "deps": attr.label_list(providers = [PyInfo], mandatory = True, doc = "Where the module and its imports are."),
        "env": attr.string_dict(doc = "Environment variables."),
        "module": attr.string(mandatory = True, doc = "The module to run, as for python -m."),
        "_packages": attr.label(
            default = "@armadillo_pydeps//:packages",
            providers = [PythonPackagesInfo],
        ),
    },
    doc = "An executable that runs one module. It runs from bazel-bin, in runfiles, and by `bazel run`.",
    executable = True,
)
