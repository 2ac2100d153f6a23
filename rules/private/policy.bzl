"""What counts as a failure beside failed cases: the attributes, and the Policy message that they become."""

load(":messages.bzl", "messages")

CONSEQUENCES = ["fail", "warn", "ignore"]

POLICY_ATTRIBUTES = {
    "allowed_log_lines": attr.string_dict(
        doc = "ERROR and FATAL lines that do not fail the run: regular expression -> reason. A reason may begin with " +
              "`until YYYY-MM-DD: `, the last day on which the line is allowed. Those that nothing matched are reported.",
    ),
    "allowed_sanitizer_reports": attr.string_dict(
        doc = "Sanitizer reports that do not fail the run: regular expression or fingerprint -> reason, as above.",
    ),
    "case_attempts": attr.int(
        default = 1,
        doc = "How often a case is tried that fails in its own body while its servers are well. One that passes at a " +
              "later attempt is flaky: that does not fail the run, and is shown everywhere.",
    ),
    "case_timeout_s": attr.int(
        default = 0,
        doc = "Limit of one case with set-up and tear-down, in seconds; 0 for none but the run's own.",
    ),
    "cpu_spin_percent": attr.int(
        default = 95,
        doc = "A server that keeps so many percent of one core busy for `cpu_spin_s` while it has nothing to do is " +
              "reported; 0 switches the rule off.",
    ),
    "cpu_spin_s": attr.int(
        default = 60,
        doc = "How long a server must be busy without work before it is reported, in seconds.",
    ),
    "leaks": attr.string(
        default = "fail",
        doc = 'What cases do that leave databases, collections, users ... behind: "fail", "warn" or "ignore".',
    ),
    "log_errors": attr.string(
        default = "fail",
        doc = 'What an ERROR line of a server does that nothing allows: "fail", "warn" or "ignore".',
    ),
    "memory_growth_limit_mb": attr.int(
        default = 1024,
        doc = "Growth of a server's memory that is reported as a suspected leak, in MiB per minute, kept up over all " +
              "of `memory_growth_window_s`; 0 switches the rule off.",
    ),
    "memory_growth_window_s": attr.int(
        default = 120,
        doc = "How long memory must grow before it is reported, in seconds.",
    ),
    "monitor_findings": attr.string(
        default = "warn",
        doc = 'What memory growth, a stuck or a spinning server does to the run: "fail", "warn" or "ignore".',
    ),
    "monitor_interval_ms": attr.int(
        default = 1000,
        doc = "Pause between two samples of the servers' processes, in milliseconds; 0 switches monitoring off.",
    ),
    "stuck_after_probes": attr.int(
        default = 6,
        doc = "A server that leaves so many health probes in a row (one each 5 s) without an answer is reported as " +
              "stuck; 0 sends no probes.",
    ),
}

def _allowance(label, attribute, pattern, reason):
    until = ""
    text = reason
    if reason.startswith("until "):
        until, colon, text = reason[len("until "):].partition(": ")
        parts = until.split("-")
        if not colon or [len(part) for part in parts] != [4, 2, 2] or not "".join(parts).isdigit():
            fail(messages.bad_allowance(label, attribute, pattern, reason))
    if not pattern or not text.strip():
        fail(messages.bad_allowance(label, attribute, pattern, reason))
    return {"pattern": pattern, "reason": text, "until": until}

_ALLOWANCES = ["allowed_log_lines", "allowed_sanitizer_reports"]
_WORDS = ["leaks", "log_errors", "monitor_findings"]
_NUMBERS = [
    "case_attempts",
    "case_timeout_s",
    "cpu_spin_percent",
    "cpu_spin_s",
    "memory_growth_limit_mb",
    "memory_growth_window_s",
    "monitor_interval_ms",
    "stuck_after_probes",
]

def policy_json(ctx):
    """The Policy message of a target; fails for words, numbers and reasons that mean nothing.

    Args:
      ctx: context of a rule with POLICY_ATTRIBUTES, or some of them.

    Returns:
      A dictionary.
    """
    policy = {attribute: getattr(ctx.attr, attribute, None) for attribute in _WORDS + _NUMBERS}
    for attribute, value in policy.items():
        if value == None:
            policy.pop(attribute)
        elif attribute in _WORDS:
            if value not in CONSEQUENCES:
                fail(messages.unknown_word(ctx.label, attribute, value, CONSEQUENCES))
        elif attribute == "case_attempts" and value < 1:
            fail(messages.too_few(ctx.label, attribute, value))
        elif value < 0:
            fail(messages.negative(ctx.label, attribute, value))
    for attribute in _ALLOWANCES:
        policy[attribute] = [
            _allowance(ctx.label, attribute, pattern, reason)
            for pattern, reason in getattr(ctx.attr, attribute).items()
        ]
    return policy
