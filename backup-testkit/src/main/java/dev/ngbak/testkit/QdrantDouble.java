package dev.ngbak.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * As much of Qdrant's REST and gRPC interfaces as a backup needs, in memory, for machines without the real server; and for faults,
 * which the real one cannot be asked for. It passes the same contract. Its snapshots are its own.
 */
public final class QdrantDouble implements AutoCloseable {

    /** The version it says it is. */
    public static final String VERSION = "1.18.3";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final QdrantDoubleGrpc grpc;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final String key;
    private final long peer = UUID.randomUUID().getMostSignificantBits() >>> 12;
    private final Map<String, Collection> collections = new TreeMap<>();
    private final Map<String, Map<String, byte[]>> snapshots = new TreeMap<>();
    private final Map<String, String> aliases = new TreeMap<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final ObjectNode life = JSON.createObjectNode();
    private int snapshotNumber;

    private static final class Collection {
        private String incarnation = UUID.randomUUID().toString();
        private ObjectNode config = JSON.createObjectNode();
        private ObjectNode schema = JSON.createObjectNode();
        private final NavigableMap<String, ObjectNode> points = new TreeMap<>(Comparator.comparing(QdrantDouble::isUuid)
                .thenComparing(QdrantDouble::number)
                .thenComparing(id -> id));
        private long operation;
        private boolean damaged;
    }

    private record Fault(String method, String path, int times, int[] used, Trap trap) {}

    /** What happens in place of an answer, or before it. */
    @FunctionalInterface
    public interface Trap {
        /** @return whether the call was answered by this */
        boolean spring(HttpExchange exchange) throws IOException;

        /** Answers with an error. */
        static Trap answer(int status, String text) {
            return exchange -> {
                exchange.getRequestBody().readAllBytes();
                send(
                        exchange,
                        status,
                        JSON.createObjectNode()
                                .set("status", JSON.createObjectNode().put("error", text)));
                return true;
            };
        }

        /** Closes the connection without a word. */
        static Trap hangUp() {
            return exchange -> {
                exchange.close();
                return true;
            };
        }

