package dev.ngbak.archive;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What an archive says of itself: the first file in it. Members and their meaning are in docs/FORMAT.md.
 *
 * @param createdAt when the backup began, in whole seconds; {@code null} where a foreign manifest does not say
 * @param note the operator's, or {@code null}
 * @param statistics counts of what was written into this archive, by name
 * @param stores by role, those that are in this archive
 * @param files every file but the manifest
 * @param checksum {@code sha256:} and the digest that {@link #checksumOf} gives for the files
 */
public record Manifest(
        BackupId backupId,
        Instant createdAt,
        String createdBy,
        String nanoGraphragVersion,
        String note,
        Map<String, Long> statistics,
        Map<Role, Store> stores,
        Consistency consistency,
        long durationMs,
        List<ManifestEntry> files,
        String checksum) {

    /** The name and major version of the format that this code reads and writes. */
    public static final String FORMAT = "ngbak/1";

    public Manifest {
        statistics = Collections.unmodifiableMap(new LinkedHashMap<>(statistics));
        stores = Collections.unmodifiableMap(new LinkedHashMap<>(stores));
        files = List.copyOf(files);
    }

    /**
     * One store's part.
     *
     * @param backend such as {@code neo4j}
     * @param info with -1 bytes: a manifest does not keep that
     * @param summary records, counts and digest of what was written; without warnings
     * @param names the true name of each of the store's files, by path
     */
    public record Store(String backend, StoreInfo info, StoreSummary summary, Map<String, String> names) {
        public Store {
            names = Collections.unmodifiableMap(new LinkedHashMap<>(names));
        }
    }

    /** How sure it is that the stores stood still together. */
    public enum Grade {
        /** Writers were held by a hook, and nothing changed. */
        FENCED,
        /** Nothing changed in any store between the first byte and the last. */
        QUIESCENT,
        /** Something changed, or a store cannot tell. */
        FUZZY;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The grade, and what each store's markers said. */
    public record Consistency(Grade grade, Map<Role, ChangeMarker.Comparison> stores) {
        public Consistency {
            stores = Collections.unmodifiableMap(new LinkedHashMap<>(stores));
        }
    }

    /** The JSON text of this manifest. */
    public String text() {
        return ManifestJson.write(this);
    }

    /**
     * SHA-256 over what {@code sha256sum} prints for the files, in the order of their paths' bytes: for each a line of its
     * digest, two spaces and its path.
     */
    public static String checksumOf(List<ManifestEntry> files) {
        MessageDigest digest = ContentDigest.sha256();
        files.stream()
                .sorted(Comparator.comparing(
                        file -> file.path().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned))
                .forEach(file ->
                        digest.update((file.sha256() + "  " + file.path() + "\n").getBytes(StandardCharsets.UTF_8)));
        return "sha256:" + HexFormat.of().formatHex(digest.digest());
    }
}
