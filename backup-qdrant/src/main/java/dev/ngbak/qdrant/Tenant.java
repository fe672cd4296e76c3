package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.SafeText;
import io.qdrant.client.ConditionFactory;
import io.qdrant.client.grpc.Common.Filter;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The owner of the points in scope, in collections that several owners share: the values that fields of their payloads have.
 *
 * @param fields without any field, all points are in scope, and the collections belong to one owner
 */
record Tenant(Map<String, String> fields) {

    /** The owner of all points. */
    static final Tenant EVERY = new Tenant(Map.of());

    /** The beginning of a member of a store's scope in the manifest. The name of the field follows. */
    private static final String MEMBER = "payload.";

    Tenant {
        fields = Map.copyOf(fields);
    }

    /** Returns the tenant of an archived store. */
    static Tenant ofArchive(StoreInfo archived) {
        Map<String, String> fields = new TreeMap<>();
        archived.scope().forEach((name, value) -> {
            if (name.startsWith(MEMBER)) {
                fields.put(name.substring(MEMBER.length()), value);
            }
        });
        return new Tenant(fields);
    }

    /** Adds the tenant to the scope of a store. */
    void addToScope(Map<String, String> scope) {
        fields.forEach((field, value) -> scope.put(MEMBER + field, value));
    }

    /** Returns whether other owners may have points in the same collections. */
    boolean sharesCollections() {
        return !fields.isEmpty();
    }

    /** Restricts a request to the points of this tenant. */
    ObjectNode restrict(ObjectNode request) {
        if (sharesCollections()) {
            ArrayNode conditions = request.putObject("filter").putArray("must");
            fields.forEach((field, value) ->
                    conditions.addObject().put("key", field).putObject("match").put("value", value));
        }
        return request;
    }

    /** Returns the filter of a gRPC request; empty if all points are in scope. */
    Optional<Filter> filter() {
        Filter.Builder filter = Filter.newBuilder();
        fields.forEach((field, value) -> filter.addMust(ConditionFactory.matchKeyword(field, value)));
        return sharesCollections() ? Optional.of(filter.build()) : Optional.empty();
    }

    /** Returns whether a point with this payload is in scope. */
    boolean owns(JsonNode payload) {
        return fields.entrySet().stream()
                .allMatch(field ->
                        field.getValue().equals(payload.path(field.getKey()).textValue()));
    }

    /** Returns the tenant for messages: {@code workspace "a"}, or {@code all points}. */
    String displayName() {
        return sharesCollections()
                ? new TreeMap<>(fields)
                        .entrySet().stream()
                                .map(field ->
                                        SafeText.forMessage(field.getKey()) + " " + SafeText.quoted(field.getValue()))
                                .collect(Collectors.joining(", "))
                : "all points";
    }
}
