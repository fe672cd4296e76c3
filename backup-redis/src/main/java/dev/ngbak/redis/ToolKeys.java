package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys in an archive of nano-graphrag's own backup tool: a JSON object from id to value for each namespace. The tool has
 * parsed the values and indented them, so this writes them again as nano-graphrag does.
 */
final class ToolKeys {

    private ToolKeys() {}

    /** Warns of what such an archive does not contain. */
    static void warn(Set<String> namespaces, RecordHandler records) {
        records.warn(
                "The archive contains no expiry times: the restored keys do not expire until nano-graphrag writes them"
                        + " again.");
        records.warn("The archive contains "
                + (namespaces.isEmpty()
                        ? "no keys"
                        : "keys of "
                                + namespaces.stream().map(SafeText::forMessage).collect(Collectors.joining(", "))
                                + " only")
                + ". Other namespaces, empty values, keys that are not text and values that are not strings were not"
                + " saved, and the restore removes them. A value that was not JSON comes back as a JSON string.");
    }

    /** Writes the keys in ngbak's own form. */
    static StoreInfo rewrite(
            EntrySource source, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        RedisSettings redis = RedisSettings.from(settings);
        if (redis.isWholeDatabase()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains keys without their prefix, but " + RedisSettings.KEY_PREFIX.name()
                            + " selects a whole database",
                    "Set " + RedisSettings.KEY_PREFIX.name() + "=" + RedisSettings.KEY_PREFIX.defaultValue());
        }
        try (DecodedKeys keys = new DecodedKeys(TempFiles.of(settings), Integer.MAX_VALUE)) {
            keys.read(source, (suffix, value) -> {}, ProgressMeter.ofRecords(progress, RedisExport.UNIT, () -> {}));
            new NamespaceWriter(keys.walk(), new RedisRecords(written), TempFiles.of(settings)).writeTo(sink);
        }
        return new StoreInfo(
                "Redis", "unknown", NamespaceReader.FORM, Map.of(RedisSettings.KEY_PREFIX.name(), redis.prefix()), -1);
    }

    /**
     * Returns valid JSON on one line, as Python's {@code json.dumps} writes it by default: with a space behind each comma and
     * colon. Numbers and strings stay as they are.
     */
    static byte[] onOneLine(byte[] json) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(json.length);
        boolean inString = false;
        for (int i = 0; i < json.length; i++) {
            byte b = json[i];
            if (inString && b == '\\') {
                line.write(b);
                line.write(json[++i]);
                continue;
            }
            inString ^= b == '"';
            if (inString || b != ' ' && b != '\n' && b != '\t' && b != '\r') {
                line.write(b);
            }
            if (!inString && (b == ',' || b == ':')) {
                line.write(' ');
            }
        }
        return line.toByteArray();
    }
}
