package dev.ngbak.archive;

import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.archive.Manifest.Store;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Creates and reads archives like those of the engine, with the namespaces of one key-value store. */
final class TestArchives {

    static final Instant TIME = Instant.parse("2025-10-06T14:30:00Z");
    static final String ID = "snapshot_2025-10-06T14-30-00Z";

    private TestArchives() {}

    /** Writes {@code <id>.ngbak} to a directory, with a copy of the settings and one file per name. */
    static Path write(Path folder, String id, Compression compression, Map<String, EntrySink.Contents> files)
            throws IOException {
        Path work = Files.createTempDirectory(folder, "work");
        Path target = folder.resolve(id + BackupId.SUFFIX);
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), compression)) {
            EntrySink sink = writer.sink(Role.KV, "json");
            for (var file : files.entrySet()) {
                sink.put(file.getKey(), ".json", file.getValue());
            }
            writer.putConfig("{ \"KV_BACKEND\": \"json\" }\n");
            TestArchives.write(writer, manifest(id, writer.files(), writer.names(Role.KV, "json")), target);
        }
        return target;
    }

    /** Writes the archive to a file. */
    static void write(ArchiveWriter writer, Manifest manifest, Path target) throws IOException {
        try (FileChannel channel = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            writer.assemble(manifest, channel);
        }
    }

    static Path write(Path folder, Compression compression, Map<String, byte[]> files) throws IOException {
        Map<String, EntrySink.Contents> contents = new LinkedHashMap<>();
        files.forEach((name, bytes) -> contents.put(name, out -> out.write(bytes)));
        return write(folder, compression.name().toLowerCase(java.util.Locale.ROOT), compression, contents);
    }

    /** Returns compressible, random and empty files, some of them with names that need escaping or shortening. */
    static Map<String, byte[]> allSorts() {
        Map<String, byte[]> files = new TreeMap<>();
        files.put(
                "full_docs",
                "{\"doc-1\": {\"content\": \"alpha beta\"}}\n".repeat(60_000).getBytes(StandardCharsets.UTF_8));
        files.put("text_chunks", random(1_500_000));
        files.put("llm_response_cache", new byte[0]);
        files.put("zeros", new byte[3_000_000]);
        files.put("größe/日本 語", "{}".getBytes(StandardCharsets.UTF_8));
        files.put("long".repeat(60), "[1]".getBytes(StandardCharsets.UTF_8));
        return files;
    }

    static Manifest manifest(String id, List<ManifestEntry> files, Map<String, String> names) {
        StoreInfo info = new StoreInfo("JSON key-value files", "unknown", "json-kv", Map.of(), -1);
        StoreSummary summary = new StoreSummary(3, new StoreCounts(Map.of("full_docs", 3L)), "0".repeat(64), List.of());
        return new Manifest(
                new BackupId(id),
                TIME,
                "ngbak test",
                new Manifest.SourceSystem("nano-graphrag", "unknown", null),
                null,
                Map.of("documents", 3L),
                Map.of(Role.KV, new Store("json", info, summary, names)),
                new Consistency(Grade.QUIESCENT, Map.of(Role.KV, Comparison.UNCHANGED)),
                12,
                files,
                Manifest.checksumOf(files));
    }

    static ManifestEntry record(String path, byte[] content) {
        return new ManifestEntry(path, content.length, sha256(content));
    }

    static String sha256(byte[] content) {
        return HexFormat.of().formatHex(ContentDigest.sha256().digest(content));
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    /** Reads a whole archive and returns its files by path. Throws the exceptions of the reader. */
    static Map<String, byte[]> read(Path archive) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive))) {
            for (ManifestEntry file = reader.next(); file != null; file = reader.next()) {
                files.put(file.path(), reader.content().readAllBytes());
            }
        }
        return files;
    }

    /** Returns the expected files, by path, of an archive that {@link #write} creates from these files. */
    static Map<String, byte[]> paths(Map<String, byte[]> files) {
        Map<String, byte[]> paths = new TreeMap<>();
        files.forEach((name, bytes) -> paths.put("kv/" + ArchivePaths.fileName(name, ".json"), bytes));
        paths.put(ArchivePaths.CONFIG, "{ \"KV_BACKEND\": \"json\" }\n".getBytes(StandardCharsets.UTF_8));
        return paths;
    }

    /** Returns the size and digest of each file, because a failed comparison of contents would print megabytes. */
    static Map<String, String> digests(Map<String, byte[]> files) {
        return files.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        file -> file.getValue().length + " " + sha256(file.getValue()),
                        (a, b) -> a,
                        TreeMap::new));
    }
}
