package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pipes, directories and symbolic links that are named like archives. */
@Timeout(60)
class StrangeFilesTest extends ThreeStores {

    @BeforeEach
    void makeABackup() {
        manager().create("good", null, new Job());
    }

    private void assertRefused(String id) {
        BackupException refused = failure(() -> manager().archive(new BackupId(id)));
        assertThat(refused.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(refused.problem()).isEqualTo(id + ".ngbak is not a regular file, so it is not read");
    }

    private String whyUnreadable(String id) {
        return manager().list().stream()
                .filter(archive -> archive.id().equals(id))
                .findFirst()
                .orElseThrow()
                .unreadable();
    }

    @Test
    void pipeIsNotRead() throws Exception {
        Process mkfifo =
                new ProcessBuilder("mkfifo", folder.resolve("pipe.ngbak").toString()).start();
        assumeTrue(mkfifo.waitFor(10, TimeUnit.SECONDS) && mkfifo.exitValue() == 0, "no mkfifo here");

        assertRefused("pipe");
        assertThat(whyUnreadable("pipe")).isEqualTo("pipe.ngbak is not a regular file, so it is not read");
        BackupException byPath =
                failure(() -> manager().archive(folder.resolve("pipe.ngbak").toString()));
        assertThat(byPath.kind()).isEqualTo(Kind.INVALID);
    }

    @Test
    void symbolicLinkIsNotFollowed() throws IOException {
        Path outside = Files.move(folder.resolve("good.ngbak"), temp.resolve("outside.ngbak"));
        Files.createSymbolicLink(folder.resolve("link.ngbak"), outside);

        assertRefused("link");
        assertThat(whyUnreadable("link")).isEqualTo("link.ngbak is not a regular file, so it is not read");
        assertThat(failure(() -> manager().delete(new BackupId("link"), new Job()))
                        .kind())
                .isEqualTo(Kind.CORRUPT);
        assertThat(outside).exists();
    }

    @Test
    void directoryIsNotAnArchive() throws IOException {
        Path inside = Files.createDirectory(folder.resolve("folder.ngbak"));

        assertRefused("folder");
        assertThat(failure(() -> manager().delete(new BackupId("folder"), new Job()))
                        .kind())
                .isEqualTo(Kind.CORRUPT);
        assertThat(inside).exists();
        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("good");
    }
}
