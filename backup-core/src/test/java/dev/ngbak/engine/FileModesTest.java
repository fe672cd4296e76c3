package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import dev.ngbak.archive.ReadableArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Archives contain all documents unencrypted, so only their owner may read them and their parts. */
class FileModesTest extends ThreeStores {

    private static final String FOLDER = "rwx------";
    private static final String FILE = "rw-------";

    @BeforeEach
    void needsPosix() throws IOException {
        assumeTrue(Files.getFileStore(temp).supportsFileAttributeView("posix"), "no POSIX permissions here");
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void assertPrivate(Map<String, String> modes) {
        assertThat(modes)
                .isNotEmpty()
                .allSatisfy((path, mode) -> assertThat(mode).as(path).isEqualTo(path.endsWith("/") ? FOLDER : FILE));
    }

    /** Returns the mode of each file and directory below a directory, by its relative path; that of a directory ends with "/". */
    private static Map<String, String> modes(Path folder) throws IOException {
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.skip(1).toList()) {
                modes.put(folder.relativize(file) + (Files.isDirectory(file) ? "/" : ""), mode(file));
            }
        }
        return modes;
    }

    @Test
    void archivesAndTheirNewDirectoryArePrivate() throws IOException {
        ReadableArchive archive = archive(manager().create("mine", null, new Job()));
        kv.write("more");
        manager().restore(archive, RestoreOptions.DEFAULT, plan -> true, new Job());

        assertThat(mode(folder)).isEqualTo(FOLDER);
        assertThat(mode(folder.resolve(".ngbak"))).isEqualTo(FOLDER);
        assertThat(modes(folder))
                .containsKeys("mine.ngbak", "pre-restore_2025-10-06T14-30-00Z.ngbak", ".ngbak/verified/");
        assertPrivate(modes(folder));
    }

    @Test
    void stagedFilesArePrivate() throws IOException {
        Map<String, String> spooled = new TreeMap<>();
        Map<String, String> assembled = new TreeMap<>();
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    spooled.putAll(modes(folder.resolve(".ngbak")));
                    return summary;
                })
                .when(kv.export)
                .export(any(), any(), any());
        doAnswer(call -> {
                    assembled.putAll(modes(folder.resolve(".ngbak")));
                    return call.callRealMethod();
                })
                .when(kv.restorer)
                .read(any(), any(), any(), any());

        manager().create("mine", null, new Job());

        assertThat(spooled).containsKeys("holder", "spool/");
        assertPrivate(spooled);
        assertPrivate(assembled);
    }

    @Test
    void restoreJournalIsPrivate() throws IOException {
        ReadableArchive archive = archive(manager().create("mine", null, new Job()));
        Map<String, String> journal = new TreeMap<>();
        doAnswer(call -> {
                    journal.put("restore.journal", mode(folder.resolve(".ngbak/restore.journal")));
                    return call.callRealMethod();
                })
                .when(kv.restore)
                .restore(any(), any(), any());

        manager().restore(archive, RestoreOptions.DEFAULT, plan -> true, new Job());

        assertThat(journal).containsEntry("restore.journal", FILE);
    }

    /** The mode of an existing archive directory is the choice of the operator. */
    @Test
    void existingDirectoryKeepsItsModeButTheStateDirectoryIsPrivate() throws IOException {
        var open = PosixFilePermissions.fromString("rwxr-xr-x");
        Files.createDirectories(folder.resolve(".ngbak"));
        Files.setPosixFilePermissions(folder, open);
        Files.setPosixFilePermissions(folder.resolve(".ngbak"), open);

        manager().create("mine", null, new Job());

        assertThat(Files.getPosixFilePermissions(folder)).contains(PosixFilePermission.OTHERS_READ);
        assertThat(mode(folder.resolve(".ngbak"))).isEqualTo(FOLDER);
    }
}
