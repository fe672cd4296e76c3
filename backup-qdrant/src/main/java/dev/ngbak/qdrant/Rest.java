package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls of a Qdrant server, and the one place where their failures become messages. */
final class Rest implements AutoCloseable {

    /** Payload may be long and deep; the server itself goes 128 levels down. */
    static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNestingDepth(1_000)
                            .build())
                    // Vectors are most of what is read, and it rounds as the JDK's own does.
                    .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                    .build())
            .build();

    private static final long ERROR_BYTES = 2_000;

    private final QdrantSettings settings;
    private final Patience patience;
    private final HttpClient http;
    private final ScheduledExecutorService watch;
    private final Set<CompletableFuture<?>> calls = ConcurrentHashMap.newKeySet();
    private final Set<Watched> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean aborted;

    Rest(QdrantSettings settings, Patience patience) {
        this.settings = settings;
        this.patience = patience;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        this.watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "qdrant-watch");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** An answer that came whole. */
    record Reply(int status, String body) {
        boolean isFine() {
            return status / 100 == 2;
        }

        /** A status of something in between that did not want to wait. */
        boolean isTimeOut() {
            return status == 408 || status == 502 || status == 504;
        }
    }

    /** The connection broke or was silent too long, so nobody knows what became of the call. */
    static final class Broken extends IOException {
        private static final long serialVersionUID = 1;

        Broken(String message, Throwable cause) {
            super(message, cause);
        }
    }

    Patience patience() {
        return patience;
    }

    String place() {
        return settings.place();
    }

    /** The path of a collection, whatever its name has in it. */
    static String collection(String name) {
        return "/collections/" + encoded(name);
    }

    static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "_-.~".indexOf(b) >= 0);
            encoded.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return encoded.toString();
    }

    /** Asks for something, and again when the connection broke: reading twice does no harm. */
    JsonNode get(String path) {
        return result(ask("GET", path, null), "GET", path);
    }

    /** Asks by a call that needs a body but changes nothing. */
    JsonNode ask(String path, JsonNode body) {
        return result(ask("POST", path, body), "POST", path);
    }

    /** The same, where a refusal is an answer too. */
    Reply ask(String method, String path, JsonNode body) {
        try {
            return reply(method, path, body);
        } catch (Broken e) {
            return call(method, path, body);
        }
    }

    /** Changes something. */
    JsonNode change(String method, String path, JsonNode body) {
        return result(call(method, path, body), method, path);
    }

    Reply call(String method, String path, JsonNode body) {
        try {
            return reply(method, path, body);
        } catch (Broken e) {
            throw broken(e);
        }
    }

    private Reply reply(String method, String path, JsonNode body) throws Broken {
        return await(send(method, path, body), patience.answer());
    }

    /** A call under way; see {@link #await}. */
    CompletableFuture<HttpResponse<String>> send(String method, String path, JsonNode body) {
        HttpRequest.Builder request = request(path);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return start(
                request.method(
                        method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString())),
                BodyHandlers.ofString());
    }

    /** Sends points, from bytes that are JSON already. */
    void upsert(String path, byte[] json) {
        try {
            Reply reply = await(
                    start(
                            request(path)
                                    .header("Content-Type", "application/json")
                                    .PUT(BodyPublishers.ofByteArray(json)),
                            BodyHandlers.ofString()),
                    patience.answer());
            if (!reply.isFine()) {
                throw refused(reply, "PUT", path);
            }
        } catch (Broken e) {
            throw broken(e);
        }
    }

    CompletableFuture<HttpResponse<String>> upload(String path, String contentType, BodyPublisher body) {
        return start(request(path).header("Content-Type", contentType).POST(body), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        String base = settings.url().toString().replaceAll("/+$", "");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        if (settings.apiKey() != null) {
            request.header("api-key", settings.apiKey().reveal());
        }
        return request;
    }

    private <T> CompletableFuture<HttpResponse<T>> start(
            HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
        checkAborted();
        CompletableFuture<HttpResponse<T>> call = http.sendAsync(request.build(), handler);
        calls.add(call);
        if (aborted) {
            call.cancel(true);
        }
        return call;
    }

    /** Waits for an answer for a time. */
    Reply await(CompletableFuture<HttpResponse<String>> call, Duration time) throws Broken {
        HttpResponse<String> response = finish(call, time);
        return new Reply(response.statusCode(), response.body());
    }

    /** Waits for work that takes long, as long as the server still answers other calls. */
    Reply awaitWork(CompletableFuture<HttpResponse<String>> call) throws Broken {
        long deadline = System.nanoTime() + patience.work().toNanos();
        while (!call.isDone() && System.nanoTime() < deadline) {
            try {
                HttpResponse<String> response = call.get(patience.answer().toMillis() / 4, TimeUnit.MILLISECONDS);
                calls.remove(call);
                return new Reply(response.statusCode(), response.body());
            } catch (TimeoutException e) {
                // An answer to anything shows that the server lives.
                Reply alive = reply("GET", "/", null);
                if (alive.status() >= 500) {
                    throw new Broken("the server answers with status " + alive.status(), null);
                }
            } catch (ExecutionException | CancellationException e) {
                break; // finish() says it
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
        return await(call, Duration.ofMillis(1));
    }

    private <T> HttpResponse<T> finish(CompletableFuture<HttpResponse<T>> call, Duration time) throws Broken {
        try {
            return call.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            call.cancel(true);
            throw new Broken("no answer for " + time.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (CancellationException e) {
            checkAborted();
            throw new Broken("the call was cut off", e);
        } catch (ExecutionException e) {
            checkAborted();
            if (e.getCause() instanceof ConnectException || e.getCause() instanceof HttpConnectTimeoutException) {
                throw new BackupException(
                        Kind.UNREACHABLE, "Cannot reach " + place(), "Start it, or correct QDRANT_URL", e.getCause());
            }
            throw new Broken("the connection broke", e.getCause());
        } finally {
            calls.remove(call);
        }
    }

    static CancellationException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        CancellationException cancelled = new CancellationException("interrupted while waiting for Qdrant");
        cancelled.initCause(e);
        return cancelled;
    }

    /** Opens an answer that is read as it comes; close it. Each wait for its bytes is bounded. */
    InputStream stream(String method, String path, JsonNode body) {
        try {
            HttpRequest.Builder request = request(path);
            if (body != null) {
                request.header("Content-Type", "application/json");
            }
            HttpResponse<InputStream> response = finish(
                    start(
                            request.method(
                                    method,
                                    body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString())),
                            BodyHandlers.ofInputStream()),
                    patience.answer());
            Watched stream = new Watched(response.body());
            if (response.statusCode() / 100 == 2) {
                return stream;
            }
            try (stream) {
                String text = new String(stream.readNBytes((int) ERROR_BYTES), StandardCharsets.UTF_8);
                throw refused(new Reply(response.statusCode(), text), method, path);
            }
        } catch (Broken e) {
            throw broken(e);
        } catch (IOException e) {
            throw broken(new Broken("the connection broke", e));
        }
    }

    private JsonNode result(Reply reply, String method, String path) {
        if (!reply.isFine()) {
            throw refused(reply, method, path);
        }
        return tree(reply, path).path("result");
    }

    /** The answer as JSON. */
    JsonNode tree(Reply reply, String path) {
        try {
            JsonNode tree = JSON.readTree(reply.body());
            if (tree.isObject()) {
                return tree;
            }
        } catch (IOException e) {
            // said below
        }
        throw new BackupException(
                Kind.UNREACHABLE,
                "What answers at " + settings.url() + " is no Qdrant: its answer to " + path + " is not JSON",
                "Correct QDRANT_URL");
    }

    /** What a refusal means. */
    BackupException refused(Reply reply, String method, String path) {
        String said = said(reply.body());
        String answer = place() + " answered " + method + " " + path.replaceAll("\\?.*", "") + " with " + reply.status()
                + (said.isEmpty() ? "" : " (" + said + ")");
        if (reply.status() == 401 || reply.status() == 403) {
            return new BackupException(
                    Kind.INVALID,
                    place() + " does not let us in (" + reply.status() + ")",
                    "Set QDRANT_API_KEY or QDRANT_API_KEY_FILE to a key with the rights to manage its collections");
        }
        if (reply.status() == 507 || isNoSpace(said)) {
            return new BackupException(
                    Kind.NO_SPACE,
                    "The disk of " + place() + " is full: it answered " + reply.status() + " (" + said + ")",
                    "Free some room on the server, where its storage and its snapshots are; a snapshot takes about twice"
                            + " the size of its collection, and a restore three times. QDRANT_BACKUP_MODE=scroll needs no"
                            + " room there for a backup");
        }
        if (reply.status() >= 500 || reply.status() == 429 || reply.status() == 408) {
            return new BackupException(
                    Kind.UNREACHABLE, answer, "Look at the server's log, and try again once it is well (QDRANT_URL)");
        }
        return new BackupException(
                Kind.INCOMPATIBLE, answer, "Check that QDRANT_URL leads to the right server and a version we know");
    }

    private static boolean isNoSpace(String said) {
        String text = said.toLowerCase(java.util.Locale.ROOT);
        return text.contains("no space left")
                || text.contains("disk full")
                || text.contains("out of disk")
                || text.contains("not enough space")
                || text.contains("no disk space");
    }

    private String said(String body) {
        String text = body;
        try {
            JsonNode error = JSON.readTree(body).path("status").path("error");
            text = error.isTextual() ? error.textValue() : "";
        } catch (IOException e) {
            // Plain text, then.
        }
        text = settings.apiKey() == null ? text : settings.apiKey().hiddenIn(text);
        text = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return text.length() > 300 ? text.substring(0, 300) + "…" : text;
    }

    BackupException broken(IOException e) {
        checkAborted();
        return new BackupException(
                Kind.UNREACHABLE,
                "The connection to " + place() + " was lost (" + e.getMessage() + ")",
                "See whether the server still runs, or correct QDRANT_URL; then try again",
                e);
    }

    void checkAborted() {
        if (aborted) {
            throw new CancellationException("the work with Qdrant was told to stop");
        }
    }

    void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        checkAborted();
    }

    /** Another line to the same server, for clearing up after an abort. */
    Rest another() {
        return new Rest(settings, patience);
    }

    void abort() {
        aborted = true;
        calls.forEach(call -> call.cancel(true));
        streams.forEach(Watched::cut);
    }

    @Override
    public void close() {
        calls.forEach(call -> call.cancel(true));
        streams.forEach(Watched::cut);
        watch.shutdownNow();
    }

    /** A stream that is cut when nothing came for too long, or when the work is told to stop. */
    private final class Watched extends FilterInputStream {
        private volatile boolean silent;
        private volatile boolean over;

        Watched(InputStream in) {
            super(in);
            streams.add(this);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            checkAborted();
            var alarm = watch.schedule(
                    () -> {
                        silent = true;
                        cut();
                    },
                    patience.answer().toMillis(),
                    TimeUnit.MILLISECONDS);
            try {
                return in.read(bytes, offset, length);
            } catch (IOException e) {
                throw broken(new Broken(silent ? "no answer in time" : "the connection broke", e));
            } finally {
                alarm.cancel(false);
            }
        }

        void cut() {
            try {
                in.close();
            } catch (IOException e) {
                // It is given up anyway.
            }
        }

        @Override
        public void close() {
            if (!over) {
                over = true;
                streams.remove(this);
                cut();
            }
        }
    }
}
