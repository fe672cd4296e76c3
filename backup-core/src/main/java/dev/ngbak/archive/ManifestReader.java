package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.ngbak.archive.Manifest.Check;
import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.Manifest.Store;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.SafeText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
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

/** Reads a manifest without trusting it, because anybody may have written it. */
final class ManifestReader {

    /** The maximum size of a manifest. */
    static final int MAX_BYTES = 16 << 20;

    /**
     * The maximum number of tokens, enough for 37,000 files, each with its name and counts. Parsed members take much
     * more memory than their text, so limiting the text is not enough.
     */
    private static final int MAX_TOKENS = 1 << 19;

    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxStringLength(1 << 20)
                    .maxNameLength(1 << 12)
                    .maxNumberLength(32)
                    .maxTokenCount(MAX_TOKENS)
                    .build())
            // A hostile manifest must not fill the symbol table with names.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private static final Set<String> STATISTICS =
            Set.of("documents", "entities", "relationships", "communities", "chunks", "community_reports");

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FORMAT = Pattern.compile("ngbak/(\\d{1,6})(\\.\\d{1,6})*");
    private static final Pattern RULE = Pattern.compile("[A-Za-z0-9_.-]{1,40}");
    private static final Pattern BACKEND = Pattern.compile("[A-Za-z0-9_-]{1,40}");

    private static final Store UNKNOWN_STORE = new Store(
            "",
            new StoreInfo("unknown", "unknown", "", Map.of(), -1),
            new StoreSummary(-1, StoreCounts.NONE, null, List.of()),
            Map.of());

    /** Reports a manifest of another major version of the format. The message is the name of the format. */
    static final class UnsupportedFormatException extends IOException {
        private static final long serialVersionUID = 1;

        UnsupportedFormatException(String format) {
            super(format);
        }
    }

    /** The members of a manifest of nano-graphrag's own backup tool, which has no format member. */
    private static final Set<String> OTHER_TOOL_MEMBERS =
            Set.of("backup_id", "nano_graphrag_version", "storage_backends", "statistics", "checksum");

    /** Reports a manifest of nano-graphrag's own backup tool, which {@link ToolManifest} reads. */
    static final class OtherToolException extends IOException {
        private static final long serialVersionUID = 1;

        private final transient byte[] manifest;

        OtherToolException(byte[] manifest) {
            super("a manifest of nano-graphrag's own backup tool");
            this.manifest = manifest;
        }

        byte[] manifest() {
            return manifest;
        }
    }

    private final JsonParser parser;
    /** Whether the list of files is left out, because it is encrypted. */
    private final boolean summary;

    private final Map<Role, String> backends = new EnumMap<>(Role.class);
    private final Map<Role, Store> stores = new EnumMap<>(Role.class);
    private final Map<Role, ChangeMarker.Comparison> markers = new LinkedHashMap<>();
    private String id;
    private String createdAt = "";
    private String createdBy = "";
    private String system = SourceSystem.NANO_GRAPHRAG;
    private String systemVersion = "unknown";
    private String workspace;
    private String note;
    private Map<String, Long> statistics = Map.of();
    private Check check;
    private Grade grade = Grade.FUZZY;
    private long durationMs;
    private List<ManifestEntry> files;
    private String checksum;

    private ManifestReader(JsonParser parser, boolean summary) {
        this.parser = parser;
        this.summary = summary;
    }

    /**
     * Reads a manifest token by token, so that unknown members take no memory.
     *
     * @param json in UTF-8
     * @throws RefusedArchiveException if the bytes are not a valid manifest
     * @throws UnsupportedFormatException for another major version of the format
     * @throws OtherToolException for a manifest of nano-graphrag's own backup tool
     */
    static Manifest read(byte[] json) throws IOException {
        return read(json, false);
    }

    /** Reads a manifest whose files and stores are left out, like {@link #read}. The result has none. */
    static Manifest readSummary(byte[] json) throws IOException {
        return read(json, true);
    }

    private static Manifest read(byte[] json, boolean summary) throws IOException {
        try {
            // Everything else may differ in another version, so the format is checked first.
            checkFormat(json);
            try (JsonParser parser = parser(json)) {
                return new ManifestReader(parser, summary).manifest();
            }
        } catch (JsonProcessingException e) {
            throw notJson(e.getOriginalMessage());
        } catch (CharacterCodingException e) {
            throw new RefusedArchiveException("its manifest is not UTF-8");
        }
    }

    /** Returns whether {@link #read} would reject a manifest for its number of bytes or tokens. */
    static boolean isTooLarge(byte[] json) throws IOException {
        if (json.length > MAX_BYTES) {
            return true;
        }
        try (JsonParser parser = parser(json)) {
            while (parser.nextToken() != null) {
                // The parser counts the tokens.
            }
            return false;
        } catch (StreamConstraintsException e) {
            return true;
        }
    }

    static JsonParser parser(byte[] json) throws IOException {
        return FACTORY.createParser(
                new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder()));
    }

    private static RefusedArchiveException notJson(String why) {
        return new RefusedArchiveException("its manifest is not valid JSON: " + SafeText.forMessage(why));
    }

    private static void checkFormat(byte[] json) throws IOException {
        String format = null;
        boolean found = false;
        boolean hasFiles = false;
        Set<String> ofOtherTool = new HashSet<>();
        try (JsonParser parser = parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                throw new RefusedArchiveException("its manifest is not a JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                boolean isFormat = name.equals("format");
                hasFiles |= name.equals("files");
                if (OTHER_TOOL_MEMBERS.contains(name)) {
                    ofOtherTool.add(name);
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
        if (!found && !hasFiles && ofOtherTool.equals(OTHER_TOOL_MEMBERS)) {
            throw new OtherToolException(json);
        }
        if (format == null) {
            throw lacking("format");
        }
        Matcher matcher = FORMAT.matcher(format);
        if (!matcher.matches()) {
            throw new RefusedArchiveException(
                    "its manifest's format is \"" + SafeText.forMessage(format) + "\", not ngbak/1");
        }
        if (!matcher.group(1).equals("1")) {
            throw new UnsupportedFormatException(format);
        }
    }

    /** Reads the value of one member, which is the current token. */
    private interface Member {
        void read(String name) throws IOException;
    }

    /** Passes each member of the current object to {@code member}. Skips the current value if it is not an object. */
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

    /** Reads the known members of the current object, each at most once, and skips the others. */
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

    private static RefusedArchiveException duplicate(String name) {
        return notJson("Duplicate member \"" + name + "\"");
    }

    private static RefusedArchiveException lacking(String member) {
        return new RefusedArchiveException("its manifest lacks \"" + member + "\"");
    }

    private Manifest manifest() throws IOException {
        parser.nextToken();
        members(Map.ofEntries(
                Map.entry("backup_id", name -> id = text()),
                Map.entry("created_at", name -> createdAt = scalar("")),
                Map.entry("created_by", name -> createdBy = scalar("")),
                Map.entry("nano_graphrag_version", name -> systemVersion = scalar("unknown")),
                Map.entry("system_version", name -> systemVersion = scalar("unknown")),
                Map.entry("system", name -> system = scalar(SourceSystem.NANO_GRAPHRAG)),
                Map.entry("workspace", name -> workspace = text()),
                Map.entry("note", name -> note = text()),
                Map.entry("storage_backends", name -> backends()),
                Map.entry("statistics", name -> statistics = counts("statistics", ManifestReader::isStatistic)),
                Map.entry("check", name -> check = check()),
                Map.entry("stores", name -> stores()),
                Map.entry("consistency", name -> consistency()),
                Map.entry("duration_ms", name -> durationMs = isWhole() ? parser.getLongValue() : 0),
                Map.entry("files", name -> files()),
                Map.entry("checksum", name -> checksum = text())));
        if (id == null) {
            throw lacking("backup_id");
        }
        if (!BackupId.isValid(id)) {
            throw new RefusedArchiveException("its manifest has the invalid backup_id " + SafeText.quoted(id));
        }
        if (summary) {
            files = List.of();
        }
        if (files == null) {
            throw new RefusedArchiveException("its manifest has no list of files");
        }
        if (checksum == null) {
            throw lacking("checksum");
        }
        if (!summary && !checksum.equals(Manifest.checksumOf(files))) {
            throw new RefusedArchiveException(
                    "the checksum in its manifest does not match the files that the" + " manifest lists");
        }
        return new Manifest(
                new BackupId(id),
                instant(createdAt),
                createdBy,
                new SourceSystem(system, systemVersion, workspace),
                note,
                statistics,
                check,
                joinedStores(),
                new Consistency(grade, markers),
                durationMs,
                files,
                checksum);
    }

    /** Reads the result of a reference check. Refuses one that this version cannot understand, because retention relies on it. */
    private Check check() throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new RefusedArchiveException("its manifest has a \"check\" that is not an object");
        }
        long[] broken = {-1, -1};
        Map<String, Long> rules = new LinkedHashMap<>();
        members(Map.of(
                "errors", name -> broken[0] = isWhole() ? parser.getLongValue() : -1,
                "warnings", name -> broken[1] = isWhole() ? parser.getLongValue() : -1,
                "rules", name -> rules.putAll(counts("rules of \"check\"", rule -> true))));
        if (broken[0] < 0 || broken[1] < 0) {
            throw new RefusedArchiveException(
                    "its manifest has a \"check\" without valid numbers of errors and warnings");
        }
        for (String rule : rules.keySet()) {
            if (!RULE.matcher(rule).matches()) {
                throw new RefusedArchiveException(
                        "its manifest names an invalid rule in \"check\": " + SafeText.quoted(rule));
            }
        }
        return new Check(broken[0], broken[1], rules);
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
                throw new RefusedArchiveException(
                        "its manifest lists \"" + SafeText.forMessage(file.path()) + "\" twice");
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
        String objection = ArchivePaths.validate(path);
        if (objection != null) {
            throw new RefusedArchiveException(
                    "its manifest lists a file with " + objection + " (" + SafeText.forMessage(path) + ")");
        }
        if (size[0] < 0) {
            throw new RefusedArchiveException("its manifest has no size for \"" + SafeText.forMessage(path) + "\"");
        }
        if (texts[1] == null || !SHA256.matcher(texts[1]).matches()) {
            throw new RefusedArchiveException("its manifest has no SHA-256 for \"" + SafeText.forMessage(path) + "\"");
        }
        return new ManifestEntry(path, size[0], texts[1]);
    }

    private void backends() throws IOException {
        members(roles(role -> {
            String backend = text();
            // The name of a backend becomes a part of paths and messages.
            if (backend == null || !BACKEND.matcher(backend).matches()) {
                throw new RefusedArchiveException("its manifest names an invalid backend for " + role.id());
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

    /** Reads one store, without its backend, which is in another member of the manifest. */
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
            throw new RefusedArchiveException("its manifest has an invalid number of records for " + role.id());
        }
        return parser.getLongValue();
    }

    private String contentDigest(Role role) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        String digest = text();
        if (digest == null || !SHA256.matcher(digest).matches()) {
            throw new RefusedArchiveException("its manifest has an invalid content_digest for " + role.id());
        }
        return digest;
    }

    private String trueName() throws IOException {
        String name = text();
        if (name == null || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new RefusedArchiveException("its manifest has a name that is not valid Unicode");
        }
        return name;
    }

    private Map<Role, Store> joinedStores() throws IOException {
        Map<Role, Store> joined = new LinkedHashMap<>();
        for (Role role : Role.values()) {
            String backend = backends.get(role);
            Store store = stores.get(role);
            if (backend == null && store != null) {
                throw new RefusedArchiveException("its manifest does not name the backend of " + role.id());
            }
            if (backend != null) {
                store = store == null ? UNKNOWN_STORE : store;
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
        if (!summary
                && records != 0
                && files.stream().noneMatch(file -> file.path().startsWith(folder))) {
            throw new RefusedArchiveException("its manifest "
                    + (records < 0
                            ? "does not state the number of records of " + role.id() + ", and"
                            : "states " + records + " records for " + role.id() + ", but")
                    + " lists no file of it");
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
                throw new RefusedArchiveException("its manifest has an invalid number in the " + what + ", for \""
                        + SafeText.forMessage(name) + "\"");
            }
            if (counts.put(name, parser.getLongValue()) != null) {
                throw duplicate(name);
            }
        });
        return counts;
    }

    /** Returns whether this version knows a member of the statistics. Another version may add members of any type. */
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

    /** Returns the current text, or skips any other value and returns {@code null}. */
    private String text() throws IOException {
        boolean isText = parser.currentToken() == JsonToken.VALUE_STRING;
        parser.skipChildren();
        return isText ? parser.getText() : null;
    }

    /** Returns the spelling of the current scalar, or the fallback for {@code null} and for an object or array, which it skips. */
    private String scalar(String fallback) throws IOException {
        boolean isScalar = parser.currentToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL;
        parser.skipChildren();
        return isScalar ? parser.getText() : fallback;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
