package dev.ngbak.s3;

import dev.ngbak.spi.BackupException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The connection to one bucket. Connects at the first call. Every failure is a {@link BackupException} that names the setting
 * to correct. Thread-safe.
 */
final class S3Connection {

    /** How often a request is sent before it fails: for about half a minute. */
    static final int ATTEMPTS = 8;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** The time without a single byte. A service may take long to complete an upload, but it sends spaces meanwhile. */
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);

    /** The service received other bytes than were sent. */
    private static final Set<String> CORRUPTED_IN_TRANSIT =
            Set.of("BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody");

    private final String bucket;
    private final S3Settings settings;
    private final Duration pause;
    private final ServiceClock clock = new ServiceClock();
    private S3Client client;

    S3Connection(String bucket, S3Settings settings) {
        this(bucket, settings, Duration.ofMillis(500));
    }

    /** @param pause before the second attempt of a request; it doubles with each further one */
    S3Connection(String bucket, S3Settings settings, Duration pause) {
        this.bucket = bucket;
        this.settings = settings;
        this.pause = pause;
    }

    S3Settings settings() {
        return settings;
    }

    Duration pause() {
        return pause;
    }

    /** Returns the time at the service. */
    Instant now() {
        return clock.now();
    }

    /**
     * Sends a request.
     *
     * @param doing completes the sentence "Cannot …"
     */
    <T> T call(String doing, Function<S3Client, T> request) {
        try {
            return request.apply(client());
        } catch (SdkException e) {
            throw explain(doing, e);
        }
    }

    BackupException explain(String doing, SdkException e) {
        return new S3Errors(bucket, settings).explain(doing, e);
    }

    /**
     * Returns what the service knows about an object, or nothing if there is none.
     *
     * @param doing completes the sentence "Cannot …"
     */
    Optional<HeadObjectResponse> head(String doing, S3Location object) {
        try {
            return Optional.of(client().headObject(r -> r.bucket(bucket).key(object.path())));
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return Optional.empty();
            }
            // The answer to HEAD has no body, and so no reason.
            if (e.statusCode() < 500) {
                call(doing, s3 -> firstByte(s3, object));
            }
            throw explain(doing, e);
        } catch (SdkException e) {
            throw explain(doing, e);
        }
    }

    private ResponseInputStream<GetObjectResponse> firstByte(S3Client s3, S3Location object) {
        ResponseInputStream<GetObjectResponse> answer =
                s3.getObject(r -> r.bucket(bucket).key(object.path()).range("bytes=0-0"));
        answer.abort();
        return answer;
    }

    /** Returns the MD5 sum of a small object, in Base64. A bucket that locks its objects by default demands one. */
    static String md5(String content) {
        return md5(content.getBytes(StandardCharsets.UTF_8));
    }

    static String md5(byte[] content) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    /** Returns the client. Throws an {@link SdkException} if the region or the credentials are missing. */
    synchronized S3Client client() {
        if (client == null) {
            client = build();
        }
        return client;
    }

    private S3Client build() {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(IDLE_TIMEOUT))
                .forcePathStyle(settings.pathStyle())
                // Services other than AWS refuse the trailers that the SDK adds otherwise.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // After signed chunks, a service may close the connection before the client has sent the last one.
                .serviceConfiguration(configuration ->
                        configuration.expectContinueEnabled(false).chunkedEncodingEnabled(false))
                .overrideConfiguration(
                        configuration -> configuration.retryStrategy(retries()).addExecutionInterceptor(clock));
        settings.endpoint().ifPresent(builder::endpointOverride);
        settings.region()
                .or(() -> settings.endpoint().map(endpoint -> Region.US_EAST_1.id()))
                .map(Region::of)
                .ifPresent(builder::region);
        settings.accessKey()
                .ifPresent(
                        key -> builder.credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(
                                key.reveal(), settings.secretKey().orElseThrow().reveal()))));
        return builder.build();
    }

    private StandardRetryStrategy retries() {
        return AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(ATTEMPTS)
                .backoffStrategy(backoff(pause))
                .throttlingBackoffStrategy(backoff(pause.multipliedBy(2)))
                .retryOnException(failure ->
                        failure instanceof AwsServiceException e && CORRUPTED_IN_TRANSIT.contains(S3Errors.code(e)))
                .build();
    }

    private BackoffStrategy backoff(Duration base) {
        return BackoffStrategy.exponentialDelay(base, pause.multipliedBy(40));
    }

    synchronized void close() {
        if (client != null) {
            client.close();
            client = null;
        }
    }
}
