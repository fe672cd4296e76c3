package dev.ngbak.testkit;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/** A fault of {@link QdrantDouble}, which happens before or instead of the answer to a REST call. */
@FunctionalInterface
public interface QdrantFault {

    /** @return whether the call is answered, so that the double does not execute it */
    boolean apply(HttpExchange exchange) throws IOException;

    /** Answers with an error. */
    static QdrantFault answer(int status, String text) {
        return exchange -> {
            exchange.getRequestBody().readAllBytes();
            QdrantDouble.send(exchange, status, QdrantDouble.error(text));
            return true;
        };
    }

    /** Closes the connection without an answer. */
    static QdrantFault disconnect() {
        return exchange -> {
            exchange.close();
            return true;
        };
    }

    /** Delays the usual answer. */
    static QdrantFault delay(long millis) {
        return exchange -> {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        };
    }

    /** Executes the call, but answers with another status, like a proxy that timed out. */
    static QdrantFault executeButAnswer(int status) {
        return exchange -> {
            exchange.getResponseHeaders().set(QdrantDouble.STATUS_OVERRIDE, Integer.toString(status));
            return false;
        };
    }
}
