package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.archive.Manifest.Store;
import dev.ngbak.archive.TarInput.Refused;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A manifest's JSON. Reading expects the worst; members that it does not know are passed over. */
final class ManifestJson {

    /** Low limits on purpose: a manifest is small and flat, and an uploaded one is anybody's text. */
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(1 << 20)
                            .maxNameLength(1 << 12)
                            .maxNumberLength(32)
                            .maxTokenCount(1 << 20)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FORMAT = Pattern.compile("ngbak/(\\d{1,6})(\\.\\d{1,6})*");
    private static final Pattern BACKEND = Pattern.compile("[A-Za-z0-9_-]{1,40}");

    /** The manifest is of another major version of the format, whose name is the message. */
    static final class OtherFormat extends IOException {
        private static final long serialVersionUID = 1;

        OtherFormat(String format) {
            super(format);
        }
    }

    private ManifestJson() {}

    static String write(Manifest manifest) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("format", Manifest.FORMAT);
        root.put("backup_id", manifest.backupId().text());
        root.put("created_at", manifest.createdAt().toString());
        root.put("created_by", manifest.createdBy());
        root.put("nano_graphrag_version", manifest.nanoGraphragVersion());
        root.put("note", manifest.note());
        ObjectNode backends = root.putObject("storage_backends");
        manifest.stores().forEach((role, store) -> backends.put(role.member(), store.backend()));
        ObjectNode statistics = root.putObject("statistics");
        manifest.statistics().forEach(statistics::put);
        ObjectNode stores = root.putObject("stores");
        manifest.stores().forEach((role, store) -> write(store, stores.putObject(role.member())));
        ObjectNode consistency = root.putObject("consistency");
        consistency.put("grade", manifest.consistency().grade().text());
        ObjectNode markers = consistency.putObject("stores");
        manifest.consistency().stores().forEach((role, what) -> markers.put(role.member(), lower(what)));
        root.put("duration_ms", manifest.durationMs());
        ArrayNode files = root.putArray("files");
        for (FileRecord file : manifest.files()) {
            files.addObject().put("path", file.path()).put("size", file.size()).put("sha256", file.sha256());
        }
        root.put("checksum", manifest.checksum());
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        try {
            return MAPPER.writer(new DefaultPrettyPrinter(
                                            new Separators().withObjectFieldValueSpacing(Separators.Spacing.AFTER))
                                    .withObjectIndenter(lines)
                                    .withArrayIndenter(lines))
                            .writeValueAsString(root)
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Store store, ObjectNode node) {
        StoreInfo info = store.info();
        StoreSummary summary = store.summary();
        node.put("product", info.product());
        node.put("version", info.version());
        node.put("form", info.form());
        ObjectNode scope = node.putObject("scope");
        info.scope().forEach(scope::put);
        if (summary.records() < 0) {
            node.putNull("records");
        } else {
            node.put("records", summary.records());
        }
        node.put("content_digest", summary.contentDigest());
        ObjectNode counts = node.putObject("counts");
        summary.counts().counts().forEach(counts::put);
        ObjectNode names = node.putObject("names");
        store.names().forEach(names::put);
    }

    /**
     * @throws Refused when the bytes are not a manifest that can be trusted to say what is in the archive
     * @throws OtherFormat for another major version of the format
     */
    static Manifest read(String json) throws IOException {
        JsonNode root;
        try (JsonParser parser = MAPPER.createParser(json)) {
            root = MAPPER.readTree(parser);
            if (root == null || !root.isObject()) {
                throw new Refused("its manifest is not a JSON object");
            }
        } catch (JsonProcessingException e) {
            throw new Refused(
                    "its manifest is not the JSON that it must be: " + ArchivePaths.shown(e.getOriginalMessage()));
        }
        checkFormat(text(root, "format"));
        String id = text(root, "backup_id");
        if (!BackupId.isValid(id)) {
            throw new Refused("its manifest has the impossible backup_id \"" + ArchivePaths.shown(id) + "\"");
        }
        List<FileRecord> files = files(root);
        String checksum = text(root, "checksum");
        if (!checksum.equals(Manifest.checksumOf(files))) {
            throw new Refused("its manifest's checksum is not that of the files listed in it");
        }
        Manifest manifest = new Manifest(
                new BackupId(id),
                instant(root.path("created_at").asText("")),
                root.path("created_by").asText(""),
                root.path("nano_graphrag_version").asText("unknown"),
                root.path("note").textValue(),
                numbers(root.path("statistics")),
                stores(root),
                consistency(root.path("consistency")),
                root.path("duration_ms").asLong(),
                files,
                checksum);
        checkStores(manifest);
        return manifest;
    }

    private static void checkFormat(String format) throws IOException {
        Matcher matcher = FORMAT.matcher(format);
        if (!matcher.matches()) {
            throw new Refused("its manifest's format is \"" + ArchivePaths.shown(format) + "\", not ngbak/1");
        }
        if (!matcher.group(1).equals("1")) {
            throw new OtherFormat(format);
        }
    }

