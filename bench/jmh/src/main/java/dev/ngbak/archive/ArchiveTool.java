package dev.ngbak.archive;

import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes and reads archives without any store. {@code bench/archive.py} measures this command. */
final class ArchiveTool {

    private ArchiveTool() {}

    /**
     * Runs one command:
     *
     * <ul>
     *   <li>{@code make vectors|json BYTES FILE} generates a file.
     *   <li>{@code pack gzip|zstd|none ARCHIVE FILE…} writes an archive, as a backup does.
     *   <li>{@code read ARCHIVE} reads an archive, as a verification does.
     * </ul>
     */
    public static void main(String[] arguments) throws IOException {
        List<String> rest = List.of(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "make" -> make(rest.get(0), Long.parseLong(rest.get(1)), Path.of(rest.get(2)));
            case "pack" ->
                pack(
                        Compression.valueOf(rest.get(0).toUpperCase(Locale.ROOT)),
                        Path.of(rest.get(1)).toAbsolutePath(),
                        rest.subList(2, rest.size()).stream().map(Path::of).toList());
            case "read" -> read(Path.of(rest.get(0)));
            default ->
                throw new IllegalArgumentException("Unknown command " + arguments[0] + ". Use make, pack or read");
        }
    }

    private static void make(String kind, long bytes, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            if (kind.equals("vectors")) {
                BenchmarkData.vectors(out, bytes);
            } else {
                BenchmarkData.json(out, bytes);
            }
        }
    }

    private static void pack(Compression compression, Path archive, List<Path> files) throws IOException {
        Path work = Files.createTempDirectory(archive.getParent(), "work");
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), compression)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                EntrySink sink =
                        name.endsWith(".json") ? writer.sink(Role.KV, "redis") : writer.sink(Role.VECTOR, "qdrant");
                sink.put(name, "", out -> copy(file, out));
            }
            List<ManifestEntry> entries = writer.files();
            String name = archive.getFileName().toString();
            Manifest manifest = new Manifest(
                    new BackupId(name.substring(0, name.length() - BackupId.SUFFIX.length())),
                    Instant.parse("2025-10-06T14:30:00Z"),
                    "bench",
                    new Manifest.SourceSystem("nano-graphrag", "unknown", null),
                    null,
                    Map.of(),
                    Map.of(),
                    new Consistency(Grade.FUZZY, Map.of()),
                    0,
                    entries,
                    Manifest.checksumOf(entries));
            try (FileChannel channel =
                    FileChannel.open(archive, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writer.assemble(manifest, channel);
                channel.force(true);
            }
        }
    }

    private static void copy(Path file, OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        }
    }

    private static void read(Path archive) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive))) {
            while (reader.next() != null) {
                reader.finish();
            }
        }
    }
}
