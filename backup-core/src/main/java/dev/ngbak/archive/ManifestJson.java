package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
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
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A manifest's JSON, written, and read without trusting it: an uploaded one is anybody's text. */
final class ManifestJson {

    /** The most bytes that a manifest may have. */
    static final int LARGEST = 16 << 20;

    /** Room for 37,000 files, each with its name and its counts. Names and counts in memory take much more than in the text. */
    private static final int MOST_TOKENS = 1 << 19;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxStringLength(1 << 20)
                    .maxNameLength(1 << 12)
                    .maxNumberLength(32)
                    .maxTokenCount(MOST_TOKENS)
                    .build())
            // The names in a hostile manifest are not worth keeping.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Set<String> STATISTICS =
            Set.of("documents", "entities", "relationships", "communities", "chunks", "community_reports");

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FORMAT = Pattern.compile("ngbak/(\\d{1,6})(\\.\\d{1,6})*");
    private static final Pattern BACKEND = Pattern.compile("[A-Za-z0-9_-]{1,40}");

    private static final Store NO_STORE = new Store(
            "",
            new StoreInfo("unknown", "unknown", "", Map.of(), -1),
            new StoreSummary(-1, StoreCounts.NONE, null, List.of()),
            Map.of());

    /** The manifest is of another major version of the format, whose name is the message. */
    static final class OtherFormat extends IOException {
        private static final long serialVersionUID = 1;

        OtherFormat(String format) {
            super(format);
        }
    }

    /** What the manifest of the Python tool has, and, without a format, nothing else. */
    private static final Set<String> PYTHON_TOOL =
            Set.of("backup_id", "nano_graphrag_version", "storage_backends", "statistics", "checksum");

    /** The archive is one of nano-graphrag's backup tool in Python. */
    static final class PythonTool extends IOException {
        private static final long serialVersionUID = 1;
    }

    private final JsonParser parser;
    private final Map<Role, String> backends = new EnumMap<>(Role.class);
    private final Map<Role, Store> stores = new EnumMap<>(Role.class);
    private final Map<Role, ChangeMarker.Comparison> markers = new LinkedHashMap<>();
    private String id;
    private String createdAt = "";
    private String createdBy = "";
    private String nanoGraphragVersion = "unknown";
    private String note;
    private Map<String, Long> statistics = Map.of();
    private Grade grade = Grade.FUZZY;
    private long durationMs;
    private List<ManifestEntry> files;
    private String checksum;

    private ManifestJson(JsonParser parser) {
        this.parser = parser;
    }

    static String write(Manifest manifest) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("format", Manifest.FORMAT);
        root.put("backup_id", manifest.backupId().text());
        root.put("created_at", manifest.createdAt().toString());
        root.put("created_by", manifest.createdBy());
        root.put("nano_graphrag_version", manifest.nanoGraphragVersion());
        root.put("note", manifest.note());
        ObjectNode backends = root.putObject("storage_backends");
        manifest.stores().forEach((role, store) -> backends.put(role.id(), store.backend()));
        ObjectNode statistics = root.putObject("statistics");
        manifest.statistics().forEach(statistics::put);
        ObjectNode stores = root.putObject("stores");
        manifest.stores().forEach((role, store) -> write(store, stores.putObject(role.id())));
        ObjectNode consistency = root.putObject("consistency");
        consistency.put("grade", manifest.consistency().grade().text());
        ObjectNode markers = consistency.putObject("stores");
        manifest.consistency().stores().forEach((role, what) -> markers.put(role.id(), lower(what)));
        root.put("duration_ms", manifest.durationMs());
        ArrayNode files = root.putArray("files");
        for (ManifestEntry file : manifest.files()) {
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
     * Reads a manifest token by token, so that no member that this version does not know takes any memory.
     *
     * @param json in UTF-8
     * @throws Refused when the bytes are not a manifest that can be trusted to say what is in the archive
     * @throws OtherFormat for another major version of the format
     * @throws PythonTool for an archive of the Python tool
     */
    static Manifest read(byte[] json) throws IOException {
        try {
            // In another version everything else may differ, so the format is checked before anything is refused.
            checkFormat(json);
            try (JsonParser parser = parser(json)) {
                return new ManifestJson(parser).manifest();
            }
        } catch (JsonProcessingException e) {
            throw notJson(e.getOriginalMessage());
        } catch (CharacterCodingException e) {
            throw new Refused("its manifest is not UTF-8");
        }
    }

    /** Whether a manifest of this many bytes or with so many tokens is one that {@link #read} would refuse. */
    static boolean isTooLarge(byte[] json) throws IOException {
        if (json.length > LARGEST) {
            return true;
        }
        try (JsonParser parser = parser(json)) {
            while (parser.nextToken() != null) {
                // counting is the parser's
            }
            return false;
        } catch (StreamConstraintsException e) {
            return true;
        }
    }

    private static JsonParser parser(byte[] json) throws IOException {
        return FACTORY.createParser(
                new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder()));
    }

    private static Refused notJson(String why) {
        return new Refused("its manifest is not the JSON that it must be: " + ArchivePaths.shown(why));
    }

    private static void checkFormat(byte[] json) throws IOException {
        String format = null;
        boolean found = false;
        boolean hasFiles = false;
        Set<String> ofPythonTool = new HashSet<>();
        try (JsonParser parser = parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                throw new Refused("its manifest is not a JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                boolean isFormat = name.equals("format");
                hasFiles |= name.equals("files");
                if (PYTHON_TOOL.contains(name)) {
                    ofPythonTool.add(name);
                }
                if (isFormat && found) {
                    throw duplicate("format");
                }
                found |= isFormat;
                if (parser.nextToken() == JsonToken.VALUE_STRING && isFormat) {
                    format = parser.getText();
                }
                parser.skipChildren();
            }
            if (parser.nextToken() != null) {
                throw notJson("something follows the object");
            }
        }
        if (!found && !hasFiles && ofPythonTool.equals(PYTHON_TOOL)) {
            throw new PythonTool();
        }
        if (format == null) {
            throw lacking("format");
        }
        Matcher matcher = FORMAT.matcher(format);
        if (!matcher.matches()) {
            throw new Refused("its manifest's format is \"" + ArchivePaths.shown(format) + "\", not ngbak/1");
        }
        if (!matcher.group(1).equals("1")) {
            throw new OtherFormat(format);
        }
    }

    /** Receives the value of one member, at which the parser stands. */
    private interface Member {
        void read(String name) throws IOException;
    }

    /** Hands over each member of the object at which the parser stands; any other value has none. */
    private void members(Member member) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            member.read(name);
        }
    }

    /** The same, for an object of which some members are known: these are there once at most, the others are skipped. */
    private void members(Map<String, Member> known) throws IOException {
        Set<String> seen = new HashSet<>();
        members(name -> {
            Member member = known.get(name);
            if (member == null) {
                parser.skipChildren();
            } else if (seen.add(name)) {
                member.read(name);
            } else {
                throw duplicate(name);
            }
        });
    }

    private static Refused duplicate(String name) {
        return notJson("Duplicate member \"" + name + "\"");
    }

    private static Refused lacking(String member) {
        return new Refused("its manifest lacks \"" + member + "\"");
    }

    private Manifest manifest() throws IOException {
        parser.nextToken();
        members(Map.ofEntries(
                Map.entry("backup_id", name -> id = text()),
                Map.entry("created_at", name -> createdAt = scalar("")),
                Map.entry("created_by", name -> createdBy = scalar("")),
                Map.entry("nano_graphrag_version", name -> nanoGraphragVersion = scalar("unknown")),
                Map.entry("note", name -> note = text()),
                Map.entry("storage_backends", name -> backends()),
                Map.entry("statistics", name -> statistics = counts("statistics", ManifestJson::isStatistic)),
                Map.entry("stores", name -> stores()),
                Map.entry("consistency", name -> consistency()),
                Map.entry("duration_ms", name -> durationMs = isWhole() ? parser.getLongValue() : 0),
                Map.entry("files", name -> files()),
                Map.entry("checksum", name -> checksum = text())));
        if (id == null) {
            throw lacking("backup_id");
        }
        if (!BackupId.isValid(id)) {
            throw new Refused("its manifest has the impossible backup_id \"" + ArchivePaths.shown(id) + "\"");
        }
        if (files == null) {
            throw new Refused("its manifest has no list of files");
        }
        if (checksum == null) {
            throw lacking("checksum");
        }
        if (!checksum.equals(Manifest.checksumOf(files))) {
            throw new Refused("its manifest's checksum is not that of the files listed in it");
        }
        return new Manifest(
                new BackupId(id),
                instant(createdAt),
                createdBy,
                nanoGraphragVersion,
                note,
                statistics,
                joinedStores(),
                new Consistency(grade, markers),
                durationMs,
                files,
                checksum);
    }

    private void files() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        files = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            ManifestEntry file = file();
            if (!paths.add(file.path()) || file.path().equals(ArchivePaths.MANIFEST)) {
                throw new Refused("its manifest lists \"" + ArchivePaths.shown(file.path()) + "\" twice");
            }
            files.add(file);
        }
    }

    private ManifestEntry file() throws IOException {
        String[] texts = new String[2];
        long[] size = {-1};
        members(Map.of(
                "path", name -> texts[0] = text(),
                "size", name -> size[0] = isWhole() ? parser.getLongValue() : -1,
                "sha256", name -> texts[1] = text()));
        String path = texts[0];
        if (path == null) {
            throw lacking("path");
        }
        String objection = ArchivePaths.objection(path);
        if (objection != null) {
            throw new Refused("its manifest lists a file with " + objection + " (" + ArchivePaths.shown(path) + ")");
        }
        if (size[0] < 0) {
            throw new Refused("its manifest has no size for \"" + ArchivePaths.shown(path) + "\"");
        }
        if (texts[1] == null || !SHA256.matcher(texts[1]).matches()) {
            throw new Refused("its manifest has no SHA-256 for \"" + ArchivePaths.shown(path) + "\"");
        }
        return new ManifestEntry(path, size[0], texts[1]);
    }

    private void backends() throws IOException {
        members(roles(role -> {
            String backend = text();
            // A backend's name is a part of paths and messages.
            if (backend == null || !BACKEND.matcher(backend).matches()) {
                throw new Refused("its manifest names an impossible backend for " + role.id());
            }
            backends.put(role, backend);
        }));
    }

    private void stores() throws IOException {
        members(roles(role -> stores.put(role, store(role))));
    }

    private interface OfRole {
        void read(Role role) throws IOException;
    }

    private static Map<String, Member> roles(OfRole ofRole) {
        Map<String, Member> members = new HashMap<>();
        for (Role role : Role.values()) {
            members.put(role.id(), name -> ofRole.read(role));
        }
        return members;
    }

    /** Reads one store; its backend is told elsewhere. */
    private Store store(Role role) throws IOException {
        String[] texts = {"unknown", "unknown", "", null};
        long[] records = {-1};
        Map<String, String> scope = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        List<Map<String, Long>> counts = new ArrayList<>();
        members(Map.of(
                "product", name -> texts[0] = scalar("unknown"),
                "version", name -> texts[1] = scalar("unknown"),
                "form", name -> texts[2] = scalar(""),
                "content_digest", name -> texts[3] = contentDigest(role),
                "records", name -> records[0] = records(role),
                "scope", name -> texts(scope, () -> scalar("")),
                "counts", name -> counts.add(counts("counts of " + role.id(), count -> true)),
                "names", name -> texts(names, this::trueName)));
        StoreSummary summary = new StoreSummary(
                records[0], counts.isEmpty() ? StoreCounts.NONE : new StoreCounts(counts.get(0)), texts[3], List.of());
        return new Store("", new StoreInfo(texts[0], texts[1], texts[2], scope, -1), summary, names);
    }

    private long records(Role role) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return -1;
        }
        if (!isWhole() || parser.getLongValue() < 0) {
            throw new Refused("its manifest has an impossible number of records for " + role.id());
        }
        return parser.getLongValue();
    }

    private String contentDigest(Role role) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        String digest = text();
        if (digest == null || !SHA256.matcher(digest).matches()) {
            throw new Refused("its manifest has an impossible content_digest for " + role.id());
        }
        return digest;
    }

    private String trueName() throws IOException {
        String name = text();
        if (name == null || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new Refused("its manifest has a true name that is not text");
        }
        return name;
    }

    private Map<Role, Store> joinedStores() throws IOException {
        Map<Role, Store> joined = new LinkedHashMap<>();
        for (Role role : Role.values()) {
            String backend = backends.get(role);
            Store store = stores.get(role);
            if (backend == null && store != null) {
                throw new Refused("its manifest does not name the backend of " + role.id());
            }
            if (backend != null) {
                store = store == null ? NO_STORE : store;
                Store named = new Store(backend, store.info(), store.summary(), store.names());
                checkFiles(role, named);
                joined.put(role, named);
            }
        }
        return joined;
    }

    private void checkFiles(Role role, Store store) throws IOException {
        String folder = role.folder(store.backend());
        long records = store.summary().records();
        if (records != 0 && files.stream().noneMatch(file -> file.path().startsWith(folder))) {
            throw new Refused("its manifest "
                    + (records < 0
                            ? "does not say how many records " + role.id() + " has, and"
                            : "says that " + role.id() + " has " + records + " records, but")
                    + " there is no file of it");
        }
    }

    private void consistency() throws IOException {
        members(Map.of(
                "grade", name -> grade = constant(scalar(""), Grade.FUZZY),
                "stores",
                        name -> members(roles(role -> {
                            String comparison = text();
                            if (comparison != null) {
                                markers.put(role, constant(comparison, ChangeMarker.Comparison.UNKNOWN));
                            }
                        }))));
    }

    private static <E extends Enum<E>> E constant(String text, E fallback) {
        for (E constant : fallback.getDeclaringClass().getEnumConstants()) {
            if (lower(constant).equals(text)) {
                return constant;
            }
        }
        return fallback;
    }

    private Map<String, Long> counts(String what, Predicate<String> isCount) throws IOException {
        Map<String, Long> counts = new LinkedHashMap<>();
        members(name -> {
            boolean isWhole = isWhole();
            if (!isWhole && !isCount.test(name)) {
                return;
            }
            if (!isWhole || parser.getLongValue() < 0) {
                throw new Refused("its manifest has an impossible number in the " + what + ", for \""
                        + ArchivePaths.shown(name) + "\"");
            }
            if (counts.put(name, parser.getLongValue()) != null) {
                throw duplicate(name);
            }
        });
        return counts;
    }

    /** Whether a member of the statistics is one of this version's; another version may add members of any type. */
    private static boolean isStatistic(String name) {
        return STATISTICS.contains(name) || name.startsWith("vectors.") || name.startsWith("kv.");
    }

    private interface Text {
        String read() throws IOException;
    }

    private void texts(Map<String, String> texts, Text text) throws IOException {
        members(name -> {
            if (texts.put(name, text.read()) != null) {
                throw duplicate(name);
            }
        });
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private boolean isWhole() throws IOException {
        parser.skipChildren();
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    }

    /** The text at hand, or {@code null} for any other value, which is skipped. */
    private String text() throws IOException {
        boolean isText = parser.currentToken() == JsonToken.VALUE_STRING;
        parser.skipChildren();
        return isText ? parser.getText() : null;
    }

    /** What is at hand as it is spelled; the fallback for {@code null}, and for an object or an array, which is skipped. */
    private String scalar(String fallback) throws IOException {
        boolean isScalar = parser.currentToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL;
        parser.skipChildren();
        return isScalar ? parser.getText() : fallback;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
