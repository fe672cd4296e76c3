package dev.ngbak.engine;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Posts to a URL that a setting names. Messages never contain the URL, because it may contain a token. */
final class HttpPost {

    private HttpPost() {}

    static boolean isUrl(String text) {
        return text.startsWith("http://") || text.startsWith("https://");
    }

    /**
     * Posts and requires a status of 2xx.
     *
     * @param contentType of the body
     * @throws IOException with the reason, in a few words
     */
    static void send(String url, String contentType, String body, Duration timeout)
            throws IOException, InterruptedException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(timeout)
                    .header("Content-Type", contentType)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException("its URL is not valid", e);
        }
        HttpResponse<Void> response;
        try {
            response = HttpClient.newBuilder()
                    .connectTimeout(timeout)
                    .build()
                    .send(request, HttpResponse.BodyHandlers.discarding());
        } catch (ConnectException e) {
            throw new IOException("connection refused", e); // The original exception has no message.
        }
        if (response.statusCode() / 100 != 2) {
            throw new IOException("HTTP status " + response.statusCode());
        }
    }
}
