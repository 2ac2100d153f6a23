"""All texts with which loading or analysis ends, built from three parts: what is wrong, the law, the fix.

A text names the place first (a target or a repository), because Bazel's own prefix is a file of ours that says
nothing to the user.
"""

def _text(place, problem, law, fixes):
    lines = ["", "", "%s: %s" % (place, problem), "  expected: %s" % law]
    lines.append("  what to do:" if len(fixes) > 1 else "  what to do: %s" % fixes[0])
    if len(fixes) > 1:
        lines += ["    - %s" % fix for fix in fixes]
    return "\n".join(lines) + "\n"

def _join(words):
    return ", ".join([repr(word) for word in words]) if words else "nothing"

# --- Python packages -------------------------------------------------------------------------------------------

def _no_python(repository, looked_for):
    return _text(
        "repository @" + repository,
        "found no Python interpreter (looked for %s)" % looked_for,
        "a Python of version 3.11 or newer",
        [
            "install it (Debian, Ubuntu: apt-get install python3 python3-venv)",
            "or name one: export ARMADILLO_PYTHON=/path/to/python3",
        ],
    )

def _bad_python(repository, python, found):
    return _text(
        "repository @" + repository,
        "%s is not usable, it said: %s" % (python, found),
        "a Python of version 3.11 or newer",
        [
            "install a newer one (Debian 12 and Ubuntu 24.04 have one as python3)",
            "or name one: export ARMADILLO_PYTHON=/path/to/python3",
        ],
    )

def _no_pip(repository, python, found):
    return _text(
        "repository @" + repository,
        "%s has no pip; a virtual environment could not be made either: %s" % (python, found),
        "pip as a module, or Debian's pip wheel in /usr/share/python-wheels, or a working venv",
        [
            "install it (Debian, Ubuntu: apt-get install python3-venv; elsewhere: python3 -m ensurepip)",
            "or name another interpreter that has it: export ARMADILLO_PYTHON=/path/to/python3",
        ],
    )

def _pip_failed(repository, lock, output):
    """The reason in pip's own words, sorted by what the user can do about it."""
    if "DO NOT MATCH THE HASHES" in output:
        problem = "a downloaded package has another hash than %s says" % lock
        law = "the files that the lock was made from"
        fixes = [
            "if you changed the lock by hand, make it anew: uv pip compile --universal --generate-hashes",
            "else do not install: the package index served other files than it did when the lock was made",
        ]
    elif "Invalid requirement" in output or "--require-hashes" in output or "Invalid hash" in output:
        problem = "%s is not a lock" % lock
        law = "each package pinned with == and at least one --hash=sha256:..., dependencies included"
        fixes = ["make it anew: uv pip compile --universal --generate-hashes requirements.in -o requirements.lock"]
    elif "No matching distribution" in output and "Retrying" not in output and "(from versions: none)" not in output:
        problem = "the package index has no wheel that fits this Python for a package in %s" % lock
        law = "wheels for this interpreter and this platform"
        fixes = [
            "name an interpreter that has wheels: export ARMADILLO_PYTHON=/path/to/python3",
            "or update the lock",
        ]
    else:
        problem = "pip could not install the packages of %s" % lock
        law = "a package index that can be reached, as pip is configured (pip config list)"
        fixes = [
            "check the network, and pip's settings for a proxy or another index (PIP_INDEX_URL)",
            "then run the same command again; nothing half-installed is kept",
        ]
    return _text("repository @" + repository, problem, law, fixes) + "  pip said:\n" + output

def _compile_failed(repository, output):
    return _text(
        "repository @" + repository,
        "the installed packages could not be compiled to byte code",
        "packages whose sources this Python can read",
        ["update the lock, or name another interpreter: export ARMADILLO_PYTHON=/path/to/python3"],
    ) + output

def _repository_twice(name, first, second):
    return _text(
        "repository @" + name,
        "asked for by two modules, %s and %s" % (first, second),
        "each repository of an extension has one owner",
        ["choose another `name` in one of the two MODULE.bazel files"],
    )

messages = struct(
    bad_python = _bad_python,
    compile_failed = _compile_failed,
    no_pip = _no_pip,
    no_python = _no_python,
    pip_failed = _pip_failed,
    repository_twice = _repository_twice,
)
