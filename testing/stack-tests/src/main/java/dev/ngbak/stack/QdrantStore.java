package dev.ngbak.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The vector store, in Qdrant. */
public final class QdrantStore implements Store {

    /** The default prefix of collections in scope. It comes from the name of the default working directory. */
    public static final String PREFIX = "api_working_dir_";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH = 100;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final String apiKey;

    /**
     * Creates a client.
     *
     * @param apiKey may be null, for a server without authentication
     */
    public QdrantStore(String url, String apiKey) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.apiKey = apiKey;
    }

    /**
     * Calls the server and returns its response.
     *
     * @param json the request body; may be null
     * @throws UncheckedIOException if the server cannot be reached, or does not answer with a 2xx status
     */
    public JsonNode call(String method, String path, String json) {
        byte[] body = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
        try (InputStream answer = send(method, path, body, body.length)) {
            return JSON.readTree(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputStream send(String method, String path, byte[] body, int length) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(method, length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body, 0, length));
        return send(request);
    }

    private InputStream send(HttpRequest.Builder builder) throws IOException {
        if (apiKey != null) {
            builder.header("api-key", apiKey);
        }
        HttpRequest request = builder.build();
        try {
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            if (response.statusCode() / 100 != 2) {
                try (InputStream answer = response.body()) {
                    throw new IOException(request.method() + " " + request.uri().getPath() + ": "
                            + response.statusCode() + " " + new String(answer.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            return response.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void fill(Dataset data, long now) {
        create(PREFIX + "entities", data);
        create(PREFIX + "chunks", data);
        CompletableFuture<Void> entities = CompletableFuture.runAsync(() -> {
            try (PointBatch points = new PointBatch(PREFIX + "entities")) {
                for (int e = 0; e < data.size().entities(); e++) {
                    points.add(data.entityKey(e), data.entityPayload(e), data, "entity", e);
                }
            }
        });
        try (PointBatch points = new PointBatch(PREFIX + "chunks")) {
            for (int c = 0; c < data.size().chunks(); c++) {
                points.add(data.chunkKey(c), data.chunkPayload(c), data, "chunk", c);
            }
        }
        entities.join();
    }

    private void create(String name, Dataset data) {
        ObjectNode definition = JSON.createObjectNode();
        ObjectNode vectors = definition.putObject("vectors");
        if (data.hybrid()) {
            definition.putObject("sparse_vectors").putObject("sparse");
            definition.withObject("/sparse_vectors").putObject("sparse_name");
            vectors = vectors.putObject("dense");
        }
        vectors.put("size", data.dimension()).put("distance", "Cosine");
        if (!data.size().indexed()) {
            definition.putObject("optimizers_config").put("indexing_threshold", 0);
        }
        call("PUT", "/collections/" + name, definition.toString());
    }

    /** Upserts points as the fork does: 100 at a time, and waits for each request. */
    private final class PointBatch implements AutoCloseable {
        private final String path;
        private final JsonBuffer json = new JsonBuffer();
        private int count;

        PointBatch(String collection) {
            this.path = "/collections/" + collection + "/points?wait=true";
        }

        void add(String recordKey, Map<String, Object> payload, Dataset data, String kind, int number) {
            json.put(count == 0 ? "{\"points\":[" : ",")
                    .put("{\"id\":")
                    .put(Long.toUnsignedString(Xxh64.of(recordKey)))
                    .put(",\"payload\":");
            try {
                json.put(JSON.writeValueAsBytes(payload)).put(",\"vector\":");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            int[] dense = data.dense(kind, number);
            if (data.hybrid()) {
                json.put("{\"dense\":").list(dense);
                json.put(",\"sparse\":");
                sparse(data.sparse(kind + " sparse", number, 100, 250));
                json.put(",\"sparse_name\":");
                // A chunk has no name, so this vector is empty.
                sparse(kind.equals("chunk") ? new int[0] : data.sparse(kind + " name", number, 3, 20));
                json.put("}}");
            } else {
                json.list(dense).put("}");
            }
            if (++count == BATCH) {
                close();
            }
        }

        private void sparse(int[] indices) {
            int[] values = new int[indices.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = 1 + indices[i] % 97;
            }
            json.put("{\"indices\":")
                    .list(indices)
                    .put(",\"values\":")
                    .list(values)
                    .put("}");
        }

        /** Sends the pending points. */
        @Override
        public void close() {
            if (count > 0) {
                json.put("]}");
                try (InputStream answer = send("PUT", path, json.array(), json.size())) {
                    answer.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                json.reset();
                count = 0;
            }
        }
    }

    /** A buffer for JSON. It is optimised for numbers, because benchmarks write gigabytes of them. */
    private static final class JsonBuffer extends ByteArrayOutputStream {

        JsonBuffer put(String ascii) {
            for (int i = 0; i < ascii.length(); i++) {
                write(ascii.charAt(i));
            }
            return this;
        }

        JsonBuffer put(byte[] bytes) {
            write(bytes, 0, bytes.length);
            return this;
        }

        JsonBuffer list(int[] numbers) {
            write('[');
            for (int i = 0; i < numbers.length; i++) {
                if (i > 0) {
                    write(',');
                }
                number(numbers[i]);
            }
            write(']');
            return this;
        }

        private void number(int number) {
            int rest = Math.abs(number);
            if (number < 0) {
                write('-');
            }
            int unit = 1;
            while (rest / unit >= 10) {
                unit *= 10;
            }
            for (; unit > 0; unit /= 10) {
                write('0' + rest / unit % 10);
            }
        }

        byte[] array() {
            return buf;
        }
    }

    @Override
    public void fillForeign() {
        call("PUT", "/collections/shop_products", "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"}}");
        call("PUT", "/collections/api_working_directory", "{\"vectors\":{\"size\":2,\"distance\":\"Euclid\"}}");
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            points.append(i == 0 ? "" : ",")
                    .append("{\"id\":" + i + ",\"vector\":[" + i + ",0.5,-1],\"payload\":{\"sku\":\"" + i + "\"}}");
        }
        call("PUT", "/collections/shop_products/points?wait=true", "{\"points\":[" + points + "]}");
        call(
                "PUT",
                "/collections/api_working_directory/points?wait=true",
                "{\"points\":[{\"id\":18446744073709551615,\"vector\":[1,2]}]}");
        call(
                "POST",
                "/collections/aliases",
                "{\"actions\":[{\"create_alias\":{\"collection_name\":\"shop_products\",\"alias_name\":\"shop\"}}]}");
    }

    boolean isEmpty() {
        return collections(true).isEmpty() && collections(false).isEmpty();
    }

    private List<String> collections(boolean inScope) {
        List<String> names = new ArrayList<>();
        for (JsonNode collection : call("GET", "/collections", null).at("/result/collections")) {
            String name = collection.path("name").asText();
            if (name.startsWith(PREFIX) == inScope) {
                names.add(name);
            }
        }
        names.sort(null);
        return names;
    }

    @Override
    public void wipeScope() {
        collections(true).forEach(name -> call("DELETE", "/collections/" + name + "?timeout=60", null));
    }

    @Override
    public void wipeAll() {
        wipeScope();
        collections(false).forEach(name -> call("DELETE", "/collections/" + name + "?timeout=60", null));
    }

    @Override
    public String fingerprint() {
        return fingerprint(true);
    }

    @Override
    public String foreignFingerprint() {
        return fingerprint(false);
    }

    private String fingerprint(boolean inScope) {
        StringBuilder text = new StringBuilder();
        List<String> names = collections(inScope);
        for (String name : names) {
            ContentFingerprint fingerprint = new ContentFingerprint();
            JsonNode collection = call("GET", "/collections/" + name, null).path("result");
            fingerprint.add(sorted(collection.at("/config/params")));
            BigInteger offset = null;
            do {
                ObjectNode page = JSON.createObjectNode()
                        .put("limit", 250)
                        .put("with_payload", true)
                        .put("with_vector", true);
                if (offset != null) {
                    page.put("offset", offset);
                }
                JsonNode answer = call("POST", "/collections/" + name + "/points/scroll", page.toString())
                        .path("result");
                answer.path("points").forEach(point -> fingerprint.add(sorted(point)));
                JsonNode next = answer.path("next_page_offset");
                offset = next.isNumber() ? next.bigIntegerValue() : null;
            } while (offset != null);
            text.append(name).append(' ').append(fingerprint).append(". ");
        }
        TreeMap<String, String> aliases = new TreeMap<>();
        for (JsonNode alias : call("GET", "/aliases", null).at("/result/aliases")) {
            if (names.contains(alias.path("collection_name").asText())) {
                aliases.put(
                        alias.path("alias_name").asText(),
                        alias.path("collection_name").asText());
            }
        }
        return text.append(aliases).toString();
    }

    /** Returns the text of a node with members sorted by name. */
    private static String sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, String> members = new TreeMap<>();
            node.fields().forEachRemaining(member -> members.put(member.getKey(), sorted(member.getValue())));
            return members.toString();
        }
        return node.toString();
    }

    /** Creates a snapshot of each collection, downloads it without storing it, and deletes it. */
    @Override
    public long read() {
        long bytes = 0;
        for (String name : collections(true)) {
            try {
                bytes += download(name, null);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return bytes;
    }

    /** Downloads a snapshot of each collection to a file, and recovers the collection by uploading it. */
    @Override
    public long rewrite(Path scratch) throws IOException {
        Map<String, Path> snapshots = new TreeMap<>();
        try {
            for (String name : collections(true)) {
                Path file = Files.createTempFile(scratch, "vectors", null);
                snapshots.put(name, file);
                download(name, file);
            }
            wipeScope();
            long start = System.nanoTime();
            for (var snapshot : snapshots.entrySet()) {
                upload(snapshot.getKey(), snapshot.getValue());
            }
            return System.nanoTime() - start;
        } finally {
            for (Path file : snapshots.values()) {
                Files.delete(file);
            }
        }
    }

    private void upload(String collection, Path file) throws IOException {
        String boundary = "rewritten";
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
                        url + "/collections/" + collection + "/snapshots/upload?wait=true&priority=snapshot"))
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(BodyPublishers.concat(
                        BodyPublishers.ofString("--" + boundary
                                + "\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"s.snapshot\"\r\n"
                                + "Content-Type: application/octet-stream\r\n\r\n"),
                        BodyPublishers.ofFile(file),
                        BodyPublishers.ofString("\r\n--" + boundary + "--\r\n")));
        send(request).close();
        // The server keeps the uploaded snapshot.
        String snapshots = "/collections/" + collection + "/snapshots";
        call("GET", snapshots, null)
                .path("result")
                .forEach(snapshot ->
                        call("DELETE", snapshots + "/" + snapshot.path("name").asText(), null));
    }

    /** @param file the target; null discards the content */
    private long download(String collection, Path file) throws IOException {
        String path = "/collections/" + collection + "/snapshots";
        String snapshot = call("POST", path, null).at("/result/name").asText();
        try (InputStream content = send("GET", path + "/" + snapshot, new byte[0], 0);
                OutputStream out = file == null ? OutputStream.nullOutputStream() : Files.newOutputStream(file)) {
            return content.transferTo(out);
        } finally {
            call("DELETE", path + "/" + snapshot, null);
        }
    }

    @Override
    public void close() {
        // In Java 17, an HttpClient cannot be closed.
    }
}
