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

def _repository(name):
    """A repository as its owner calls it: under bzlmod the name that a rule sees holds the whole path to it."""
    return "@" + name.split("~")[-1].split("+")[-1]

def _join(words):
    return ", ".join([repr(word) for word in words]) if words else "nothing"

# --- Python packages -------------------------------------------------------------------------------------------

def _no_python(repository, looked_for):
    return _text(
        "repository " + _repository(repository),
        "found no Python interpreter (looked for %s)" % looked_for,
        "a Python of version 3.11 or newer",
        [
            "install it (Debian, Ubuntu: apt-get install python3 python3-venv)",
            "or name one: export ARMADILLO_PYTHON=/path/to/python3",
        ],
    )

def _bad_python(repository, python, found):
    return _text(
        "repository " + _repository(repository),
        "%s is not usable, it said: %s" % (python, found),
        "a Python of version 3.11 or newer",
        [
            "install a newer one (Debian 12 and Ubuntu 24.04 have one as python3)",
            "or name one: export ARMADILLO_PYTHON=/path/to/python3",
        ],
    )

def _no_pip(repository, python, found):
    return _text(
        "repository " + _repository(repository),
        "%s has no pip; a virtual environment could not be made either: %s" % (python, found),
        "pip as a module, or Debian's pip wheel in /usr/share/python-wheels, or a working venv",
        [
            "install it (Debian, Ubuntu: apt-get install python3-venv; elsewhere: python3 -m ensurepip)",
            "or name another interpreter that has it: export ARMADILLO_PYTHON=/path/to/python3",
        ],
    )

_MAKE_LOCK = "make it anew: uv pip compile --universal --generate-hashes requirements.in -o requirements.lock"

