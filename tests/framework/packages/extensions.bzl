"""For MODULE.bazel: the npm packages of our own tests. Bazel before 6 must never load this file."""

load(":npm_repository.bzl", "npm_packages_repository")

def _test_packages_impl(_ctx):
    npm_packages_repository(
        name = "armadillo_testdeps_npm",
        package_json = Label("//tests/framework/packages:package.json"),
        package_lock = Label("//tests/framework/packages:package-lock.json"),
    )

test_packages = module_extension(
    implementation = _test_packages_impl,
    doc = "Declares @armadillo_testdeps_npm.",
)