    private static List<FileRecord> files(JsonNode root) throws IOException {
        JsonNode array = root.path("files");
        if (!array.isArray()) {
            throw new Refused("its manifest has no list of files");
        }
        List<FileRecord> files = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        for (JsonNode node : array) {
            String path = text(node, "path");
            String objection = ArchivePaths.objection(path);
            if (objection != null) {
                throw new Refused(
                        "its manifest lists a file with " + objection + " (" + ArchivePaths.shown(path) + ")");
            }
            if (!paths.add(path) || path.equals(ArchivePaths.MANIFEST)) {
                throw new Refused("its manifest lists \"" + ArchivePaths.shown(path) + "\" twice");
            }
            JsonNode size = node.path("size");
            if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
                throw new Refused("its manifest has no size for \"" + ArchivePaths.shown(path) + "\"");
            }
            String sha256 = text(node, "sha256");
            if (!SHA256.matcher(sha256).matches()) {
                throw new Refused("its manifest has no SHA-256 for \"" + ArchivePaths.shown(path) + "\"");
            }
            files.add(new FileRecord(path, size.asLong(), sha256));
        }
        return files;
    }

    private static Map<Role, Store> stores(JsonNode root) throws IOException {
        Map<Role, Store> stores = new LinkedHashMap<>();
        for (Role role : Role.values()) {
            JsonNode backend = root.path("storage_backends").path(role.member());
            if (backend.isMissingNode()) {
                if (root.path("stores").has(role.member())) {
                    throw new Refused("its manifest does not name the backend of " + role.member());
                }
                continue;
            }
            // A backend's name is a part of paths and messages.
            if (!backend.isTextual() || !BACKEND.matcher(backend.textValue()).matches()) {
                throw new Refused("its manifest names an impossible backend for " + role.member());
            }
            JsonNode node = root.path("stores").path(role.member());
            StoreSummary summary = new StoreSummary(
                    records(role, node.path("records")),
                    new StoreCounts(numbers(node.path("counts"))),
                    contentDigest(role, node.path("content_digest")),
                    List.of());
            StoreInfo info = new StoreInfo(
                    node.path("product").asText("unknown"),
                    node.path("version").asText("unknown"),
                    node.path("form").asText(""),
                    texts(node.path("scope")),
                    -1);
            stores.put(role, new Store(backend.textValue(), info, summary, texts(node.path("names"))));
        }
        return stores;
    }

    private static long records(Role role, JsonNode node) throws IOException {
        if (node.isNull() || node.isMissingNode()) {
            return -1;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < 0) {
            throw new Refused("its manifest has an impossible number of records for " + role.member());
        }
        return node.asLong();
    }

    private static String contentDigest(Role role, JsonNode node) throws IOException {
        if (node.isNull() || node.isMissingNode()) {
            return null;
        }
        if (!node.isTextual() || !SHA256.matcher(node.textValue()).matches()) {
            throw new Refused("its manifest has an impossible content_digest for " + role.member());
        }
        return node.textValue();
    }

    private static void checkStores(Manifest manifest) throws IOException {
        for (var entry : manifest.stores().entrySet()) {
            String folder = entry.getKey().folder(entry.getValue().backend());
            boolean hasFiles =
                    manifest.files().stream().anyMatch(file -> file.path().startsWith(folder));
            if (entry.getValue().summary().records() > 0 && !hasFiles) {
                throw new Refused("its manifest says that " + entry.getKey().member() + " has "
                        + entry.getValue().summary().records() + " records, but there is no file of it");
            }
        }
    }

    private static Consistency consistency(JsonNode node) {
        Map<Role, ChangeMarker.Comparison> stores = new LinkedHashMap<>();
        for (Role role : Role.values()) {
            JsonNode value = node.path("stores").path(role.member());
            if (value.isTextual()) {
                stores.put(role, constant(value.textValue(), ChangeMarker.Comparison.UNKNOWN));
            }
        }
        return new Consistency(constant(node.path("grade").asText(""), Grade.FUZZY), stores);
    }

    private static <E extends Enum<E>> E constant(String text, E fallback) {
        for (E constant : fallback.getDeclaringClass().getEnumConstants()) {
            if (lower(constant).equals(text)) {
                return constant;
            }
        }
        return fallback;
    }

    private static Map<String, Long> numbers(JsonNode node) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        node.fields().forEachRemaining(member -> {
            if (member.getValue().canConvertToLong()) {
                numbers.put(member.getKey(), member.getValue().asLong());
            }
        });
        return numbers;
    }

    private static Map<String, String> texts(JsonNode node) {
        Map<String, String> texts = new LinkedHashMap<>();
        node.fields()
                .forEachRemaining(
                        member -> texts.put(member.getKey(), member.getValue().asText()));
        return texts;
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static String text(JsonNode node, String member) throws IOException {
        JsonNode value = node.path(member);
        if (!value.isTextual()) {
            throw new Refused("its manifest lacks \"" + member + "\"");
        }
        return value.textValue();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
