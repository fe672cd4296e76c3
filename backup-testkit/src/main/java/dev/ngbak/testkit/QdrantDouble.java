package dev.ngbak.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An in-memory test double of Qdrant with the parts of the REST and gRPC APIs that a backup needs, for machines without the
 * real server, and for faults that the real server cannot be made to have. It passes the same contract. Its snapshots have
 * a format of their own.
 */
public final class QdrantDouble implements AutoCloseable {

    /** The version in its answers. */
    public static final String VERSION = "1.18.3";

    static final ObjectMapper JSON = new ObjectMapper();

    /** A header of the answer that replaces its status after the call was executed. */
    static final String STATUS_OVERRIDE = "Status-Override";

    private final HttpServer server;
    private final QdrantDoubleGrpc grpc;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final String apiKey;
    private final long peer = UUID.randomUUID().getMostSignificantBits() >>> 12;
    private final Map<String, QdrantDoubleCollection> collections = new TreeMap<>();
    private final Map<String, Map<String, byte[]>> snapshots = new TreeMap<>();
    private final Map<String, String> aliases = new TreeMap<>();
    private final List<InjectedFault> faults = new CopyOnWriteArrayList<>();
    private final ObjectNode process = JSON.createObjectNode();
    private int lastSnapshot;
    private JsonNode defaults = JSON.createObjectNode();

    private record InjectedFault(String method, String path, AtomicInteger remaining, QdrantFault fault) {}

    /** Ends a call with a status other than 200. */
    static final class ErrorAnswer extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;

