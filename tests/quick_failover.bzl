"""Options of agents that replace a lost leader within seconds.

Supervision gives a silent server up after 10 s; here it is quicker, so that failovers take seconds. A server tells
that it is alive each second: less than three misses would be a guess.
"""

QUICK_FAILOVER = [
    "--agency.supervision-frequency=0.5",
    "--agency.supervision-ok-threshold=2",
    "--agency.supervision-grace-period=3",
]
