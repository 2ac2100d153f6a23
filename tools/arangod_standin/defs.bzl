"""Rules that pack the stand-in: one executable file, and the layout of ArangoDB's official tarball.

Both run a script with the interpreter of @armadillo_pydeps; no toolchain is needed. The outputs are functions of the
inputs, so that every checkout gets the same cache keys.
"""

load("//rules:providers.bzl", "PythonPackagesInfo")

# The ArangoDB release whose API the stand-in follows; the same as ARANGODB_VERSION in arangod_standin/__init__.py.
ARANGODB_VERSION = "3.12.10"

# Installed packages that the executable carries, for AQL's grammar and for JSON schemas.
_LIBRARIES = [
    "fastjsonschema",
    "lark",
]

_CLIENT_TOOLS = ["arangobackup", "arangobench", "arangodump", "arangoexport", "arangoimport", "arangorestore"]

def _module_path(file, package):
    """The path of a source file below the package, which is its path in the archive."""
    prefix = package + "/"
    position = file.short_path.find(prefix)
    return file.short_path[position + len(prefix):] if position >= 0 else file.short_path

def _standin_executable_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    output = ctx.actions.declare_file(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add("-IS")
    arguments.add(ctx.file._packer)
    arguments.add("--output", output)
    arguments.add("--interpreter", packages.interpreter)
    arguments.add("--site-packages", packages.site_packages.path)
    arguments.add_all(["--package=" + package for package in _LIBRARIES])
    arguments.add_all(["--option=" + option for option in ctx.attr.options])
    for file in ctx.files.srcs:
        arguments.add("%s=%s" % (_module_path(file, ctx.label.package), file.path))
    ctx.actions.run(
        executable = packages.interpreter,
        arguments = [arguments],
        inputs = ctx.files.srcs + [ctx.file._packer, packages.marker, packages.site_packages],
        outputs = [output],
        mnemonic = "PackStandin",
        progress_message = "Packing the stand-in server %s" % ctx.label,
    )
    return [DefaultInfo(
        executable = output,
        files = depset([output]),
        runfiles = ctx.runfiles(files = [output]),
    )]

standin_executable = rule(
    implementation = _standin_executable_impl,
    attrs = {
        "options": attr.string_list(doc = "Options that are built in, as --standin.failover=false."),
        "srcs": attr.label_list(allow_files = [".py"], mandatory = True, doc = "The Python package arangod_standin."),
        "_packages": attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
        "_packer": attr.label(default = "//tools/arangod_standin:pack.py", allow_single_file = True),
    },
    doc = "One executable file; it runs by hand from bazel-bin.",
    executable = True,
)

def _standin_clients_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    outputs = [ctx.actions.declare_file(ctx.label.name + "/" + tool) for tool in _CLIENT_TOOLS]
    arguments = ctx.actions.args()
    arguments.add("-IS")
    arguments.add(ctx.file._packer)
    arguments.add("--interpreter", packages.interpreter)
    arguments.add_all(outputs, before_each = "--output")
    arguments.add("--")
    for file in ctx.files.srcs:
        arguments.add("%s=%s" % (_module_path(file, ctx.label.package), file.path))
    ctx.actions.run(
        executable = packages.interpreter,
        arguments = [arguments],
        inputs = ctx.files.srcs + [ctx.file._packer, packages.marker],
        outputs = outputs,
        mnemonic = "PackStandinClients",
        progress_message = "Packing the client tools %s" % ctx.label,
    )
    return [DefaultInfo(files = depset(outputs), runfiles = ctx.runfiles(files = outputs))]

standin_clients = rule(
    implementation = _standin_clients_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".py"], mandatory = True, doc = "The Python package arangod_clients."),
        "_packages": attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
        "_packer": attr.label(default = "//tools/arangod_standin:pack_clients.py", allow_single_file = True),
    },
    doc = "One executable file per client tool: <name>/arangodump and so on.",
)

def _standin_tarball_impl(ctx):
    packages = ctx.attr._packages[PythonPackagesInfo]
    output = ctx.actions.declare_file("arangodb3-linux-%s_x86_64.tar.gz" % ARANGODB_VERSION)
    arguments = ctx.actions.args()
    arguments.add("-IS")
    arguments.add(ctx.file._packer)
    arguments.add("--output", output)
    arguments.add("--arangod", ctx.file.arangod)
    arguments.add("--version", ARANGODB_VERSION)
    arguments.add("--license", ctx.file._license)
    arguments.add_all(ctx.files.clients, before_each = "--client")
    ctx.actions.run(
        executable = packages.interpreter,
        arguments = [arguments],
        inputs = ctx.files.clients + [ctx.file.arangod, ctx.file._license, ctx.file._packer, packages.marker],
        outputs = [output],
        mnemonic = "PackStandinTarball",
        progress_message = "Packing the stand-in in the official tarball's layout",
    )
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles(files = [output]))]

standin_tarball = rule(
    implementation = _standin_tarball_impl,
    attrs = {
        "arangod": attr.label(allow_single_file = True, mandatory = True, doc = "The executable to pack."),
        "clients": attr.label_list(allow_files = True, doc = "Client tools; their file names are their names."),
        "_license": attr.label(default = "//:LICENSE", allow_single_file = True),
        "_packages": attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
        "_packer": attr.label(default = "//tools/arangod_standin:pack_tarball.py", allow_single_file = True),
    },
    doc = "arangodb3-linux-<version>_x86_64.tar.gz with usr/sbin/arangod, client tools in usr/bin, bin/ wrappers and data.",
)
