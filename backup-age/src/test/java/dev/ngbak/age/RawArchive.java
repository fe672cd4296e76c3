package dev.ngbak.age;

import dev.ngbak.spi.ContentDigest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Changes archives as an attacker would, who knows the format and corrects all digests. */
final class RawArchive {

    private static final String MANIFEST = "manifest.json";

    private final Map<String, byte[]> files = new LinkedHashMap<>();

    static RawArchive read(Path archive) throws IOException {
        RawArchive raw = new RawArchive();
        byte[] bytes = Files.readAllBytes(archive);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new GZIPInputStream(new ByteArrayInputStream(bytes)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                raw.files.put(entry.getName(), tar.readAllBytes());
            }
        }
        return raw;
    }

    byte[] manifest() {
        return files.get(MANIFEST);
    }

    RawArchive withManifest(byte[] manifest) {
        files.put(MANIFEST, manifest);
        return this;
    }

    RawArchive withManifest(UnaryOperator<String> change) {
        return withManifest(
                change.apply(new String(manifest(), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a plain tar, whose header has the digest of the manifest. */
    void write(Path archive) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                if (file.getKey().equals(MANIFEST)) {
                    entry.addPaxHeader(
                            "comment",
                            "sha256:"
                                    + HexFormat.of()
                                            .formatHex(ContentDigest.sha256().digest(file.getValue())));
                }
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
        Files.write(archive, out.toByteArray());
    }
}
