package dev.ngbak.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DaemonThreads;
import dev.ngbak.spi.support.SafeText;
import java.io.Closeable;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The right to write to a prefix of a bucket, for one process on one machine. It is an object with an owner and an expiry, which
 * its owner renews. Every write of it has a condition, so of two processes one wins. A process that dies loses the lease after
 * {@link Timing#validity}. All times are those of the service, so the clocks of the machines do not matter. Thread-safe.
 */
final class S3Lease implements Closeable {

    /**
     * @param validity from one renewal
     * @param renewal the time between two renewals
     * @param margin how much the clocks of the service may differ; the owner stops this much earlier, and others wait this much
     *     longer
     */
    record Timing(Duration validity, Duration renewal, Duration margin) {
        static final Timing DEFAULT = new Timing(Duration.ofSeconds(60), Duration.ofSeconds(15), Duration.ofSeconds(5));
    }

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration RENEWAL_TIMEOUT = Duration.ofSeconds(10);
    private static final String TAKING = "lock the repository";

    private final S3Connection connection;
    private final S3Location location;
    private final String owner;
    private final String place;
    private final Timing timing;
    private final String token = UUID.randomUUID().toString();
    private final ScheduledExecutorService heartbeat =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("ngbak-lease"));
    private String etag;
    private long heldUntil;
    private boolean lost;

    /** The lease as the bucket has it. */
    private record Found(String etag, String owner, String place, String token, Instant expiry) {}

    private S3Lease(S3Connection connection, S3Location location, String owner, String place, Timing timing) {
        this.connection = connection;
        this.location = location;
        this.owner = owner;
        this.place = place;
        this.timing = timing;
    }

    /**
     * Takes the lease.
     *
     * @param place where only one process works at a time, so that the lease of an earlier one from there has no owner any more
     * @throws BackupException {@code BUSY} with its owner
     */
    static S3Lease take(S3Connection connection, S3Location location, String owner, String place, Timing timing) {
        S3Lease lease = new S3Lease(connection, location, owner, place, timing);
        try {
            lease.take();
            return lease;
        } catch (RuntimeException e) {
            lease.heartbeat.shutdownNow();
            throw e;
        }
    }

    private synchronized void take() {
        Optional<Found> found = find();
        if (found.isPresent()
                && !found.get().place().equals(place)
                && connection.now().isBefore(found.get().expiry().plus(timing.margin()))) {
            throw busy(found.get());
        }
        if (!put(found.map(Found::etag), connection.now().plus(timing.validity()))) {
            throw busy(find().orElse(null));
        }
        long period = timing.renewal().toMillis();
        heartbeat.scheduleWithFixedDelay(this::renew, period, period, TimeUnit.MILLISECONDS);
    }

    /** Throws if another process may have the lease, so that this one must not write any more. */
    synchronized void requireHeld() {
        if (lost || System.nanoTime() - heldUntil >= 0) {
            throw new BackupException(
                    Kind.BUSY,
                    "This process has lost the lock of the repository, because it could not renew it for "
                            + timing.validity().toSeconds() + " seconds",
                    "Check the network and the load of this machine, then try again");
        }
    }

    private synchronized void renew() {
        try {
            lost = lost || !put(Optional.of(etag), connection.now().plus(timing.validity()));
        } catch (BackupException e) {
            return; // It may work again before the lease ends.
        }
    }

    /**
     * Writes the lease.
     *
     * @param previous the version to replace, or empty if there must be none
     * @return whether this process has the lease now
     */
    private boolean put(Optional<String> previous, Instant expiry) {
        String json = MAPPER.createObjectNode()
                .put("owner", owner)
                .put("place", place)
                .put("token", token)
                .put("expires_at", expiry.toString())
                .toPrettyString();
        long sent = System.nanoTime();
        try {
            PutObjectRequest.Builder request = PutObjectRequest.builder()
                    .bucket(location.bucket())
                    .key(location.path())
                    .contentType("application/json")
                    .contentMD5(S3Connection.md5(json))
                    .overrideConfiguration(all -> all.apiCallTimeout(RENEWAL_TIMEOUT));
            previous.ifPresentOrElse(request::ifMatch, () -> request.ifNoneMatch("*"));
            etag = connection
                    .client()
                    .putObject(request.build(), RequestBody.fromString(json))
                    .eTag();
        } catch (S3Exception e) {
            boolean isTaken = e.statusCode() == 412 || e.statusCode() == 409 || e.statusCode() == 404;
            if (!isTaken || S3Errors.code(e).equals("NoSuchBucket")) {
                throw connection.explain(TAKING, e);
            }
            // The answer to an earlier attempt of the same request may have been lost.
            Optional<Found> own = find().filter(found -> found.token().equals(token));
            return own.isPresent() && put(Optional.of(own.get().etag()), expiry);
        } catch (SdkException e) {
            throw connection.explain(TAKING, e);
        }
        heldUntil = sent + timing.validity().minus(timing.margin()).toNanos();
        return true;
    }

    private Optional<Found> find() {
        try {
            ResponseBytes<GetObjectResponse> object = connection
                    .client()
                    .getObjectAsBytes(r -> r.bucket(location.bucket()).key(location.path()));
            return Optional.of(parse(object.response().eTag(), object.asByteArray()));
        } catch (S3Exception e) {
            if (e.statusCode() == 404 && !S3Errors.code(e).equals("NoSuchBucket")) {
                return Optional.empty();
            }
            throw connection.explain(TAKING, e);
        } catch (SdkException e) {
            throw connection.explain(TAKING, e);
        }
    }

    private Found parse(String version, byte[] json) {
        try {
            JsonNode lease = MAPPER.readTree(json);
            return new Found(
                    version,
                    SafeText.forMessage(lease.path("owner").asText("an unknown job")),
                    lease.path("place").asText(""),
                    lease.path("token").asText(""),
                    Instant.parse(lease.path("expires_at").asText("")));
        } catch (IOException | DateTimeException e) {
            throw new BackupException(
                    Kind.INVALID,
                    "The lock of the repository, " + location + ", is not one that ngbak wrote",
                    "If no job of ngbak is running, delete that object",
                    e);
        }
    }

    private BackupException busy(Found holder) {
        return new BackupException(
                Kind.BUSY,
                "The repository is locked by another job: " + (holder == null ? "an unknown job" : holder.owner()),
                "Try again when that job has ended. If its process has died, the lock ends by itself within "
                        + timing.validity().plus(timing.margin()).toSeconds() + " seconds");
    }

    /** Gives the lease back. It stays as an object that has expired, because a deletion could hit the lease of another process. */
    @Override
    public void close() {
        heartbeat.shutdown();
        synchronized (this) {
            if (lost) {
                return;
            }
            try {
                lost = true;
                put(Optional.of(etag), Instant.EPOCH);
            } catch (BackupException e) {
                return; // It expires.
            }
        }
    }
}
