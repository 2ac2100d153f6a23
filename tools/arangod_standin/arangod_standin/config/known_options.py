"""Every command line option of arangod 3.12, by type; from the option tables of ArangoDB's documentation."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BOOLEAN_OPTIONS = _names("""
    activities.only-superuser-enabled agency.activate agency.supervision
    agency.supervision-failed-leader-adds-follower agency.wait-for-sync arangosearch.columns-cache-only-leader
    arangosearch.fail-queries-on-out-of-sync audit.queue audit.write-log-level check-configuration
    cluster.create-waits-for-sync-replication cluster.force-one-shard cluster.require-persisted-id
    cluster.resign-leadership-on-shutdown console crash-handler.enable-dumps daemon database.auto-upgrade
    database.auto-upgrade-full-compaction database.check-version database.extended-names
    database.ignore-datafile-errors database.init-database database.io-heartbeat database.restore-admin
    database.upgrade-check database.wait-for-sync default-language-check dump-dependencies dump-options fortune
    foxx.allow-install-from-remote foxx.api foxx.enable foxx.force-update-on-startup foxx.queues foxx.store help-all
    honor-nsswitch http.handle-content-encoding-for-unauthenticated-requests http.permanently-redirect-root
    http.return-queue-time-header hund javascript.allow-admin-execute javascript.allow-external-process-control
    javascript.allow-port-testing javascript.copy-installation javascript.enabled javascript.harden javascript.tasks
    javascript.transactions javascript.user-defined-functions log.color log.escape-control-chars
    log.escape-unicode-chars log.force-direct log.foreground-tty log.ids log.in-memory log.keep-logrotate
    log.line-number log.performance log.process log.request-parameters log.role log.shorten-filenames log.thread
    log.thread-name log.use-json-format log.use-local-time log.use-microtime network.verify-hosts
    query.allow-collections-in-expressions query.cache-include-system-collections
    query.collection-logger-all-slow-queries query.collection-logger-enabled
    query.collection-logger-include-system-database query.fail-on-warning query.log-failed
    query.memory-limit-override query.parallelize-traversals query.require-with query.smart-joins query.tracking
    query.tracking-slow-queries query.tracking-with-bindvars query.tracking-with-datasources
    query.tracking-with-querystring replication.auto-repair-revision-trees replication.auto-start
    replication.sync-by-revision rocksdb.allow-fallocate rocksdb.auto-fill-index-caches-on-startup
    rocksdb.auto-refill-index-caches-on-followers rocksdb.auto-refill-index-caches-on-modify
    rocksdb.block-align-data-blocks rocksdb.block-cache-jemalloc-allocator rocksdb.cache-index-and-filter-blocks
    rocksdb.cache-index-and-filter-blocks-with-high-priority rocksdb.create-sha-files rocksdb.debug-logging
    rocksdb.dynamic-level-bytes rocksdb.enable-blob-cache rocksdb.enable-blob-files
    rocksdb.enable-blob-garbage-collection rocksdb.enable-index-compression rocksdb.enable-pipelined-write
    rocksdb.enable-statistics rocksdb.encryption-gen-internal-key rocksdb.encryption-hardware-acceleration
    rocksdb.encryption-key-rotation rocksdb.enforce-block-cache-size-limit rocksdb.exclusive-writes
    rocksdb.force-legacy-comparator rocksdb.limit-open-files-at-startup rocksdb.optimize-filters-for-hits
    rocksdb.optimize-filters-for-memory rocksdb.partition-files-for-documents rocksdb.partition-files-for-edge-index
    rocksdb.partition-files-for-mdi-index rocksdb.partition-files-for-persistent-index
    rocksdb.partition-files-for-primary-index rocksdb.partition-files-for-vector-index
    rocksdb.pin-l0-filter-and-index-blocks-in-cache rocksdb.pin-top-level-index-and-filter
    rocksdb.prepopulate-blob-cache rocksdb.prepopulate-block-cache rocksdb.reserve-file-metadata-memory
    rocksdb.reserve-table-builder-memory rocksdb.reserve-table-reader-memory rocksdb.throttle
    rocksdb.use-direct-io-for-flush-and-compaction rocksdb.use-direct-reads rocksdb.use-file-logging
    rocksdb.use-fsync rocksdb.use-io_uring rocksdb.verify-sst rocksdb.wal-recovery-skip-corrupted
    server.allow-use-database server.api-call-recording server.aql-query-recording server.authentication
    server.authentication-system-only server.authentication-unix-sockets server.early-connections
    server.ensure-whitespace-metrics-format server.export-metrics-api server.export-read-write-metrics server.harden
    server.rest-server server.statistics server.statistics-all-databases server.statistics-history
    server.validate-utf8-strings ssl.prefer-http1-in-alpn ssl.require-peer-certificate ssl.session-cache supervisor
    tcp.reuse-address temp.intermediate-results-encryption
    temp.intermediate-results-encryption-hardware-acceleration use-splice-syscall vector-index version version-json
    web-interface.proxy-request-check web-interface.version-check
