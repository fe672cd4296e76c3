package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of the Python tool have the same suffix but another manifest. They are incompatible, not damaged. */
class PythonToolArchiveTest {

    private static final String MANIFEST = """
            {
              "backup_id": "python-tool",
              "created_at": "2025-10-06 14:30:00.765989+00:00",
              "nano_graphrag_version": "0.0.8.2",
              "storage_backends": { "graph": "neo4j", "vector": "qdrant", "kv": "redis" },
              "statistics": { "entities": 400, "documents": 22, "chunks_dimensions": 0 },
              "checksum": "sha256:91ff9c02348ca8dd40f3a749831a7a63e5f2e71f5321358ae6804834c503d5c4"
            }""";

    @TempDir
    Path folder;

    /** Packs a directory as Python's tarfile does: the directory entry first, then its files by name. */
    private Path archive(String manifest, int dumpSize) throws IOException {
        byte[] none = new byte[0];
        byte[] tar = new RawTar()
                .entry('5', "./", none)
                .entry('5', "./config/", none)
                .file("./config/graphrag_config.json", "{}")
                .entry('5', "./graph/", none)
                .file("./graph/neo4j.dump", new byte[dumpSize])
                .entry('5', "./kv/", none)
                .file("./kv/full_docs.json", "{}")
                .file("./manifest.json", manifest)
                .entry('5', "./qdrant/", none)
                .file("./qdrant/chunks.snapshot", new byte[600])
                .complete();
        return Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar));
    }

    private static BackupException failure(ThrowingCallable reading) {
        BackupException[] thrown = new BackupException[1];
        assertThatExceptionOfType(BackupException.class).isThrownBy(reading).satisfies(e -> thrown[0] = e);
        return thrown[0];
    }

    @Test
    void archiveOfThePythonToolIsIncompatible() throws IOException {
        Path archive = archive(MANIFEST, 1000);
        for (ThrowingCallable reading : List.<ThrowingCallable>of(
                () -> ArchiveReader.open(new ArchiveFile(archive)).close(),
                () -> ArchiveReader.openManifest(new ArchiveFile(archive)).close())) {
            BackupException e = failure(reading);
            assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(e.problem()).contains("x.ngbak was made by nano-graphrag's own backup tool", "Python");
            assertThat(e.remedy()).contains("Restore it with that tool");
        }
    }

    /** Listing archives reads only their beginning. */
    @Test
    void openManifestDoesNotReadALargeArchive() throws IOException {
        Path archive = archive(MANIFEST, 17 << 20);
        assertThat(failure(() -> ArchiveReader.openManifest(new ArchiveFile(archive))
                                .close())
                        .problem())
                .contains("its first file is not manifest.json");
        assertThat(failure(() -> ArchiveReader.open(new ArchiveFile(archive)).close())
                        .kind())
                .isEqualTo(Kind.INCOMPATIBLE);
    }

    @Test
    void otherManifestWithoutAFormatIsDamaged() throws IOException {
        for (String manifest : List.of(
                MANIFEST.replace("\"backup_id\"", "\"id\""),
                MANIFEST.replace("\"created_at\"", "\"files\""),
                MANIFEST.replace("\"created_at\"", "\"format\""),
                "{}")) {
            Path archive = archive(manifest, 1000);
            assertThat(failure(() ->
                                    ArchiveReader.open(new ArchiveFile(archive)).close())
                            .kind())
                    .isEqualTo(Kind.CORRUPT);
        }
    }
}
