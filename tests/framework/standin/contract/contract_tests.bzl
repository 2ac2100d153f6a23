"""contract_tests: one target per family of the stand-in's API, each against a single server and a cluster."""

load("//tests/framework:pytest_test.bzl", "pytest_test")

def contract_tests(name, files, deps_of = {}, data_of = {}, env_of = {}):
    """Declares a pytest_test per file, and a suite of them.

    Args:
      name: name of the suite.
      files: the files whose names end in _test.py.
      deps_of: more libraries, by file.
      data_of: more files, by file.
      env_of: more environment variables, by file.
    """
    for file in files:
        pytest_test(
            name = file[:-len(".py")],
            size = "medium",
            srcs = [file],
            data = [":conftest.py", "//tools/arangod_standin:arangod"] + data_of.get(file, []),
            env = dict(
                {"STANDIN_EXECUTABLE": "$(rootpath //tools/arangod_standin:arangod)"},
                **env_of.get(file, {})
            ),
            deps = ["//tests/framework/standin/support"] + deps_of.get(file, []),
        )
    native.test_suite(
        name = name,
        tests = [file[:-len(".py")] for file in files],
    )
