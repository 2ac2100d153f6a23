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
    "case_timeout_s": attr.int(
        default = 0,
        doc = "Limit of one case with set-up and tear-down, in seconds; 0 for none but the run's own.",
    ),
    "leaks": attr.string(
        default = "fail",
        doc = 'What cases do that leave databases, collections, users ... behind: "fail", "warn" or "ignore".',
    ),
    "log_errors": attr.string(
        default = "fail",
        doc = 'What an ERROR line of a server does that nothing allows: "fail", "warn" or "ignore".',
    ),
    "monitor_interval_ms": attr.int(
        default = 1000,
        doc = "Pause between two samples of the servers' processes, in milliseconds; 0 switches monitoring off.",
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

def policy_json(ctx):
    """The Policy message of a target; fails for words, numbers and reasons that mean nothing.

    Args:
      ctx: context of a rule with POLICY_ATTRIBUTES.

    Returns:
      A dictionary.
    """
    for attribute in ["leaks", "log_errors"]:
        if getattr(ctx.attr, attribute) not in CONSEQUENCES:
            fail(messages.unknown_word(ctx.label, attribute, getattr(ctx.attr, attribute), CONSEQUENCES))
    for attribute in ["case_timeout_s", "monitor_interval_ms"]:
        if getattr(ctx.attr, attribute) < 0:
            fail(messages.negative(ctx.label, attribute, getattr(ctx.attr, attribute)))
    return {
        "allowed_log_lines": [
            _allowance(ctx.label, "allowed_log_lines", pattern, reason)
            for pattern, reason in ctx.attr.allowed_log_lines.items()
        ],
        "allowed_sanitizer_reports": [
            _allowance(ctx.label, "allowed_sanitizer_reports", pattern, reason)
            for pattern, reason in ctx.attr.allowed_sanitizer_reports.items()
        ],
        "case_timeout_s": ctx.attr.case_timeout_s,
        "leaks": ctx.attr.leaks,
        "log_errors": ctx.attr.log_errors,
        "monitor_interval_ms": ctx.attr.monitor_interval_ms,
    }
