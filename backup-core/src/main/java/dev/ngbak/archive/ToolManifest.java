package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.Manifest.Store;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The manifest of an archive of nano-graphrag's own backup tool. Nothing in it is trusted. */
final class ToolManifest {

    /** The maximum size. The tool writes less than a kilobyte. */
    static final int MAX_BYTES = 64 << 10;

    /** The tool adds the checksum as the last member, to a text that it has hashed without it. */
    private static final Pattern CHECKSUM = Pattern.compile(",\n  \"checksum\": \"sha256:[0-9a-f]{64}\"\n}$");

    private static final Pattern BACKEND = Pattern.compile("[A-Za-z0-9_-]{1,40}");

    /** What the tool writes for a store that the system does not use. */
    private static final String NO_STORE = "nonetype";

    /** Statistics that a manifest of ngbak has under another name. */
    private static final Map<String, String> RENAMED = Map.of("reports", "community_reports");

    private static final ObjectMapper STRICT = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private final JsonNode json;
    private final Map<Role, String> backends = new EnumMap<>(Role.class);

    private ToolManifest(JsonNode json) throws IOException {
        this.json = json;
        for (Role role : Role.values()) {
            String backend = json.path("storage_backends").path(role.id()).asText(NO_STORE);
            if (!BACKEND.matcher(backend).matches()) {
                throw new RefusedArchiveException("its manifest names an invalid backend for " + role.id());
            }
            if (!backend.equals(NO_STORE)) {
                backends.put(role, backend);
            }
        }
    }

    /** @param bytes that {@link ManifestReader#read} has recognised as a manifest of this tool */
    static ToolManifest read(byte[] bytes) throws IOException {
        if (bytes.length > MAX_BYTES) {
            throw new RefusedArchiveException("its manifest has " + bytes.length + " bytes, more than the tool writes");
        }
        try {
            return new ToolManifest(STRICT.readTree(bytes));
        } catch (JsonProcessingException e) {
            throw new RefusedArchiveException(
                    "its manifest is not valid JSON: " + SafeText.forMessage(e.getOriginalMessage()));
        }
    }

    /** Returns the bytes of a manifest that the checksum in it covers. */
    static byte[] withoutChecksum(byte[] bytes) throws IOException {
        // Byte for byte in both directions, so that the rest of the text stays as it is.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String hashed = CHECKSUM.matcher(text).replaceFirst("\n}");
        if (hashed.equals(text)) {
            throw new RefusedArchiveException("its manifest does not end with a checksum as that tool writes it");
        }
        return hashed.getBytes(StandardCharsets.ISO_8859_1);
    }

    String checksum() {
        return json.path("checksum").asText();
    }

    /**
     * Returns the path that ngbak gives to a file.
     *
     * @throws RefusedArchiveException if an archive of this tool contains no such file
     */
    String ownPath(String path) throws IOException {
        if (path.equals(ArchivePaths.CONFIG) || path.equals(ArchivePaths.MANIFEST)) {
            return path;
        }
        for (var store : backends.entrySet()) {
            String folder = toolFolder(store.getKey(), store.getValue());
            String name = path.startsWith(folder) ? path.substring(folder.length()) : "";
            if (!name.isEmpty() && !name.contains("/")) {
                return store.getKey().folder(store.getValue()) + name;
            }
        }
        throw new RefusedArchiveException("it contains " + SafeText.quoted(path)
                + ", which is not a file that nano-graphrag's backup tool writes");
    }

    private static String toolFolder(Role role, String backend) {
        return role == Role.VECTOR ? backend + "/" : role.folder(backend);
    }

    /**
     * Describes the archive.
     *
     * @param files all files except the manifest, with the paths of {@link #ownPath}
     */
    Manifest describe(List<ManifestEntry> files) throws IOException {
        Map<Role, Store> stores = new EnumMap<>(Role.class);
        for (var each : backends.entrySet()) {
            Role role = each.getKey();
            Map<String, String> names = names(role.folder(each.getValue()), files);
            if (names.isEmpty()) {
                throw new RefusedArchiveException("its manifest names the " + role.id() + " store " + each.getValue()
                        + ", but it contains no file of it. Nano-graphrag's backup tool goes on without a store that it"
                        + " cannot export");
            }
            stores.put(role, store(each.getValue(), names));
        }
        return manifest(stores, files);
    }

    /** Describes the archive as far as it is possible without its files. */
    Manifest describe() throws IOException {
        Map<Role, Store> stores = new EnumMap<>(Role.class);
        backends.forEach((role, backend) -> stores.put(role, store(backend, Map.of())));
        return manifest(stores, List.of());
    }

    private Manifest manifest(Map<Role, Store> stores, List<ManifestEntry> files) throws IOException {
        String id = json.path("backup_id").asText();
        if (!BackupId.isValid(id)) {
            throw new RefusedArchiveException("its manifest has the invalid backup_id " + SafeText.quoted(id));
        }
        return new Manifest(
                new BackupId(id),
                createdAt(json.path("created_at").asText()),
                "nano-graphrag's own backup tool",
                new SourceSystem(
                        SourceSystem.NANO_GRAPHRAG,
                        json.path("nano_graphrag_version").asText("unknown"),
                        null),
                null,
                statistics(),
                stores,
                new Consistency(Grade.FUZZY, Map.of()),
                0,
                files,
                checksum());
    }

    private static Store store(String backend, Map<String, String> names) {
        StoreInfo info = new StoreInfo(backend, "unknown", StoreInfo.OTHER_TOOL, Map.of(), -1);
        return new Store(backend, info, StoreSummary.opaque(), names);
    }

    /** Returns the true name of each file in a folder: the name of the file without its suffix. */
    private static Map<String, String> names(String folder, List<ManifestEntry> files) {
        Map<String, String> names = new LinkedHashMap<>();
        for (ManifestEntry file : files) {
            if (file.path().startsWith(folder)) {
                names.put(file.path(), file.path().substring(folder.length()).replaceFirst("\\.[^.]*$", ""));
            }
        }
        return names;
    }

    private Map<String, Long> statistics() {
        Map<String, Long> statistics = new LinkedHashMap<>();
        json.path("statistics").fields().forEachRemaining(count -> {
            if (count.getValue().canConvertToLong() && count.getValue().asLong() >= 0) {
                statistics.put(
                        RENAMED.getOrDefault(count.getKey(), count.getKey()),
                        count.getValue().asLong());
            }
        });
        return statistics;
    }

    /** Parses a time such as {@code 2025-10-06 14:30:00.120000+00:00}. */
    private static @Nullable Instant createdAt(String text) {
        try {
            return OffsetDateTime.parse(text.replace(' ', 'T')).toInstant().truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
