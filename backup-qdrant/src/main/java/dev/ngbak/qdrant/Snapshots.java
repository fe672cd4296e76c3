package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/**
 * Creates, downloads and deletes the snapshots of a collection, or of one of its shards, on a server. Deletes only snapshots
 * that this session made, by name, except for {@link #deleteAll}.
 */
final class Snapshots {

    private static final int MAX_CLEANUP_POLLS = 10;

    private final QdrantHttp http;
    private final String path;
    private final String displayName;

    private Snapshots(QdrantHttp http, String path, String displayName) {
        this.http = http;
        this.path = path;
        this.displayName = displayName;
    }

    static Snapshots ofCollection(QdrantHttp http, String collection) {
        return new Snapshots(http, QdrantHttp.path(collection) + "/snapshots", "\"" + collection + "\"");
    }

    /** @param node the connection to a node that has a replica of the shard */
    static Snapshots ofShard(QdrantHttp node, String collection, long shard) {
        return new Snapshots(
                node, shardPath(collection, shard) + "/snapshots", "shard " + shard + " of \"" + collection + "\"");
    }

    static String shardPath(String collection, long shard) {
        return QdrantHttp.path(collection) + "/shards/" + shard;
    }

    /**
     * A snapshot on the server.
     *
     * @param sha256 empty if the server does not return a checksum
     */
    record Snapshot(String name, long size, Optional<String> sha256) {

        private static Snapshot of(JsonNode description) {
            JsonNode checksum = description.path("checksum");
            return new Snapshot(
                    description.path("name").asText(),
                    description.path("size").asLong(),
                    checksum.isTextual() ? Optional.of(checksum.textValue()) : Optional.empty());
        }
    }

    /** Receives a snapshot that exists on the server until the receiver returns. */
    @FunctionalInterface
    interface Receiver {
        void accept(Snapshot snapshot) throws IOException;
    }

    private String path(Snapshot snapshot) {
        return path + "/" + QdrantHttp.encode(snapshot.name());
    }

    /** Returns whether a server accepts the snapshots of another version: those of the same or the previous minor version. */
    static boolean areCompatible(String archivedVersion, String serverVersion) {
        Optional<ProductVersion> archived = ProductVersion.parse(archivedVersion);
        Optional<ProductVersion> server = ProductVersion.parse(serverVersion);
        if (archived.isEmpty() || server.isEmpty()) {
            return false;
        }
        int step = server.get().minor() - archived.get().minor();
        return server.get().major() == archived.get().major() && (step == 0 || step == 1);
    }

    private Map<String, Snapshot> list(QdrantHttp client) {
        Map<String, Snapshot> snapshots = new TreeMap<>();
        client.get(path).forEach(description -> {
            Snapshot snapshot = Snapshot.of(description);
            snapshots.put(snapshot.name(), snapshot);
        });
        return snapshots;
    }

    private Map<String, Snapshot> listNew(QdrantHttp client, Map<String, Snapshot> before) {
        Map<String, Snapshot> now = list(client);
        now.keySet().removeAll(before.keySet());
        return now;
    }

    /**
     * Creates a snapshot, hands it over, and deletes it on the server, also after a failure.
     *
     * @param warnings receives a warning about snapshots that others made, or about one that could not be deleted
     */
    void withNew(List<String> warnings, Receiver receiver) throws IOException {
        int others = list(http).size();
        if (others > 0) {
            warnings.add("Qdrant has " + others + " other snapshot" + (others == 1 ? "" : "s") + " of " + displayName
                    + ", which this backup did not make. They were left alone.");
        }
        Snapshot snapshot = create();
        try {
            receiver.accept(snapshot);
        } catch (BackupException e) {
            Optional<String> left = delete(snapshot);
            throw left.isEmpty() ? e : new BackupException(e.kind(), e.problem() + ". " + left.get(), e.remedy(), e);
        } catch (IOException | RuntimeException | Error e) {
            delete(snapshot);
            throw e;
        }
        delete(snapshot).map(warning -> warning + ".").ifPresent(warnings::add);
    }

    /**
     * Creates a snapshot. If the connection times out, waits for the snapshot to appear, because the server continues
     * to make it.
     */
    private Snapshot create() {
        Map<String, Snapshot> before = list(http);
        try {
            QdrantHttp.Reply reply = http.awaitOperation(http.post(path + "?wait=true"));
            if (reply.isTimeout()) {
                return awaitNew(before, "status " + reply.status());
            }
            return Snapshot.of(http.result(reply));
        } catch (BrokenConnectionException e) {
            return awaitNew(before, e.getMessage());
        } catch (CancellationException e) {
            deleteNew(before);
            throw e;
        }
    }

