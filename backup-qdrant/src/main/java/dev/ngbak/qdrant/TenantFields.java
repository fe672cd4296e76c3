package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The payload fields that separate the tenants of a shared collection: those whose payload index has {@code is_tenant}
 * set. A restore replaces whole collections, so restoring one tenant's data would roll back all other tenants as well.
 *
 * @param collections for each readable collection, its tenant fields and the values of each, at most
 *     {@value #MAX_VALUES}; a {@code null} value stands for points without the field
 */
record TenantFields(Map<String, Map<String, List<String>>> collections) {

    /** The member of a store's scope in the manifest. */
    private static final String MEMBER = "tenants";

    private static final TypeReference<TreeMap<String, Map<String, List<String>>>> TYPE = new TypeReference<>() {};

    /**
     * The maximum number of values to read. A restore only needs to know whether there is more than one, but a few more
     * help users to recognize the tenants.
     */
    private static final int MAX_VALUES = 5;

    private static final int MAX_VALUE_LENGTH = 100;

    /** Reads the tenant fields of all collections in scope. */
    static TenantFields read(QdrantCollections server) {
        Map<String, Map<String, List<String>>> collections = new TreeMap<>();
        for (String name : server.scope()) {
            JsonNode collection;
            try {
                collection = server.find(name).orElse(null);
            } catch (BackupException e) {
                continue; // A damaged collection has nothing left to lose, and a restore repairs it.
            }
            if (collection != null) {
                Map<String, List<String>> fields = new TreeMap<>();
                collection.path("payload_schema").fields().forEachRemaining(index -> {
                    if (index.getValue().path("params").path("is_tenant").asBoolean()) {
                        fields.put(index.getKey(), readValues(server.http(), name, index.getKey()));
                    }
                });
                collections.put(name, fields);
            }
        }
        return new TenantFields(collections);
    }

    /**
     * Reads the values of a field: asks repeatedly for a point that has none of the values found so far. This works for
     * every type of index on every version of the server.
     */
    static List<String> readValues(QdrantHttp http, String collection, String field) {
        Set<JsonNode> values = new LinkedHashSet<>();
        ObjectNode request = Json.object().put("limit", 1).put("with_vector", false);
        request.putArray("with_payload").add(field);
        ArrayNode excluded = request.putObject("filter").putArray("must_not");
        String path = QdrantHttp.path(collection) + "/points/scroll";
        boolean hasMore = true;
        while (hasMore && values.size() < MAX_VALUES) {
            QdrantHttp.Reply reply = http.queryReply(path, request);
            if (reply.status() == 400 && !values.isEmpty()) {
                break; // Strict mode limits the number of conditions, and some values cannot be matched.
            }
            JsonNode points = http.result(reply).path("points");
            if (points.isEmpty()) {
                break;
            }
            List<JsonNode> found = new ArrayList<>();
            addScalars(points.path(0).path("payload"), found);
            if (found.isEmpty()) {
                found.add(Json.MAPPER.nullNode());
            }
            found.removeIf(value -> !values.add(value));
            hasMore = !found.isEmpty();
            found.forEach(value -> excluded.add(condition(field, value)));
        }
        return values.stream()
                .limit(MAX_VALUES)
                .map(value -> value.isNull() ? null : safe(value.asText()))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static ObjectNode condition(String field, JsonNode value) {
        ObjectNode condition = Json.object();
        if (value.isNull()) {
            condition.putObject("is_empty").put("key", field);
        } else {
            condition.put("key", field).putObject("match").set("value", value);
        }
        return condition;
    }

    /** Collects the values in a payload that contains only one field, which may be nested and have several values. */
    private static void addScalars(JsonNode payload, List<JsonNode> found) {
        if (payload.isContainerNode()) {
            payload.forEach(child -> addScalars(child, found));
        } else if (!payload.isNull()) {
            found.add(payload);
        }
    }

    /** Returns a problem for each collection whose replacement from an archive would roll back other tenants. */
    List<BackupException> problems(TenantFields archived, QdrantCollections server) {
        List<BackupException> problems = new ArrayList<>();
        collections.forEach((collection, fields) -> {
            Map<String, List<String>> archivedFields = archived.collections.getOrDefault(collection, Map.of());
            Set<String> names = new TreeSet<>(fields.keySet());
            names.addAll(archivedFields.keySet());
            for (String name : names) {
                List<String> live = fields.getOrDefault(name, List.of());
                List<String> old = archivedFields.getOrDefault(name, List.of());
                Set<String> all = new HashSet<>(live);
                all.addAll(old);
                // A collection without points has no tenant to protect, and a lost server must be restorable.
                if (all.size() > 1 && server.count(collection) > 0) {
                    problems.add(shared(collection, name, live, old, server.displayName()));
                }
            }
        });
        return problems;
    }

    private static BackupException shared(
            String collection, String field, List<String> live, List<String> archived, String server) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The collection \"" + collection + "\" at " + server
                        + " contains points of several tenants. Its payload field \"" + safe(field) + "\" is "
                        + (live.isEmpty() ? "" : quoted(live) + " on the server")
                        + (live.isEmpty() || archived.isEmpty() ? "" : ", and ")
                        + (archived.isEmpty() ? "" : quoted(archived) + " in the archive")
                        + ". A restore replaces the whole collection, so it would roll back all of them",
                "Set " + GraphLayout.SYSTEM.name()
                        + " to the system that these tenants use, so that only one of them is"
                        + " replaced. Or restore only the other stores (--backends graph,kv), or give each system its own collections"
                        + " (QDRANT_NAMESPACE_PREFIX). A collection without points can be restored");
    }

    /** Returns a warning for each collection that a restore will refuse to replace. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        collections.forEach((collection, fields) -> {
            String shared = fields.entrySet().stream()
                    .filter(field -> field.getValue().size() > 1)
                    .map(field -> "its payload field \"" + safe(field.getKey()) + "\" is " + quoted(field.getValue()))
                    .collect(Collectors.joining(", and "));
            if (!shared.isEmpty()) {
                warnings.add("The collection \"" + collection + "\" contains points of several tenants: " + shared
                        + ". The backup contains all of them. A restore will refuse to replace the collection while it has"
                        + " points, because that would roll back all tenants.");
            }
        });
        return warnings;
    }

    static String quoted(List<String> values) {
        return values.stream()
                        .map(value -> value == null ? "absent" : "\"" + safe(value) + "\"")
                        .collect(Collectors.joining(", "))
                + (values.size() < MAX_VALUES ? "" : " and perhaps more");
    }

    private static String safe(String text) {
        return SafeText.forMessage(text, MAX_VALUE_LENGTH);
    }

    /** Returns the store's description with the tenant fields in its scope, if there are any. */
    StoreInfo addTo(StoreInfo info) {
        Map<String, Map<String, List<String>>> shared = new TreeMap<>(collections);
        shared.values().removeIf(Map::isEmpty);
        if (shared.isEmpty()) {
            return info;
        }
        Map<String, String> scope = new LinkedHashMap<>(info.scope());
        scope.put(MEMBER, Json.MAPPER.valueToTree(shared).toString());
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }

    /**
     * Returns the tenant fields of an archived store; none for archives of version 0.1.
     *
     * @throws BackupException {@code CORRUPT} for a malformed scope
     */
    static TenantFields ofArchive(StoreInfo archived) {
        String text = archived.scope().get(MEMBER);
        if (text == null) {
            return new TenantFields(Map.of());
        }
        Map<String, Map<String, List<String>>> collections;
        try {
            collections = Json.MAPPER.readValue(text, TYPE);
        } catch (JsonProcessingException e) {
            throw malformed(e);
        }
        if (collections == null
                || collections.values().stream().anyMatch(fields -> fields == null || fields.containsValue(null))) {
            throw malformed(null);
        }
        return new TenantFields(collections);
    }

    private static BackupException malformed(Exception cause) {
        return QdrantErrors.corrupt("The tenants in the archive's manifest are malformed", cause);
    }
}