""")

INTEGER_OPTIONS = _names("""
    activities.registry-cleanup-timeout agency.compaction-keep-size agency.compaction-step-size
    agency.max-append-size agency.pool-size agency.size agency.supervision-delay-add-follower
    agency.supervision-delay-failed-follower arangosearch.columns-cache-limit arangosearch.commit-threads
    arangosearch.commit-threads-idle arangosearch.consolidation-threads arangosearch.consolidation-threads-idle
    arangosearch.default-parallelism arangosearch.execution-threads-limit arangosearch.threads
    arangosearch.threads-limit async-registry.cleanup-timeout audit.max-entry-length backup.files-per-batch
    backup.number-parallel-remote-copies cache.acceleration-factor-for-edge-compression cache.max-cache-value-size
    cache.max-spare-memory-usage cache.min-value-size-for-edge-compression cache.rebalancing-interval cache.size
    cluster.connectivity-check-interval cluster.default-replication-factor cluster.failed-write-concern-status-code
    cluster.max-number-of-move-shards cluster.max-number-of-shards cluster.max-replication-factor
    cluster.min-replication-factor cluster.system-replication-factor cluster.write-concern database.max-databases
    dump.max-batch-size dump.max-docs-per-batch dump.max-memory-usage dump.max-parallelism
    http.compress-response-threshold javascript.gc-interval javascript.v8-contexts
    javascript.v8-contexts-max-invocations javascript.v8-contexts-minimum javascript.v8-max-heap
    log.max-entry-length log.max-queued-entries network.compress-request-threshold network.idle-connection-ttl
    network.io-threads network.max-open-connections network.max-requests-in-flight query.cache-entries
    query.cache-entries-max-size query.cache-entry-max-size query.collection-logger-cleanup-interval
    query.collection-logger-max-buffered-queries query.collection-logger-push-interval query.global-memory-limit
    query.log-memory-usage-threshold query.max-artifact-log-length query.max-collections-per-query
    query.max-dnf-condition-members query.max-nodes-per-callstack query.max-parallelism
    query.max-query-async-prefetch-slots query.max-total-async-prefetch-slots query.memory-limit
    query.optimizer-max-plans query.plan-cache-max-entries query.plan-cache-max-entry-size
    query.plan-cache-max-memory-usage random.generator replication.max-parallel-tailing-invocations
    replication.quick-keys-limit rocksdb.auto-flush-min-live-wal-files
    rocksdb.auto-refill-index-caches-queue-capacity rocksdb.blob-file-size rocksdb.blob-file-starting-level
    rocksdb.block-cache-estimated-entry-charge rocksdb.block-cache-shard-bits rocksdb.block-cache-size
    rocksdb.compaction-read-ahead-size rocksdb.delayed-write-rate rocksdb.format-version
    rocksdb.intermediate-commit-count rocksdb.intermediate-commit-size rocksdb.level0-compaction-trigger
    rocksdb.level0-slowdown-trigger rocksdb.level0-stop-trigger rocksdb.max-background-jobs
    rocksdb.max-bytes-for-level-base rocksdb.max-concurrent-index-fill-tasks rocksdb.max-parallel-compactions
    rocksdb.max-subcompactions rocksdb.max-total-wal-size rocksdb.max-transaction-size
    rocksdb.max-write-buffer-number rocksdb.max-write-buffer-number-definitions
    rocksdb.max-write-buffer-number-documents rocksdb.max-write-buffer-number-edge
    rocksdb.max-write-buffer-number-fulltext rocksdb.max-write-buffer-number-geo rocksdb.max-write-buffer-number-mdi
    rocksdb.max-write-buffer-number-mdi-prefixed rocksdb.max-write-buffer-number-primary
    rocksdb.max-write-buffer-number-replicated-logs rocksdb.max-write-buffer-number-vector
    rocksdb.max-write-buffer-number-vpack rocksdb.max-write-buffer-size-to-maintain rocksdb.min-blob-size
    rocksdb.min-write-buffer-number-to-merge rocksdb.minimum-disk-free-bytes rocksdb.num-levels
    rocksdb.num-threads-priority-high rocksdb.num-threads-priority-low rocksdb.num-uncompressed-levels
    rocksdb.pending-compactions-slowdown-trigger rocksdb.pending-compactions-stop-trigger
    rocksdb.periodic-compaction-ttl rocksdb.recycle-log-file-num rocksdb.sync-delay-threshold rocksdb.sync-interval
    rocksdb.table-block-size rocksdb.target-file-size-base rocksdb.target-file-size-multiplier
    rocksdb.throttle-frequency rocksdb.throttle-lower-bound-bps rocksdb.throttle-max-write-rate
    rocksdb.throttle-scaling-factor rocksdb.throttle-slots rocksdb.throttle-slow-down-writes-trigger
    rocksdb.total-write-buffer-size rocksdb.transaction-lock-stripes rocksdb.transaction-lock-timeout
    rocksdb.wal-archive-size-limit rocksdb.write-buffer-size server.api-recording-memory-limit
    server.aql-recording-memory-limit server.cluster-metrics-timeout server.count-descriptors-interval
    server.descriptors-minimum server.io-threads server.license-check-interval
    server.license-disk-usage-grace-period-readonly server.license-disk-usage-grace-period-shutdown
    server.license-disk-usage-limit server.license-disk-usage-update-interval server.maintenance-actions-block
    server.maintenance-actions-linger server.maintenance-slow-threads server.maintenance-threads
    server.maximal-number-sync-shard-actions server.maximal-queue-size server.maximal-threads server.minimal-threads
    server.prio1-size server.prio2-size server.scheduler-queue-size ssl.options ssl.protocol tcp.backlog-size
    temp.intermediate-results-capacity temp.intermediate-results-spillover-threshold-memory-usage
    temp.intermediate-results-spillover-threshold-num-rows transaction.streaming-max-transaction-size ttl.frequency
    ttl.max-collection-removes ttl.max-total-removes
