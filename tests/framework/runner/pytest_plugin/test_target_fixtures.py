"""The fixtures whose content the target's rule gives."""

from __future__ import annotations

import json
from pathlib import Path

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun
from tests.framework.runner.support.scripted_arango import ScriptedArango
from tests.framework.runner.support.scripted_runner import server_message

PARAMETERS = """\
    def test_given(parameters):
        assert parameters == {"documents": 1000, "kinds": ["edge"]}

    def test_default(parameters):
        assert parameters.get("other", 3) == 3

    def test_missing(parameters):
        parameters["other"]

    async def test_upgrade(upgrade):
        pass

    async def test_tools(client_tools):
        await client_tools.dump("/dump")
"""


def test_they_say_what_the_target_lacks(tmp_path: Path) -> None:
    """Parameters keep their types, a missing one lists what there is; `upgrade` names its rule, a tool its server."""
    play = PluginRun(tmp_path, policy={"leaks": "ignore"})
    play.environment["ARMADILLO_PARAMETERS"] = json.dumps({"documents": 1000, "kinds": ["edge"]})
    play.file("pkg/x_test.py", PARAMETERS)
    with ScriptedArango(lambda _: (200, {"version": "3.12.5"})) as arango:
        play.runner.description.servers.append(server_message("single-1", endpoint=arango.endpoint))
        play.run()

    assert play.outcomes == {
        "test_given": "PASSED",
        "test_default": "PASSED",
        "test_missing": "FAILED",
        "test_upgrade": "ERROR",
        "test_tools": "FAILED",
    }
    assert "there is no parameter 'other'; there are: documents, kinds" in play.output
    assert "expected arangodump among the client tools of the server, found none; put it into `tools`" in play.output
    assert "use the rule arangodb_upgrade_test with from_server and to_server in pkg/BUILD.bazel" in play.output
