package dev.ngbak.qdrant;

import java.time.Duration;

/**
 * How long to wait for a server.
 *
 * @param answer for an answer to an ordinary call, and for the next bytes of a long one
 * @param work for work that is known to take long, such as a snapshot; as long as the server answers other calls
 * @param poll between two looks at a server that works
 */
record Patience(Duration answer, Duration work, Duration poll) {

    static final Patience USUAL = new Patience(Duration.ofSeconds(60), Duration.ofHours(6), Duration.ofSeconds(1));
}
