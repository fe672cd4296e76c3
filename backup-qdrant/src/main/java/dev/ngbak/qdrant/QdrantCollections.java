package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads the collections of a Qdrant server: which are in scope, their definitions, counts and points. */
final class QdrantCollections implements AutoCloseable {

    private static final int PAGE_SIZE = 250;
    private static final int COUNTED_PAGE_SIZE = 10_000;

    private final QdrantSettings settings;
    private final Nodes nodes;
    private final QdrantHttp http;
    private final QdrantGrpc grpc;
    private final String version;

    private QdrantCollections(QdrantSettings settings, Nodes nodes, String version) {
        this.settings = settings;
        this.nodes = nodes;
        this.http = nodes.first();
        this.grpc = new QdrantGrpc(settings, http.timeouts());
        this.version = version;
    }

    /** Connects, and checks that the server is Qdrant and grants access. The caller closes the result. */
    static QdrantCollections open(QdrantSettings settings, Timeouts timeouts) {
        Nodes nodes = Nodes.open(settings, timeouts);
        try {
            QdrantHttp http = nodes.first();
            String version = http.json(http.getReply("/")).path("version").asText("unknown");
            QdrantCollections collections = new QdrantCollections(settings, nodes, version);
            collections.all();
            return collections;
        } catch (RuntimeException e) {
            nodes.close();
            throw e;
        }
    }

    QdrantSettings settings() {
        return settings;
    }

    /** Returns the connection to the node through which collections are read and written. */
    QdrantHttp http() {
        return http;
    }

    Nodes nodes() {
        return nodes;
    }

    String version() {
        return version;
    }

    String displayName() {
        return settings.displayName();
    }

    StoreInfo info() {
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(QdrantSettings.PREFIX.name(), settings.prefix());
        settings.tenant().addToScope(scope);
        return new StoreInfo("Qdrant", version, form().id(), scope, -1);
    }

    /** Returns the form of archives that a backup makes. A snapshot of a cluster consists of its shards. */
    ArchiveForm form() {
        return settings.mode() == ArchiveForm.SNAPSHOT && nodes.isCluster() ? ArchiveForm.SHARDS : settings.mode();
    }

    /** Returns the names of all collections on the server. */
    List<String> all() {
        TreeSet<String> names = new TreeSet<>();
        http.get("/collections")
                .path("collections")
                .forEach(collection -> names.add(collection.path("name").asText()));
        return List.copyOf(names);
    }

    /** Returns the names of the collections in scope. A shared collection without a point of the tenant is not. */
    List<String> scope() {
        List<String> names = included();
        return settings.tenant().sharesCollections()
                ? names.stream().filter(name -> count(name) > 0).toList()
                : names;
    }

    /** Returns the names of the collections that may contain points in scope. */
    List<String> included() {
        return all().stream().filter(settings::includes).toList();
    }

    /** Returns the collection of each alias. */
    Map<String, String> aliases() {
        Map<String, String> aliases = new TreeMap<>();
        http.get("/aliases")
                .path("aliases")
                .forEach(alias -> aliases.put(
                        alias.path("alias_name").asText(),
                        alias.path("collection_name").asText()));
        return aliases;
    }

    /** Returns the server's description of a collection, or empty if there is no such collection. */
    Optional<JsonNode> find(String name) {
        QdrantHttp.Reply reply = http.getReply(QdrantHttp.path(name));
        return reply.isNotFound() ? Optional.empty() : Optional.of(http.result(reply));
    }

    /** @throws BackupException {@code INCOMPATIBLE} if no archive can hold the collection, or if it is gone */
    CollectionDefinition definition(String name) {
        JsonNode collection = find(name)
                .orElseThrow(() -> new BackupException(
                        Kind.INCOMPATIBLE,
                        "The collection \"" + name + "\" at " + displayName() + " was deleted during the operation",
                        "Pause ingestion, and try again"));
        List<String> aliases = aliases().entrySet().stream()
                .filter(alias -> alias.getValue().equals(name))
                .map(Map.Entry::getKey)
                .toList();
        CollectionDefinition definition = CollectionDefinition.ofServer(name, collection, aliases);
        return definition.hasCustomShards() ? definition.withShardKeys(ShardGroup.of(shards(name))) : definition;
    }

    /** Returns the shards of a collection, as the first node sees them. */
    Shards shards(String name) {
        return Shards.of(http.get(QdrantHttp.path(name) + "/cluster"));
    }

    /** Returns the exact number of points in scope of a collection. */
    long count(String name) {
        ObjectNode exact = settings.tenant().restrict(Json.object().put("exact", true));
        QdrantHttp.Reply reply = http.queryReply(QdrantHttp.path(name) + "/points/count", exact);
        // A strict mode can forbid exact counts.
        return reply.status() == 400
                ? countByScrolling(name)
                : http.result(reply).path("count").asLong();
    }

