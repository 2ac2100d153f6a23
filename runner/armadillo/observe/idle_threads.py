"""Threads that wait for work: lists of their topmost functions, each a prefix. Add what a report does not need."""

IDLE_THREADS: tuple[tuple[str, ...], ...] = (
    # scheduler and worker threads of arangod between two jobs
    ("__futex_abstimed_wait", "pthread_cond_", "std::condition_variable::wait", "arangodb::"),
    ("futex_wait", "__GI___pthread_cond_wait", "std::condition_variable::wait", "arangodb::"),
    ("syscall", "arangodb::SupervisedScheduler::getWork"),
    # RocksDB's background threads
    ("__futex_abstimed_wait", "__pthread_cond_wait", "std::condition_variable::wait", "rocksdb::ThreadPoolImpl"),
    # asio's event loops
    ("epoll_wait", "boost::asio::"),
    ("epoll_wait", "asio_ns::"),
    ("__sigtimedwait", "arangodb::"),
)
