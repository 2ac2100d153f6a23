"""The public providers: what the rules tell each other, and what rules of your own may read or return."""

PythonPackagesInfo = provider(
    doc = "Python packages that were installed by pip into one directory.",
    fields = {
        "interpreter": "(string) Absolute path of the interpreter that they were installed for.",
        "marker": "(File) Changes when the lock or the interpreter changes; belongs in the inputs of each action.",
        "site_packages": "(File) The directory.",
    },
)

ArangodbServerInfo = provider(
    doc = "A server distribution: what arangodb_server returns, and what the `server` of a test must provide.",
    fields = {
        "arangod": "(File or None) The executable; None where it is missing, which the facts then say.",
        "distribution": "(dict) armadillo_api.v1.ServerDistribution with proto field names; paths are runfiles paths.",
        "facts": "(File) JSON of armadillo_api.v1.ServerFacts: what `arangod --version` said, asked in a build action.",
        "label": "(Label) The target, not the flag or alias that led to it.",
        "layout": "(string) executable, tarball or build_directory.",
        "license": "(File or None) The distribution's licence text.",
        "resources": "(File or None) Directory with ICU and time zone data, and the JavaScript folder.",
        "runfiles": "(runfiles) All that the server and its tools need to run, and the facts.",
        "tools": "(dict of string to File) Client tools by name: arangosh, arangodump, ...",
    },
)

ArangodbDeploymentInfo = provider(
    doc = "A topology: what arangodb_deployment returns, and what the `deployment` of a test must provide.",
    fields = {
        "deployment": "(dict) armadillo_api.v1.Deployment with proto field names.",
        "label": "(Label) The target that describes it.",
        "network": "(string) auto, lab, leases or host.",
        "servers": "(list of string) Names of the servers: agent-1, dbserver-1, coordinator-1, ...",
    },
)

ArangodbDatasetInfo = provider(
    doc = "Data to start from: what arangodb_dataset returns, and what the `dataset` of a test must provide.",
    fields = {
        "archive": "(File) A tar of the data directories; its first member, dataset.json, says who made them.",
        "deployment": "(ArangodbDeploymentInfo) The topology that was seeded.",
        "label": "(Label) The target.",
        "server": "(ArangodbServerInfo) The server distribution that made the data.",
    },
)

ArangodbRunnerInfo = provider(
    doc = "What starts deployments: the target //runner, which run_on_deployment takes it from.",
    fields = {
        "imports": "(list of string) Its import path, as runfiles paths.",
        "interpreter": "(string) Absolute path of the Python interpreter; programs of your own may use it, too.",
        "launcher": "(string) Text of the launchers that run_on_deployment writes, to be completed for each target.",
        "runfiles": "(runfiles) All that it needs to run.",
    },
)

ArangodbTestInfo = provider(
    doc = "A test: what arangodb_test, arangodb_binary_test and run_on_deployment return, for aspects and for rules that " +
          "run it in another way.",
    fields = {
        "deployment": "(ArangodbDeploymentInfo) The topology that it runs on.",
        "program": "(File or None) The program of arangodb_binary_test; None for pytest files.",
        "server": "(ArangodbServerInfo) The server distribution that it runs on, or begins with.",
        "spec": "(File) JSON of armadillo_api.v1.TestSpec: all that the runner reads.",
        "upgrade_to": "(ArangodbServerInfo or None) The server distribution that it upgrades to.",
    },
)