""")

DOUBLE_OPTIONS = _names("""
    agency.election-timeout-max agency.election-timeout-min agency.supervision-expired-servers-grace-period
    agency.supervision-frequency agency.supervision-grace-period agency.supervision-ok-threshold
    auth.maximal-jwt-expiry-time auth.minimal-jwt-expiry-time cache.high-water-multiplier
    cache.ideal-lower-fill-ratio cache.ideal-upper-fill-ratio cluster.index-create-timeout
    cluster.no-heartbeat-delay-before-shutdown cluster.shard-synchronization-attempt-timeout
    cluster.synchronous-replication-timeout-factor cluster.synchronous-replication-timeout-maximum
    cluster.synchronous-replication-timeout-minimum cluster.synchronous-replication-timeout-per-4k
    foxx.queues-poll-interval http.keep-alive-timeout javascript.gc-frequency javascript.v8-contexts-max-age
    query.collection-logger-probability query.collection-logger-retention-time query.max-runtime
    query.plan-cache-invalidation-time query.registry-ttl query.slow-streaming-threshold query.slow-threshold
    replication.connect-timeout replication.request-timeout rocksdb.auto-flush-check-interval
    rocksdb.blob-garbage-collection-age-cutoff rocksdb.blob-garbage-collection-force-threshold
    rocksdb.bloom-filter-bits-per-key rocksdb.max-bytes-for-level-multiplier rocksdb.minimum-disk-free-percent
    rocksdb.wal-file-timeout rocksdb.wal-file-timeout-initial server.authentication-timeout
    server.ongoing-low-priority-multiplier server.session-timeout server.unavailability-queue-fill-grade
    transaction.streaming-idle-timeout transaction.streaming-lock-timeout vector-index-build-retry-backoff
""")

STRING_OPTIONS = _names("""
    agency.disaster-recovery-id agency.my-address audit.hostname backup.api-enabled backup.local-path-prefix
    cluster.api-jwt-policy cluster.my-address cluster.my-advertised-endpoint cluster.my-role cluster.upgrade config
    configuration database.default-replication-version database.directory database.password
    database.required-directory-state default-language encryption.key-generator encryption.keyfile gid
    http.redirect-root-to icu-language javascript.app-path javascript.startup-directory log.api-enabled log.file
    log.file-group log.file-mode log.hostname log.in-memory-level log.prefix log.recording-api-enabled
    log.time-format network.compression-method network.protocol pid-file query.cache-mode rclone.executable
    rocksdb.blob-compression-type rocksdb.block-cache-type rocksdb.checksum-type rocksdb.compaction-style
    rocksdb.compression-type rocksdb.encryption-key-generator rocksdb.encryption-keyfile
    rocksdb.encryption-keyfolder rocksdb.wal-directory server.export-shard-usage-metrics
    server.external-rbac-service server.gid server.jwt-secret server.jwt-secret-folder server.jwt-secret-keyfile
    server.options-api server.scheduler server.support-info-api server.uid ssl.cafile ssl.cipher-list ssl.ecdh-curve
    ssl.keyfile temp.intermediate-results-path temp.path uid working-directory
""")

LIST_OPTIONS = _names("""
    agency.endpoint arangosearch.skip-recovery audit.output cluster.agency-endpoint define http.trusted-origin
    javascript.endpoints-allowlist javascript.endpoints-denylist javascript.environment-variables-allowlist
    javascript.environment-variables-denylist javascript.files-allowlist javascript.files-denylist
    javascript.module-directory javascript.script javascript.script-parameter javascript.startup-options-allowlist
    javascript.startup-options-denylist javascript.v8-options log log.level log.output log.structured-param
    query.optimizer-rules rclone.argument server.endpoint server.failure-point ssl.server-name-indication
    web-interface.trusted-proxy
""")
