package dev.ngbak.server;

import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Makes archives that can be listed but have no payload, of any age and with any counts. */
final class MadeArchives {

    private final Path folder;

    MadeArchives(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    /** Makes an archive of so long ago. Returns its id. */
    String make(Duration age, long entities) throws IOException {
        Instant at = Instant.now().minus(age).truncatedTo(ChronoUnit.SECONDS);
        String id = "snapshot_" + at.toString().replace(':', '-');
        make(id, at, entities, null);
        return id;
    }

    void make(String id, Instant at, long entities, String note) throws IOException {
        Files.write(folder.resolve(id + ".ngbak"), archive(id, at, entities, note));
    }

    /** Makes so many archives, one every few hours, whose counts grow slowly. */
    void makeMany(int number, Duration every) throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < number; i++) {
            make(
                    every.multipliedBy(i).plusMinutes(random.nextInt(20)),
                    15_000 + 3L * (number - i) + random.nextInt(40));
        }
    }

    static byte[] archive(String id, Instant at, long entities, String note) throws IOException {
        Random random = new Random(id.hashCode());
        List<ManifestEntry> files = Stream.of("graph/g.graphml", "kv/full_docs.json", "vectors/nano/entities.json")
                .map(path -> new ManifestEntry(path, 1, digest(random)))
                .toList();
        String manifest = """
                {"format": "ngbak/1", "backup_id": "%s", "created_at": "%s", "created_by": "ngbak 0.2.0",
                 "nano_graphrag_version": "unknown", "note": %s,
                 "storage_backends": {"graph": "networkx", "vector": "nano", "kv": "json"},
                 "statistics": {"documents": %d, "entities": %d, "relationships": %d, "communities": %d, "chunks": %d},
                 "stores": {%s},
                 "consistency": {"grade": "quiescent", "stores": {"graph": "unchanged", "vector": "unchanged", "kv": "unchanged"}},
                 "duration_ms": %d, "files": [%s], "checksum": "%s"}
                """.formatted(
                id,
                at,
                note == null ? "null" : "\"" + note + "\"",
                entities / 12,
                entities,
                entities * 2 + random.nextInt(9),
                entities / 17,
                entities / 2,
                String.join(
                        ", ", store("graph", "NetworkX"), store("vector", "NanoVectorDB"), store("kv", "JSON files")),
                3_000 + random.nextInt(2_000),
                String.join(", ", files.stream().map(MadeArchives::file).toList()),
                Manifest.checksumOf(files));
        byte[] json = manifest.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[2_000 + (int) Math.min(entities, 20_000) + random.nextInt(500)];
        random.nextBytes(payload);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            add(tar, "manifest.json", json);
            add(tar, "kv/payload.json", payload); // not in the manifest: the archive fails a verification
        }
        return bytes.toByteArray();
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static String digest(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String store(String role, String product) {
        return "\"%s\": {\"product\": \"%s\", \"version\": \"unknown\", \"form\": \"made-up\", \"scope\": {}, \"records\": 7, \"content_digest\": null}"
                .formatted(role, product);
    }

    private static String file(ManifestEntry file) {
        return "{\"path\": \"%s\", \"size\": 1, \"sha256\": \"%s\"}".formatted(file.path(), file.sha256());
    }
}
