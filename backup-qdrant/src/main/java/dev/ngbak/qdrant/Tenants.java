package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The tenants that share collections. A payload index with {@code is_tenant} says that each value of its field is one. A
 * restore replaces whole collections, so it would also roll back the tenants that it is not meant for.
 *
 * @param found for each collection that can be read, its fields with such an index and the values of each, at most
 *     {@value #MOST}; a {@code null} among them stands for points without the field
 */
record Tenants(Map<String, Map<String, List<String>>> found) {

    /** The member of the scope in the manifest. */
    static final String MEMBER = "tenants";

    private static final TypeReference<TreeMap<String, Map<String, List<String>>>> TYPE = new TypeReference<>() {};

    /** Two are too many for a restore. A few more help to see whose they are. */
    private static final int MOST = 5;

    private static final int MAX_LENGTH = 100;

    /** Asks the server for the tenants of all collections in scope. */
    static Tenants of(Rest rest, Server server) {
        Map<String, Map<String, List<String>>> found = new TreeMap<>();
        for (String name : server.scope()) {
            JsonNode collection;
            try {
                collection = server.collection(name);
            } catch (BackupException e) {
                continue; // A damaged collection has nothing left to lose, and a restore repairs it.
            }
            if (collection != null) {
                Map<String, List<String>> fields = new TreeMap<>();
                collection.path("payload_schema").fields().forEachRemaining(index -> {
                    if (index.getValue().path("params").path("is_tenant").asBoolean()) {
                        fields.put(index.getKey(), values(rest, name, index.getKey()));
                    }
                });
                found.put(name, fields);
            }
        }
        return new Tenants(found);
    }

    /** Asks again and again for a point with none of the values so far, which works for each type and on each version. */
    private static List<String> values(Rest rest, String collection, String field) {
        Set<JsonNode> values = new LinkedHashSet<>();
        ObjectNode request = Rest.JSON.createObjectNode().put("limit", 1).put("with_vector", false);
        request.putArray("with_payload").add(field);
        ArrayNode excluded = request.putObject("filter").putArray("must_not");
        String path = Rest.collection(collection) + "/points/scroll";
        boolean more = true;
        while (more && values.size() < MOST) {
            Rest.Reply reply = rest.ask("POST", path, request);
            if (!reply.isFine() && (reply.status() != 400 || values.isEmpty())) {
                throw rest.refused(reply, "POST", path);
            }
            JsonNode points = rest.tree(reply, path).path("result").path("points");
            if (points.isEmpty()) {
                break; // A refusal ends here too: strict mode bounds the conditions, and not every value can be
                // matched.
            }
            List<JsonNode> found = new ArrayList<>();
            addScalars(points.path(0).path("payload"), found);
            if (found.isEmpty()) {
                found.add(Rest.JSON.nullNode());
            }
            found.removeIf(value -> !values.add(value));
            more = !found.isEmpty();
            for (JsonNode value : found) {
                if (value.isNull()) {
                    excluded.addObject().putObject("is_empty").put("key", field);
                } else {
                    excluded.addObject().put("key", field).putObject("match").set("value", value);
                }
            }
        }
        return values.stream()
                .limit(MOST)
                .map(value -> value.isNull() ? null : shown(value.asText()))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** The payload holds that field alone, which may be nested and may have several values. */
    private static void addScalars(JsonNode payload, List<JsonNode> found) {
        if (payload.isContainerNode()) {
            payload.forEach(child -> addScalars(child, found));
        } else if (!payload.isNull()) {
            found.add(payload);
        }
    }

    /** Tells which collections of the server an archive must not replace, since it would roll back other tenants. */
    List<BackupException> problems(Tenants archived, Server server) {
        List<BackupException> problems = new ArrayList<>();
        found.forEach((collection, now) -> {
            Map<String, List<String>> then = archived.found.getOrDefault(collection, Map.of());
            Set<String> fields = new TreeSet<>(now.keySet());
            fields.addAll(then.keySet());
            for (String field : fields) {
                List<String> live = now.getOrDefault(field, List.of());
                List<String> old = then.getOrDefault(field, List.of());
                Set<String> all = new HashSet<>(live);
                all.addAll(old);
                // Without points there, nobody loses any, and a lost server must be restorable.
                if (all.size() > 1 && server.count(collection) > 0) {
                    problems.add(shared(collection, field, live, old, server.place()));
                }
            }
        });
        return problems;
    }

    private static BackupException shared(
            String collection, String field, List<String> live, List<String> archived, String place) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The collection \"" + collection + "\" of " + place
                        + " holds points of several tenants. Its payload field \"" + shown(field) + "\" is "
                        + (live.isEmpty() ? "" : list(live) + " on the server")
                        + (live.isEmpty() || archived.isEmpty() ? "" : ", and ")
                        + (archived.isEmpty() ? "" : list(archived) + " in the archive")
                        + ". A restore replaces the whole collection, so it would roll back all of them",
                "Restore the other stores alone (--backends graph,kv), or give each system its own collections ("
                        + QdrantSettings.PREFIX + "). A collection without points can be restored");
    }

    /** Warns at a backup of each collection that a restore will refuse to replace. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        found.forEach((collection, fields) -> {
            String shared = fields.entrySet().stream()
                    .filter(field -> field.getValue().size() > 1)
                    .map(field -> "its payload field \"" + shown(field.getKey()) + "\" is " + list(field.getValue()))
                    .collect(Collectors.joining(", and "));
            if (!shared.isEmpty()) {
                warnings.add("The collection \"" + collection + "\" holds points of several tenants: " + shared
                        + ". The backup has all of them, and a restore will refuse to replace the collection while it"
                        + " has points, since that would roll back all of them.");
            }
        });
        return warnings;
    }

    private static String list(List<String> values) {
        return values.stream()
                        .map(value -> value == null ? "absent" : "\"" + shown(value) + "\"")
                        .collect(Collectors.joining(", "))
                + (values.size() < MOST ? "" : " and perhaps more");
    }

    private static String shown(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
        return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH) + "…";
    }

    /** Writes the member of the scope; empty where no collection has tenants. */
    String text() {
        Map<String, Map<String, List<String>>> shared = new TreeMap<>(found);
        shared.values().removeIf(Map::isEmpty);
        return shared.isEmpty() ? "" : Rest.JSON.valueToTree(shared).toString();
    }

    /** Reads the member of the scope. Archives of version 0.1 have none. */
    static Tenants from(String text) {
        if (text == null) {
            return new Tenants(Map.of());
        }
        Map<String, Map<String, List<String>>> found;
        try {
            found = Rest.JSON.readValue(text, TYPE);
        } catch (JsonProcessingException e) {
            throw unreadable(e);
        }
        if (found == null || found.values().stream().anyMatch(fields -> fields == null || fields.containsValue(null))) {
            throw unreadable(null);
        }
        return new Tenants(found);
    }

    private static BackupException unreadable(Exception cause) {
        return SnapshotFiles.damaged("The tenants in the archive's manifest cannot be read", cause);
    }
}
