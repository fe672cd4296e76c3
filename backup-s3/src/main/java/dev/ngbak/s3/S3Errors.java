package dev.ngbak.s3;

import dev.ngbak.repository.Repositories;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/** Translates the failures of the SDK. A message names the setting to correct, and never contains a secret. */
final class S3Errors {

    private static final String CREDENTIALS = S3Settings.ACCESS_KEY.name() + " and " + S3Settings.SECRET_KEY.name()
            + ", or the credentials of the AWS configuration";

    /** The services have no common code for an object that is locked. */
    private static final Pattern LOCKED = Pattern.compile("(?i)by object lock|WORM protected");

    private static final Pattern NO_OBJECT_LOCK = Pattern.compile("(?i)missing Object ?Lock ?Configuration");

    private final String bucket;
    private final S3Settings settings;

    S3Errors(String bucket, S3Settings settings) {
        this.bucket = bucket;
        this.settings = settings;
    }

    /** @param doing completes the sentence "Cannot …" */
    BackupException explain(String doing, SdkException e) {
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
            CancellationException cancelled = new CancellationException("interrupted: " + doing);
            cancelled.initCause(e);
            throw cancelled;
        }
        String cannot = "Cannot " + doing + ": ";
        if (e instanceof AwsServiceException answer && answer.statusCode() > 0) {
            return refused(cannot, answer);
        }
        String message = String.valueOf(e.getMessage());
        if (message.contains("load credentials")) {
            return failure(Kind.INVALID, cannot + "no credentials were found", "Set " + CREDENTIALS, e);
        }
        if (message.contains("region")) {
            return failure(
                    Kind.INVALID,
                    cannot + "the region of the bucket is not known",
                    "Set " + S3Settings.REGION.name(),
                    e);
        }
        return failure(
                Kind.UNREACHABLE,
                cannot + "the service (" + settings.service() + ") does not answer: " + reason(e),
                "Check the network and " + S3Settings.ENDPOINT.name() + ", then try again",
                e);
    }

    private BackupException refused(String cannot, AwsServiceException e) {
        String code = code(e);
        return switch (code) {
            case "NoSuchBucket" ->
                failure(
                        Kind.INVALID,
                        cannot + "the bucket " + bucket + " does not exist at the service (" + settings.service() + ")",
                        "Create the bucket, or correct " + Repositories.BACKUP_REPOSITORY.name() + " or "
                                + S3Settings.ENDPOINT.name(),
                        e);
            case "PermanentRedirect",
                    "TemporaryRedirect",
                    "AuthorizationHeaderMalformed",
                    "IllegalLocationConstraintException",
                    "301",
                    "307" ->
                failure(
                        Kind.INVALID,
                        cannot + "the bucket " + bucket + " is in another region"
                                + actualRegion(e).map(region -> ", " + region).orElse(""),
                        "Set " + S3Settings.REGION.name() + " to the region of the bucket",
                        e);
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "XAdminUserNotFound" ->
                failure(
                        Kind.INVALID,
                        cannot + "the service does not accept the credentials (" + code + ")",
                        "Correct " + CREDENTIALS,
                        e);
            case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken" ->
                failure(
                        Kind.INVALID,
                        cannot + "the temporary credentials have expired",
                        "Renew the credentials of the AWS configuration, or set " + S3Settings.ACCESS_KEY.name()
                                + " and " + S3Settings.SECRET_KEY.name(),
                        e);
            case "RequestTimeTooSkewed", "RequestExpired" ->
                failure(
                        Kind.INVALID,
                        cannot + "the clock of this machine differs too much from that of the service",
                        "Set the clock of this machine, for example with NTP",
                        e);
            case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody" ->
                failure(
                        Kind.UNREACHABLE,
                        cannot + "the data was corrupted on the way to the service in " + S3Connection.ATTEMPTS
                                + " attempts (" + code + ")",
                        "Check the network and any proxy, then try again",
                        e);
            case "NoSuchUpload" ->
                failure(
                        Kind.BUSY,
                        cannot + "another process has aborted the upload",
                        "Find out what else writes to the bucket, then try again",
                        e);
            case "InvalidStorageClass" ->
                failure(
                        Kind.INVALID,
                        cannot + "the service does not know the storage class",
                        "Correct " + S3Settings.STORAGE_CLASS.name(),
                        e);
            case "InvalidObjectState" ->
                failure(
                        Kind.INCOMPATIBLE,
                        cannot + "the archive was moved to a storage class that cannot be read without delay",
                        "Restore the object to a readable class first",
                        e);
            case "QuotaExceeded", "XMinioStorageFull", "XAmzStorageFull", "507" ->
                failure(Kind.NO_SPACE, cannot + "the storage of the service is full", "Free some space there", e);
            default -> byStatus(cannot, code, e);
        };
    }

    private BackupException byStatus(String cannot, String code, AwsServiceException e) {
        int status = e.statusCode();
        if (code.equals("ObjectLocked") || LOCKED.matcher(message(e)).find()) {
            return failure(
                    Kind.LOCKED,
                    cannot + "the bucket keeps the object locked, and the service does not say until when",
                    "Wait until the lock has ended. If the default retention of the bucket locks it, remove that, and set "
                            + S3Settings.OBJECT_LOCK.name() + " to lock only archives",
                    e);
        }
        if (NO_OBJECT_LOCK.matcher(message(e)).find()) {
            return failure(
                    Kind.INVALID,
                    cannot + "the bucket " + bucket + " has no object lock, but " + S3Settings.OBJECT_LOCK.name()
                            + " is set",
                    "Use a bucket with object lock, or unset " + S3Settings.OBJECT_LOCK.name(),
                    e);
        }
        if (code.startsWith("KMS") || code.startsWith("InvalidEncryption")) {
            return failure(
                    Kind.INVALID,
                    cannot + "the service cannot encrypt the archive (" + code + ")",
                    "Correct " + S3Settings.SSE.name() + ", or the permissions of the key",
                    e);
        }
        if (status == 401 || status == 403) {
            return failure(
                    Kind.INVALID,
                    cannot + "access was denied (" + code + ")",
                    "Grant the permissions that docs/OBJECT-STORAGE.md lists, or correct " + CREDENTIALS,
                    e);
        }
        if (isTemporary(status, code)) {
            return failure(
                    Kind.UNREACHABLE,
                    cannot + "the service (" + settings.service() + ") answered " + status + " " + code + " to "
                            + S3Connection.ATTEMPTS + " attempts",
                    "Try again later",
                    e);
        }
        if (status == 501) {
            return failure(
                    Kind.INCOMPATIBLE,
                    cannot + "the service (" + settings.service() + ") lacks a function that ngbak needs",
                    "Use a service that docs/OBJECT-STORAGE.md names",
                    e);
        }
        return failure(
                Kind.INTERNAL,
                cannot + "the service (" + settings.service() + ") answered " + status + " " + code,
                "Please report this, with the name of the service",
                e);
    }

    /** A service may have sent the status 200 before it failed to complete an upload. */
    private static boolean isTemporary(int status, String code) {
        return status == 429 || status >= 500 && status != 501 || status == 200 && code.equals("InternalError");
    }

    private static String message(AwsServiceException e) {
        String message =
                e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
        return message == null ? "" : message;
    }

    static String code(AwsServiceException e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return code == null || code.isBlank() ? Integer.toString(e.statusCode()) : SafeText.forMessage(code);
    }

    private static Optional<String> actualRegion(AwsServiceException e) {
        return e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null
                ? Optional.empty()
                : e.awsErrorDetails()
                        .sdkHttpResponse()
                        .firstMatchingHeader("x-amz-bucket-region")
                        .map(SafeText::forMessage);
    }

    private static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return SafeText.forMessage(
                root instanceof java.net.UnknownHostException
                        ? "its host is unknown"
                        : String.valueOf(root.getMessage()));
    }

    private static BackupException failure(Kind kind, String problem, String remedy, Exception cause) {
        return new BackupException(kind, problem, remedy, cause);
    }
}
