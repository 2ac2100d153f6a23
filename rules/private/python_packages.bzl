"""The target `@repository//:packages` of a repository with Python packages."""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "PythonPackagesInfo")
load(":paths.bzl", "paths")

def _python_packages_impl(ctx):
    files = [ctx.file.site_packages, ctx.file.marker]
    return [
        DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files = files)),
        PyInfo(
            transitive_sources = depset(),
            imports = depset([paths.runfiles_path(ctx, ctx.file.site_packages)]),
        ),
        PythonPackagesInfo(
            interpreter = ctx.attr.interpreter,
            marker = ctx.file.marker,
            site_packages = ctx.file.site_packages,
        ),
    ]

python_packages = rule(
    implementation = _python_packages_impl,
    attrs = {
        "interpreter": attr.string(mandatory = True),
        "marker": attr.label(mandatory = True, allow_single_file = True),
        "site_packages": attr.label(mandatory = True, allow_single_file = True),
    },
    doc = "Packages in one directory, with its place on the import path.",
    provides = [PyInfo, PythonPackagesInfo],
)
