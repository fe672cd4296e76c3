package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArchiveWriterTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void readerReturnsTheWrittenFiles(Compression compression) throws IOException {
        Map<String, byte[]> files = TestArchives.allSorts();
        Path archive = TestArchives.write(folder, compression, files);

        assertThat(TestArchives.digests(TestArchives.read(archive)))
                .isEqualTo(TestArchives.digests(TestArchives.paths(files)));
        assertThat(folder).isDirectoryNotContaining(path -> Files.isDirectory(path));
        try (ArchiveReader reader = ArchiveReader.openManifest(new ArchiveFile(archive))) {
            Manifest manifest = reader.manifest();
            assertThat(manifest.stores().get(Role.KV).names())
                    .containsValues(files.keySet().toArray(new String[0]))
                    .containsEntry("kv/gr%C3%B6%C3%9Fe%2F%E6%97%A5%E6%9C%AC%20%E8%AA%9E.json", "größe/日本 語");
            assertThat(reader.manifestText()).isEqualTo(manifest.text());
            assertThat(reader.current()).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void filesOfBlockBoundarySizesAreRead(Compression compression) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (int size : new int[] {0, 1, 511, 512, 513, Block.SIZE - 1, Block.SIZE, Block.SIZE + 1, 2 * Block.SIZE}) {
            files.put("random" + size, TestArchives.random(size));
            files.put("zeros" + size, new byte[size]);
        }
        Path archive = TestArchives.write(folder, compression, files);
        assertThat(TestArchives.digests(TestArchives.read(archive)))
                .isEqualTo(TestArchives.digests(TestArchives.paths(files)));
    }

    @ParameterizedTest
    @EnumSource
    void equalContentGivesEqualArchives(Compression compression) throws IOException {
        Path one = TestArchives.write(Files.createDirectory(folder.resolve("1")), compression, TestArchives.allSorts());
        Path two = TestArchives.write(Files.createDirectory(folder.resolve("2")), compression, TestArchives.allSorts());
        assertThat(Files.mismatch(one, two)).isEqualTo(-1);
    }

    @Test
    void severalThreadsWriteConcurrently() throws Exception {
        Path work = Files.createDirectory(folder.resolve("work"));
        Path target = folder.resolve("many.ngbak");
        var threads = Executors.newFixedThreadPool(6);
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), Compression.GZIP)) {
            List<Callable<Void>> puts = new ArrayList<>();
            for (Role role : Role.values()) {
                for (int i = 0; i < 8; i++) {
                    int number = i;
                    puts.add(() -> {
                        writer.sink(role, "b").put("n" + number, ".x", out -> {
                            for (int part = 0; part < 40; part++) {
                                out.write(TestArchives.random(50_000 + number));
                            }
                        });
                        return null;
                    });
                }
            }
            for (Future<Void> put : threads.invokeAll(puts)) {
                put.get();
            }
            assertThat(writer.names(Role.VECTOR, "b")).hasSize(8).containsEntry("vectors/b/n3.x", "n3");
            assertThat(writer.files())
                    .hasSize(24)
                    .isSortedAccordingTo((a, b) -> a.path().compareTo(b.path()));
            TestArchives.write(writer, TestArchives.manifest("many", writer.files(), Map.of()), target);
            assertThat(work).isEmptyDirectory();
        } finally {
            threads.shutdownNow();
        }
        assertThat(TestArchives.read(target)).hasSize(24);
        assertThat(work).doesNotExist();
    }

    @Test
    void closeDeletesTheStagingDirectory() throws IOException {
        Path work = Files.createDirectory(folder.resolve("work"));
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), Compression.ZSTD)) {
            writer.putConfig("{}");
            assertThat(work).isNotEmptyDirectory();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void failedFileIsDiscarded() throws IOException {
        Path work = Files.createDirectory(folder.resolve("work"));
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), Compression.GZIP)) {
            EntrySink sink = writer.sink(Role.KV, "json");
            assertThatThrownBy(() -> sink.put("x", ".json", out -> {
                        out.write(new byte[3 * Block.SIZE]);
                        throw new IOException("the store went away");
                    }))
                    .hasMessage("the store went away");
            assertThat(work).isEmptyDirectory();
            assertThat(writer.files()).isEmpty();
            sink.put("x", ".json", out -> out.write(1));
            assertThat(writer.files()).hasSize(1);
            writer.clear();
            assertThat(work).isEmptyDirectory();
            assertThat(writer.files()).isEmpty();
        }
    }

    @Test
    void duplicateFileIsRejected() throws IOException {
        Path work = Files.createDirectory(folder.resolve("work"));
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), Compression.NONE)) {
            EntrySink sink = writer.sink(Role.KV, "json");
            sink.put("x", ".json", out -> out.write(1));
            assertThatThrownBy(() -> sink.put("x", ".json", out -> out.write(2)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("kv/x.json");
            assertThat(writer.files()).containsExactly(TestArchives.record("kv/x.json", new byte[] {1}));
        }
    }

    @Test
    void pluginMayCloseItsStream() throws IOException {
        Path work = Files.createDirectory(folder.resolve("work"));
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), Compression.GZIP)) {
            writer.sink(Role.KV, "json").put("x", ".json", out -> {
                try (var text = new OutputStreamWriter(out, StandardCharsets.UTF_8)) {
                    text.write("ü");
                }
            });
            assertThat(writer.files())
                    .containsExactly(TestArchives.record("kv/x.json", "ü".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void readerSkipsUnreadContent() throws IOException {
        Map<String, byte[]> files = TestArchives.allSorts();
        Path archive = TestArchives.write(folder, Compression.GZIP, files);
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive))) {
            int n = 0;
            for (ManifestEntry file = reader.next(); file != null; file = reader.next()) {
                assertThat(reader.current()).isEqualTo(file);
                assertThat(reader.content().readNBytes(1000)).hasSize((int) Math.min(1000, file.size()));
                n++;
            }
            assertThat(n).isEqualTo(files.size() + 1);
            assertThat(reader.current()).isNull();
            assertThat(reader.next()).isNull();
        }
    }
}
