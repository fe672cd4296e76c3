package dev.ngbak.redis;

import dev.ngbak.redis.NamespaceReader.KeyHandler;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The keys of an archive, decoded into a table on disk. The table joins values and expiries, which may be in different
 * files, and detects keys that an archive contains twice.
 */
final class DecodedKeys implements Closeable {

    private final KeyTable table;
    private final int keptBytes;
    private boolean isFull;

    /** @param keptBytes the length up to which the table keeps the bytes of strings, such as that which visitors are shown */
    DecodedKeys(TempFiles files, int keptBytes) {
        this.table = new KeyTable(files);
        this.keptBytes = keptBytes;
    }

    /** Returns a table that keeps what the handler uses. */
    static DecodedKeys of(RecordHandler handler, TempFiles files) {
        return new DecodedKeys(files, handler.detail().hasContent() ? RecordVisitor.MAX_LENGTH : -1);
    }

    /** Reads all files, and hands each key over as it is read, with its bytes. */
    void read(EntrySource source, KeyHandler handler, ProgressMeter meter) throws IOException {
        boolean isOfOtherTool = source.archived().form().equals(StoreInfo.OTHER_TOOL);
        if (!isOfOtherTool) {
            Preflight.requireForm(
                    source.archived(), Role.KV, RedisExporter.BACKEND, NamespaceReader.FORM, NamespaceReader.FORM_2);
        }
        Map<String, Long> types = new TreeMap<>();
        KeyHandler each = (suffix, value) -> {
            handler.take(suffix, value);
            isFull |= value.isFull();
            if (!value.isString() && !value.isExpiryOnly()) {
                types.merge(value.type(), 1L, Long::sum);
            }
            table.add(suffix, value, value.isString() && value.size() <= keptBytes);
            meter.record(suffix.length + (long) value.size());
        };
        NamespaceReader reader = isOfOtherTool ? NamespaceReader.ofOtherTool(each) : new NamespaceReader(each);
        source.forEach(reader::read);
        requireTypes(source.archived(), types);
        meter.flush();
    }

    /** Returns whether the content of a key includes what only a DUMP has. Then a proof must look at that, too. */
    boolean isFull() {
        return isFull;
    }

    /** Refuses an archive whose scope states other types than it contains, because a preflight relies on them. */
    private static void requireTypes(StoreInfo archived, Map<String, Long> found) {
        Map<String, Long> stated =
                ArchivedTypes.of(archived).map(ArchivedTypes::all).orElse(found);
        if (!stated.equals(found)) {
            throw RedisErrors.damaged(
                    "the manifest states these keys that are not strings: "
                            + SafeText.forMessage(ArchivedTypes.text(stated)) + "; the archive contains: "
                            + SafeText.forMessage(ArchivedTypes.text(found)),
                    null);
        }
    }

    /**
     * Hands over all keys, each once, in the order of a {@link KeyTable}.
     *
     * @throws BackupException {@code CORRUPT} if an archive contains two values of a key, or an expiry without a value
     */
    void forEach(KeyHandler handler) throws IOException {
        KeyWalk walk = walk();
        while (walk.next()) {
            if (walk.value().isExpiryOnly()) {
                throw RedisErrors.damaged(
                        "the key " + KeyName.quoted(walk.suffix()) + " has an expiry but no value", null);
            }
            handler.take(walk.suffix(), walk.value());
        }
    }

    /** Returns a walk over all keys, which fails as {@link #forEach} does, except for an expiry without a value. */
    KeyWalk walk() throws IOException {
        return table.walk(DecodedKeys::join);
    }

    private static KeyValue join(byte[] suffix, KeyValue earlier, KeyValue later) {
        if (later.isExpiryOnly() && !earlier.isExpiryOnly() && !earlier.hasExpiry()) {
            return earlier.withExpiry(later.expires());
        }
        if (earlier.isExpiryOnly() && !later.isExpiryOnly() && !later.hasExpiry()) {
            return later.withExpiry(earlier.expires());
        }
        throw RedisErrors.damaged("the archive contains the key " + KeyName.quoted(suffix) + " twice", null);
    }

    @Override
    public void close() throws IOException {
        table.close();
    }
}
