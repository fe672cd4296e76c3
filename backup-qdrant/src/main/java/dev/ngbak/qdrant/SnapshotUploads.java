package dev.ngbak.qdrant;

import dev.ngbak.spi.EntrySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Uploads snapshots one after the other. Each takes effect only when the archive has said that it was whole. */
final class SnapshotUploads implements AutoCloseable {

    private final Rest rest;
    private final Server server;
    private final List<String> warnings;
    private final Map<String, String> digests = new HashMap<>();
    private HeldUpload pending;
    private String collection;
    private String file;

    SnapshotUploads(Rest rest, Server server, List<String> warnings) {
        this.rest = rest;
        this.server = server;
        this.warnings = warnings;
    }

    /** SHA-256 of each snapshot that was sent, by collection. */
    Map<String, String> digests() {
        return digests;
    }

    /** Sends a snapshot, all but the end of the message. */
    void begin(EntrySource.Entry entry, InputStream content, Steps steps) throws IOException {
        if (digests.containsKey(entry.name())) {
            throw SnapshotFiles.damaged("The archive has two snapshots of \"" + entry.name() + "\"", null);
        }
        steps.expectBytes(entry.size());
        collection = entry.name();
        file = "ngbak-" + UUID.randomUUID() + ".snapshot";
        pending = new HeldUpload(
                rest,
                Rest.collection(collection) + "/snapshots/upload?priority=snapshot&wait=true",
                file,
                entry.size());
        pending.send(content, entry.size(), steps);
        steps.tell();
        digests.put(collection, entry.sha256());
    }

    /**
     * Lets the server do what was sent. Recovering over a collection would keep its parameters and indexes, and is
     * refused where they differ; so the old one goes first, but only when the new one is on the server to its last bytes.
     */
    void settle() throws IOException {
        if (pending == null) {
            return;
        }
        boolean failed = true;
        try (HeldUpload upload = pending) {
            pending = null;
            if (server.all().contains(collection)) {
                server.delete(collection);
            }
            Rest.Reply reply = upload.finish();
            if (!reply.isFine()) {
                throw rest.refused(reply, "POST", Rest.collection(collection) + "/snapshots/upload");
            }
            failed = false;
        } catch (Rest.Broken e) {
            throw rest.broken(e);
        } finally {
            String left = new Snapshots(rest).clear(collection, file, failed);
            if (left != null) {
                warnings.add(left);
            }
        }
    }

    @Override
    public void close() {
        if (pending != null) {
            pending.close();
            pending = null;
        }
    }
}
