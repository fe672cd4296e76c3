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

/** The vectors in Qdrant. */
public final class Vectors implements Store {

    /** What collections begin with when no variable says otherwise: the last part of the working folder's default. */
    public static final String PREFIX = "api_working_dir_";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH = 100;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final String key;

    /** @param key {@code null} for none */
    public Vectors(String url, String key) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.key = key;
    }

    /** Calls the server and gives the whole answer, which must be a good one. */
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
        return answer(request);
    }

    private InputStream answer(HttpRequest.Builder wanted) throws IOException {
        if (key != null) {
            wanted.header("api-key", key);
        }
        HttpRequest request = wanted.build();
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
            try (Points points = new Points(PREFIX + "entities")) {
                for (int e = 0; e < data.size().entities(); e++) {
                    points.add(data.entityKey(e), data.entityPayload(e), data, "entity", e);
                }
            }
        });
        try (Points points = new Points(PREFIX + "chunks")) {
            for (int c = 0; c < data.size().chunks(); c++) {
                points.add(data.chunkKey(c), data.chunkPayload(c), data, "chunk", c);
            }
        }
        entities.join();
    }

    private void create(String name, Dataset data) {
        ObjectNode wanted = JSON.createObjectNode();
        ObjectNode vectors = wanted.putObject("vectors");
        if (data.hybrid()) {
            wanted.putObject("sparse_vectors").putObject("sparse");
            wanted.withObject("/sparse_vectors").putObject("sparse_name");
            vectors = vectors.putObject("dense");
        }
        vectors.put("size", data.dimension()).put("distance", "Cosine");
        if (!data.size().indexed()) {
            wanted.putObject("optimizers_config").put("indexing_threshold", 0);
        }
        call("PUT", "/collections/" + name, wanted.toString());
    }

    /** Upserts as the fork makes them: a hundred at a time, awaited. */
    private final class Points implements AutoCloseable {
        private final String path;
        private final Text text = new Text();
        private int count;

        Points(String collection) {
            this.path = "/collections/" + collection + "/points?wait=true";
        }

        void add(String recordKey, Map<String, Object> payload, Dataset data, String kind, int number) {
            text.put(count == 0 ? "{\"points\":[" : ",")
                    .put("{\"id\":")
                    .put(Long.toUnsignedString(Xxh64.of(recordKey)))
                    .put(",\"payload\":");
            try {
                text.put(JSON.writeValueAsBytes(payload)).put(",\"vector\":");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            int[] dense = data.dense(kind, number);
            if (data.hybrid()) {
                text.put("{\"dense\":").list(dense);
                text.put(",\"sparse\":");
                sparse(data.sparse(kind + " sparse", number, 100, 250));
                text.put(",\"sparse_name\":");
                // That of a chunk is made from an empty name.
                sparse(kind.equals("chunk") ? new int[0] : data.sparse(kind + " name", number, 3, 20));
                text.put("}}");
            } else {
                text.list(dense).put("}");
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
            text.put("{\"indices\":")
                    .list(indices)
                    .put(",\"values\":")
                    .list(values)
                    .put("}");
        }

        /** Sends what is pending. */
        @Override
        public void close() {
            if (count > 0) {
                text.put("]}");
                try (InputStream answer = send("PUT", path, text.array(), text.size())) {
                    answer.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                text.reset();
                count = 0;
            }
        }
    }

    /** Bytes of JSON; gigabytes of numbers go through it. */
    private static final class Text extends ByteArrayOutputStream {

        Text put(String ascii) {
            for (int i = 0; i < ascii.length(); i++) {
                write(ascii.charAt(i));
            }
            return this;
        }

        Text put(byte[] bytes) {
            write(bytes, 0, bytes.length);
            return this;
        }

        Text list(int[] numbers) {
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
        for (JsonNode each : call("GET", "/collections", null).at("/result/collections")) {
            String name = each.path("name").asText();
            if (name.startsWith(PREFIX) == inScope) {
                names.add(name);
            }
        }
        names.sort(null);
        return names;
    }

    @Override
    public void wipe() {
        collections(true).forEach(name -> call("DELETE", "/collections/" + name + "?timeout=60", null));
    }

    @Override
    public void clear() {
        wipe();
        collections(false).forEach(name -> call("DELETE", "/collections/" + name + "?timeout=60", null));
    }

    @Override
    public String picture() {
        return picture(true);
    }

    @Override
    public String foreignPicture() {
        return picture(false);
    }

    private String picture(boolean inScope) {
        StringBuilder all = new StringBuilder();
        List<String> names = collections(inScope);
        for (String name : names) {
            Picture picture = new Picture();
            JsonNode collection = call("GET", "/collections/" + name, null).path("result");
            picture.add(sorted(collection.at("/config/params")));
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
                answer.path("points").forEach(point -> picture.add(sorted(point)));
                JsonNode next = answer.path("next_page_offset");
                offset = next.isNumber() ? next.bigIntegerValue() : null;
            } while (offset != null);
            all.append(name).append(' ').append(picture).append(". ");
        }
        TreeMap<String, String> aliases = new TreeMap<>();
        for (JsonNode alias : call("GET", "/aliases", null).at("/result/aliases")) {
            if (names.contains(alias.path("collection_name").asText())) {
                aliases.put(
                        alias.path("alias_name").asText(),
                        alias.path("collection_name").asText());
            }
        }
        return all.append(aliases).toString();
    }

    private static String sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, String> members = new TreeMap<>();
            node.fields().forEachRemaining(member -> members.put(member.getKey(), sorted(member.getValue())));
            return members.toString();
        }
        return node.toString();
    }

    /** By snapshots, made, downloaded to nowhere and deleted. */
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

    /** By snapshots: downloaded into files, uploaded again and recovered. */
    @Override
    public long rewrite(Path scratch) throws IOException {
        Map<String, Path> snapshots = new TreeMap<>();
        try {
            for (String name : collections(true)) {
                Path file = Files.createTempFile(scratch, "vectors", null);
                snapshots.put(name, file);
                download(name, file);
            }
            wipe();
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
        answer(request).close();
        // The server keeps what was uploaded.
        String kept = "/collections/" + collection + "/snapshots";
        call("GET", kept, null)
                .path("result")
                .forEach(snapshot ->
                        call("DELETE", kept + "/" + snapshot.path("name").asText(), null));
    }

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
        // the JDK's client of this version has nothing to close
    }
}
