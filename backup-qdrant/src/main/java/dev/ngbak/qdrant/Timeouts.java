package dev.ngbak.qdrant;

import java.time.Duration;

/**
 * The limits for waiting for a server.
 *
 * @param idle for the answer to an ordinary call, and for the next bytes of a long transfer
 * @param operation for a long operation such as a snapshot, as long as the server answers other calls
 * @param poll between two requests for the state of a long operation
 */
record Timeouts(Duration idle, Duration operation, Duration poll) {

    static final Timeouts DEFAULT = new Timeouts(Duration.ofSeconds(60), Duration.ofHours(6), Duration.ofSeconds(1));
}
