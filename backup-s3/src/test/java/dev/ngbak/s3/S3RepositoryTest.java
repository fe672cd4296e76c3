package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.testkit.RepositoryContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the contract against one service, which a subclass starts. */
abstract class S3RepositoryTest implements RepositoryContract {

    static S3Service service;

    @TempDir
    private Path directory;

    @BeforeEach
    void useNewBucket() {
        service.useNewBucket();
    }

    @AfterAll
    static void stop() throws Exception {
        if (service != null) {
            service.close();
            service = null;
        }
    }

    final BackupException refusal(S3Location root, String setting, String value) throws IOException {
        S3Repository refused = new S3Repository(
                root,
                new S3Connection(
                        root.bucket(), S3Settings.from(service.settings().with(setting, value))),
                state());
        BackupException e = catchThrowableOfType(BackupException.class, refused::list);
        assertThat(refused.problem()).isPresent();
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.INVALID);
        return e;
    }

    @Test
    void refusalOfTheServiceNamesTheSetting() throws IOException {
        assertThat(refusal(service.root(), "BACKUP_S3_SECRET_KEY", "another"))
                .hasMessageContaining("BACKUP_S3_SECRET_KEY");
        assertThat(refusal(service.root(), "BACKUP_S3_ACCESS_KEY", "another"))
                .hasMessageContaining("BACKUP_S3_ACCESS_KEY");
        assertThat(refusal(new S3Location("no-such-bucket", "prod"), "BACKUP_S3_REGION", "us-east-1"))
                .hasMessageContaining("BACKUP_REPOSITORY");
    }

    @Test
    void serviceKeepsAllPromises() throws IOException {
        try (S3Repository streaming =
                new S3Repository(service.root(), service.connection(service.streaming()), state())) {
            assertThat(streaming.examine())
                    .as("what is weaker than in a folder")
                    .isEmpty();
        }
    }

    @Override
    public ArchiveRepository repository() {
        return service.repository(state());
    }

    @Override
    public StateDirectory state() {
        return new StateDirectory(directory.resolve("backups/.ngbak"));
    }

    @Override
    public Path temporaryDirectory() {
        return directory;
    }
}
