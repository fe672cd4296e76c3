package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/** The snapshots of collections on the server. We delete those we made, by their names, and no other. */
final class Snapshots {

    private static final int LAST_LOOKS = 10;

    private final Rest rest;

    Snapshots(Rest rest) {
        this.rest = rest;
    }

    /**
     * A snapshot on the server.
     *
     * @param sha256 as the server says, or {@code null}
     */
    record Snapshot(String collection, String name, long size, String sha256) {

        static Snapshot of(String collection, JsonNode description) {
            JsonNode checksum = description.path("checksum");
            return new Snapshot(
                    collection,
                    description.path("name").asText(),
                    description.path("size").asLong(),
                    checksum.isTextual() ? checksum.textValue() : null);
        }

        String path() {
            return Snapshots.path(collection) + "/" + Rest.encoded(name);
        }
    }

    private static String path(String collection) {
        return Rest.collection(collection) + "/snapshots";
    }

    private static Map<String, Snapshot> list(Rest rest, String collection) {
        Map<String, Snapshot> snapshots = new TreeMap<>();
        rest.get(path(collection)).forEach(description -> {
            Snapshot snapshot = Snapshot.of(collection, description);
            snapshots.put(snapshot.name(), snapshot);
        });
        return snapshots;
    }

    /** Makes a snapshot. A time-out on the way is no failure: the server goes on, and the list shows the result. */
    Snapshot create(String collection) {
        Map<String, Snapshot> before = list(rest, collection);
        try {
            Rest.Reply reply = rest.awaitWork(rest.send("POST", path(collection) + "?wait=true", null));
            if (reply.isTimeOut()) {
                return appeared(collection, before, "status " + reply.status());
            }
            if (!reply.isFine()) {
                throw rest.refused(reply, "POST", path(collection));
            }
            return Snapshot.of(collection, rest.tree(reply, path(collection)).path("result"));
        } catch (Rest.Broken e) {
            return appeared(collection, before, e.getMessage());
        } catch (CancellationException e) {
            deleteWhatAppears(collection, before);
            throw e;
        }
    }

    private Snapshot appeared(String collection, Map<String, Snapshot> before, String why) {
        long deadline = System.nanoTime() + rest.patience().work().toNanos();
        Snapshot last = null;
        while (System.nanoTime() < deadline) {
            Map<String, Snapshot> now = list(rest, collection);
            now.keySet().removeAll(before.keySet());
            if (now.size() > 1) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        "Making a snapshot of \"" + collection + "\" was cut off (" + why + "), and meanwhile "
                                + now.keySet() + " appeared: nobody can tell which is ours, so all were left there",
                        "Delete those that are not wanted, and try again");
            }
            Snapshot found = now.values().stream().findFirst().orElse(null);
            if (found != null && found.equals(last)) {
                return found;
            }
            last = found;
            rest.pause(rest.patience().poll());
        }
        throw new BackupException(
                Kind.UNREACHABLE,
                "Making a snapshot of \"" + collection + "\" was cut off (" + why + "), and none appeared",
                "Look at the log of " + rest.place());
    }

    /** The server may still be making ours when we have to go. */
    private void deleteWhatAppears(String collection, Map<String, Snapshot> before) {
        try (Rest other = rest.another()) {
            for (int i = 0; i < LAST_LOOKS; i++) {
                Map<String, Snapshot> now = list(other, collection);
                now.keySet().removeAll(before.keySet());
                if (now.size() == 1) {
                    Snapshot ours = now.values().iterator().next();
                    other.change("DELETE", ours.path() + "?wait=true", null);
                    return;
                }
                other.pause(rest.patience().poll());
            }
        } catch (BackupException | CancellationException e) {
            // The server is gone too, or does not want; there is nobody left to tell.
        }
    }

    /** Writes a snapshot out and returns its SHA-256. */
    String download(Snapshot snapshot, OutputStream out, Steps steps) throws IOException {
        MessageDigest sha256 = ContentDigest.sha256();
        byte[] block = new byte[1 << 16];
        long size = 0;
        try (InputStream in = rest.stream("GET", snapshot.path(), null)) {
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                sha256.update(block, 0, n);
                out.write(block, 0, n);
                size += n;
                steps.bytes(n);
            }
        }
        String digest = HexFormat.of().formatHex(sha256.digest());
        if (size != snapshot.size()
                || (snapshot.sha256() != null && !snapshot.sha256().equals(digest))) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    "The snapshot of \"" + snapshot.collection() + "\" did not arrive as " + rest.place()
                            + " made it: size or checksum differ. Nothing was backed up",
                    "Look at what is between (QDRANT_URL), and at the server's disk; then try again");
        }
        return digest;
    }

    /**
     * Deletes a snapshot of ours, also after an abort.
     *
     * @return why it could not be done, or {@code null}
     */
    String delete(Snapshot snapshot) {
        try (Rest other = rest.another()) {
            Rest.Reply reply = other.call("DELETE", snapshot.path() + "?wait=true", null);
            if (reply.isFine() || reply.status() == 404) {
                return null;
            }
            return "Our snapshot " + snapshot.name() + " of \"" + snapshot.collection()
                    + "\" could not be deleted on the server (status " + reply.status() + "); delete it by hand.";
        } catch (BackupException e) {
            return "Our snapshot " + snapshot.name() + " of \"" + snapshot.collection()
                    + "\" could not be deleted on the server: " + e.problem() + ". Delete it by hand.";
        }
    }

    /** How many snapshots of others a collection has. */
    int strangers(String collection) {
        return list(rest, collection).size();
    }

    /**
     * Clears away a file that was uploaded as a snapshot, under the name we gave it. After a failure the collection may
     * be gone and the file still there, and only a collection's snapshots can be deleted: so one is put there for that.
     *
     * @return why it could not be done, or {@code null}
     */
    String clear(String collection, String name, boolean failed) {
        try (Rest other = rest.another()) {
            boolean standIn =
                    other.ask("GET", Rest.collection(collection), null).status() == 404;
            if (standIn) {
                other.change("PUT", Rest.collection(collection), Rest.JSON.createObjectNode());
            }
            try {
                for (int i = 0; i < (failed ? LAST_LOOKS : 1); i++) {
                    Snapshot ours = list(other, collection).get(name);
                    if (ours != null) {
                        return delete(ours);
                    }
                    if (failed && !standIn) {
                        other.pause(rest.patience().poll());
                    }
                }
                return null;
            } finally {
                if (standIn) {
                    other.change("DELETE", Rest.collection(collection), null);
                }
            }
        } catch (BackupException e) {
            return "The uploaded file " + name + " may still lie among the snapshots of \"" + collection
                    + "\" on the server: " + e.problem() + ".";
        }
    }
}
