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
import java.util.OptionalLong;
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

    /** A server refills its rate limits within a minute. */
    private static final int MAX_RETRY_SECONDS = 60;

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

    /**
     * A complete answer.
     *
     * @param call the method and the path of the request
     */
    record Reply(String call, int status, String body) {

        private static Reply of(HttpResponse<?> response, String body) {
            String call = response.request().method() + " " + response.uri().getRawPath();
            return new Reply(call, response.statusCode(), body);
        }

        boolean isSuccess() {
            return status / 100 == 2;
        }

        boolean isClientError() {
            return status / 100 == 4;
        }

        boolean isNotFound() {
            return status == 404;
        }

        /** Returns whether a proxy or the server stopped waiting for the operation, which may still be running. */
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

    /** Returns the setting that contains the address of the server, for messages. */
    String urlSetting() {
        return settings.urlSetting();
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
        return result(getReply(path));
    }

    /** Returns any answer to a GET request. Sends it again if the connection broke. */
    Reply getReply(String path) {
        return read(request(path).GET());
    }

    /** Returns the result of a POST request that changes nothing. */
    JsonNode query(String path, JsonNode body) {
        return result(queryReply(path, body));
    }

    /** Returns any answer to a POST request that changes nothing. Sends it again if the connection broke. */
    Reply queryReply(String path, JsonNode body) {
        return read(request("POST", path, bytes(body)));
    }

    /** Sends a request that changes something, once, and requires success. */
    void change(String method, String path, JsonNode body) {
        requireSuccess(write(request(method, path, bytes(body))));
    }

    /** Does the same as {@link #change} for a POST request, and waits as long as the server answers other calls. */
    void changeMany(String path, JsonNode body) {
        try {
            requireSuccess(awaitOperation(upload(path, "application/json", BodyPublishers.ofByteArray(bytes(body)))));
        } catch (BrokenConnectionException e) {
            throw connectionLost(e);
        }
    }

    /** Sends a PUT request whose body is JSON already, once, and requires success. */
    void put(String path, byte[] json) {
        requireSuccess(write(request("PUT", path, json)));
    }

    /** Deletes something, if it exists. */
    void delete(String path) {
        Reply reply = write(request(path).DELETE());
        if (!reply.isNotFound()) {
            requireSuccess(reply);
        }
    }

    /** Starts a POST request without a body. {@link #awaitOperation} waits for the answer. */
    CompletableFuture<HttpResponse<String>> post(String path) {
        return start(request(path).POST(BodyPublishers.noBody()), BodyHandlers.ofString());
    }

    /** Starts a POST request. {@link #awaitOperation} waits for the answer. */
    CompletableFuture<HttpResponse<String>> upload(String path, String contentType, BodyPublisher body) {
        return start(request(path).header("Content-Type", contentType).POST(body), BodyHandlers.ofString());
    }

    private Reply read(HttpRequest.Builder request) {
        try {
            return exchange(request);
        } catch (BrokenConnectionException e) {
            return write(request);
        }
    }

    private Reply write(HttpRequest.Builder request) {
        try {
            return exchange(request);
        } catch (BrokenConnectionException e) {
            throw connectionLost(e);
        }
    }

    private Reply exchange(HttpRequest.Builder request) throws BrokenConnectionException {
        HttpResponse<String> response = respond(request, BodyHandlers.ofString());
        return Reply.of(response, response.body());
    }

    /** Sends a request, again and again while the server says that its rate limit did not permit it yet. */
    private <T> HttpResponse<T> respond(HttpRequest.Builder request, BodyHandler<T> handler)
            throws BrokenConnectionException {
        long deadline = System.nanoTime() + timeouts.operation().toNanos();
        while (true) {
            HttpResponse<T> response = response(start(request, handler), timeouts.idle());
            OptionalLong seconds = response.headers().firstValueAsLong("retry-after");
            if (response.statusCode() != 429 || seconds.isEmpty() || System.nanoTime() > deadline) {
                return response;
            }
            if (response.body() instanceof InputStream unread) {
                try {
                    unread.close();
                } catch (IOException e) {
                    // The connection is not used again.
                }
            }
            for (long second = 0; second < Math.min(seconds.getAsLong(), MAX_RETRY_SECONDS); second++) {
                pause(Duration.ofSeconds(1));
            }
        }
    }

    private static byte[] bytes(JsonNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private HttpRequest.Builder request(String method, String path, byte[] json) {
        return request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(json));
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

    /** Waits for a long operation, up to its time limit, as long as the server answers other calls. */
    Reply awaitOperation(CompletableFuture<HttpResponse<String>> call) throws BrokenConnectionException {
        long deadline = System.nanoTime() + timeouts.operation().toNanos();
        while (!call.isDone() && System.nanoTime() < deadline) {
            try {
                call.get(timeouts.idle().toMillis() / 4, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                Reply alive = exchange(request("/").GET());
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
        return Reply.of(response, response.body());
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

    /** Opens the body of the successful answer to a GET request. The caller closes it. */
    InputStream getStream(String path) {
        return stream(request(path).GET());
    }

    /** Opens the body of the successful answer to a POST request. The caller closes it. */
    InputStream queryStream(String path, JsonNode body) {
        return stream(request("POST", path, bytes(body)));
    }

    private InputStream stream(HttpRequest.Builder request) {
        HttpResponse<InputStream> response;
        try {
            response = respond(request, BodyHandlers.ofInputStream());
        } catch (BrokenConnectionException e) {
            throw connectionLost(e);
        }
        IdleTimeoutStream stream = new IdleTimeoutStream(response.body(), this);
        streams.add(stream);
        if (response.statusCode() / 100 == 2) {
            return stream;
        }
        try (stream) {
            throw errors.refused(
                    Reply.of(response, new String(stream.readNBytes(MAX_ERROR_BYTES), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw connectionLost(new BrokenConnectionException("the connection broke", e));
        }
    }

    void release(IdleTimeoutStream stream) {
        streams.remove(stream);
    }

    /** Runs an action after the idle timeout, unless the action is cancelled before that. The action must not block. */
    Future<?> afterIdleTimeout(Runnable action) {
        return alarms.schedule(action, timeouts.idle().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Throws if an answer reports a failure. */
    void requireSuccess(Reply reply) {
        if (!reply.isSuccess()) {
            throw errors.refused(reply);
        }
    }

    /** Returns the result in a successful answer. */
    JsonNode result(Reply reply) {
        return json(reply).path("result");
    }

    /** Returns the JSON object in a successful answer. */
    JsonNode json(Reply reply) {
        requireSuccess(reply);
        try {
            JsonNode json = Json.MAPPER.readTree(reply.body());
            if (json.isObject()) {
                return json;
            }
        } catch (IOException e) {
            // Reported below, like JSON that is not an object.
        }
        throw errors.notQdrant(reply);
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
