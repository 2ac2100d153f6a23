"""When a server and a deployment are ready: the conditions of ArangoDB's own frameworks.

Each function answers "" when the condition holds and otherwise says what is missing, for the error text of a wait.
They block for the time of a request; the runner calls them from threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.role import Role
from .http_probe import connect, get
from .server_plan import ServerPlan

Headers = Mapping[str, str]


def server_is_ready(plan: ServerPlan, headers: Headers) -> str:
    """One server answers, has the role it should have, and (all but agents) is available.

    `/_api/version` is the first thing that answers; `/_admin/server/availability` is 503 during start.
    Agents have no readiness of their own: the agency has (`agency_is_ready`).
    """
    version = get(plan.http_endpoint, "/_api/version", headers)
    if version.status != 200:
        return f"{plan.name}: GET /_api/version: {version.summary}"
    role = get(plan.http_endpoint, "/_admin/server/role", headers)
    if role.body.get("role") != plan.role.reported_role:
        return f"{plan.name}: expected role {plan.role.reported_role}, found {role.body.get('role', role.summary)!r}"
    if plan.role is Role.AGENT:
        return ""
    available = get(plan.http_endpoint, "/_admin/server/availability", headers)
    if available.status != 200:
        return f"{plan.name}: GET /_admin/server/availability: {available.summary}"
    return _problem_of_proxy(plan)


def _problem_of_proxy(plan: ServerPlan) -> str:
    """A proxy in front of the server listens some milliseconds after it; no rule keeps a connect from succeeding."""
    if plan.advertised_http_endpoint == plan.http_endpoint:
        return ""
    problem = connect(plan.advertised_http_endpoint)
    return f"{plan.name}: its proxy does not listen yet: {problem}" if problem else ""


def agency_is_ready(agents: Sequence[ServerPlan], headers: Headers) -> str:
    """All agents know the same leader, and at least one has seen acknowledgements (`lastAcked`)."""
    leaders = set()
    acknowledged = False
    for agent in agents:
        answer = get(agent.http_endpoint, "/_api/agency/config", headers)
        if answer.status != 200:
            return f"{agent.name}: GET /_api/agency/config: {answer.summary}"
        problem = _problem_of_proxy(agent)
        if problem:
            return problem
        leader = answer.body.get("leaderId", "")
        if not leader:
            return f"{agent.name} knows no agency leader yet"
        leaders.add(leader)
        acknowledged = acknowledged or "lastAcked" in answer.body
    if len(leaders) != 1:
        return f"the agents disagree about their leader: {sorted(leaders)}"
    return "" if acknowledged else "the agency's leader has no acknowledgement of its followers yet"


def cluster_is_healthy(coordinator: ServerPlan, expected: Sequence[ServerPlan], headers: Headers) -> str:
    """`/_admin/cluster/health` lists every expected server by its endpoint as GOOD.

    An endpoint may be listed twice: a server that lost its data directory comes back under a new id, and the old one
    stays listed as FAILED until it is removed. One GOOD is enough.
    """
    answer = get(coordinator.http_endpoint, "/_admin/cluster/health", headers)
    if answer.status != 200:
        return f"{coordinator.name}: GET /_admin/cluster/health: {answer.summary}"
    status_of: dict[str, str] = {}
    for entry in _entries(answer.body):
        endpoint, status = entry.get("Endpoint", ""), entry.get("Status", "?")
        if status_of.get(endpoint) != "GOOD":
            status_of[endpoint] = status
    problems = [
        f"{plan.name} is {status_of.get(plan.advertised_endpoint, 'not listed')}"
        for plan in expected
        if status_of.get(plan.advertised_endpoint) != "GOOD"
    ]
    return f"cluster health: {', '.join(problems)}" if problems else ""


def _entries(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    health = body.get("Health", {})
    return [entry for entry in health.values() if isinstance(entry, dict)] if isinstance(health, dict) else []
