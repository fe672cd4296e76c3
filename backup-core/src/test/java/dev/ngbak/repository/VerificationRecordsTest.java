package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationRecordsTest {

    private static final Instant NOW = Instant.parse("2026-11-30T02:00:00Z");
    private static final BackupId ID = new BackupId("a");

    @TempDir
    private Path directory;

    private VerificationRecords records;
    private ArchiveFile archive;

    @BeforeEach
    void writeArchive() throws IOException {
        records = new VerificationRecords(
                new StateDirectory(directory.resolve(".ngbak")), Clock.fixed(NOW, ZoneOffset.UTC));
        archive = new ArchiveFile(Files.writeString(directory.resolve("a.ngbak"), "content"));
    }

    private ArchiveInfo info() throws IOException {
        return ArchiveInfo.unreadable("a.ngbak", archive.location(), archive.size(), archive.lastModified(), "a test");
    }

    @Test
    void outcomeIsKeptForTheSameVersionOfAnArchive() throws IOException {
        records.put(ID, archive, null);
        assertThat(records.addTo(info()).verification()).isEqualTo(new Verification(NOW, true, null));
        records.put(ID, archive, "a digest is wrong");
        assertThat(records.addTo(info()).verification()).isEqualTo(new Verification(NOW, false, "a digest is wrong"));
    }

    @Test
    void outcomeIsUnknownForAnotherVersionOfAnArchive() throws IOException {
        records.put(ID, archive, null);
        Files.writeString(archive.path(), "other content");
        assertThat(records.addTo(info()).verification()).isNull();
    }

    @Test
    void unreadableRecordIsIgnored() throws IOException {
        records.put(ID, archive, null);
        Files.writeString(directory.resolve(".ngbak/verified/a.json"), "{");
        assertThat(records.addTo(info()).verification()).isNull();
    }

    @Test
    void recordsOfMissingArchivesAreDeleted() throws IOException {
        records.put(ID, archive, null);
        records.put(new BackupId("b"), archive, null);
        records.deleteMissing(new LocalRepository(directory, new StateDirectory(directory.resolve(".ngbak"))));
        assertThat(directory.resolve(".ngbak/verified")).isDirectoryContaining("glob:**a.json");
        assertThat(directory.resolve(".ngbak/verified/b.json")).doesNotExist();
    }
}
