package dev.ngbak.s3;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.s3.model.StorageClass;

/**
 * How to reach the bucket, and how to store an archive.
 *
 * @param accessKey empty if the SDK looks for credentials; otherwise the secret key is present, too
 * @param storageClass a name of S3, or empty for the bucket's default
 * @param encryption a name of S3, or empty for the bucket's default
 * @param objectLock empty for the bucket's default, which usually is none
 * @param kmsKey the id of a key if the encryption is {@code aws:kms}, or empty for the account's default key
 * @param streaming whether a backup is sent while the stores are read
 */
record S3Settings(
        Optional<URI> endpoint,
        Optional<String> region,
        boolean pathStyle,
        Optional<Secret> accessKey,
        Optional<Secret> secretKey,
        Optional<String> storageClass,
        Optional<ObjectLock> objectLock,
        Optional<String> encryption,
        Optional<String> kmsKey,
        boolean streaming) {

    static final SettingSpec ENDPOINT = SettingSpec.url(
            "BACKUP_S3_ENDPOINT",
            null,
            "The URL of a service other than AWS, such as `https://minio.example.com:9000`.");

    static final SettingSpec REGION = SettingSpec.plain(
            "BACKUP_S3_REGION",
            null,
            "The region of the bucket. By default that of the AWS configuration; with `BACKUP_S3_ENDPOINT` it is"
                    + " `us-east-1`.");

    static final SettingSpec PATH_STYLE = SettingSpec.plain(
            "BACKUP_S3_PATH_STYLE",
            null,
            "`true`: the bucket is in the path of URLs and not in the host. By default `true` if `BACKUP_S3_ENDPOINT` is"
                    + " set, otherwise `false`.");

    static final SettingSpec ACCESS_KEY = SettingSpec.secret(
            "BACKUP_S3_ACCESS_KEY",
            "The id of the access key. By default credentials are looked for as the AWS tools do: environment, profile,"
                    + " web identity, instance.");

    static final SettingSpec SECRET_KEY =
            SettingSpec.secret("BACKUP_S3_SECRET_KEY", "The secret of the access key `BACKUP_S3_ACCESS_KEY`.");

    static final SettingSpec STORAGE_CLASS = SettingSpec.plain(
            "BACKUP_S3_STORAGE_CLASS",
            null,
            "The storage class of archives, such as `STANDARD_IA` or `GLACIER_IR`. It must be readable without delay. By"
                    + " default that of the bucket.");

    static final SettingSpec OBJECT_LOCK = SettingSpec.plain(
            "BACKUP_S3_OBJECT_LOCK",
            null,
            "`governance:30d` or `compliance:30d`: nobody can delete a new archive for 30 days. With `governance`, a special"
                    + " permission ends that early. The bucket must have object lock. By default no lock but that of the"
                    + " bucket.");

    static final SettingSpec SSE = SettingSpec.plain(
            "BACKUP_S3_SSE",
            null,
            "Encryption by the service: `AES256`, `aws:kms`, or `aws:kms:` and the id of a key. By default that of the"
                    + " bucket.");

    private static final List<String> STAGINGS = List.of("stream", "disk");

    static final SettingSpec STAGING = SettingSpec.plain(
            "BACKUP_S3_STAGING",
            STAGINGS.get(0),
            "`stream`: a backup is sent while the stores are read, so the local disk needs little room. `disk`: it is sent"
                    + " afterwards from the local disk, so a slow network does not prolong the time for which writers should"
                    + " pause.");

    static final List<SettingSpec> ALL =
            List.of(ENDPOINT, REGION, PATH_STYLE, ACCESS_KEY, SECRET_KEY, STORAGE_CLASS, OBJECT_LOCK, SSE, STAGING);

    private static final String KMS = "aws:kms";

    /** Objects of these classes cannot be read back before somebody has restored them. */
    private static final List<StorageClass> DELAYED = List.of(StorageClass.GLACIER, StorageClass.DEEP_ARCHIVE);

    static S3Settings from(Settings settings) {
        Optional<URI> endpoint = ENDPOINT.text(settings).map(S3Settings::endpoint);
        Optional<Secret> accessKey = Optional.ofNullable(settings.secret(ACCESS_KEY.name()));
        Optional<Secret> secretKey = Optional.ofNullable(settings.secret(SECRET_KEY.name()));
        if (accessKey.isPresent() != secretKey.isPresent()) {
            throw new BackupException(
                    Kind.INVALID,
                    "Only one of " + ACCESS_KEY.name() + " and " + SECRET_KEY.name() + " is set",
                    "Set both, or neither to use the credentials of the AWS configuration");
        }
        Optional<String> sse = SSE.text(settings);
        sse.filter(value -> !value.equals("AES256") && !value.equals(KMS) && !value.matches(KMS + ":.+"))
                .ifPresent(value -> {
                    throw Settings.unusable(SSE.name(), value, "AES256, aws:kms, or aws:kms: and the id of a key");
                });
        return new S3Settings(
                endpoint,
                REGION.text(settings),
                settings.flag(PATH_STYLE.name(), endpoint.isPresent()),
                accessKey,
                secretKey,
                STORAGE_CLASS.text(settings).map(S3Settings::storageClass),
                OBJECT_LOCK.text(settings).map(ObjectLock::of),
                sse.map(value -> value.startsWith(KMS) ? KMS : value),
                sse.filter(value -> value.startsWith(KMS + ":")).map(value -> value.substring(KMS.length() + 1)),
                settings.choice(STAGING.name(), STAGING.defaultValue(), STAGINGS)
                        .equals(STAGINGS.get(0)));
    }

    private static URI endpoint(String value) {
        try {
            URI uri = new URI(value);
            boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (isHttp && uri.getHost() != null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Reported below. The value may contain a password, so it is not shown.
        }
        throw new BackupException(
                Kind.INVALID,
                ENDPOINT.name() + " is not a URL of a service",
                "It must be http:// or https://, a host and possibly a port, without credentials");
    }

    private static String storageClass(String value) {
        if (DELAYED.contains(StorageClass.fromValue(value))) {
            throw Settings.unusable(
                    STORAGE_CLASS.name(),
                    value,
                    "a class whose objects can be read without delay, because each archive is read back: "
                            + String.join(", ", readable()));
        }
        return value;
    }

    private static List<String> readable() {
        return Arrays.asList("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR");
    }

    /** Returns the service as messages name it. */
    String service() {
        return endpoint.map(URI::toString).orElse("AWS");
    }
}
