package dev.ngbak.testkit;

import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.LocalRepository;
import dev.ngbak.repository.StateDirectory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Runs the contract against the repository in a local directory. */
class LocalRepositoryTest implements RepositoryContract {

    @TempDir
    private Path directory;

    @Override
    public ArchiveRepository repository() {
        return new LocalRepository(directory.resolve("backups"), state());
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
