"""For WORKSPACE files (Bazel 4.2 to 6): the repositories that Armadillo needs, and those that you may add.

    local_repository(name = "armadillo", path = "...")   # or http_archive

    load("@armadillo//rules:repositories.bzl", "arangodb_distribution", "armadillo_dependencies", "armadillo_python_packages")

    armadillo_dependencies()

    armadillo_python_packages(
        name = "my_deps",                                 # then: deps = ["@my_deps//:packages"]
        requirements_lock = "//:requirements.lock",
    )

    arangodb_distribution(                                # then: --@armadillo//rules:server=@arangodb_3_12//:server
        name = "arangodb_3_12",
        path = "/opt/arangodb3-linux-3.12.5_x86_64",
    )
"""

load("//rules/private:distribution_repository.bzl", _arangodb_distribution = "arangodb_distribution")
load("//rules/private:python_repository.bzl", "python_packages_repository")
load("//rules/private:stub_repository.bzl", "stub_repository")

arangodb_distribution = _arangodb_distribution
armadillo_python_packages = python_packages_repository

def armadillo_dependencies():
    """Declares what Armadillo itself needs: its Python packages, and @rules_python.

    Call it after your own declarations: a @rules_python of yours is left alone. Without one the name is bound to
    Bazel's own Python rules, which Bazel 4 to 7 still hold.
    """
    if not native.existing_rule("rules_python"):
        stub_repository(
            name = "rules_python",
            folder = "registry/stubs/rules_python",
        )
    if not native.existing_rule("armadillo_pydeps"):
        python_packages_repository(
            name = "armadillo_pydeps",
            requirements_lock = Label("//rules/python:requirements.lock"),
        )
