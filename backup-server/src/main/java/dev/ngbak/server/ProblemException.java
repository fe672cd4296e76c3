package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import io.javalin.http.HttpResponseException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/** A request that cannot be answered as intended: a problem of RFC 9457. The only place that maps failures to statuses. */
final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String remedy;

    /**
     * @param detail a sentence without a full stop
     * @param remedy a sentence without a full stop; empty if there is nothing to do
     */
    ProblemException(int status, String detail, String remedy) {
        this(status, detail, remedy, null);
    }

    private ProblemException(int status, String detail, String remedy, Throwable cause) {
        super(detail, cause);
        this.status = status;
        this.remedy = remedy;
    }

    /** Returns a problem with status 503, which goes away by itself. */
    static ProblemException busy(String detail) {
        return new ProblemException(503, detail, "Try again in a few seconds");
    }

    /** Returns the problem that answers a failure of a handler. */
    static ProblemException of(Throwable failure) {
        if (failure instanceof BackupException e) {
            return new ProblemException(status(e.kind()), e.detail(), e.remedy(), e);
        }
        if (failure instanceof HttpResponseException e) {
            return of(e.getStatus());
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProblemException problem) {
                return problem;
            }
            if (cause instanceof TimeoutException) {
                return of(408); // Jetty closes idle connections
            }
        }
        return new ProblemException(
                500,
                "An unexpected error occurred, which is a defect in ngbak",
                "See the server's log for details, and please report it",
                failure);
    }

    /** Returns the problem that answers a request which reached no handler. */
    static ProblemException of(int status) {
        return switch (status) {
            case 404 -> new ProblemException(status, "There is nothing at this path", "See openapi.json for all paths");
            case 405 ->
                new ProblemException(
                        status, "This path does not support this method", "See openapi.json for all methods");
            case 408 -> new ProblemException(status, "The request did not arrive in time", "Send it again");
            case 413 -> new ProblemException(status, "The request is too large", "");
            case 503 -> busy("The server is busy with other requests, or it is stopping");
            case 414, 431 -> new ProblemException(status, "The path or the headers of the request are too long", "");
            default ->
                status < 500
                        ? new ProblemException(
                                status, "The request is malformed", "See openapi.json for valid requests")
                        : new ProblemException(
                                status,
                                "The server could not process this request",
                                "See the server's log for details");
        };
    }

    private static int status(Kind kind) {
        return switch (kind) { // no default, so that a new kind does not compile until it has a status
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS, LOCKED, BUSY, SOURCE_CHANGED, BROKEN_REFERENCES, UNCONFIRMED, CANCELLED -> 409;
            case CORRUPT, INCOMPATIBLE -> 422;
            case INTERNAL, ROLLED_BACK, ROLLBACK_FAILED -> 500;
            case UNREACHABLE -> 502;
            case NO_SPACE -> 507;
        };
    }

    /** Returns the title for a status. The type of a problem is derived from it, so the titles are part of the HTTP API. */
    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad request";
            case 401 -> "Key missing or wrong";
            case 403 -> "Refused for safety";
            case 404 -> "Not found";
            case 405 -> "Method not allowed";
            case 408 -> "Request too slow";
            case 409 -> "Conflict";
            case 413 -> "Too large";
            case 414, 431 -> "Too long";
            case 415 -> "Content type not supported";
            case 416 -> "Range not satisfiable";
            case 422 -> "Archive refused";
            case 502 -> "Store unreachable";
            case 503 -> "Not now";
            case 507 -> "Not enough space";
            default -> status < 500 ? "Bad request" : "Unexpected failure";
        };
    }

    /** Returns the last part of the type. It is part of the HTTP API and does not follow the names of the constants. */
    private static String code(Kind kind) {
        return switch (kind) {
            case ALREADY_EXISTS -> "taken";
            case CORRUPT -> "damaged";
            case SOURCE_CHANGED -> "changing";
            case BROKEN_REFERENCES -> "broken-references";
            case ROLLBACK_FAILED -> "not-as-before";
            case INTERNAL,
                    INVALID,
                    NOT_FOUND,
                    LOCKED,
                    BUSY,
                    UNREACHABLE,
                    INCOMPATIBLE,
                    UNCONFIRMED,
                    NO_SPACE,
                    ROLLED_BACK,
                    CANCELLED -> kind.name();
        };
    }

    int status() {
        return status;
    }

    /** Returns whether another job keeps the request from being processed. */
    boolean isBusy() {
        return getCause() instanceof BackupException e && e.kind() == Kind.BUSY;
    }

    /** Returns whether the cause is a defect, which the log should describe completely. */
    boolean isDefect() {
        return status == 500;
    }

    ObjectNode json(Redaction redaction) {
        String title = title(status);
        String type = getCause() instanceof BackupException e ? code(e.kind()) : title;
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("type", "urn:ngbak:problem:" + type.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "-"));
        node.put("title", title);
        node.put("status", status);
        node.put("detail", redaction.forAnswer(getMessage()) + ".");
        node.put("remedy", remedy.isEmpty() ? "" : redaction.forAnswer(remedy) + ".");
        return node;
    }
}
