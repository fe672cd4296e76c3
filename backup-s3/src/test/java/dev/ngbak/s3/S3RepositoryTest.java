package dev.ngbak.s3;

import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.testkit.RepositoryContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
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
