"""arangod's options of the sections query to web-interface.

From the option tables of ArangoDB's documentation. One entry is ``name:type=default``, then in braces a range or the
possible values, then ``@3`` or ``@4`` for an option of one family alone, and ``!`` for a command.
"""

from __future__ import annotations

OPTIONS_Q_TO_W: dict[str, str] = {
    "query": """
        allow-collections-in-expressions:boolean=false@3 cache-entries:uint64=0 cache-entries-max-size:uint64=0
        cache-entry-max-size:uint64=0 cache-include-system-collections:boolean=false cache-mode:string=off
        collection-logger-all-slow-queries:boolean=true collection-logger-cleanup-interval:uint64=600000{1000..}
        collection-logger-enabled:boolean=false collection-logger-include-system-database:boolean=false
        collection-logger-max-buffered-queries:uint64=4096 collection-logger-probability:double=0.1{0..100}
        collection-logger-push-interval:uint64=3000 collection-logger-retention-time:double=28800{1..}
        fail-on-warning:boolean=false global-memory-limit:uint64=26802673459 log-failed:boolean=false
        log-memory-usage-threshold:uint64=1073741824 max-artifact-log-length:uint64=4096
        max-collections-per-query:uint64=2048 max-dnf-condition-members:uint64=786432 max-nodes-per-callstack:uint64=250
        max-parallelism:uint64=4 max-query-async-prefetch-slots:uint64=32 max-runtime:double=0{0..}
        max-total-async-prefetch-slots:uint64=256 memory-limit:uint64=19853832192 memory-limit-override:boolean=true
        optimizer-max-plans:uint64=128{1..} optimizer-rules:strings= parallelize-traversals:boolean=true
        plan-cache-invalidation-time:double=900{0..} plan-cache-max-entries:uint64=128
        plan-cache-max-entry-size:uint64=2097152 plan-cache-max-memory-usage:uint64=8388608 registry-ttl:double=0{0..}
        require-with:boolean=false slow-streaming-threshold:double=10{0..} slow-threshold:double=10{0..}
        smart-joins:boolean=true tracking:boolean=true tracking-slow-queries:boolean=true
        tracking-with-bindvars:boolean=true tracking-with-datasources:boolean=false
        tracking-with-querystring:boolean=true
    """,
    "random": "generator:uint32=1",
    "rclone": "argument:strings= executable:string=",
    "replication": """
        auto-repair-revision-trees:boolean=true auto-start:boolean=true connect-timeout:double=10{0..}
        max-parallel-tailing-invocations:uint64=0 quick-keys-limit:uint64=1000000 request-timeout:double=600{0..}
        sync-by-revision:boolean=true
    """,
    "rocksdb": """
        allow-fallocate:boolean=true auto-fill-index-caches-on-startup:boolean=false
        auto-flush-check-interval:double=1800{0..} auto-flush-min-live-wal-files:uint64=20
        auto-refill-index-caches-on-followers:boolean=true auto-refill-index-caches-on-modify:boolean=false
        auto-refill-index-caches-queue-capacity:uint64=131072 blob-compression-type:string=lz4{lz4|lz4hc|none|snappy}
        blob-file-size:uint64=1073741824 blob-file-starting-level:uint32=0
        blob-garbage-collection-age-cutoff:double=0.25{0..1} blob-garbage-collection-force-threshold:double=1{0..1}
        block-align-data-blocks:boolean=false block-cache-estimated-entry-charge:uint64=0
        block-cache-jemalloc-allocator:boolean=false block-cache-shard-bits:int64=-1{-1..20}
        block-cache-size:uint64=9282671001 block-cache-type:string=lru{hyper-clock|lru}
        bloom-filter-bits-per-key:double=10{0..} cache-index-and-filter-blocks:boolean=true
        cache-index-and-filter-blocks-with-high-priority:boolean=true
        checksum-type:string=xxHash64{XXH3|crc32c|xxHash|xxHash64} compaction-read-ahead-size:uint64=2097152
        compaction-style:string=level{fifo|level|none|universal} compression-type:string=lz4{lz4|lz4hc|none|snappy}
        create-sha-files:boolean=true debug-logging:boolean=false delayed-write-rate:uint64=0
        dynamic-level-bytes:boolean=true enable-blob-cache:boolean=false enable-blob-files:boolean=false
        enable-blob-garbage-collection:boolean=true enable-index-compression:boolean=true
        enable-pipelined-write:boolean=true enable-statistics:boolean=false encryption-gen-internal-key:boolean=false
        encryption-hardware-acceleration:boolean=true encryption-key-generator:string=
        encryption-key-rotation:boolean=false encryption-keyfile:string= encryption-keyfolder:string=
        enforce-block-cache-size-limit:boolean=false exclusive-writes:boolean=false@3
        force-legacy-comparator:boolean=false format-version:uint32=5 intermediate-commit-count:uint64=1000000
        intermediate-commit-size:uint64=536870912 level0-compaction-trigger:int64=2 level0-slowdown-trigger:int64=16
        level0-stop-trigger:int64=256 limit-open-files-at-startup:boolean=false max-background-jobs:int32=8
        max-bytes-for-level-base:uint64=268435456 max-bytes-for-level-multiplier:double=10{0..}
        max-concurrent-index-fill-tasks:uint64=1 max-parallel-compactions:uint64=2 max-subcompactions:uint32=2
        max-total-wal-size:uint64=83886080 max-transaction-size:uint64=18446744073709551615
        max-write-buffer-number:uint64=13 max-write-buffer-number-definitions:uint64=0
        max-write-buffer-number-documents:uint64=0 max-write-buffer-number-edge:uint64=0
        max-write-buffer-number-fulltext:uint64=0 max-write-buffer-number-geo:uint64=0
        max-write-buffer-number-mdi:uint64=0 max-write-buffer-number-mdi-prefixed:uint64=0
        max-write-buffer-number-primary:uint64=0 max-write-buffer-number-replicated-logs:uint64=0
        max-write-buffer-number-vector:uint64=0 max-write-buffer-number-vpack:uint64=0
        max-write-buffer-size-to-maintain:int64=0 min-blob-size:uint64=256 min-write-buffer-number-to-merge:uint64=1
        minimum-disk-free-bytes:uint64=16777216 minimum-disk-free-percent:double=0.01{0..1} num-levels:uint64=7{1..20}
        num-threads-priority-high:uint32=0{0..64} num-threads-priority-low:uint32=0{0..256}
        num-uncompressed-levels:uint64=2 optimize-filters-for-hits:boolean=false
        optimize-filters-for-memory:boolean=false partition-files-for-documents:boolean=false
        partition-files-for-edge-index:boolean=false partition-files-for-mdi-index:boolean=false
        partition-files-for-persistent-index:boolean=false partition-files-for-primary-index:boolean=false
        partition-files-for-vector-index:boolean=false pending-compactions-slowdown-trigger:uint64=1073741824
        pending-compactions-stop-trigger:uint64=34359738368 periodic-compaction-ttl:uint64=86400
        pin-l0-filter-and-index-blocks-in-cache:boolean=false pin-top-level-index-and-filter:boolean=true
        prepopulate-blob-cache:boolean=false prepopulate-block-cache:boolean=false recycle-log-file-num:uint64=0
        reserve-file-metadata-memory:boolean=true reserve-table-builder-memory:boolean=true
        reserve-table-reader-memory:boolean=true sync-delay-threshold:uint64=5000 sync-interval:uint64=100
        table-block-size:uint64=16384 target-file-size-base:uint64=67108864 target-file-size-multiplier:uint64=1{1..}
        throttle:boolean=true throttle-frequency:uint64=1000 throttle-lower-bound-bps:uint64=10485760
        throttle-max-write-rate:uint64=0 throttle-scaling-factor:uint64=17 throttle-slots:uint64=120{1..}
        throttle-slow-down-writes-trigger:uint64=8 total-write-buffer-size:uint64=12376894668
        transaction-lock-stripes:uint64=16 transaction-lock-timeout:int64=1000
        use-direct-io-for-flush-and-compaction:boolean=false use-direct-reads:boolean=false
        use-file-logging:boolean=false use-fsync:boolean=false use-io_uring:boolean=true verify-sst:boolean=false!
        wal-archive-size-limit:uint64=0 wal-directory:string= wal-file-timeout:double=10{0..}
        wal-file-timeout-initial:double=60{0..} wal-recovery-skip-corrupted:boolean=false
        write-buffer-size:uint64=67108864
    """,
    "server": """
        allow-use-database:boolean=false@3 api-call-recording:boolean=true
        api-recording-memory-limit:uint64=26214400{262144..274877906944} aql-query-recording:boolean=true
        aql-recording-memory-limit:uint64=26214400{262144..274877906944} authentication-system-only:boolean=true@3
        authentication-timeout:double=0{0..} authentication-unix-sockets:boolean=true authentication:boolean=true
        cluster-metrics-timeout:uint32=0 count-descriptors-interval:uint64=60000 descriptors-minimum:uint64=8192
        early-connections:boolean=false endpoint:strings= ensure-whitespace-metrics-format:boolean=true
        export-metrics-api:boolean=true export-read-write-metrics:boolean=false
        export-shard-usage-metrics:string=disabled{disabled|enabled-per-shard|enabled-per-shard-per-user}
        external-rbac-service:string= failure-point:strings= gid:string= harden:boolean=false io-threads:uint64=2{1..}
        jwt-secret-folder:string= jwt-secret-keyfile:string= jwt-secret:string=@3
        license-check-interval:uint64=120{1..120} license-disk-usage-grace-period-readonly:uint64=172800{1..172800}
        license-disk-usage-grace-period-shutdown:uint64=172800{1..172800}
        license-disk-usage-limit:uint64=107374182400{1..107374182400}
        license-disk-usage-update-interval:uint64=42000{1..42000} maintenance-actions-block:int32=2
        maintenance-actions-linger:int32=3600 maintenance-slow-threads:uint32=1 maintenance-threads:uint32=3
        maximal-number-sync-shard-actions:uint64=32{1..} maximal-queue-size:uint64=4096 maximal-threads:uint64=32
        minimal-threads:uint64=4 ongoing-low-priority-multiplier:double=4{0..}
        options-api:string=jwt{admin|disabled|jwt|public} prio1-size:uint64=4096 prio2-size:uint64=4096
        rest-server:boolean=true@3 scheduler-queue-size:uint64=4096 scheduler:string=supervised{supervised|threadpools}
        session-timeout:double=3600{1..} statistics-all-databases:boolean=true@3 statistics-history:boolean=true@3
        statistics:boolean=true@3 support-info-api:string=admin{admin|disabled|jwt|public}
        telemetrics-api-max-requests:uint64=3@4 telemetrics-api:boolean=true@4 uid:string=
        unavailability-queue-fill-grade:double=0.75{0..1} validate-utf8-strings:boolean=true
    """,
    "ssl": """
        cafile:string=@3 cipher-list:string=HIGH:!EXPORT:!aNULL@STRENGTH@3 ecdh-curve:string=prime256v1@3
        keyfile:string=@3 options:uint64=2147485776@3 prefer-http1-in-alpn:boolean=false@3 protocol:uint64=9@3
        require-peer-certificate:boolean=false@3 server-name-indication:strings=@3 session-cache:boolean=false@3
    """,
    "tcp": "backlog-size:uint64=64 reuse-address:boolean=true",
    "temp": """
        intermediate-results-capacity:uint64=0 intermediate-results-encryption:boolean=false
        intermediate-results-encryption-hardware-acceleration:boolean=true intermediate-results-path:string=
        intermediate-results-spillover-threshold-memory-usage:uint64=134217728
        intermediate-results-spillover-threshold-num-rows:uint64=5000000 path:string=
    """,
    "tls": """
        cafile:string=@4 cipher-list:string=HIGH:!EXPORT:!aNULL@STRENGTH@4 ecdh-curve:string=prime256v1@4
        keyfile:string=@4 options:uint64=2147485776@4 prefer-http1-in-alpn:boolean=false@4 protocol:uint64=9@4
        require-peer-certificate:boolean=false@4 server-name-indication:strings=@4 session-cache:boolean=false@4
    """,
    "transaction": """
        streaming-idle-timeout:double=60{0..120} streaming-lock-timeout:double=8{0..}
        streaming-max-transaction-size:uint64=536870912
    """,
    "ttl": """
        frequency:uint64=30000 max-collection-removes:uint64=100000{1..} max-total-removes:uint64=1000000{1..}
    """,
    "web-interface": """
        proxy-request-check:boolean=true@3 trusted-proxy:strings=@3 version-check:boolean=true@3
    """,
}
