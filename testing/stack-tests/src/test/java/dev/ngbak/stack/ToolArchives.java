package dev.ngbak.stack;

import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Changes archives of nano-graphrag's own backup tool as somebody who knows its checksum can. */
final class ToolArchives {

    private static final String MANIFEST = "manifest.json";

    private ToolArchives() {}

    /** Writes an archive with another content of a file, and with the checksum of the result. */
    static Path with(Path archive, String path, byte[] content, Path to) throws IOException {
        Map<String, byte[]> files = read(archive);
        files.put(path, content);
        String manifest =
                new String(files.get(MANIFEST), StandardCharsets.UTF_8).replaceFirst(",\n  \"checksum\".*\n}$", "\n}");
        files.put(MANIFEST, manifest.getBytes(StandardCharsets.UTF_8));
        MessageDigest digest = ContentDigest.sha256();
        files.forEach((name, bytes) -> {
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
        });
        String checksum = "sha256:" + HexFormat.of().formatHex(digest.digest());
        files.put(
                MANIFEST,
                manifest.replaceFirst("\n}$", ",\n  \"checksum\": \"" + checksum + "\"\n}")
                        .getBytes(StandardCharsets.UTF_8));
        write(files, to);
        return to;
    }

    private static Map<String, byte[]> read(Path archive) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isFile()) {
                    files.put(entry.getName().replaceFirst("^\\./", ""), tar.readAllBytes());
                }
            }
        }
        return files;
    }

    private static void write(Map<String, byte[]> files, Path to) throws IOException {
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(to)))) {
            for (var file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry("./" + file.getKey());
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
    }
}
