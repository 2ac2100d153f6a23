"""Python libraries of ours as one archive with byte code.

A test's sandbox gets one link instead of one for each module, and nothing has to be compiled at every start
(PYTHONDONTWRITEBYTECODE is set and the sources lie in a read-only tree, so Python could not keep its byte code).
"""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "PythonPackagesInfo")
load(":paths.bzl", "paths")

def _path_in_archive(path, roots):
    """The path below the longest import root that holds it; None when none does."""
    best = None
    for root in roots:
        if path.startswith(root + "/"):
            below = path[len(root) + 1:]
            if best == None or len(below) < len(best):
                best = below
    return best

def _python_archive_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    imports = depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps]).to_list()
    sources = depset(transitive = [dep[PyInfo].transitive_sources for dep in ctx.attr.deps]).to_list()
    archive = ctx.actions.declare_file(ctx.label.name + ".zip")
    arguments = ctx.actions.args()
    arguments.add(ctx.file._packer)
    arguments.add(archive)
    for source in sources:
        path = _path_in_archive(paths.runfiles_path(ctx, source), imports)
        if path != None:
            arguments.add("%s=%s" % (path, source.path))
    ctx.actions.run(
        executable = packages.interpreter,
        arguments = ["-I", "-S", arguments],
        inputs = sources + [ctx.file._packer, packages.marker],
        outputs = [archive],
        mnemonic = "PythonArchive",
        progress_message = "Packing Python of %s" % ctx.label,
    )
    site_packages = paths.runfiles_path(ctx, packages.site_packages)
    return [
        DefaultInfo(
            files = depset([archive]),
            runfiles = ctx.runfiles(files = [archive, packages.site_packages, packages.marker]),
        ),
        PyInfo(
            transitive_sources = depset([archive]),
            imports = depset([paths.runfiles_path(ctx, archive), site_packages], order = "preorder"),
        ),
    ]

python_archive = rule(
    implementation = _python_archive_impl,
    attrs = {
        "deps": attr.label_list(
            providers = [PyInfo],
            mandatory = True,
            doc = "Libraries; every source below one of their import roots is packed.",
        ),
        "_packages": attr.label(
            default = "@armadillo_pydeps//:packages",
            providers = [PythonPackagesInfo],
        ),
        "_packer": attr.label(default = "//rules/private:pack_python.py", allow_single_file = True),
    },
    doc = "The Python of some libraries in one archive that stands on the import path.",
    provides = [PyInfo],
)
