"""A repository with ibazel, which runs Bazel again on each change: a program from the npm package @bazel/ibazel.

The package holds programs that need no Node, so that one which is there already will do: the environment variable
ARMADILLO_IBAZEL names it where npm is missing. Where there is neither, `ibazel.txt` says so, and its test is skipped.
"""

load(":npm_repository.bzl", "npm_install")

_BUILD = """\
exports_files(
    [
        "ibazel",
        "ibazel.txt",
    ],
    visibility = ["//visibility:public"],
)
"""
_PROCESSORS = {"aarch64": "arm64", "x86_64": "amd64"}

def _ibazel_repository_impl(ctx):
    processor = ctx.execute(["uname", "-m"]).stdout.strip()
    given = ctx.os.environ.get("ARMADILLO_IBAZEL", "")
    missing = ""
    if given and ctx.path(given).exists:
        ctx.symlink(ctx.path(given), "ibazel")
    elif not ctx.which("npm"):
        missing = "npm is not on PATH, and ARMADILLO_IBAZEL names no file"
    elif processor not in _PROCESSORS:
        missing = "@bazel/ibazel has no program for " + processor
    else:
        npm_install(ctx, ctx.which("npm"))
        ctx.symlink("node_modules/@bazel/ibazel/bin/linux_%s/ibazel" % _PROCESSORS[processor], "ibazel")
    if missing:
        ctx.file("ibazel", "", executable = False)
    ctx.file("ibazel.txt", "missing: %s\n" % missing if missing else "there\n", executable = False)
    ctx.file("BUILD.bazel", _BUILD, executable = False)

ibazel_repository = repository_rule(
    implementation = _ibazel_repository_impl,
    attrs = {
        "package_json": attr.label(mandatory = True, allow_single_file = True, doc = "Which package."),
        "package_lock": attr.label(mandatory = True, allow_single_file = True, doc = "Its version and sum."),
    },
    doc = "Makes `@name//:ibazel`; `ibazel.txt` says whether it is there.",
    environ = ["ARMADILLO_IBAZEL"],
)
