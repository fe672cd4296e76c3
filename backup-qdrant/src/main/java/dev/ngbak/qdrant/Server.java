package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a Qdrant server holds. */
final class Server implements AutoCloseable {

    private static final int PAGE = 250;

    private final Rest rest;
    private final Grpc grpc;
    private final QdrantSettings settings;
    private final String version;

    private Server(Rest rest, QdrantSettings settings, String version) {
        this.rest = rest;
        this.grpc = new Grpc(settings, rest.patience());
        this.settings = settings;
        this.version = version;
    }

    /** Connects, and looks whether it is a Qdrant that lets us in. */
    static Server open(Rest rest, QdrantSettings settings) {
        Rest.Reply reply = rest.ask("GET", "/", null);
        if (!reply.isFine()) {
            throw rest.refused(reply, "GET", "/");
        }
        Server server =
                new Server(rest, settings, rest.tree(reply, "/").path("version").asText("unknown"));
        server.all();
        return server;
    }

    String version() {
        return version;
    }

    /** The names of all collections, ours and others'. */
    List<String> all() {
        TreeSet<String> names = new TreeSet<>();
        rest.get("/collections")
                .path("collections")
                .forEach(collection -> names.add(collection.path("name").asText()));
        return List.copyOf(names);
    }

    /** The names of those that are ours. */
    List<String> scope() {
        return all().stream().filter(settings::covers).toList();
    }

    /** Why the scope is most likely not what it should be, or {@code null}. */
    BackupException mistake() {
        List<String> all = all();
        if (!all.isEmpty() && all.stream().noneMatch(settings::covers)) {
            return new BackupException(
                    Kind.INVALID,
                    place() + " has no collection whose name begins with \"" + settings.prefix() + "_\", but "
                            + some(all),
                    "Set " + QdrantSettings.PREFIX + " to what the names of the system's collections begin with, before"
                            + " the \"_\"; * means all collections");
        }
        for (var alias : aliases().entrySet()) {
            if (settings.covers(alias.getKey()) && !settings.covers(alias.getValue())) {
                return new BackupException(
                        Kind.INVALID,
                        place() + " has an alias \"" + alias.getKey() + "\" that leads to the collection \""
                                + alias.getValue() + "\", whose name does not begin with \"" + settings.prefix()
                                + "_\", so a backup would lack it",
                        "Set " + QdrantSettings.PREFIX + " so that it covers that collection; * means all collections");
            }
        }
        return null;
    }

    private static String some(List<String> names) {
        String text = names.stream().limit(5).collect(Collectors.joining(", "));
        return names.size() > 5 ? text + " and " + (names.size() - 5) + " more" : text;
    }

    String place() {
        return settings.place();
    }

    /** Alias to collection. */
    Map<String, String> aliases() {
        Map<String, String> aliases = new TreeMap<>();
        rest.get("/aliases")
                .path("aliases")
                .forEach(alias -> aliases.put(
                        alias.path("alias_name").asText(),
                        alias.path("collection_name").asText()));
        return aliases;
    }

    /** @return {@code null} where there is no such collection */
    JsonNode collection(String name) {
        String path = Rest.collection(name);
        Rest.Reply reply = rest.ask("GET", path, null);
        if (reply.status() == 404) {
            return null;
        }
        if (!reply.isFine()) {
            throw rest.refused(reply, "GET", path);
        }
        return rest.tree(reply, path).path("result");
    }

