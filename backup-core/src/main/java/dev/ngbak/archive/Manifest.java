package dev.ngbak.archive;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The first file of an archive, which describes the rest. docs/FORMAT.md specifies its members.
 *
 * @param createdAt the time when the backup began, in whole seconds; {@code null} if the manifest has none
 * @param note the operator's note, or {@code null}
 * @param statistics the number of records in this archive, by name
 * @param check the result of the reference check during the backup, or {@code null} if there is none
 * @param stores the stores in this archive
 * @param files all files except the manifest
 * @param checksum {@code sha256:} and the digest that {@link #checksumOf} returns for the files
 */
public record Manifest(
        BackupId backupId,
        @Nullable Instant createdAt,
        String createdBy,
        SourceSystem system,
        @Nullable String note,
        Map<String, Long> statistics,
        @Nullable Check check,
        Map<Role, Store> stores,
        Consistency consistency,
        long durationMs,
        List<ManifestEntry> files,
        String checksum) {

    /** The name and major version of the format. */
    public static final String FORMAT = "ngbak/1";

    public Manifest {
        statistics = Collections.unmodifiableMap(new LinkedHashMap<>(statistics));
        stores = Collections.unmodifiableMap(new LinkedHashMap<>(stores));
        files = List.copyOf(files);
    }

    /** Creates a manifest without the result of a reference check. */
    public Manifest(
            BackupId backupId,
            @Nullable Instant createdAt,
            String createdBy,
            SourceSystem system,
            @Nullable String note,
            Map<String, Long> statistics,
            Map<Role, Store> stores,
            Consistency consistency,
            long durationMs,
            List<ManifestEntry> files,
            String checksum) {
        this(
                backupId,
                createdAt,
                createdBy,
                system,
                note,
                statistics,
                null,
                stores,
                consistency,
                durationMs,
                files,
                checksum);
    }

    /**
     * The GraphRAG system whose state is in the archive.
     *
     * @param name for example {@code nano-graphrag}
     * @param version as the operator stated it, or {@code unknown}
     * @param workspace the workspace, or {@code null} if the system has none, or for its unnamed one
     */
    public record SourceSystem(
            String name, String version, @Nullable String workspace) {

        /** The system of archives that do not name one. */
        public static final String NANO_GRAPHRAG = "nano-graphrag";

        /** Returns a workspace as messages name it: {@code the workspace "a"}, or {@code the unnamed workspace}. */
        public static String displayName(@Nullable String workspace) {
            return workspace == null || workspace.isEmpty()
                    ? "the unnamed workspace"
                    : "the workspace " + SafeText.quoted(workspace);
        }

        /** Returns whether an archive of the other one is an earlier or later state of the same data. */
        public boolean hasSameData(SourceSystem other) {
            return name.equals(other.name) && Objects.equals(workspace, other.workspace);
        }

        /** Returns the system and its workspace as messages name them. */
        public String displayName() {
            return SafeText.forMessage(name)
                    + (workspace == null ? "" : ", workspace \"" + SafeText.forMessage(workspace) + "\"");
        }
    }

    /**
     * The result of the reference check.
     *
     * @param errors the number of broken rules that mean that data was lost or mixed up
     * @param warnings the number of broken rules that healthy systems also break
     * @param rules how often each rule that was checked is broken, by its code
     */
    public record Check(long errors, long warnings, Map<String, Long> rules) {
        public Check {
            rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
        }
    }

    /**
     * One store in an archive.
     *
     * @param backend for example {@code neo4j}
     * @param info the description of the store; its number of bytes is always -1, because a manifest does not contain
     *     it
     * @param summary the number of records, the counts and the digest; without warnings
     * @param names the original name of each of the store's files, by path
     */
    public record Store(String backend, StoreInfo info, StoreSummary summary, Map<String, String> names) {
        public Store {
            names = Collections.unmodifiableMap(new LinkedHashMap<>(names));
        }
    }

    /** The consistency grade: how certain it is that the stores did not change during the backup. */
    public enum Grade {
        /** A hook paused all writers, and nothing changed. */
        FENCED,
        /** Nothing changed in any store from the first byte to the last. */
        QUIESCENT,
        /** Something changed, or a store cannot report changes. */
        FUZZY;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The grade, and the comparison of each store's change markers. */
    public record Consistency(Grade grade, Map<Role, ChangeMarker.Comparison> stores) {
        public Consistency {
            stores = Collections.unmodifiableMap(new LinkedHashMap<>(stores));
        }
    }

    /**
     * Returns whether nano-graphrag's own backup tool made the archive. Such a manifest is not one that was read, but describes
     * what was found.
     */
    public boolean isOfOtherTool() {
        return stores.values().stream().anyMatch(store -> store.info().form().equals(StoreInfo.OTHER_TOOL));
    }

    /**
     * Reads the JSON of a manifest.
     *
     * @throws IOException if it is not a valid manifest
     */
    public static Manifest read(String json) throws IOException {
        return ManifestReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns this manifest as JSON. */
    public String text() {
        return ManifestWriter.write(this);
    }

    /**
     * Returns the SHA-256 of the output of {@code sha256sum} for the files: one line for each, with its digest, two
     * spaces and its path, ordered by the bytes of the paths.
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
