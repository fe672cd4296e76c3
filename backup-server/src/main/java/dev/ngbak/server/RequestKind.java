package dev.ngbak.server;

/**
 * Kinds of requests that may hold their thread for long, because the client is slow or because an archive is read for them.
 * Each kind has a limit. Together the limits are far below the number of threads, so the rest of the API always answers.
 */
enum RequestKind {
    /** Requests that are answered immediately. */
    QUICK(Integer.MAX_VALUE),
    /** Requests that upload an archive, or wait for the check of one. */
    RESTORE(40),
    /** Requests with a small JSON body. They have their own limit, so that slow uploads do not block a backup. */
    JSON(16),
    /** Requests with a small JSON body that need no key. */
    SESSION(8),
    DOWNLOAD(32),
    EVENTS(24);

    private final int limit;

    RequestKind(int limit) {
        this.limit = limit;
    }

    int limit() {
        return limit;
    }
}
