package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.support.DaemonThreads;
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
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls the REST API of a Qdrant server. Thread-safe. */
final class QdrantHttp implements AutoCloseable {

    private static final int MAX_ERROR_BYTES = 2_000;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private final QdrantSettings settings;
    private final Timeouts timeouts;
    private final QdrantErrors errors;
    private final HttpClient client;
    private final ScheduledExecutorService alarms;
    private final Set<CompletableFuture<?>> calls = ConcurrentHashMap.newKeySet();
    private final Set<IdleTimeoutStream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean aborted;

    QdrantHttp(QdrantSettings settings, Timeouts timeouts) {
        this.settings = settings;
        this.timeouts = timeouts;
        this.errors = new QdrantErrors(settings);
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
        this.alarms = Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("qdrant-timeouts"));
    }

    /** A complete answer. */
    record Reply(int status, String body) {

        boolean isSuccess() {
            return status / 100 == 2;
        }

        boolean isClientError() {
            return status / 100 == 4;
        }

        /** Returns whether a proxy or the server stopped waiting for the operation, which may go on. */
        boolean isTimeout() {
            return status == 408 || status == 502 || status == 504;
        }
    }

    Timeouts timeouts() {
        return timeouts;
    }

    QdrantErrors errors() {
        return errors;
    }

    String displayName() {
        return settings.displayName();
    }

    /** Returns the path of a collection, whose name may contain any characters. */
    static String path(String collection) {
        return "/collections/" + encode(collection);
    }

    static String encode(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean unreserved = b > 0 && (Character.isLetterOrDigit(b) || "_-.~".indexOf(b) >= 0);
            encoded.append(unreserved ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return encoded.toString();
    }

    /** Returns the result of a GET request. */
    JsonNode get(String path) {
        return result(read("GET", path, null), "GET", path);
    }

    /** Returns the result of a POST request that changes nothing. */
    JsonNode query(String path, JsonNode body) {
        return result(read("POST", path, body), "POST", path);
    }

    /** Returns any answer to a request that changes nothing. Sends it again if the connection broke. */
    Reply read(String method, String path, JsonNode body) {
        try {
            return exchange(method, path, body);
        } catch (BrokenConnectionException e) {
            return write(method, path, body);
        }
    }

    /** Returns any answer to a request that may change something. Sends it once. */
    Reply write(String method, String path, JsonNode body) {
        try {
            return exchange(method, path, body);
        } catch (BrokenConnectionException e) {
            throw connectionLost(e);
        }
    }

    /** Sends a request that changes something, and requires success. */
    void change(String method, String path, JsonNode body) {
        result(write(method, path, body), method, path);
    }

    /** Sends a body that is JSON already, and requires success. */
    void put(String path, byte[] json) {
        try {
            HttpRequest.Builder request =
                    request(path).header("Content-Type", "application/json").PUT(BodyPublishers.ofByteArray(json));
            Reply reply = await(start(request, BodyHandlers.ofString()), timeouts.idle());
            if (!reply.isSuccess()) {
                throw errors.refused(reply, "PUT", path);
            }
        } catch (BrokenConnectionException e) {
            throw connectionLost(e);
        }
    }

    private Reply exchange(String method, String path, JsonNode body) throws BrokenConnectionException {
        return await(send(method, path, body), timeouts.idle());
    }

    /** Starts a request whose answer {@link #awaitOperation} waits for. */
    CompletableFuture<HttpResponse<String>> send(String method, String path, JsonNode body) {
        return start(request(method, path, body), BodyHandlers.ofString());
    }

    /** Starts a POST request whose answer {@link #awaitOperation} waits for. */
    CompletableFuture<HttpResponse<String>> upload(String path, String contentType, BodyPublisher body) {
        return start(request(path).header("Content-Type", contentType).POST(body), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String method, String path, JsonNode body) {
        if (body == null) {
            return request(path).method(method, BodyPublishers.noBody());
        }
        return request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body.toString()));
    }

    private HttpRequest.Builder request(String path) {
        String base = settings.url().toString().replaceAll("/+$", "");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        settings.apiKey().ifPresent(key -> request.header("api-key", key.reveal()));
        return request;
    }

    private <T> CompletableFuture<HttpResponse<T>> start(HttpRequest.Builder request, BodyHandler<T> handler) {
        checkAborted();
        CompletableFuture<HttpResponse<T>> call = client.sendAsync(request.build(), handler);
        calls.add(call);
        if (aborted) {
            call.cancel(true);
        }
        return call;
    }

    /** Waits for a long operation for as long as the server answers other calls. */
    Reply awaitOperation(CompletableFuture<HttpResponse<String>> call) throws BrokenConnectionException {
        long deadline = System.nanoTime() + timeouts.operation().toNanos();
        while (!call.isDone() && System.nanoTime() < deadline) {
            try {
                call.get(timeouts.idle().toMillis() / 4, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                Reply alive = exchange("GET", "/", null);
                if (alive.status() >= 500) {
                    throw new BrokenConnectionException("the server answers with status " + alive.status(), null);
                }
            } catch (ExecutionException | CancellationException e) {
                break; // await() reports it.
            } catch (InterruptedException e) {
                throw QdrantErrors.interrupted(e);
            }
        }
        return await(call, Duration.ofMillis(1));
    }

    private Reply await(CompletableFuture<HttpResponse<String>> call, Duration time) throws BrokenConnectionException {
        HttpResponse<String> response = response(call, time);
        return new Reply(response.statusCode(), response.body());
    }

    private <T> HttpResponse<T> response(CompletableFuture<HttpResponse<T>> call, Duration time)
            throws BrokenConnectionException {
        try {
            return call.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            call.cancel(true);
            throw new BrokenConnectionException("no answer for " + time.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            throw QdrantErrors.interrupted(e);
        } catch (CancellationException e) {
            checkAborted();
            throw new BrokenConnectionException("the call was cancelled", e);
        } catch (ExecutionException e) {
            checkAborted();
            if (e.getCause() instanceof ConnectException || e.getCause() instanceof HttpConnectTimeoutException) {
                throw errors.cannotConnect(e.getCause());
            }
            throw new BrokenConnectionException("the connection broke", e.getCause());
        } finally {
            calls.remove(call);
        }
    }

    /** Opens the body of a successful answer. The caller closes it. */
    InputStream stream(String method, String path, JsonNode body) {
        HttpResponse<InputStream> response;
        try {
            response = response(start(request(method, path, body), BodyHandlers.ofInputStream()), timeouts.idle());
        } catch (BrokenConnectionException e) {
            throw connectionLost(e);
        }
        IdleTimeoutStream stream = new IdleTimeoutStream(response.body(), this);
        streams.add(stream);
        if (response.statusCode() / 100 == 2) {
            return stream;
        }
        try (stream) {
            String text = new String(stream.readNBytes(MAX_ERROR_BYTES), StandardCharsets.UTF_8);
            throw errors.refused(new Reply(response.statusCode(), text), method, path);
        } catch (IOException e) {
            throw connectionLost(new BrokenConnectionException("the connection broke", e));
        }
    }

    void release(IdleTimeoutStream stream) {
        streams.remove(stream);
    }

    /** Runs an action after the idle timeout, unless it is cancelled before. The action must not block. */
    Future<?> afterIdleTimeout(Runnable action) {
        return alarms.schedule(action, timeouts.idle().toMillis(), TimeUnit.MILLISECONDS);
    }

    private JsonNode result(Reply reply, String method, String path) {
        if (!reply.isSuccess()) {
            throw errors.refused(reply, method, path);
        }
        return json(reply, path).path("result");
    }

    /** Returns the JSON object in an answer. */
    JsonNode json(Reply reply, String path) {
        try {
            JsonNode json = Json.MAPPER.readTree(reply.body());
            if (json.isObject()) {
                return json;
            }
        } catch (IOException e) {
            // Reported below, like JSON that is not an object.
        }
        throw errors.notQdrant(path);
    }

    /** Returns the error for a broken connection, or throws if the cause is an abort. */
    BackupException connectionLost(BrokenConnectionException e) {
        checkAborted();
        return errors.connectionLost(e);
    }

    void checkAborted() {
        if (aborted) {
            throw new CancellationException("the session with Qdrant was aborted");
        }
    }

    void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw QdrantErrors.interrupted(e);
        }
        checkAborted();
    }

    /** Returns another client of the same server, for cleaning up after an abort. The caller closes it. */
    QdrantHttp newClient() {
        return new QdrantHttp(settings, timeouts);
    }

    void abort() {
        aborted = true;
        disconnect();
    }

    private void disconnect() {
        calls.forEach(call -> call.cancel(true));
        streams.forEach(IdleTimeoutStream::disconnect);
    }

    @Override
    public void close() {
        disconnect();
        alarms.shutdownNow();
    }
}
