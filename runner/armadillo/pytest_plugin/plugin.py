"""The hooks that join pytest to the runner. Thin: each matter has a file of its own."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

import pytest

from ..arangodb.transport import load_aiohttp
from ..errors import ServerStartError
from . import markers
from .attempts import Attempts
from .choosing import Choosing
from .command_line import test_files
from .deployment_holder import HOLDER, DeploymentHolder
from .fault_check import FaultCheck
from .leak_check import LeakCheck
from .node_ids import workspace_relative
from .own_frames import without_own_frames
from .reporting import Reporting, RunnerLink
from .surroundings import Surroundings

_DEPLOYMENT_DID_NOT_START = 3  # pytest's code for "internal error": the cases cannot be blamed

_NO_TEST = (
    "no test was found in this file; pytest collects functions named test_* and classes named Test*. "
    "If it holds helpers, move it from `srcs` into a py_library in `deps`"
)
_NO_SEED = (
    "no function `seed` or `seed_*` was found in this script; it is what fills the dataset: async def seed(arango)"
)


class Plugin:
    """Registered with pytest for the whole session; `names` are the cases named on the command line."""

    def __init__(self, surroundings: Surroundings, names: Sequence[str]) -> None:
        self._surroundings = surroundings
        link = RunnerLink(surroundings)
        self._reporting = Reporting(link, surroundings)
        self._choosing = Choosing(surroundings, names, link.publish)
        self._holder = DeploymentHolder(surroundings, link)
        self._faults = FaultCheck(self._holder, link.publish, surroundings.spec.policy.leaks)
        self._leaks: LeakCheck | None = None
        if LeakCheck.wanted(surroundings.spec.policy.leaks):
            self._leaks = LeakCheck(self._holder, link.publish, surroundings.build_file)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Registers markers and reporting."""
        markers.register(config)
        config.stash[HOLDER] = self._holder
        config.pluginmanager.register(self._reporting, "armadillo-reporting")
        config.pluginmanager.register(self._faults, "armadillo-faults")
        if self._leaks is not None:
            config.pluginmanager.register(self._leaks, "armadillo-leaks")
        if self._surroundings.case_attempts > 1:
            attempts = Attempts(self._surroundings.case_attempts, self._reporting.attempt_failed)
            config.pluginmanager.register(attempts, "armadillo-attempts")

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Filter first, then shard."""
        self._complain_of_empty_files(items, "seed" in config.getini("python_functions"))
        everything = [workspace_relative(item.nodeid) for item in items]
        yield
        self._reporting.in_other_shards = self._choosing.apply(config, items, everything)
        for item in items:
            self._mark(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Collection went on while the servers booted; the first case waits for them."""
        if session.items and not session.config.option.collectonly:
            # The first request will need it: 100 ms, better spent while the servers boot.
            threading.Thread(target=load_aiohttp, name="armadillo-imports", daemon=True).start()
            try:
                self._holder.wait_until_ready()
            except ServerStartError as error:
                pytest.exit(f"the deployment did not start: {error}", returncode=_DEPLOYMENT_DID_NOT_START)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skips what the server cannot do, with the reason."""
        missing = self._holder.description.missing_requirement
        reason = missing or markers.reason_against_server(item, self._holder.facts)
        if reason:
            pytest.skip(reason)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Brings back servers that the case left down, before its fixtures clean up on them; then looks for leaks."""
        self._faults.heal_after_call()
        problem = self._holder.recover_after(item, self._holder.held_servers)
        if self._leaks is not None:
            self._leaks.tell_left_down()
        try:
            result = yield
        finally:
            self._faults.heal_after_case()
            if self._leaks is not None and problem is None:
                self._leaks.look_after_case()
        if problem is not None:
            # The next cases would fail for this one's reason: they are not run.
            item.session.shouldfail = f"the deployment is lost since {item.nodeid}"
            pytest.fail(f"a server that the case left down could not be brought back: {problem}", pytrace=False)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Failures are shown where the test made them come up, not inside the handles (`--full-trace` shows all)."""
        if call.excinfo is not None and not item.config.option.fulltrace:
            call.excinfo = without_own_frames(call.excinfo)

    def _complain_of_empty_files(self, items: Sequence[pytest.Item], is_seeding: bool) -> None:
        with_cases = {str(item.path) for item in items}
        for path in test_files(self._surroundings):
            if path not in with_cases and not self._reporting.knows_about(path):
                self._reporting.add_error(self._reporting.tidy(path), _NO_SEED if is_seeding else _NO_TEST)

    def _mark(self, item: pytest.Item) -> None:
        reason = markers.reason_against_kind(item, self._surroundings.spec.deployment, self._surroundings.spec.target)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason), append=False)
        item.user_properties.extend(markers.properties_of(item))