        /** Waits before it answers as always. */
        static Trap slow(long millis) {
            return exchange -> {
                try {
                    Thread.sleep(millis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return false;
            };
        }

        /** Does what was asked, and then answers with something else, as a proxy does that lost its patience. */
        static Trap lateWith(int status) {
            return exchange -> {
                exchange.getResponseHeaders().set("Late", Integer.toString(status));
                return false;
            };
        }
    }

    /** An answer other than 200. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;

        Refusal(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    /** @param key who has it is let in; {@code null} for everybody */
    public QdrantDouble(String key) throws IOException {
        this.key = key;
        life.put("id", UUID.randomUUID().toString());
        life.putObject("app").put("startup", java.time.Instant.now().toString());
        // The JDK's server waits for a full packet otherwise, which costs tens of milliseconds for each answer.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        grpc = new QdrantDoubleGrpc(key, peer, this::page);
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Where it listens for gRPC. */
    public int grpcPort() {
        return grpc.port();
    }

    /** How many pages of points it gave out by gRPC. */
    public int grpcPages() {
        return grpc.pages();
    }

    /** Lets a trap spring at the next calls of a kind. The path is a regular expression. */
    public void fault(String method, String path, int times, Trap trap) {
        faults.add(new Fault(method, path, times, new int[1], trap));
    }

    /** Makes a collection one that cannot be loaded. */
    synchronized void damage(String collection) {
        collections.get(collection).damaged = true;
    }

    /** Takes all traps away. */
    public void heal() {
        faults.clear();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            for (Fault fault : faults) {
                if (fault.method().equals(exchange.getRequestMethod())
                        && path.matches(fault.path())
                        && ++fault.used()[0] <= fault.times()
                        && fault.trap().spring(exchange)) {
                    return;
                }
            }
            if (key != null
                    && !path.equals("/")
                    && !key.equals(exchange.getRequestHeaders().getFirst("api-key"))) {
                exchange.getRequestBody().readAllBytes();
                bytes(
                        exchange,
                        401,
                        "Must provide an API key or an Authorization bearer token".getBytes(StandardCharsets.UTF_8));
                return;
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            try {
                Object result = answer(exchange.getRequestMethod(), path, exchange, body);
                String late = exchange.getResponseHeaders().getFirst("Late");
                if (late != null) {
                    throw new Refusal(Integer.parseInt(late), "timed out");
                }
                if (result instanceof byte[] file) {
                    bytes(exchange, 200, file);
                } else {
                    send(exchange, 200, (JsonNode) result);
                }
            } catch (Refusal e) {
                send(
                        exchange,
                        e.status,
                        JSON.createObjectNode()
                                .set("status", JSON.createObjectNode().put("error", e.getMessage())));
            }
        }
    }

    private static void send(HttpExchange exchange, int status, JsonNode json) throws IOException {
        bytes(exchange, status, JSON.writeValueAsBytes(json));
    }

    private static void bytes(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static JsonNode result(JsonNode result) {
        return JSON.createObjectNode().set("result", result);
    }

    private static JsonNode done() {
        return JSON.createObjectNode().put("result", true);
    }

    private synchronized Object answer(String method, String rawPath, HttpExchange exchange, byte[] body)
            throws IOException, Refusal {
        List<String> path = new ArrayList<>();
        for (String part : rawPath.substring(1).split("/")) {
            path.add(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
        }
        String call = method + " " + path.get(0)
                + (path.size() > 2
                        ? " " + String.join("/", path.subList(2, path.size()))
                        : path.size() == 2 ? " *" : "");
        if (path.get(0).isEmpty()) {
            return JSON.createObjectNode().put("title", "a double of qdrant").put("version", VERSION);
        }
        String name = path.size() > 1 ? path.get(1) : "";
        String snapshot = path.size() == 4 && path.get(2).equals("snapshots") ? path.get(3) : null;
        boolean upload = "upload".equals(snapshot);
        if (path.get(0).equals("collections")
                && path.size() > 1
                && !name.equals("aliases")
                && !upload
                && !call.equals("PUT collections *")
                && !collections.containsKey(name)) {
            throw new Refusal(404, "Not found: Collection `" + name + "` doesn't exist!");
        }
        if (snapshot != null) {
            return upload ? upload(name, exchange, body) : snapshot(method, name, snapshot);
        }
        switch (call) {
            case "GET telemetry":
                return result(telemetry());
            case "GET cluster":
                return result(JSON.createObjectNode().put("status", "disabled"));
            case "GET aliases":
                return aliases();
            case "GET collections":
                ObjectNode list = JSON.createObjectNode();
                collections
                        .keySet()
                        .forEach(each ->
                                list.withArray("/collections").addObject().put("name", each));
                return result(list);
            case "POST collections *":
                JSON.readTree(body).path("actions").forEach(action -> {
                    JsonNode create = action.path("create_alias");
                    aliases.put(
                            create.path("alias_name").asText(),
                            create.path("collection_name").asText());
                });
                return done();
            case "PUT collections *":
                return create(name, (ObjectNode) JSON.readTree(body));
            case "DELETE collections *":
                aliases.values().removeIf(name::equals);
                collections.remove(name);
                return done();
            default:
                return collection(call, name, collections.get(name), body);
        }
    }

    private Object collection(String call, String name, Collection collection, byte[] body)
            throws IOException, Refusal {
        if (collection.damaged && !call.equals("GET collections snapshots")) {
            throw new Refusal(
                    500,
                    "Service internal error: The replica set for shard 0 on peer 1 does not have enough active replicas");
        }
        switch (call) {
            case "GET collections *":
                return result(JSON.createObjectNode()
                        .put("status", "green")
                        .put("points_count", collection.points.size())
                        .<ObjectNode>set("config", collection.config)
                        .set("payload_schema", collection.schema));
            case "PATCH collections *":
                collection.config.set("strict_mode_config", JSON.readTree(body).path("strict_mode_config"));
                return done();
            case "PUT collections index":
                JsonNode index = JSON.readTree(body);
                ObjectNode shown = JSON.createObjectNode();
                JsonNode kind = index.path("field_schema");
                shown.put(
                        "data_type",
                        kind.isTextual() ? kind.asText() : kind.path("type").asText());
                if (kind.isObject()) {
                    shown.set("params", kind);
                }
                collection.schema.set(index.path("field_name").asText(), shown.put("points", 0));
                collection.operation++;
                return done();
            case "PUT collections points":
                JsonNode points = JSON.readTree(body).path("points");
                refuseOver(collection, "upsert_max_batchsize", points.size());
                for (JsonNode point : points) {
                    collection.points.put(point.path("id").asText(), stored((ObjectNode) point));
                }
                collection.operation++;
                return done();
            case "POST collections points/delete":
                JSON.readTree(body).path("points").forEach(id -> collection.points.remove(id.asText()));
                collection.operation++;
                return done();
            case "POST collections points/count":
                return result(JSON.createObjectNode().put("count", collection.points.size()));
            case "GET collections cluster":
                return result(JSON.createObjectNode().put("peer_id", peer));
            case "POST collections points/scroll":
                return scroll(collection, JSON.readTree(body));
            case "POST collections points/query":
                return query(collection, JSON.readTree(body));
            case "GET collections shards/0/snapshot/partial/manifest":
                return result(JSON.createObjectNode()
                        .set(
                                collection.incarnation,
                                JSON.createObjectNode().put("segment_version", collection.operation)));
            case "GET collections snapshots":
                ArrayNode list = JSON.createArrayNode();
                snapshots.getOrDefault(name, Map.of()).forEach((file, content) -> list.add(description(file, content)));
                return result(list);
            case "POST collections snapshots":
                String file = String.format(Locale.ROOT, "%s-1-2026-01-01-00-00-%02d.snapshot", name, ++snapshotNumber);
                byte[] content = archive(collection);
                snapshots.computeIfAbsent(name, any -> new TreeMap<>()).put(file, content);
                return result(description(file, content));
            default:
                throw new Refusal(404, "no such call: " + call);
        }
    }

    private static void refuseOver(Collection collection, String limit, int wanted) throws Refusal {
        JsonNode strict = collection.config.path("strict_mode_config");
        if (strict.path("enabled").asBoolean() && wanted > strict.path(limit).asInt(Integer.MAX_VALUE)) {
            throw new Refusal(400, "Forbidden: Limit exceeded " + wanted + " for " + limit);
        }
    }

    private JsonNode telemetry() {
        ObjectNode telemetry = life.deepCopy();
        ArrayNode list = telemetry.putObject("collections").putArray("collections");
        collections.forEach((name, collection) -> {
            ObjectNode shard = list.addObject()
                    .put("id", name)
                    .putArray("shards")
                    .addObject()
                    .put("id", 0);
            shard.putArray("remote");
            shard.putObject("local")
                    .put("status", "green")
                    .putObject("update_queue")
                    .put("length", 0)
                    .put("op_num", collection.operation);
        });
        return telemetry;
    }

    private JsonNode aliases() {
        ObjectNode list = JSON.createObjectNode();
        list.putArray("aliases");
        aliases.forEach((alias, leadsTo) ->
                list.withArray("/aliases").addObject().put("alias_name", alias).put("collection_name", leadsTo));
        return result(list);
    }

    private JsonNode create(String name, ObjectNode wanted) throws Refusal {
        if (collections.containsKey(name)) {
            throw new Refusal(409, "Wrong input: Collection `" + name + "` already exists!");
        }
        Collection collection = new Collection();
        ObjectNode params = collection.config.putObject("params");
        wanted.fields().forEachRemaining(member -> {
            switch (member.getKey()) {
                case "hnsw_config", "wal_config", "quantization_config", "strict_mode_config" ->
                    collection.config.set(member.getKey(), member.getValue());
                case "optimizers_config" -> collection.config.set("optimizer_config", member.getValue());
                default -> params.set(member.getKey(), member.getValue());
            }
        });
        collections.put(name, collection);
        return done();
    }

    /** Floats are stored as floats, and sparse vectors by ascending index. */
    private static ObjectNode stored(ObjectNode point) {
        ObjectNode stored = JSON.createObjectNode();
        stored.set("id", point.get("id"));
        stored.set("payload", point.path("payload").isObject() ? point.get("payload") : JSON.createObjectNode());
        stored.set("vector", rounded(point.path("vector")));
        return stored;
    }

    private static JsonNode rounded(JsonNode vector) {
        if (vector.isNumber()) {
            return JSON.getNodeFactory().numberNode(vector.floatValue());
        }
        if (vector.isArray()) {
            ArrayNode list = JSON.createArrayNode();
            vector.forEach(each -> list.add(rounded(each)));
            return list;
        }
        ObjectNode object = JSON.createObjectNode();
        if (vector.has("indices")) {
            Map<Long, JsonNode> sorted = new TreeMap<>();
            for (int i = 0; i < vector.get("indices").size(); i++) {
                sorted.put(
                        vector.get("indices").get(i).asLong(),
                        rounded(vector.get("values").get(i)));
            }
            sorted.keySet().forEach(object.putArray("indices")::add);
            object.putArray("values").addAll(sorted.values());
            return object;
        }
        vector.fields().forEachRemaining(each -> object.set(each.getKey(), rounded(each.getValue())));
        return object;
    }

    private static boolean isUuid(String id) {
        return id.indexOf('-') >= 0;
    }

    private static BigInteger number(String id) {
        return isUuid(id) ? BigInteger.ZERO : new BigInteger(id);
    }

    private synchronized JsonNode page(String name, String offset, int limit) {
        Collection collection = collections.get(name);
        try {
            return collection == null || collection.damaged
                    ? null
                    : scroll(
                                    collection,
                                    JSON.createObjectNode()
                                            .put("offset", offset)
                                            .put("limit", limit))
                            .path("result");
        } catch (Refusal e) {
            return null;
        }
    }

    private JsonNode scroll(Collection collection, JsonNode asked) throws Refusal {
        refuseOver(collection, "max_query_limit", asked.path("limit").asInt(10));
        ObjectNode page = JSON.createObjectNode();
        ArrayNode points = page.putArray("points");
        page.putNull("next_page_offset");
        // The first point is that of the offset, or the next one where there is none of that id.
        Map<String, ObjectNode> rest = asked.hasNonNull("offset")
                ? collection.points.tailMap(asked.path("offset").asText(), true)
                : collection.points;
        for (ObjectNode point : rest.values()) {
            if (isExcluded(point.path("payload"), asked.path("filter").path("must_not"))) {
                continue;
            }
            if (points.size() == asked.path("limit").asInt(10)) {
                page.set("next_page_offset", point.get("id"));
                break;
            }
            points.add(asked.path("with_payload").isArray() ? shortened(point, asked.path("with_payload")) : point);
        }
        return result(page);
    }

    /** Knows the conditions {@code match.value} and {@code is_empty}, on members that are not nested. */
    private static boolean isExcluded(JsonNode payload, JsonNode conditions) {
        for (JsonNode condition : conditions) {
            JsonNode empty = payload.path(condition.path("is_empty").path("key").asText());
            JsonNode wanted = condition.path("match").path("value");
            JsonNode value = payload.path(condition.path("key").asText());
            boolean holds = condition.has("is_empty")
                    ? empty.isMissingNode() || empty.isNull() || empty.isArray() && empty.isEmpty()
                    : value.equals(wanted);
            for (JsonNode element : value.isArray() ? value : JSON.createArrayNode()) {
                holds |= element.equals(wanted);
            }
            if (holds) {
                return true;
            }
        }
        return false;
    }

    private static ObjectNode shortened(ObjectNode point, JsonNode fields) {
        ObjectNode shortened = point.deepCopy();
        List<String> kept = new ArrayList<>();
        fields.forEach(field -> kept.add(field.asText()));
        ((ObjectNode) shortened.path("payload")).retain(kept);
        return shortened;
    }

    private static JsonNode query(Collection collection, JsonNode asked) {
        String using = asked.path("using").asText();
        ObjectNode found = JSON.createObjectNode();
        ArrayNode hits = found.putArray("points");
        collection.points.values().stream()
                .map(point -> {
                    JsonNode vector = using.isEmpty()
                            ? point.path("vector")
                            : point.path("vector").path(using);
                    return point.deepCopy().put("score", (float) cosine(asked.path("query"), vector));
                })
                .sorted(Comparator.comparingDouble(hit -> -hit.path("score").asDouble()))
                .limit(asked.path("limit").asInt(10))
                .forEach(hits::add);
        return result(found);
    }

    private static double cosine(JsonNode one, JsonNode other) {
        double product = 0;
        double oneSquare = 0;
        double otherSquare = 0;
        for (int i = 0; i < one.size(); i++) {
            product += one.path(i).asDouble() * other.path(i).asDouble();
            oneSquare += Math.pow(one.path(i).asDouble(), 2);
            otherSquare += Math.pow(other.path(i).asDouble(), 2);
        }
        return oneSquare * otherSquare == 0 ? 0 : product / Math.sqrt(oneSquare * otherSquare);
    }

    private static ObjectNode description(String file, byte[] content) {
        return JSON.createObjectNode()
                .put("name", file)
                .put("size", content.length)
                .put("checksum", HexFormat.of().formatHex(ContentDigest.sha256().digest(content)));
    }

    private static byte[] archive(Collection collection) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        all.put("incarnation", collection.incarnation).put("operation", collection.operation);
        all.set("config", collection.config);
        all.set("schema", collection.schema);
        all.putArray("points").addAll(collection.points.values());
        return JSON.writeValueAsBytes(all);
    }

    private Object snapshot(String method, String name, String file) throws Refusal {
        Map<String, byte[]> files = snapshots.getOrDefault(name, new TreeMap<>());
        if (!files.containsKey(file)) {
            throw new Refusal(404, "Not found: Snapshot " + file + " not found");
        }
        if (method.equals("GET")) {
            return files.get(file);
        }
        files.remove(file);
        return done();
    }

    private JsonNode upload(String name, HttpExchange exchange, byte[] body) throws IOException, Refusal {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        String boundary = "--" + type.replaceAll(".*boundary=", "");
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int start = text.indexOf("\r\n\r\n") + 4;
        int end = text.lastIndexOf("\r\n" + boundary + "--");
        if (!text.startsWith(boundary) || start < 4 || end < start) {
            throw new Refusal(400, "Multipart stream is incomplete");
        }
        String file = text.substring(0, start).replaceAll("(?s).*filename=\"([^\"]*)\".*", "$1");
        byte[] content = java.util.Arrays.copyOfRange(body, start, end);
        snapshots.computeIfAbsent(name, any -> new TreeMap<>()).put(file, content);
        Collection recovered = new Collection();
        try {
            JsonNode all = JSON.readTree(content);
            recovered.config = (ObjectNode) all.path("config");
            recovered.schema = (ObjectNode) all.path("schema");
            recovered.incarnation = all.path("incarnation").asText();
            recovered.operation = all.path("operation").asLong();
            all.path("points")
                    .forEach(point -> recovered.points.put(point.path("id").asText(), (ObjectNode) point));
        } catch (IOException | ClassCastException e) {
            throw new Refusal(500, "Service internal error: Malformed snapshot");
        }
        Collection present = collections.get(name);
        if (present != null && !present.config.equals(recovered.config)) {
            throw new Refusal(400, "Bad request: Snapshot is not compatible with existing collection");
        }
        collections.put(name, recovered);
        return done();
    }

    @Override
    public void close() {
        server.stop(0);
        grpc.close();
        threads.shutdownNow();
    }
}
