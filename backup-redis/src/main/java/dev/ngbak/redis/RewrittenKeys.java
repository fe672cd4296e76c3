package dev.ngbak.redis;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordRewriter;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.EntrySource.Entry;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.CopiedSource;
import dev.ngbak.spi.support.JsonMemberFilter;
import dev.ngbak.spi.support.PathMapping;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.TempFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Writes archived keys for another prefix, and with other paths in their values. An archive contains keys without the prefix,
 * so all else stays byte for byte.
 */
final class RewrittenKeys {

    private final Rewriting rewriting;
    private final RedisSettings redis;
    private final RecordRewriter rewriter;
    private final PathMapping paths;
    private final EntrySink sink;
    /** The members that contain paths in the current file, if its form hides them from the filter. */
    private Set<String> hidden = Set.of();

    RewrittenKeys(Rewriting rewriting, EntrySink sink) {
        this.rewriting = rewriting;
        this.redis = RedisSettings.from(rewriting.settings());
        this.rewriter = GraphLayout.of(rewriting.settings()).rewriter();
        this.paths = new PathMapping(rewriting.paths());
        this.sink = sink;
    }

    StoreInfo write(EntrySource source, RecordHandler written, Progress progress) throws IOException {
        EntrySource copied = new CopiedSource(source, sink, this::filter, RewrittenKeys::suffix);
        ProgressMeter meter = ProgressMeter.ofRecords(progress, RedisExport.UNIT, () -> {});
        try (DecodedKeys keys = DecodedKeys.of(written, TempFiles.of(rewriting.settings()))) {
            keys.read(copied, this::check, meter);
            keys.forEach(new RedisRecords(written)::add);
        }
        paths.warning().ifPresent(written::warn);
        return info(source.archived());
    }

    private static String suffix(Entry entry) {
        return entry.path().endsWith(NamespaceWriter.LINES_SUFFIX)
                ? NamespaceWriter.LINES_SUFFIX
                : NamespaceWriter.OBJECT_SUFFIX;
    }

    private InputStream filter(Entry entry, InputStream content) {
        Set<String> members = rewriter.pathMembers(entry.name());
        boolean isObject = suffix(entry).equals(NamespaceWriter.OBJECT_SUFFIX);
        hidden = isObject ? Set.of() : members;
        return isObject ? paths.filter(content, members) : content;
    }

    private void check(byte[] suffix, KeyValue value) throws IOException {
        if (!redis.includes(suffix)) {
            throw RedisErrors.outOfScope(KeyName.quoted(suffix), redis);
        }
        if (hidden.isEmpty() || rewriting.paths().isEmpty() || !value.isString()) {
            return;
        }
        PathMapping mapping = new PathMapping(rewriting.paths());
        InputStream json = new ByteArrayInputStream(value.bytes());
        byte[] changed = new JsonMemberFilter(json, 1, hidden, mapping::apply).readAllBytes();
        if (!Arrays.equals(changed, value.bytes())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The key " + KeyName.quoted(suffix)
                            + " contains a path that --map-path replaces, but the key or its"
                            + " value is not valid JSON, so ngbak cannot change it",
                    "Restore the archive without --map-path, and let the system insert that document again");
        }
    }

    private StoreInfo info(StoreInfo archived) {
        Map<String, String> scope = new LinkedHashMap<>(archived.scope());
        scope.put(RedisSettings.KEY_PREFIX.name(), redis.prefix());
        scope.put(ServerInfo.DATABASE, Integer.toString(redis.database()));
        return new StoreInfo(archived.product(), archived.version(), archived.form(), scope, -1);
    }
}