    Definition definition(String name) {
        JsonNode collection = collection(name);
        if (collection == null) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collection \"" + name + "\" of " + place() + " is gone, though it was there a moment ago",
                    "Pause ingestion, and try again");
        }
        List<String> aliases = aliases().entrySet().stream()
                .filter(alias -> alias.getValue().equals(name))
                .map(Map.Entry::getKey)
                .toList();
        Definition definition =
                Definition.of(name, collection.path("config"), collection.path("payload_schema"), aliases);
        if (definition.hasCustomShards()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collection \"" + name + "\" of " + place()
                            + " has custom shard keys, which no archive of ngbak can hold",
                    "Back it up with Qdrant's own snapshots, and set " + QdrantSettings.PREFIX
                            + " so that it does not cover this collection");
        }
        return definition;
    }

    long count(String name) {
        ObjectNode exact = Rest.JSON.createObjectNode().put("exact", true);
        return rest.ask(Rest.collection(name) + "/points/count", exact)
                .path("count")
                .asLong();
    }

    /** Receives points. */
    @FunctionalInterface
    interface Points {
        void accept(Point point) throws IOException;
    }

    /** Hands over every point of a collection, by ascending id, just as the server has it. Only one is in memory. */
    void scroll(Definition collection, Points points) throws IOException {
        scroll(collection, null, points);
    }

    /** The same from some place on. */
    private void scroll(Definition collection, String from, Points points) throws IOException {
        String next = from;
        do {
            next = page(collection, next, PAGE, points);
        } while (next != null);
    }

    /**
     * Hands over some points from an id on, which need not be that of a point, or from the first on for {@code null}.
     *
     * @return the id of the point behind them, or {@code null}
     */
    String page(Definition collection, String from, int limit, Points points) throws IOException {
        rest.checkAborted();
        ObjectNode page = Rest.JSON
                .createObjectNode()
                .put("limit", collection.page(limit))
                .put("with_payload", true)
                .put("with_vector", true);
        if (from != null && from.indexOf('-') < 0) {
            page.put("offset", new BigInteger(from));
        } else {
            page.put("offset", from);
        }
        try (InputStream in = rest.stream("POST", Rest.collection(collection.name()) + "/points/scroll", page);
                JsonParser json = Rest.JSON.createParser(in)) {
            return read(json, points);
        }
    }

    /** The same, with payloads whose members stand in any order, which is all that a digest needs. */
    void scrollForDigest(Definition collection, Points points) throws IOException {
        String next = null;
        try (Grpc.Reading reading = reading(collection)) {
            while (reading != null) {
                rest.checkAborted();
                Grpc.Page page = reading.next();
                if (page == null) {
                    break;
                }
                for (Point point : page.points()) {
                    points.accept(point);
                }
                next = page.next();
                if (next == null) {
                    return;
                }
            }
        }
        scroll(collection, next, points);
    }

    /** @return {@code null} when gRPC does not lead to this server */
    private Grpc.Reading reading(Definition collection) {
        String path = Rest.collection(collection.name()) + "/cluster";
        Rest.Reply reply = rest.ask("GET", path, null);
        JsonNode peer =
                reply.isFine() ? rest.tree(reply, path).path("result").path("peer_id") : Rest.JSON.missingNode();
        return peer.isIntegralNumber()
                ? grpc.open(
                        collection,
                        collection.page(PAGE),
                        peer.bigIntegerValue().longValue())
                : null;
    }

    /** Reads a page; what the receiver throws comes out unchanged, what the answer lacks is said. */
    private String read(JsonParser json, Points points) throws IOException {
        String[] next = {null};
        boolean[] seen = {false};
        try {
            enter(json, () -> {
                if (!json.currentName().equals("result")) {
                    json.nextToken();
                    json.skipChildren();
                    return;
                }
                json.nextToken();
                members(json, () -> {
                    String name = json.currentName();
                    JsonToken token = json.nextToken();
                    if (name.equals("points")) {
                        seen[0] = true;
                        while (json.nextToken() == JsonToken.START_OBJECT) {
                            points.accept(PointJson.read(json));
                        }
                    } else if (name.equals("next_page_offset") && token != JsonToken.VALUE_NULL) {
                        next[0] = PointJson.id(json);
                    } else {
                        json.skipChildren();
                    }
                });
            });
        } catch (JsonProcessingException e) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    "An answer of " + place() + " with points in it could not be understood or ended early ("
                            + e.getOriginalMessage() + ")",
                    "See whether the server still runs (QDRANT_URL), and try again",
                    e);
        }
        if (!seen[0]) {
            throw new BackupException(
                    Kind.UNREACHABLE, "An answer of " + place() + " lacks its points", "Correct QDRANT_URL");
        }
        return next[0];
    }

    @FunctionalInterface
    private interface Member {
        void read() throws IOException;
    }

    private static void enter(JsonParser json, Member member) throws IOException {
        json.nextToken();
        members(json, member);
    }

    private static void members(JsonParser json, Member member) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            member.read();
        }
    }

    /** Adds all that is in scope to a tally. */
    void addTo(Tally tally, Steps steps) throws IOException {
        for (String name : scope()) {
            Definition collection = definition(name);
            tally.add(collection);
            long points = count(name);
            scrollForDigest(collection, point -> {
                if (tally.count(name) == 0) {
                    // Points of one collection are much alike, so the first tells what all weigh.
                    steps.expectBytes(points * point.weight());
                }
                tally.add(name, point);
                steps.point(point);
            });
        }
        steps.tell();
    }

    /** Whether more than one server shares the collections. */
    boolean isCluster() {
        Rest.Reply reply = rest.ask("GET", "/cluster", null);
        if (!reply.isFine()) {
            return false; // A key for collections only; shards elsewhere are told by the collection itself.
        }
        JsonNode cluster = rest.tree(reply, "/cluster").path("result");
        return "enabled".equals(cluster.path("status").asText())
                && cluster.path("peers").size() > 1;
    }

    void delete(String collection) {
        rest.checkAborted();
        rest.change("DELETE", Rest.collection(collection) + "?timeout=60", null);
    }

    /** Points aliases at a collection; one that leads elsewhere out of scope is not ours to turn. */
    void alias(Definition collection) {
        Map<String, String> present = aliases();
        for (String alias : collection.aliases()) {
            String leadsTo = present.get(alias);
            if (leadsTo != null && !settings.covers(leadsTo)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive has an alias \"" + alias + "\" for \"" + collection.name() + "\", but at "
                                + place() + " it leads to \"" + leadsTo + "\", which is out of scope",
                        "Remove or rename that alias, or set " + QdrantSettings.PREFIX);
            }
            ObjectNode actions = Rest.JSON.createObjectNode();
            actions.withArray("/actions")
                    .addObject()
                    .putObject("create_alias")
                    .put("collection_name", collection.name())
                    .put("alias_name", alias);
            rest.change("POST", "/collections/aliases", actions);
        }
    }

    void abort() {
        rest.abort();
        grpc.close();
    }

    @Override
    public void close() {
        rest.close();
        grpc.close();
    }
}
