package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.repository.Repositories;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;

class S3SettingsTest {

    @TempDir
    private Path directory;

    @Test
    void repositoryIsFoundByItsScheme() {
        Settings settings = Settings.of(Map.of(
                "BACKUP_REPOSITORY", "s3://bucket/prod/ngbak/", "BACKUP_S3_ENDPOINT", "http://minio.example.com:9000"));
        StateDirectory state = new StateDirectory(directory.resolve(".ngbak"));
        assertThat(Repositories.open(settings, state).displayName())
                .isEqualTo("s3://bucket/prod/ngbak at http://minio.example.com:9000");
        assertThat(Repositories.archiveAt("s3://bucket/prod/a.ngbak", settings, state)
                        .name())
                .isEqualTo("a.ngbak");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://",
                "s3://b",
                "s3://Bucket",
                "s3://key:marker@bucket",
                "s3://bucket/a//b",
                "s3://bucket/../b",
                "s3://bucket/a b",
                "s3://bucket/%2e",
                "s3://bucket?marker"
            })
    void unusableAddressIsRefusedWithoutShowingIt(String address) {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> S3Location.of(address))
                .withMessageStartingWith("The address of the repository is not that of a bucket")
                .withMessageContaining("BACKUP_REPOSITORY")
                .withMessageNotContaining("marker")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
    }

    @ParameterizedTest
    @CsvSource({
        "BACKUP_S3_ENDPOINT, minio.example.com",
        "BACKUP_S3_ENDPOINT, https://marker:marker@minio.example.com",
        "BACKUP_S3_PATH_STYLE, yes",
        "BACKUP_S3_ACCESS_KEY, marker",
        "BACKUP_S3_SECRET_KEY, marker",
        "BACKUP_S3_STORAGE_CLASS, DEEP_ARCHIVE",
        "BACKUP_S3_OBJECT_LOCK, 30d",
        "BACKUP_S3_OBJECT_LOCK, governance",
        "BACKUP_S3_OBJECT_LOCK, governance:0d",
        "BACKUP_S3_OBJECT_LOCK, compliance:36501d",
        "BACKUP_S3_OBJECT_LOCK, Compliance:30d",
        "BACKUP_S3_SSE, none"
    })
    void unusableValueIsRefusedByName(String name, String value) {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> S3Settings.from(Settings.of(Map.of(name, value))))
                .withMessageContaining(name)
                .withMessageNotContaining("marker")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
    }

    @Test
    void keysMayComeFromFiles() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "marker\n");
        S3Settings settings = S3Settings.from(Settings.of(Map.of(
                "BACKUP_S3_ACCESS_KEY_FILE", file.toString(),
                "BACKUP_S3_SECRET_KEY_FILE", file.toString())));
        assertThat(settings.secretKey().orElseThrow().reveal()).isEqualTo("marker");
        assertThat(settings.toString()).doesNotContain("marker");
    }

    @Test
    void encryptionMayNameAKey() {
        S3Settings settings = S3Settings.from(Settings.of(Map.of("BACKUP_S3_SSE", "aws:kms:arn:aws:kms:x:1:key/2")));
        assertThat(settings.encryption()).contains("aws:kms");
        assertThat(settings.kmsKey()).contains("arn:aws:kms:x:1:key/2");
    }

    @ParameterizedTest
    @CsvSource({"governance:30d, GOVERNANCE, 30", "compliance:36500d, COMPLIANCE, 36500"})
    void objectLockHasAModeAndDays(String value, ObjectLockMode mode, int days) {
        assertThat(S3Settings.from(Settings.of(Map.of("BACKUP_S3_OBJECT_LOCK", value)))
                        .objectLock())
                .contains(new ObjectLock(mode, Duration.ofDays(days)));
    }
}
