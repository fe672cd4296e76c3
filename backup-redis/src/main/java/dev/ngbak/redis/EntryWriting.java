package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** Writes entries of another backend as an export of the configured scope would: as strings, sorted on disk. */
final class EntryWriting {

    private final RedisSettings settings;

    EntryWriting(RedisSettings settings) {
        this.settings = settings;
    }

    StoreInfo write(RecordSource source, EntrySink sink, RecordHandler written, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofRecords(progress, RedisExport.UNIT, () -> {});
        meter.expect(source.expected());
        try (KeyTable table = new KeyTable(settings.tempFiles())) {
            source.visit(new RecordVisitor() {
                @Override
                public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                    table.add(suffix(namespace, key), value(namespace, key, value, expires), true);
                    meter.record(value.length);
                }

                @Override
                public void composite(String namespace, String key, String type, long expires) {
                    throw refused(namespace, key, "has the type " + SafeText.forMessage(type));
                }
            });
            KeyWalk keys = table.walk((suffix, earlier, later) -> {
                KeyName name = KeyName.of(suffix);
                throw refused(
                        name.namespace(), RedisConnection.text(name.id()), "occurs twice, but a key has one value");
            });
            new NamespaceWriter(keys, new RedisRecords(written), settings.tempFiles()).writeTo(sink);
        }
        meter.flush();
        return new ServerInfo(Map.of()).storeInfo(settings, new ArchivedTypes());
    }

    private byte[] suffix(String namespace, String key) {
        byte[] id = key.getBytes(StandardCharsets.UTF_8);
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
            throw refused(namespace, key, "has half of a surrogate pair in its key");
        }
        byte[] suffix = new KeyName(namespace, id).suffix();
        KeyName name = KeyName.of(suffix);
        if (!name.namespace().equals(namespace) || !Arrays.equals(name.id(), id)) {
            throw refused(namespace, key, "has a namespace that a key cannot contain");
        }
        if (!settings.includes(suffix)) {
            throw refused(namespace, key, "would not be in the scope " + settings.scope());
        }
        return suffix;
    }

    private static KeyValue value(String namespace, String key, byte[] value, long expires) {
        if (value == null) {
            throw refused(namespace, key, "has a value that is too long");
        }
        return KeyValue.string(value, expires == RecordVisitor.NEVER ? KeyValue.NEVER : expires);
    }

    private static BackupException refused(String namespace, String key, String why) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive cannot be converted to Redis, because the entry " + SafeText.quoted(namespace + ":" + key)
                        + " " + why,
                "Restore the archive into the kind of store that it was taken from");
    }
}
