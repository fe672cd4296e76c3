package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an encrypted archive says in clear text: copies of some members of its manifest. Without a key, nothing proves them.
 *
 * @param createdAt the time when the backup began, or {@code null} if there is none
 * @param manifest what a list shows, without files; {@code null} if that is encrypted
 * @param text the JSON
 */
public record PublicInfo(
        @Nullable Instant createdAt, @Nullable Manifest manifest, String text) {

    /** The maximum size. A statistic for each of some hundred collections fits. */
    static final int MAX_BYTES = 16 << 10;

    private static final List<String> ALWAYS = List.of("format", "backup_id", "created_at", "created_by");

    private static final String NOTE = "note";

    private static final List<String> UNLESS_ENCRYPTED = List.of(
            "nano_graphrag_version",
            "system_version",
            "storage_backends",
            "statistics",
            "system",
            "workspace",
            "check",
            "consistency",
            "checksum");

    private static final ObjectMapper MAPPER = new ObjectMapper(ManifestReader.FACTORY);

    /**
     * Returns the public part of a new archive.
     *
     * @param manifest the JSON of its manifest
     * @param listed whether it contains what lists show. It does not if that is too much
     */
    static byte[] of(String manifest, boolean listed) {
        try {
            JsonNode root = MAPPER.readTree(manifest);
            if (listed) {
                byte[] all = copy(root, Stream.of(ALWAYS, UNLESS_ENCRYPTED, List.of(NOTE)));
                byte[] shorter = all.length <= MAX_BYTES ? all : copy(root, Stream.of(ALWAYS, UNLESS_ENCRYPTED));
                if (shorter.length <= MAX_BYTES) {
                    return shorter;
                }
            }
            return copy(root, Stream.of(ALWAYS));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] copy(JsonNode root, Stream<List<String>> names) throws JsonProcessingException {
        ObjectNode copy = MAPPER.createObjectNode();
        names.flatMap(List::stream).filter(root::has).forEach(name -> copy.set(name, root.get(name)));
        return MAPPER.writeValueAsBytes(copy);
    }

    /** @throws RefusedArchiveException if the bytes are not such a public part */
    static PublicInfo read(byte[] json) throws IOException {
        try {
            JsonNode root = json.length > MAX_BYTES ? null : MAPPER.readTree(json);
            if (root != null && root.isObject()) {
                Manifest manifest = root.has("checksum") ? ManifestReader.readSummary(json) : null;
                return new PublicInfo(
                        instant(root.path("created_at").asText()), manifest, new String(json, StandardCharsets.UTF_8));
            }
        } catch (JsonProcessingException e) {
            // Reported below.
        }
        throw new RefusedArchiveException("its public part is not the JSON of a manifest");
    }

    private static @Nullable Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /**
     * Compares the public part of an archive with its manifest, of which it is a copy.
     *
     * @throws RefusedArchiveException if they differ
     */
    static void requireCopy(byte[] info, byte[] manifest) throws IOException {
        read(info);
        JsonNode members = MAPPER.readTree(info);
        int equal = 0;
        try (JsonParser parser = ManifestReader.parser(manifest)) {
            parser.setCodec(MAPPER);
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                JsonNode member = members.get(parser.currentName());
                parser.nextToken();
                if (member == null) {
                    parser.skipChildren();
                } else if (member.equals(parser.readValueAsTree())) {
                    equal++;
                }
            }
        }
        if (equal != members.size()) {
            throw new RefusedArchiveException("what it says in clear text is not what its encrypted manifest says");
        }
    }
}
