"""A repository with Python packages, installed by pip from a lock with hashes.

Works as a repository rule in WORKSPACE and from the module extension in extensions.bzl. pip uses the machine's own
index configuration. The result is one source directory, because a sandbox links it in 2 ms, and its 1,700 files in
350 to 2,500 ms.
"""

load(":messages.bzl", "messages")

_BUILD = """\
load("{python_packages_bzl}", "python_packages")
load(":python.bzl", "PYTHON")

package(default_visibility = ["//visibility:public"])

exports_files([
    "marker.txt",
    "python.bzl",
    "site-packages",
])

python_packages(
    name = "packages",
    interpreter = PYTHON,
    marker = "marker.txt",
    site_packages = "site-packages",
)
"""

# The real interpreter: a pyenv shim would cost 100 ms per process, a virtual environment would add its packages.
_WHO = "import os, sys; print(sys.version_info >= (3, 11), os.path.realpath(sys.executable), sys.version.split()[0])"

def _interpreter(ctx):
    wanted = ctx.os.environ.get("ARMADILLO_PYTHON")
    if wanted:
        looked_for = "ARMADILLO_PYTHON=" + wanted
        python = wanted if ctx.path(wanted).exists else None
    else:
        looked_for = "python3 on PATH"
        python = ctx.which("python3")
    if not python:
        fail(messages.no_python(ctx.name, looked_for))
    result = ctx.execute([python, "-c", _WHO])
    words = result.stdout.strip().split(" ")
    if result.return_code or len(words) < 3 or words[0] != "True":
        fail(messages.bad_python(ctx.name, python, " ".join(words[2:]) or result.stderr or "nothing"))
    return words[1]

def _pip(ctx, python):
    if ctx.execute([python, "-m", "pip", "--version"]).return_code == 0:
        return [python, "-m", "pip"]

    # Debian with python3-venv but without python3-pip: the wheel runs as it is.
    wheels = ctx.path("/usr/share/python-wheels")
    if wheels.exists:
        for wheel in wheels.readdir():
            if wheel.basename.startswith("pip-") and wheel.basename.endswith(".whl"):
                return [python, str(wheel) + "/pip"]
    result = ctx.execute([python, "-m", "venv", "_venv"])
    if result.return_code:
        fail(messages.no_pip(ctx.name, python, (result.stdout + result.stderr).strip()))
    return ["_venv/bin/python", "-m", "pip"]

def _check_lock(ctx, lock):
    """Each requirement is pinned and hashed; pip would find out only after it asked the index."""
    text = ctx.read(lock).replace("\\\n", " ")
    for line in text.split("\n"):
        line = line.split(" #")[0].strip()
        if not line or line.startswith("#") or line.startswith("-"):
            continue
        if "--hash=" not in line or ("==" not in line and " @ " not in line):
            fail(messages.not_a_lock(ctx.name, ctx.attr.requirements_lock, line.split(" ")[0]))

def _python_packages_repository_impl(ctx):
    python = _interpreter(ctx)
    lock = ctx.path(ctx.attr.requirements_lock)
    _check_lock(ctx, lock)
    result = ctx.execute(_pip(ctx, python) + [
        "install",
        "--require-hashes",
        "--only-binary=:all:",
        "--no-deps",
        "--no-compile",
        "--no-input",
        "--disable-pip-version-check",
        "--no-warn-script-location",
        "--quiet",
        "--target",
        "site-packages",
        "-r",
        str(lock),
    ], timeout = 1200)
    if result.return_code:
        fail(messages.pip_failed(ctx.name, ctx.attr.requirements_lock, result.stdout + result.stderr))

    # An empty lock installs nothing, not even the directory.
    ctx.execute(["mkdir", "-p", "site-packages"])

    # Byte code that does not depend on time stamps: imports take 175 ms instead of 430.
    compiled = ctx.execute(
        [python, "-m", "compileall", "-q", "-j0", "--invalidation-mode", "unchecked-hash", "site-packages"],
        timeout = 600,
    )
    if compiled.return_code:
        fail(messages.compile_failed(ctx.name, compiled.stdout + compiled.stderr))

    # In the inputs of each action, so that another lock or interpreter changes every key.
    ctx.file("marker.txt", "".join([
        ctx.execute(["sha256sum", str(lock)]).stdout.split(" ")[0] + "\n",
        ctx.execute([python, "-VV"]).stdout,
    ]), executable = False)
    ctx.file("python.bzl", '"""The interpreter that the packages were installed for."""\n\nPYTHON = "%s"\n' % python, executable = False)
    rule_file = str(Label("//rules/private:python_packages.bzl"))
    ctx.file("BUILD.bazel", _BUILD.format(
        # In the main repository Bazel 4 spells the label without a repository, which here would mean this one.
        python_packages_bzl = "@" + rule_file if rule_file.startswith("//") else rule_file,
    ), executable = False)

python_packages_repository = repository_rule(
    implementation = _python_packages_repository_impl,
    attrs = {
        "requirements_lock": attr.label(
            doc = "Lock file with a hash for each package, as `uv pip compile --generate-hashes` writes it.",
            mandatory = True,
            allow_single_file = True,
        ),
    },
    doc = "Installs the packages of a lock into one directory; `@name//:packages` is the target for `deps`.",
    # Not PATH: another shell's PATH would install again.
    environ = ["ARMADILLO_PYTHON"],
)