    /** Waits for the one new snapshot, until its size no longer changes. */
    private Snapshot awaitNew(Map<String, Snapshot> before, String cause) {
        long deadline = System.nanoTime() + http.timeouts().operation().toNanos();
        Optional<Snapshot> last = Optional.empty();
        while (System.nanoTime() < deadline) {
            Map<String, Snapshot> created = listNew(http, before);
            if (created.size() > 1) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        "The connection was lost while the server made a snapshot of " + displayName + " (" + cause
                                + "), and several snapshots appeared: " + created.keySet()
                                + ". ngbak cannot tell which one is its own, so it left them on the server",
                        "Delete those that you do not need, and try again");
            }
            Optional<Snapshot> found = created.values().stream().findFirst();
            if (found.isPresent() && found.equals(last)) {
                return found.get();
            }
            last = found;
            http.pause(http.timeouts().poll());
        }
        throw new BackupException(
                Kind.UNREACHABLE,
                "The connection was lost while the server made a snapshot of " + displayName + " (" + cause
                        + "), and no snapshot appeared",
                "Check the log of " + http.displayName());
    }

    /** Deletes the snapshot that the server may still be making after an abort. */
    private void deleteNew(Map<String, Snapshot> before) {
        try (QdrantHttp cleanup = http.newClient()) {
            for (int i = 0; i < MAX_CLEANUP_POLLS; i++) {
                Map<String, Snapshot> created = listNew(cleanup, before);
                if (created.size() == 1) {
                    Snapshot own = created.values().iterator().next();
                    cleanup.delete(path(own) + "?wait=true");
                    return;
                }
                cleanup.pause(http.timeouts().poll());
            }
        } catch (BackupException | CancellationException e) {
            // The server is gone too. The caller reports the abort.
        }
    }

    /** Writes a snapshot to a stream. Returns its SHA-256. */
    String download(Snapshot snapshot, OutputStream out, ProgressMeter meter) throws IOException {
        MessageDigest sha256 = ContentDigest.sha256();
        byte[] block = new byte[1 << 16];
        long size = 0;
        try (InputStream in = http.getStream(path(snapshot))) {
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                sha256.update(block, 0, n);
                out.write(block, 0, n);
                size += n;
                meter.bytes(n);
            }
        }
        String digest = HexFormat.of().formatHex(sha256.digest());
        if (size != snapshot.size() || !snapshot.sha256().orElse(digest).equals(digest)) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    "The snapshot of " + displayName + " was damaged on the way from " + http.displayName()
                            + ": its size or checksum differs",
                    "Check the network (" + http.urlSetting() + ") and the server's disk, then try again");
        }
        return digest;
    }

    /** Deletes a snapshot that this session made, even after an abort. Returns a warning without its full stop if that fails. */
    private Optional<String> delete(Snapshot snapshot) {
        try (QdrantHttp cleanup = http.newClient()) {
            cleanup.delete(path(snapshot) + "?wait=true");
            return Optional.empty();
        } catch (BackupException e) {
            return Optional.of("The snapshot " + snapshot.name() + " of " + displayName
                    + ", which ngbak made, could not be deleted on the server: " + e.problem()
                    + ". Delete it by hand");
        }
    }

    /** Deletes all snapshots, whoever made them. */
    void deleteAll() {
        list(http).values().forEach(snapshot -> http.delete(path(snapshot) + "?wait=true"));
    }

    /**
     * Deletes an uploaded file, which the server keeps as a snapshot of the collection. After a failed upload the file
     * may exist without its collection, and the server deletes only snapshots of existing collections. This method
     * therefore creates an empty collection for the duration of the cleanup.
     *
     * @param http the connection to the server
     * @param file the name under which the file was uploaded
     * @return a warning if the file may still exist
     */
    static Optional<String> deleteUpload(QdrantHttp http, String collection, String file, boolean hasFailed) {
        Snapshots snapshots = ofCollection(http, collection);
        String path = QdrantHttp.path(collection);
        try (QdrantHttp cleanup = http.newClient()) {
            boolean isMissing = cleanup.getReply(path).isNotFound();
            if (isMissing) {
                cleanup.change("PUT", path, Json.object());
            }
            try {
                for (int i = 0; i < (hasFailed ? MAX_CLEANUP_POLLS : 1); i++) {
                    Snapshot uploaded = snapshots.list(cleanup).get(file);
                    if (uploaded != null) {
                        return snapshots.delete(uploaded).map(warning -> warning + ".");
                    }
                    if (hasFailed && !isMissing) {
                        cleanup.pause(http.timeouts().poll());
                    }
                }
                return Optional.empty();
            } finally {
                if (isMissing) {
                    cleanup.delete(path);
                }
            }
        } catch (BackupException e) {
            return Optional.of("The uploaded file " + file + " may still be among the snapshots of \"" + collection
                    + "\" on the server: " + e.problem() + ". If it is, delete it by hand.");
        }
    }
}
