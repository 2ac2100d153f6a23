"""All that BUILD files load from Armadillo.

    load("@armadillo//rules:defs.bzl", "arangodb_test")

    arangodb_test(
        name = "replication_test",
        srcs = ["test_replication.py"],
        mode = "cluster",
        dbservers = 3,
        replication_factor = 2,
    )

`bazel test //path:replication_test` starts the cluster, runs the pytest files against it and writes test.xml, the
servers' logs and an event log. Which server it runs on is a target, the flag `--@armadillo//rules:server=...`.

arangodb_test          pytest files against a deployment
arangodb_test_matrix   the same on servers x topologies x parameters
arangodb_upgrade_test  pytest files that upgrade their deployment from one server to another
arangodb_binary_test   a program in any language against a deployment
arangodb_deployment    a topology that several tests share
arangodb_dataset       data that tests start from, made once by a build action
arangodb_server        a server distribution

For rules of your own: the providers ArangodbServerInfo, ArangodbDeploymentInfo, ArangodbTestInfo, ArangodbRunnerInfo, and
`run_on_deployment` with ON_DEPLOYMENT_ATTRIBUTES, of which test rules are made (docs/extending.md).
"""

load(
    "//rules:providers.bzl",
    _ArangodbDatasetInfo = "ArangodbDatasetInfo",
    _ArangodbDeploymentInfo = "ArangodbDeploymentInfo",
    _ArangodbRunnerInfo = "ArangodbRunnerInfo",
    _ArangodbServerInfo = "ArangodbServerInfo",
    _ArangodbTestInfo = "ArangodbTestInfo",
)
load("//rules/private:arangodb_server.bzl", _arangodb_server = "arangodb_server")
load("//rules/private:dataset.bzl", _arangodb_dataset = "arangodb_dataset")
load(
    "//rules/private:macros.bzl",
    _arangodb_binary_test = "arangodb_binary_test",
    _arangodb_deployment = "arangodb_deployment",
    _arangodb_test = "arangodb_test",
)
load(
    "//rules/private:run_on_deployment.bzl",
    _ON_DEPLOYMENT_ATTRIBUTES = "ON_DEPLOYMENT_ATTRIBUTES",
    _run_on_deployment = "run_on_deployment",
)
load("//rules/private:test_matrix.bzl", _arangodb_test_matrix = "arangodb_test_matrix")
load("//rules/private:upgrade_test.bzl", _arangodb_upgrade_test = "arangodb_upgrade_test")

ArangodbDatasetInfo = _ArangodbDatasetInfo
ArangodbDeploymentInfo = _ArangodbDeploymentInfo
ArangodbRunnerInfo = _ArangodbRunnerInfo
ArangodbServerInfo = _ArangodbServerInfo
ArangodbTestInfo = _ArangodbTestInfo
ON_DEPLOYMENT_ATTRIBUTES = _ON_DEPLOYMENT_ATTRIBUTES
arangodb_binary_test = _arangodb_binary_test
arangodb_dataset = _arangodb_dataset
arangodb_deployment = _arangodb_deployment
arangodb_server = _arangodb_server
arangodb_test = _arangodb_test
arangodb_test_matrix = _arangodb_test_matrix
arangodb_upgrade_test = _arangodb_upgrade_test
run_on_deployment = _run_on_deployment