        ErrorAnswer(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    /** @param apiKey the key that callers need, or {@code null} for none */
    public QdrantDouble(@Nullable String apiKey) throws IOException {
        this(apiKey, new InetSocketAddress("127.0.0.1", 0));
    }

    /** @param address the address of the REST API. The port of the gRPC API is always a free one */
    public QdrantDouble(@Nullable String apiKey, InetSocketAddress address) throws IOException {
        this.apiKey = apiKey;
        process.put("id", UUID.randomUUID().toString());
        process.putObject("app").put("startup", Instant.now().toString());
        // Otherwise the JDK's server waits for a full packet, which costs tens of milliseconds for each answer.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        server = HttpServer.create(address, 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        grpc = new QdrantDoubleGrpc(apiKey, peer, this::page);
    }

    /** Returns the URL of the REST API. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Returns the port of the gRPC API. */
    public int grpcPort() {
        return grpc.port();
    }

    /** Injects a fault into the next calls of a method and a path, which is a regular expression. */
    public void inject(String method, String path, int times, QdrantFault fault) {
        faults.add(new InjectedFault(method, path, new AtomicInteger(times), fault));
    }

    /** Sets members of the configuration of every collection that is created from now on, as a server's own settings do. */
    public synchronized void setDefaults(String json) throws IOException {
        defaults = JSON.readTree(json);
    }

    /** Makes a collection unreadable, as if its files were damaged. */
    synchronized void damage(String collection) {
        collections.get(collection).damage();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            for (InjectedFault each : faults) {
                if (each.method().equals(exchange.getRequestMethod())
                        && path.matches(each.path())
                        && each.remaining().getAndDecrement() > 0
                        && each.fault().apply(exchange)) {
                    return;
                }
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (apiKey != null
                    && !path.equals("/")
                    && !path.equals("/readyz")
                    && !apiKey.equals(exchange.getRequestHeaders().getFirst("api-key"))) {
                String text = "Must provide an API key or an Authorization bearer token";
                sendBytes(exchange, 401, text.getBytes(StandardCharsets.UTF_8));
                return;
            }
            try {
                Object result = execute(exchange, path, body);
                String override = exchange.getResponseHeaders().getFirst(STATUS_OVERRIDE);
                if (override != null) {
                    throw new ErrorAnswer(Integer.parseInt(override), "timed out");
                }
                if (result instanceof byte[] file) {
                    sendBytes(exchange, 200, file);
                } else {
                    send(exchange, 200, (JsonNode) result);
                }
            } catch (ErrorAnswer e) {
                send(exchange, e.status, error(e.getMessage()));
            }
        }
    }

    static JsonNode error(String text) {
        ObjectNode error = JSON.createObjectNode();
        error.putObject("status").put("error", text);
        return error;
    }

    static void send(HttpExchange exchange, int status, JsonNode json) throws IOException {
        sendBytes(exchange, status, JSON.writeValueAsBytes(json));
    }

    private static void sendBytes(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static JsonNode result(JsonNode result) {
        return JSON.createObjectNode().set("result", result);
    }

    private static JsonNode done() {
        return JSON.createObjectNode().put("result", true);
    }

    private static String decode(String pathSegment) {
        return URLDecoder.decode(pathSegment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Executes a call. Returns JSON, or the bytes of a snapshot. */
    private synchronized Object execute(HttpExchange exchange, String rawPath, byte[] body)
            throws IOException, ErrorAnswer {
        String method = exchange.getRequestMethod();
        List<String> path = Arrays.stream(rawPath.substring(1).split("/"))
                .map(QdrantDouble::decode)
                .toList();
        if (path.get(0).isEmpty()) {
            return JSON.createObjectNode()
                    .put("title", "a test double of qdrant")
                    .put("version", VERSION);
        }
        if (path.size() == 1) {
            return executeOnServer(method + " " + path.get(0));
        }
        String name = path.get(1);
        if (path.size() == 2) {
            return name.equals("aliases") ? createAliases(body) : executeOnCollection(method, name, body);
        }
        if (path.size() == 4 && method.equals("PUT") && path.get(2).equals("vectors")) {
            find(name).addVector(path.get(3), JSON.readTree(body));
            return done();
        }
        if (path.size() == 4 && path.get(2).equals("snapshots")) {
            return path.get(3).equals("upload")
                    ? upload(name, exchange.getRequestHeaders().getFirst("Content-Type"), body)
                    : executeOnSnapshot(method, name, path.get(3));
        }
        return executeInCollection(method + " " + String.join("/", path.subList(2, path.size())), name, body);
    }

    private Object executeOnServer(String call) throws ErrorAnswer {
        return switch (call) {
            case "GET readyz" -> result(JSON.createObjectNode().put("ready", true));
            case "GET telemetry" -> result(telemetry());
            case "GET cluster" -> result(JSON.createObjectNode().put("status", "disabled"));
            case "GET aliases" -> result(aliases());
            case "GET collections" -> {
                ObjectNode list = JSON.createObjectNode();
                ArrayNode names = list.putArray("collections");
                collections.keySet().forEach(name -> names.addObject().put("name", name));
                yield result(list);
            }
            default -> throw unknown(call);
        };
    }

    private Object executeOnCollection(String method, String name, byte[] body) throws IOException, ErrorAnswer {
        if (method.equals("PUT")) {
            if (collections.containsKey(name)) {
                throw new ErrorAnswer(409, "Wrong input: Collection `" + name + "` already exists!");
            }
            QdrantDoubleCollection created = QdrantDoubleCollection.create((ObjectNode) JSON.readTree(body));
            created.update(defaults);
            collections.put(name, created);
            return done();
        }
        QdrantDoubleCollection collection = find(name);
        if (method.equals("DELETE")) {
            aliases.values().removeIf(name::equals);
            collections.remove(name);
            return done();
        }
        requireReadable(collection);
        if (method.equals("PATCH")) {
            collection.update(JSON.readTree(body));
            return done();
        }
        return result(collection.description());
    }

    private QdrantDoubleCollection find(String name) throws ErrorAnswer {
        QdrantDoubleCollection collection = collections.get(name);
        if (collection == null) {
            throw new ErrorAnswer(404, "Not found: Collection `" + name + "` doesn't exist!");
        }
        return collection;
    }

    private static void requireReadable(QdrantDoubleCollection collection) throws ErrorAnswer {
        if (collection.isDamaged()) {
            throw new ErrorAnswer(
                    500,
                    "Service internal error: The replica set for shard 0 on peer 1 does not have enough active replicas");
        }
    }

    private static ErrorAnswer unknown(String call) {
        return new ErrorAnswer(404, "no such call: " + call);
    }

    private Object executeInCollection(String call, String name, byte[] body) throws IOException, ErrorAnswer {
        QdrantDoubleCollection collection = find(name);
        if (!call.equals("GET snapshots")) {
            requireReadable(collection);
        }
        switch (call) {
            case "PUT index":
                collection.addIndex(JSON.readTree(body));
                return done();
            case "PUT points":
                collection.upsert(JSON.readTree(body).path("points"));
                return done();
            case "POST points/delete":
                collection.delete(JSON.readTree(body));
                return done();
            case "POST points/count":
                return result(JSON.createObjectNode()
                        .put("count", collection.count(JSON.readTree(body).path("filter"))));
            case "POST points":
                return result(collection.retrieve(JSON.readTree(body).path("ids")));
            case "POST points/scroll":
                return result(collection.scroll(JSON.readTree(body)));
            case "POST points/query":
                return result(collection.query(JSON.readTree(body)));
            case "GET cluster":
                return result(JSON.createObjectNode().put("peer_id", peer));
            case "GET shards/0/snapshot/partial/manifest":
                return result(collection.segments());
            case "GET snapshots":
                ArrayNode list = JSON.createArrayNode();
                snapshots.getOrDefault(name, Map.of()).forEach((file, content) -> list.add(description(file, content)));
                return result(list);
            case "POST snapshots":
                String file = String.format(Locale.ROOT, "%s-1-2026-01-01-00-00-%02d.snapshot", name, ++lastSnapshot);
                byte[] content = collection.snapshot();
                snapshots.computeIfAbsent(name, any -> new TreeMap<>()).put(file, content);
                return result(description(file, content));
            default:
                throw unknown(call);
        }
    }

    private JsonNode telemetry() {
        ObjectNode telemetry = process.deepCopy();
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
                    .put("op_num", collection.operations());
        });
        return telemetry;
    }

    private JsonNode aliases() {
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode list = answer.putArray("aliases");
        aliases.forEach(
                (alias, collection) -> list.addObject().put("alias_name", alias).put("collection_name", collection));
        return answer;
    }

    private JsonNode createAliases(byte[] body) throws IOException {
        JSON.readTree(body).path("actions").forEach(action -> {
            JsonNode create = action.path("create_alias");
            aliases.put(
                    create.path("alias_name").asText(),
                    create.path("collection_name").asText());
        });
        return done();
    }

    /** Returns the answer to a scroll for the gRPC API, or {@code null} if the collection cannot be read. */
    private synchronized JsonNode page(String name, ObjectNode request) {
        QdrantDoubleCollection collection = collections.get(name);
        if (collection == null || collection.isDamaged()) {
            return null;
        }
        try {
            return collection.scroll(request);
        } catch (ErrorAnswer e) {
            return null;
        }
    }

    private static ObjectNode description(String file, byte[] content) {
        return JSON.createObjectNode()
                .put("name", file)
                .put("size", content.length)
                .put("checksum", HexFormat.of().formatHex(ContentDigest.sha256().digest(content)));
    }

    private Object executeOnSnapshot(String method, String name, String file) throws ErrorAnswer {
        find(name);
        Map<String, byte[]> files = snapshots.getOrDefault(name, new TreeMap<>());
        if (!files.containsKey(file)) {
            throw new ErrorAnswer(404, "Not found: Snapshot " + file + " not found");
        }
        if (method.equals("GET")) {
            return files.get(file);
        }
        files.remove(file);
        return done();
    }

    private JsonNode upload(String name, String contentType, byte[] body) throws ErrorAnswer {
        String boundary = "--" + contentType.replaceAll(".*boundary=", "");
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int start = text.indexOf("\r\n\r\n") + 4;
        int end = text.lastIndexOf("\r\n" + boundary + "--");
        if (!text.startsWith(boundary) || start < 4 || end < start) {
            throw new ErrorAnswer(400, "Multipart stream is incomplete");
        }
        String file = text.substring(0, start).replaceAll("(?s).*filename=\"([^\"]*)\".*", "$1");
        byte[] content = Arrays.copyOfRange(body, start, end);
        snapshots.computeIfAbsent(name, any -> new TreeMap<>()).put(file, content);
        QdrantDoubleCollection recovered = QdrantDoubleCollection.recover(content);
        QdrantDoubleCollection present = collections.get(name);
        if (present != null && !present.hasSameConfig(recovered)) {
            throw new ErrorAnswer(400, "Bad request: Snapshot is not compatible with existing collection");
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
