package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/** Translates failures of the server, the connection and the archive into messages. */
final class QdrantErrors {

    private static final int MAX_QUOTED_LENGTH = 300;

    /** What the server's strict mode says about a filter. */
    private static final String NO_INDEX = "Index required but not found";

    private final QdrantSettings settings;

    QdrantErrors(QdrantSettings settings) {
        this.settings = settings;
    }

    /** Returns the error for an answer that reports a failure. */
    BackupException refused(QdrantHttp.Reply reply) {
        String reason = reason(reply.body());
        String server = settings.displayName();
        String answer = server + " answered " + reply.call() + " with status " + reply.status()
                + (reason.isEmpty() ? "" : " (" + reason + ")");
        if (reply.status() == 401 || reply.status() == 403) {
            return new BackupException(
                    Kind.INVALID,
                    server + " denied access (status " + reply.status() + ")",
                    "Set QDRANT_API_KEY or QDRANT_API_KEY_FILE to a key with the right to manage collections");
        }
        if (reply.status() == 507 || isNoSpace(reason)) {
            return new BackupException(
                    Kind.NO_SPACE,
                    "The disk of " + server + " is full, or a quota is used up: it answered with status "
                            + reply.status() + " (" + reason + ")",
                    "Free space on the server, for its storage and its snapshots, or raise its quota. A snapshot needs"
                            + " about twice the size of its collection, and a restore about three times. A backup with"
                            + " QDRANT_BACKUP_MODE=scroll needs no space on the server");
        }
        if (reason.contains(NO_INDEX)) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    answer,
                    "Create a payload index for this field, or permit filters without one in the strict mode of the"
                            + " collection");
        }
        if (reply.status() >= 500 || reply.status() == 429 || reply.status() == 408) {
            return new BackupException(
                    Kind.UNREACHABLE,
                    answer,
                    "Check the log of the server at " + settings.urlSetting()
                            + ", and try again when the server is healthy");
        }
        return new BackupException(
                Kind.INCOMPATIBLE,
                answer,
                "Check that " + settings.urlSetting()
                        + " leads to the right server and that ngbak supports its version");
    }

    private static boolean isNoSpace(String reason) {
        String text = reason.toLowerCase(Locale.ROOT);
        return Stream.of("no space left", "disk full", "out of disk", "not enough space", "no disk space")
                .anyMatch(text::contains);
    }

    /** Returns the reason in an answer, without the API key. */
    private String reason(String body) {
        String text = body;
        try {
            JsonNode error = Json.MAPPER.readTree(body).path("status").path("error");
            text = error.isTextual() ? error.textValue() : "";
        } catch (IOException e) {
            // The body is plain text.
        }
        if (settings.apiKey().isPresent()) {
            text = settings.apiKey().get().hiddenIn(text);
        }
        return SafeText.forMessage(text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip(), MAX_QUOTED_LENGTH);
    }

    BackupException cannotConnect(Throwable cause) {
        return new BackupException(
                Kind.UNREACHABLE,
                "Cannot connect to " + settings.displayName(),
                "Start the server, or correct " + settings.urlSetting(),
                cause);
    }

    BackupException connectionLost(BrokenConnectionException e) {
        return new BackupException(
                Kind.UNREACHABLE,
                "The connection to " + settings.displayName() + " was lost (" + e.getMessage() + ")",
                "Check that the server is running and that " + settings.urlSetting() + " is correct, then try again",
                e);
    }

    BackupException notQdrant(QdrantHttp.Reply reply) {
        return new BackupException(
                Kind.UNREACHABLE,
                "The server at " + settings.url() + " is not Qdrant: its answer to " + reply.call()
                        + " is not a JSON object",
                "Correct " + settings.urlSetting());
    }

    BackupException malformedPage(JsonProcessingException e) {
        return new BackupException(
                Kind.UNREACHABLE,
                "An answer with points from " + settings.displayName() + " is incomplete or malformed ("
                        + e.getOriginalMessage() + ")",
                "Check that the server at " + settings.urlSetting() + " is running, then try again",
                e);
    }

    /** Returns the error for a point with a member that is new to this version of ngbak. */
    static BackupException unknownPointMember(String name) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "A point from Qdrant (QDRANT_URL) has a member " + SafeText.quoted(name)
                        + ", which this version of ngbak does not know and could not restore",
                "Use a newer version of ngbak");
    }

    /** Returns the error for an archive whose content does not match its form. */
    static BackupException corrupt(String problem, Exception cause) {
        return new BackupException(Kind.CORRUPT, problem, "Use another archive", cause);
    }

    static BackupException corrupt(String problem) {
        return corrupt(problem, null);
    }

    /** Restores the interrupt flag, and returns the exception that ends the session's work. */
    static CancellationException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        CancellationException cancelled = new CancellationException("interrupted while waiting for Qdrant");
        cancelled.initCause(e);
        return cancelled;
    }
}