def _not_a_lock(repository, lock, found):
    return _text(
        "repository " + _repository(repository),
        "%s is not a lock, it has the requirement %r" % (lock, found),
        "each package pinned with == and at least one --hash=sha256:..., dependencies included",
        [_MAKE_LOCK],
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
        fixes = [_MAKE_LOCK]
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
    return _text("repository " + _repository(repository), problem, law, fixes) + "  pip said:\n" + output

def _compile_failed(repository, output):
    return _text(
        "repository " + _repository(repository),
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

# --- deployments -----------------------------------------------------------------------------------------------

def _too_few(label, attribute, found):
    return _text(label, "%s = %d" % (attribute, found), "%s is at least 1" % attribute, [
        "set a greater number, or leave the attribute out for its default",
    ])

def _even_agents(label, found):
    return _text(
        label,
        "agents = %d" % found,
        "an odd number of agents: they decide by majority, and an even number stands no more failures than one less",
        ["agents = %d or agents = %d" % (found - 1, found + 1)],
    )

def _too_many_replicas(label, found, dbservers):
    return _text(
        label,
        "replication_factor = %d with dbservers = %d" % (found, dbservers),
        "replication_factor is at most the number of dbservers: each copy of a shard lies on a dbserver of its own",
        ["dbservers = %d" % found, "replication_factor = %d" % dbservers],
    )

def _write_concern_too_high(label, found, replication_factor):
    shown = "replication_factor = %d" % replication_factor
    if not replication_factor:
        shown = "replication_factor not set, which means the server's default of 1"
    return _text(
        label,
        "write_concern = %d with %s" % (found, shown),
        "write_concern is at most replication_factor: it says how many of the copies must be in sync to write",
        ["replication_factor = %d" % found, "write_concern = %d" % max(replication_factor, 1)],
    )

def _needs_cluster(label, attribute):
    return _text(
        label,
        '%s is set with mode = "single_server"' % attribute,
        "a single server has no agents, dbservers or coordinators, and nothing to replicate to",
        ['mode = "cluster"', "remove " + attribute],
    )

def _unknown_word(label, attribute, found, known):
    return _text(label, "%s has %r" % (attribute, found), "one of " + _join(known), ["use one of these words"])

def _unknown_fault_family(label, found, known):
    return _text(
        label,
        "faults has %r" % found,
        "`faults` says what must be prepared before servers start: some of " + _join(known),
        [
            "use one of these words",
            "leave it out if the test needs none of them: killing, suspending and restarting need no preparation",
        ],
    )

def _owned_option(label, place, word, owner):
    if owner:
        law = "this option is set by the attribute `%s`; on the command line the last one would win" % owner
        fixes = ["remove it from %s and set the attribute `%s`" % (place, owner)]
    else:
        law = "this option belongs to the runner, which gives each server its addresses, directories and logs"
        fixes = ["remove it from " + place]
    return _text(label, "%s has %s" % (place, word), law, fixes)

def _negative(label, attribute, found):
    return _text(label, "%s = %d" % (attribute, found), "%s is at least 0, and 0 switches it off" % attribute, [
        "set 0 or a greater number, or leave the attribute out for its default",
    ])

def _bad_allowance(label, attribute, pattern, reason):
    return _text(
        label,
        "`%s` allows `%s` for the reason `%s`" % (attribute, pattern, reason),
        "an allowance has a pattern and a reason; a reason may begin with `until YYYY-MM-DD: `, the last day it counts",
        ["%s = {\"connection refused\": \"until 2027-01-31: the peer restarts, see the ticket\"}" % attribute],
    )

def _unknown_server(label, found, known):
    return _text(
        label,
        "args_of names the server %r" % found,
        "a server of this deployment: " + _join(known),
        ["use one of these names", "or raise the number of servers of its role"],
    )

# --- servers and tests -----------------------------------------------------------------------------------------

def _unknown_layout(label, found, known):
    return _text(label, "layout = %r" % found, "one of " + _join(known), ["use one of these words"])

def _arangod_or_missing(label):
    return _text(
        label,
        "neither arangod nor missing is set, or both are",
        "a server target names its executable, or says where there should have been one",
        ["arangod = \"//path/to:arangod\""],
    )

def _javascript_without_resources(label):
    return _text(
        label,
        "javascript is set without resources",
        "javascript is a folder inside the directory `resources`",
        ["set resources to the directory that holds it"],
    )

def _no_srcs(label):
    return _text(label, "srcs is empty", "at least one test file", ['srcs = ["test_x.py"]'])

def _bad_src(label, path):
    if not path.endswith(".py"):
        law = "test files are Python files"
        fixes = ["put other files into `data`"]
    else:
        law = "names of test files are test_*.py or *_test.py: pytest and IDEs look for these"
        fixes = ["rename it", "or put it into a py_library and that into `deps`; conftest.py goes into `data`"]
    return _text(label, "srcs has " + path, law, fixes)

def _deployment_and_topology(label, given):
    return _text(
        label,
        "deployment is set together with " + ", ".join(given),
        "a test's deployment is either a shared target or described by its own attributes",
        ["remove " + ", ".join(given), "or remove deployment"],
    )

def _not_executable(label, test, files):
    return _text(
        label,
        "test = %r is nothing that can be run, it is %s%s" % (test, _join(files[:3]), " ..." if len(files) > 3 else ""),
        "one executable: a target of any *_test or *_binary rule, or one source file that is executable",
        ["name the target that builds the program, not a library or a group of files"],
    )

def _test_in_test(label, test):
    return _text(
        label,
        "test = %r has a deployment of its own" % test,
        "a program that knows nothing of Armadillo; the runner starts it when the deployment is ready",
        ["run %s itself" % test, "or name the program that it runs"],
    )

def _program_named_like_target(label):
    return _text(
        label,
        "the rule's own program has the name of the target",
        "another name: that one is the launcher's, which starts the deployment",
        ['declare it so: ctx.actions.declare_file(ctx.label.name + ".sh")'],
    )

# --- matrices ----------------------------------------------------------------------------------------------------

def _bad_matrix_key(label, dimension, key):
    return _text(
        label,
        "%s has the key %r" % (dimension, key),
        "keys are parts of targets' names, divided by dots: letters, digits, `_` and `-`",
        ["write a version as 3_12"],
    )

def _empty_matrix(label):
    return _text(label, "servers, topologies and parameters are empty", "at least one of them has an entry", [
        'topologies = {"single": {}, "cluster": {"mode": "cluster"}}',
        "or use arangodb_test, if there is nothing to vary",
    ])

def _exclusion_hits_nothing(label, pattern, parts, every):
    return _text(
        label,
        "exclude has %r, which fits no combination" % pattern,
        "%d parts with dots between, each a key or `*`; there are: %s" % (parts, _join(every)),
        ["use one of these names", "or remove it"],
    )

def _everything_excluded(label, exclude, every):
    return _text(
        label,
        "exclude = %r leaves no combination of: %s" % (exclude, _join(every)),
        "at least one target is left: a suite without tests passes and says nothing",
        ["exclude less", "or remove the whole matrix"],
    )

def _no_topology_attribute(label, topology, found):
    return _text(
        label,
        "topologies[%r] sets %s" % (topology, _join(found)),
        "a topology has the attributes of arangodb_deployment (mode, dbservers, replication_factor, server_args, ...) and " +
        "its dataset",
        ["set the others at the matrix itself: they are then the same for all targets"],
    )

# --- distributions ---------------------------------------------------------------------------------------------

def _no_distribution(repository, problem):
    return "repository %s: %s. Targets that use %s//:server are built, and their tests fail with this reason." % (
        _repository(repository),
        problem,
        _repository(repository),
    )

def _distribution_sources(repository, found):
    return _text(
        "repository " + _repository(repository),
        "%d sources are given" % found,
        "exactly one of `path`, `archive` and `url` or `urls`",
        ["path = \"/where/arangodb/is/unpacked\"", "url = \"https://...tar.gz\" with its sha256"],
    )

def _distribution_without_hash(repository):
    return _text(
        "repository " + _repository(repository),
        "sha256 is missing",
        "a download is pinned by its hash, so that the same server is tested everywhere",
        ["sha256 = what sha256sum says of the archive"],
    )

# For files of texts beside this one.
words = struct(join = _join, text = _text)

messages = struct(
    arangod_or_missing = _arangod_or_missing,
    bad_allowance = _bad_allowance,
    bad_matrix_key = _bad_matrix_key,
    bad_python = _bad_python,
    bad_src = _bad_src,
    compile_failed = _compile_failed,
    deployment_and_topology = _deployment_and_topology,
    distribution_sources = _distribution_sources,
    distribution_without_hash = _distribution_without_hash,
    empty_matrix = _empty_matrix,
    even_agents = _even_agents,
    everything_excluded = _everything_excluded,
    exclusion_hits_nothing = _exclusion_hits_nothing,
    javascript_without_resources = _javascript_without_resources,
    needs_cluster = _needs_cluster,
    negative = _negative,
    no_distribution = _no_distribution,
    no_pip = _no_pip,
    no_python = _no_python,
    not_a_lock = _not_a_lock,
    no_srcs = _no_srcs,
    not_executable = _not_executable,
    no_topology_attribute = _no_topology_attribute,
    owned_option = _owned_option,
    pip_failed = _pip_failed,
    program_named_like_target = _program_named_like_target,
    repository_twice = _repository_twice,
    test_in_test = _test_in_test,
    too_few = _too_few,
    too_many_replicas = _too_many_replicas,
    unknown_layout = _unknown_layout,
    unknown_server = _unknown_server,
    unknown_fault_family = _unknown_fault_family,
    unknown_word = _unknown_word,
    write_concern_too_high = _write_concern_too_high,
)
