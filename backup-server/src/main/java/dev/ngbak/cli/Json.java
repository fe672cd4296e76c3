package dev.ngbak.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.RestorePlan;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** The engine's answers as JSON, in the forms of the HTTP API. */
final class Json {

    private static final List<String> LISTED =
            List.of("backup_id", "created_at", "storage_backends", "statistics", "checksum", "consistency", "note");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    /** One archive of the list. */
    static ObjectNode listed(ArchiveInfo archive) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("backup_id", archive.id());
        node.put("created_at", archive.createdAt().toString());
        node.put("size_bytes", archive.size());
        if (archive.manifest() == null) {
            return node.put("status", "unreadable").put("error", archive.unreadable());
        }
        ObjectNode manifest = manifest(archive);
        LISTED.forEach(member -> {
            if (manifest.has(member) && !node.has(member)) {
                node.set(member, manifest.get(member));
            }
        });
        return node;
    }

    /** The manifest's own members and the file's size. */
    static ObjectNode inspected(ArchiveInfo archive) {
        ObjectNode node = manifest(archive);
        node.put("size_bytes", archive.size());
        if (archive.idWarning() != null) {
            node.putArray("warnings").add(archive.idWarning());
        }
        return node;
    }

    static ObjectNode plan(RestorePlan plan) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("backup_id", plan.archive().id());
        numbers(node.putObject("archive"), plan.archived());
        numbers(node.putObject("live"), plan.live());
        numbers(node.putObject("changes"), plan.changes());
        strings(node, "problems", plan.problems());
        strings(node, "warnings", plan.warnings());
        return node;
    }

    static void strings(ObjectNode node, String member, List<String> values) {
        node.set(member, MAPPER.valueToTree(values));
    }

    private static void numbers(ObjectNode node, Map<String, Long> numbers) {
        numbers.forEach(node::put);
    }

    private static ObjectNode manifest(ArchiveInfo archive) {
        try {
            return (ObjectNode) MAPPER.readTree(archive.manifestText());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
