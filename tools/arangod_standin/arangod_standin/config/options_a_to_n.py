"""arangod's options of the general section and of the sections agency to network.

From the option tables of ArangoDB's documentation. One entry is ``name:type=default``, then in braces a range or the
possible values, then ``@3`` or ``@4`` for an option of one family alone, and ``!`` for a command.
"""

from __future__ import annotations

OPTIONS_A_TO_N: dict[str, str] = {
    "": """
        check-configuration:boolean=false! config:string= configuration:string= console:boolean=false@3
        daemon:boolean=false default-language:string= default-language-check:boolean=true define:strings=
        dump-dependencies:boolean=false! dump-options:boolean=false! fortune:boolean=false gid:string=
        honor-nsswitch:boolean=false hund:boolean=false icu-language:string= log:strings=info pid-file:string=
        supervisor:boolean=false uid:string= use-splice-syscall:boolean=true vector-index:boolean=false@3
        vector-index-build-retry-backoff:double=60{0..}@3 version:boolean=false! version-json:boolean=false!
        working-directory:string=.
    """,
    "activities": "only-superuser-enabled:boolean=false registry-cleanup-timeout:uint64=1{1..}",
    "agency": """
        activate:boolean=false compaction-keep-size:uint64=50000 compaction-step-size:uint64=1000
        disaster-recovery-id:string= election-timeout-max:double=5{0..} election-timeout-min:double=1{0..}
        endpoint:strings= max-append-size:uint64=250 my-address:string= pool-size:uint64=1@3 size:uint64=1
        supervision:boolean=false supervision-delay-add-follower:uint64=0 supervision-delay-failed-follower:uint64=0
        supervision-expired-servers-grace-period:double=3600{0..} supervision-failed-leader-adds-follower:boolean=true
        supervision-frequency:double=1{0..} supervision-grace-period:double=10{0..}
        supervision-ok-threshold:double=5{0..} wait-for-sync:boolean=true
    """,
    "arangosearch": """
        columns-cache-limit:uint64=0 columns-cache-only-leader:boolean=false commit-threads:uint32=0
        commit-threads-idle:uint32=0 consolidation-threads:uint32=0 consolidation-threads-idle:uint32=0
        default-parallelism:uint32=1 execution-threads-limit:uint32=0 fail-queries-on-out-of-sync:boolean=false
        skip-recovery:strings= threads:uint32=0@3 threads-limit:uint32=0@3
    """,
    "async-registry": "cleanup-timeout:uint64=1{1..}",
    "audit": """
        hostname:string= max-entry-length:uint32=134217728 output:strings= queue:boolean=false
        write-log-level:boolean=false
    """,
    "auth": "maximal-jwt-expiry-time:double=3600{1..} minimal-jwt-expiry-time:double=10{1..}",
    "backup": """
        api-enabled:string=true files-per-batch:uint64=100 local-path-prefix:string=/
        number-parallel-remote-copies:uint32=0
    """,
    "cache": """
        acceleration-factor-for-edge-compression:uint32=1{1..65537} high-water-multiplier:double=0.56{0.1..1}
        ideal-lower-fill-ratio:double=0.08{0..1} ideal-upper-fill-ratio:double=0.33{0..1}
        max-cache-value-size:uint64=4194304 max-spare-memory-usage:uint64=67108864
        min-value-size-for-edge-compression:uint64=1073741824{0..1073741824}
        rebalancing-interval:uint64=2000000{500000..} size:uint64=7735559168
    """,
    "cluster": """
        agency-endpoint:strings= api-jwt-policy:string=jwt-compat{jwt-all|jwt-compat|jwt-write}
        connectivity-check-interval:uint32=3600 create-waits-for-sync-replication:boolean=true
        default-replication-factor:uint32=1{1..10} failed-write-concern-status-code:uint32=403
        force-one-shard:boolean=false index-create-timeout:double=259200{0..} max-number-of-move-shards:uint32=10
        max-number-of-shards:uint32=1000{1..} max-replication-factor:uint32=10{0..10}
        min-replication-factor:uint32=1{1..10} my-address:string= my-advertised-endpoint:string= my-role:string=
        no-heartbeat-delay-before-shutdown:double=1800{0..} require-persisted-id:boolean=false
        resign-leadership-on-shutdown:boolean=false shard-synchronization-attempt-timeout:double=1200{0..}
        synchronous-replication-timeout-factor:double=1{0..} synchronous-replication-timeout-maximum:double=3600{0..}
        synchronous-replication-timeout-minimum:double=900{0..} synchronous-replication-timeout-per-4k:double=0.1{0..}
        system-replication-factor:uint32=2{1..10} upgrade:string=auto{auto|disable|force|online}
        write-concern:uint32=1{1..10}
    """,
    "crash-handler": "enable-dumps:boolean=true",
    "database": """
        auto-upgrade:boolean=false auto-upgrade-full-compaction:boolean=false check-version:boolean=false!
        default-replication-version:string=1{1} directory:string= extended-names:boolean=true
        ignore-datafile-errors:boolean=false init-database:boolean=false! io-heartbeat:boolean=true
        max-databases:uint64=18446744073709551615 password:string=
        required-directory-state:string=any{any|empty|existing|non-existing|populated} restore-admin:boolean=false!
        upgrade-check:boolean=true wait-for-sync:boolean=false
    """,
    "dump": """
        max-batch-size:uint64=1073741824{4096..} max-docs-per-batch:uint64=1000000{10..}
        max-memory-usage:uint64=6188447334{16777216..} max-parallelism:uint64=8{1..}
    """,
    "encryption": "key-generator:string= keyfile:string=",
    "foxx": """
        allow-install-from-remote:boolean=false@3 api:boolean=true@3 enable:boolean=true@3
        force-update-on-startup:boolean=false@3 queues:boolean=true@3 queues-poll-interval:double=1{0..}@3
        store:boolean=true@3
    """,
    "http": """
        compress-response-threshold:uint64=0 handle-content-encoding-for-unauthenticated-requests:boolean=false
        keep-alive-timeout:double=300{0..} permanently-redirect-root:boolean=true@3
        redirect-root-to:string=/_admin/aardvark/index.html@3 return-queue-time-header:boolean=true
        trusted-origin:strings=
    """,
    "javascript": """
        allow-admin-execute:boolean=false@3 allow-external-process-control:boolean=false@3
        allow-port-testing:boolean=false@3 app-path:string=@3 copy-installation:boolean=false@3 enabled:boolean=true@3
        endpoints-allowlist:strings=@3 endpoints-denylist:strings=@3 environment-variables-allowlist:strings=@3
        environment-variables-denylist:strings=@3 files-allowlist:strings=@3 files-denylist:strings=@3
        gc-frequency:double=60{0..}@3 gc-interval:uint64=2000@3 harden:boolean=false@3 module-directory:strings=@3
        script:strings=@3 script-parameter:strings=@3 startup-directory:string=@3 startup-options-allowlist:strings=@3
        startup-options-denylist:strings=@3 tasks:boolean=true@3 transactions:boolean=true@3
        user-defined-functions:boolean=true@3 v8-contexts:uint64=0@3 v8-contexts-max-age:double=60{0..}@3
        v8-contexts-max-invocations:uint64=0@3 v8-contexts-minimum:uint64=0@3 v8-max-heap:uint64=3072@3
        v8-options:strings=@3
    """,
    "log": """
        api-enabled:string=true color:boolean=true escape-control-chars:boolean=true escape-unicode-chars:boolean=false
        file:string=- file-group:string= file-mode:string= force-direct:boolean=false foreground-tty:boolean=false
        hostname:string= ids:boolean=true in-memory:boolean=true
        in-memory-level:string=info{debug|err|error|fatal|info|trace|warn|warning} keep-logrotate:boolean=false
        level:strings=info line-number:boolean=false max-entry-length:uint32=134217728 max-queued-entries:uint32=16384
        output:strings= performance:boolean=false@3 prefix:string= process:boolean=true
        recording-api-enabled:string=true request-parameters:boolean=true role:boolean=false
        shorten-filenames:boolean=true structured-param:strings= thread:boolean=true thread-name:boolean=false
        time-format:string=utc-datestring-micros{local-datestring|timestamp|timestamp-micros|timestamp-millis|uptime|uptime-micros|uptime-millis|utc-datestring|utc-datestring-micros|utc-datestring-millis}
        use-json-format:boolean=false use-local-time:boolean=false@3 use-microtime:boolean=false@3
    """,
    "network": """
        compress-request-threshold:uint64=200 compression-method:string=none{auto|deflate|gzip|lz4|none}
        idle-connection-ttl:uint64=120000 io-threads:uint32=2{1..} max-open-connections:uint64=1024{8..}
        max-requests-in-flight:uint64=65536 protocol:string={|h2|http|http2}@3 verify-hosts:boolean=false
    """,
}