    /** Returns whether a collection has no point at all, in scope or not. */
    boolean isEmpty(String name) {
        ObjectNode first =
                Json.object().put("limit", 1).put("with_payload", false).put("with_vector", false);
        return http.query(QdrantHttp.path(name) + "/points/scroll", first)
                .path("points")
                .isEmpty();
    }

    private long countByScrolling(String name) {
        CollectionDefinition definition = definition(name);
        long count = 0;
        for (Optional<ShardKey> part : definition.parts()) {
            ObjectNode request = settings.tenant()
                    .restrict(Json.object()
                            .put("limit", definition.pageSize(COUNTED_PAGE_SIZE))
                            .put("with_payload", false)
                            .put("with_vector", false));
            part.ifPresent(key -> key.restrict(request));
            JsonNode page;
            do {
                http.checkAborted();
                page = http.query(QdrantHttp.path(name) + "/points/scroll", request);
                count += page.path("points").size();
                request.set("offset", page.path("next_page_offset"));
            } while (page.hasNonNull("next_page_offset"));
        }
        return count;
    }

    /**
     * Hands over every point in scope of a collection by ascending id, with the members of its payload in their order. With
     * custom sharding, hands over the points of one shard key after the other, because different keys may have points with the
     * same id, of which the server would return only one.
     */
    void scroll(CollectionDefinition collection, Point.Consumer points) throws IOException {
        for (Optional<ShardKey> key : collection.parts()) {
            scroll(collection, key, Optional.empty(), points);
        }
    }

    private void scroll(
            CollectionDefinition collection, Optional<ShardKey> key, Optional<String> from, Point.Consumer points)
            throws IOException {
        Optional<String> next = page(collection, key, from, PAGE_SIZE, points);
        while (next.isPresent()) {
            next = page(collection, key, next, PAGE_SIZE, points);
        }
    }

    /** Hands over a page of points of all shards by ascending id. Other parameters are as for the other method. */
    Optional<String> page(CollectionDefinition collection, Optional<String> from, int limit, Point.Consumer points)
            throws IOException {
        return page(collection, Optional.empty(), from, limit, points);
    }

    /**
     * Hands over a page of points by ascending id.
     *
     * @param key of the shards to read; all if it is empty
     * @param from the smallest id, which need not exist
     * @return the id of the first point of the next page
     */
    private Optional<String> page(
            CollectionDefinition collection,
            Optional<ShardKey> key,
            Optional<String> from,
            int limit,
            Point.Consumer points)
            throws IOException {
        http.checkAborted();
        ObjectNode request = Json.object()
                .put("limit", collection.pageSize(limit))
                .put("with_payload", true)
                .put("with_vector", true);
        settings.tenant().restrict(request);
        key.ifPresent(present -> present.restrict(request));
        from.ifPresent(id -> {
            if (Point.isNumeric(id)) {
                request.put("offset", new BigInteger(id));
            } else {
                request.put("offset", id);
            }
        });
        try (InputStream in = http.queryStream(QdrantHttp.path(collection.name()) + "/points/scroll", request);
                JsonParser json = Json.MAPPER.createParser(in)) {
            return new PageReader(json, points).read();
        } catch (JsonProcessingException e) {
            throw http.errors().malformedPage(e);
        }
    }

    /** Does the same as {@link #scroll}, but faster: the members of the payloads are in any order. */
    void scrollUnordered(CollectionDefinition collection, Point.Consumer points) throws IOException {
        for (Optional<ShardKey> key : collection.parts()) {
            scrollUnordered(collection, key, points);
        }
    }

    private void scrollUnordered(CollectionDefinition collection, Optional<ShardKey> key, Point.Consumer points)
            throws IOException {
        Optional<String> next = Optional.empty();
        Optional<QdrantGrpc.Reading> started = startGrpc(collection, key);
        if (started.isPresent()) {
            try (QdrantGrpc.Reading reading = started.get()) {
                for (Optional<QdrantGrpc.Page> page = reading.next(); page.isPresent(); page = reading.next()) {
                    for (Point point : page.get().points()) {
                        points.accept(point);
                    }
                    next = page.get().next();
                    if (next.isEmpty()) {
                        return;
                    }
                    http.checkAborted();
                }
            }
        }
        scroll(collection, key, next, points);
    }

    private Optional<QdrantGrpc.Reading> startGrpc(CollectionDefinition collection, Optional<ShardKey> key) {
        QdrantHttp.Reply reply = http.getReply(QdrantHttp.path(collection.name()) + "/cluster");
        if (!reply.isSuccess()) {
            return Optional.empty();
        }
        JsonNode peer = http.result(reply).path("peer_id");
        return peer.isIntegralNumber()
                ? grpc.read(
                        collection.name(),
                        key,
                        collection.pageSize(PAGE_SIZE),
                        peer.bigIntegerValue().longValue())
                : Optional.empty();
    }

    void abort() {
        nodes.abort();
        grpc.close();
    }

    @Override
    public void close() {
        nodes.close();
        grpc.close();
    }
}
