"""For MODULE.bazel: the npm packages of our own tests, and ibazel. Bazel before 6 must never load this file."""

load(":ibazel_repository.bzl", "ibazel_repository")
load(":npm_repository.bzl", "npm_packages_repository")

def _test_packages_impl(_ctx):
    npm_packages_repository(
        name = "armadillo_testdeps_npm",
        package_json = Label("//tests/framework/packages:package.json"),
        package_lock = Label("//tests/framework/packages:package-lock.json"),
    )
    ibazel_repository(
        name = "armadillo_testdeps_ibazel",
        package_json = Label("//tests/framework/packages:ibazel/package.json"),
        package_lock = Label("//tests/framework/packages:ibazel/package-lock.json"),
    )

test_packages = module_extension(
    implementation = _test_packages_impl,
    doc = "Declares @armadillo_testdeps_npm and @armadillo_testdeps_ibazel.",
)
