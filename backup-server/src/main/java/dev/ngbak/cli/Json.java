package dev.ngbak.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.RestorePlan;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The engine's answers as JSON, in the forms of the HTTP API. */
final class Json {

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
        Manifest manifest = archive.manifest();
        ObjectNode backends = node.putObject("storage_backends");
        manifest.stores().forEach((role, store) -> backends.put(role.member(), store.backend()));
        numbers(node.putObject("statistics"), manifest.statistics());
        node.put("checksum", manifest.checksum());
        ObjectNode consistency = node.putObject("consistency");
        consistency.put("grade", manifest.consistency().grade().text());
        ObjectNode stores = consistency.putObject("stores");
        manifest.consistency()
                .stores()
                .forEach((role, what) -> stores.put(role.member(), what.name().toLowerCase(Locale.ROOT)));
        return node.put("note", manifest.note());
    }

    /** The manifest's own members and the file's size. */
    static ObjectNode inspected(ArchiveInfo archive) {
        ObjectNode node;
        try {
            node = (ObjectNode) MAPPER.readTree(archive.manifestText());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
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
}
